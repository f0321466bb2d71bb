"""All parties' lines together: opened when the service starts, left when it ends, counted for whoever watches."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from yarl import URL

from libs import hardened
from services.gateway.handing_out import HandingOut
from services.gateway.line import LEAVE_SECONDS, Line
from services.gateway.taking_in import TakingIn
from services.gateway.topology import vhost

HEARTBEAT_SECONDS = 10


class Door:
    """Where parties are met."""

    def __init__(self, amqp_url: str, parties: Iterable[str], taking_in: TakingIn, handing_out: HandingOut) -> None:
        """`amqp_url`: the gateway's own, on the inner vhost; the parties' vhosts are on the same broker."""
        hardened.install()
        self._handing_out = handing_out
        self.lines = {name: Line(name, _url_of(amqp_url, name), taking_in, handing_out.serve) for name in parties}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        running = [asyncio.create_task(line.run()) for line in self.lines.values()]
        yield
        for line in self.lines.values():
            line.leave()
        await asyncio.wait(running, timeout=LEAVE_SECONDS + 2)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def figures(self) -> dict[str, int]:
        """For the service's own: how far everything is, and how many parties cannot be reached."""
        lines = self.lines.values()
        return {
            "in_flight": sum(line.in_flight for line in lines),
            "unsent": await self._handing_out.count_waiting(),
            "from_parties": sum(line.from_parties for line in lines),
            "to_parties": sum(line.to_parties for line in lines),
            "lines_down": sum(not line.up for line in lines),
        }


def _url_of(amqp_url: str, party: str) -> URL:
    return URL(amqp_url).with_path(f"/{vhost(party)}").with_query(heartbeat=HEARTBEAT_SECONDS)
