"""A RabbitMQ node of our own: own name, cookie, ports, port mapper and data, heard on 127.0.0.1 only."""

import asyncio
import json
import os
import secrets
from functools import partial
from pathlib import Path
from urllib.parse import quote

import aio_pika
from aiormq.exceptions import AMQPError
from pydantic import BaseModel, SecretStr

from deploy.embedded.definitions import Definitions, Permission, User
from deploy.embedded.processes import (
    Child,
    DidNotStart,
    FolderLock,
    connect,
    free_port,
    plain_environment,
    write_private,
)

# The package's wrapper in the path changes to the user rabbitmq and to the machine's shared node; these do not.
SCRIPTS = Path("/usr/lib/rabbitmq/bin")
ADMIN = "ztc-admin"
HEARTBEAT_SECONDS = 10
MAX_MESSAGE_BYTES = 262_144
# What the write-ahead log of the quorum queues may hold in memory; RabbitMQ's own default is 512 MB.
WAL_MAX_BYTES = 67_108_864


class _Kept(BaseModel):
    """What must be the same at the next start on the same folder."""

    # In the data on disk, hence never derived from the folder's path, which may change.
    node: str
    amqp_port: int = 0
    dist_port: int = 0
    epmd_port: int = 0
    passwords: dict[str, str] = {}


class PrivateBroker:
    """One private RabbitMQ node and its data, all within `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._lock = FolderLock(self._folder / "broker.lock")
        self._epmd: Child | None = None
        self._node: Child | None = None

    @property
    def alive(self) -> bool:
        return all(child is not None and child.alive for child in (self._epmd, self._node))

    @property
    def pid(self) -> int:
        """The node's process, for those who must measure or freeze it."""
        if self._node is None:
            raise RuntimeError("the broker was not started")
        return self._node.pid

    def url(self, vhost: str = "/", *, user: str = ADMIN) -> str:
        """The AMQP URL of a user whose password this folder keeps."""
        return self._url(user, self.password(user), vhost)

    def password(self, user: str) -> str:
        """A user's password: made at the first asking, the same ever after."""
        kept = self._kept()
        if user not in kept.passwords:
            kept.passwords[user] = secrets.token_urlsafe(24)
            self._keep(kept)
        return kept.passwords[user]

    async def start(self, definitions: Definitions | None = None) -> None:
        """Starts the node and returns once a message went through it and back.

        The definitions are imported before it listens; what an earlier start defined stays. Raises FolderInUse
        when another copy works here, DidNotStart when the node does not come up.
        """
        await self._lock.take()
        try:
            self._choose_ports()
            self._write_settings(definitions or Definitions())
            self._epmd = self._child("epmd", "epmd", "-port", str(self._kept().epmd_port), "-address", "127.0.0.1")
            self._node = self._child("rabbitmq", SCRIPTS / "rabbitmq-server")
            self._epmd.start()
            # The node looks for the port mapper once, at its start.
            await self._epmd.ready(self._epmd_listens, seconds=10)
            self._node.start()
            await self._node.ready(self._round_trip, seconds=90)
            await self._holds(definitions or Definitions())
        except BaseException:
            await self.stop()
            raise

    async def declare(self, definitions: Definitions) -> None:
        """Imports further definitions into the running node, in one call of about two seconds."""
        file = self._folder / "declare.json"
        write_private(file, json.dumps(self._with_admin(definitions).as_rabbitmq()))
        control = self._child("rabbitmqctl", SCRIPTS / "rabbitmqctl", "import_definitions", file.name)
        control.start()
        try:
            async with asyncio.timeout(60):
                code = await control.ended()
            if code != 0:
                raise DidNotStart(f"rabbitmqctl could not import the definitions\n{control.last_words()}")
        finally:
            await control.stop()
            file.unlink()
        # The import goes on in the node after the call.
        assert self._node
        passwords = {user.name: user.password.get_secret_value() for user in definitions.users}
        for granted in definitions.permissions:
            if password := passwords.get(granted.user):
                await self._node.ready(partial(self._admits, granted.user, password, granted.vhost), seconds=30)
        await self._holds(definitions)

    async def stop(self) -> None:
        """Stops the node, then its port mapper; nothing of it is left running."""
        try:
            if self._node:
                await self._node.stop(grace=30)
        finally:
            if self._epmd:
                await self._epmd.stop(grace=1)
            self._lock.release()

    def _choose_ports(self) -> None:
        kept = self._kept()
        kept.amqp_port = free_port(kept.amqp_port)
        kept.dist_port = free_port(kept.dist_port)
        kept.epmd_port = free_port(kept.epmd_port)
        self._keep(kept)

    def _write_settings(self, definitions: Definitions) -> None:
        for name in ("home", "mnesia", "log"):
            (self._folder / name).mkdir(mode=0o700, exist_ok=True)
        cookie = self._folder / "home" / ".erlang.cookie"
        if not cookie.exists():
            write_private(cookie, secrets.token_hex(24))
        write_private(self._folder / "enabled_plugins", "[].\n")
        # The admin comes with the definitions: where there are any, RabbitMQ makes no default user, so no guest.
        write_private(self._folder / "definitions.json", json.dumps(self._with_admin(definitions).as_rabbitmq()))
        # Erlang terms rather than rabbitmq.conf, whose translation costs each start another second.
        write_private(
            self._folder / "advanced.config",
            f"""[
 {{rabbit, [
   {{tcp_listeners, [{{"127.0.0.1", {self._kept().amqp_port}}}]}},
   {{heartbeat, {HEARTBEAT_SECONDS}}},
   {{max_message_size, {MAX_MESSAGE_BYTES}}},
   {{load_definitions, "definitions.json"}},
   {{log, [{{file, [{{level, info}}, {{size, 10485760}}, {{count, 3}}]}}]}}
 ]}},
 {{ra, [{{wal_max_size_bytes, {WAL_MAX_BYTES}}}]}}
].
""",
        )

    def _with_admin(self, definitions: Definitions) -> Definitions:
        vhosts = tuple(dict.fromkeys(("/", *definitions.vhosts)))
        admin = User(name=ADMIN, password=SecretStr(self.password(ADMIN)), tags=("administrator",))
        everywhere = tuple(
            Permission(user=ADMIN, vhost=vhost, configure=".*", write=".*", read=".*") for vhost in vhosts
        )
        return definitions.model_copy(
            update={
                "vhosts": vhosts,
                "users": (admin, *definitions.users),
                "permissions": (*everywhere, *definitions.permissions),
            }
        )

    def _child(self, name: str, *command: str | Path) -> Child:
        return Child(
            name,
            command,
            environment=self._environment(),
            folder=self._folder,
            log=self._folder / "log" / f"{name}.out",
            lock=self._lock,
        )

    def _environment(self) -> dict[str, str]:
        kept = self._kept()
        # The node runs in the folder. 3.10's disk monitor fails on a path that is not ASCII.
        here = str(self._folder) if str(self._folder).isascii() else "/proc/self/cwd"
        loopback_only = "-kernel inet_dist_use_interface {127,0,0,1}"
        return plain_environment(
            HOME=f"{here}/home",
            # One and the same address whatever the machine is called today.
            RABBITMQ_NODENAME=f"{kept.node}@localhost",
            RABBITMQ_DIST_PORT=str(kept.dist_port),
            ERL_EPMD_PORT=str(kept.epmd_port),
            ERL_EPMD_ADDRESS="127.0.0.1",
            ERL_ZFLAGS="-start_epmd false",
            RABBITMQ_CONF_ENV_FILE="/dev/null",
            RABBITMQ_CONFIG_FILE=f"{here}/rabbitmq.conf",
            RABBITMQ_ADVANCED_CONFIG_FILE=f"{here}/advanced.config",
            RABBITMQ_ENABLED_PLUGINS_FILE=f"{here}/enabled_plugins",
            RABBITMQ_MNESIA_BASE=f"{here}/mnesia",
            RABBITMQ_LOG_BASE=f"{here}/log",
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=f"+S 1:1 +SDcpu 1:1 {loopback_only}",
            RABBITMQ_CTL_ERL_ARGS=f"+S 1:1 {loopback_only}",
            # Makes the script become the node instead of waiting for it as a shell of its own.
            RUNNING_UNDER_SYSTEMD="true",
        )

    def _url(self, user: str, password: str, vhost: str) -> str:
        place = f"127.0.0.1:{self._kept().amqp_port}/{quote(vhost, safe='')}"
        return f"amqp://{user}:{password}@{place}?heartbeat={HEARTBEAT_SECONDS}"

    async def _admits(self, user: str, password: str, vhost: str) -> None:
        async with await aio_pika.connect(self._url(user, password, vhost)):
            pass

    async def _holds(self, definitions: Definitions) -> None:
        """Of an entry it cannot take RabbitMQ says nothing, it goes on without; here that is an error."""
        for vhost in {entry.vhost for entry in (*definitions.exchanges, *definitions.queues)}:
            async with await aio_pika.connect(self.url(vhost)) as connection:
                channel = await connection.channel()
                try:
                    for exchange in definitions.exchanges:
                        if exchange.vhost == vhost:
                            await channel.get_exchange(exchange.name)
                    for queue in definitions.queues:
                        if queue.vhost == vhost:
                            await channel.get_queue(queue.name)
                except AMQPError as missing:
                    raise DidNotStart(f"the broker did not take the definitions of {vhost}: {missing}") from missing

    async def _epmd_listens(self) -> None:
        await connect(self._kept().epmd_port)

    async def _round_trip(self) -> None:
        # While nobody listens aiormq would log an error at each attempt.
        await connect(self._kept().amqp_port)
        async with await aio_pika.connect(self.url()) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(exclusive=True)
            await channel.default_exchange.publish(aio_pika.Message(b""), routing_key=queue.name)
            await queue.get(no_ack=True)

    def _kept(self) -> _Kept:
        file = self._folder / "broker.json"
        if not file.exists():
            return _Kept(node=f"ztc-{secrets.token_hex(4)}")
        return _Kept.model_validate_json(file.read_text())

    def _keep(self, kept: _Kept) -> None:
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        write_private(self._folder / "broker.json", kept.model_dump_json(indent=1))
