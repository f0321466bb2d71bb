"""Nothing is lost on the bus: each default of the libraries that would lose a message, overridden, against a real broker."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from aio_pika import DeliveryMode
from aio_pika.abc import AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused, PublishError
from pydantic import BaseModel

from contracts.catalogue import heard_by
from contracts.events import SecondDisputeRefused
from contracts.record import derive_id
from libs.bus import PREFETCH, Bus, NotConfirmed
from libs.topology import RETRY_SECONDS, queues
from tests.conftest import FrailBroker, OpenBus, Traced
from tests.support import FACT, Peek, a_case, cause, eventually, fact, peek_at

CASE = a_case("one")


def a_fact(number: int = 1, case: str = CASE) -> SecondDisputeRefused:
    return fact(cause(case, number))


async def say(bus: Bus, said: SecondDisputeRefused) -> None:
    await bus.publish(type=said.type, id=said.id, body=said.model_dump(mode="json"), trace="")


async def send(peek: Peek, said: SecondDisputeRefused, **properties: Any) -> None:
    """Put a fact straight into the gateway's queue, with properties as a test wants them."""
    usual = {"message_id": said.id, "type": said.type, "delivery_mode": DeliveryMode.PERSISTENT}
    await peek.send(said.model_dump_json().encode(), key="gateway", **usual | properties)


class Hearer:
    """Remembers what it is told; raises `failures` times before each fact that it takes."""

    def __init__(self, *, failures: int = 0, error: type[BaseException] = RuntimeError) -> None:
        self.heard: list[str] = []
        self.tries: dict[str, int] = {}
        self._failures = failures
        self._error = error

    async def __call__(self, event: SecondDisputeRefused) -> None:
        self.tries[event.id] = self.tries.get(event.id, 0) + 1
        if self.tries[event.id] <= self._failures:
            raise self._error
        self.heard.append(event.id)


def parked_because(message: AbstractIncomingMessage | None) -> str:
    assert message is not None
    return str(message.headers["x-reason"])


async def at_rest(peek: Peek, bus: Bus) -> bool:
    """Nothing waits for the gateway, nothing is being handled."""
    return bus.in_flight == 0 and await peek.depth("gateway") == 0


# --- out --------------------------------------------------------------------------------------------------------------


async def test_a_fact_waits_on_disk_for_a_hearer_that_has_never_run(open_bus: OpenBus, peek: Peek):
    routing = await open_bus("routing")
    await say(routing, a_fact())
    assert await peek.depth("gateway") == 1
    hearer = Hearer()
    await open_bus("gateway", hearer)
    await eventually(lambda: hearer.heard == [a_fact().id])


async def test_a_fact_is_persistent_and_its_properties_say_what_it_is(open_bus: OpenBus, peek: Peek):
    """CloudEvents' id, type, source, subject and time."""
    routing = await open_bus("routing")
    await say(routing, a_fact())
    message = await peek.take("gateway")
    assert message is not None
    assert message.delivery_mode == DeliveryMode.PERSISTENT
    assert (message.message_id, message.type) == (a_fact().id, FACT)
    assert message.content_type == "application/json"
    assert message.headers["ce-source"] == "routing"
    assert message.headers["ce-subject"] == "c1"
    assert message.headers["ce-time"] == a_fact().model_dump(mode="json")["at"]
    assert SecondDisputeRefused.model_validate_json(message.body) == a_fact()


async def test_a_fact_that_no_queue_takes_is_an_error_for_its_sayer(open_bus: OpenBus):
    routing = await open_bus("routing")
    with pytest.raises(PublishError):
        await routing.publish(type="nobody.hears.v1", id="x", body=a_fact().model_dump(mode="json"), trace="")
    await say(routing, a_fact())
    assert routing.published == 1


async def test_a_service_may_not_declare_nor_read_what_is_not_its_own(frail_broker: FrailBroker):
    async with peek_at(frail_broker.url("routing")) as routing:
        with pytest.raises(ChannelAccessRefused):
            await routing.take("gateway")
    async with peek_at(frail_broker.url("routing")) as routing:
        with pytest.raises(ChannelAccessRefused):
            await routing.declare("mine")


async def test_a_service_hears_exactly_what_the_catalogue_binds_to_it(traced: Traced):
    bus = Bus("gateway", "amqp://nowhere", traced.tracer)
    with pytest.raises(ValueError, match=r"differs in \['case\.assigned\.v1'\]"):
        bus.hear({event: Hearer() for event in heard_by("gateway") if event != "case.assigned.v1"})


# --- in ---------------------------------------------------------------------------------------------------------------


async def test_nothing_is_sent_to_where_a_message_wants_a_reply(open_bus: OpenBus, peek: Peek):
    """It would go there with the service's own rights."""
    hearer = Hearer()
    bus = await open_bus("gateway", hearer)
    await send(peek, a_fact(1), reply_to="evaluation")
    await send(peek, a_fact(2), reply_to="a|b|c|d")
    await eventually(lambda: len(hearer.heard) == 2)
    await eventually(lambda: at_rest(peek, bus))
    assert await peek.depth("evaluation") == await peek.depth("gateway.dead") == 0


UNREADABLE: dict[str, tuple[bytes | None, dict[str, Any]]] = {
    "no message_id": (None, {"message_id": None}),
    "another message_id": (None, {"message_id": derive_id("another")}),
    "no type": (None, {"type": None}),
    "an unknown type": (None, {"type": "case.forgotten.v1"}),
    "a type that the gateway does not hear": (None, {"type": "case.rated.v1"}),
    "another heard type": (None, {"type": "case.assigned.v1"}),
    "broken JSON": (b'{"id": ', {}),
    "broken JSON that says it is JSON": (b'{"id": ', {"content_type": "application/json"}),
    "text that is no UTF-8": (b"\xff\xfe", {"content_type": "text/plain"}),
    "an empty body": (b"", {}),
    "a list": (b"[]", {}),
    "a number": (b"7", {"content_type": "application/json"}),
    "null": (b"null", {}),
    "a hundred thousand brackets": (b"[" * 100_000, {"content_type": "application/json"}),
    "a number of five thousand digits": (b'{"id": ' + b"9" * 5000 + b"}", {"content_type": "application/json"}),
    "a missing field": (orjson.dumps({"id": a_fact().id, "type": FACT}), {}),
    "a case number that is none": (
        orjson.dumps(a_fact().model_dump(mode="json") | {"case": "ZT-1"}), {"content_type": "application/json"}
    ),
}  # fmt: skip


async def test_what_cannot_be_read_is_parked_with_a_reason_and_harms_nobody_behind_it(open_bus: OpenBus, peek: Peek):
    hearer = Hearer()
    bus = await open_bus("gateway", hearer)
    for body, properties in UNREADABLE.values():
        usual = {"message_id": a_fact().id, "type": FACT}
        await peek.send(
            a_fact().model_dump_json().encode() if body is None else body, key="gateway", **usual | properties
        )
    await send(peek, a_fact(2))
    await eventually(lambda: hearer.heard == [a_fact(2).id])
    await eventually(lambda: at_rest(peek, bus))
    assert await eventually(lambda: peek.depth("gateway.dead")) == len(UNREADABLE)
    for _ in UNREADABLE:
        assert parked_because(await peek.take("gateway.dead")).startswith("unreadable: ")
    assert bus.parked == bus.settled - 1 == len(UNREADABLE)


async def test_a_reason_repeats_nothing_of_what_was_typed(open_bus: OpenBus, peek: Peek):
    await open_bus("gateway", Hearer())
    typed = "13812345678"
    await peek.send(
        orjson.dumps(a_fact().model_dump(mode="json") | {"unit": typed * 5}),
        key="gateway", message_id=a_fact().id, type=FACT,
    )  # fmt: skip
    await eventually(lambda: peek.depth("gateway.dead"))
    parked = await peek.take("gateway.dead")
    assert parked is not None
    assert typed not in str(parked.headers)


async def test_a_reader_overlooks_a_field_that_a_newer_producer_adds(open_bus: OpenBus, peek: Peek):
    hearer = Hearer()
    await open_bus("gateway", hearer)
    body = orjson.dumps(a_fact().model_dump(mode="json") | {"mood": "sunny"})
    await peek.send(body, key="gateway", message_id=a_fact().id, type=FACT)
    await eventually(lambda: hearer.heard == [a_fact().id])


async def test_a_handler_that_fails_twice_is_simply_tried_again(open_bus: OpenBus, peek: Peek):
    hearer = Hearer(failures=2)
    bus = await open_bus("gateway", hearer)
    await send(peek, a_fact())
    await eventually(lambda: hearer.heard == [a_fact().id])
    assert hearer.tries[a_fact().id] == 3
    assert bus.retried == bus.parked == 0


async def test_what_still_fails_waits_two_seconds_and_comes_again(open_bus: OpenBus, peek: Peek):
    hearer = Hearer(failures=4)
    bus = await open_bus("gateway", hearer)
    await send(peek, a_fact())
    await eventually(lambda: bus.retried == 1)
    await eventually(lambda: hearer.heard == [a_fact().id])
    await eventually(lambda: at_rest(peek, bus))
    assert (bus.retried, bus.parked, bus.settled) == (1, 0, 1)


async def test_each_further_try_waits_longer_and_after_the_last_it_is_parked(open_bus: OpenBus, peek: Peek):
    hearer = Hearer(failures=1000)
    bus = await open_bus("gateway", hearer)
    for attempt in range(1, len(RETRY_SECONDS) + 1):
        await send(peek, a_fact(attempt), headers={"x-attempt": attempt, "traceparent": "kept"})
    waiting = [f"retry-{seconds}s" for seconds in RETRY_SECONDS]
    assert [queues()[name]["x-message-ttl"] for name in waiting] == [1000 * seconds for seconds in RETRY_SECONDS]
    await eventually(lambda: peek.depth("gateway.dead"))
    for attempt, queue in enumerate(waiting[1:], start=1):
        await eventually(lambda queue=queue: peek.depth(queue))
        message = await peek.take(queue)
        assert message is not None
        assert (message.message_id, message.type, message.routing_key) == (a_fact(attempt).id, FACT, "gateway")
        assert message.headers["x-attempt"] == attempt + 1
        assert message.delivery_mode == DeliveryMode.PERSISTENT
    dead = await peek.take("gateway.dead")
    assert parked_because(dead) == "failed: RuntimeError"
    assert dead is not None
    assert dead.message_id == a_fact(len(RETRY_SECONDS)).id
    assert dead.headers["traceparent"] == "kept"
    assert (bus.retried, bus.parked, bus.settled) == (3, 1, 1)


async def test_what_a_rule_cannot_read_is_not_tried_again(open_bus: OpenBus, peek: Peek):
    class Strict(BaseModel):
        number: int

    async def misread(event: object) -> None:
        Strict.model_validate({"number": "many"})

    await open_bus("gateway", misread)
    await send(peek, a_fact())
    await eventually(lambda: peek.depth("gateway.dead"))
    assert parked_because(await peek.take("gateway.dead")) == "failed: ValidationError"


async def test_a_stray_cancellation_costs_neither_the_message_nor_its_place(open_bus: OpenBus, peek: Peek):
    """Left alone it keeps its message unacknowledged: as many of them as the prefetch stop a service for good."""
    good = a_fact(1000)
    heard: list[str] = []

    async def handle(event: SecondDisputeRefused) -> None:
        if event.id != good.id:
            broken_off = asyncio.create_task(asyncio.Event().wait())
            asyncio.get_running_loop().call_soon(broken_off.cancel)
            await broken_off
        heard.append(event.id)

    bus = await open_bus("gateway", handle)
    for number in range(PREFETCH + 1):
        await send(peek, a_fact(number), headers={"x-attempt": len(RETRY_SECONDS)})
    await send(peek, good)
    await eventually(lambda: heard == [good.id])
    await eventually(lambda: at_rest(peek, bus))
    for _ in range(PREFETCH + 1):
        assert parked_because(await peek.take("gateway.dead")) == "failed: StrayCancel"


async def test_no_more_is_taken_than_can_be_worked_on_at_once(open_bus: OpenBus, peek: Peek):
    go = asyncio.Event()

    async def handle(event: object) -> None:
        await go.wait()

    bus = await open_bus("gateway", handle)
    for number in range(PREFETCH + 8):
        await send(peek, a_fact(number))
    await eventually(lambda: bus.in_flight == PREFETCH)
    assert await peek.depth("gateway") == 8
    assert bus.in_flight == PREFETCH
    go.set()
    await eventually(lambda: bus.settled == PREFETCH + 8)


async def test_a_graceful_stop_lets_running_work_end(open_bus: OpenBus, peek: Peek):
    entered, go = asyncio.Event(), asyncio.Event()
    finished: list[str] = []

    async def handle(event: SecondDisputeRefused) -> None:
        entered.set()
        await go.wait()
        finished.append(event.id)

    bus = await open_bus("gateway", handle)
    await send(peek, a_fact())
    await entered.wait()
    stopping = asyncio.create_task(bus.stop())
    done, _ = await asyncio.wait([stopping], timeout=0.3)
    assert not done
    go.set()
    await stopping
    assert finished == [a_fact().id]
    assert await peek.depth("gateway") == 0


async def test_work_cut_off_by_a_lost_connection_comes_again(open_bus: OpenBus, frail: Peek, frail_broker: FrailBroker):
    """A broker killed with work in flight, and facts said into the void meanwhile."""
    go = asyncio.Event()
    heard: list[str] = []

    async def handle(event: SecondDisputeRefused) -> None:
        await go.wait()
        heard.append(event.id)

    gateway = await open_bus("gateway", handle, url=frail_broker.url("gateway"))
    routing = await open_bus("routing", url=frail_broker.url("routing"))
    for number in range(5):
        await say(routing, a_fact(number))
    await eventually(lambda: gateway.in_flight == 5)
    frail_broker.signal(signal.SIGKILL)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is: not silence
        await say(routing, a_fact(5))
    await eventually(lambda: gateway.in_flight == 0)
    assert heard == []
    await frail_broker.stop()
    go.set()
    await frail_broker.start()
    began = time.monotonic()
    await eventually(lambda: len(set(heard)) == 5, 15)
    assert time.monotonic() - began < 15
    await eventually(lambda: _said(routing, a_fact(5)), 15)
    await eventually(lambda: a_fact(5).id in heard)


async def _said(bus: Bus, said: SecondDisputeRefused) -> bool:
    try:
        await say(bus, said)
    except Exception:
        return False
    return True


async def test_a_frozen_broker_is_noticed_at_once_and_nothing_waits_for_it(
    open_bus: OpenBus, frail: Peek, frail_broker: FrailBroker
):
    hearer = Hearer()
    gateway = await open_bus("gateway", hearer, url=frail_broker.url("gateway"))
    routing = await open_bus("routing", url=frail_broker.url("routing"))
    await routing.round_trip()
    frail_broker.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        saying = asyncio.create_task(say(routing, a_fact()))
        with pytest.raises(TimeoutError):
            await routing.round_trip()
        assert time.monotonic() - began < 3
        with pytest.raises(NotConfirmed):
            await saying
        assert time.monotonic() - began < 6
    finally:
        frail_broker.signal(signal.SIGCONT)
    await eventually(routing_answers(routing), 15)
    await eventually(lambda: _said(routing, a_fact()), 15)
    await eventually(lambda: a_fact().id in hearer.heard)
    assert set(hearer.heard) == {a_fact().id}
    assert gateway.parked == 0


def routing_answers(bus: Bus) -> Any:
    async def answers() -> bool:
        try:
            await bus.round_trip()
        except Exception:
            return False
        return True

    return answers


@pytest_asyncio.fixture
async def frail(frail_broker: FrailBroker) -> AsyncIterator[Peek]:
    async with peek_at(frail_broker.url()) as peek:
        await peek.purge()
    yield peek
