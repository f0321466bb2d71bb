"""One document per case: its state, its history and what of it is not yet published, in one conditional write.

A document's history lists everything its service `heard` (facts of others), was `asked` (commands, with their words)
and `said` (its own facts). State is the fold of that list; the unsent part of `said` is the outbox; an id that is
already in the list changes nothing. So one `update` is the whole transaction.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, TypeVar
from weakref import WeakValueDictionary

from pydantic import BaseModel
from pymongo import AsyncMongoClient, InsertOne, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, ConnectionFailure

from contracts.events import EVENTS, Event
from contracts.record import Record
from libs.crash import crash_point
from libs.telemetry import traceparent

S = TypeVar("S", bound=BaseModel)
V = TypeVar("V")
Row = Mapping[str, Any]
Kind = Literal["heard", "asked"]

WRITE_TRIES = 10
REMEMBERED = 500
"""So many documents a process keeps in mind, to write them without reading them first."""
MARKED = 10_000
"""Of so many it knows how far the relay is."""
PARSED = 1000
"""So many states of documents it keeps parsed."""
READ_AT_ONCE = 200
"""So many documents are looked for in mind, and read where they are not there, in one step."""
WALKED_AT_ONCE = 1000
"""So many of all that match come in one answer: to decode one holds everybody else up."""
STATE = {"state": 1, "version": 1}
"""What to ask for of a document for its state."""
VERSION = {"version": 1}
"""The least that can be asked for of a document: for `_id` alone the embedded store reads it whole."""

# "More than 0" would make the embedded store walk through every document that has 0.
_UNSENT = {"unsent": {"$gte": 1}}
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
NEAR = timedelta(days=1)
LOOKED_BACK = timedelta(days=7)
"""In how long a last stretch the newest documents are looked for at first."""
LONGER = 4
"""So many times as long is each stretch that is then looked through: few questions where there is little, and not much more
than is wanted where there is much."""
ALL_TIME = LOOKED_BACK * LONGER**6
"""Nothing is older: 78 years."""


Unsent = tuple[int, list[dict[str, Any]]]
"""How far a document's history has been dealt with, and the entries that come after."""


class Conflict(Exception):
    """Somebody else wrote the document first, again and again."""


@dataclass(frozen=True)
class Applied(Generic[S]):
    """What became of a record: the state it left, the facts it led to, and whether it was already known."""

    state: S
    said: tuple[Event, ...]
    known: bool


def connect(url: str) -> AsyncMongoClient[dict[str, Any]]:
    """A client whose writes are acknowledged when they are on disk, and whose waits end."""
    return AsyncMongoClient(
        url,
        tz_aware=True,
        w="majority",
        journal=True,
        serverSelectionTimeoutMS=5000,
        socketTimeoutMS=10000,
        connectTimeoutMS=5000,
        maxPoolSize=32,
    )


@dataclass
class _Last(Generic[S]):
    """A document as this process read or wrote it last; so it is as long as the store has it in this `version`, 0 for
    what it does not have."""

    version: int
    state: S
    ids: set[str]
    sent: int
    unsent: list[dict[str, Any]]
    trace: str


class _GroupCommit:
    """Writes that wait for the same disk flush go to the store together.

    Writes of different documents that arrive while one batch is being committed form the next batch: no write waits
    when the store is idle, and under load one flush serves many.
    """

    def __init__(self, collection: AsyncCollection[dict[str, Any]]) -> None:
        self._collection = collection
        self.changes = 0
        self._waiting: list[tuple[InsertOne[dict[str, Any]] | UpdateOne, asyncio.Future[bool]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def write(self, operation: InsertOne[dict[str, Any]] | UpdateOne) -> bool:
        """True when the operation changed its document; False when another version of it stands there."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, done))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit())
        try:
            return await done
        finally:
            # Also when it failed: what the store made of it is then unknown.
            self.changes += 1

    async def _commit(self) -> None:
        while batch := self._waiting:
            self._waiting = []
            await self._commit_or_tell(batch)
        self._committing = None

    async def _commit_or_tell(
        self, batch: list[tuple[InsertOne[dict[str, Any]] | UpdateOne, asyncio.Future[bool]]]
    ) -> None:
        try:
            await self._commit_together(batch)
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, ConnectionFailure):
                # One of them cannot be written at all, being too large for instance; the others can.
                for one in batch:
                    await self._commit_or_tell([one])
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)

    async def _commit_together(
        self, batch: list[tuple[InsertOne[dict[str, Any]] | UpdateOne, asyncio.Future[bool]]]
    ) -> None:
        failed: set[int] = set()
        try:
            result = await self._collection.bulk_write([operation for operation, _ in batch], ordered=False)
            changed = result.matched_count + result.inserted_count
        except BulkWriteError as error:
            details = error.details or {}
            failed = {e["index"] for e in details["writeErrors"] if e["code"] == 11000}
            if len(failed) != len(details["writeErrors"]) or details.get("writeConcernErrors"):
                raise
            changed = details["nMatched"] + details["nInserted"]
        if changed + len(failed) == len(batch):
            for index, (_, done) in enumerate(batch):
                _settle(done, index not in failed)
        else:
            # A bulk answer counts the documents it matched without naming them, so ask each again, alone.
            for index, (operation, done) in enumerate(batch):
                _settle(done, index not in failed and await self._stands(operation))

    async def _stands(self, operation: InsertOne[dict[str, Any]] | UpdateOne) -> bool:
        if isinstance(operation, InsertOne):
            return True
        where, update = operation._filter, operation._doc  # pyright: ignore[reportPrivateUsage]
        assert isinstance(update, dict)
        entries = update.get("$push", {}).get("history", {}).get("$each", [])
        if not entries:
            return True
        found = await self._collection.find_one({"_id": where["_id"]}, {"history.id": 1})
        return found is not None and entries[-1]["id"] in {entry["id"] for entry in found["history"]}


def _settle(done: asyncio.Future[bool], value: bool) -> None:
    if not done.done():
        done.set_result(value)


class Collection(Generic[S]):
    """The documents of one service. `on_said` is told of each document that has something to publish.

    Most documents are written again soon by the process that wrote them, so it keeps the last ones in mind and does not
    read what it knows; `version` tells when it was wrong. A collection that `forgets`, whose documents may be deleted, keeps
    none in mind: of two documents under one key a version tells nothing.
    """

    def __init__(
        self,
        collection: AsyncCollection[dict[str, Any]],
        *,
        empty: Callable[[str], S],
        evolve: Callable[[S, Record], S],
        keys: Callable[[S], Mapping[str, Any]],
        on_said: Callable[[str], None] = lambda key: None,
        forgets: bool = False,
    ) -> None:
        self.mongo = collection
        self.on_said = on_said
        self.on_written: Callable[[str, datetime | None], None] | None = None
        """Told of each document that was written, and of its key `next_due`."""
        self._empty = empty
        self._evolve = evolve
        self._keys = keys
        self._writes = _GroupCommit(collection)
        self._earliest_known: datetime | None = None
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._forgets = forgets
        self._lasts: OrderedDict[str, _Last[S]] = OrderedDict()
        self._parsed: OrderedDict[str, tuple[int, S]] = OrderedDict()
        self._marked: OrderedDict[str, int] = OrderedDict()

    @property
    def changes(self) -> int:
        """How often this process has written: while it stays the same, so do the answers to queries."""
        return self._writes.changes

    async def delete(self, key: str) -> None:
        """For a collection that forgets; a case is never forgotten."""
        assert self._forgets
        await self.mongo.delete_one({"_id": key})
        self._writes.changes += 1

    async def create_indexes(self, *key_fields: str) -> None:
        """Indexes exist before data: building one over many documents may never end on the embedded store."""
        await self.mongo.create_index([("_id", 1), ("version", 1)])
        await self.mongo.create_index([("_id", 1), ("sent", 1)])
        await self.mongo.create_index("unsent")
        for field in key_fields:
            await self.mongo.create_index([(f"keys.{part}", 1) for part in field.split("+")])

    async def get(self, key: str) -> S | None:
        row = await self.mongo.find_one({"_id": key}, STATE)
        return None if row is None else self._state(row)

    async def trace_of(self, key: str) -> str:
        """The trace context of the last thing that happened in this document as far as this process knows, "" when there
        is none."""
        if last := self._lasts.get(key):
            return last.trace
        row = await self.mongo.find_one({"_id": key}, {"history.trace": 1})
        return row["history"][-1]["trace"] if row else ""

    async def history(self, key: str) -> list[dict[str, Any]]:
        row = await self.mongo.find_one({"_id": key}, {"history": 1})
        return row["history"] if row else []

    async def find(
        self,
        where: Mapping[str, Any],
        *,
        sort: str | None = None,
        down: bool = False,
        limit: int = 100,
        skip: int = 0,
        only: Callable[[S], bool] | None = None,
    ) -> list[S]:
        """States by equality on indexed keys (`{"keys.unit": ...}`), bounded by `limit`; `down` from the greatest on.

        `only`: of what matches, these alone. As a part of `where` that is no index's key, it would make the embedded store
        walk through all documents there are.
        """
        cursor = self.mongo.find(where, VERSION)
        if sort is not None:
            cursor = cursor.sort(sort, -1 if down else 1)
        if only is None:
            cursor, skip = cursor.skip(skip).limit(limit), 0
        found: list[S] = []
        async with aclosing(_batches(cursor, min(skip + limit, READ_AT_ONCE))) as batches:
            async for rows in batches:
                states = await self._states_of(rows)
                found += states if only is None else filter(only, states)
                if len(found) >= skip + limit:
                    break
        return found[skip : skip + limit]

    async def newest(
        self,
        where: Mapping[str, Any],
        *,
        by: str,
        limit: int,
        looking_back_from: datetime,
        before: Any = None,
        written: Callable[[datetime], Any] = lambda instant: instant,
    ) -> list[S]:
        """The last `limit` states by the key `by`, the greatest first; `before`: only lesser ones. `where` and `by` are an
        index's keys. `written`: how an instant stands in that key.

        The embedded store walks through all that match, however few are wanted: 0.4 s of 100,000. So it is asked for one
        stretch of time after the other, back from `looking_back_from`, each longer than all before it.
        """
        found: list[S] = []
        reach, bound = LOOKED_BACK, {} if before is None else {"$lt": before}
        while len(found) < limit and reach <= ALL_TIME:
            since = written(looking_back_from - reach)
            stretch = {**where, by: {"$gte": since, **bound}}
            found += await self.find(stretch, sort=by, down=True, limit=limit - len(found))
            reach, bound = reach * LONGER, {"$lt": since}
        return found

    async def every(self, where: Mapping[str, Any], *, sort: str | None = None) -> AsyncGenerator[S]:
        """All that match, in one walk; page by page the embedded store would walk through all of them for each page."""
        found = self.mongo.find(where, STATE, batch_size=WALKED_AT_ONCE)
        async for row in found if sort is None else found.sort(sort, 1):
            yield self._state(row, keep=False)

    async def count(self, where: Mapping[str, Any], *, limit: int) -> int:
        """How many there are, up to `limit`, by equality on exactly an index's keys."""
        return len([row["_id"] async for row in self.mongo.find(where, VERSION).limit(limit)])

    async def due(self, now: Any, *, limit: int = 100) -> list[str]:
        """The documents whose `next_due` has come, the oldest first."""
        # Without a lower end the embedded store walks through all documents that have no due time: 106 ms at 30,000.
        where = {"keys.next_due": {"$gt": BEGINNING, "$lte": now}}
        cursor = self.mongo.find(where, VERSION).sort("keys.next_due", 1).limit(limit)
        return [row["_id"] async for row in cursor]

    async def next_due(self) -> datetime | None:
        """The earliest `next_due` of all documents, or None."""
        # The embedded store walks through everything that has a due time to find the earliest, 5 ms at 800 of them; so
        # it is asked first for what is due not much later than what was the earliest before.
        found = await self._earliest({"$lte": self._earliest_known + NEAR}) if self._earliest_known else None
        self._earliest_known = found or await self._earliest({})
        return self._earliest_known

    async def _earliest(self, within: Mapping[str, datetime]) -> datetime | None:
        # Nothing compares with null, so "there is one" has to be asked as a date.
        cursor = self.mongo.find({"keys.next_due": {"$gt": BEGINNING, **within}}, {"keys.next_due": 1})
        async for row in cursor.sort("keys.next_due", 1).limit(1):
            return row["keys"]["next_due"]
        return None

    async def apply(
        self,
        key: str,
        cause: Record | None,
        decide: Callable[[S], Iterable[Event]],
        *,
        kind: Kind = "heard",
        within: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> Applied[S]:
        """Let `decide` draw its facts from the state as it is, and keep cause, facts and new state in one write.

        A cause that is known changes nothing and leads to the facts it led to before. `within` opens a span under the
        trace context of the last thing that happened in the document. What `decide` raises is raised, and nothing is
        kept. Raises `Conflict` when other writers win every time.
        """
        async with self._alone(key):
            for _ in range(WRITE_TRIES):
                last = self._lasts.get(key) or await self._read(key)
                if cause is not None and cause.id in last.ids:
                    return await self._known(key, cause.id)
                with within(last.trace):
                    try:
                        said = tuple(fact for fact in decide(last.state) if fact.id not in last.ids)
                        applied = self._fold(last.state, cause, said)
                    except Exception:
                        # Raised of the document as it is. What came of an older version of it is drawn anew, or ends in
                        # `Conflict`.
                        if await self._stands(key, last):
                            raise
                        continue
                    if applied == last.state and not said:
                        if await self._stands(key, last):
                            return Applied(applied, (), known=False)
                        continue
                    entries = self._entries(cause, said, kind)
                    keys = dict(self._keys(applied))
                    # Where all is sent and nothing is said, there is nothing for the relay to come back for.
                    passed = 0 if said or self._left(key, last)[1] else len(entries)
                    if not await self._write(key, self._operation(key, last, applied, keys, entries, passed)):
                        continue
                crash_point("after-write")
                sent, unsent = self._left(key, last)
                after: Unsent = (sent + passed, []) if passed else (sent, unsent + entries)
                self._remember(key, _followed(last, applied, entries, after))
                if said:
                    self.on_said(key)
                if self.on_written is not None:
                    self.on_written(key, keys.get("next_due"))
                return Applied(applied, said, known=False)
        raise Conflict(key)

    async def _write(self, key: str, operation: InsertOne[dict[str, Any]] | UpdateOne) -> bool:
        """False when another version stands there; it is then read anew."""
        try:
            written = await self._writes.write(operation)
        except Exception:
            # Perhaps it is written all the same: the relay looks.
            self.forget(key)
            self.on_said(key)
            raise
        if not written:
            self.forget(key)
        return written

    async def _read(self, key: str) -> _Last[S]:
        row = await self.mongo.find_one({"_id": key}, STATE | {"sent": 1, "history": 1})
        if row is None:
            return _Last(0, self._empty(key), set(), 0, [], "")
        history, sent = row["history"], row["sent"]
        ids = {entry["id"] for entry in history}
        last = _Last(row["version"], self._state(row), ids, sent, history[sent:], history[-1]["trace"])
        self._remember(key, last)
        return last

    def _remember(self, key: str, last: _Last[S]) -> None:
        self._keep(self._parsed, key, (last.version, last.state), PARSED)
        self._keep(self._lasts, key, last, REMEMBERED)

    def _keep(self, kept: OrderedDict[str, V], key: str, value: V, limit: int) -> None:
        """The last `limit` of them; nothing where documents may be deleted."""
        if not self._forgets:
            kept[key] = value
            kept.move_to_end(key)
            if len(kept) > limit:
                kept.popitem(last=False)

    async def _stands(self, key: str, last: _Last[S]) -> bool:
        """Whether nobody has written the document since. If somebody has, it is read anew the next time."""
        row = await self.mongo.find_one({"_id": key}, VERSION)
        stands = (row["version"] if row else 0) == last.version
        if not stands:
            self.forget(key)
        return stands

    async def _known(self, key: str, cause: str) -> Applied[S]:
        row = await self.mongo.find_one({"_id": key}, STATE | {"history": 1})
        assert row is not None, "a history only grows"
        return Applied(self._state(row), _said_because_of(cause, row["history"]), known=True)

    def _fold(self, state: S, cause: Record | None, said: Iterable[Event]) -> S:
        for record in ([] if cause is None else [cause]) + list(said):
            state = self._evolve(state, record)
        return state

    def _entries(self, cause: Record | None, said: tuple[Event, ...], kind: Kind) -> list[dict[str, Any]]:
        trace = traceparent()
        return ([] if cause is None else [_entry(cause, kind, trace)]) + [_entry(f, "said", trace) for f in said]

    def _operation(
        self,
        key: str,
        last: _Last[S],
        state: S,
        keys: dict[str, Any],
        entries: list[dict[str, Any]],
        passed: int,
    ) -> InsertOne[dict[str, Any]] | UpdateOne:
        said = sum(entry["kind"] == "said" for entry in entries)
        fields = {"state": state.model_dump(mode="json"), "keys": keys}
        if not last.version:
            document = {
                "_id": key,
                "version": last.version + 1,
                "history": entries,
                "sent": passed,
                "unsent": said,
                **fields,
            }
            return InsertOne(document)
        return UpdateOne(
            {"_id": key, "version": last.version},
            {
                "$set": fields,
                "$push": {"history": {"$each": entries}},
                "$inc": {"version": 1, "unsent": said, "sent": passed},
            },
        )

    def _state(self, row: Row, *, keep: bool = True) -> S:
        """Parsed, unless it is remembered in this version; lists show the same documents again and again."""
        key, version = row["_id"], row["version"]
        parsed = self._parsed.get(key)
        if parsed and parsed[0] == version:
            self._parsed.move_to_end(key)
            return parsed[1]
        state = type(self._empty(key)).model_validate(row["state"])
        if keep:
            self._keep(self._parsed, key, (version, state), PARSED)
        return state

    async def _states_of(self, rows: Sequence[Row]) -> list[S]:
        """The states of documents that told their versions. What is in mind is not read again: ten times as fast as
        reading it."""
        states: dict[str, S] = {}
        for row in rows:
            key, parsed = row["_id"], self._parsed.get(row["_id"])
            if parsed and parsed[0] == row["version"]:
                self._parsed.move_to_end(key)
                states[key] = parsed[1]
        if unknown := [row["_id"] for row in rows if row["_id"] not in states]:
            async for row in self.mongo.find({"_id": {"$in": unknown}}, STATE):
                states[row["_id"]] = self._state(row)
        return [states[row["_id"]] for row in rows if row["_id"] in states]

    @asynccontextmanager
    async def _alone(self, key: str) -> AsyncGenerator[None]:
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield

    # What the relay needs -----------------------------------------------------------------------------------------

    async def with_unsent(self, *, limit: int = 200) -> list[str]:
        """Documents that still have something to publish."""
        return [row["_id"] async for row in self.mongo.find(_UNSENT, VERSION).limit(limit)]

    async def count_unsent(self) -> int:
        return await self.mongo.count_documents(_UNSENT, limit=1000)

    def forget(self, key: str) -> None:
        """What this process remembers of a document: it is read anew."""
        self._lasts.pop(key, None)

    async def unsent(self, key: str) -> Unsent:
        """How far the relay is, and what comes after; a fact stands there when `on_said` has been told of it, not sooner."""
        if last := self._lasts.get(key):
            return self._left(key, last)
        async with self._alone(key):
            row = await self.mongo.find_one({"_id": key}, {"sent": 1, "history": 1})
        return (0, []) if row is None else (row["sent"], row["history"][row["sent"] :])

    def _left(self, key: str, last: _Last[S]) -> Unsent:
        """The same for what was read or written last; what has been sent since is known, whoever held the document then."""
        since = max(0, self._marked.get(key, 0) - last.sent)
        return last.sent + since, last.unsent[since:]

    async def mark_sent(self, key: str, *, seen: int, entries: list[dict[str, Any]]) -> None:
        """Everything up to and with these entries is published. Does nothing when somebody else marked it first."""
        said = sum(entry["kind"] == "said" for entry in entries)
        now = seen + len(entries)
        update = {"$set": {"sent": now}, "$inc": {"unsent": -said}}
        await self._writes.write(UpdateOne({"_id": key, "sent": seen}, update))
        self._keep(self._marked, key, max(now, self._marked.get(key, 0)), MARKED)


async def _batches(rows: AsyncIterable[Row], size: int) -> AsyncGenerator[list[Row]]:
    batch: list[Row] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _followed(last: _Last[S], state: S, entries: list[dict[str, Any]], left: Unsent) -> _Last[S]:
    """The document after a write."""
    return _Last(
        version=last.version + 1,
        state=state,
        ids=last.ids | {entry["id"] for entry in entries},
        sent=left[0],
        unsent=left[1],
        trace=entries[-1]["trace"],
    )


def _said_because_of(cause: str, history: list[dict[str, Any]]) -> tuple[Event, ...]:
    return tuple(
        EVENTS[entry["type"]].model_validate(entry["body"])
        for entry in history
        if entry["kind"] == "said" and entry["cause"] == cause
    )


def _entry(record: Record, kind: Literal["heard", "asked", "said"], trace: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "kind": kind,
        "type": record.type,
        "at": record.at,
        "cause": getattr(record, "cause", ""),
        "trace": trace,
        "body": record.model_dump(mode="json"),
    }
