"""The only place that touches FastStream's broker: facts out with confirms, facts in with retries and a dead-letter queue.

Each default of the libraries that would lose a message is overridden here; `tests/integration/test_bus.py` has a test
for each. Refused defaults: transient messages, unroutable messages that raise nothing, unlimited prefetch, replies to
whatever queue a message names, publishes that wait for ever, and a stray cancellation that keeps a message unacknowledged.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel, AbstractRobustConnection
from aio_pika.exceptions import AMQPError
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.rabbit import Channel, RabbitBroker, RabbitExchange, RabbitMessage, RabbitQueue
from faststream.rabbit.schemas import ExchangeType, QueueType
from opentelemetry.trace import SpanKind
from pamqp.commands import Basic
from pydantic import ValidationError

from contracts.catalogue import CATALOGUE, EXCHANGE, Service, heard_by
from contracts.events import EVENTS, CaseEvent, Event
from libs import hardened
from libs.crash import crash_point
from libs.telemetry import Tracer, traceparent
from libs.topology import DEAD_EXCHANGE, RETRY_SECONDS, dead_queue, live_queue, retry_exchange

PUBLISH_SECONDS = 5
IN_PROCESS_TRIES = (0.05, 0.2, 0.8)
OUTAGE_PAUSE_SECONDS = 0.5
PREFETCH = 32

Handler = Callable[[Any], Awaitable[None]]
log = logging.getLogger("bus")

_TYPES = dict.fromkeys(map(retry_exchange, RETRY_SECONDS), ExchangeType.FANOUT) | {
    EXCHANGE: ExchangeType.TOPIC,
    DEAD_EXCHANGE: ExchangeType.DIRECT,
}

_ENVELOPE = frozenset({"id", "type", "at", "cause", "case"})


class NotConfirmed(Exception):
    """It is unknown whether the broker has the message: publish it again under the same id."""


class StrayCancel(Exception):
    """Something inside a handler was cancelled, though nobody cancelled the handler."""


class Bus:
    """One service's side of the bus. `outages`: what handlers raise while something that every message needs is away;
    messages are then held until it is back."""

    def __init__(
        self, service: Service, url: str, tracer: Tracer, *, outages: tuple[type[Exception], ...] = ()
    ) -> None:
        hardened.install()
        self._service: Service = service
        self._tracer = tracer
        self._outages = outages
        self._handlers: Mapping[str, Handler] = {}
        self._exchanges = {name: RabbitExchange(name, type=type_, declare=False) for name, type_ in _TYPES.items()}
        self._broker = RabbitBroker(
            url if "heartbeat=" in url else f"{url}?heartbeat=10",
            reconnect_interval=1.0,
            graceful_timeout=20,
            default_channel=Channel(publisher_confirms=True, on_return_raises=True),
            ack_policy=AckPolicy.REJECT_ON_ERROR,
            # Nothing is to be injected into our one handler; it would be done in another thread for every message.
            apply_types=False,
            logger=None,
        )
        self._connection: AbstractRobustConnection | None = None
        self.in_flight = 0
        self.published = 0
        self.settled = 0
        self.retried = 0
        self.parked = 0

    def hear(self, handlers: Mapping[str, Handler]) -> None:
        """What to do with each event type. Must cover exactly what the catalogue binds to this service."""
        bound = set(heard_by(self._service))
        if bound != set(handlers):
            raise ValueError(
                f"{self._service} must hear exactly {sorted(bound)}; differs in {sorted(bound ^ set(handlers))}"
            )
        self._handlers = handlers
        self._broker.subscriber(
            RabbitQueue(self._service, queue_type=QueueType.QUORUM, declare=False),
            channel=Channel(prefetch_count=PREFETCH),
            # A message's reply_to would otherwise receive what we return, with this service's rights.
            no_reply=True,
            decoder=_whole,
        )(self._on_message)

    async def start(self) -> None:
        self._connection = await self._broker.connect()
        await self._broker.start()

    async def stop(self) -> None:
        """Lets running handlers end, then closes."""
        await self._broker.stop()

    @asynccontextmanager
    async def channel(self) -> AsyncGenerator[AbstractChannel]:
        """A channel of its own, to look into queues. What is published on it is confirmed, or raises."""
        if self._connection is None:
            raise ConnectionError("not connected")
        channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        try:
            yield channel
        finally:
            # A broker that does not answer must not keep whoever only wanted a look.
            with suppress(TimeoutError, AMQPError, ConnectionError):
                async with asyncio.timeout(2):
                    await channel.close()

    async def round_trip(self) -> None:
        """Raises unless the broker answers within two seconds; a frozen broker keeps its connection open and does not."""
        async with asyncio.timeout(2), self.channel() as channel:
            if self._handlers:
                await channel.declare_queue(self._service, passive=True)

    async def depths(self) -> tuple[int, int, int]:
        """How many messages wait, how many consumers there are, and how many messages are parked. Raises as `round_trip`
        does."""
        async with asyncio.timeout(2), self.channel() as channel:
            queue = (await channel.declare_queue(self._service, passive=True)).declaration_result
            dead = (await channel.declare_queue(dead_queue(self._service), passive=True)).declaration_result
        return queue.message_count or 0, queue.consumer_count or 0, dead.message_count or 0

    async def look_on(self, instance: str, seen: Callable[[str, Mapping[str, Any]], None]) -> None:
        """Tell `seen` of each fact's type and body as it passes, for as long as the connection lives; what passes while it
        is away is not told. For showing that something changed, never for deciding."""
        assert self._connection is not None
        channel = await self._connection.channel()
        queue = await channel.declare_queue(live_queue(instance), exclusive=True, auto_delete=True)
        await queue.bind(EXCHANGE, "#")

        async def on_message(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            seen(message.type or "", orjson.loads(message.body))

        await queue.consume(on_message, no_ack=True)

    # Out --------------------------------------------------------------------------------------------------------------

    async def publish(self, *, type: str, id: str, body: dict[str, Any], trace: str) -> None:
        """Publishes one fact and returns when the broker has it on disk. Raises `NotConfirmed` when that is unknown."""
        case = str(body.get("case", ""))
        attributes: dict[str, str | int] = {
            "messaging.system": "rabbitmq",
            "messaging.operation.name": "publish",
            "messaging.operation.type": "send",
            "messaging.destination.name": EXCHANGE,
            "messaging.rabbitmq.destination.routing_key": type,
            "messaging.message.id": id,
            **_told(body),
        }
        with self._tracer.span(
            f"publish {type}",
            kind=SpanKind.PRODUCER,
            case=case,
            parent=trace,
            at=datetime.fromisoformat(body["at"]),
            attributes=attributes,
        ):
            # Outside our own spans a case number would be the only link, and it is in the body; these mirror CloudEvents.
            headers = {
                "traceparent": traceparent(),
                "ce-source": self._service,
                "ce-subject": str(body.get("subject", "")),
                "ce-time": str(body["at"]),
            }
            await self._confirmed(orjson.dumps(body), EXCHANGE, routing_key=type, type=type, id=id, headers=headers)
        self.published += len(CATALOGUE[type].consumers)

    async def _confirmed(
        self, body: bytes, exchange: str, *, routing_key: str, type: str, id: str, headers: dict[str, Any]
    ) -> None:
        try:
            # The client's own timeout is ignored while the broker is frozen or blocked.
            async with asyncio.timeout(PUBLISH_SECONDS):
                answer = await self._broker.publish(
                    body,
                    exchange=self._exchanges[exchange],
                    routing_key=routing_key,
                    message_id=id,
                    message_type=type,
                    headers=headers,
                    content_type="application/json",
                    persist=True,
                    mandatory=True,
                )
        except TimeoutError:
            raise NotConfirmed(type) from None
        if not isinstance(answer, Basic.Ack):
            raise NotConfirmed(type)

    # In ---------------------------------------------------------------------------------------------------------------

    async def _on_message(self, message: RabbitMessage) -> None:
        self.in_flight += 1
        settled = False
        try:
            settled = await self._handle(message.raw_message)
        except Exception as error:
            # It could be neither put off nor parked: the broker keeps it and hands it out again.
            log.error("a message goes back to the broker", extra={"error": type(error).__name__})
            raise NackMessage(requeue=True) from None
        finally:
            self.in_flight -= 1
            self.settled += settled

    async def _handle(self, raw: aio_pika.abc.AbstractIncomingMessage) -> bool:
        """False when the message was put off and will come again."""
        try:
            event = self._read(raw)
        except (ValidationError, ValueError) as error:
            await self._park(raw, f"unreadable: {type(error).__name__}")
            return True
        case = event.case if isinstance(event, CaseEvent) else ""
        attributes: dict[str, str | int] = {
            "messaging.system": "rabbitmq",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": self._service,
            "messaging.message.id": event.id,
            "scheme": event.scheme,
        }
        parent = str(raw.headers.get("traceparent") or "")
        with self._tracer.span(
            f"process {event.type}",
            kind=SpanKind.CONSUMER,
            case=case,
            parent=parent,
            at=event.at,
            attributes=attributes,
        ):
            failure = await self._try(event)
            crash_point("before-ack")
            if failure is None:
                return True
            attempt = int(str(raw.headers.get("x-attempt") or 0))
            if attempt < len(RETRY_SECONDS) and not isinstance(failure, ValidationError):
                await self._put_off(raw, attempt)
                return False
            await self._park(raw, f"failed: {type(failure).__name__}")
            return True

    def _read(self, raw: aio_pika.abc.AbstractIncomingMessage) -> Event:
        if raw.type not in EVENTS or raw.type not in self._handlers:
            raise ValueError(f"not an event that {self._service} hears")
        kind = EVENTS[raw.type]
        # While releases change over, a newer producer may say more than this service knows of yet.
        body: dict[str, Any] = orjson.loads(raw.body)
        if type(body) is not dict:
            raise ValueError("not an object")
        known = {name: value for name, value in body.items() if name in kind.model_fields}
        event = kind.model_validate_json(orjson.dumps(known))
        if raw.message_id != event.id:
            raise ValueError("message_id is not the event's id")
        return event

    async def _try(self, event: Event) -> Exception | None:
        """Why the handler failed to the end, None when it did not."""
        pauses = iter(IN_PROCESS_TRIES)
        while True:
            try:
                await self._handlers[event.type](event)
                return None
            except ValidationError as error:
                return error
            except self._outages as error:
                # Nothing is wrong with this message: it stays here, unacknowledged, and uses up no tries.
                _log_failure(event, error)
                await asyncio.sleep(OUTAGE_PAUSE_SECONDS)
                continue
            except asyncio.CancelledError:
                if (task := asyncio.current_task()) and task.cancelling():
                    raise
                # Left alone it would keep the message unacknowledged, and its prefetch slot, for ever.
                failure = StrayCancel()
            except Exception as error:
                failure = error
            _log_failure(event, failure)
            pause = next(pauses, None)
            if pause is None:
                return failure
            await asyncio.sleep(pause)

    async def _put_off(self, raw: aio_pika.abc.AbstractIncomingMessage, attempt: int) -> None:
        self.retried += 1
        headers = dict(raw.headers) | {"x-attempt": attempt + 1}
        await self._again(raw, retry_exchange(RETRY_SECONDS[attempt]), headers)

    async def _park(self, raw: aio_pika.abc.AbstractIncomingMessage, reason: str) -> None:
        self.parked += 1
        log.error("parked as a dead letter", extra={"event_type": raw.type, "reason": reason})
        now = time.time_ns()
        parked = {"x-reason": reason, "x-parked-at": now // 10**9, "x-parked-ns": now}
        await self._again(raw, DEAD_EXCHANGE, dict(raw.headers) | parked)

    async def _again(self, raw: aio_pika.abc.AbstractIncomingMessage, exchange: str, headers: dict[str, Any]) -> None:
        await self._confirmed(
            raw.body, exchange, routing_key=self._service, type=raw.type or "", id=raw.message_id or "", headers=headers
        )


def _log_failure(event: Event, failure: Exception) -> None:
    log.warning(
        "handler failed",
        exc_info=failure if log.isEnabledFor(logging.DEBUG) else None,
        extra={"event_type": event.type, "event_id": event.id, "error": type(failure).__name__},
    )


async def _whole(message: RabbitMessage) -> RabbitMessage:
    """The library would otherwise refuse what is no JSON before we could say why."""
    return message


def _told(body: Mapping[str, Any]) -> dict[str, str | int]:
    """What a fact says, as attributes of its span (`scheme`, `fact.unit`, …): ids, codes and dates, as facts are, so
    that a case's trace tells its whole story."""
    return {
        name if name == "scheme" else f"fact.{name}": value
        for name, value in body.items()
        if isinstance(value, str | int) and value != "" and name not in _ENVELOPE
    }
