"""A unit's own system: it fetches the cases handed to it and says what it did with them.

Written from contracts/asyncapi.yaml alone; needs `pip install aio-pika` and nothing of Zhitongche.

    python examples/unit_system.py --party shi_gongxin=amqp://shi_gongxin:SECRET@localhost:5672/party-shi_gongxin

Then one JSON object a line on standard input, the case and the dispatch copied from what was offered:

    {"party": "shi_gongxin", "do": "take", "case": "ZT-...", "dispatch": "..."}
    {"party": "shi_gongxin", "do": "object", "case": ..., "dispatch": ..., "reason": "...", "proposed": "shi_ziran"}
    {"party": "shi_gongxin", "do": "progress", "case": ..., "dispatch": ..., "text": "..."}
    {"party": "shi_gongxin", "do": "reply", "case": ..., "dispatch": ..., "outcome": "solved", "result": "...", "answer": "..."}
    {"party": "shi_gongxin", "do": "unresolved", "case": ..., "dispatch": ..., "opinion": "..."}
    {"party": "shi_gongxin", "do": "decide", "case": ..., "dispatch": ..., "talk": "...", "answer": "..."}

and on standard output a line for everything that is confirmed as sent ({"party": ..., "sent": ...}) and for every
message that comes ({"party": ..., "message_id": ..., "message": {...}}). It ends with its input; with --auto it takes
every case at once and runs until it is stopped. Give --party again for each further unit of this process.
"""

import argparse
import asyncio
import json
import sys
import uuid

import aio_pika

# What can be done, and how the message is called that says it.
TYPES = {
    "take": "assignment.taken.v1",
    "object": "assignment.objected.v1",
    "progress": "assignment.progressed.v1",
    "reply": "assignment.replied.v1",
    "unresolved": "assignment.unresolved.v1",
    "decide": "assignment.finally_decided.v1",
}


def tell(**line):
    print(json.dumps(line, ensure_ascii=False), flush=True)


async def connect(url):
    """Wait for the broker for as long as it takes; later interruptions are mended by the robust connection."""
    while True:
        try:
            return await aio_pika.connect_robust(url, heartbeat=10, reconnect_interval=1)
        except (OSError, aio_pika.exceptions.AMQPError):
            await asyncio.sleep(1)


async def listen(party, connection, queue_name, orders, auto):
    """Read what Zhitongche says in one of the two queues: `assignments` and `answers`."""
    channel = await connection.channel()
    # Take only as much as you can store; the rest waits in the queue.
    await channel.set_qos(prefetch_count=20)
    # You may not declare: get_queue only looks whether the queue is there.
    queue = await channel.get_queue(queue_name)
    async with queue.iterator() as messages:
        async for message in messages:
            said = json.loads(message.body)
            # STORE it here, in your own database, under message.message_id: a message may come twice. Printing stands
            # for that. Keep types and pass over fields that you do not know.
            tell(party=party, message_id=message.message_id, message=said)
            # Only now acknowledge: what is acknowledged is gone from the queue. It means that you fetched the case;
            # that you take it, you say with a message of its own, within the hours that the regulation gives you.
            await message.ack()
            if auto and said["type"] == "assignment.offered.v1":
                # An id that follows from the case and the dispatch: fetched twice, it is still taken once.
                names = {"case": said["case"], "dispatch": said["dispatch"]}
                orders.put_nowait({"do": "take", "message_id": f"take-{said['case']}-{said['dispatch']}", **names})


async def send(party, channel, order):
    """Publish until the broker confirms. Do not stop at a doubt: the same message_id twice has the effect of one."""
    # Choose the id once, store it with what you send, and use it again when you send again after a crash.
    message_id = order.pop("message_id", None) or str(uuid.uuid4())
    kind = TYPES[order.pop("do")]
    message = aio_pika.Message(
        json.dumps({"type": kind, **order}, ensure_ascii=False).encode("utf-8"),
        message_id=message_id,
        type=kind,
        user_id=party,  # required: exactly the user as whom you are connected
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    while True:
        try:
            async with asyncio.timeout(10):
                exchange = await channel.get_exchange("to-zhitongche", ensure=False)
                # mandatory: an error, not silence, when nothing stands behind the exchange.
                await exchange.publish(message, routing_key="", mandatory=True)
            # Confirmed: the broker has it on disk. Whether Zhitongche took it says the answer whose `of` is message_id.
            return tell(party=party, sent=message_id)
        except (OSError, TimeoutError, RuntimeError, aio_pika.exceptions.AMQPError) as trouble:
            print(f"{party}: {type(trouble).__name__}, sending again", file=sys.stderr, flush=True)
            await asyncio.sleep(1)


async def serve(party, url, orders, auto):
    # A group: when reading fails for good, the program ends with the reason instead of living on deaf.
    async with await connect(url) as connection, asyncio.TaskGroup() as tasks:
        queues = ("assignments", "answers")
        listening = [tasks.create_task(listen(party, connection, queue, orders, auto)) for queue in queues]
        # Its own channel: an error while publishing must not disturb what is being read.
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        while order := await orders.get():
            await send(party, channel, order)
        for task in listening:
            task.cancel()


async def main(parties, auto):
    orders = {party: asyncio.Queue() for party in parties}
    serving = [asyncio.create_task(serve(party, url, orders[party], auto)) for party, url in parties.items()]
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        orders[order.pop("party")].put_nowait(order)
    if not auto:
        for queue in orders.values():
            queue.put_nowait(None)
    await asyncio.gather(*serving)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--party", action="append", required=True, metavar="NAME=URL", help="repeat for each unit")
    parser.add_argument("--auto", action="store_true", help="take every case that is offered, at once")
    given = parser.parse_args()
    asyncio.run(main(dict(party.split("=", 1) for party in given.party), given.auto))
