"""The enterprises that ever filed, each once, to be found by a part of the name or credit code while somebody types.

One document per enterprise, under the digest of its credit code; found by pairs of neighbouring characters, as texts are
compared (`likeness.py`), of which the rarest is looked up: with 100,000 appeals nothing is walked through.
"""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.messages import Contact, Dossier
from contracts.record import Command, Instant, Record, derive_id
from libs.store import Collection
from services.intake.appeal import Appeal
from services.intake.likeness import digest, pairs, plain

CANDIDATES = 500
"""So many enterprises with the rarest pair of a text are looked through."""
RARE = 50
"""A pair that so few have needs no rarer one."""
OPEN_AT_MOST = 100
PAIRS_AT_MOST = 12


class NoteEnterprise(Command):
    """This enterprise filed an appeal."""

    type: Literal["note-enterprise"] = "note-enterprise"
    credit_code: str
    name: str
    contact: Contact


class Enterprise(BaseModel):
    """As its latest appeal tells it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str
    credit_code: str = ""
    name: str = ""
    contact: Contact | None = None


def empty(digest: str) -> Enterprise:
    return Enterprise(digest=digest)


def keys(enterprise: Enterprise) -> dict[str, Any]:
    """`pairs` of both name and code; a code cannot be read out of them."""
    return {"pairs": sorted(pairs(enterprise.name) | pairs(enterprise.credit_code))}


def evolve(enterprise: Enterprise, record: Record) -> Enterprise:
    if isinstance(record, NoteEnterprise):
        told = {"credit_code": record.credit_code, "name": record.name, "contact": record.contact}
        return enterprise.model_copy(update=told)
    return enterprise


class Enterprises:
    """Those that are known, and their appeals."""

    def __init__(self, known: Collection[Enterprise], appeals: Collection[Appeal]) -> None:
        self._known = known
        self._appeals = appeals

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
        await self._known.apply(digest(dossier.credit_code), command, lambda known: (), kind="asked")

    async def known(self, credit_code: str) -> Enterprise | None:
        return await self._known.get(digest(credit_code))

    async def search(self, text: str, *, limit: int) -> list[Enterprise]:
        """Those with `text` in their name or credit code, whose name begins with it first."""
        part = plain(text)
        rarest = await self._rarest(sorted(pairs(text)))
        if rarest is None:
            return []
        candidates = await self._known.find({"keys.pairs": rarest}, limit=CANDIDATES)
        fitting = [one for one in candidates if part in plain(one.name) or part in plain(one.credit_code)]
        return sorted(fitting, key=lambda one: (not plain(one.name).startswith(part), one.name))[:limit]

    async def _rarest(self, of: Iterable[str]) -> str | None:
        best: tuple[int, str] | None = None
        for pair in list(of)[:PAIRS_AT_MOST]:
            count = await self._known.count({"keys.pairs": pair}, limit=CANDIDATES)
            best = min(best, (count, pair)) if best else (count, pair)
            if count <= RARE:
                break
        return best and best[1]

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
