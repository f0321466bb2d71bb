"""What deadline does with the facts it hears, and what it does when something is due."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from uuid import uuid4

from opentelemetry.trace import SpanKind

from contracts.catalogue import heard_by
from contracts.events import CaseEvent, ClockEvent, Event, ServedAssigned
from libs.bus import Handler
from libs.policy.calendars import Calendars
from libs.service import Service
from libs.store import Collection
from services.deadline import domain
from services.deadline.domain import Clocks, Recount
from services.deadline.rounds import Rounds


def handlers(
    service: Service, clocks: Collection[Clocks], calendars: Calendars, rounds: Rounds
) -> Mapping[str, Handler]:
    async def hear(event: Event) -> None:
        if isinstance(event, CaseEvent):
            scheme = service.schemes[event.scheme]
            decide = partial(domain.hear, event=event, scheme=scheme, calendar=calendars[scheme.calendar])
            service.counted(await clocks.apply(event.case, event, decide))
        if isinstance(event, ServedAssigned):
            await rounds.assign(event)
        if event.type in rounds.evidence:
            await rounds.hear(event)

    return dict.fromkeys(heard_by("deadline"), hear)


class Work:
    """What is done with a case when its clocks fall due, or when another calendar counts them."""

    def __init__(self, service: Service, clocks: Collection[Clocks], calendars: Calendars) -> None:
        self._service = service
        self._clocks = clocks
        self._calendars = calendars

    async def fire(self, case: str) -> None:
        """Say who is warned and what is missed."""
        now = self._service.clock.now()

        def decide(known: Clocks) -> Iterator[ClockEvent]:
            scheme = self._service.schemes[known.scheme]
            return domain.fall_due(known, now=now, scheme=scheme, calendar=self._calendars[scheme.calendar])

        applied = await self._clocks.apply(case, None, decide, within=self._span("clocks fall due", case, now))
        if not applied.said:
            # It was due by a calendar that has been replaced since.
            await self.recount(case)

    async def recount(self, case: str) -> None:
        """Count what has not ended by today's calendar, and say what that moves."""
        now = self._service.clock.now()
        versions = {id: calendar.version for id, calendar in self._calendars.items()}
        command = Recount(id=str(uuid4()), at=now, by="deadline", calendars=versions)

        def decide(known: Clocks) -> Iterator[ClockEvent]:
            scheme = self._service.schemes[known.scheme]
            return domain.recount(known, command, scheme=scheme, calendar=self._calendars[scheme.calendar])

        within = self._span("clocks recounted", case, now)
        await self._clocks.apply(case, command, decide, kind="asked", within=within)

    def _span(self, name: str, case: str, at: datetime) -> Callable[[str], AbstractContextManager[object]]:
        return lambda parent: self._service.tracer.span(name, kind=SpanKind.INTERNAL, case=case, parent=parent, at=at)
