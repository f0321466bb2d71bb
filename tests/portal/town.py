"""A city with its portal, in one process: pages asked for as somebody, and the services behind them."""

from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import Request, Response
from pydantic import SecretStr

from libs.languages import Lang
from services.portal.__main__ import build as build_portal
from services.portal.settings import PortalSettings
from services.portal.visitor import Visitor
from tests.schemes.city import DIRECTORY_FILE, ROOT, SCHEMES, City
from tests.schemes.house import SECRET


class Town(City):
    """A city whose pages can be asked for as any visitor; `as_` is a cookie that names one of `visitors`."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.visitors: dict[str, Visitor] = {}
        settings = PortalSettings(
            port=0,
            amqp_url=SecretStr(""),
            mongo_url=SecretStr(""),
            token_secret=SecretStr(SECRET),
            schemes=SCHEMES,
            calendars=ROOT / "deploy/calendars",
            directory=DIRECTORY_FILE,
        )

        async def identify(request: Request) -> Visitor:
            lang = Lang(request.cookies.get("lang", "zh"))
            visitor = self.visitors.get(request.cookies.get("as_", ""), Visitor())
            return Visitor(**{**vars(visitor), "lang": lang, "large": request.cookies.get("large") == "yes"})

        async def remember(request: Request, answer: Response, case: str) -> None:
            """As identity will: the browser's own cases, whoever it is."""
            name = request.cookies.get("as_", "")
            if name not in self.visitors:
                name = f"browser-{len(self.visitors)}"
                answer.set_cookie("as_", name)
            known = self.visitors.get(name, Visitor()).cases
            self.visitors[name] = enterprise(*known, case, name=name)

        self.portal = build_portal(settings, self.house.kind(), identify, remember)
        self.house.onlookers.append(self.portal.app.state.changes.saw)

    def browser(self, visitor: Visitor | None = None, *, lang: str = "zh", bare: bool = False) -> httpx.AsyncClient:
        """Somebody's browser; it follows redirects, and a page that breaks is raised. A `bare` one just shows what comes."""
        cookies = {"lang": lang}
        if visitor is not None:
            self.visitors[visitor.name] = visitor
            cookies["as_"] = visitor.name
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.portal.app, raise_app_exceptions=not bare),
            base_url="http://portal",
            cookies=cookies,
            follow_redirects=not bare,
        )


def staff(*roles: Any, unit: str | None = None, jurisdiction: str = "chaozhou", name: str = "") -> Visitor:
    """A visitor with these roles."""
    name = name or (unit or roles[0])
    return Visitor(name=name, subject=name, roles=frozenset(roles), unit=unit, jurisdiction=jurisdiction)


def enterprise(*cases: str, name: str = "enterprise") -> Visitor:
    """An enterprise that follows these cases."""
    return Visitor(name=name, subject=name, roles=frozenset({"enterprise"}), cases=frozenset(cases))


def typed(**fields: Any) -> Mapping[str, Any]:
    """A form as a browser sends it."""
    return {"once": "once", "csrf": "", **fields}
