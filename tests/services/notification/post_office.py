"""Real servers around the notification service: store, mail server, and peers and SMS provider over HTTP."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from deploy.embedded.processes import free_port
from libs.clock import SteppedClock
from libs.identity import Caller, Role
from libs.service import Service
from services.notification.__main__ import post_room, serve
from services.notification.handlers import handlers
from services.notification.sending import PostRoom
from services.notification.settings import NotificationSettings

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
CASE = "ZT-7K3M9QXA2B4D6F8H"
PHONE, EMAIL, PERSON = "13912345678", "lin.mou@pottery.example", "林某某"
ENTERPRISE, ANSWER, CODE = "潮安金丝雀陶瓷厂", "经研究，已为贵厂接通临时用水。", "code-4f9a7c"
UNIT_PHONE, UNIT_EMAIL, UNIT_PERSON = "13987654321", "liaison@water.example", "陈某某"
CANARIES = (PHONE, EMAIL, PERSON, ENTERPRISE, ANSWER, CODE, UNIT_PHONE, UNIT_EMAIL, UNIT_PERSON)
"""What must be found nowhere but in the letters themselves."""


class Mailbox:
    """A mail server's handler that keeps what it takes. `replies`: what it says to the next recipients instead of 250."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.replies: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.replies:
            return self.replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


class Outside:
    """Intake, routing and evaluation as far as letters ask them, and an SMS provider that knows an id it was given."""

    def __init__(self) -> None:
        self.contact: dict[str, Any] = {"enterprise": ENTERPRISE, "name": PERSON, "phone": PHONE, "email": EMAIL}
        self.code: str | None = CODE
        self.silent = False
        self.sms: list[dict[str, Any]] = []
        self.sms_tokens: set[str] = set()
        self.sms_answers: list[int | str] = []
        """A status for each next request; "hang" takes the message and never answers."""
        self.hanging = asyncio.Event()
        self.app = FastAPI()
        self._add_peers()
        self._add_provider()

    def delivered_ids(self) -> list[str]:
        """Ids in the order in which the provider first took them: what it knows it sends once."""
        return list(dict.fromkeys(message["id"] for message in self.sms))

    def _add_peers(self) -> None:
        app = self.app
        liaison = {"unit": "water_bureau", "name": "市水务局", "person": UNIT_PERSON, "phone": UNIT_PHONE}

        def tell(body: dict[str, Any] | None) -> Response:
            if self.silent:
                return Response(status_code=503)
            return Response(status_code=404) if body is None else JSONResponse(body)

        @app.get("/appeals/{case}/contact")
        async def contact(case: str) -> Response:
            return tell(self.contact)

        @app.get("/units/{unit}/contact")
        async def unit_contact(unit: str) -> Response:
            return tell(liaison | {"email": UNIT_EMAIL})

        @app.get("/schemes/{scheme}/audiences/{audience}/contact")
        async def audience_contact(scheme: str, audience: str) -> Response:
            return tell(liaison | {"name": "市政务服务数据管理局", "email": UNIT_EMAIL})

        @app.get("/cases/{case}/answer")
        async def answer(case: str) -> Response:
            return tell({"unit_name": "市水务局", "outcome": "solved", "answer": ANSWER, "final_answer": None})

        @app.get("/cases/{case}/invitation")
        async def invitation(case: str) -> Response:
            return tell({"code": self.code})

    def _add_provider(self) -> None:
        @self.app.post("/sms")
        async def take(request: Request) -> Response:
            answer = self.sms_answers.pop(0) if self.sms_answers else 200
            self.sms_tokens.add(request.headers["authorization"])
            if answer == "hang" or answer in (200, 202):
                self.sms.append(await request.json())
            if answer == "hang":
                self.hanging.set()
                await asyncio.Event().wait()
            return Response(status_code=int(answer))


class Post:
    """The service under test, with its clock and what stands around it."""

    def __init__(
        self, service: Service, room: PostRoom, outside: Outside, mailbox: Mailbox, clock: SteppedClock
    ) -> None:
        self.service = service
        self.room = room
        self.outside = outside
        self.mailbox = mailbox
        self.clock = clock
        self._handlers = handlers(service, room.mail)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://notification")

    async def hear(self, event: Any) -> None:
        await self._handlers[event.type](event)

    async def run(self, until: datetime | None = None) -> None:
        """Everything that is due now, and then, step by step, until that instant."""
        await self.service.due.do()
        while until and (due := await self.room.mail.next_due()) and due <= until:
            self.clock.step_to(due)
            await self.service.due.do()
        if until:
            self.clock.step_to(until)

    async def said(self, key: str = CASE) -> list[dict[str, Any]]:
        return [entry["body"] for entry in await self.room.mail.history(key) if entry["kind"] == "said"]

    async def facts(self, key: str = CASE) -> list[str]:
        """`letter.sent sms`, in the order in which they were said."""
        return [f"{f['type'].removesuffix('.v1')} {f.get('way', '')}".strip() for f in await self.said(key)]

    async def only(self, key: str = CASE) -> Any:
        mail = await self.room.mail.get(key)
        assert mail
        (letter,) = mail.letters.values()
        return letter

    async def ask(self, role: Role, method: str, path: str, body: Any = None) -> httpx.Response:
        token = self.service.tokens.sign(Caller(subject="somebody", roles=frozenset({role})))
        return await self.http.request(method, path, json=body, headers={"authorization": f"Bearer {token}"})

    async def report(self, role: Role, way: str, delivered: bool, key: str = CASE) -> httpx.Response:
        letter = await self.only(key)
        return await self.ask(role, "POST", "/receipts", {"letter": letter.id, "way": way, "delivered": delivered})

    async def stored(self) -> str:
        """Everything the service keeps, as text."""
        parts = (self.room.mail, self.room.shares)
        rows = [row for part in parts for row in await part.mongo.find({}).to_list()]
        return json.dumps(rows, ensure_ascii=False, default=str)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def served(app: FastAPI) -> AsyncGenerator[str]:
    port = free_port()
    config = uvicorn.Config(
        app, port=port, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    await server.listening.wait()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@asynccontextmanager
async def opened(settings: NotificationSettings, outside: Outside, mailbox: Mailbox) -> AsyncGenerator[Post]:
    service = Service("notification", settings)
    room = post_room(service, settings)
    serve(service, room)
    await room.mail.create_indexes("next_due", "calls_since")
    await room.shares.create_indexes("next_due")
    for part in (room.mail, room.shares):
        await part.mongo.delete_many({})
    clock = service.clock
    assert isinstance(clock, SteppedClock)
    post = Post(service, room, outside, mailbox, clock)
    yield post
    await post.http.aclose()
    await service.http.aclose()
    await service.database.client.close()
