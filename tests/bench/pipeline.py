"""Appeals per second from filing to the unit's queue with all effects; and, in the same run, the ceiling."""

import asyncio
import json
import statistics
import sys
import time
import uuid
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika
from pymongo import AsyncMongoClient

from contracts.catalogue import SERVICES
from contracts.messages import ANSWERS, ASSIGNMENTS, INBOX_EXCHANGE
from deploy.embedded.processes import plain_environment
from deploy.system import System
from deploy.traces import Spans
from tests.bench.enterprises import dossier
from tests.bench.flow import STARTERS, Step, deliveries, hearers, merged, steps_of


@dataclass
class Load:
    """So many appeals, so many of them on their way at once, or at a rate per second."""

    appeals: int
    at_once: int
    per_second: float | None = None


class Pipeline:
    """Files appeals as the hotline's system, accepts each as a screener, and waits for the unit's queue."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._received: dict[str, asyncio.Future[str]] = {}
        self._offered: dict[str, asyncio.Future[None]] = {}
        self._filed = 0

    async def run(self, load: Load) -> dict[str, Any]:
        """Seconds until every appeal is in the unit's queue, and until all its effects are done."""
        hotline = await aio_pika.connect(self._system.party_url("hotline_12345"))
        unit = await aio_pika.connect(self._system.party_url("shi_gongdian"))
        async with hotline, unit:
            out = await hotline.channel(publisher_confirms=True)
            exchange = await out.get_exchange(INBOX_EXCHANGE)
            answers = await (await hotline.channel()).get_queue(ANSWERS)
            offers = await (await unit.channel()).get_queue(ASSIGNMENTS)
            await answers.consume(self._on_answer, no_ack=True)
            await offers.consume(self._on_offer, no_ack=True)
            gate = asyncio.Semaphore(load.at_once)
            began = time.perf_counter()

            async def one(number: int) -> float:
                if load.per_second:
                    await asyncio.sleep(number / load.per_second)
                async with gate:
                    start = time.perf_counter()
                    await self._one(exchange)
                    return time.perf_counter() - start

            latencies = await asyncio.gather(*(one(number) for number in range(load.appeals)))
            offered = time.perf_counter() - began
            await self._rest()
            done = time.perf_counter() - began
        return {
            "appeals": load.appeals,
            "offered_seconds": offered,
            "seconds": done,
            "per_second": load.appeals / done,
            "latency_p50": statistics.median(latencies),
            "latency_p95": statistics.quantiles(latencies, n=20)[18],
        }

    async def _one(self, exchange: aio_pika.abc.AbstractExchange) -> None:
        message_id = str(uuid.uuid4())
        loop = asyncio.get_running_loop()
        self._received[message_id] = loop.create_future()
        body = {"type": "appeal.submitted.v1", "dossier": dossier(self._filed), "entered_by": "话务员1号"}
        self._filed += 1
        await exchange.publish(
            aio_pika.Message(
                json.dumps(body).encode(), message_id=message_id, type="appeal.submitted.v1", user_id="hotline_12345",
                content_type="application/json", delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            ),
            "",
        )  # fmt: skip
        case = await self._received[message_id]
        self._offered[case] = loop.create_future()
        acceptance = {"category": "energy", "district": "445102", "level": "city"}
        answer = await self._system.ask(
            "POST", "intake", f"/appeals/{case}/acceptance", roles={"screener"}, body=acceptance
        )
        answer.raise_for_status()
        await self._offered[case]

    async def _on_answer(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        said = json.loads(message.body)
        self._received[said["of"]].set_result(said["case"])

    async def _on_offer(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        self._offered[json.loads(message.body)["case"]].set_result(None)

    async def _rest(self) -> None:
        """Until every fact has been heard by everyone who hears it."""
        before = (0.0, 0.0)
        while True:
            figures = await asyncio.gather(*(self._figures(service) for service in SERVICES))
            sums = (sum(f["published"] for f in figures), sum(f["settled"] for f in figures))
            busy = sum(f["in_flight"] + f["unsent"] for f in figures)
            if not busy and sums[0] == sums[1] and sums == before:
                return
            before = sums
            await asyncio.sleep(0.05)

    async def _figures(self, service: Any) -> dict[str, float]:
        answer = await self._system.http.get(f"{self._system.url(service)}/metrics")
        lines = [line for line in answer.text.splitlines() if line.startswith("ztc_")]
        return {line.split("{")[0].removeprefix("ztc_"): float(line.split()[-1]) for line in lines}

    @property
    def cases(self) -> list[str]:
        return list(self._offered)


def hops(file: Path, *, last: int) -> dict[str, tuple[int, float, float]]:
    """Of the `last` cases, by event type: how many deliveries, p50 and p95 in milliseconds from the beginning of
    publishing to the end of handling."""
    with closing(Spans.read(file)) as spans:
        everything = spans.all()
    first_seen: dict[str, int] = {}
    for span in everything:
        first_seen.setdefault(span.case, span.start_ns)
    wanted = set(sorted(first_seen, key=lambda case: first_seen[case])[-last:])
    everything = [span for span in everything if span.case in wanted]
    by_id = {span.span_id: span for span in everything}
    taken: dict[str, list[float]] = defaultdict(list)
    for span in everything:
        if span.name.startswith("process ") and (publish := by_id.get(span.parent_id)):
            taken[span.name.removeprefix("process ")].append((span.end_ns - publish.start_ns) / 1e6)
    return {
        name: (len(ms), statistics.median(ms), statistics.quantiles(ms, n=20)[18] if len(ms) > 1 else ms[0])
        for name, ms in sorted(taken.items())
    }


async def flow_of(system: System, case: str) -> list[Step]:
    """The steps of one appeal in all services."""
    steps: list[Step] = []
    async with AsyncMongoClient[dict[str, Any]](system.store.admin_url) as admin:
        for service in SERVICES:
            for name in await admin[service].list_collection_names():
                if found := await admin[service][name].find_one({"_id": case, "history": {"$exists": True}}):
                    steps += steps_of(service, found["history"])
    return steps


async def ceiling(system: System, flow: list[Step], load: Load) -> dict[str, Any]:
    """The same flow on the same broker and store by the bare program."""
    per_type = merged(flow)
    amqp = system.broker.url("zhitongche")
    connection = await aio_pika.connect(amqp)
    channel = await connection.channel(publisher_confirms=True)
    exchange = await channel.declare_exchange("bare", aio_pika.ExchangeType.TOPIC, durable=True)
    said = {kind for writes in per_type.values() for write in writes for kind in write}
    for service in SERVICES:
        queue = await channel.declare_queue(f"bare.{service}", durable=True, arguments={"x-queue-type": "quorum"})
        for kind in (*said, *STARTERS):
            if service in hearers(kind):
                await queue.bind(exchange, kind)
    tap = await channel.declare_queue(exclusive=True)
    await tap.bind(exchange, "case.assigned.v1")
    body = json.dumps(dict.fromkeys(("id", "case", "subject", "scheme", "at", "cause", "unit"), "0123456789abcdef"))
    plan = {
        "amqp": amqp,
        "mongo": {service: system.store.url(service) for service in SERVICES},
        "flow": [(service, heard, writes) for (service, heard), writes in per_type.items()],
        "body": body,
    }
    workers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.ceiling", service, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, env=plain_environment(),
        )
        for service in SERVICES
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdin
        assert worker.stdout
        worker.stdin.write(json.dumps(plan).encode() + b"\n")
        await worker.stdin.drain()
    for worker in workers:
        assert worker.stdout
        await worker.stdout.readline()

    offered: dict[str, asyncio.Future[None]] = {}

    async def on_assigned(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        offered[message.correlation_id or ""].set_result(None)

    await tap.consume(on_assigned, no_ack=True)
    gate = asyncio.Semaphore(load.at_once)

    async def one(number: int) -> None:
        async with gate:
            case = f"bare-{number}"
            offered[case] = asyncio.get_running_loop().create_future()
            for starter in STARTERS:
                message = aio_pika.Message(
                    json.dumps(dossier(number)).encode(), type=starter, message_id=f"{case}.{starter}", correlation_id=case,
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                )  # fmt: skip
                await exchange.publish(message, starter)
            await offered[case]

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(load.appeals)))
    expected = deliveries(per_type) * load.appeals
    while sum([await _handled(worker) for worker in workers]) < expected:
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - began
    for worker in workers:
        assert worker.stdin
        worker.stdin.close()
        await worker.wait()
    await connection.close()
    return {"appeals": load.appeals, "seconds": seconds, "per_second": load.appeals / seconds}


async def _handled(worker: asyncio.subprocess.Process) -> int:
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(b"?\n")
    await worker.stdin.drain()
    return int(await worker.stdout.readline())
