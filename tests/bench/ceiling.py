"""The ceiling: a bare aio-pika and PyMongo program that does a flow's publishes, confirms, consumes, acknowledgements,
reads and writes, with as many processes as there are services, and nothing else: no framework, no validation, no trace.

Run as a worker: `python -m tests.bench.ceiling SERVICE` with the plan as JSON on standard input.
"""

import asyncio
import json
import sys
from typing import Any

import aio_pika
import uvloop
from pymongo import AsyncMongoClient
from pymongo.errors import DuplicateKeyError

PREFETCH = 32


async def work(service: str, plan: dict[str, Any]) -> None:
    """Serve one service's queue until standard input ends."""
    store = AsyncMongoClient(plan["mongo"][service], w="majority", journal=True, maxPoolSize=32)
    documents = store.get_default_database()["bare"]
    await documents.create_index([("_id", 1), ("version", 1)])
    flow = {heard: writes for name, heard, writes in plan["flow"] if name == service}
    connection = await aio_pika.connect_robust(plan["amqp"])
    consuming, publishing = await connection.channel(), await connection.channel(publisher_confirms=True)
    await consuming.set_qos(prefetch_count=PREFETCH)
    exchange = await publishing.get_exchange("bare")
    queue = await consuming.get_queue(f"bare.{service}")

    handled = 0

    async def write(case: str, entries: list[dict[str, Any]]) -> None:
        while True:
            known = await documents.find_one({"_id": case})
            if known is None:
                try:
                    await documents.insert_one({"_id": case, "version": 1, "sent": 0, "history": entries})
                    return
                except DuplicateKeyError:
                    continue
            update = {"$push": {"history": {"$each": entries}}, "$inc": {"version": 1}}
            if (await documents.update_one({"_id": case, "version": known["version"]}, update)).matched_count:
                return

    async def publish(case: str, cause: str, said: list[str]) -> None:
        """The outbox: what is to be published is read, published with confirms, and marked."""
        await documents.find_one({"_id": case})
        for number, kind in enumerate(said):
            await exchange.publish(
                aio_pika.Message(
                    plan["body"].encode(), type=kind, message_id=f"{cause}.{number}", correlation_id=case,
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                ),
                routing_key=kind,
            )  # fmt: skip
        await documents.update_one({"_id": case}, {"$inc": {"sent": len(said)}})

    async def handle(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        nonlocal handled
        heard, case, cause = message.type or "", message.correlation_id or "", message.message_id or ""
        if heard not in flow:
            await documents.find_one({"_id": case})
        for number, said in enumerate(flow.get(heard, ())):
            bodies = [message.body.decode(), *(plan["body"] for _ in said)]
            await write(case, [{"id": f"{cause}.{number}.{n}", "body": body} for n, body in enumerate(bodies)])
            if said:
                await publish(case, f"{cause}.{number}", said)
        await message.ack()
        handled += 1

    await queue.consume(lambda message: asyncio.create_task(handle(message)))  # type: ignore[arg-type, return-value]
    print("ready", flush=True)
    # Each further line asks how many messages have been handled; the end of the input ends the work.
    while await asyncio.to_thread(sys.stdin.readline):
        print(handled, flush=True)
    await connection.close()
    await store.close()


if __name__ == "__main__":
    first_line = sys.stdin.readline()
    uvloop.run(work(sys.argv[1], json.loads(first_line)))
