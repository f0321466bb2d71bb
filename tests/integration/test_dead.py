"""Dead letters against a real broker, through a service's routes and `ztc dead`, which asks them: looking takes nothing
away and changes no order, a replay gives the service what it could not take, a discard leaves word of who did it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import aio_pika
import httpx
import pytest
import pytest_asyncio
from aio_pika import DeliveryMode
from fastapi import FastAPI
from pamqp.commands import Basic
from pymongo.asynchronous.database import AsyncDatabase
from typer.testing import CliRunner

from contracts.catalogue import SERVICES
from contracts.events import SecondDisputeRefused
from deploy.demo.serving import Serving
from deploy.embedded.processes import free_port, write_private
from deploy.ztc.cli import app
from libs.dead import DeadLetters
from libs.identity import Caller, Role, Tokens
from libs.service import Service, Settings
from tests.conftest import OpenBus, Servers
from tests.integration.town import Properties
from tests.support import Peek, a_case, cause, eventually, fact

CASE = a_case("dead")
SAID = fact(cause(CASE, 1))
OTHER = fact(cause(CASE, 2))
HEADERS = {"x-reason": "failed: RuntimeError", "x-parked-at": 1_772_000_000, "x-attempt": 4, "ce-source": "routing"}
SECRET = "a secret of a deployment whose letters are dead"


@dataclass(eq=False)
class Overdue:
    """Documents that have been due for two minutes and more."""

    keys: list[str] = field(default_factory=list[str])

    async def due(self, now: datetime, *, limit: int) -> list[str]:
        return self.keys[:limit]

    async def next_due(self) -> datetime | None:
        return datetime.now(UTC) - timedelta(minutes=2) if self.keys else None


async def fail(key: str) -> None:
    raise ValueError("words that somebody typed")


@dataclass
class Ops:
    """The gateway as operators see it. It hears nothing here, so that what is handed to it can be looked at."""

    service: Service
    http: httpx.AsyncClient
    folder: Path
    dues: "Overdue"

    async def __call__(
        self, method: str, path: str, body: Any = None, *, roles: set[Role] | None = None
    ) -> httpx.Response:
        caller = Caller(subject="night-watch", roles=frozenset(roles or {"ops"}))
        return await self.http.request(
            method, path, json=body, headers={"authorization": f"Bearer {Tokens(SECRET).sign(caller)}"}
        )

    async def letters(self) -> list[dict[str, Any]]:
        return (await self("GET", "/dead")).json()["letters"]


@pytest_asyncio.fixture
async def ops(
    servers: Servers, open_bus: OpenBus, database: AsyncDatabase[dict[str, Any]], tmp_path: Path
) -> AsyncIterator[Ops]:
    """`open_bus` begins with empty queues."""
    port = free_port()
    mongo = urlsplit(servers.mongo_admin)._replace(path=f"/{database.name}", query="authSource=admin").geturl()
    settings = Settings(port=port, amqp_url=servers.amqp("gateway"), mongo_url=mongo, token_secret=SECRET)  # type: ignore[arg-type]
    service = Service("gateway", settings)
    dues = Overdue()
    service.when_due(dues, fail)
    serving = Serving(service.app, port)
    url = f"http://127.0.0.1:{port}"
    (tmp_path / "secret").write_text(SECRET)
    others = Serving(nobodys_letters(), free_port())
    await others.start()
    known = {
        "urls": dict.fromkeys(SERVICES, f"http://127.0.0.1:{others.port}") | {"gateway": url},
        "token_secret_file": str(tmp_path / "secret"),
        "spans": "spans.sqlite",
    }
    write_private(tmp_path / "system.json", json.dumps(known))
    await serving.start()
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield Ops(service, http, tmp_path, dues)
    await serving.stop()
    await others.stop()


def nobodys_letters() -> FastAPI:
    """What a service answers that could take everything."""
    app = FastAPI()

    @app.get("/dead")
    async def parked() -> dict[str, Any]:
        return {"count": 0, "letters": []}

    @app.get("/dead/discarded")
    async def discarded() -> list[Any]:
        return []

    return app


async def ztc_dead(ops: Ops, *words: str) -> tuple[int, str]:
    """The command, in a thread because the service runs in this loop; wide enough to keep ids on one line."""
    runner = CliRunner(env={"COLUMNS": "220", "USER": "wang"})
    result = await asyncio.to_thread(runner.invoke, app, ["dead", *words, "--folder", str(ops.folder)])
    return result.exit_code, result.output


async def park(peek: Peek, said: SecondDisputeRefused, *, after_ns: int = 0) -> None:
    headers = HEADERS | {"x-parked-ns": 1_772_000_000 * 10**9 + after_ns}
    await peek.send(
        said.model_dump_json().encode(), exchange="dead", key="gateway", message_id=said.id, type=said.type,
        headers=headers, delivery_mode=DeliveryMode.PERSISTENT,
    )  # fmt: skip


async def park_undecodable(servers: Servers) -> None:
    """A type that is no UTF-8 costs the whole of the properties, and must not cost the tool."""
    async with await aio_pika.connect(servers.amqp_admin) as connection:
        channel = await (await connection.channel()).get_underlay_channel()
        written = cast(Basic.Properties, Properties(message_type=b"\x03\xff\xfe\xfd"))
        await channel.basic_publish(b"{", routing_key="gateway.dead", properties=written, mandatory=True)


# Looking --------------------------------------------------------------------------------------------------------------


async def test_looking_tells_everything_and_takes_nothing_away(servers: Servers, peek: Peek, ops: Ops) -> None:
    await park(peek, SAID)
    await park_undecodable(servers)
    second = {"id": ""}
    for _ in range(2):
        second, first = await ops.letters()
        assert first == {
            "id": SAID.id, "type": SAID.type, "case": CASE, "reason": "failed: RuntimeError", "attempts": 4,
            "parked_at": "2026-02-25T06:13:20+00:00",
        }  # fmt: skip
        assert second["reason"] == "undecodable: UnicodeDecodeError"
    shown = (await ops("GET", f"/dead/{SAID.id}")).json()
    assert shown["says"] == SAID.model_dump(mode="json")
    assert (await ops("GET", f"/dead/{second['id']}")).json()["says"] is None, "nobody knows what words stand in it"
    assert await eventually(lambda: peek.depth("gateway.dead")) == 2


async def test_however_many_look_how_often_at_how_much_the_order_stays(peek: Peek, ops: Ops) -> None:
    parked = [fact(cause(CASE, number)) for number in range(40)]
    for number, said in enumerate(parked):
        await park(peek, said, after_ns=number)
    looks = [ops("GET", f"/dead?limit={limit}") for limit in (40, 3, 17, 1000, 1)]
    for look in await asyncio.gather(*looks):
        assert look.json()["count"] == 40
    assert [letter["id"] for letter in await ops.letters()] == [said.id for said in parked]


async def test_only_operators_look_and_settle(peek: Peek, ops: Ops) -> None:
    await park(peek, SAID)
    for method, path in (
        ("GET", "/flow"), ("GET", "/stuck"), ("GET", "/dead"), ("GET", f"/dead/{SAID.id}"), ("GET", "/dead/discarded"),
        ("POST", "/dead/replay"), ("POST", f"/dead/{SAID.id}/replay"), ("POST", f"/dead/{SAID.id}/discard"),
    ):  # fmt: skip
        body = {"reason": "because"} if path.endswith("discard") else {} if method == "POST" else None
        assert (await ops(method, path, body, roles={"administrator", "leader"})).status_code == 403, path
        assert (await ops.http.request(method, path, json=body)).status_code == 401, path
    assert len(await ops.letters()) == 1


# Replaying ------------------------------------------------------------------------------------------------------------


async def test_a_replayed_message_comes_to_its_service_as_it_was_and_the_others_stay(peek: Peek, ops: Ops) -> None:
    await park(peek, OTHER)
    await park(peek, SAID)
    assert (await ops("POST", f"/dead/{SAID.id}/replay")).json() == {"replayed": 1}
    again = await eventually(lambda: peek.take("gateway"))
    assert (again.body, again.message_id, again.type) == (SAID.model_dump_json().encode(), SAID.id, SAID.type)
    # The broker writes into headers of its own how often and where a message waited.
    brokers = ("x-delivery-count", "x-death", "x-first-death-", "x-last-death-")
    assert [name for name in again.headers if not name.startswith(brokers)] == ["ce-source"]
    assert again.delivery_mode == DeliveryMode.PERSISTENT
    assert [letter["id"] for letter in await ops.letters()] == [OTHER.id]


async def test_two_operators_who_replay_the_same_letter_at_once_hand_it_over_once(peek: Peek, ops: Ops) -> None:
    await park(peek, SAID)
    answers = await asyncio.gather(*(ops("POST", f"/dead/{SAID.id}/replay") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    await eventually(lambda: peek.take("gateway"))
    assert await peek.depth("gateway.dead") == 0
    assert await peek.depth("gateway") == await peek.depth("retry-2s") == 0


async def test_all_of_a_type_are_replayed_and_all_but_what_nobody_could_read(
    servers: Servers, peek: Peek, ops: Ops
) -> None:
    await park(peek, SAID, after_ns=1)
    await park_undecodable(servers)
    await park(peek, OTHER, after_ns=2)
    assert (await ops("POST", "/dead/replay", {"type": "case.closed.v1"})).json() == {"replayed": 0, "kept": []}
    done = (await ops("POST", "/dead/replay", {})).json()
    assert done["replayed"] == 2
    (kept,) = done["kept"]
    assert "its properties cannot be read (undecodable: UnicodeDecodeError)" in kept["detail"]
    for said in (SAID, OTHER):
        assert (await eventually(lambda: peek.take("gateway"))).message_id == said.id
    assert [letter["id"] for letter in await ops.letters()] == [kept["id"]]


async def test_what_cannot_be_handed_over_stays(peek: Peek, ops: Ops, servers: Servers) -> None:
    """A service may read its own dead letters and nobody else's."""
    await park(peek, SAID)
    answer = await ops("POST", "/dead/nobody/replay")
    assert (answer.status_code, answer.json()["rule"]) == (404, "no-such-letter")
    foreign = DeadLetters("intake", ops.service.bus.channel)
    with pytest.raises(Exception, match="ChannelAccessRefused"):
        async with foreign.look():
            pass
    assert len(await ops.letters()) == 1


# Discarding -----------------------------------------------------------------------------------------------------------


async def test_a_discarded_message_is_gone_and_it_is_known_who_did_it_when_and_why(
    servers: Servers, peek: Peek, ops: Ops
) -> None:
    await park_undecodable(servers)
    await park(peek, SAID)
    letter, _ = await ops.letters()
    refused = await ops("POST", f"/dead/{letter['id']}/discard", {"reason": " "})
    assert (refused.status_code, refused.json()["field"]) == (422, "reason")
    assert (await ops("POST", f"/dead/{letter['id']}/discard", {"reason": "混入的测试消息"})).status_code == 200
    assert [left["id"] for left in await ops.letters()] == [SAID.id]
    (kept,) = (await ops("GET", "/dead/discarded")).json()
    assert datetime.fromisoformat(kept.pop("at"))
    assert kept == letter | {"by": "night-watch", "why": "混入的测试消息"}


# The command ----------------------------------------------------------------------------------------------------------


async def test_the_command_shows_replays_and_discards(servers: Servers, peek: Peek, ops: Ops) -> None:
    await park(peek, SAID)
    await park_undecodable(servers)
    code, said = await ztc_dead(ops, "list")
    assert code == 0, said
    assert "gateway 2" in said
    line = next(line for line in said.splitlines() if SAID.id in line)
    for part in ("gateway", SAID.type, CASE, "failed: RuntimeError", "2026-02-25 14:13:20", "4"):
        assert part in line
    code, said = await ztc_dead(ops, "show", SAID.id)
    assert code == 0, said
    assert json.loads(said[said.index("{") :]) == SAID.model_dump(mode="json")
    code, said = await ztc_dead(ops, "replay", "--all", "gateway")
    assert code == 1
    assert "1 replayed" in said
    assert "its properties cannot be read (undecodable: UnicodeDecodeError)" in said
    (left,) = await ops.letters()
    assert (await ztc_dead(ops, "discard", left["id"], "--reason", "no fact"))[0] == 0
    assert "ztc-wang" in (await ztc_dead(ops, "discarded"))[1]
    assert await ops.letters() == []


async def test_what_is_asked_wrongly_is_answered_with_a_sentence(ops: Ops) -> None:
    assert "no parked message is called nobody" in (await ztc_dead(ops, "show", "nobody"))[1]
    assert "no parked message is called nobody" in (await ztc_dead(ops, "replay", "nobody"))[1]
    assert "there is no service 'gatway'" in (await ztc_dead(ops, "replay", "--all", "gatway"))[1]
    assert "name one message" in (await ztc_dead(ops, "replay"))[1]


# Flow and stuck -------------------------------------------------------------------------------------------------------


async def test_the_flow_tells_what_waits_and_what_is_parked(peek: Peek, ops: Ops) -> None:
    await park(peek, SAID)
    for said in (SAID, OTHER):
        await peek.send(said.model_dump_json().encode(), key="gateway", message_id=said.id, type=said.type)
    flow = (await ops("GET", "/flow")).json()
    assert flow["queue"] == {"depth": 2, "consumers": 0}
    assert flow["dead"] == 1
    assert flow["unsent"] == {"documents": 0, "oldest_seconds": 0.0}
    assert flow["due"] == {"waiting": 0, "late_seconds": 0.0, "next": None}
    assert flow["silent"] == []
    assert flow["since_start"].keys() == flow["per_minute"]["60s"].keys()


async def test_due_work_that_keeps_failing_is_stuck_until_it_is_done(ops: Ops) -> None:
    async def stuck() -> list[dict[str, Any]]:
        return (await ops("GET", "/stuck")).json()

    async def tried_again() -> list[dict[str, Any]]:
        return [one for one in await stuck() if one["tries"] >= 2]

    ops.dues.keys = [CASE]
    (one,) = await eventually(tried_again)
    assert (one["what"], one["key"], one["reason"]) == ("due-work", CASE, "ValueError")
    assert datetime.now(UTC) - datetime.fromisoformat(one["since"]) < timedelta(minutes=1)
    flow = (await ops("GET", "/flow")).json()
    assert flow["failing"] == 1
    assert flow["due"]["waiting"] == 1
    assert 100 <= flow["due"]["late_seconds"] < 180
    ops.dues.keys = []
    await eventually(lambda: _none(stuck))


async def _none(ask: Callable[[], Awaitable[list[Any]]]) -> bool:
    return not await ask()
