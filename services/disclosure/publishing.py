"""What disclosure does when a summary's time has come: it counts the month, clears each wording, publishes page by page.

An enterprise's name is fetched to look for it in the wording, and forgotten; only a wording in which nothing was found
is kept. Whatever was begun and not finished is due again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

import httpx
from opentelemetry.trace import SpanKind

from contracts.record import derive_id
from libs.policy.personal import found_in
from libs.service import Service
from libs.store import Collection
from services.disclosure import domain, summary
from services.disclosure.domain import Entry, KeepWording, PublishEntry, Wording
from services.disclosure.figures import count
from services.disclosure.summary import Content, Held, Summary, TellPublished, WriteDraft

COUNTED_AT_ONCE = 500
PUBLISHED_AT_ONCE = 100
AT_ONCE = 16

T = TypeVar("T")


def due_work(
    service: Service, entries: Collection[Entry], summaries: Collection[Summary]
) -> Callable[[str], Awaitable[None]]:
    """What is called with a summary's key when it is due."""

    async def work(key: str) -> None:
        known = await summaries.get(key)
        if known is not None and known.unpublished:
            await publish_page(known)
        elif known is not None:
            await write_draft(known)

    async def write_draft(known: Summary) -> None:
        now = service.clock.now()
        counted = await counted_in(entries, known.key)
        closed = [entry for entry in counted if entry.closed and entry.month_ended == known.month]
        reasons = await clear_all(closed)
        content = Content(
            figures=count(counted, month=known.month, scheme=service.schemes[known.scheme]),
            entries=tuple(entry.case for entry in closed if not reasons[entry.case]),
            held=tuple(Held(case=case, reasons=found) for case, found in reasons.items() if found),
        )
        id = derive_id(known.key, "write-draft", str(known.asked), str(known.drafts), now.isoformat())
        command = WriteDraft(id=id, at=now, by=service.name, content=content, asked=known.asked)
        with service.tracer.span("draft summary", kind=SpanKind.INTERNAL, at=now):
            await summaries.apply(
                known.key, command, lambda before: summary.write_draft(before, command, now=now), kind="asked"
            )

    async def clear_all(closed: list[Entry]) -> dict[str, tuple[str, ...]]:
        reasons: dict[str, tuple[str, ...]] = {}
        for some in _some(closed):
            found = await asyncio.gather(*(clear(entry) for entry in some))
            reasons |= {entry.case: why for entry, why in zip(some, found, strict=True)}
        return reasons

    async def clear(entry: Entry) -> tuple[str, ...]:
        """Why the entry is held back; nothing when its wording is fit for the public, which is then kept."""
        if entry.wording is not None:
            return ()
        if not entry.complete:
            return ("incomplete",)
        now = service.clock.now()
        parent = await entries.trace_of(entry.case)
        with service.tracer.span("clear wording", kind=SpanKind.INTERNAL, case=entry.case, parent=parent, at=now):
            try:
                answer = await service.fetch("routing", f"/cases/{entry.case}/answer")
                contact = await service.fetch("intake", f"/appeals/{entry.case}/contact")
            except httpx.HTTPStatusError as error:
                if error.response.status_code == httpx.codes.NOT_FOUND:
                    return ("no-answer",)
                raise
            wording = wording_of(answer)
            if wording is None:
                return ("no-answer",)
            if found := personal_in(wording, names=(contact["enterprise"], contact["name"])):
                return found
            command = KeepWording(id=derive_id(entry.case, "keep-wording"), at=now, by=service.name, wording=wording)
            await entries.apply(entry.case, command, lambda before: (), kind="asked")
            return ()

    async def publish_page(known: Summary) -> None:
        now = service.clock.now()
        page = known.unpublished[:PUBLISHED_AT_ONCE]
        for some in _some(page):
            await asyncio.gather(*(publish(known, case) for case in some))
        told = TellPublished(id=derive_id(known.key, "tell-published", *page), at=now, by=service.name, cases=page)
        await summaries.apply(known.key, told, lambda before: (), kind="asked")

    async def publish(known: Summary, case: str) -> None:
        now = service.clock.now()
        command = PublishEntry(id=derive_id(known.key, case, "publish-entry"), at=now, by=service.name)
        parent = await entries.trace_of(case)
        with service.tracer.span("publish entry", kind=SpanKind.INTERNAL, case=case, parent=parent, at=now):
            await entries.apply(case, command, lambda entry: domain.publish(entry, command, now=now), kind="asked")

    return work


async def counted_in(entries: Collection[Entry], key: str) -> list[Entry]:
    """Every entry that ended or was rated in this summary's month, page by page, by case number."""
    found: dict[str, Entry] = {}
    for field in ("keys.month", "keys.month_rated"):
        last = ""
        while page := await entries.find(
            {field: key, "keys.case": {"$gt": last}}, sort="keys.case", limit=COUNTED_AT_ONCE
        ):
            found |= {entry.case: entry for entry in page}
            last = page[-1].case
    return [found[case] for case in sorted(found)]


def wording_of(answer: dict[str, Any]) -> Wording | None:
    """What the unit wrote, without the characters that no document may hold; None when it wrote nothing."""
    if not answer["answer"]:
        return None
    final = answer["final_answer"]
    return Wording(
        unit_name=answer["unit_name"] or answer["unit"],
        answer=_legible(answer["answer"]),
        final_answer=_legible(final) if final else None,
    )


def personal_in(wording: Wording, *, names: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds of personal data found in what would be shown, each once."""
    texts = [wording.unit_name, wording.answer, wording.final_answer or ""]
    return tuple(dict.fromkeys(kind for text in texts for kind in found_in(text, names=names)))


def _legible(text: str) -> str:
    return "".join(char for char in text if char in "\t\n" or (char.isprintable() or char == "\u3000"))


def _some(many: Sequence[T]) -> Iterator[Sequence[T]]:
    return (many[start : start + AT_ONCE] for start in range(0, len(many), AT_ONCE))
