"""A connection that ends after the letter was handed over: nobody can say whether it went out."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest

from deploy.embedded.processes import free_port
from services.notification.sources import Contact
from services.notification.templates import load_templates
from services.notification.ways import HttpSms, Parcel, Result, SmtpEmail

VALUES = {
    "addressee": "某厂",
    "case": "ZT-7K3M9QXA2B4D6F8H",
    "limit-rating": "5个自然日",
    "link": "https://l",
    "title": "直通车",
}
PARCEL = Parcel(
    id="ZT-7K3M9QXA2B4D6F8H:letter:sms",
    at=datetime(2026, 3, 2, 4, tzinfo=UTC),
    template=load_templates()["rating-invitation"],
    values=VALUES,
    contact=Contact(addressee="某厂", phone="13912345678", email="someone@pottery.example"),
)
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(talk: Talk) -> AsyncGenerator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(reader, writer)
        writer.close()
        await writer.wait_closed()

    port = free_port()
    async with await asyncio.start_server(serve, "127.0.0.1", port):
        yield port


async def test_a_provider_that_hangs_up_after_the_request_may_have_sent_the_message() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"}")

    async with answering(hang_up) as port, httpx.AsyncClient() as http:
        provider = HttpSms(http, f"http://127.0.0.1:{port}/sms", "token", {})
        assert await provider.send(PARCEL) == Result("unknown", "no-answer")


async def test_a_provider_that_is_not_there_has_sent_nothing() -> None:
    async with httpx.AsyncClient() as http:
        provider = HttpSms(http, f"http://127.0.0.1:{free_port()}/sms", "token", {})
        assert await provider.send(PARCEL) == Result("unavailable", "no-connection")


@pytest.mark.parametrize(
    ("after_data", "result"),
    [
        (b"", Result("unknown", "no-answer")),
        (b"250 taken\r\n", Result("delivered", "smtp-250")),
        (b"451 full\r\n", Result("unavailable", "smtp-451")),
        (b"554 no\r\n", Result("rejected", "smtp-554")),
    ],
)
async def test_a_mail_counts_by_what_the_server_says_after_it_has_it(after_data: bytes, result: Result) -> None:
    async def take_mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in (b"220 here", b"250 hello", b"250 sender", b"250 recipient", b"354 go on"):
            writer.write(reply + b"\r\n")
            if reply != b"354 go on":
                await reader.readline()
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(after_data)

    async with answering(take_mail) as port:
        assert await smtp(port).send(PARCEL) == result


@pytest.mark.parametrize("greeting", [b"554 not you\r\n", b""])
async def test_trouble_with_the_mail_server_itself_is_not_the_addressees(greeting: bytes) -> None:
    async def turn_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)

    async with answering(turn_away) as port:
        assert (await smtp(port).send(PARCEL)).outcome in ("unavailable", "unknown")
    assert (await smtp(free_port()).send(PARCEL)) == Result("unavailable", "no-connection")


def smtp(port: int) -> SmtpEmail:
    return SmtpEmail(
        host="127.0.0.1",
        port=port,
        tls="none",
        user="",
        password="",
        sender="direct-line@chaozhou.example",
        delivered_on_accept=True,
    )
