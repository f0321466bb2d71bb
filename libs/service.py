"""What every service has: settings, clock, tracing, store, bus, HTTP, and a graceful end.

A service is built in its `__main__`: collections, what it hears, what it does when something is due, its routes.
"""

import asyncio
import gc
import json
import logging
import os
import re
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse
from opentelemetry.trace import SpanKind
from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from pymongo.errors import ConnectionFailure

from contracts.catalogue import SERVICES
from contracts.catalogue import Service as ServiceName
from contracts.record import Record
from libs import operations
from libs.asking import HEADERS, Ask, Asked, may
from libs.blobs import Blobs
from libs.body_limits import BodyLimits
from libs.bus import Bus, Handler
from libs.clock import open_clock
from libs.due import Dues, DueWork, Work
from libs.files import load_directory, load_notices, load_schemes
from libs.flow import Rates, Stuck
from libs.identity import Caller, Tokens, is_of
from libs.kept import Kept
from libs.metrics import render
from libs.operations import Discarded
from libs.policy.calendar import NATIONAL
from libs.policy.calendars import Calendars
from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.problem import answer_with_problems, problem
from libs.pulse import Pulse, pulse_file
from libs.relay import Relay, Waiting
from libs.routes import answer
from libs.store import Applied, Collection, connect
from libs.telemetry import Tracer, otlp_exporter, start_tracing, traceparent

__all__ = ["Ask", "Asked", "Service", "Settings", "may"]

VERSION = "0.1.0"
DUE_POLL_SECONDS = 0.5
BEAT_SECONDS = 0.005
"""How often a service looks, in stepped time, whether there is something to tell."""
BEATS_UNTIL_RESTING = 200
RESTING_BEAT_SECONDS = 0.05
"""How often it looks when nothing has changed for so many beats: a city in which time stands shall cost next to nothing."""
FEW_IDLE = httpx.Limits(max_keepalive_connections=4)
"""The client looks at every idle connection before each request: with twenty of them that takes longer than the request."""
DUE_TRIES = 12
RATES_SECONDS = 5

S = TypeVar("S", bound=BaseModel)
log = logging.getLogger("service")


class Settings(BaseSettings):
    """From the environment, each name prefixed with `ZTC_`; secrets also from files named in `ZTC_SECRETS_DIR`."""

    model_config = SettingsConfigDict(
        env_prefix="ZTC_", secrets_dir=os.environ.get("ZTC_SECRETS_DIR"), extra="ignore", hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    port: int
    amqp_url: SecretStr
    mongo_url: SecretStr
    token_secret: SecretStr
    clock: str = "wall"
    otlp_endpoint: str = ""
    peers: dict[str, str] = {}
    """Base URLs of the other services by name."""
    schemes: Path = Path("deploy/schemes")
    calendars: Path = Path("deploy/calendars")
    directory: Path = Path("deploy/directory/chaozhou.yaml")


class OfScheme(Protocol):
    """What a scheme's level of government runs. `scheme`: its name or a reference with the version; "" where none is known."""

    @property
    def scheme(self) -> str: ...


class Service:
    """One service process."""

    def __init__(self, name: ServiceName, settings: Settings) -> None:
        self.name: ServiceName = name
        self.settings = settings
        self.clock = open_clock(settings.clock)
        self.schemes = load_schemes(settings.schemes)
        self.tokens = Tokens(settings.token_secret.get_secret_value())
        exporter = otlp_exporter(settings.otlp_endpoint) if settings.otlp_endpoint else None
        self._tracing = start_tracing(name, exporter=exporter)
        self.tracer = Tracer(self._tracing)
        self.bus = Bus(name, settings.amqp_url.get_secret_value(), self.tracer, outages=(ConnectionFailure,))
        self._mongo = connect(settings.mongo_url.get_secret_value())
        self.database = self._mongo.get_default_database()
        self.http = httpx.AsyncClient(timeout=5, limits=FEW_IDLE)
        self._collections: list[Collection[Any]] = []
        self._first: list[Callable[[], Awaitable[None]]] = []
        self._kept_current: list[tuple[Callable[[], Awaitable[None]], float]] = []
        self._alongside: list[Callable[[], AbstractAsyncContextManager[None]]] = []
        self._more_figures: list[Callable[[], Awaitable[Mapping[str, int]]]] = []
        self._relay: Relay | None = None
        self.app = FastAPI(
            title=name, version=VERSION, description=HEADERS, lifespan=self._lifespan, docs_url=None, redoc_url=None
        )
        self._large_bodies: list[tuple[re.Pattern[str], int]] = []
        self.app.add_middleware(BodyLimits, larger=self._large_bodies)
        self.app.state.service = self
        self.duplicates = 0
        self.rates = Rates()
        self.due = DueWork(self.clock.now)
        self.stuck_too: list[Callable[[], Awaitable[list[Stuck]]]] = []
        """What else is asked for `GET /stuck`."""
        self.started_at = time.monotonic()
        answer_with_problems(self.app)
        self._add_operation_routes(self.app)
        if name in SERVICES:
            discarded = Discarded(self.database["discarded"])
            self.first(discarded.create_indexes)
            self.answers(lambda: operations.routes(self, discarded))

    # Building ---------------------------------------------------------------------------------------------------------

    def collection(
        self,
        name: str,
        *,
        empty: Callable[[str], S],
        evolve: Callable[[S, Record], S],
        keys: Callable[[S], Mapping[str, Any]],
        indexes: tuple[str, ...] = (),
        forgets: bool = False,
    ) -> Collection[S]:
        """A collection of this service's documents; `indexes` name fields of `keys` (`a+b` for a compound one). `forgets`:
        documents may be deleted."""
        collection = Collection(self.database[name], empty=empty, evolve=evolve, keys=keys, forgets=forgets)
        self._collections.append(collection)
        self._first.append(partial(collection.create_indexes, *indexes))
        return collection

    def blobs(self, name: str) -> Blobs:
        """Large contents of this service, beside its collections."""
        return Blobs(self.database, name)

    def takes_large_bodies(self, paths: str, limit: int) -> None:
        """Let more bytes be posted to these paths (a pattern) than to all others."""
        self._large_bodies.append((re.compile(paths), limit))

    def answers(self, *routes: Callable[[], APIRouter]) -> None:
        """Add these routes to what is answered over HTTP."""
        answer(self.app, *(router() for router in routes))

    def hears(self, handlers: Mapping[str, Handler]) -> None:
        self.bus.hear(handlers)

    def first(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do this when the store is there and before anything is heard."""
        self._first.append(work)

    def keeps_current(self, read: Callable[[], Awaitable[None]], *, every: float) -> None:
        """Call `read` before anything is heard, and again every so many seconds of technical time: for what others may
        change meanwhile. While it fails, what it read last holds."""
        self._kept_current.append((read, every))

    def alongside(
        self,
        part: Callable[[], AbstractAsyncContextManager[None]],
        *,
        figures: Callable[[], Awaitable[Mapping[str, int]]],
    ) -> None:
        """Keep `part` open for as long as facts are heard; its `figures` are added to the service's own."""
        self._alongside.append(part)
        self._more_figures.append(figures)

    def when_due(self, dues: Dues, work: Work) -> None:
        """Call `work` with each document of a collection whose key `next_due` has come, the oldest first. Its work must
        move that key on. What is registered first is worked through first."""
        self.due.add(dues, work)

    def when_due_at_once(self, collection: Collection[Any], work: Work) -> None:
        """The same, begun as soon as a document is written that is due already."""
        self.due.add_at_once(collection, work)

    def counted(self, applied: Applied[S]) -> Applied[S]:
        """The same, with a known record counted as a duplicate."""
        self.duplicates += applied.known
        return applied

    # What the deployment is set up with ------------------------------------------------------------------------------

    @cached_property
    def directory(self) -> Directory:
        """As the file has it, and as a service that follows it is told of changes."""
        return load_directory(self.settings.directory)

    @cached_property
    def calendars(self) -> Calendars:
        """The country's and those that schemes name, as the files have them, and as a service that follows them is told
        of imports."""
        named = {scheme.calendar for scheme in self.schemes.values()}
        return Calendars({NATIONAL, *named}, load_notices(self.settings.calendars))

    # Whose business it is ---------------------------------------------------------------------------------------------

    def sees(self, caller: Caller, scheme: str) -> bool:
        """Whether a case, session, duty, list of this scheme (by name or reference) is run at the caller's level."""
        return is_of(caller, self.directory.run_by(scheme))

    def seen_by(self, caller: Caller) -> Callable[[OfScheme], bool] | None:
        """Which of the documents found are not other levels' (by their `scheme`); None where the caller sees all of them."""
        return (lambda one: self.sees(caller, one.scheme)) if caller.jurisdiction else None

    def refuse_elsewhere(self, caller: Caller, scheme: str) -> None:
        """Raises `Refused` (404) for a scheme that another level runs."""
        if not self.sees(caller, scheme):
            raise Refused("unknown-scheme", "your level of government runs no such scheme", field="scheme", status=404)

    # Acting -----------------------------------------------------------------------------------------------------------

    async def fetch(self, peer: str, path: str, *, on_behalf: Caller | None = None) -> Any:
        """GET from another service. Raises `httpx.HTTPError`: the caller's message is then tried again."""
        answer = await self.http.get(self.settings.peers[peer] + path, headers=self._headers(on_behalf))
        answer.raise_for_status()
        return answer.json()

    async def send(
        self,
        peer: str,
        path: str,
        body: dict[str, Any],
        *,
        key: str,
        on_behalf: Caller | None = None,
        at: datetime | None = None,
    ) -> httpx.Response:
        """POST to another service, idempotent by `key`, counting from `at`. Raises `httpx.HTTPError` when there is no answer."""
        headers = self._headers(on_behalf) | {"idempotency-key": key}
        if at is not None:
            headers["received-at"] = at.isoformat()
        return await self.http.post(self.settings.peers[peer] + path, json=body, headers=headers)

    async def request(
        self, peer: str, method: str, path: str, *, caller: Caller, key: str | None = None, **sent: Any
    ) -> httpx.Response:
        """Any call to another service in somebody's name; `sent` as httpx has it (`json`, `params`, `content`, …)."""
        headers = self._headers(caller) | sent.pop("headers", {}) | ({} if key is None else {"idempotency-key": key})
        return await self.http.request(method, self.settings.peers[peer] + path, headers=headers, **sent)

    def _headers(self, on_behalf: Caller | None) -> dict[str, str]:
        caller = on_behalf or Caller(subject=self.name, roles=frozenset({"service"}))
        headers = {"authorization": f"Bearer {self.tokens.sign(caller)}"}
        if context := traceparent():
            headers["traceparent"] = context
        return headers

    # Running ----------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until SIGTERM or SIGINT: then no new work, running work ends, everything is closed."""
        log_as_json(self.name)
        uvicorn.run(
            self.app,
            host=self.settings.host,
            port=self.settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=20,
            # Longer than clients keep an idle connection: none is closed under a request that is just being sent.
            timeout_keep_alive=60,
        )

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncGenerator[None]:
        for work in self._first:
            await work()
        keeping = [Kept(read, every) for read, every in self._kept_current]
        for kept in keeping:
            await kept.read_again()
        self._relay = Relay(self._collections, self.bus)
        self.due.begin()
        await self.bus.start()
        relaying = asyncio.create_task(self._relay.run())
        stepped = self.settings.clock != "wall" and self.name in SERVICES
        watching = asyncio.create_task(self._keep_pulse() if stepped else self._watch_due())
        noting = asyncio.create_task(self._note_rates())
        current = [asyncio.create_task(kept.keep()) for kept in keeping]
        for task in (relaying, watching, noting, *current):
            task.add_done_callback(_end_process_if_broken)
        async with AsyncExitStack() as parts:
            for part in self._alongside:
                await parts.enter_async_context(part())
            # What stands now stands for good: the collector need not walk through it again and again.
            gc.collect()
            gc.freeze()
            log.info("ready to serve")
            yield
        for task in (watching, noting, *current):
            task.cancel()
        await self.bus.stop()
        await self.due.stop()
        relaying.cancel()
        await asyncio.gather(relaying, watching, noting, *current, return_exceptions=True)
        await self.http.aclose()
        await self._mongo.close()
        await asyncio.to_thread(self._tracing.shutdown)

    async def _watch_due(self) -> None:
        while True:
            try:
                await self.due.do()
            except Exception as error:
                log.warning("due work failed, will be tried again", extra={"error": type(error).__name__})
            await asyncio.sleep(DUE_POLL_SECONDS)

    # Operations -------------------------------------------------------------------------------------------------------

    def _add_operation_routes(self, app: FastAPI) -> None:
        @app.get("/livez")
        async def livez() -> PlainTextResponse:
            return PlainTextResponse("ok")

        @app.get("/readyz")
        async def readyz() -> JSONResponse:
            return await self._readiness()

        @app.get("/version")
        async def version() -> dict[str, Any]:
            schemes = {ref: scheme.hash for ref, scheme in self.schemes.items()}
            return {"service": self.name, "version": VERSION, "schemes": schemes}

        @app.get("/metrics")
        async def metrics() -> PlainTextResponse:
            return PlainTextResponse(render(self.name, await self._figures()), media_type="text/plain; version=0.0.4")

    async def _keep_pulse(self) -> None:
        """In stepped time: do what is due at the instant that stands, and tell how far everything is: when that changed
        and when it is asked for."""
        pulse = Pulse(pulse_file(self.settings.clock, self.name))
        tries, rested, resting, before = 0, None, 0, list[int]()
        while True:
            now = self.clock.now()
            changes = [collection.changes for collection in self._collections]
            standing = (now, pulse.asked, changes, self.in_flight, self.counters())
            still, before = changes == before, changes
            # Nobody needs to be told again that there is work: so it stands, from the beginning on, until there is rest.
            if (rested is None and self.in_flight) or standing == rested or not still:
                resting = resting + 1 if standing == rested else 0
                await asyncio.sleep(BEAT_SECONDS if resting < BEATS_UNTIL_RESTING else RESTING_BEAT_SECONDS)
                continue
            due = None if self.in_flight else await self.due.next()
            if due is not None and due <= now and tries < DUE_TRIES:
                # What stays due has failed, or came up meanwhile: it is tried again, and told when that does not help.
                await asyncio.sleep(BEAT_SECONDS * tries)
                tries += 1
                await self.due.do()
                continue
            tries = tries if due is not None and due <= now else 0
            figures = await self._counters()
            if changes != [collection.changes for collection in self._collections]:
                figures["in_flight"] += 1  # `due` may be of before
            pulse.tell(figures | {"seen": now.isoformat(), "next_due": due and due.isoformat()})
            rested = None if figures["in_flight"] or figures["unsent"] else standing
            await asyncio.sleep(BEAT_SECONDS)

    @property
    def in_flight(self) -> int:
        """Messages and due work being handled here, and one more while something said is not published."""
        return self.bus.in_flight + self.due.busy + (self._relay is None or not self._relay.idle)

    async def _readiness(self) -> JSONResponse:
        """A real round trip to broker and store: a frozen broker still looks connected."""
        parts = {"broker": self.bus.round_trip(), "store": self._ping()}
        results = await asyncio.gather(*parts.values(), return_exceptions=True)
        failing = sorted(name for name, result in zip(parts, results, strict=True) if result is not None)
        if failing:
            return problem(503, "not-ready", f"no answer from {' and '.join(failing)} within two seconds")
        return JSONResponse({"ready": True})

    async def _ping(self) -> None:
        async with asyncio.timeout(2):
            await self.database.command("ping")

    async def _figures(self) -> dict[str, Any]:
        """For operators: the counters, and from the store what still waits to be published."""
        figures = await self._counters()
        figures["unsent"] += await self.count_unsent()
        return figures

    async def count_unsent(self) -> int:
        """Documents that have something to publish, counted up to a thousand of each collection."""
        return sum([await collection.count_unsent() for collection in self._collections])

    def unsent(self) -> list[Waiting]:
        """What this process knows to be unpublished, the longest waiting first."""
        return self._relay.waiting() if self._relay else []

    def counters(self) -> dict[str, int]:
        """What is counted since the start."""
        bus = self.bus
        return {
            "published": bus.published,
            "settled": bus.settled,
            "retried": bus.retried,
            "parked": bus.parked,
            "duplicates": self.duplicates,
        }

    async def _note_rates(self) -> None:
        while True:
            self.rates.note(time.monotonic(), self.counters())
            await asyncio.sleep(RATES_SECONDS)

    async def _counters(self) -> dict[str, Any]:
        """What this process knows of itself. Its relay is idle only when everything said here has been published."""
        figures = {
            "in_flight": self.in_flight,
            "unsent": 0,
            **self.counters(),
            "uptime_seconds": round(time.monotonic() - self.started_at, 1),
        }
        for more in self._more_figures:
            for name, value in (await more()).items():
                figures[name] = figures.get(name, 0) + value
        return figures

    # HTTP commands ----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def asked(self, ask: Ask, what: str, *, case: str, parent: str = "") -> AsyncGenerator[None]:
        """The span of a command. Our own services' context is continued; an outsider's is not, the case's own is.

        `parent`: the trace context of the last thing that happened in the case.
        """
        with self.tracer.span(what, kind=SpanKind.SERVER, case=case, parent=ask.traceparent or parent, at=ask.at):
            yield


def _end_process_if_broken(task: asyncio.Task[None]) -> None:
    """A service whose relay or ticker died must not look alive: it ends, and its supervisor starts it again."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("a loop of this service broke", extra={"error": type(error).__name__})
        os._exit(70)


class _JsonLines(logging.Formatter):
    """One line of JSON per record: level, logger, message and the fields given; exceptions by class, never by text."""

    _own = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in self._own}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
        return json.dumps(line, ensure_ascii=False, default=str)


def log_as_json(service: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines(service))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Third parties may put what a person typed into their messages; only their alarms are wanted.
    for noisy in ("httpx", "httpcore", "aiormq", "aio_pika", "pymongo", "uvicorn", "opentelemetry"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
