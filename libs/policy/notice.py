"""A year's days off and make-up workdays as the official notice states them: its file, and its wording.

National notices come from the State Council (《国务院办公厅关于…年部分节假日安排的通知》), an overlay is a
province's or city's own notice (Guangxi's 三月三) and carries its region. Pure; all dates are
Asia/Shanghai's.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from libs.yaml_file import read_yaml

FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
"""What every national notice arranges: 《全国年节及纪念日放假办法》, art. 2."""

_WEEKDAYS = "一二三四五六日"

Name = Annotated[str, StringConstraints(min_length=1)]


class SpecialDay(NamedTuple):
    """A day that a notice sets apart from the plain week: off, or worked to make up for one that is."""

    working: bool
    name: str


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paper(_Part):
    """The notice a year rests on: 国办发明电〔2025〕7号, its date, where it is published."""

    title: Name
    number: str = ""
    date: date
    url: str = ""


class Holiday(_Part):
    """Days off from `first` to `last`, both included, and the days worked to make up for them."""

    name: Name
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    work: tuple[date, ...] = ()

    def days(self) -> Iterator[tuple[date, SpecialDay]]:
        for day in _each(self.first, self.last):
            yield day, SpecialDay(working=False, name=self.name)
        for day in self.work:
            yield day, SpecialDay(working=True, name=self.name)


class YearNotice(_Part):
    """One year's arrangement for the whole country, or (`region`: a division code) for a part of it.

    `replaces`: the days on which a region's notice overrules the one above it. Late December can stand in the
    next year's notice. Raises `ValueError` for a range that ends before it begins, a day named twice, a
    make-up workday that is no Saturday or Sunday (unless it replaces a day off), or a date of another year.
    """

    year: int
    region: Annotated[str, StringConstraints(pattern=r"^(\d{2}|\d{4}|\d{6})?$")] = ""
    papers: tuple[Paper, ...] = Field(min_length=1)
    replaces: tuple[date, ...] = ()
    holidays: tuple[Holiday, ...]

    @property
    def calendar(self) -> str:
        """`cn`, or `cn-45` for a region's own."""
        return f"cn-{self.region}" if self.region else "cn"

    def days(self) -> dict[date, SpecialDay]:
        return {day: special for holiday in self.holidays for day, special in holiday.days()}

    def doubts(self) -> list[str]:
        """Why this cannot be taken as official yet, one sentence each: a number not cited, a festival left
        out."""
        found = [f"the notice of {paper.date} has no number" for paper in self.papers if not paper.number]
        names = "".join(holiday.name for holiday in self.holidays)
        if not self.region and (missing := [name for name in FESTIVALS if name not in names]):
            found.append(f"the notice says nothing of {'、'.join(missing)}: is its text complete?")
        return found

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        seen: set[date] = set()
        for holiday in self.holidays:
            if holiday.last < holiday.first:
                raise ValueError(f"{holiday.name}: {holiday.last} is before {holiday.first}")
            for day, special in holiday.days():
                if day in seen:
                    raise ValueError(f"{holiday.name}: {day} is named twice")
                if day.year != self.year and (day.year, day.month) != (self.year - 1, 12):
                    raise ValueError(f"{holiday.name}: {day} is neither in {self.year} nor the December before")
                if special.working and day.weekday() < 5 and day not in self.replaces:
                    raise ValueError(f"{holiday.name}: make-up workday {day} is a {day:%A}, not on a weekend")
                seen.add(day)
        if self.replaces and not self.region:
            raise ValueError("replaces: a national notice has none above it to replace")
        if stray := [day for day in self.replaces if day not in seen]:
            raise ValueError(f"replaces: {stray[0]} is neither off nor worked in this notice")
        return self


@lru_cache(maxsize=32)
def parse(text: str) -> YearNotice:
    """The notice in a calendar file (YAML), read once for the same text. Raises `ValueError` with a sentence per problem."""
    try:
        return YearNotice.model_validate(read_yaml(text))
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {error}") from None
    except ValidationError as error:
        raise ValueError(_sentences(error)) from None


def render(notice: YearNotice) -> str:
    """The calendar file of a notice; `parse` gives the same notice back."""
    lines = [f"year: {notice.year}"]
    if notice.region:
        lines += [f'region: "{notice.region}"', f"replaces: {_flow(list(notice.replaces))}"]
    lines.append("papers:")
    for paper in notice.papers:
        said = [_flow({key: value})[1:-1] for key, value in paper.model_dump().items() if value]
        lines += [f"{'    ' if at else '  - '}{line}" for at, line in enumerate(said)]
    lines.append("holidays:" if notice.holidays else "holidays: []")
    for holiday in notice.holidays:
        lines.append(f"  - {_flow(holiday.model_dump(by_alias=True, exclude_defaults=True))}")
    return "\n".join(lines) + "\n"


def parse_notice(text: str, year: int, *, number: str = "", url: str = "") -> YearNotice:
    """The State Council's notice for `year`, read from its published wording, whole or in part.

    `number` serves where the text carries none (news agencies leave it out); `url` is where it was published.
    Raises `ValueError` with a sentence when a weekday in the text is not that date's, 共N天 is not the number
    of days named, the text is for another year, or a sentence with a date in it is not understood.
    """
    plain = _plain(text)
    if (title := re.search(r"关于(\d{4})年部分节假日安排", plain)) and int(title[1]) != year:
        raise ValueError(f"this is the notice for {title[1]}, not for {year}")
    found = re.search(r"国办发明电[〔\[(](\d{4})[〕\])](\d+)号", plain)
    *_, signed = [None, *re.finditer(r"国务院办公厅(\d{4})年(\d{1,2})月(\d{1,2})日", plain)]
    if signed is None:
        raise ValueError("the date of the notice is not found; it ends with “国务院办公厅” and the date")
    sections = re.split(r"[一二三四五六七八九十]、([^\d:。][^:。]*):", plain[: signed.start()])
    if len(sections) == 1:
        raise ValueError("no holiday is found; each begins like “一、元旦：1月1日…放假”")
    paper = Paper(
        title=f"国务院办公厅关于{year}年部分节假日安排的通知",
        number=f"国办发明电〔{found[1]}〕{found[2]}号" if found else number,
        date=_date(*map(int, signed.groups())),
        url=url,
    )
    holidays = tuple(
        holiday
        for name, body in zip(sections[1::2], sections[2::2], strict=True)
        for holiday in _holidays(name, body, year)
    )
    try:
        return YearNotice(year=year, papers=(paper,), holidays=holidays)
    except ValidationError as error:
        raise ValueError(_sentences(error)) from None


def _plain(text: str) -> str:
    """Half-width, without spaces; a weekday in brackets after a date becomes 15日<日>, other remarks there go."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    plain = re.sub(r"\((?:[^()]*、)?(?:周|星期)([一二三四五六日天])\)", r"<\1>", plain)
    return re.sub(r"(?<=日)\([^()]*\)", "", plain)


_DATE = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:<(.)>)?")
_RANGE = re.compile(f"{_DATE.pattern}(?:[至到—~-]{_DATE.pattern})?")


def _holidays(name: str, body: str, year: int) -> Iterator[Holiday]:
    """Most festivals have one range of days off; one with several makes several holidays of that name."""
    off: list[tuple[date, date]] = []
    work: list[date] = []
    for sentence in body.split("。"):
        if sentence.startswith("鼓励"):  # an encouragement to take leave makes no day off
            continue
        *clauses, rest = re.split(r"(放假|补休|上班)", sentence)
        if _DATE.search(rest):
            raise ValueError(f"{name}: not understood: “{sentence}。”")
        for dates, verb in zip(clauses[::2], clauses[1::2], strict=True):
            ranges = list(_ranges(name, dates, year))
            if verb == "上班":
                work += [day for first, last in ranges for day in _each(first, last)]
            else:
                off += ranges
        if count := re.search(r"(?:共|放假)(\d+)天", sentence):
            days = sum(len(_each(first, last)) for first, last in off)
            if days != int(count[1]):
                raise ValueError(f"{name}: the text says 共{count[1]}天, but its dates make {days} days")
    if not off:
        raise ValueError(f"{name}: no day off is found")
    for number, (first, last) in enumerate(off):
        worked = tuple(work) if number == 0 else ()
        yield Holiday.model_validate({"name": name, "from": first, "to": last, "work": worked})


def _ranges(name: str, text: str, year: int) -> Iterator[tuple[date, date]]:
    """The dates and ranges before a verb; a year or month left out is that of the date before."""
    if not (start := _DATE.search(text)):
        return
    month = 0
    for part in re.split("[、和及与,]", text[start.start() :]):
        if not _RANGE.fullmatch(part):
            raise ValueError(f"{name}: not understood: “{text}”")
        days: list[date] = []
        for said_year, said_month, number, weekday in _DATE.findall(part):
            year, month = int(said_year or year), int(said_month or month)
            day = _date(year, month, int(number))
            if weekday and weekday.replace("天", "日") != _WEEKDAYS[day.weekday()]:
                raise ValueError(f"{name}: the text calls {day} 周{weekday}, but it is 周{_WEEKDAYS[day.weekday()]}")
            days.append(day)
        if days[-1] < days[0]:
            raise ValueError(f"{name}: {days[-1]} is before {days[0]}")
        yield days[0], days[-1]


def _each(first: date, last: date) -> list[date]:
    return [first + timedelta(offset) for offset in range((last - first).days + 1)]


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no day {year}-{month}-{day}") from None


class _Plain(yaml.SafeDumper):
    """Writes a date twice rather than once with an anchor."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_Plain.add_representer(tuple, yaml.SafeDumper.represent_list)


def _flow(value: object) -> str:
    return yaml.dump(
        value, Dumper=_Plain, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000
    ).strip()


def _sentences(error: ValidationError) -> str:
    found: list[str] = []
    for problem in error.errors():
        where = ".".join(str(step) for step in problem["loc"])
        what = problem["msg"].removeprefix("Value error, ")
        found.append(f"{where}: {what}" if where else what)
    return "; ".join(found)
