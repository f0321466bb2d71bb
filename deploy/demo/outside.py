"""The world outside the demo: the parties' own systems, an SMS provider, a mail server, a tap on the facts.

The parties' systems are the example programs, as processes of their own. Provider and mail server are real servers that
the letters really reach; what the people there do with them is the player's business.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import aio_pika
from aiosmtpd.controller import Controller
from fastapi import FastAPI, Request

from contracts.catalogue import EXCHANGE, Service
from deploy.demo.postbag import Postbag
from deploy.demo.serving import Serving
from deploy.embedded.processes import free_port, plain_environment
from deploy.system import System

ROOT = Path(__file__).parent.parent.parent
Told = Callable[[dict[str, Any]], None]


class PartySystems:
    """One example program that speaks for several parties; orders go in as lines, what it hears comes out as lines."""

    def __init__(self, program: str, urls: Mapping[str, str], told: Told) -> None:
        self._program = program
        self._urls = urls
        self._told = told
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.ordered = 0
        self.sent = 0
        self.heard = 0

    async def start(self) -> None:
        parties = [word for party, url in self._urls.items() for word in ("--party", f"{party}={url}")]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(ROOT / "examples" / self._program), *parties,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=plain_environment(),
            limit=1 << 20,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read())

    async def order(self, party: str, do: str, **fields: Any) -> None:
        """Have a party's system do something; it has been done when `sent` has caught up with `ordered`."""
        assert self._process
        assert self._process.stdin
        self.ordered += 1
        self._process.stdin.write(json.dumps({"party": party, "do": do, **fields}, ensure_ascii=False).encode() + b"\n")
        await self._process.stdin.drain()

    async def _read(self) -> None:
        assert self._process
        assert self._process.stdout
        async for line in self._process.stdout:
            said = json.loads(line)
            if "message" in said:
                self.heard += 1
                self._told(said)
            elif "sent" in said:
                self.sent += 1

    async def stop(self) -> None:
        if self._process is None:
            return
        if self._process.returncode is None:
            assert self._process.stdin
            self._process.stdin.close()
            try:
                async with asyncio.timeout(10):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._reading:
            await self._reading


@dataclass
class SmsProvider:
    """Takes short messages over HTTP, as a real provider would, keeps each in `postbag` and gives it to `taken`."""

    taken: Told
    postbag: Postbag
    port: int = field(default_factory=free_port)
    token: str = "demo-sms-provider"

    def __post_init__(self) -> None:
        app = FastAPI()

        @app.post("/sms")
        async def take(request: Request) -> dict[str, bool]:
            sms = await request.json()
            self.postbag.keep_sms(sms)
            self.taken(sms)
            return {"taken": True}

        self._serving = Serving(app, self.port)

    async def start(self) -> None:
        await self._serving.start()

    async def stop(self) -> None:
        await self._serving.stop()


class MailServer:
    """A real SMTP server that keeps in `postbag` what arrives and gives it to `arrived`."""

    def __init__(self, arrived: Told, postbag: Postbag) -> None:
        self._arrived = arrived
        self._postbag = postbag
        self._loop = asyncio.get_running_loop()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def start(self) -> None:
        await asyncio.to_thread(self._controller.start)

    async def stop(self) -> None:
        await asyncio.to_thread(self._controller.stop)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        body = message.get_body(("plain",))
        mail = {"to": envelope.rcpt_tos[0], "subject": message["subject"], "text": body.get_content() if body else ""}
        self._loop.call_soon_threadsafe(self._take, mail)
        return "250 OK"

    def _take(self, mail: dict[str, Any]) -> None:
        self._postbag.keep_mail(mail)
        self._arrived(mail)


def letters_go_out_by(sms: SmsProvider, mail: MailServer) -> dict[Service, dict[str, str]]:
    """What notification must be told so that its letters reach these two."""
    return {
        "notification": {
            "public_url": "https://ztc.example",
            "sms_provider": "http",
            "sms_url": f"http://127.0.0.1:{sms.port}/sms",
            "sms_token": sms.token,
            "smtp_host": "127.0.0.1",
            "smtp_port": str(mail.port),
            "smtp_tls": "none",
            "smtp_from": "zhitongche@zhengfu.example",
        }
    }


RATING_LINK = re.compile(r"/r/(?P<case>ZT-[0-9A-Z]{16})\?c=(?P<code>[A-Za-z0-9_-]+)")


@dataclass
class Facts:
    """Every fact that crossed the bus, counted as it passes."""

    by_type: Counter[str] = field(default_factory=Counter[str])
    ids: set[str] = field(default_factory=set[str])
    duplicates: int = 0
    clocks: Counter[str] = field(default_factory=Counter[str])
    ratings: Counter[str] = field(default_factory=Counter[str])
    finals: dict[str, str] = field(default_factory=dict[str, str])
    of_case: Counter[str] = field(default_factory=Counter[str])

    def passes(self, body: dict[str, Any]) -> None:
        if body["id"] in self.ids:
            self.duplicates += 1
            return
        self.ids.add(body["id"])
        kind = body["type"].removesuffix(".v1")
        self.by_type[kind] += 1
        case: str = body.get("case", "")
        if case.startswith("ZT-"):
            self.of_case[case] += 1
            self.finals.setdefault(case, "open")
        match kind:
            case "clock.started":
                self.clocks["started"] += 1
            case "clock.missed":
                self.clocks["missed"] += 1
            case "clock.stopped" if body["outcome"] == "met":
                self.clocks["met"] += 1
            case "clock.stopped" if body["outcome"] == "void":
                self.clocks["stopped"] += 1
            case "case.rated":
                self.ratings[body["rating"]] += 1
            case "appeal.returned":
                self.finals[case] = f"returned: {body['reason']}"
            case "appeal.withdrawn":
                self.finals[case] = "withdrawn"
            case "case.closed":
                self.finals[case] = body["outcome"]
            case "case.listed":
                self.finals[case] = "waiting for a session"
            case _:
                pass


class FactsTap:
    """Listens to the exchange of facts with a queue of its own, which ends with the demo."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.facts = Facts()
        self._marked = asyncio.Event()
        self._connection: aio_pika.abc.AbstractConnection | None = None
        self._queue: aio_pika.abc.AbstractQueue | None = None
        self._channel: aio_pika.abc.AbstractChannel | None = None

    async def start(self) -> None:
        self._connection = await aio_pika.connect(self._url)
        self._channel = await self._connection.channel()
        self._queue = await self._channel.declare_queue(exclusive=True)
        await self._queue.bind(EXCHANGE, "#")
        await self._queue.consume(self._on_message, no_ack=True)

    async def _on_message(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        if message.type == "mark":
            self._marked.set()
        else:
            self.facts.passes(json.loads(message.body))

    async def up_to_now(self) -> Facts:
        """All facts up to now: what was published before has passed when our own mark has."""
        assert self._channel
        assert self._queue
        self._marked.clear()
        await self._channel.default_exchange.publish(aio_pika.Message(b"", type="mark"), self._queue.name)
        await self._marked.wait()
        return self.facts

    async def stop(self) -> None:
        if self._connection is not None:
            await self._connection.close()


async def outside_opens(system: System, tap: FactsTap, sms: SmsProvider, mail: MailServer) -> None:
    """Before the first fact is said; all three stay until the system ends."""
    for part in (tap, sms, mail):
        await part.start()
        system.at_end.push_async_callback(part.stop)


def is_letter(sms: Mapping[str, Any]) -> bool:
    """Whether notification sent it and waits for a receipt; a sign-in code, which the portal sends, has none."""
    return str(sms["id"]).endswith(":sms")
