"""Where attachments are kept: taken in, claimed by an appeal, fetched, and thrown away when no appeal wants them."""

import asyncio
from collections.abc import Iterable
from functools import partial

from contracts.record import derive_id
from libs.blobs import Blobs
from libs.policy.refused import Refused
from libs.service import Ask, Service
from libs.store import Collection
from services.intake.appeal import Appeal
from services.intake.attachments import (
    WAITING_PER_PERSON,
    Attachment,
    Claim,
    Settle,
    Upload,
    claim,
    no_such_file,
)
from services.intake.commands import Attached
from services.intake.files.cleaning import Cleaned, clean
from services.intake.files.naming import kind_of

CLEANED_AT_ONCE = 2
"""Each may take a few hundred megabytes and all of a core."""
WAITING_FOR_THEIR_TURN = 8


class Cabinet:
    def __init__(
        self, service: Service, attachments: Collection[Attachment], appeals: Collection[Appeal], blobs: Blobs
    ) -> None:
        self._service = service
        self._attachments = attachments
        self._appeals = appeals
        self._blobs = blobs
        self._turn = asyncio.Semaphore(CLEANED_AT_ONCE)
        self._in_line = 0

    async def take(self, ask: Ask, name: str, data: bytes, *, case: str | None = None) -> Attached:
        """Clean and keep a file. Raises `Refused` by the rules of `files`."""
        id = derive_id("attachment", ask.id)
        kind_of(name)
        known = await self._attachments.get(id)
        if known is None and case is None:
            await self._check_waiting(ask.caller.subject)
        cleaned = await self._cleaned(data, name)
        command = Upload(
            id=ask.id,
            at=ask.at,
            by=ask.caller.subject,
            name=cleaned.name,
            kind=cleaned.kind,
            bytes=len(cleaned.data),
            case=case,
        )
        # The document first: what has one is thrown away in time, whatever happens next.
        applied = await self._attachments.apply(id, command, lambda attachment: (), kind="asked")
        await self._blobs.put(id, cleaned.data)
        return applied.state.attached

    async def claim(self, ids: Iterable[str], case: str, ask: Ask) -> tuple[Attached, ...]:
        """What a filing names, for this appeal alone from now on."""
        attached: list[Attached] = []
        for id in dict.fromkeys(ids):
            command = Claim(id=derive_id("claim", id, case), at=ask.at, by=ask.caller.subject, case=case)
            if await self._attachments.get(id) is None:
                raise no_such_file("attachments")
            decide = partial(claim, command=command)
            attached.append((await self._attachments.apply(id, command, decide, kind="asked")).state.attached)
        return tuple(attached)

    async def content(self, id: str) -> bytes:
        content = await self._blobs.get(id)
        if content is None:
            raise no_such_file()
        return content

    async def tidy(self, id: str) -> None:
        """What an appeal lists stays; what none does is thrown away, the content before the document that tells of it."""
        known = await self._attachments.get(id)
        if known is None:
            return
        appeal = await self._appeals.get(known.case) if known.case else None
        if appeal is not None and any(one.id == id for one in appeal.attachments):
            settle = Settle(id=derive_id("settle", id), at=self._service.clock.now(), by="intake")
            await self._attachments.apply(id, settle, lambda attachment: (), kind="asked")
            return
        await self._blobs.delete(id)
        await self._attachments.delete(id)

    async def _cleaned(self, data: bytes, name: str) -> Cleaned:
        if self._in_line >= CLEANED_AT_ONCE + WAITING_FOR_THEIR_TURN:
            raise Refused("busy", "many files are being looked at; send it again in a moment", status=503)
        self._in_line += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(clean, data, name)
        finally:
            self._in_line -= 1

    async def _check_waiting(self, subject: str) -> None:
        waiting = await self._attachments.count({"keys.waiting_of": subject}, limit=WAITING_PER_PERSON)
        if waiting >= WAITING_PER_PERSON:
            raise Refused("too-many-waiting", "many files wait for their appeal already; file it first", status=429)
