"""Dead letters: what a service could not take waits in `<service>.dead` until somebody replays or discards it.

Looking takes nothing away: messages are fetched without being acknowledged and handed back. The broker takes them back in
an order of its own, so the order is told by the letters themselves, which say when they were parked. One look at a time
in a process, so whoever comes second to the same letter finds it gone. Two processes of one service may both replay it:
its id makes the second copy a known one, which changes nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, DeliveryError
from pydantic import ValidationError

from contracts.catalogue import Service
from contracts.events import EVENTS
from libs.policy.refused import Refused
from libs.topology import RETRY_SECONDS, dead_queue, retry_exchange

AT_ONCE = 1000
CONFIRM_SECONDS = 5
LOOK_SECONDS = 20
HANDED_BACK_SECONDS = 1
OF_THE_PARKING = (
    "x-reason",
    "x-parked-",
    "x-attempt",
    "x-death",
    "x-first-death-",
    "x-last-death-",
    "x-delivery-",
    "x-acquired-",
)
"""Beginnings of the headers that tell how a message came to be parked; a replayed one starts afresh."""


_SILENT = (AMQPError, ChannelInvalidStateError, ConnectionError, TimeoutError)


@dataclass(frozen=True)
class DeadLetter:
    """A parked message. `parked_at`: by the machine's clock, None when nobody noted it; `attempts`: how often it had been
    put off before."""

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
        return str((self.says or {}).get("case", ""))

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
    def parked_at(self) -> datetime | None:
        parked = self.message.headers.get("x-parked-at")
        return datetime.fromtimestamp(parked, UTC) if isinstance(parked, int) else None

    @property
    def order(self) -> tuple[int, str]:
        """Sorts letters by when they were parked, to the nanosecond."""
        headers = self.message.headers
        exact, parked = headers.get("x-parked-ns"), headers.get("x-parked-at")
        if not isinstance(exact, int):
            exact = parked * 10**9 if isinstance(parked, int) else 0
        return exact, self.id

    @property
    def attempts(self) -> int:
        put_off = self.message.headers.get("x-attempt")
        return put_off if isinstance(put_off, int) else 0

    @property
    def traceparent(self) -> str:
        return str(self.message.headers.get("traceparent") or "")

    @property
    def says(self) -> dict[str, Any] | None:
        """The fact it holds; None when it is none of the catalogue's, for then nobody knows what words stand in it."""
        try:
            return EVENTS[self.type].model_validate_json(self.message.body).model_dump(mode="json")
        except (KeyError, ValidationError):
            return None

    def shown(self) -> dict[str, Any]:
        """What an operator sees in the list."""
        return {
            "id": self.id,
            "type": self.type,
            "case": self.case,
            "reason": self.reason,
            "attempts": self.attempts,
            "parked_at": self.parked_at and self.parked_at.isoformat(),
        }


@dataclass
class Look:
    """At most a thousand letters, the longest parked first, and how many are parked altogether."""

    channel: AbstractChannel
    count: int
    letters: list[DeadLetter]
    _settled: set[int] = field(default_factory=set[int])

    def find(self, id: str) -> DeadLetter | None:
        return next((letter for letter in self.letters if letter.id == id), None)

    async def replay(self, letter: DeadLetter, service: Service) -> None:
        """Hand it to its service once more, as it was, and take it away only when the broker has it.

        It goes the way of any message that is tried again, which needs no further right, and so comes two seconds later.
        Raises `Refused` (409), and it stays. A crash in between leaves it in both queues, which the service shrugs off by its id.
        """
        if letter.undecodable:
            why = f"its properties cannot be read ({letter.undecodable}), so nobody could take it; discard it"
            raise Refused("not-replayed", why, status=409)
        message = letter.message
        again = aio_pika.Message(
            message.body,
            message_id=message.message_id,
            type=message.type,
            headers={name: value for name, value in message.headers.items() if not name.startswith(OF_THE_PARKING)},
            content_type=message.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        exchange = await self.channel.get_exchange(retry_exchange(RETRY_SECONDS[0]), ensure=False)
        try:
            await exchange.publish(again, routing_key=service, mandatory=True, timeout=CONFIRM_SECONDS)
        except (DeliveryError, TimeoutError) as error:
            why = f"the broker did not take it ({type(error).__name__}); try again"
            raise Refused("not-replayed", why, status=409) from None
        await self.take_away(letter)

    async def take_away(self, letter: DeadLetter) -> None:
        """For good."""
        self._settled.add(id(letter))
        await letter.message.ack()

    async def hand_back(self, queue: AbstractQueue) -> None:
        """What is not settled, and not over before the broker counts it among the waiting: the next look misses none."""
        kept = [letter for letter in self.letters if id(letter) not in self._settled]
        for letter in kept:
            await letter.message.nack(requeue=True)
        async with asyncio.timeout(HANDED_BACK_SECONDS):
            while await waiting_in(queue) < len(kept):
                await asyncio.sleep(0.01)


async def waiting_in(queue: AbstractQueue) -> int:
    """How many messages wait there now and are in nobody's hands."""
    declared = await queue.declare()
    return declared.message_count or 0


class DeadLetters:
    """One service's dead-letter queue, seen through channels of the service's own connection."""

    def __init__(self, service: Service, channel: Callable[[], AbstractAsyncContextManager[AbstractChannel]]) -> None:
        self._queue = dead_queue(service)
        self._channel = channel
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def look(self) -> AsyncGenerator[Look]:
        """What is not settled goes back.

        Raises `Refused` (503) when the broker does not answer.
        """
        try:
            async with self._alone, asyncio.timeout(LOOK_SECONDS), self._channel() as channel:
                queue = await channel.declare_queue(self._queue, passive=True)
                look = Look(channel, await waiting_in(queue), [])
                try:
                    while len(look.letters) < AT_ONCE and (message := await queue.get(fail=False)) is not None:
                        look.letters.append(DeadLetter(message))
                    look.letters.sort(key=lambda letter: letter.order)
                    yield look
                finally:
                    # On a channel that has died nothing can be handed back: the broker has done so.
                    with suppress(*_SILENT):
                        await look.hand_back(queue)
        except _SILENT as error:
            why = (
                f"the broker does not answer ({type(error).__name__}); what was looked at stays where it is, try again"
            )
            raise Refused("broker-silent", why, status=503) from None
