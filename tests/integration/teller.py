"""A service as small as one can be: hears nothing, keeps one document per case, says a fact for each cause.

Run as a process of its own, so that a test can kill it anywhere: `python -m tests.integration.teller <cases> <causes>`
with `AMQP`, `MONGO` and `DATABASE` in the environment. Does the same work each time it is started; ends when all of it
is published.
"""

import asyncio
import os
import sys

from libs.bus import Bus
from libs.relay import Relay
from libs.store import Collection, connect
from libs.telemetry import Tracer, start_tracing
from tests.support import a_case, cause, empty, evolve, fact, keys


async def main(cases: int, causes: int) -> None:
    bus = Bus("routing", os.environ["AMQP"], Tracer(start_tracing("routing", exporter=None)))
    async with connect(os.environ["MONGO"]) as client:
        collection = Collection(client[os.environ["DATABASE"]]["cases"], empty=empty, evolve=evolve, keys=keys)
        await collection.create_indexes()
        relay = Relay([collection], bus)
        await bus.start()
        relaying = asyncio.create_task(relay.run())
        for number in range(causes):
            records = [cause(a_case(f"told {case}"), number) for case in range(cases)]
            await asyncio.gather(*(collection.apply(r.case, r, lambda tally, r=r: [fact(r)]) for r in records))
        while await collection.count_unsent():
            await asyncio.sleep(0.05)
        relaying.cancel()
        await bus.stop()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
