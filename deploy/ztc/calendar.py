"""`ztc calendar`: look at the working days, check the files, take in a new notice."""

import calendar as months
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from libs.policy.calendar import Calendar
from libs.policy.notice import YearNotice, parse, parse_notice, render

FOLDER = Path(__file__).parents[1] / "calendars"

app = typer.Typer(
    name="calendar", help="Working days: see them, check them, import a State Council notice.", no_args_is_help=True
)
console = Console(soft_wrap=True, highlight=False)
errors = Console(stderr=True, soft_wrap=True, highlight=False)

Folder = Annotated[Path, typer.Option(help="Where the calendar files are.", file_okay=False)]


def read(path: Path) -> YearNotice:
    """The notice in a calendar file. Raises `ValueError`, naming the file, if it cannot be used or is misnamed."""
    try:
        notice = parse(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    if path.name != file_name(notice):
        raise ValueError(f"{path.name}: what it holds belongs into {file_name(notice)}")
    return notice


def load(folder: Path = FOLDER) -> list[YearNotice]:
    """Every notice in the folder. Raises `ValueError` naming the first file that cannot be used."""
    return [read(path) for path in sorted(folder.glob("*.yaml"))]


def file_name(notice: YearNotice) -> str:
    return f"{notice.calendar}.{notice.year}.yaml"


@app.command()
def show(
    year: Annotated[int, typer.Argument(min=1950, max=2200)],
    name: Annotated[str, typer.Option("--calendar", help="cn, or a region's own: cn-45.")] = "cn",
    folder: Folder = FOLDER,
) -> None:
    """Draw the months of a year: 休 off by notice, 班 worked to make up, weekends dimmed."""
    try:
        working = Calendar.from_years(load(folder), name)
    except ValueError as error:
        _refuse(str(error))
    console.print(Columns([_month(working, year, month) for month in range(1, 13)], padding=(0, 2)))
    days = _days_of(year)
    total = sum(working.is_working_day(day) for day in days)
    console.print(f"{name} {year}: {total} working days of {len(days)}; [red]休[/] off by notice, [blue]班[/] make-up")
    if year not in working.years:
        console.print(
            f"[yellow]{year} is provisional:[/] its official notice is not in {folder}; only weekends are off."
        )


@app.command()
def verify(folder: Folder = FOLDER) -> None:
    """Check every file, how they fit together, and, where installed, against two independent libraries."""
    notices: list[YearNotice] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            notices.append(read(path))
        except ValueError as error:
            problems.append(str(error))
    problems += [f"{file_name(notice)}: {doubt}" for notice in notices for doubt in notice.doubts()]
    for name in sorted({notice.calendar for notice in notices}):
        try:
            working = Calendar.from_years(notices, name)
        except ValueError as error:
            problems.append(str(error))
            continue
        console.print(f"{name}: version {working.version}, {', '.join(map(str, sorted(working.years)))}")
        if name == "cn":
            problems += _differences(working)
    if not notices and not problems:
        problems.append(f"there is no calendar file in {folder}")
    for problem in problems:
        errors.print(Text.assemble(("✗ ", "red"), problem))
    if problems:
        raise typer.Exit(1)
    console.print("[green]✓[/] all files hold together")


@app.command("import")
def import_(
    source: Annotated[
        str, typer.Argument(metavar="FILE|-", help="The notice's text as published; - reads it from standard input.")
    ],
    year: Annotated[int, typer.Option(help="The year that the notice arranges.")],
    number: Annotated[str, typer.Option(help="国办发明电〔…〕…号, where the text leaves it out.")] = "",
    url: Annotated[str, typer.Option(help="Where it is published.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write here instead of into the folder.", dir_okay=False)] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite a year that is there already.")] = False,
    folder: Folder = FOLDER,
) -> None:
    """Turn the State Council's notice into a calendar file; refused, with the reason, if anything in it is off."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        notice = parse_notice(text, year, number=number, url=url)
        others = [read(other) for other in sorted(folder.glob("*.yaml")) if other.name != f"cn.{year}.yaml"]
        Calendar.from_years([*others, notice])
    except (OSError, ValueError) as error:
        _refuse(str(error))
    if doubts := notice.doubts():
        hint = "" if notice.papers[0].number else " (give it with --number)"
        _refuse("; ".join(doubts) + hint)
    path = out or folder / file_name(notice)
    if path.exists() and not replace:
        _refuse(f"{path} is there already; say --replace to overwrite it")
    _write(path, render(notice))
    off = sum(not special.working for special in notice.days().values())
    console.print(f"{path}: {off} days off, {len(notice.days()) - off} make-up workdays, by {notice.papers[0].number}")


def _refuse(sentence: str) -> NoReturn:
    errors.print(Text.assemble(("refused: ", "red"), sentence))
    raise typer.Exit(1)


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a service may be reading the folder."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".new", delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def _month(working: Calendar, year: int, month: int) -> Table:
    table = Table(title=f"{year}-{month:02}", box=None, padding=(0, 1, 0, 0), title_style="bold")
    for weekday in "一二三四五六日":
        table.add_column(weekday, justify="right", min_width=4)
    for week in months.monthcalendar(year, month):
        table.add_row(*(_cell(working, date(year, month, day)) if day else "" for day in week))
    return table


def _cell(working: Calendar, day: date) -> Text:
    special = working.special.get(day)
    if special is None:
        return Text(f"{day.day}  ", style="" if working.is_working_day(day) else "dim")
    return Text(f"{day.day}班", style="bold blue") if special.working else Text(f"{day.day}休", style="red")


def _days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(n) for n in range(366 if months.isleap(year) else 365)]


def _differences(working: Calendar) -> Iterator[str]:
    """Each day on which a library that knows the year says otherwise."""
    for year in sorted(working.years):
        for library, says in _oracles(year):
            for day in (day for day in _days_of(year) if says(day) != working.is_working_day(day)):
                yield f"{day}: {library} says it is {'a working day' if says(day) else 'a day off'}"
            console.print(f"  {year}: every day compared with {library}")


def _oracles(year: int) -> Iterator[tuple[str, Callable[[date], bool]]]:
    """The libraries at hand that know this year's make-up workdays; both are development dependencies."""
    try:
        chinese_calendar = importlib.import_module("chinese_calendar")
        chinese_calendar.is_workday(date(year, 12, 31))
        yield "chinesecalendar", chinese_calendar.is_workday
    except (ImportError, NotImplementedError):
        pass
    try:
        china = importlib.import_module("holidays").country_holidays("CN", years=[year, year + 1])
        if any(day.year == year for day in china.weekend_workdays):
            yield "holidays", china.is_working_day
    except ImportError:
        pass
