"""Limits as a regulation words them, and when they run out. Pure: instants come in and go out as aware UTC
datetimes of millisecond precision; days are Asia/Shanghai's.

How time is counted (Civil Code arts. 200-204, unless a text says otherwise): hours run from the moment (201);
of a period in days the day of the event is not counted (201), and it ends at 24:00 of its last day (203),
which is 00:00 of the day after. A filing on a day off is counted from the next working day. One departure,
declared: natural days are taken at their word and not prolonged when the last is a day off, as art. 203 would
have it, unless the scheme says `, or the next working day` (art. 204 lets a text differ).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from libs.policy.calendar import Calendar
from libs.policy.counting import (
    DayOfMonth,
    Days,
    Hours,
    NaturalDays,
    NthWeekday,
    WorkingDays,
    WorkingDaysFrom,
)
from libs.policy.shanghai import SHANGHAI, day_of, local, midnight, stored

ANCHORS = {
    "the date": "该日",
    "the session": "现场活动日",
    "the last session": "上一期现场活动日",
    "the due date": "到期日",
}
"""The days that a period can be said to lie before or after."""

WEEKDAYS = {
    "monday": "一",
    "tuesday": "二",
    "wednesday": "三",
    "thursday": "四",
    "friday": "五",
    "saturday": "六",
    "sunday": "日",
}

_OR_NEXT = ", or the next working day"
_OR_SAME_HOUR = ", or the same hour of the next working day"

WORDINGS = (
    "24 hours",
    f"24 hours{_OR_SAME_HOUR}",
    "5 natural days",
    f"5 natural days{_OR_NEXT}",
    "10 working days",
    "the 25th",
    f"the 25th{_OR_NEXT}",
    "by the 10th of next month",
    f"by the 10th of next month{_OR_NEXT}",
    "2nd wednesday",
    f"2nd wednesday{_OR_NEXT}",
    "5 working days before the session",
    "2nd working day after the session",
)
"""One example of everything that can be said; the numbers, weekdays and (`ANCHORS`) days may be others."""

Pause = tuple[datetime, datetime]
"""From, until: aware instants."""


@dataclass(frozen=True)
class Due:
    """When a limit runs out: before `at` is in time. `provisional`: a notice still to come may move it."""

    at: datetime
    provisional: bool


@dataclass(frozen=True)
class Period:
    """A limit in the closed vocabulary of `WORDINGS`: its words in English (which `str` gives back) and
    Chinese, how it is counted, and whether it is put off when it ends on a day off (顺延)."""

    en: str
    zh: str
    counted: Hours | Days
    prolonged: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """The period that these words name; there is one way to write each (`1 working day`, `2nd`, lower
        case).

        Raises `ValueError`, saying what words exist, for any others.
        """
        for wording in _GRAMMAR:
            put_off, zh_put_off = wording.put_off
            words = text.removesuffix(put_off)
            if (match := re.fullmatch(wording.pattern, words, re.ASCII)) and _is_grammatical(words):
                said = [_CHINESE.get(word, word) for word in match.groups()]
                prolonged = words != text
                zh = wording.zh.format(*said) + zh_put_off * prolonged
                return cls(text, zh, wording.counted(match), prolonged)
        raise ValueError(
            f"unknown period {text!r}; the words there are, with other numbers (1-999 hours or days, the 1st to"
            f" 28th, 1st to 4th weekday) and weekdays: {'; '.join(WORDINGS)};"
            f" days before or after: {', '.join(ANCHORS)}"
        )

    def __str__(self) -> str:
        return self.en

    def due(self, start: datetime, calendar: Calendar) -> Due:
        """When the limit that `start` sets running ends. Raises `ValueError` for an instant without a zone."""
        return self.due_with_pauses(start, (), calendar)

    def due_with_pauses(self, start: datetime, pauses: Iterable[Pause], calendar: Calendar) -> Due:
        """When it runs out, having stood still during the pauses (from, until), given in any order.

        What remained on the evening of the pause day remains on the evening of the day of resumption, which
        is not counted, being the day of the event (art. 201). So a limit in working days moves by the working
        days in (pause day, day of resumption], one in natural days by the calendar days in it, one in hours
        by the time elapsed; a pause within one day moves no days. Overlapping pauses are one. What lies
        before the start, or begins when the limit has run out, counts for nothing. A limit paused on its last
        day ends on the day of resumption, or, in working days, on the first worked from then on: it never
        runs out during a pause. A date (`the 25th`) is no length of time and is not moved.

        Raises `ValueError` for an instant without a zone or a pause that ends before it begins.
        """
        running = _merged(pauses, start)
        if isinstance(self.counted, Hours):
            return self._due_in_hours(self.counted, start, running, calendar)
        day = day_of(start)
        last = self.counted.last_day(day, calendar)
        end = self._put_off(last, calendar)
        for since, until in running if self.counted.stands_still else ():
            if since >= midnight(end + _DAY):
                break
            last = self.counted.moved(last, day_of(since), day_of(until), calendar)
            end = self._put_off(max(last, day_of(until)), calendar)
        return Due(midnight(end + _DAY), self._is_provisional(day, last, end, calendar))

    def on(self, day: date, calendar: Calendar) -> date:
        """The last day, counted from an event on `day`. Raises `ValueError` for hours, which name no day."""
        if isinstance(self.counted, Hours):
            raise ValueError(f"{self}: hours name an instant, not a day")
        return self._put_off(self.counted.last_day(day, calendar), calendar)

    def opens(self, start: datetime, calendar: Calendar) -> Due:
        """0:00 of the last day, when what opens or closes on that day does so. Raises `ValueError` for hours."""
        end = self.on(day_of(start), calendar)
        return Due(midnight(end), self.due(start, calendar).provisional)

    def warn_at(self, due: datetime, calendar: Calendar) -> datetime:
        """The instant that lies this period before a due time: asked of what a scheme says after `warn`.

        Working days are left whole: `2 working days` before Friday 24:00 is Thursday 0:00; an hour within the
        day is kept on the earlier working day. Raises `ValueError` for a date, which has no length.
        """
        match self.counted:
            case Hours(count):
                return stored(due - timedelta(hours=count))
            case NaturalDays(count):
                return stored(due - timedelta(count))
            case WorkingDays(count):
                here = local(due)
                day = calendar.add_working_days(here.date(), -count)
                return stored(datetime.combine(day, here.time(), SHANGHAI))
            case _:
                raise ValueError(f"{self.en}: a date has no length, so nothing can be warned that long before")

    def _due_in_hours(self, hours: Hours, start: datetime, running: list[Pause], calendar: Calendar) -> Due:
        plain = start + timedelta(hours=hours.count)
        at = self._put_off_hour(plain, calendar)
        for since, until in running:
            if since >= self._put_off_hour(at, calendar):
                break
            at += until - since
        at = self._put_off_hour(at, calendar)
        provisional = self.prolonged and calendar.is_provisional_between(_evening(plain), _evening(at))
        return Due(stored(at), provisional)

    def _put_off(self, last: date, calendar: Calendar) -> date:
        in_working_days = isinstance(self.counted, Days) and self.counted.in_working_days
        return calendar.working_day_from(last) if self.prolonged or in_working_days else last

    def _put_off_hour(self, at: datetime, calendar: Calendar) -> datetime:
        last = _evening(at)
        return at + (self._put_off(last, calendar) - last)

    def _is_provisional(self, day: date, last: date, end: date, calendar: Calendar) -> bool:
        # Only where the calendar was asked: no notice moves five natural days.
        if isinstance(self.counted, Days) and self.counted.in_working_days:
            return calendar.is_provisional_between(min(day, end), max(day, end))
        return self.prolonged and calendar.is_provisional_between(last, end)


@dataclass(frozen=True)
class _Wording:
    pattern: str
    zh: str
    counted: Callable[[re.Match[str]], Hours | Days]
    put_off: tuple[str, str] = ("", "")


_NEXT = (_OR_NEXT, "，遇非工作日顺延至下一工作日")
_SAME_HOUR = (_OR_SAME_HOUR, "，届满之时在非工作日的，顺延至下一工作日同一时刻")
_COUNT = r"([1-9]\d{0,2})"
_DATE = r"([1-9]|1\d|2[0-8])(?:st|nd|rd|th)"  # every month has a 28th
_NTH = r"([1-4])(?:st|nd|rd|th)"  # and a 4th Friday
_ANCHOR = f"({'|'.join(ANCHORS)})"

_GRAMMAR: tuple[_Wording, ...] = (
    _Wording(f"{_COUNT} hours?", "{0}小时", lambda m: Hours(int(m[1])), _SAME_HOUR),
    _Wording(f"{_COUNT} natural days?", "{0}个自然日", lambda m: NaturalDays(int(m[1])), _NEXT),
    _Wording(f"{_COUNT} working days?", "{0}个工作日", lambda m: WorkingDays(int(m[1]))),
    _Wording(f"the {_DATE}", "{0}日", lambda m: DayOfMonth(int(m[1])), _NEXT),
    _Wording(
        f"by the {_DATE} of next month",
        "次月{0}日前（含当日）",
        lambda m: DayOfMonth(int(m[1]), next_month=True),
        _NEXT,
    ),
    _Wording(
        f"{_NTH} ({'|'.join(WEEKDAYS)})",
        "当月第{0}个星期{1}",
        lambda m: NthWeekday(int(m[1]), list(WEEKDAYS).index(m[2])),
        _NEXT,
    ),
    _Wording(f"{_COUNT} working days? before {_ANCHOR}", "{1}前{0}个工作日", lambda m: WorkingDaysFrom(-int(m[1]))),
    _Wording(
        f"{_COUNT}(?:st|nd|rd|th) working day after {_ANCHOR}",
        "{1}后第{0}个工作日",
        lambda m: WorkingDaysFrom(int(m[1])),
    ),
)

_CHINESE = ANCHORS | WEEKDAYS

_DAY = timedelta(days=1)


def _is_grammatical(words: str) -> bool:
    """`1 day`, `2 days`; `1st`, `2nd`, `11th`."""
    plurals = re.findall(r"(\d+) (?:hour|natural day|working day)(s?)", words)
    ordinals = re.findall(r"(\d+)(st|nd|rd|th)", words)
    return all((count == "1") == (s == "") for count, s in plurals) and all(
        suffix == _suffix(int(number)) for number, suffix in ordinals
    )


def _suffix(number: int) -> str:
    return "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _evening(instant: datetime) -> date:
    """The day that the instant closes: 24:00 belongs to the day before."""
    return day_of(instant - timedelta(milliseconds=1))


def _merged(pauses: Iterable[Pause], start: datetime) -> list[Pause]:
    """In order, overlaps joined, what lies before the start cut off."""
    joined: list[Pause] = []
    for since, until in sorted((local(since), local(until)) for since, until in pauses):
        if until < since:
            raise ValueError(f"a pause ends at {until}, before it begins at {since}")
        since = max(since, start)
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        elif until > start:
            joined.append((since, until))
    return joined
