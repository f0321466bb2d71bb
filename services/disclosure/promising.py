"""What disclosure does when a unit entered a promise: it fetches the sheet, looks through it, and publishes it. 001-47"""

from collections.abc import Awaitable, Callable

import httpx
from opentelemetry.trace import SpanKind

from contracts.events import Event
from contracts.record import derive_id
from libs.policy.directory import Directory
from libs.service import Service
from libs.store import Collection
from services.disclosure import commitment
from services.disclosure.commitment import KeepSheet, Sheet
from services.disclosure.domain import Entry


def due_work(service: Service, entries: Collection[Entry], directory: Directory) -> Callable[[str], Awaitable[None]]:
    """What is called with a case's number when a promise in it waits to be looked at."""

    async def work(case: str) -> None:
        entry = await entries.get(case)
        for dispatch in commitment.to_fetch(entry.commitments) if entry else ():
            assert entry
            await publish(entry, dispatch)

    async def publish(entry: Entry, dispatch: str) -> None:
        now, one = service.clock.now(), entry.commitments[dispatch]
        parent = await entries.trace_of(entry.case)
        with service.tracer.span("publish promise", kind=SpanKind.INTERNAL, case=entry.case, parent=parent, at=now):
            sheet = await fetched(entry.case, dispatch, unit=one.unit)
            command = KeepSheet(
                id=derive_id(entry.case, dispatch, "keep-sheet", str(one.entered)),
                at=now,
                by=service.name,
                dispatch=dispatch,
                version=one.entered,
                sheet=None if sheet is None or commitment.personal_in(sheet) else sheet,
                found=("no-sheet",) if sheet is None else commitment.personal_in(sheet),
            )

            def decide(before: Entry) -> list[Event]:
                return commitment.publish(before.commitments, command, case=before.case, scheme=before.scheme, now=now)

            await entries.apply(entry.case, command, decide, kind="asked")

    async def fetched(case: str, dispatch: str, *, unit: str) -> Sheet | None:
        try:
            told = await service.fetch("routing", f"/cases/{case}/dispatches/{dispatch}/commitment")
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.NOT_FOUND:
                return None
            raise
        fields = {name: told[name] for name in ("leader", "person", "due_on", "measures")}
        return Sheet(unit_name=directory.unit(unit).zh, **fields)

    return work
