"""What deadline does when periods begin, when duties fall due, and when it hears what shows that one was met."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

from contracts.events import Event, ServedAssigned
from contracts.record import derive_id
from libs.policy.calendars import Calendars
from libs.policy.directory import Directory
from libs.policy.duty import EACH_SERVED, EACH_UNIT, DutyRule, Term
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme, matches
from libs.policy.shanghai import day_of, midnight
from libs.service import Service
from libs.store import Collection
from services.deadline import duties as duty
from services.deadline import plans as plan
from services.deadline.duties import Occurrence, OpenDuty, Redate
from services.deadline.plans import Beginning, Plan, Planned
from services.deadline.served import Served

TOGETHER = 50
PAGE = 500


class Rounds:
    """Plans, duties and the served of this deployment."""

    def __init__(
        self,
        service: Service,
        directory: Directory,
        calendars: Calendars,
        plans: Collection[Plan],
        duties: Collection[Occurrence],
        served: Collection[Served],
    ) -> None:
        self._service = service
        self._directory = directory
        self._calendars = calendars
        self._plans = plans
        self._duties = duties
        self._served = served
        self._names = [name for name in service.schemes.names() if name in directory.by_scheme]
        self.evidence = {e for s in service.schemes.values() for rule in s.duties.values() for e in rule.met_by}
        """The types of the facts that show that a duty was met."""
        for scheme in self._run_here():
            for name, rule in scheme.duties.items():
                self._owner_known(scheme, name, rule)

    def _run_here(self) -> Iterator[Scheme]:
        return (scheme for scheme in self._service.schemes.values() if scheme.scheme in self._names)

    def _owner_known(self, scheme: Scheme, name: str, rule: DutyRule) -> None:
        if rule.who in (EACH_UNIT, EACH_SERVED):
            return
        try:
            self._directory.running(scheme.scheme).audience(rule.who)
        except Refused as refused:
            raise ValueError(f"{scheme.ref}: duties.{name}.who: {refused.detail}; name it in the directory") from None

    async def watch(self) -> None:
        """Every scheme that a level of government here runs has a plan."""
        for name in self._names:
            command = Planned(id=derive_id("watch", name), at=self._service.clock.now(), by="deadline")
            await self._plans.apply(name, command, lambda known: (), kind="asked")

    async def begin(self, name: str) -> None:
        """Open the duties that begin by today, then say which session days are proposed and that all of it is done. What
        a crash leaves half done is done again, and changes nothing where it was."""
        now = self._service.clock.now()
        today = day_of(now)
        known = await self._plans.get(name) or plan.empty(name)
        schemes, calendars = self._service.schemes, self._calendars
        for beginning in plan.beginnings(known, today, schemes=schemes, calendars=calendars):
            await self._open(beginning)
        command = Planned(id=derive_id("plan", name, today.isoformat()), at=now, by="deadline", day=today)
        await self._plans.apply(
            name,
            command,
            lambda plan_: plan.proposals(plan_, command, schemes=schemes, calendars=calendars),
            kind="asked",
        )

    async def _open(self, beginning: Beginning) -> None:
        if beginning.rule.who == EACH_SERVED:
            await self._open_for_each_served(beginning)
            return
        view = self._directory.running(beginning.scheme.scheme)
        each = view.each_unit() if beginning.rule.who == EACH_UNIT else [view.audience(beginning.rule.who)]
        await asyncio.gather(*(self._open_one(beginning, unit.unit, None) for unit in each))

    async def _open_for_each_served(self, beginning: Beginning) -> None:
        """Whoever is served since before the period; a later one joins with its next period."""
        first = midnight(beginning.term.first)
        skip = 0
        where = {"keys.scheme": beginning.scheme.scheme}
        while page := await self._served.find(where, sort="_id", limit=PAGE, skip=skip):
            skip += len(page)
            joined = [one for one in page if one.joined is not None and one.joined < first]
            for start in range(0, len(joined), TOGETHER):
                some = joined[start : start + TOGETHER]
                await asyncio.gather(*(self._open_one(beginning, str(one.unit), one) for one in some))

    async def _open_one(self, beginning: Beginning, unit: str, served: Served | None) -> None:
        scheme, term, rule = beginning.scheme, beginning.term, beginning.rule
        calendar = self._calendars[scheme.calendar]
        key = duty.number_of(scheme.scheme, beginning.duty, term.period, served.number if served else unit)
        due, last = rule.days(term, calendar)
        command = OpenDuty(
            id=derive_id("open-duty", key),
            at=self._service.clock.now(),
            by="deadline",
            scheme=scheme.ref,
            duty=beginning.duty,
            period=term.period,
            about=term.about,
            unit=unit,
            served=served.number if served else None,
            since=(served and served.since) or self._service.clock.now(),
            first=term.first,
            ends=term.last,
            at_least=rule.at_least,
            due=due,
            last=last,
            calendar=calendar.version,
        )
        await self._duties.apply(key, command, lambda known: duty.open_duty(known, command), kind="asked")

    # What is due ------------------------------------------------------------------------------------------------------

    async def fire(self, key: str) -> None:
        """Say who is reminded, and what is missed."""
        now = self._service.clock.now()
        await self._duties.apply(
            key,
            None,
            lambda known: duty.fall_due(
                known, now=now, rule=self.rule(known), calendar=self._calendars[self.scheme(known).calendar]
            ),
        )

    async def redate(self, key: str) -> None:
        """Count what is still owed by today's calendar (§3.21)."""
        known = await self._duties.get(key)
        if known is None or not known.is_owed:
            return
        calendar = self._calendars[self.scheme(known).calendar]
        due, last = self.rule(known).days(duty.term_of(known), calendar)
        now = self._service.clock.now()
        command = Redate(id=str(uuid4()), at=now, by="deadline", due=due, last=last, calendar=calendar.version)
        await self._duties.apply(key, command, lambda known: duty.redate(known, command), kind="asked")

    def scheme(self, known: Occurrence) -> Scheme:
        return self._service.schemes[known.scheme]

    def rule(self, known: Occurrence) -> DutyRule:
        return self.scheme(known).duties[known.duty]

    # What is heard ----------------------------------------------------------------------------------------------------

    async def hear(self, event: Event) -> None:
        """A fact that shows that duties were met."""
        for key in self.shown_by(event):
            self._service.counted(await self._duties.apply(key, event, lambda known: duty.hear(known, event)))

    async def assign(self, event: ServedAssigned) -> None:
        """Who serves whom: what is open goes over to the new unit, what comes later begins with it."""
        self._service.counted(await self._served.apply(event.served, event, lambda known: ()))
        for known in await self._duties.find({"keys.served": event.served}):
            await self._duties.apply(known.number, event, lambda known: ())

    def shown_by(self, event: Event) -> Iterator[str]:
        """The occurrences that a fact is evidence for, opened or not yet."""
        name = event.scheme.partition("@")[0]
        for scheme in plan.versions(name, self._service.schemes):
            for called, rule in scheme.duties.items():
                if event.type in rule.met_by and matches(event, rule.met_by[event.type]):
                    owner = self._owner(scheme, rule, event)
                    for term in self._terms(scheme, rule, event) if owner else ():
                        yield duty.number_of(name, called, term.period, str(owner))

    def _terms(self, scheme: Scheme, rule: DutyRule, event: Event) -> Iterator[Term]:
        month: str | None = getattr(event, "month", None)
        calendar = self._calendars[scheme.calendar]
        for term in rule.terms_shown_by(scheme.in_force.from_, day_of(event.at), month, calendar):
            if self._service.schemes.in_force(scheme.scheme, term.first) is scheme:
                yield term

    def _owner(self, scheme: Scheme, rule: DutyRule, event: Event) -> str | None:
        if rule.who == EACH_SERVED:
            return getattr(event, "served", None)
        if rule.who == EACH_UNIT:
            return getattr(event, "unit", None)
        return self._directory.running(scheme.scheme).audience(rule.who).unit
