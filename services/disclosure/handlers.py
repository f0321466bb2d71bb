"""What disclosure does with the facts it hears: it keeps each, and sees to it that a case's months will be counted."""

from collections.abc import Mapping
from typing import cast

from contracts.catalogue import heard_by
from contracts.events import EVENTS, CaseEvent, Event
from contracts.record import derive_id
from libs.bus import Handler
from libs.policy.calendar import Calendar
from libs.policy.shanghai import day_of
from libs.service import Service
from libs.store import Collection
from services.disclosure.domain import Entry, summary_key
from services.disclosure.duties import Noted
from services.disclosure.sessions import Session
from services.disclosure.summary import AwaitDraft, Summary, drafting


def handlers(
    service: Service,
    entries: Collection[Entry],
    sessions: Collection[Session],
    noted: Collection[Noted],
    summaries: Collection[Summary],
    calendars: Mapping[str, Calendar],
) -> Mapping[str, Handler]:
    async def hear_of_case(event: CaseEvent) -> None:
        if event.is_session:
            service.counted(await sessions.apply(event.case, event, lambda session: ()))
            return
        applied = service.counted(await entries.apply(event.case, event, lambda entry: ()))
        for month in sorted(filter(None, {applied.state.month_ended, applied.state.month_rated})):
            await await_draft(event, month)

    async def hear_of_other(event: Event) -> None:
        service.counted(await noted.apply(event.key, event, lambda known: ()))

    async def await_draft(event: CaseEvent, month: str) -> None:
        scheme, now, key = service.schemes[event.scheme], service.clock.now(), summary_key(event.scheme, month)
        command = AwaitDraft(
            id=derive_id(event.id, key, "await-draft"),
            at=now,
            by=service.name,
            scheme=scheme.ref,
            month=month,
            due=drafting(scheme, month=month, today=day_of(now), calendar=calendars[scheme.calendar]),
        )
        await summaries.apply(key, command, lambda summary: (), kind="asked")

    return {
        name: cast(Handler, hear_of_case if issubclass(EVENTS[name], CaseEvent) else hear_of_other)
        for name in heard_by("disclosure")
    }
