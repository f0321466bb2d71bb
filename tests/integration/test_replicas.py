"""What one replica of a service is told by an administrator, the others go by within seconds: from the store they share, or
by asking whose it is."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest_asyncio
from pydantic import SecretStr

from contracts.catalogue import Service as ServiceName
from libs.identity import Caller
from libs.service import Service, Settings
from libs.store import connect
from services.deadline.__main__ import build as build_deadline
from services.routing.__main__ import build as build_routing
from tests.conftest import Servers
from tests.support import TEXT_2027, eventually

ADMINISTRATOR = Caller(subject="administrator", roles=frozenset({"administrator"}), jurisdiction="chaozhou")
MAKE_UP_DAY = date(2027, 1, 31)


class InProcess(Service):
    """Asks its peers in this process; everything else is real."""

    peers: dict[str, Service]

    async def fetch(self, peer: str, path: str, *, on_behalf: Caller | None = None) -> Any:
        answer = await asked(self.peers[peer], "GET", path, Caller(subject=self.name, roles=frozenset({"service"})))
        answer.raise_for_status()
        return answer.json()


async def asked(service: Service, method: str, path: str, caller: Caller, body: Any = None) -> httpx.Response:
    transport = httpx.ASGITransport(service.app)
    headers = {"authorization": f"Bearer {service.tokens.sign(caller)}", "idempotency-key": f"{method} {path}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        return await http.request(method, path, headers=headers, json=body)


@pytest_asyncio.fixture
async def replicas(servers: Servers) -> AsyncIterator[dict[str, Service]]:
    """Two of routing and two of deadline, on databases of this test's own."""
    parts, name = urlsplit(servers.mongo_admin), f"replicas_{token_hex(4)}"

    def settings(service: ServiceName) -> Settings:
        mongo = urlunsplit(parts._replace(path=f"/{name}_{service}", query=parts.query or "authSource=admin"))
        return Settings(
            port=0, amqp_url=SecretStr(servers.amqp(service)), mongo_url=SecretStr(mongo),
            token_secret=SecretStr("a secret of two replicas, long enough"),
        )  # fmt: skip

    services: dict[str, Service] = {}
    async with AsyncExitStack() as stack:
        for build, service in ((build_deadline, "deadline"), (build_routing, "routing")):
            for replica in (service, f"{service} too"):
                services[replica] = built = build(settings(service), InProcess)
                built.peers = services  # pyright: ignore[reportAttributeAccessIssue]
                await stack.enter_async_context(built.app.router.lifespan_context(built.app))
        yield services
    async with connect(servers.mongo_admin) as client:
        for database in {service.database.name for service in services.values()}:
            await client.drop_database(database)


async def test_a_remit_changed_at_one_replica_is_gone_by_at_the_other(replicas: dict[str, Service]) -> None:
    """000-34"""
    body = {"portfolio": ["transport"], "turn": 1, "seen": 0}
    answer = await asked(replicas["routing"], "PUT", "/units/shi_fujiaotong/remit", ADMINISTRATOR, body)
    assert answer.status_code == 200, answer.text

    def leader(service: Service) -> str | None:
        found = service.directory.running("chaozhou-direct-line").leader_for("portfolio", "transport")
        return found and found.unit

    assert leader(replicas["routing"]) == "shi_fujiaotong"
    await eventually(lambda: leader(replicas["routing too"]) == "shi_fujiaotong")


async def test_a_notice_imported_at_one_replica_is_counted_by_at_the_other_and_in_other_services(
    replicas: dict[str, Service],
) -> None:
    """§3.22"""
    assert not replicas["routing"].calendars["cn"].is_working_day(MAKE_UP_DAY)
    body = {"year": 2027, "text": TEXT_2027}
    answer = await asked(replicas["deadline"], "POST", "/calendars", ADMINISTRATOR, body)
    assert answer.status_code == 202, answer.text
    for name in ("deadline", "deadline too", "routing", "routing too"):
        calendars = replicas[name].calendars
        await eventually(lambda known=calendars: known["cn"].is_working_day(MAKE_UP_DAY), seconds=30)
