"""Everybody together: who hears which fact."""

from collections.abc import Callable
from datetime import date

from deploy.demo.year.afterwards import Afterwards
from deploy.demo.year.desks import Desks
from deploy.demo.year.diary import Diary, Fact, Town, World, at
from deploy.demo.year.meetings import Meetings
from deploy.demo.year.plans import FIRST_DAY, LAST_DAY, Plan
from deploy.demo.year.seasons import Seasons
from deploy.demo.year.units import Units
from libs.policy.calendar import Calendar
from libs.policy.directory import Directory
from libs.policy.scheme import Schemes


class People:
    """Acts on facts by writing into the diary; whoever plays the year carries out what the diary holds."""

    def __init__(
        self,
        world: World,
        plans: list[Plan],
        *,
        schemes: Schemes,
        directory: Directory,
        calendar: Calendar,
        registry: list[dict[str, str]],
        last: date = LAST_DAY,
    ) -> None:
        self.diary = Diary(world, calendar, at(last, 24 - 1))
        town = Town(world, self.diary, schemes, directory, calendar)
        self.desks = Desks(town)
        self.afterwards = Afterwards(town, self.desks)
        crews = (
            self.desks,
            Units(town, self.desks),
            Meetings(town, self.desks),
            self.afterwards,
            seasons := Seasons(town, self.desks, self.afterwards, registry),
        )
        self._hearers: dict[str, list[Callable[[Fact], None]]] = {}
        for crew in crews:
            for kind, hearer in crew.hears().items():
                self._hearers.setdefault(kind, []).append(hearer)
        self.desks.begin(plans)
        seasons.begin(FIRST_DAY, last)

    def hear(self, fact: Fact) -> None:
        """A fact as it crossed the bus."""
        kind = fact["type"].removesuffix(".v1")
        if fact.get("case", "").startswith("HY-") and not kind.startswith("session."):
            return
        for hearer in self._hearers.get(kind, ()):
            hearer(fact)
