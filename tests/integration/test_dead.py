"""`ztc dead` against a real broker: looking takes nothing away, a replay gives the service what it could not take."""

import asyncio
import json
from pathlib import Path
from typing import cast

import aio_pika
import pytest
from aio_pika import DeliveryMode
from pamqp.commands import Basic
from typer.testing import CliRunner

from contracts.events import SecondDisputeRefused
from deploy.embedded.processes import write_private
from deploy.ztc.cli import app
from tests.conftest import OpenBus, Servers
from tests.integration.town import Properties
from tests.support import Peek, a_case, cause, eventually, fact

CASE = a_case("dead")
SAID = fact(cause(CASE, 1))
OTHER = fact(cause(CASE, 2))
HEADERS = {"x-reason": "failed: RuntimeError", "x-parked-at": 1_772_000_000, "x-attempt": 4, "ce-source": "routing"}


@pytest.fixture
def folder(tmp_path: Path, servers: Servers) -> Path:
    urls = {"urls": {}, "token_secret_file": "secret", "spans": "spans.sqlite", "amqp_admin": servers.amqp_admin}
    write_private(tmp_path / "system.json", json.dumps(urls))
    return tmp_path


@pytest.fixture
async def clean(open_bus: OpenBus) -> None:
    """Empty queues, as every opened bus begins with."""


async def ztc_dead(*words: str, folder: Path) -> tuple[int, str]:
    """The command, in a thread because it has a loop of its own; wide enough to keep ids on one line."""
    runner = CliRunner(env={"COLUMNS": "220"})
    result = await asyncio.to_thread(runner.invoke, app, ["dead", *words, "--folder", str(folder)])
    return result.exit_code, result.output


async def park(peek: Peek, said: SecondDisputeRefused) -> None:
    await peek.send(
        said.model_dump_json().encode(), exchange="dead", key="gateway", message_id=said.id, type=said.type,
        headers=HEADERS, delivery_mode=DeliveryMode.PERSISTENT,
    )  # fmt: skip


async def park_undecodable(servers: Servers) -> None:
    """A type that is no UTF-8 costs the whole of the properties, and must not cost the tool."""
    async with await aio_pika.connect(servers.amqp_admin) as connection:
        channel = await (await connection.channel()).get_underlay_channel()
        written = cast(Basic.Properties, Properties(message_type=b"\x03\xff\xfe\xfd"))
        await channel.basic_publish(b"{", routing_key="gateway.dead", properties=written, mandatory=True)


@pytest.mark.usefixtures("clean")
async def test_looking_tells_everything_and_takes_nothing_away(servers: Servers, peek: Peek, folder: Path) -> None:
    await park(peek, SAID)
    await park_undecodable(servers)
    for _ in range(2):
        code, said = await ztc_dead("list", folder=folder)
        assert code == 0, said
        assert "gateway 2" in said
        line = next(line for line in said.splitlines() if SAID.id in line)
        for part in ("gateway", SAID.type, CASE, "failed: RuntimeError", "2026-02-25 14:13:20", "4"):
            assert part in line
        assert "undecodable: UnicodeDecodeError" in said
    code, said = await ztc_dead("show", SAID.id, folder=folder)
    assert code == 0, said
    assert json.loads(said[said.index("{") :]) == SAID.model_dump(mode="json")
    assert await eventually(lambda: peek.depth("gateway.dead")) == 2


@pytest.mark.usefixtures("clean")
async def test_a_replayed_message_comes_to_its_service_as_it_was_and_the_others_stay(peek: Peek, folder: Path) -> None:
    await park(peek, OTHER)
    await park(peek, SAID)
    code, said = await ztc_dead("replay", SAID.id, folder=folder)
    assert (code, said.strip()) == (0, "1 replayed")
    again = await peek.take("gateway")
    assert again
    assert (again.body, again.message_id, again.type) == (SAID.model_dump_json().encode(), SAID.id, SAID.type)
    # The broker counts deliveries in a header of its own.
    assert again.headers.keys() - {"x-delivery-count"} == {"ce-source"}
    assert again.delivery_mode == DeliveryMode.PERSISTENT
    left = await eventually(lambda: peek.take("gateway.dead"))
    assert left.message_id == OTHER.id
    assert await peek.depth("gateway.dead") == 0


@pytest.mark.usefixtures("clean")
async def test_all_of_a_service_is_replayed_but_what_nobody_could_read(
    servers: Servers, peek: Peek, folder: Path
) -> None:
    await park(peek, SAID)
    await park_undecodable(servers)
    await park(peek, OTHER)
    code, said = await ztc_dead("replay", "--all", "gateway", folder=folder)
    assert code == 1
    assert "2 replayed" in said
    assert "its properties cannot be read (undecodable: UnicodeDecodeError)" in said
    assert await peek.depth("gateway") == 2
    assert await eventually(lambda: peek.depth("gateway.dead")) == 1


@pytest.mark.usefixtures("clean")
async def test_what_is_asked_wrongly_is_answered_with_a_sentence(folder: Path) -> None:
    assert "no parked message is called nobody" in (await ztc_dead("show", "nobody", folder=folder))[1]
    assert "no parked message is called nobody" in (await ztc_dead("replay", "nobody", folder=folder))[1]
    assert "there is no service 'gatway'" in (await ztc_dead("replay", "--all", "gatway", folder=folder))[1]
    assert "name one message" in (await ztc_dead("replay", folder=folder))[1]
