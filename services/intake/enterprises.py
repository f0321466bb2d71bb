"""The enterprises that ever filed, each once, to be found by a part of the name or credit code while somebody types.

One document per enterprise, under the digest of its credit code. Names and codes are also kept in memory, where 30,000 are
looked through in a few milliseconds; before each search what was noted meanwhile, here or by another process, is read by
its time. (An index of pairs of characters was tried: the embedded store walks through all that share a common pair.)
"""

import asyncio
from datetime import timedelta
from heapq import nsmallest
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.messages import Contact, Dossier
from contracts.record import Command, Instant, Record, derive_id
from libs.store import BEGINNING, Collection
from services.intake.appeal import Appeal
from services.intake.likeness import digest, plain

OVERLAP = timedelta(minutes=1)
"""By how much clocks of two processes may differ, and a write be late."""
ALL = 10_000_000
OPEN_AT_MOST = 100


class NoteEnterprise(Command):
    """This enterprise filed an appeal."""

    type: Literal["note-enterprise"] = "note-enterprise"
    credit_code: str
    name: str
    contact: Contact


class Enterprise(BaseModel):
    """As its latest appeal tells it. `noted_at`: since when it is known so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str
    credit_code: str = ""
    name: str = ""
    contact: Contact | None = None
    noted_at: Instant | None = None


def empty(digest: str) -> Enterprise:
    return Enterprise(digest=digest)


def keys(enterprise: Enterprise) -> dict[str, Any]:
    return {"noted_at": enterprise.noted_at}


def evolve(enterprise: Enterprise, record: Record) -> Enterprise:
    if not isinstance(record, NoteEnterprise):
        return enterprise
    told = {"credit_code": record.credit_code, "name": record.name, "contact": record.contact}
    new = enterprise.model_copy(update=told)
    return enterprise if new == enterprise else new.model_copy(update={"noted_at": record.at})


class Enterprises:
    """Those that are known, and their appeals."""

    def __init__(self, known: Collection[Enterprise], appeals: Collection[Appeal]) -> None:
        self._known = known
        self._appeals = appeals
        self._by_digest: dict[str, tuple[str, str]] = {}
        self._read_until = BEGINNING
        self._reading = asyncio.Lock()

    async def note(self, case: str, dossier: Dossier, at: Instant) -> None:
        """Nothing is written where nothing is new."""
        command = NoteEnterprise(
            id=derive_id("note-enterprise", case),
            at=at,
            by="intake",
            credit_code=dossier.credit_code,
            name=dossier.enterprise,
            contact=dossier.contact,
        )
        key = digest(dossier.credit_code)
        await self._known.apply(key, command, lambda known: (), kind="asked")
        self._by_digest[key] = (plain(dossier.enterprise), plain(dossier.credit_code))

    async def known(self, credit_code: str) -> Enterprise | None:
        return await self._known.get(digest(credit_code))

    async def search(self, text: str, *, limit: int) -> list[Enterprise]:
        """Those with `text` in their name or credit code, whose name begins with it first."""
        await self._catch_up()
        part = plain(text)
        fitting = (
            (not n.startswith(part), n, key) for key, (n, code) in self._by_digest.items() if part in n or part in code
        )
        found = await asyncio.gather(*(self._known.get(key) for _, _, key in nsmallest(limit, fitting)))
        return [one for one in found if one is not None]

    async def _catch_up(self) -> None:
        async with self._reading:
            since = self._read_until - OVERLAP
            for one in await self._known.find({"keys.noted_at": {"$gte": since}}, limit=ALL):
                self._by_digest[one.digest] = (plain(one.name), plain(one.credit_code))
                assert one.noted_at is not None
                self._read_until = max(self._read_until, one.noted_at)

    async def open_appeals(self, credit_code: str) -> list[Appeal]:
        where = {"keys.enterprise": digest(credit_code), "keys.open": True}
        return await self._appeals.find(where, limit=OPEN_AT_MOST)

    async def count_open(self, credit_code: str) -> int:
        where = {"keys.enterprise": digest(credit_code), "keys.open": True}
        return await self._appeals.count(where, limit=OPEN_AT_MOST)

    async def appeals(self, credit_code: str, *, limit: int = 100) -> list[Appeal]:
        """The latest first."""
        where = {"keys.enterprise": digest(credit_code)}
        return await self._appeals.find(where, sort="keys.filed_at", down=True, limit=limit)
