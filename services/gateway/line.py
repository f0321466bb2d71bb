"""The gateway's connection to one party's vhost. Each party has its own: what goes wrong here stops nobody else."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from yarl import URL

from contracts.messages import ANSWERS, INBOX, ToParty
from services.gateway.reading import Raw
from services.gateway.taking_in import TakingIn

PREFETCH = 16
CONNECT_SECONDS = 10
PUBLISH_SECONDS = 5
AGAIN_AFTER_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Pauses before the next try; the last one is repeated."""
GIVEN_BACK_AFTER_TRIES = 60
"""About ten minutes, well within the half hour after which the broker takes a message back with its whole channel."""
LEAVE_SECONDS = 10

log = logging.getLogger("gateway")


class NotDelivered(Exception):
    """It is unknown whether the party's broker has the message: publish it again under the same id."""


class Line:
    """One party's line: what comes in is taken in, answers and assignments go out."""

    def __init__(
        self, party: str, url: URL, taking_in: TakingIn, while_up: Callable[["Line"], Awaitable[None]]
    ) -> None:
        """`while_up` runs for as long as the line is up, and is cancelled when it is not."""
        self.party = party
        self._url = url
        self._taking_in = taking_in
        self._while_up = while_up
        self._out: AbstractChannel | None = None
        self._leaving = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.in_flight = 0
        self.from_parties = 0
        self.to_parties = 0

    @property
    def up(self) -> bool:
        return self._out is not None

    async def run(self) -> None:
        """Keeps the line up until `leave`: then it takes nothing new in, lets what is being handled end, and closes."""
        failures = 0
        while not self._leaving.is_set():
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    connection = await aio_pika.connect(self._url)
                async with connection:
                    failures = 0
                    await self._serve(connection)
            except Exception as error:
                failures += 1
                log.warning("a party's line is down", extra={"party": self.party, "error": type(error).__name__})
            with suppress(TimeoutError):
                async with asyncio.timeout(_pause(failures)):
                    await self._leaving.wait()

    def leave(self) -> None:
        self._leaving.set()

    async def _serve(self, connection: AbstractConnection) -> None:
        inbound = await connection.channel(publisher_confirms=False)
        outbound = await connection.channel(on_return_raises=True)
        await inbound.set_qos(prefetch_count=PREFETCH)
        # Below aio-pika's own message class, whose constructor interprets what an outsider wrote.
        reader = await inbound.get_underlay_channel()
        lost = asyncio.Event()
        for part in (connection, inbound, outbound):
            part.close_callbacks.add(lambda *_: lost.set())
        reader.on_consumer_cancel_callbacks.add(lambda _: lost.set())
        self._out = outbound
        beside = asyncio.ensure_future(self._while_up(self))
        ends = [asyncio.ensure_future(event.wait()) for event in (lost, self._leaving)]
        try:
            consumer = await reader.basic_consume(INBOX, self._on_delivery)
            await asyncio.wait([beside, *ends], return_when=asyncio.FIRST_COMPLETED)
            if not lost.is_set():
                await reader.basic_cancel(str(consumer.consumer_tag))
                await self._drained()
        finally:
            self._out = None
            for task in (beside, *ends):
                task.cancel()
            await asyncio.gather(beside, *ends, return_exceptions=True)

    async def _drained(self) -> None:
        """Whatever takes longer is returned to the inbox with the connection's end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._idle.wait()

    async def _on_delivery(self, delivery: DeliveredMessage) -> None:
        self.in_flight += 1
        self._idle.clear()
        try:
            settled = await self._until_settled(delivery)
            tag = int(delivery.delivery_tag or 0)
            if settled:
                await delivery.channel.basic_ack(tag)
                self.from_parties += 1
            else:
                await delivery.channel.basic_nack(tag, requeue=True)
        except Exception as error:
            # The channel is gone, and with it the delivery: it comes again.
            log.info("not acknowledged", extra={"party": self.party, "error": type(error).__name__})
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self._idle.set()

    async def _until_settled(self, delivery: DeliveredMessage) -> bool:
        """False when it goes back to the inbox for now."""
        raw, outside_trace = _raw(self.party, delivery)
        for failures in range(GIVEN_BACK_AFTER_TRIES):
            try:
                id, answer = await self._taking_in.take(raw, outside_trace=outside_trace)
                await self.publish(ANSWERS, answer, id)
                return True
            except (Exception, asyncio.CancelledError) as error:
                if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                    raise
                log.warning(
                    "not settled, will be tried again", extra={"party": self.party, "error": type(error).__name__}
                )
            await asyncio.sleep(_pause(failures))
        return False

    async def publish(self, queue: str, message: ToParty, id: str) -> None:
        """Puts a message into one of the party's queues and returns when its broker has it on disk."""
        if self._out is None:
            raise NotDelivered("the line is down")
        body = aio_pika.Message(
            message.model_dump_json().encode(),
            message_id=id,
            type=message.type,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        # The client's own timeout does not end a wait for a broker that is frozen or blocked.
        async with asyncio.timeout(PUBLISH_SECONDS):
            confirmed = await self._out.default_exchange.publish(body, routing_key=queue, mandatory=True)
        if not isinstance(confirmed, Basic.Ack):
            raise NotDelivered(queue)
        self.to_parties += 1


def _pause(failures: int) -> float:
    return AGAIN_AFTER_SECONDS[min(failures, len(AGAIN_AFTER_SECONDS) - 1)]


def _is_cancelled() -> bool:
    """Somebody cancelled this very task; anything else is a cancellation that strayed out of something awaited."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _raw(party: str, delivery: DeliveredMessage) -> tuple[Raw, object]:
    """The message and the trace context it claims."""
    properties = delivery.header.properties
    headers = properties.headers or {}
    raw = Raw(
        party=party,
        body=delivery.body,
        type=properties.message_type,
        message_id=properties.message_id,
        user_id=properties.user_id,
        undecodable=str(headers["x-undecodable"]) if "x-undecodable" in headers and not properties.message_id else None,
    )
    return raw, headers.get("traceparent")
