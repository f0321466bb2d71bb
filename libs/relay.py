"""Publishes what a service has said: each document's facts in their order, every one at least once.

A fact is marked as sent only after the broker confirmed it. A crash in between publishes it again under the same id,
which every hearer already knows.
"""

import asyncio
import logging
import time
from functools import partial
from itertools import count
from typing import Any, NamedTuple, Protocol
from weakref import WeakValueDictionary

from libs.crash import crash_point
from libs.store import Collection

SWEEP_SECONDS = 1.0
LEFT_BY_OTHERS_SECONDS = 10
AT_ONCE = 32

log = logging.getLogger("relay")


class Publisher(Protocol):
    async def publish(self, *, type: str, id: str, body: dict[str, Any], trace: str) -> None:
        """Returns when the broker has the message safely; raises when that is not known."""
        ...


class Waiting(NamedTuple):
    """A document with facts that are not with the broker yet, and for how many seconds this process has known of them."""

    collection: str
    key: str
    seconds: float


class Relay:
    """The loop between a service's documents and the bus.

    Documents are taken up as soon as they are written; a sweep finds those that an unreachable broker left behind, once a
    second while there are any, and those that the crash of another process left.
    """

    def __init__(self, collections: list[Collection[Any]], publisher: Publisher) -> None:
        self._publisher = publisher
        self._waiting: asyncio.Queue[tuple[Collection[Any], str]] = asyncio.Queue()
        self._queued: set[tuple[int, str]] = set()
        self._locks: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()
        self._collections = collections
        self._swept = False
        self._left: set[tuple[int, str]] = set()
        self._since: dict[tuple[int, str], float] = {}
        self.working = 0
        for collection in collections:
            collection.on_said = partial(self._take_up, collection)

    @property
    def idle(self) -> bool:
        """Everything said so far, by this process and by those before it, is with the broker."""
        return self._swept and not self._queued and not self.working and not self._left

    def waiting(self) -> list[Waiting]:
        """What is to be published, the longest waiting first."""
        now, names = time.monotonic(), {id(collection): collection.mongo.name for collection in self._collections}
        waiting = [Waiting(names[place], key, now - since) for (place, key), since in self._since.items()]
        return sorted(waiting, key=lambda one: -one.seconds)

    def _take_up(self, collection: Collection[Any], key: str) -> None:
        place = (id(collection), key)
        if place not in self._queued:
            self._queued.add(place)
            self._since.setdefault(place, time.monotonic())
            self._waiting.put_nowait((collection, key))

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sweep())
            for _ in range(AT_ONCE):
                tasks.create_task(self._work())

    async def _sweep(self) -> None:
        for second in count():
            if self._swept and not self._left and second % LEFT_BY_OTHERS_SECONDS:
                await asyncio.sleep(SWEEP_SECONDS)
                continue
            try:
                for collection in self._collections:
                    for key in await collection.with_unsent():
                        # Another process may have said it.
                        collection.forget(key)
                        self._take_up(collection, key)
                self._swept = True
            except Exception as error:
                log.warning("cannot look for unsent facts", extra={"error": type(error).__name__})
            await asyncio.sleep(SWEEP_SECONDS)

    async def _work(self) -> None:
        while True:
            collection, key = await self._waiting.get()
            place = (id(collection), key)
            # From here a new fact of this document queues it again; it is then seen by that later round.
            self._queued.discard(place)
            self.working += 1
            try:
                await self._send(collection, key)
                self._left.discard(place)
                self._since.pop(place, None)
                if place in self._queued:
                    self._since[place] = time.monotonic()
            except Exception as error:
                self._left.add(place)
                log.warning("not published, will be tried again", extra={"error": type(error).__name__})
            finally:
                self.working -= 1

    async def _send(self, collection: Collection[Any], key: str) -> None:
        # Two rounds for one document at once would publish the same facts twice.
        async with self._locks.setdefault((id(collection), key), asyncio.Lock()):
            seen, entries = await collection.unsent(key)
            said = [entry for entry in entries if entry["kind"] == "said"]
            for entry in said:
                crash_point("before-publish")
                await self._publisher.publish(
                    type=entry["type"], id=entry["id"], body=entry["body"], trace=entry["trace"]
                )
                crash_point("after-publish")
            if said:
                await collection.mark_sent(key, seen=seen, entries=entries)
