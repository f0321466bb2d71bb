"""What deadline does with the facts it hears, and what it does when something is due."""

from collections.abc import Mapping
from functools import partial
from uuid import uuid4

from opentelemetry.trace import SpanKind

from contracts.catalogue import heard_by
from contracts.events import CaseEvent
from libs.bus import Handler
from libs.service import Service
from libs.store import Collection
from services.deadline import domain
from services.deadline.calendars import Calendars
from services.deadline.domain import Clocks, Recount


def handlers(service: Service, clocks: Collection[Clocks], calendars: Calendars) -> Mapping[str, Handler]:
    async def hear(event: CaseEvent) -> None:
        scheme = service.schemes[event.scheme]
        decide = partial(domain.hear, event=event, scheme=scheme, calendar=calendars[scheme.calendar])
        service.counted(await clocks.apply(event.case, event, decide))

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

        def decide(known: Clocks) -> list[domain.ClockEvent]:
            scheme = self._service.schemes[known.scheme]
            return list(domain.fall_due(known, now=now, scheme=scheme, calendar=self._calendars[scheme.calendar]))

        parent = await self._clocks.trace_of(case)
        with self._service.tracer.span("clocks fall due", kind=SpanKind.INTERNAL, case=case, parent=parent, at=now):
            applied = await self._clocks.apply(case, None, decide)
        if not applied.said:
            # It was due by a calendar that has been replaced since.
            await self.recount(case)

    async def recount(self, case: str) -> None:
        """Count what has not ended by today's calendar, and say what that moves."""
        now = self._service.clock.now()
        known = await self._clocks.get(case)
        if known is None:
            return
        scheme = self._service.schemes[known.scheme]
        calendar = self._calendars[scheme.calendar]
        command = Recount(id=str(uuid4()), at=now, by="deadline", calendar=calendar.version)
        decide = partial(domain.recount, command=command, scheme=scheme, calendar=calendar)
        parent = await self._clocks.trace_of(case)
        with self._service.tracer.span("clocks recounted", kind=SpanKind.INTERNAL, case=case, parent=parent, at=now):
            await self._clocks.apply(case, command, decide, kind="asked")
