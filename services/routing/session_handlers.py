"""What routing does with facts about reception sessions, and with those about cases that sessions hear."""

from collections.abc import Mapping

from contracts.events import (
    AppealFiled,
    AppealReturned,
    AppealWithdrawn,
    ClockRang,
    CommitmentPublished,
    Event,
    SessionProposed,
)
from contracts.record import derive_id
from libs.bus import Handler
from libs.service import Service
from libs.store import Collection
from services.routing import sessions
from services.routing.case import Case
from services.routing.session import Session, kind_key
from services.routing.session_commands import WithdrawItem
from services.routing.session_work import ALL, Work


def session_handlers(
    service: Service, held: Collection[Session], cases: Collection[Case], work: Work
) -> Mapping[str, Handler]:
    async def keep(session: str, event: Event) -> None:
        service.counted(await held.apply(session, event, lambda session: ()))

    async def proposed(event: SessionProposed) -> None:
        await keep(event.case, event)
        await work.later_session_known(event.scheme, event.kind, event.id)

    async def rang(event: ClockRang) -> None:
        if event.is_session:
            scheme = service.schemes[event.scheme]
            service.counted(
                await held.apply(event.case, event, lambda session: sessions.ring(session, event, scheme=scheme))
            )

    async def filed(event: AppealFiled) -> None:
        """It belongs to the issue whose window is open; while it is closed, to the next (001-03, 001-11). Before the first
        issue began it belongs to none."""
        if await held.find({"keys.cases": event.case}):
            return
        for kind, rule in service.schemes[event.scheme].sessions.items():
            if not rule.window:
                continue
            of_kind = await held.find({"keys.kind": kind_key(event.scheme, kind)}, sort="keys.day", limit=ALL)
            issue = next((session for session in of_kind if session.takes(event.at)), None)
            if issue is not None and any(session.opened_at for session in of_kind):
                await keep(issue.session, event)
                await _withdrawn_before(issue.session, event)

    async def _withdrawn_before(session: str, event: AppealFiled) -> None:
        case = await cases.get(event.case)
        if case is not None and (case.withdrawn or case.returned):
            gone = WithdrawItem(
                id=derive_id("gone", event.id), at=event.at, by="routing", case=event.case, reason="withdrawn"
            )
            await held.apply(session, gone, lambda session: (), kind="asked")

    async def gone(event: AppealWithdrawn | AppealReturned) -> None:
        for session in await held.find({"keys.cases": event.case}):
            await keep(session.session, event)

    async def published(event: CommitmentPublished) -> None:
        service.counted(await cases.apply(event.case, event, lambda case: ()))

    return {
        "session.proposed.v1": proposed,
        "clock.rang.v1": rang,
        "appeal.filed.v1": filed,
        "appeal.withdrawn.v1": gone,
        "appeal.returned.v1": gone,
        "commitment.published.v1": published,
    }


def together(*parts: Mapping[str, Handler]) -> Mapping[str, Handler]:
    """One handler for each fact; where several parts hear it, each does its own, in this order."""
    heard: dict[str, list[Handler]] = {}
    for part in parts:
        for name, handler in part.items():
            heard.setdefault(name, []).append(handler)
    return {name: _each(handlers) for name, handlers in heard.items()}


def _each(handlers: list[Handler]) -> Handler:
    async def each(event: Event) -> None:
        for handler in handlers:
            await handler(event)

    return each if len(handlers) > 1 else handlers[0]
