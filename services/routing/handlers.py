"""What routing does with the facts it hears: a line each."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from contracts.events import (
    AppealAccepted,
    AppealWithdrawn,
    CaseClosed,
    CaseEvent,
    CaseRated,
    ClockMissed,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    Event,
    LetterFailed,
)
from libs.bus import Handler
from libs.policy.directory import Directory
from libs.service import Service
from libs.store import Collection
from services.routing import domain
from services.routing.contacts import ReportUnreachable, UnitContact
from services.routing.domain import Case


def handlers(
    service: Service, cases: Collection[Case], contacts: Collection[UnitContact], directory: Directory
) -> Mapping[str, Handler]:
    now = service.clock.now

    async def apply(event: CaseEvent, decide: Callable[[Case], Iterable[Event]]) -> None:
        service.counted(await cases.apply(event.case, event, decide))

    async def accepted(event: AppealAccepted) -> None:
        scheme = service.schemes[event.scheme]
        await apply(
            event,
            partial(domain.assign, event=event, now=now(), scheme=scheme, directory=directory.running(event.scheme)),
        )

    async def withdrawn(event: AppealWithdrawn) -> None:
        await apply(event, partial(domain.withdraw, event=event, now=now()))

    async def limited(event: ClockStarted | ClockResumed | ClockRecomputed) -> None:
        disputes = service.schemes[event.scheme].disputes
        if disputes is not None and event.clock == disputes.clock:
            await apply(event, lambda case: ())

    async def missed(event: ClockMissed) -> None:
        await apply(event, partial(domain.miss, event=event, now=now(), scheme=service.schemes[event.scheme]))

    async def rated(event: CaseRated) -> None:
        await apply(event, partial(domain.ask_for_final_decision, event=event, now=now()))

    async def closed(event: CaseClosed) -> None:
        await apply(event, lambda case: ())

    async def unreachable(event: LetterFailed) -> None:
        if event.unit is not None:
            report: Any = ReportUnreachable(id=event.id, at=event.at, by="notification")
            await contacts.apply(event.unit, report, lambda contact: ())

    return {
        "appeal.accepted.v1": accepted,
        "appeal.withdrawn.v1": withdrawn,
        "clock.started.v1": limited,
        "clock.resumed.v1": limited,
        "clock.recomputed.v1": limited,
        "clock.missed.v1": missed,
        "case.rated.v1": rated,
        "case.closed.v1": closed,
        "letter.failed.v1": unreachable,
    }
