"""How days are counted: the day of the event is not (Civil Code art. 201). Pure; days are Asia/Shanghai's.

The words for these, and the instants that follow, are in `period.py`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from libs.policy.calendar import Calendar


@dataclass(frozen=True)
class Hours:
    """Natural hours from the moment of the event, nights and days off included."""

    count: int


class Days(ABC):
    """A limit that ends with a day. `in_working_days`: the calendar decides which. `stands_still`: in a pause; a
    date does not."""

    in_working_days: ClassVar[bool] = False
    stands_still: ClassVar[bool] = False

    @abstractmethod
    def last_day(self, day: date, calendar: Calendar) -> date:
        """The last day of the limit that an event on `day` sets running."""

    def moved(self, last: date, paused: date, resumed: date, calendar: Calendar) -> date:
        """The last day after a pause between these days."""
        return last


@dataclass(frozen=True)
class NaturalDays(Days):
    count: int
    stands_still = True

    def last_day(self, day: date, calendar: Calendar) -> date:
        return day + timedelta(self.count)

    def moved(self, last: date, paused: date, resumed: date, calendar: Calendar) -> date:
        return last + (resumed - paused)


@dataclass(frozen=True)
class WorkingDays(Days):
    count: int
    in_working_days = True
    stands_still = True

    def last_day(self, day: date, calendar: Calendar) -> date:
        return calendar.add_working_days(day, self.count)

    def moved(self, last: date, paused: date, resumed: date, calendar: Calendar) -> date:
        return calendar.add_working_days(last, calendar.working_days_between(paused, resumed))


@dataclass(frozen=True)
class WorkingDaysFrom(Days):
    """The date so many working days after another, or (negative) before it."""

    count: int
    in_working_days = True

    def last_day(self, day: date, calendar: Calendar) -> date:
        return calendar.add_working_days(day, self.count)


@dataclass(frozen=True)
class DayOfMonth(Days):
    """The first 25th from the day of the event on, that day included; or the 25th of the month after."""

    day: int
    next_month: bool = False

    def last_day(self, day: date, calendar: Calendar) -> date:
        this_month = not self.next_month and day.day <= self.day
        return (day if this_month else _next_month(day)).replace(day=self.day)


@dataclass(frozen=True)
class NthWeekday(Days):
    """The first such day (2nd Wednesday of its month) from the day of the event on, that day included."""

    nth: int
    weekday: int

    def last_day(self, day: date, calendar: Calendar) -> date:
        this = self._of_month(day.replace(day=1))
        return this if this >= day else self._of_month(_next_month(day))

    def _of_month(self, first: date) -> date:
        return first + timedelta((self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1))


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(4)).replace(day=1)
