"""A channel's own system, such as a 12345 hotline's: it hands appeals in and hears what became of them.

Written from contracts/asyncapi.yaml alone; needs `pip install aio-pika` and nothing of Zhitongche.

    python examples/channel_system.py --party hotline_12345=amqp://hotline_12345:SECRET@localhost:5672/party-hotline_12345

Then one JSON object a line on standard input, for instance

    {"party": "hotline_12345", "do": "submit", "message_id": "2026-0001", "entered_by": "017", "dossier": {...}}
    {"party": "hotline_12345", "do": "supplement", "case": "ZT-...", "text": "..."}
    {"party": "hotline_12345", "do": "withdraw", "case": "ZT-..."}

and on standard output a line for everything that is confirmed as sent, and for every message that comes:

    {"party": "hotline_12345", "sent": "2026-0001"}
    {"party": "hotline_12345", "message_id": "...", "message": {"type": "message.received.v1", "of": "2026-0001", ...}}

It ends with its input. Give --party again for each further channel that this process is to speak for.
"""

import argparse
import asyncio
import json
import sys
import uuid

import aio_pika

# What can be done, and how the message is called that says it.
TYPES = {
    "submit": "appeal.submitted.v1",
    "supplement": "appeal.supplement_given.v1",
    "withdraw": "appeal.withdrawal_asked.v1",
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


async def listen(party, connection):
    """Read what Zhitongche answers."""
    channel = await connection.channel()
    # Take only as much as you can store; the rest waits in the queue.
    await channel.set_qos(prefetch_count=20)
    # You may not declare: get_queue only looks whether the queue is there.
    queue = await channel.get_queue("answers")
    async with queue.iterator() as messages:
        async for message in messages:
            # STORE it here, in your own database, under message.message_id: a message may come twice. Printing stands
            # for that. Keep types and pass over fields that you do not know.
            tell(party=party, message_id=message.message_id, message=json.loads(message.body))
            # Only now acknowledge: what is acknowledged is gone from the queue.
            await message.ack()


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


async def serve(party, url, orders):
    # A group: when reading fails for good, the program ends with the reason instead of living on deaf.
    async with await connect(url) as connection, asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(listen(party, connection))
        # Its own channel: an error while publishing must not disturb what is being read.
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        while order := await orders.get():
            await send(party, channel, order)
        listening.cancel()


async def main(parties):
    orders = {party: asyncio.Queue() for party in parties}
    serving = [asyncio.create_task(serve(party, url, orders[party])) for party, url in parties.items()]
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        orders[order.pop("party")].put_nowait(order)
    for queue in orders.values():
        queue.put_nowait(None)
    await asyncio.gather(*serving)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--party", action="append", required=True, metavar="NAME=URL", help="repeat for each channel")
    asyncio.run(main(dict(party.split("=", 1) for party in parser.parse_args().party)))
