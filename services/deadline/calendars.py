"""The notices that were imported, and what is to be counted anew by them."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.record import Command, Record
from libs.policy.calendars import Calendars
from libs.policy.notice import YearNotice, parse
from libs.store import BEGINNING, Collection

NOTICES = 1000
COUNTED_TO = 100_000
FETCHED = 5_000
LOOKED_AGAIN_SECONDS = 5


class ImportNotice(Command):
    """A year's notice is official from now on. `file`: as a calendar file would hold it."""

    type: Literal["import-notice"] = "import-notice"
    file: str


class Imported(BaseModel):
    """What was imported last for one calendar and year (`cn.2027`); its history keeps the earlier ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    file: str = ""


def empty(key: str) -> Imported:
    return Imported(key=key)


def evolve(imported: Imported, record: Record) -> Imported:
    return imported.model_copy(update={"file": record.file}) if isinstance(record, ImportNotice) else imported


def keys(imported: Imported) -> dict[str, Any]:
    return {}


async def imported_notices(collection: Collection[Imported]) -> list[YearNotice]:
    """Every notice imported until now."""
    return [parse(imported.file) for imported in await collection.find({}, limit=NOTICES)]


class Outdated:
    """Documents with running clocks, or duties still owed, counted by another calendar than today's: after an import, or
    a start with other files. They are due for recounting at once."""

    def __init__(self, documents: Collection[Any], calendars: Calendars) -> None:
        self._documents = documents
        self._calendars = calendars
        self._found: list[str] = []
        self._none: tuple[str, ...] = ()
        self._none_until = 0.0

    @property
    def changes(self) -> tuple[object, ...]:
        return self._looked_in_vain, *self._versions()

    @property
    def _looked_in_vain(self) -> bool:
        """By today's calendars there was none a moment ago, and this process writes none; another replica might."""
        return self._none == self._versions() and time.monotonic() < self._none_until

    def _versions(self) -> tuple[str, ...]:
        return tuple(calendar.version for calendar in self._calendars.values())

    async def due(self, now: datetime, *, limit: int) -> list[str]:
        await self._fetch()
        page, self._found = self._found[:limit], self._found[limit:]
        return page

    async def next_due(self) -> datetime | None:
        await self._fetch()
        return BEGINNING if self._found else None

    async def _fetch(self) -> None:
        """The embedded store takes as long for one as for all that match, so they are fetched many at a time."""
        if self._found or self._looked_in_vain:
            return
        versions = self._versions()
        for where in self._ranges():
            if not self._found:
                cursor = self._documents.mongo.find(where, {"_id": 1}).limit(FETCHED)
                self._found = [row["_id"] async for row in cursor]
        if not self._found:
            self._none, self._none_until = versions, time.monotonic() + LOOKED_AGAIN_SECONDS

    async def left(self) -> int:
        """How many there are, counted up to 100,000."""
        return sum([await self._documents.mongo.count_documents(w, limit=COUNTED_TO) for w in self._ranges()])

    def _ranges(self) -> Iterator[dict[str, Any]]:
        # Two ranges beside today's version: "unequal" would look at every document, and "greater" than today's version
        # at all that have it. "!" sorts before everything that a version is made of.
        for calendar in self._calendars.values():
            today = f"{calendar.id}:{calendar.version}"
            yield {"keys.calendar": {"$gt": f"{calendar.id}:", "$lt": today}}
            yield {"keys.calendar": {"$gte": f"{today}!", "$lt": f"{calendar.id};"}}
