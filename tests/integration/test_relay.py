"""Every fact that was kept is published at least once and in its document's order, and has one effect where it is heard."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aio_pika.abc import AbstractIncomingMessage
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure

from contracts.events import SecondDisputeRefused
from deploy.embedded.store import EmbeddedStore
from libs.relay import Relay
from libs.store import Collection
from tests.conftest import FrailBroker, OpenBus, Servers, Traced
from tests.support import Peek, Tally, a_case, cause, empty, eventually, evolve, fact, keys, peek_at

Database = AsyncDatabase[dict[str, Any]]
ROOT = Path(__file__).parents[2]
CASE = a_case("one")


def open_collection(database: Database, name: str = "cases") -> Collection[Tally]:
    return Collection(database[name], empty=empty, evolve=evolve, keys=keys)


@asynccontextmanager
async def relaying(collection: Collection[Tally], publisher: Any) -> AsyncIterator[Relay]:
    relay = Relay([collection], publisher)
    running = asyncio.create_task(relay.run())
    yield relay
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def hear(collection: Collection[Tally], case: str, number: int) -> None:
    record = cause(case, number)
    await collection.apply(case, record, lambda tally: [fact(record)])


class Hearing:
    """The hearer's own documents: what reached them, and how often anything came at all."""

    def __init__(self, collection: Collection[Tally]) -> None:
        self.collection = collection
        self.deliveries: list[tuple[str, str]] = []

    async def __call__(self, event: SecondDisputeRefused) -> None:
        self.deliveries.append((event.case, event.subject))
        await self.collection.apply(event.case, event, lambda tally: ())

    async def effects(self) -> dict[str, list[str]]:
        """Case → the ids of what was kept, in the order in which it was kept."""
        return {row["_id"]: [e["id"] for e in row["history"]] async for row in self.collection.mongo.find({})}


class Stubborn:
    """A publisher that fails a number of times first, and remembers what went out."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.published: list[str] = []

    async def publish(self, *, type: str, id: str, body: dict[str, Any], trace: str) -> None:
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        self.published.append(id)


# --- the relay alone --------------------------------------------------------------------------------------------------


async def test_facts_of_one_document_go_out_in_the_order_in_which_they_were_said(database: Database):
    cases, publisher = open_collection(database), Stubborn(0)
    async with relaying(cases, publisher) as relay:
        documents = [a_case(str(number)) for number in range(10)]
        for number in range(10):
            await asyncio.gather(*(hear(cases, case, number) for case in documents))
        await eventually(lambda: relay.idle)
    for case in documents:
        order = [fact(cause(case, number)).id for number in range(10)]
        assert [id for id in publisher.published if id in order] == order


async def test_looking_for_what_is_unsent_at_any_moment_publishes_nothing_twice(database: Database):
    cases, publisher = open_collection(database), Stubborn(0)
    documents = [a_case(str(number)) for number in range(20)]

    async def look_again() -> None:
        while True:
            for case in documents:
                await asyncio.sleep(0)
                cases.on_said(case)

    async with relaying(cases, publisher) as relay:
        looking = asyncio.create_task(look_again())
        for number in range(20):
            await asyncio.gather(*(hear(cases, case, number) for case in documents))
        looking.cancel()
        await eventually(lambda: relay.idle)
    said = sorted(fact(cause(case, number)).id for case in documents for number in range(20))
    assert sorted(publisher.published) == said


async def test_what_was_sent_while_its_document_was_written_anew_is_not_sent_again(database: Database):
    cases = open_collection(database)
    await hear(cases, CASE, 1)
    seen, entries = await cases.unsent(CASE)
    record = cause(CASE, 2)

    def decide(tally: Tally) -> list[SecondDisputeRefused]:
        cases.forget(CASE)
        return [fact(record)]

    await asyncio.gather(cases.apply(CASE, record, decide), cases.mark_sent(CASE, seen=seen, entries=entries))
    _, left = await cases.unsent(CASE)
    assert [entry["id"] for entry in left if entry["kind"] == "said"] == [fact(record).id]


async def test_what_could_not_be_published_stays_in_its_order_and_is_tried_again(database: Database):
    cases, publisher = open_collection(database), Stubborn(6)
    async with relaying(cases, publisher):
        for number in range(4):
            await hear(cases, CASE, number)
        await eventually(lambda: len(set(publisher.published)) == 4)
    first = list(dict.fromkeys(publisher.published))
    assert first == [fact(cause(CASE, number)).id for number in range(4)]


async def test_a_fact_is_marked_as_sent_only_when_it_is_out(database: Database):
    cases = open_collection(database)
    async with relaying(cases, Stubborn(1_000_000)):
        await hear(cases, CASE, 1)
        await asyncio.wait([asyncio.create_task(asyncio.Event().wait())], timeout=0.3)
        assert await cases.count_unsent() == 1
    async with relaying(cases, publisher := Stubborn(0)):
        await eventually(cases_are_sent(cases))
    assert publisher.published == [fact(cause(CASE, 1)).id]


def cases_are_sent(cases: Collection[Tally]) -> Any:
    async def sent() -> bool:
        return await cases.count_unsent() == 0

    return sent


async def test_what_a_crash_left_behind_is_found_by_the_sweep(database: Database):
    cases, publisher = open_collection(database), Stubborn(0)
    documents = [a_case(str(number)) for number in range(250)]
    await asyncio.gather(*(hear(cases, case, 1) for case in documents))
    async with relaying(cases, publisher):
        await eventually(cases_are_sent(cases), 20)
    assert sorted(publisher.published) == sorted(fact(cause(case, 1)).id for case in documents)


async def test_one_document_that_cannot_be_published_does_not_hold_up_the_others(database: Database):
    class Partial(Stubborn):
        async def publish(self, *, type: str, id: str, body: dict[str, Any], trace: str) -> None:
            if body["case"] == CASE:
                raise ConnectionError
            await super().publish(type=type, id=id, body=body, trace=trace)

    cases, publisher = open_collection(database), Partial(0)
    others = [a_case(str(number)) for number in range(5)]
    async with relaying(cases, publisher):
        await hear(cases, CASE, 1)
        await asyncio.gather(*(hear(cases, case, 1) for case in others))
        await eventually(lambda: len(publisher.published) == 5)

        async def left() -> bool:
            return await cases.with_unsent() == [CASE]

        await eventually(left)


# --- crashes ----------------------------------------------------------------------------------------------------------

CASES, CAUSES = 6, 3


class Teller:
    """`teller.py` as a process."""

    def __init__(self, servers: Servers, database: Database) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "AMQP": servers.amqp("routing"),
            "MONGO": servers.mongo_admin,
            "DATABASE": database.name,
        }

    async def run(self, crash_at: str = "") -> int:
        """Until it ends; its exit code, or minus the signal that killed it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.teller", str(CASES), str(CAUSES),
            env=self._environment | ({"ZTC_CRASH_AT": crash_at} if crash_at else {}), cwd=ROOT,
        )  # fmt: skip
        return await process.wait()


async def take_all(peek: Peek) -> list[AbstractIncomingMessage]:
    """What waits for the gateway, in its order: a hearer works on several at once and would not tell."""
    taken: list[AbstractIncomingMessage] = []
    while (message := await peek.take("gateway")) is not None:
        taken.append(message)
    return taken


@pytest.mark.parametrize("crash_at", ["after-write:8", "before-publish:3", "after-publish:9"])
async def test_a_teller_killed_anywhere_tells_everything_once_it_runs_again(
    crash_at: str, servers: Servers, database: Database, open_bus: OpenBus, peek: Peek
):
    """Between write and publish, and between publish and mark."""
    teller = Teller(servers, database)
    assert await teller.run(crash_at) == -signal.SIGKILL
    assert await teller.run() == 0
    messages = await take_all(peek)
    told = {
        a_case(f"told {case}"): [fact(cause(a_case(f"told {case}"), n)).id for n in range(CAUSES)]
        for case in range(CASES)
    }
    for ids in told.values():
        assert list(dict.fromkeys(m.message_id for m in messages if m.message_id in ids)) == ids
    if crash_at.startswith("after-publish"):
        assert len(messages) > CASES * CAUSES, "what was published but not marked comes twice"
    hearing = Hearing(open_collection(database, "heard"))
    bus = await open_bus("gateway", hearing)
    for message in messages:
        await peek.send(message.body, key="gateway", message_id=message.message_id, type=message.type)
    await eventually(lambda: bus.settled == len(messages))
    assert {case: sorted(ids) for case, ids in (await hearing.effects()).items()} == {
        case: sorted(ids) for case, ids in told.items()
    }
    assert await peek.depth("gateway.dead") == 0


async def test_a_dead_letter_played_again_has_one_effect(open_bus: OpenBus, database: Database, peek: Peek):
    """Weeks later, and twice: what is known changes nothing."""
    hearing = Hearing(open_collection(database, "heard"))
    ready = asyncio.Event()

    async def not_yet(event: SecondDisputeRefused) -> None:
        if not ready.is_set():
            raise RuntimeError
        await hearing(event)

    bus = await open_bus("gateway", not_yet)
    said = fact(cause(CASE, 1))
    body = said.model_dump_json().encode()
    await peek.send(body, key="gateway", message_id=said.id, type=said.type, headers={"x-attempt": 4})
    dead = await eventually(lambda: peek.take("gateway.dead"))
    ready.set()
    for _ in range(2):
        await peek.send(dead.body, key="gateway", message_id=dead.message_id, type=dead.type)
    await eventually(lambda: len(hearing.deliveries) == 2)
    await eventually(lambda: bus.in_flight == 0)
    assert await hearing.effects() == {CASE: [said.id]}


# --- outages ----------------------------------------------------------------------------------------------------------


async def test_facts_said_while_the_broker_is_away_arrive_when_it_is_back(
    database: Database, open_bus: OpenBus, frail_broker: FrailBroker
):
    async with peek_at(frail_broker.url()) as peek:
        await peek.purge()
    cases, hearing = open_collection(database), Hearing(open_collection(database, "heard"))
    routing = await open_bus("routing", url=frail_broker.url("routing"))
    await open_bus("gateway", hearing, url=frail_broker.url("gateway"))
    async with relaying(cases, routing):
        await hear(cases, CASE, 0)
        await eventually(lambda: len(hearing.deliveries) == 1)
        frail_broker.signal(signal.SIGKILL)
        for number in range(1, 6):
            await hear(cases, CASE, number)
        await frail_broker.stop()
        await frail_broker.start()
        await eventually(cases_are_sent(cases), 20)
        told = {fact(cause(CASE, number)).id for number in range(6)}

        async def all_kept() -> bool:
            return set((await hearing.effects())[CASE]) == told

        await eventually(all_kept, 20)
    assert len((await hearing.effects())[CASE]) == 6


async def test_messages_that_come_while_the_store_is_away_wait_for_it_and_use_up_no_tries(
    tmp_path: Path, open_bus: OpenBus, peek: Peek, servers: Servers, traced: Traced
):
    store = EmbeddedStore(tmp_path)
    urls = await store.start(["gateway"])
    try:
        client: AsyncMongoClient[dict[str, Any]]
        async with AsyncMongoClient(urls["gateway"], tz_aware=True, serverSelectionTimeoutMS=200) as client:
            hearing = Hearing(open_collection(client["gateway"], "heard"))
            bus = await open_bus("gateway", hearing, outages=(ConnectionFailure,))
            await store.stop()
            for number in range(8):
                said = fact(cause(CASE, number))
                await peek.send(said.model_dump_json().encode(), key="gateway", message_id=said.id, type=said.type)
            await eventually(lambda: len(hearing.deliveries) >= 5 * 8, 20)
            assert (bus.settled, bus.retried, bus.parked) == (0, 0, 0)
            await store.start(["gateway"])
            await eventually(lambda: bus.settled == 8, 20)
            assert set((await hearing.effects())[CASE]) == {fact(cause(CASE, number)).id for number in range(8)}
            assert (bus.retried, bus.parked) == (0, 0)
    finally:
        await store.stop()
