"""What routing does with the facts it hears about cases; sessions have handlers of their own."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from contracts.events import CaseEvent, ClockSet, LetterFailed
from libs.bus import Handler
from libs.service import Service
from libs.store import Collection
from services.routing.case import Case
from services.routing.contacts import ReportUnreachable, UnitContact
from services.routing.facts import Terms
from services.routing.following import followed_clocks, follows

ABOUT_CASES = (
    "appeal.accepted.v1",
    "appeal.returned.v1",
    "appeal.withdrawn.v1",
    "appeal.linked.v1",
    "appeal.repeated.v1",
    "appeal.answered_at_once.v1",
    "appeal.doubted.v1",
    "transfer.answered.v1",
    "clock.missed.v1",
    "case.rated.v1",
    "case.closed.v1",
    "case.called_back.v1",
    "case.reopened.v1",
    "rectification.listed.v1",
    "rectification.lifted.v1",
)
LIMITS = ("clock.started.v1", "clock.resumed.v1", "clock.recomputed.v1")


def handlers(
    service: Service,
    cases: Collection[Case],
    contacts: Collection[UnitContact],
    terms: Callable[[str], Terms],
) -> Mapping[str, Handler]:
    async def heard(event: CaseEvent) -> None:
        if not event.is_session:
            rule = partial(follows, event=event, now=service.clock.now(), terms=terms(event.scheme))
            service.counted(await cases.apply(event.case, event, rule))

    async def limited(event: ClockSet) -> None:
        if not event.is_session and event.clock in followed_clocks(service.schemes[event.scheme]):
            service.counted(await cases.apply(event.case, event, lambda case: ()))

    async def unreachable(event: LetterFailed) -> None:
        if event.unit is not None:
            report: Any = ReportUnreachable(id=event.id, at=event.at, by="notification")
            await contacts.apply(event.unit, report, lambda contact: ())

    return {
        **dict.fromkeys(ABOUT_CASES, heard),
        **dict.fromkeys(LIMITS, limited),
        "letter.failed.v1": unreachable,
    }
