"""Work that is due at an instant of business time: looked for in the store, the oldest first, or begun as soon as it is
written."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import Context
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from libs.flow import Failures
from libs.store import Collection

WORKERS = 16
LOOKED_FOR = 100
COUNTED = 1000

Work = Callable[[str], Awaitable[None]]
"""Called with a document's key; it must move the document's `next_due` on."""

log = logging.getLogger("due")


class Dues(Protocol):
    """Where due work is found: a collection, or another way to ask for keys."""

    @property
    def changes(self) -> object:
        """Equal as long as this process has changed nothing that is asked for."""
        ...

    async def due(self, now: datetime, *, limit: int) -> list[str]: ...

    async def next_due(self) -> datetime | None: ...


class DueWork:
    """The due work of one service. One document's failure stops no other's work."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kinds: list[tuple[Dues, Work]] = []
        self._at_once: list[tuple[Collection[Any], Work]] = []
        self._earliest: dict[Dues, tuple[object, datetime | None]] = {}
        self._gate = asyncio.Semaphore(WORKERS)
        self._working = 0
        self._begun: dict[tuple[Dues, str], datetime | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures = Failures()

    def add(self, dues: Dues, work: Work) -> None:
        """What is added first is worked through first."""
        self._kinds.append((dues, work))

    def add_at_once(self, collection: Collection[Any], work: Work) -> None:
        """Like `add`; between `begin` and `stop` work with a document begins when it is written with a `next_due` that has
        come."""
        self.add(collection, work)
        self._at_once.append((collection, work))

    @property
    def busy(self) -> int:
        """How much is being worked on."""
        return self._working + len(self._begun)

    async def do(self) -> None:
        """Work through everything that is due now."""
        still_failing: set[str] = set()
        for dues, work in self._kinds:
            failed: set[str] = set()
            while keys := await self._ready(dues, failed):
                outcomes = await asyncio.gather(*(self.do_one(work, key) for key in keys))
                failed |= {key for key, done in zip(keys, outcomes, strict=True) if not done}
            still_failing |= failed
        self.failures.keep_only(still_failing)

    async def _ready(self, dues: Dues, failed: set[str]) -> list[str]:
        keys = await dues.due(self._now(), limit=LOOKED_FOR + len(failed))
        return [key for key in keys if key not in failed and (dues, key) not in self._begun]

    async def do_one(self, work: Work, key: str) -> bool:
        """Whether it was done."""
        async with self._gate:
            self._working += 1
            try:
                await work(key)
                return True
            except Exception as error:
                self.failures.failed(key, error)
                log.error("due work failed", extra={"key": key, "error": type(error).__name__})
                return False
            finally:
                self._working -= 1

    # Begun as soon as it is written -----------------------------------------------------------------------------------

    def begin(self) -> None:
        for collection, work in self._at_once:
            collection.on_written = partial(self._written, collection, work)

    async def stop(self) -> None:
        for collection, _ in self._at_once:
            collection.on_written = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _written(self, collection: Collection[Any], work: Work, key: str, next_due: datetime | None) -> None:
        place = (collection, key)
        if place in self._begun:
            self._begun[place] = next_due
        elif next_due is not None and next_due <= self._now():
            self._begun[place] = next_due
            # In no span: what begins here belongs to the document, not to whoever wrote it.
            task = asyncio.create_task(self._while_due(place, work), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _while_due(self, place: tuple[Dues, str], work: Work) -> None:
        """Again when it is due again by what was written meanwhile. What fails is found in the store like all that is due."""
        done = True
        try:
            while done and (due := self._begun[place]) is not None and due <= self._now():
                self._begun[place] = None
                done = await self.do_one(work, place[1])
        finally:
            del self._begun[place]

    # How much there is ------------------------------------------------------------------------------------------------

    async def next(self) -> datetime | None:
        """The earliest due time of all documents; a collection is asked only when something was written to it since."""
        for dues, _ in self._kinds:
            known, _ = self._earliest.get(dues, (None, None))
            if known != (changes := dues.changes):
                self._earliest[dues] = (changes, await dues.next_due())
        return min((due for _, due in self._earliest.values() if due is not None), default=None)

    async def overdue(self) -> dict[str, Any]:
        """Due work that waits to be done: how much (counted up to a thousand of each kind), how late the oldest is in
        seconds of business time, and when the next is due."""
        now = self._now()
        waiting = sum([len(await dues.due(now, limit=COUNTED)) for dues, _ in self._kinds])
        due = min([at for dues, _ in self._kinds if (at := await dues.next_due()) is not None], default=None)
        late = max(0.0, (now - due).total_seconds()) if due and waiting else 0.0
        return {"waiting": waiting, "late_seconds": late, "next": due and due.isoformat()}
