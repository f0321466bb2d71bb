"""`ztc dead`: what services could not take. Messages wait in `<service>.dead` until somebody has a look and replays them.

Looking takes nothing away: messages are fetched without being acknowledged, and the broker has them back at the end.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

import aio_pika
import typer
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, DeliveryError
from rich import box
from rich.table import Table

from contracts.catalogue import SERVICES, Service
from deploy.ztc.console import console, refuse
from deploy.ztc.running import FolderOption, NotRunning, Running, chosen
from libs import hardened
from libs.policy.shanghai import local
from libs.topology import dead_queue

T = TypeVar("T")
AT_ONCE = 1000
CONFIRM_SECONDS = 5
OF_THE_PARKING = (
    "x-reason",
    "x-parked-at",
    "x-attempt",
    "x-death",
    "x-first-death-",
    "x-last-death-",
    "x-delivery-",
    "x-acquired-",
)
"""Beginnings of the headers that tell how a message came to be parked; a replayed one starts afresh."""

app = typer.Typer(help="Messages that services could not take: list, show, replay.", no_args_is_help=True)


class NotReplayed(Exception):
    """The message stays where it is; the text says why."""


@dataclass(frozen=True)
class DeadMessage:
    """A parked message. `since`: when it was parked by the machine's clock, None when nobody noted it; `attempts`: how
    often it had been put off before."""

    service: Service
    message: AbstractIncomingMessage

    @property
    def id(self) -> str:
        """Its own id; for one that has none, `content-` and a digest of its body."""
        return self.message.message_id or f"content-{blake2b(self.message.body, digest_size=8).hexdigest()}"

    @property
    def type(self) -> str:
        return self.message.type or ""

    @property
    def case(self) -> str:
        body = self.body
        return str(body.get("case", "")) if isinstance(body, dict) else ""

    @property
    def reason(self) -> str:
        headers = self.message.headers
        return str(headers.get("x-reason") or headers.get("x-first-death-reason") or self.undecodable or "")

    @property
    def undecodable(self) -> str:
        """Of which kind the error was, where its properties could not be read; else ""."""
        error = self.message.headers.get("x-undecodable")
        return f"undecodable: {error}" if error else ""

    @property
    def since(self) -> datetime | None:
        parked = self.message.headers.get("x-parked-at")
        return datetime.fromtimestamp(parked, UTC) if isinstance(parked, int) else None

    @property
    def attempts(self) -> int:
        put_off = self.message.headers.get("x-attempt")
        return put_off if isinstance(put_off, int) else 0

    @property
    def body(self) -> Any:
        """What it says, where that is JSON; else None."""
        try:
            return json.loads(self.message.body)
        except (ValueError, RecursionError):
            return None


# The broker -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def channel_to(url: str) -> AsyncGenerator[AbstractChannel]:
    """A channel on which a publish is confirmed or raises. At its end the broker takes back what was only looked at."""
    hardened.install()
    async with await aio_pika.connect(url, timeout=10) as connection:
        yield await connection.channel(publisher_confirms=True, on_return_raises=True)


async def counts(channel: AbstractChannel) -> dict[Service, int]:
    """How many messages are parked, by service."""
    number: dict[Service, int] = {}
    for service in SERVICES:
        queue = await channel.declare_queue(dead_queue(service), passive=True)
        number[service] = queue.declaration_result.message_count or 0
    return number


async def parked(channel: AbstractChannel, service: Service) -> list[DeadMessage]:
    """A service's parked messages, the oldest first, at most a thousand. They stay unacknowledged until the channel closes."""
    queue = await channel.declare_queue(dead_queue(service), passive=True)
    found: list[DeadMessage] = []
    while len(found) < AT_ONCE and (message := await queue.get(fail=False)) is not None:
        found.append(DeadMessage(service, message))
    return found


async def find(channel: AbstractChannel, id: str) -> DeadMessage | None:
    """The parked message with this id, in whichever service's queue."""
    for service in SERVICES:
        for dead in await parked(channel, service):
            if dead.id == id:
                return dead
    return None


async def replay(channel: AbstractChannel, dead: DeadMessage) -> None:
    """Hand it to its service once more, as it was, and take it away only when the broker has it in the service's queue.

    Raises `NotReplayed`. A crash in between leaves it in both queues, which the service shrugs off by its id.
    """
    if dead.undecodable:
        raise NotReplayed(f"{dead.id}: its properties cannot be read ({dead.undecodable}), so nobody could take it")
    again = aio_pika.Message(
        dead.message.body,
        message_id=dead.message.message_id,
        type=dead.message.type,
        headers={name: value for name, value in dead.message.headers.items() if not name.startswith(OF_THE_PARKING)},
        content_type=dead.message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    try:
        await channel.default_exchange.publish(again, routing_key=dead.service, mandatory=True, timeout=CONFIRM_SECONDS)
    except (DeliveryError, TimeoutError) as error:
        raise NotReplayed(f"{dead.id}: {dead.service}'s queue did not take it ({type(error).__name__})") from None
    await dead.message.ack()


# Commands -------------------------------------------------------------------------------------------------------------


@app.command("list")
def list_(folder: FolderOption = None) -> None:
    """How many messages are parked at each service, and which."""

    async def look(channel: AbstractChannel) -> tuple[dict[Service, int], list[DeadMessage]]:
        number = await counts(channel)
        return number, [dead for service in SERVICES if number[service] for dead in await parked(channel, service)]

    number, found = _with_channel(look, folder)
    console.print("   ".join(f"{service} {count}" for service, count in number.items()))
    if found:
        console.print(_table(found))


@app.command()
def show(id: Annotated[str, typer.Argument(help="As `ztc dead list` shows it.")], folder: FolderOption = None) -> None:
    """One parked message: where, why, and what it says. Facts hold no words of an appeal and nobody's data."""
    dead = _with_channel(lambda channel: find(channel, id), folder)
    if dead is None:
        refuse(f"no parked message is called {id}; `ztc dead list` shows them all")
    for name, value in (
        ("service", dead.service), ("id", dead.id), ("type", dead.type), ("case", dead.case),
        ("reason", dead.reason), ("since", _moment(dead.since)), ("attempts", dead.attempts),
        ("traceparent", dead.message.headers.get("traceparent") or ""),
    ):  # fmt: skip
        console.print(f"{name:12} {value}", markup=False, soft_wrap=True)
    if dead.body is None:
        console.print(f"{'body':12} {len(dead.message.body)} bytes that are no JSON", markup=False)
    else:
        console.print_json(json.dumps(dead.body))


@app.command("replay")
def replay_(
    id: Annotated[str | None, typer.Argument(help="One message, as `ztc dead list` shows it.")] = None,
    all_of: Annotated[str | None, typer.Option("--all", metavar="SERVICE", help="All of one service's.")] = None,
    folder: FolderOption = None,
) -> None:
    """Hand parked messages to their service once more."""
    if (id is None) == (all_of is None):
        refuse("name one message, or all of a service with --all SERVICE")
    services: list[Service] = [service for service in SERVICES if service == all_of]
    if all_of is not None and not services:
        refuse(f"there is no service {all_of!r}; there are {', '.join(SERVICES)}")

    async def hand_over(channel: AbstractChannel) -> tuple[int, list[str]]:
        if id is None:
            wanted = await parked(channel, services[0])
        elif one := await find(channel, id):
            wanted = [one]
        else:
            return 0, [f"no parked message is called {id}; `ztc dead list` shows them all"]
        kept: list[str] = []
        for dead in wanted:
            try:
                await replay(channel, dead)
            except NotReplayed as error:
                kept.append(str(error))
        return len(wanted) - len(kept), kept

    done, kept = _with_channel(hand_over, folder)
    console.print(f"{done} replayed")
    if kept:
        refuse("; ".join(kept))


def _with_channel(work: Callable[[AbstractChannel], Awaitable[T]], folder: FolderOption) -> T:
    async def run() -> T:
        running = Running.at(chosen(folder))
        async with channel_to(running.amqp_admin.get_secret_value()) as channel:
            return await work(channel)

    try:
        return asyncio.run(run())
    except NotRunning as error:
        refuse(str(error))
    except (AMQPError, OSError, TimeoutError) as error:
        # Its text may hold the address with the password.
        refuse(f"the broker cannot be asked ({type(error).__name__}); does the system still run?")


def _moment(instant: datetime | None) -> str:
    return f"{local(instant):%Y-%m-%d %H:%M:%S}" if instant else ""


def _table(found: list[DeadMessage]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("service", "id", "type", "case", "reason", "since", "attempts"):
        table.add_column(column, overflow="fold")
    for dead in found:
        table.add_row(
            dead.service, dead.id, dead.type, dead.case, dead.reason, _moment(dead.since), str(dead.attempts)
        )  # fmt: skip
    return table
