"""Fixtures that every test may ask for. Servers are real; one that is missing is a failure, never a skip.

- `servers`: broker and store for the whole session. Ours by default (private node, embedded store, in a temporary
  folder); those of `AMQP_URL` and `MONGO_URL` (administrators' URLs) when both are set; containers when ours cannot be
  installed here and a container engine answers.
- `frail_broker`: a private node with the inner vhost alone, which a test may freeze or kill; it runs again afterwards.
- `database`: an empty database of one test.
- `open_bus`: opens a service's side of the bus; the queues of `servers` are empty at the start, and every bus is
  stopped at the end.
- `peek`: looks into queues and sends raw messages.
- `traced`: a tracer whose finished spans can be read.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, Protocol

import aio_pika
import hypothesis
import psutil
import pytest
import pytest_asyncio
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pymongo.asynchronous.database import AsyncDatabase

from contracts.catalogue import SERVICES, Service, heard_by
from deploy.embedded.broker import ADMIN, PrivateBroker
from deploy.embedded.definitions import Definitions
from deploy.embedded.install import CannotInstall, ensure_installed
from deploy.embedded.store import EmbeddedStore
from deploy.topology import definitions
from deploy.ztc.requirements import node_of, read_ledger
from libs import topology
from libs.bus import Bus, Handler
from libs.files import load_directory
from libs.policy.directory import Directory
from libs.store import connect
from libs.telemetry import Tracer, start_tracing
from tests.sharing import Sharing, as_if_alone, in_order
from tests.support import Peek, peek_at

ROOT = Path(__file__).parents[1]

# How long an example takes says how busy the machine is, and nothing of the rule.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--ledger", action="store_true", help="fail when a test that the ledger names did not run and pass"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Ran(config))
    if hasattr(config, "workerinput"):
        as_if_alone()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    return Sharing(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = in_order(items)


class Ran:
    """Which tests ran and passed, in whichever process."""

    def __init__(self, config: pytest.Config) -> None:
        self._asked = config.getoption("--ledger") and not hasattr(config, "workerinput")
        self._passed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._passed.update((report.nodeid, report.nodeid.partition("[")[0]))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A row of the five regulations is proven only by tests that ran."""
        if not self._asked or exitstatus != 0:
            return
        named = {node_of(test) for row in read_ledger().values() for test in row.tests}
        if missing := sorted(named - self._passed):
            reporter = session.config.pluginmanager.get_plugin("terminalreporter")
            for test in missing:
                reporter.write_line(f"the ledger names {test}, which did not run", red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


DIRECTORY = load_directory(ROOT / "deploy/directory/chaozhou.yaml")


@dataclass(frozen=True)
class Servers:
    """Where broker and store are. `amqp`: a service's URL of the inner vhost, with no more than its own rights."""

    amqp: Callable[[str], str]
    amqp_admin: str
    mongo_admin: str


@pytest_asyncio.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    async with AsyncExitStack() as stack:
        if "AMQP_URL" in os.environ and "MONGO_URL" in os.environ:
            yield await _given(os.environ["AMQP_URL"], os.environ["MONGO_URL"])
            return
        try:
            await asyncio.to_thread(ensure_installed, print)
        except CannotInstall as cannot:
            yield await _given(*_containers(stack, cannot))
            return
        yield await _own(tmp_path_factory.mktemp("servers"), stack)


def inner(broker: PrivateBroker) -> Definitions:
    """The inner vhost and the services' users, and nobody outside."""
    nobody_outside = DIRECTORY.file.model_copy(update={"channels": (), "jurisdictions": ()})
    return definitions(Directory(nobody_outside), password=broker.password)


async def _own(folder: Path, stack: AsyncExitStack) -> Servers:
    broker, store = PrivateBroker(folder / "broker"), EmbeddedStore(folder / "store")
    stack.push_async_callback(broker.stop)
    stack.push_async_callback(store.stop)
    await asyncio.gather(broker.start(inner(broker)), store.start(SERVICES))
    return Servers(
        amqp=lambda user: broker.url(topology.VHOST, user=user),
        amqp_admin=broker.url(topology.VHOST),
        mongo_admin=store.admin_url,
    )


class FrailBroker:
    """A private node that may be frozen and killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._node = PrivateBroker(folder)
        self._what = inner(self._node)

    def url(self, user: str = ADMIN) -> str:
        return self._node.url(topology.VHOST, user=user)

    async def start(self) -> None:
        await self._node.start(self._what)

    async def stop(self) -> None:
        """Ends it and whatever is left of it; it may be started again."""
        await self._node.stop()

    def signal(self, number: signal.Signals) -> None:
        """To the node itself: SIGSTOP freezes it, SIGCONT thaws it, SIGKILL is a power cut."""
        for process in psutil.process_iter(["name", "cwd"]):
            # Of what has ended meanwhile these are None.
            if process.info["name"] == "beam.smp" and process.info["cwd"] == str(self._folder):
                process.send_signal(number)
                return
        raise ProcessLookupError("the node is not running")


@pytest_asyncio.fixture(scope="session")
async def frail_broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FrailBroker]:
    broker = FrailBroker(tmp_path_factory.mktemp("frail"))
    await broker.start()
    # RabbitMQ writes down within half a second which quorum queues there are; one declared just before a power cut has
    # no leader afterwards. Ours are declared long before.
    await asyncio.sleep(1)
    yield broker
    await broker.stop()


async def _given(amqp: str, mongo: str) -> Servers:
    """Servers that stand already: the inner topology is declared, everybody comes as the administrator."""
    async with await aio_pika.connect(amqp) as connection:
        channel = await connection.channel()
        for name, kind in topology.exchanges().items():
            await channel.declare_exchange(name, aio_pika.ExchangeType(kind), durable=True)
        for name, arguments in topology.queues().items():
            await channel.declare_queue(name, durable=True, arguments={**arguments})
        for exchange, queue, key in topology.bindings():
            await (await channel.get_queue(queue)).bind(exchange, key)
    return Servers(amqp=lambda user: amqp, amqp_admin=amqp, mongo_admin=mongo)


def _containers(stack: AsyncExitStack, cannot: CannotInstall) -> tuple[str, str]:
    from testcontainers.mongodb import MongoDbContainer
    from testcontainers.rabbitmq import RabbitMqContainer

    try:
        rabbit = stack.enter_context(RabbitMqContainer("rabbitmq:4.1"))
        mongo = stack.enter_context(MongoDbContainer("mongo:8"))
    except Exception as no_engine:
        raise cannot from no_engine
    at = f"{rabbit.get_container_host_ip()}:{rabbit.get_exposed_port(5672)}"
    return f"amqp://guest:guest@{at}/", mongo.get_connection_url()


@pytest_asyncio.fixture
async def database(servers: Servers) -> AsyncIterator[AsyncDatabase[dict[str, Any]]]:
    name = f"test_{token_hex(6)}"
    async with connect(servers.mongo_admin) as client:
        yield client[name]
        await client.drop_database(name)


@pytest_asyncio.fixture
async def peek(servers: Servers) -> AsyncIterator[Peek]:
    async with peek_at(servers.amqp_admin) as peek:
        yield peek


class OpenBus(Protocol):
    async def __call__(
        self,
        service: Service,
        hear: Handler | None = None,
        *,
        url: str = "",
        outages: tuple[type[Exception], ...] = (),
    ) -> Bus: ...


@pytest_asyncio.fixture
async def open_bus(servers: Servers, peek: Peek, traced: "Traced") -> AsyncIterator[OpenBus]:
    """`await open_bus("gateway", handler)`: `handler` gets whatever the service hears."""
    await peek.purge()
    buses: list[Bus] = []

    async def open(
        service: Service,
        hear: Handler | None = None,
        *,
        url: str = "",
        outages: tuple[type[Exception], ...] = (),
    ) -> Bus:
        bus = Bus(service, url or servers.amqp(service), traced.tracer, outages=outages)
        if hear is not None:
            bus.hear(dict.fromkeys(heard_by(service), hear))
        await bus.start()
        buses.append(bus)
        return bus

    yield open
    for bus in buses:
        with suppress(ConnectionError):
            await bus.stop()


@dataclass(frozen=True)
class Traced:
    """A tracer and what it recorded."""

    tracer: Tracer
    _provider: TracerProvider
    _exporter: InMemorySpanExporter

    def spans(self) -> list[ReadableSpan]:
        """Every span that has ended, in the order of their ends."""
        self._provider.force_flush()
        return list(self._exporter.get_finished_spans())


@pytest.fixture
def traced() -> Iterator[Traced]:
    exporter = InMemorySpanExporter()
    provider = start_tracing("test", exporter=exporter)
    yield Traced(Tracer(provider), provider, exporter)
    provider.shutdown()
