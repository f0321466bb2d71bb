"""The one-machine servers: they ask for passwords, meet nobody, keep their data, and leave nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aio_pika
import psutil
import pytest
import pytest_asyncio
from aiormq.exceptions import AMQPError
from pydantic import SecretStr
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from deploy.embedded.broker import PrivateBroker
from deploy.embedded.definitions import Binding, Definitions, Exchange, Permission, Queue, User
from deploy.embedded.install import STORE_VERSION, CannotInstall, Facts, ensure_installed, plan
from deploy.embedded.processes import Child, DidNotStart, FolderInUse, free_port, plain_environment
from deploy.embedded.store import EmbeddedStore

ROOT = Path(__file__).parents[2]
INNER = Definitions(
    vhosts=("inner",),
    users=(User(name="intake", password=SecretStr("of-intake")),),
    permissions=(Permission(user="intake", vhost="inner", write="^facts$", read="^intake$"),),
    exchanges=(Exchange(name="facts", vhost="inner"),),
    queues=(Queue(name="intake", vhost="inner"),),
    bindings=(Binding(vhost="inner", exchange="facts", queue="intake", routing_key="#"),),
)


@dataclass
class Copy:
    """One copy of the one-machine servers."""

    folder: Path
    broker: PrivateBroker
    store: EmbeddedStore

    @classmethod
    def at(cls, folder: Path) -> "Copy":
        return cls(folder, PrivateBroker(folder / "broker"), EmbeddedStore(folder / "store"))

    async def start(self) -> None:
        await asyncio.gather(self.broker.start(INNER), self.store.start(["intake", "routing"]))

    async def stop(self) -> None:
        await asyncio.gather(self.broker.stop(), self.store.stop())


@pytest_asyncio.fixture(scope="module")
async def copies(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Copy, Copy]]:
    first, second = (Copy.at(tmp_path_factory.mktemp(name)) for name in ("潮州 one", "two"))
    await asyncio.gather(first.start(), second.start())
    yield first, second
    await asyncio.gather(first.stop(), second.stop())
    assert processes_of(first.folder) == []
    assert processes_of(second.folder) == []


@pytest.fixture
def copy(copies: tuple[Copy, Copy]) -> Copy:
    return copies[0]


def processes_of(folder: Path) -> list[psutil.Process]:
    """Every process that has the folder in its command line, environment or working directory."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            traces = [*process.cmdline(), *process.environ().values(), process.cwd()]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if any(str(folder) in trace for trace in traces):
            found.append(process)
    return found


async def amqp_refuses(url: str) -> bool:
    try:
        async with await aio_pika.connect(url, timeout=5):
            return False
    except AMQPError:
        return True


async def store_refuses(url: str, database: str) -> bool:
    async with AsyncMongoClient[dict[str, object]](url, serverSelectionTimeoutMS=2000) as client:
        try:
            await client[database]["cases"].find_one()
        except OperationFailure:
            return True
        return False


async def test_the_broker_refuses_guest_and_a_wrong_password(copy: Copy):
    right = copy.broker.url("/")
    password = copy.broker.password("ztc-admin")
    assert not await amqp_refuses(right)
    assert await amqp_refuses(right.replace(f"ztc-admin:{password}", "guest:guest"))
    assert await amqp_refuses(right.replace(password, "x" * len(password)))


async def test_a_broker_user_reaches_its_own_virtual_host_only(copy: Copy):
    of_intake = copy.broker.url("inner").replace(f"ztc-admin:{copy.broker.password('ztc-admin')}", "intake:of-intake")
    assert not await amqp_refuses(of_intake)
    assert await amqp_refuses(of_intake.replace("/inner", "/%2F"))


async def test_the_store_refuses_strangers_and_a_wrong_password(copy: Copy):
    right = copy.store.url("intake")
    credentials = right.removeprefix("mongodb://").split("@")[0]
    assert not await store_refuses(right, "intake")
    assert await store_refuses(right.replace(credentials, "intake:wrong"), "intake")
    stranger = right.replace(f"{credentials}@", "").replace("&authSource=intake", "")
    assert await store_refuses(stranger, "intake")


async def test_a_store_user_reaches_its_own_database_only(copy: Copy):
    assert not await store_refuses(copy.store.url("intake"), "intake")
    assert await store_refuses(copy.store.url("intake"), "routing")


def test_everything_listens_on_this_machine_only(copy: Copy):
    listening = [
        place.laddr.ip
        for process in processes_of(copy.folder)
        for place in process.net_connections()
        if place.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 4
    assert set(listening) <= {"127.0.0.1", "::1"}


def test_only_their_owner_may_read_what_holds_passwords(copy: Copy):
    for name in (
        "broker/broker.json",
        "broker/definitions.json",
        "broker/home/.erlang.cookie",
        "store/store.json",
    ):
        assert (copy.folder / name).stat().st_mode & 0o077 == 0
    assert copy.broker.password("ztc-admin") not in (copy.folder / "broker/definitions.json").read_text()


async def test_two_copies_do_not_meet(copies: tuple[Copy, Copy]):
    first, second = copies
    assert await amqp_refuses(
        second.broker.url().replace(second.broker.password("ztc-admin"), first.broker.password("ztc-admin"))
    )
    await first.broker.declare(Definitions(vhosts=("only-here",)))
    assert not await amqp_refuses(first.broker.url("only-here"))
    assert await amqp_refuses(second.broker.url("only-here"))


async def test_a_folder_serves_one_copy_at_a_time(copy: Copy):
    with pytest.raises(FolderInUse, match=f"in use by pid {os.getpid()}"):
        await Copy.at(copy.folder).broker.start()
    with pytest.raises(FolderInUse, match=f"in use by pid {os.getpid()}"):
        await Copy.at(copy.folder).store.start([])
    assert copy.broker.alive
    assert copy.store.alive


async def test_a_party_is_declared_while_the_broker_runs(copy: Copy):
    names = [f"dept_{number:03}" for number in range(50)]
    await copy.broker.declare(
        Definitions(
            vhosts=tuple(names),
            users=tuple(User(name=name, password=SecretStr(copy.broker.password(name))) for name in names),
            permissions=tuple(Permission(user=name, vhost=name, read="^assign$") for name in names),
        )
    )
    for name in names:
        assert not await amqp_refuses(copy.broker.url(name, user=name))


async def test_data_passwords_and_addresses_survive_a_restart(copy: Copy):
    amqp, mongo = copy.broker.url("inner"), copy.store.url("intake")
    async with await aio_pika.connect(amqp) as connection:
        facts = await (await connection.channel()).get_exchange("facts")
        await facts.publish(
            aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT), routing_key="a.b"
        )
    async with AsyncMongoClient[dict[str, object]](mongo) as client:
        await client.intake.cases.insert_one({"_id": "kept"})

    await copy.stop()
    assert processes_of(copy.folder) == []
    await copy.start()

    assert (copy.broker.url("inner"), copy.store.url("intake")) == (amqp, mongo)
    async with await aio_pika.connect(amqp) as connection:
        queue = await (await connection.channel()).get_queue("intake")
        message = await queue.get(no_ack=True)
        assert message.body == b"kept"
    async with AsyncMongoClient[dict[str, object]](mongo) as client:
        assert await client.intake.cases.find_one() == {"_id": "kept"}


SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from deploy.embedded.broker import PrivateBroker
from deploy.embedded.store import EmbeddedStore

async def main(folder):
    broker, store = PrivateBroker(folder / "broker"), EmbeddedStore(folder / "store")
    await asyncio.gather(broker.start(), store.start(["intake"]))
    try:
        print("ready", flush=True)
        await asyncio.Event().wait()
    finally:
        await asyncio.gather(broker.stop(), store.stop())

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


async def test_a_supervisor_killed_outright_leaves_nothing_and_its_folder_starts_again(
    supervised: subprocess.Popen[str], tmp_path: Path
):
    running = processes_of(tmp_path)
    assert {"beam.smp", "epmd", "secantusd-rs", "erl_child_setup"} <= {process.name() for process in running}
    supervised.kill()
    supervised.wait()
    _, left = psutil.wait_procs(running, timeout=5)
    assert left == []
    again = Copy.at(tmp_path)
    await again.store.start([])
    await again.store.stop()
    assert processes_of(tmp_path) == []


async def test_a_supervisor_interrupted_leaves_nothing(supervised: subprocess.Popen[str], tmp_path: Path):
    supervised.send_signal(signal.SIGINT)
    supervised.wait(20)
    assert processes_of(tmp_path) == []


async def test_a_child_that_ignores_the_request_is_killed_with_all_it_started(tmp_path: Path):
    script = (
        "trap '' TERM; setsid sh -c 'trap \"\" TERM; while :; do sleep 60; done' & echo up; while :; do sleep 60; done"
    )
    child = Child(
        "stubborn", ["sh", "-c", script], environment=plain_environment(), folder=tmp_path, log=tmp_path / "log"
    )
    child.start()

    async def is_up() -> None:
        assert "up" in child.last_words()

    await child.ready(is_up, seconds=5)
    await child.stop(grace=0.1)
    assert not child.alive
    assert processes_of(tmp_path) == []


async def test_a_child_that_ends_at_once_says_why(tmp_path: Path):
    child = Child(
        "doomed",
        ["sh", "-c", "echo no such setting; exit 3"],
        environment=plain_environment(),
        folder=tmp_path,
        log=tmp_path / "log",
    )
    child.start()

    async def never() -> None:
        raise OSError

    with pytest.raises(DidNotStart, match="no such setting"):
        await child.ready(never, seconds=5)
    assert await child.ended() == 3


async def test_a_port_in_use_is_not_offered():
    taken = free_port()
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", taken)
    async with server:
        assert free_port(taken) != taken
    assert free_port(taken) == taken


FULL = Facts(rabbitmq=(3, 10, 8), store=STORE_VERSION, root=False, sudo=False, apt=False)
NO_RABBITMQ = Facts(rabbitmq=None, store=STORE_VERSION, root=False, sudo=False, apt=True)


def test_nothing_is_installed_where_all_is_there():
    assert plan(FULL) is None
    ensure_installed(pytest.fail)


def test_root_and_passwordless_sudo_install_from_the_distribution():
    as_root = plan(Facts(**{**vars(NO_RABBITMQ), "root": True}))
    assert as_root is not None
    assert as_root[0] == "sh"
    by_sudo = plan(Facts(**{**vars(NO_RABBITMQ), "sudo": True}))
    assert by_sudo == ["sudo", "-n", *as_root]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"rabbitmq": None, "apt": True}, "apt-get install --no-install-recommends rabbitmq-server"),
        ({"rabbitmq": None, "root": True}, "no apt-get"),
        ({"rabbitmq": (3, 9, 13), "root": True, "apt": True}, "RabbitMQ 3.9.13 is installed, 3.10 or later"),
        ({"store": None}, "uv sync --extra embedded"),
        ({"store": "0.5.0"}, f"{STORE_VERSION}, but version 0.5.0 is installed"),
    ],
)
def test_where_it_may_not_install_it_says_what_to_install_and_how(facts: dict[str, object], sentence: str):
    with pytest.raises(CannotInstall) as refusal:
        plan(Facts(**{**vars(FULL), **facts}))
    assert sentence in str(refusal.value)
