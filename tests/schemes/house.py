"""Services without servers: the same handlers, due work and HTTP routes, in one process, over dictionaries.

What only a broker and a store can show (redelivery, crashes, races of processes) is not shown here.
"""

import heapq
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

import httpx
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from contracts.catalogue import CATALOGUE
from contracts.catalogue import Service as ServiceName
from contracts.events import Event
from contracts.record import Record
from libs.bus import Handler
from libs.due import DueWork, Work
from libs.files import load_schemes
from libs.identity import Caller, Tokens
from libs.policy.scheme import Schemes
from libs.problem import answer_with_problems
from libs.routes import answer
from libs.service import Ask, Service, Settings
from libs.store import Applied, Collection, Kind

S = TypeVar("S", bound=BaseModel)
SECRET = "a secret of a city without servers"
_schemes: dict[str, Schemes] = {}


class StandingClock:
    """Business time that stands still until somebody moves it."""

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def now(self) -> datetime:
        return self.instant.astimezone(UTC)


class House:
    """What the services of one city share: the clock, and the facts that are on their way. `pick` chooses which of the
    waiting facts is delivered next; `copies` how often each is."""

    def __init__(
        self, start: datetime, *, pick: Callable[[int], int] = lambda waiting: 0, copies: int = 1, faithful: bool = True
    ) -> None:
        self.clock = StandingClock(start)
        self.services: dict[str, HousedService] = {}
        self.facts: list[Event] = []
        self.faithful = faithful
        self.onlookers: list[Callable[[str, Mapping[str, Any]], None]] = []
        self.stands_still = False
        """Whether what is asked for is decided and answered, and then nothing is kept of it."""
        self._pick = pick
        self._copies = copies
        self._waiting: deque[tuple[str, Event]] = deque()

    def begin_again(self, start: datetime) -> None:
        """Nothing has happened yet: what building a house took is not spent again."""
        for service in self.services.values():
            service.forget()
        self.facts.clear()
        self._waiting.clear()
        self.clock.instant = start

    def kind(self) -> Any:
        """What to give to a service's `build`."""
        return lambda name, settings: HousedService(self, name, settings)

    def said(self, facts: Iterable[Event]) -> None:
        for fact in facts:
            self.facts.append(fact)
            for look in self.onlookers:
                look(fact.type, fact.model_dump(mode="json"))
            hearers = sorted(CATALOGUE[fact.type].consumers & self.services.keys())
            self._waiting.extend((service, fact) for service in hearers for _ in range(self._copies))

    async def settle(self) -> None:
        """Until nothing is on its way."""
        while self._waiting:
            chosen = self._pick(len(self._waiting))
            self._waiting.rotate(-chosen)
            service, fact = self._waiting.popleft()
            self._waiting.rotate(chosen)
            if fact.type in self.services[service].handlers:
                await self.services[service].handlers[fact.type](fact)

    async def next_due(self) -> datetime | None:
        """When something falls due next."""
        dues = [due for service in self.services.values() if (due := await service.due.next()) is not None]
        return min(dues, default=None)

    async def until(self, moment: datetime) -> None:
        """Live on to a moment; what falls due on the way happens at its time, what is due at it has happened."""
        while True:
            await self.settle()
            due = await self.next_due()
            if due is None or due > moment:
                break
            self.clock.instant = max(due, self.clock.instant)
            before = (len(self.facts), [service.writes for service in self.services.values()])
            for service in self.services.values():
                await service.due.do()
            after = (len(self.facts), [service.writes for service in self.services.values()])
            assert before != after, f"something stays due at {due} and nothing happens"
        self.clock.instant = moment


class _Rows:
    """Just as much of a MongoDB collection as queries by `keys` need."""

    def __init__(self, collection: "HousedCollection[Any]", where: Mapping[str, Any]) -> None:
        rows = collection.rows_like(where)
        self._rows = [key for key, keys in rows if all(_fits(keys, key, f, w) for f, w in where.items())]
        self._collection = collection
        self._skip, self._limit = 0, len(self._rows)

    def sort(self, field: str, direction: int) -> "_Rows":
        name = field.removeprefix("keys.")
        self._rows.sort(key=lambda key: _order(self._collection.keys_of(key).get(name)), reverse=direction < 0)
        return self

    def skip(self, count: int) -> "_Rows":
        self._skip = count
        return self

    def limit(self, count: int) -> "_Rows":
        self._limit = count
        return self

    async def __aiter__(self) -> AsyncGenerator[dict[str, Any]]:
        for key in self._rows[self._skip : self._skip + self._limit]:
            keys = self._collection.keys_of(key)
            yield {"_id": key, "keys": keys, "state": self._collection.state_of(key)}


RANGES = frozenset({"$lt", "$lte", "$gt", "$gte"})


def _values(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _order(value: Any) -> Any:
    return (value is not None, value if value is not None else 0)


def _fits(keys: Mapping[str, Any], key: str, field: str, wanted: Any) -> bool:
    value = key if field == "_id" else keys.get(field.removeprefix("keys."))
    if not isinstance(wanted, Mapping):
        return wanted in value if isinstance(value, list | tuple) else value == wanted
    return all(_compares(value, operator, bound) for operator, bound in wanted.items())


def _compares(value: Any, operator: str, bound: Any) -> bool:
    match operator:
        case "$in":
            return any(one in bound for one in value) if isinstance(value, list | tuple) else value in bound
        case "$ne":
            return value != bound
        case "$exists":
            return (value is not None) == bound
        case _:
            if value is None or (type(value) is not type(bound) and not isinstance(value, datetime)):
                return False
            return {"$lt": value < bound, "$lte": value <= bound, "$gt": value > bound, "$gte": value >= bound}[
                operator
            ]


class _Mongo:
    def __init__(self, collection: "HousedCollection[Any]") -> None:
        self._collection = collection

    def find(self, where: Mapping[str, Any], fields: Any = None, batch_size: int = 0) -> _Rows:
        return _Rows(self._collection, where)

    async def count_documents(self, where: Mapping[str, Any], limit: int = 0) -> int:
        return len(_Rows(self._collection, where)._rows)


class HousedCollection(Collection[S]):
    """Documents in a dictionary, with the promises of `libs.store.Collection.apply`."""

    def __init__(self, house: House, *, empty: Any, evolve: Any, keys: Any) -> None:
        self.mongo: Any = _Mongo(self)
        self._house = house
        self._empty, self._evolve, self._keys = empty, evolve, keys
        self._states: dict[str, S] = {}
        self._known_keys: dict[str, dict[str, Any]] = {}
        self._histories: dict[str, dict[str, tuple[str, Record]]] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._indexes: dict[str, dict[Any, set[str]]] = {}
        self._numbers: dict[str, int] = {}
        self.writes = 0

    def forget(self) -> None:
        """As if nothing had ever been written."""
        kept = (self._states, self._known_keys, self._histories, self._heap, self._indexes, self._numbers)
        for one in kept:
            one.clear()
        self.writes += 1

    @property
    def changes(self) -> int:
        return self.writes

    def rows(self) -> Iterable[tuple[str, dict[str, Any]]]:
        return self._known_keys.items()

    def rows_like(self, where: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
        """Those that may fit, the oldest first: found by the first value that must be equal, else by the first that must
        lie in a range, where there is one."""
        conditions = [(f.removeprefix("keys."), w) for f, w in where.items() if f != "_id" and w is not None]
        equal = next(((f, w) for f, w in conditions if not isinstance(w, Mapping)), None)
        ranged = next(((f, w) for f, w in conditions if isinstance(w, Mapping) and w.keys() <= RANGES), None)
        if equal is None and ranged is None:
            return self.rows()
        field, wanted = equal or ranged or ("", None)
        if field not in self._indexes:
            self._indexes[field] = {}
            for key, keys in self._known_keys.items():
                self._enter(field, key, keys)
        index = self._indexes[field]
        if equal is not None:
            found = index.get(wanted, set[str]())
        else:
            fitting = (value for value in index if all(_compares(value, o, b) for o, b in wanted.items()))
            found = set[str]().union(*(index[value] for value in fitting))
        return [(key, self._known_keys[key]) for key in sorted(found, key=self._numbers.__getitem__)]

    def _enter(self, field: str, key: str, keys: Mapping[str, Any]) -> None:
        for value in _values(keys.get(field)):
            self._indexes[field].setdefault(value, set()).add(key)

    def _leave(self, field: str, key: str, keys: Mapping[str, Any]) -> None:
        for value in _values(keys.get(field)):
            self._indexes[field].get(value, set[str]()).discard(key)

    def keys_of(self, key: str) -> dict[str, Any]:
        return self._known_keys[key]

    def state_of(self, key: str) -> S:
        return self._states[key]

    def _state(self, row: Any, *, keep: bool = True) -> S:
        return row["state"]

    async def _states_of(self, rows: Sequence[Mapping[str, Any]]) -> list[S]:
        return [row["state"] for row in rows]

    async def delete(self, key: str) -> None:
        for field in self._indexes:
            self._leave(field, key, self._known_keys.get(key, {}))
        for kept in (self._states, self._known_keys, self._histories):
            kept.pop(key, None)
        self.writes += 1

    async def get(self, key: str) -> S | None:
        return self._states.get(key)

    async def trace_of(self, key: str) -> str:
        return ""

    async def history(self, key: str) -> list[dict[str, Any]]:
        return [
            {"id": id, "kind": kind, "type": record.type, "at": record.at, "body": record.model_dump(mode="json")}
            for id, (kind, record) in self._histories.get(key, {}).items()
        ]

    async def due(self, now: Any, *, limit: int = 100) -> list[str]:
        found: dict[str, None] = {}
        kept: list[tuple[datetime, str]] = []
        while self._heap and self._heap[0][0] <= now and len(found) < limit:
            due, key = heapq.heappop(self._heap)
            if self._known_keys.get(key, {}).get("next_due") == due and key not in found:
                found[key] = None
                kept.append((due, key))
        for entry in kept:
            heapq.heappush(self._heap, entry)
        return list(found)

    async def next_due(self) -> Any:
        while self._heap and self._known_keys.get(self._heap[0][1], {}).get("next_due") != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    async def apply(
        self,
        key: str,
        cause: Record | None,
        decide: Callable[[S], Iterable[Event]],
        *,
        kind: Kind = "heard",
        within: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> Applied[S]:
        before = self._states.get(key) or self._empty(key)
        known = self._histories.get(key, {})
        if cause is not None and cause.id in known:
            said = tuple(r for k, r in known.values() if k == "said" and getattr(r, "cause", "") == cause.id)
            return Applied(before, said, known=True)  # type: ignore[arg-type]
        said = tuple(fact for fact in decide(before) if fact.id not in known)
        state = before
        for record in [*([] if cause is None else [cause]), *said]:
            state = self._evolve(state, record)
        if (state == before and not said) or self._house.stands_still:
            return Applied(state, said, known=False)
        if self._house.faithful:
            state = type(before).model_validate(state.model_dump(mode="json"))
        self._states[key] = state
        history = self._histories.setdefault(key, {})
        if cause is not None:
            history[cause.id] = (kind, cause)
        for fact in said:
            history[fact.id] = ("said", fact)
        keys = dict(self._keys(state))
        if (due := keys.get("next_due")) is not None and self._known_keys.get(key, {}).get("next_due") != due:
            heapq.heappush(self._heap, (due, key))
        self._numbers.setdefault(key, len(self._numbers))
        for field in self._indexes:
            self._leave(field, key, self._known_keys.get(key, {}))
            self._enter(field, key, keys)
        self._known_keys[key] = keys
        self.writes += 1
        self._house.said(said)
        return Applied(state, said, known=False)


class HousedBlobs:
    """Contents in a dictionary, with the promises of `libs.blobs.Blobs`."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def put(self, id: str, content: bytes) -> None:
        self.kept.setdefault(id, content)

    async def get(self, id: str) -> bytes | None:
        return self.kept.get(id)

    async def delete(self, id: str) -> None:
        self.kept.pop(id, None)


class _NoTracer:
    def span(self, name: str, **about: Any) -> AbstractContextManager[None]:
        return nullcontext()


class _Due(DueWork):
    async def do_one(self, work: Work, key: str) -> bool:
        await work(key)  # what goes wrong here shall be seen
        return True


class HousedService(Service):
    """A service whose collections, bus and peers are in this process."""

    def __init__(self, house: House, name: ServiceName, settings: Settings) -> None:
        self.name = name
        self.folds: dict[str, tuple[Any, Any]] = {}
        """How each collection makes its documents of records."""
        self.settings = settings
        self.house = house
        self.clock = house.clock
        folder = str(settings.schemes)
        if folder not in _schemes:
            _schemes[folder] = load_schemes(settings.schemes)
        self.schemes = _schemes[folder]
        self.tokens = Tokens(settings.token_secret.get_secret_value())
        self.tracer: Any = _NoTracer()
        self._large_bodies = []
        self._routes: list[Callable[[], APIRouter]] = []
        self.handlers: Mapping[str, Handler] = {}
        self.duplicates = 0
        self.due = _Due(house.clock.now)
        self.stuck_too = []
        self._collections: list[Any] = []
        self._blobs: list[HousedBlobs] = []
        self._first: list[Callable[[], Awaitable[None]]] = []
        self._alongside = []
        self._kept_current = []
        self._more_figures = []
        self._http: httpx.AsyncClient | None = None
        house.services[name] = self

    @property
    def writes(self) -> int:
        return sum(collection.writes for collection in self._collections)

    def collection(
        self, name: str, *, empty: Any, evolve: Any, keys: Any, indexes: tuple[str, ...] = (), forgets: bool = False
    ) -> Any:
        collection: HousedCollection[Any] = HousedCollection(self.house, empty=empty, evolve=evolve, keys=keys)
        self.folds[f"{self.name}.{name}"] = (empty, evolve)
        self._collections.append(collection)
        return collection

    def blobs(self, name: str) -> Any:
        self._blobs.append(HousedBlobs())
        return self._blobs[-1]

    def forget(self) -> None:
        """As if nothing had ever been written, on paper or in files."""
        for collection in self._collections:
            collection.forget()
        for blobs in self._blobs:
            blobs.kept.clear()

    def answers(self, *routes: Callable[[], APIRouter]) -> None:
        if "app" in vars(self):
            answer(self.app, *(router() for router in routes))
        self._routes += routes

    @cached_property
    def app(self) -> FastAPI:  # type: ignore[override]
        """Made when the first one asks: FastAPI takes long over so many routes, and few tests ask every service."""
        app = FastAPI(docs_url=None, redoc_url=None)
        app.state.service = self
        answer_with_problems(app)
        self._add_operation_routes(app)
        answer(app, *(router() for router in self._routes))
        return app

    def hears(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers = handlers

    async def start(self) -> None:
        for work in self._first:
            await work()

    async def read_again(self) -> None:
        """What seconds would do."""
        for read, _ in self._kept_current:
            await read()

    async def call(
        self,
        caller: Caller,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        content: bytes | None = None,
        more: Mapping[str, str] = {},
    ) -> httpx.Response:
        """An HTTP call, as the named caller. `content`: a raw body; `more`: further headers."""
        return await self.say(self.tokens.sign(caller), method, path, body, key=key, content=content, more=more)

    async def say(
        self,
        token: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        content: bytes | None = None,
        more: Mapping[str, str] = {},
    ) -> httpx.Response:
        """An HTTP call with this token, whatever it is worth."""
        headers = ({"authorization": f"Bearer {token}"} if token else {}) | dict(more)
        if key is not None:
            headers["idempotency-key"] = key
        return await self.http_in_process.request(method, path, json=body, content=content, headers=headers)

    async def request(
        self, peer: str, method: str, path: str, *, caller: Caller, key: str | None = None, **sent: Any
    ) -> httpx.Response:
        other = self.house.services[peer]
        headers = {"authorization": f"Bearer {other.tokens.sign(caller)}"} | sent.pop("headers", {})
        if key is not None:
            headers["idempotency-key"] = key
        return await other.http_in_process.request(method, path, headers=headers, **sent)

    @property
    def http_in_process(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=f"http://{self.name}")
        return self._http

    async def fetch(self, peer: str, path: str, *, on_behalf: Caller | None = None) -> Any:
        caller = on_behalf or Caller(subject=self.name, roles=frozenset({"service"}))
        answer = await self.house.services[peer].call(caller, "GET", path)
        answer.raise_for_status()
        return answer.json()

    async def send(
        self, peer: str, path: str, body: Any, *, key: str, on_behalf: Caller | None = None, at: datetime | None = None
    ) -> httpx.Response:
        caller = on_behalf or Caller(subject=self.name, roles=frozenset({"service"}))
        return await self.house.services[peer].call(caller, "POST", path, body, key=key)

    @asynccontextmanager
    async def asked(self, ask: Ask, what: str, *, case: str, parent: str = "") -> AsyncGenerator[None]:
        yield
