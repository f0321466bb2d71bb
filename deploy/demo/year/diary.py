"""What is still to be done, by whom it may concern: acts at their moments, and the hours at which people act."""

import heapq
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

from libs.policy.calendar import Calendar
from libs.policy.directory import Directory, View
from libs.policy.scheme import Scheme, Schemes
from libs.policy.shanghai import SHANGHAI

Act = Callable[[], Awaitable[None]]
Fact = dict[str, Any]
HOURS = (9, 15)
"""People act at these hours, so that many acts share an instant and the year is lived through quickly."""


class Refusal(RuntimeError):
    """Something was asked and turned down that should not have been, or `rule` tells why."""

    def __init__(self, what: str, rule: str) -> None:
        super().__init__(what)
        self.rule = rule


class World(Protocol):
    """The system as the demo meets it."""

    def now(self) -> datetime: ...

    async def ask(
        self,
        method: str,
        service: str,
        path: str,
        *,
        roles: set[str],
        body: Any = None,
        unit: str | None = None,
        case: str | None = None,
        key: str | None = None,
        subject: str = "demo",
    ) -> Any:
        """What the service answers. Raises `Refusal`."""
        ...


class Due(NamedTuple):
    at: datetime
    order: str
    number: int
    act: Act


class Diary:
    """Acts to come. `last`: after this moment nobody begins anything."""

    def __init__(self, world: World, calendar: Calendar, last: datetime) -> None:
        self._world = world
        self._calendar = calendar
        self._acts: list[Due] = []
        self._number = 0
        self.last = last
        self.done = 0

    @property
    def next(self) -> datetime | None:
        return self._acts[0].at if self._acts else None

    def at(self, moment: datetime, order: str, act: Act) -> None:
        """Do something at a moment; acts of one moment are done in the order of `order`."""
        if moment < self.last:
            self._number += 1
            heapq.heappush(self._acts, Due(max(moment, self._world.now()), order, self._number, act))

    def later(self, working_days: int, order: str, act: Act, *, hour: int = 0) -> None:
        """Do something on the n-th working day from today; the same day means the next of the hours."""
        self.at(self.moment(working_days, hour), order, act)

    def on(self, day: date, order: str, act: Act, *, hour: int = 0) -> None:
        """Do something on the first working day from `day`."""
        self.at(at(self._calendar.working_day_from(day), HOURS[hour]), order, act)

    def moment(self, working_days: int, hour: int = 0) -> datetime:
        now = self._world.now().astimezone(SHANGHAI)
        if working_days:
            return at(self._calendar.add_working_days(now.date(), working_days), HOURS[hour])
        if self._calendar.is_working_day(now.date()):
            for coming in HOURS:
                if coming > now.hour:
                    return at(now.date(), coming)
        return at(self._calendar.add_working_days(now.date(), 1), HOURS[hour])

    def ripe(self, moment: datetime) -> list[Due]:
        """What is to be done by now, taken out of the diary."""
        ripe: list[Due] = []
        while self._acts and self._acts[0].at <= moment:
            ripe.append(heapq.heappop(self._acts))
        self.done += len(ripe)
        return ripe


class Town:
    """What everybody knows."""

    def __init__(self, world: World, diary: Diary, schemes: Schemes, directory: Directory, calendar: Calendar) -> None:
        self.world = world
        self.diary = diary
        self.schemes = schemes
        self.directory = directory
        self.calendar = calendar

    def scheme(self, ref: str) -> Scheme:
        return self.schemes[ref]

    def rule(self, name: str, day: date | None = None) -> Scheme:
        """The version of a scheme in force today, or on a day."""
        found = self.schemes.in_force(name, day or self.today())
        assert found is not None, f"{name} is not in force"
        return found

    def view(self, ref: str) -> View:
        return self.directory.running(ref)

    def today(self) -> date:
        return self.world.now().astimezone(SHANGHAI).date()

    def worked(self, day: date, shift: int = 0) -> date:
        """That day or the next working one, and so many working days on (or back)."""
        start = self.calendar.working_day_from(day)
        return self.calendar.add_working_days(start, shift) if shift else start


def chance(of: str, why: str) -> float:
    """A number from 0 to 1 that is always the same for the same thing and purpose."""
    return int.from_bytes(blake2b(f"{of}:{why}".encode(), digest_size=6).digest(), "big") / 2**48


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)


def day_of(text: str) -> date:
    return date.fromisoformat(text)


def tomorrow(day: date) -> date:
    return day + timedelta(days=1)
