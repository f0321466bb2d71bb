"""What comes round: months and their halves, quarters, half-years, years. Days are Asia/Shanghai's. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

Every = Literal["half-month", "month", "quarter", "half-year", "year"]

MONTHS: dict[Every, int] = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
MIDDLE = 15
"""The last day of a month's first half (上半月)."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Turn:
    """One period that came round: its first and last day, and its key as `contracts.events.base.PeriodKey` has it."""

    every: Every
    first: date
    last: date

    @property
    def key(self) -> str:
        year, month = self.first.year, self.first.month
        match self.every:
            case "year":
                return f"{year:04}"
            case "half-year":
                return f"{year:04}-H{(month + 5) // 6}"
            case "quarter":
                return f"{year:04}-Q{(month + 2) // 3}"
            case "month":
                return f"{year:04}-{month:02}"
            case "half-month":
                return f"{year:04}-{month:02}-{'A' if self.first.day == 1 else 'B'}"

    @property
    def before(self) -> "Turn":
        return turn_of(self.every, self.first - _DAY)

    @property
    def after(self) -> "Turn":
        return turn_of(self.every, self.last + _DAY)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def parts(self, count: int) -> list[tuple[date, date]]:
        """First and last day of so many parts, as equal as whole days allow, the earlier ones longer. Raises
        `ValueError` where there are more parts than days."""
        days = (self.last - self.first).days + 1
        if not 1 <= count <= days:
            raise ValueError(f"{self.key} has {days} days and cannot be parted into {count}")
        starts = [self.first + timedelta(-(-days * part // count)) for part in range(count + 1)]
        return [(start, end - _DAY) for start, end in pairwise(starts)]


def turn_of(every: Every, day: date) -> Turn:
    """The period in which a day lies."""
    if every == "half-month":
        if day.day <= MIDDLE:
            return Turn(every, day.replace(day=1), day.replace(day=MIDDLE))
        return Turn(every, day.replace(day=MIDDLE + 1), _first_of_month_after(day, 1) - _DAY)
    length = MONTHS[every]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    return Turn(every, first, _first_of_month_after(first, length) - _DAY)


def turns_beginning(every: Every, first: date, last: date) -> Iterator[Turn]:
    """Every period that begins on a day from first to last, both included, the earliest first."""
    turn = turn_of(every, first)
    if turn.first < first:
        turn = turn.after
    while turn.first <= last:
        yield turn
        turn = turn.after


def _first_of_month_after(day: date, months: int) -> date:
    months += day.year * 12 + day.month - 1
    return date(months // 12, months % 12 + 1, 1)
