"""Working days: the plain week, overruled by the notices. Pure; every date is a day in Asia/Shanghai."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Self

from libs.policy.notice import SpecialDay, YearNotice

_DAY = timedelta(days=1)

NATIONAL = "cn"
"""The calendar of the whole country."""

NEW_YEAR_REACHES_BACK_TO = 29
"""The earliest day of December that a next year's notice has set apart (29 December: 2007's and 2018's)."""


@dataclass(frozen=True)
class Calendar:
    """Which days are worked.

    `version` is a hash of everything that decides a count: the same one, the same due times. `years` are
    those for which every notice that the calendar rests on is out. `special` are the days that the notices
    set apart.
    """

    id: str
    version: str
    years: frozenset[int]
    special: Mapping[date, SpecialDay] = field(compare=False, repr=False)

    @classmethod
    def from_years(cls, notices: Iterable[YearNotice], id: str = NATIONAL) -> Self:
        """The calendar `cn`, or `cn-45`: the national notices, overlaid by those of region 45 (`cn-4501`: of
        45, then of 4501). Those of other regions are left aside, so all that exist may be given, in any
        order.

        Raises `ValueError` when two notices are for the same year and region, contradict each other without
        `replaces`, replace what is not there, or when there is none for the region that the id names.
        """
        region = id.removeprefix("cn").removeprefix("-")
        ours = [notice for notice in notices if region.startswith(notice.region)]
        layers = sorted({notice.region for notice in ours})  # a prefix sorts before what it begins
        if region not in layers:
            raise ValueError(f"there is no notice for calendar {id!r}")
        special: dict[date, SpecialDay] = {}
        for layer in layers:
            special |= _merged([notice for notice in ours if notice.region == layer], special)
        years = frozenset[int].intersection(
            *(frozenset(notice.year for notice in ours if notice.region == layer) for layer in layers)
        )
        counted = [id, *sorted(years), *sorted((day.isoformat(), special[day].working) for day in special)]
        version = hashlib.blake2b(repr(counted).encode(), digest_size=8).hexdigest()
        return cls(id=id, version=version, years=years, special=MappingProxyType(special))

    def is_working_day(self, day: date) -> bool:
        special = self.special.get(day)
        return special.working if special is not None else day.weekday() < 5

    def is_provisional(self, day: date) -> bool:
        """Whether a notice still to come may change this day: one of a year without an official notice, of
        which only the weekends are off, or of the last days of December before such a year."""
        if day.year not in self.years:
            return True
        return day.month == 12 and day.day >= NEW_YEAR_REACHES_BACK_TO and day.year + 1 not in self.years

    def is_provisional_between(self, first: date, last: date) -> bool:
        """Whether any day from first to last, both included, is provisional."""
        years = range(first.year, last.year + 1)
        return self.is_provisional(last) or any(year not in self.years for year in years)

    def add_working_days(self, day: date, count: int) -> date:
        """The count-th working day after `day`, which itself is not counted (Civil Code art. 201), worked or
        not. A negative count goes back; 0 is the day itself."""
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """The working days from start, not counted, to end, counted; negative when end is earlier. Where end
        is `add_working_days(start, n)`, it is n."""
        step = 1 if end > start else -1
        offsets = range(step, (end - start).days + step, step)
        return step * sum(self.is_working_day(start + timedelta(offset)) for offset in offsets)

    def nth_working_day(self, year: int, month: int, n: int) -> date:
        """The n-th working day of a month; -1 is its last. Raises `ValueError` when the month has none such."""
        start = date(year, month, 1) if n > 0 else date(year + month // 12, month % 12 + 1, 1)
        day = self.add_working_days(start - _DAY if n > 0 else start, n)
        if n == 0 or (day.year, day.month) != (year, month):
            raise ValueError(f"{year}-{month:02} has no working day number {n}")
        return day

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        return self.add_working_days(day, 1)

    def previous_working_day(self, day: date) -> date:
        """The last working day before `day`."""
        return self.add_working_days(day, -1)

    def working_day_from(self, day: date) -> date:
        """`day` itself if it is worked, else the next working day (顺延)."""
        return day if self.is_working_day(day) else self.next_working_day(day)


def _merged(layer: list[YearNotice], below: Mapping[date, SpecialDay]) -> dict[date, SpecialDay]:
    special: dict[date, SpecialDay] = {}
    seen: set[int] = set()
    for notice in layer:
        if notice.year in seen:
            raise ValueError(f"{notice.calendar}: there are two notices for {notice.year}")
        seen.add(notice.year)
        for day, here in notice.days().items():
            other = special.get(day)
            if other is not None and other.working != here.working:
                raise ValueError(f"{notice.calendar}: two years' notices contradict each other on {day}")
            under = below.get(day)
            overrules = under is not None and under.working != here.working
            if overrules and day not in notice.replaces:
                raise ValueError(f"{notice.calendar}: {day} is otherwise in the notice above; list it under replaces")
            if not overrules and day in notice.replaces:
                raise ValueError(f"{notice.calendar}: {day} replaces nothing in the notice above")
            special[day] = here
    return special
