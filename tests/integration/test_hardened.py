"""A property that cannot be decoded costs one message, not the connection and everybody behind it."""

import asyncio
import struct
from urllib.parse import unquote, urlsplit

import pytest
from pamqp import commands, frame, header
from pamqp.base import Frame
from pamqp.body import ContentBody

from tests.conftest import OpenBus, Servers
from tests.support import FACT, Peek, a_case, cause, eventually, fact

CONTENT_TYPE, HEADERS, CORRELATION_ID, REPLY_TO, MESSAGE_ID, TIMESTAMP, TYPE, USER_ID, APP_ID = (
    1 << bit for bit in (15, 13, 10, 9, 7, 6, 5, 4, 3)
)
NO_UTF8 = b"\x04\xff\xfe\xc3\x28"
FAR_FUTURE = struct.pack(">Q", 1 << 63)


def table(entries: bytes) -> bytes:
    return struct.pack(">I", len(entries)) + entries


def nested(depth: int) -> bytes:
    entries = b""
    for _ in range(depth):
        entries = b"\x01aF" + table(entries)
    return table(entries)


MUTATIONS: dict[str, tuple[int, bytes]] = {
    "a content type that is no UTF-8": (CONTENT_TYPE, NO_UTF8),
    "a correlation id that is no UTF-8": (CORRELATION_ID, NO_UTF8),
    "a reply-to that is no UTF-8": (REPLY_TO, NO_UTF8),
    "a message id that is no UTF-8": (MESSAGE_ID, NO_UTF8),
    "a type that is no UTF-8": (TYPE, NO_UTF8),
    "an application that is no UTF-8": (APP_ID, NO_UTF8),
    "a header's key that is no UTF-8": (HEADERS, table(NO_UTF8 + b"I\x00\x00\x00\x01")),
    "a timestamp of 2^63": (TIMESTAMP, FAR_FUTURE),
    "a header's timestamp of 2^63": (HEADERS, table(b"\x01aT" + FAR_FUTURE)),
    "headers nested three thousand deep": (HEADERS, nested(3000)),
}


class RawProperties:
    """Message properties as these bytes, whatever they mean."""

    def __init__(self, flags: int, encoded: bytes) -> None:
        self._encoded = struct.pack(">H", flags) + encoded

    def marshal(self) -> bytes:
        return self._encoded


async def publish_raw(url: str, queue: str, flags: int, encoded: bytes) -> None:
    """As a hostile client would: no library looks at what is sent."""
    at = urlsplit(url)
    assert at.username
    assert at.password
    reader, writer = await asyncio.open_connection(at.hostname, at.port)

    async def answer() -> Frame:
        head = await reader.readexactly(7)
        rest = await reader.readexactly(struct.unpack(">I", head[3:7])[0] + 1)
        _, _, found = frame.unmarshal(head + rest)
        return found  # type: ignore[return-value]

    def send(channel: int, *parts: object) -> None:
        writer.write(b"".join(frame.marshal(part, channel) for part in parts))  # type: ignore[arg-type]

    writer.write(b"AMQP\x00\x00\x09\x01")
    await answer()
    login = f"\0{at.username}\0{unquote(at.password)}"
    send(0, commands.Connection.StartOk(client_properties={}, mechanism="PLAIN", response=login, locale="en_US"))
    await answer()
    vhost = unquote(at.path[1:])
    send(
        0,
        commands.Connection.TuneOk(channel_max=10, frame_max=131072, heartbeat=0),
        commands.Connection.Open(virtual_host=vhost),
    )
    await answer()
    send(1, commands.Channel.Open())
    await answer()
    body = b"{}"
    properties = header.ContentHeader(body_size=len(body), properties=RawProperties(flags, encoded))  # type: ignore[arg-type]
    send(1, commands.Basic.Publish(exchange="", routing_key=queue), properties, ContentBody(body))
    send(1, commands.Channel.Close(reply_code=200, reply_text="", class_id=0, method_id=0))
    assert isinstance(await answer(), commands.Channel.CloseOk)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_what_cannot_be_decoded_is_parked_and_the_next_message_handled_at_once(
    mutation: str, open_bus: OpenBus, peek: Peek, servers: Servers
):
    heard: list[str] = []

    async def handle(event: object) -> None:
        heard.append(good.id)

    good = fact(cause(a_case("one"), 1))
    bus = await open_bus("gateway", handle)
    await publish_raw(servers.amqp_admin, "gateway", *MUTATIONS[mutation])
    await peek.send(good.model_dump_json().encode(), key="gateway", message_id=good.id, type=FACT)
    await eventually(lambda: heard == [good.id])
    await eventually(lambda: bus.parked == 1)
    parked = await eventually(lambda: peek.take("gateway.dead"))
    assert parked.headers["x-reason"] == "unreadable: ValueError"
    assert "x-undecodable" in parked.headers
    assert parked.body == b"{}"
