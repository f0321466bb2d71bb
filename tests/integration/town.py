"""A small town to meet the gateway in: real broker, store, intake, routing and gateway; parties from outside; and on the
way from the gateway to each service a road on which a test can make trouble."""

import asyncio
import gzip
import json
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, cast

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pamqp import commands, encode
from yarl import URL

from contracts.case_number import trace_id
from contracts.catalogue import EXCHANGE, Service
from contracts.events import Event
from deploy.embedded.broker import PrivateBroker
from deploy.embedded.processes import Child, free_port, plain_environment
from deploy.embedded.store import EmbeddedStore
from deploy.topology import definitions
from libs import hardened
from libs.files import load_directory
from libs.identity import Caller, Role, Tokens
from libs.topology import VHOST
from services.gateway.topology import vhost

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "deploy/directory/chaozhou.yaml"
SECRET = "a-secret-for-nothing-but-this-test-town"
PATIENCE = 20
SERVICES: tuple[Service, ...] = ("intake", "routing", "gateway")

_numbers = count(1)


def new_id() -> str:
    return f"m-{next(_numbers)}"


class Road:
    """Forwards HTTP to a service and remembers what passed. `trouble` may wait, or answer a status instead."""

    def __init__(self, target: int) -> None:
        self.passed: list[tuple[str, str, dict[str, str]]] = []
        self.trouble: Callable[[str], int | None] = lambda path: None
        road = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                road.passed.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
                if (status := road.trouble(self.path)) is not None:
                    return self._answer(status, "text/plain", b"trouble on the road")
                onward = HTTPConnection("127.0.0.1", target, timeout=10)
                try:
                    onward.request(self.command, self.path, body, dict(self.headers))
                    answer = onward.getresponse()
                    self._answer(answer.status, answer.headers["content-type"] or "", answer.read())
                finally:
                    onward.close()

            def _answer(self, status: int, content_type: str, body: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("content-type", content_type)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_GET = do_POST = _forward

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def asked(self, path_end: str) -> list[dict[str, str]]:
        """The headers of every request that passed for a path ending so."""
        return [headers for _, path, headers in self.passed if path.endswith(path_end)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Properties:
    """AMQP properties byte for byte, also such as no client library would write."""

    ORDER = (
        "content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id", "reply_to",
        "expiration", "message_id", "timestamp", "message_type", "user_id",
    )  # fmt: skip

    def __init__(self, **values: str | bytes) -> None:
        """Text becomes a short string; bytes are written as they are."""
        self._values = values
        # The client library would choose one of its own when it finds none here.
        self.message_id = new_id()

    def marshal(self) -> bytes:
        flags = sum(1 << 15 - self.ORDER.index(name) for name in self._values)
        written = [encode.short_string(v) if isinstance(v, str) else v for v in map(self._values.get, self.ORDER) if v]
        return flags.to_bytes(2, "big") + b"".join(written)


class Outsider:
    """A party's own system at its barest: what it publishes is up to the test."""

    def __init__(self, party: str, connection: AbstractConnection, channel: AbstractChannel) -> None:
        self.party = party
        self.connection = connection
        self.ids: list[str] = []
        """Of every message that came."""
        self._channel = channel
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._assigned: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    @classmethod
    async def connect(cls, url: str, party: str, *, unit: bool = False) -> "Outsider":
        connection = await aio_pika.connect(url)
        outsider = cls(party, connection, await connection.channel(on_return_raises=True))
        reading = await connection.channel()
        for name, into in [("answers", outsider._answers), ("assignments", outsider._assigned)][: 2 if unit else 1]:
            queue = await reading.get_queue(name)
            await queue.consume(outsider._reader(into))
        return outsider

    def _reader(self, into: asyncio.Queue[dict[str, Any]]) -> Callable[[AbstractIncomingMessage], Any]:
        async def read(message: AbstractIncomingMessage) -> None:
            self.ids.append(str(message.message_id))
            # First, because a test may leave as soon as it has what it waits for.
            await message.ack()
            into.put_nowait(json.loads(message.body))

        return read

    async def publish(self, body: bytes, **properties: Any) -> None:
        properties = {"user_id": self.party, "content_type": "application/json", "delivery_mode": 2} | properties
        exchange = await self._channel.get_exchange("to-zhitongche", ensure=False)
        await exchange.publish(aio_pika.Message(body, **properties), routing_key="", mandatory=True)

    async def publish_raw(self, body: bytes, properties: Properties) -> None:
        channel = await self._channel.get_underlay_channel()
        written = cast(commands.Basic.Properties, properties)
        await channel.basic_publish(body, exchange="to-zhitongche", properties=written, mandatory=True)

    async def say(self, type: str, message_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Publish a proper message and wait for its answer."""
        await self.publish(json.dumps({"type": type, **fields}).encode(), message_id=message_id or new_id(), type=type)
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        """The next answer, whatever it answers."""
        async with asyncio.timeout(PATIENCE):
            return await self._answers.get()

    async def assignment(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return await self._assigned.get()

    @property
    def heard_all(self) -> bool:
        return self._answers.empty() and self._assigned.empty()

    async def close(self) -> None:
        await self.connection.close()


class Wire:
    """A TCP connection to the broker that a test can cut; what connects again gets through again."""

    def __init__(self, url: URL) -> None:
        self.url = ""
        self._target = url
        self._ends: set[asyncio.StreamWriter] = set()

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncGenerator["Wire"]:
        wire = cls(URL(url))
        async with await asyncio.start_server(wire._connect, "127.0.0.1", 0) as server:
            wire.url = str(wire._target.with_port(server.sockets[0].getsockname()[1]))
            yield wire
            wire.cut()

    def cut(self) -> None:
        for end in self._ends:
            end.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, target = await asyncio.open_connection(self._target.host, self._target.port)
        self._ends |= {writer, target}
        await asyncio.gather(_pump(reader, target), _pump(onward, writer))
        self._ends -= {writer, target}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Town:
    """Everything together. Roads lead from the gateway to intake and routing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = PrivateBroker(folder / "broker")
        self.store = EmbeddedStore(folder / "store")
        self.tokens = Tokens(SECRET)
        self.ports: dict[Service, int] = {service: free_port() for service in SERVICES}
        self.roads: dict[Service, Road] = {"intake": Road(self.ports["intake"]), "routing": Road(self.ports["routing"])}
        self.http = httpx.AsyncClient(timeout=30)
        self.processes: dict[str, Child] = {}

    async def start(self) -> None:
        what = definitions(load_directory(DIRECTORY), password=self.broker.password)
        await asyncio.gather(self.broker.start(what), self.store.start(SERVICES))
        self.sink = SpanSink()
        for service in SERVICES:
            self.start_service(service)
        await asyncio.gather(*(self.ready(service) for service in SERVICES))

    async def stop(self) -> None:
        await self.http.aclose()
        await asyncio.gather(*(child.stop() for child in self.processes.values()))
        for road in (*self.roads.values(), self.sink):
            road.close()
        await asyncio.gather(self.broker.stop(), self.store.stop())

    def start_service(self, service: Service, **more: str) -> None:
        environment = {
            "ZTC_PORT": str(self.ports[service]),
            "ZTC_AMQP_URL": self.broker.url(VHOST, user=service),
            "ZTC_MONGO_URL": self.store.url(service),
            "ZTC_TOKEN_SECRET": SECRET,
            "ZTC_OTLP_ENDPOINT": f"http://127.0.0.1:{self.sink.port}",
            "ZTC_PEERS": json.dumps({name: f"http://127.0.0.1:{road.port}" for name, road in self.roads.items()}),
        }
        self.processes[service] = Child(
            service,
            [sys.executable, "-m", f"services.{service}"],
            environment=plain_environment(**environment, **more),
            folder=ROOT,
            log=self.folder / f"{service}.log",
        )
        self.processes[service].start()

    async def ready(self, service: Service) -> None:
        async def probe() -> None:
            (await self.http.get(f"{self.url(service)}/readyz")).raise_for_status()
            if service == "gateway":
                assert not (await self.figures())["lines_down"]

        await self.processes[service].ready(probe, seconds=PATIENCE)

    def url(self, service: Service) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    @contextmanager
    def trouble(self, service: Service, trouble: Callable[[str], int | None]) -> Generator[None]:
        """On the road to a service: by path, wait or give the status to answer instead."""
        road = self.roads[service]
        road.trouble = trouble
        try:
            yield
        finally:
            road.trouble = lambda path: None

    async def figures(self) -> dict[str, int]:
        """The gateway's own."""
        text = (await self.http.get(f"{self.url('gateway')}/metrics")).text
        lines = [line.split() for line in text.splitlines() if not line.startswith("#")]
        return {name.split("{")[0].removeprefix("ztc_"): int(float(value)) for name, value in lines}

    async def comes_true(self, wanted: Callable[[dict[str, int]], bool]) -> None:
        """Until the gateway's figures are as wanted."""
        async with asyncio.timeout(PATIENCE):
            while not wanted(await self.figures()):
                await asyncio.sleep(0.02)

    async def ask(self, method: str, service: Service, path: str, *roles: Role, body: Any = None) -> httpx.Response:
        token = self.tokens.sign(Caller(subject="test", roles=frozenset(roles)))
        headers = {"authorization": f"Bearer {token}"}
        return await self.http.request(method, self.url(service) + path, json=body, headers=headers)

    async def say_fact(self, fact: Event, *, by: Service) -> None:
        """Publish a fact as the service that says it."""
        connection = await aio_pika.connect(self.broker.url(VHOST, user=by))
        async with connection:
            channel = await connection.channel(on_return_raises=True)
            exchange = await channel.get_exchange(EXCHANGE, ensure=False)
            message = aio_pika.Message(
                fact.model_dump_json().encode(), message_id=fact.id, type=fact.type, delivery_mode=2
            )
            await exchange.publish(message, routing_key=fact.type, mandatory=True)

    @asynccontextmanager
    async def outsider(self, party: str, *, unit: bool = False) -> AsyncGenerator[Outsider]:
        outsider = await Outsider.connect(self.party_url(party), party, unit=unit)
        try:
            yield outsider
        finally:
            await outsider.close()

    def party_url(self, party: str) -> str:
        return self.broker.url(vhost(party), user=party)

    async def accept(self, case: str, **change: Any) -> None:
        """Screening: the city's department for the category is to work on it."""
        body = {"category": "industry", "district": "445102", "level": "city"} | change
        (await self.ask("POST", "intake", f"/appeals/{case}/acceptance", "screener", body=body)).raise_for_status()

    async def quarantine(self) -> list[dict[str, Any]]:
        return (await self.ask("GET", "gateway", "/quarantine", "ops")).raise_for_status().json()

    async def span(self, case: str, name: str) -> dict[str, Any]:
        """The span of that name in the trace of a case, once it arrived."""
        wanted = trace_id(case).to_bytes(16, "big")
        async with asyncio.timeout(PATIENCE):
            while True:
                for span in self.sink.spans:
                    if span["trace"] == wanted and span["name"] == name:
                        return span
                await asyncio.sleep(0.05)


class SpanSink:
    """Receives OTLP over HTTP and keeps name, trace, parent and attributes of every span."""

    def __init__(self) -> None:
        self.spans: list[dict[str, Any]] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    for scope in resource.scope_spans:
                        sink.spans += [
                            {
                                "name": span.name,
                                "trace": span.trace_id,
                                "parent": span.parent_span_id,
                                "kind": span.kind,
                                "attributes": {a.key: a.value.string_value for a in span.attributes},
                            }
                            for span in scope.spans
                        ]
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


hardened.install()
