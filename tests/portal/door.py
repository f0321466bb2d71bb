"""The portal's door in one process: its own accounts and sessions, a standing wall clock, and peers that answer as told."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import Request
from pydantic import SecretStr

from libs.identity import Role
from services.portal.app import add_pages
from services.portal.identity import totp
from services.portal.identity.identity import Identity
from services.portal.settings import PortalSettings
from tests.schemes.city import DIRECTORY_FILE, ROOT, SCHEMES
from tests.schemes.house import SECRET, House, HousedService, StandingClock

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
PASSWORD = "kettle drum lantern"
CREDIT_CODE, PHONE = "91445100MA4UKX2R60", "13912345678"
CASE = "ZT-7K3M9QXA2B4D6F8H"


class Door:
    """`filed`: pair → cases, as intake knows them. `sent`: the codes that notification was asked to send."""

    def __init__(self, **settings: Any) -> None:
        self.house = House(NOON)
        self.wall = StandingClock(NOON)
        self.settings = PortalSettings(
            port=0,
            amqp_url=SecretStr(""),
            mongo_url=SecretStr(""),
            token_secret=SecretStr(SECRET),
            schemes=SCHEMES,
            calendars=ROOT / "deploy/calendars",
            directory=DIRECTORY_FILE,
            **{"second_factor": False, **settings},
        )
        self.service = self.house.kind()("portal", self.settings)
        self.identity = Identity.of(self.service, self.settings, wall=self.wall, quick=True)
        add_pages(self.service, self.settings, self.identity)
        self.filed: dict[tuple[str, str], list[str]] = {}
        self.sent: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self._add_peers()

    def _add_peers(self) -> None:
        intake: HousedService = self.house.kind()("intake", self.settings)
        notification: HousedService = self.house.kind()("notification", self.settings)

        @intake.app.post("/enterprises/cases")
        async def cases(request: Request) -> list[dict[str, Any]]:
            body = await request.json()
            self.asked.append(body)
            return [{"case": case} for case in self.filed.get((body["credit_code"], body["phone"]), [])]

        @notification.app.post("/sign-in-codes", status_code=202)
        async def send(request: Request) -> dict[str, bool]:
            self.sent.append(await request.json())
            return {"sent": True}

    async def account(self, name: str = "xie.ming", *roles: Role, must_change: bool = False, **more: Any) -> str:
        await self.identity.accounts.create(
            name,
            person="谢明",
            roles=frozenset(roles or ("unit",)),
            password=PASSWORD,
            must_change=must_change,
            by="test",
            **{"unit": "shi_gongdian", "jurisdiction": "chaozhou", **more},
        )
        return name

    def browser(self, *, https: bool = False, **headers: str) -> "Browser":
        return Browser(self, https=https, headers=headers)

    def later(self, **length: float) -> None:
        self.wall.instant += timedelta(**length)

    def code(self, secret: str) -> str:
        return totp.code_at(secret, totp.step_of(self.wall.now()))


class Browser:
    """A browser that keeps cookies and sends forms with what a page had hidden in them."""

    def __init__(self, door: Door, *, https: bool = False, headers: Mapping[str, str] = {}) -> None:
        scheme = "https" if https else "http"
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(door.service.app), base_url=f"{scheme}://portal", headers=dict(headers)
        )
        self.csrf = ""

    async def get(self, path: str) -> httpx.Response:
        return self._seen(await self.http.get(path))

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """A form of the page seen last."""
        return self._seen(await self.http.post(path, data={"csrf": self.csrf, **fields}))

    async def sign_in(self, account: str = "xie.ming", password: str = PASSWORD, **more: str) -> httpx.Response:
        await self.get("/sign-in")
        return await self.post("/sign-in", account=account, password=password, **more)

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        return await self.get(answer.headers["location"])

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        if found := re.search(r'name="csrf" value="([0-9a-f]+)"', answer.text):
            self.csrf = found[1]
        return answer


async def is_in(browser: Browser) -> bool:
    """Whether this browser is signed in with an account."""
    return (await browser.get("/account")).status_code == 200
