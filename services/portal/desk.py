"""What every page has at hand: who looks, whom to ask, how to answer."""

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote, unquote

import httpx
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from libs.identity import Caller, Role
from libs.languages import Lang
from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from libs.service import Service
from libs.wording import Words
from services.portal.form import Form
from services.portal.identity.identity import Identity
from services.portal.identity.visit import Visit
from services.portal.peers import Peers, Unreachable
from services.portal.refusals import sentence
from services.portal.rendering import Rendering
from services.portal.visitor import Visitor

Remember = Callable[[Request, Response, str], Awaitable[None]]
"""Lets the browser of a request follow a case that it filed, signed in or not; the response is on its way there."""

TOLD = "told"
"""The cookie that carries, over one redirect, what was just done."""


@dataclass(frozen=True)
class Office:
    """What the portal has: one for the process."""

    service: Service
    peers: Peers
    directory: Directory
    rendering: Rendering
    steered: bool
    """Whether business time is the visitor's to move on: only in the demo."""
    public_url: str
    """Under which address people reach the pages."""
    remember: Remember
    identity: Identity
    identify: Callable[[Request], Awaitable[Visitor]]
    admit: Callable[[Request], Awaitable[None]]
    """Awaited before a page does anything: refuses forms that are not from here."""
    read_remits: Callable[[], Awaitable[None]]
    """Brings `directory` up to date, for who has just changed it. Raises `httpx.HTTPError`."""

    async def visitor_of(self, request: Request) -> Visitor:
        """Who looks; found out once for a request."""
        if not hasattr(request.state, "visitor"):
            request.state.visitor = await self.identify(request)
        return request.state.visitor


class Desk:
    """One visitor's request."""

    def __init__(self, request: Request, office: Office, visitor: Visitor) -> None:
        self.request = request
        self.office = office
        self.visitor = visitor

    @property
    def lang(self) -> Lang:
        return self.visitor.lang

    @property
    def visit(self) -> Visit:
        """The browser's session: what signs in and out."""
        return self.request.state.visit

    @property
    def now(self) -> datetime:
        """The business instant."""
        return self.office.service.clock.now()

    @property
    def today(self) -> date:
        """The day in China."""
        return day_of(self.now)

    def t(self, zh: str, en: str) -> str:
        return zh if self.lang is Lang.ZH else en

    def scheme(self, ref: str) -> Scheme:
        return self.office.service.schemes[ref]

    def words(self, scheme: str | None = None) -> Words:
        """Speaks the visitor's language about the cases of a scheme."""
        known = self.office.service.schemes[scheme] if scheme else None
        return Words(self.lang, known, self.office.directory)

    def options(self, named: Mapping[str, Any]) -> list[tuple[str, str]]:
        """What may be chosen, with what it is called: of anything that has `zh` and `en` by its code."""
        return [(code, self.t(one.zh, one.en)) for code, one in named.items()]

    # Asking -----------------------------------------------------------------------------------------------------------

    def caller(self, case: str | None = None) -> Caller:
        return self.visitor.caller(case)

    async def get(self, peer: str, path: str, *, case: str | None = None, **params: Any) -> Any:
        """What a service says to this visitor."""
        return await self.office.peers.get(self.caller(case), peer, path, **params)

    async def get_or(self, otherwise: Any, peer: str, path: str, *, case: str | None = None, **params: Any) -> Any:
        """The same, for a part that a page can do without: `otherwise` where there is none, or no answer."""
        try:
            return await self.get(peer, path, case=case, **params)
        except (Refused, Unreachable):
            return otherwise

    async def post(
        self, peer: str, path: str, body: Any = None, *, case: str | None = None, key: str | None = None
    ) -> Any:
        return await self.office.peers.post(self.caller(case), peer, path, body, key=key)

    async def put(self, peer: str, path: str, body: Any, *, case: str | None = None, key: str | None = None) -> Any:
        return await self.office.peers.put(self.caller(case), peer, path, body, key=key)

    # Answering --------------------------------------------------------------------------------------------------------

    def page(self, template: str, *, status: int = 200, form: Form | None = None, **shown: Any) -> HTMLResponse:
        """A page from its template, which also gets `form`, `desk`, `visitor`, `now` and `t`."""
        told = self.request.cookies.get(TOLD)
        html = self.office.rendering.page(
            template, self, form=form or Form(), told=json.loads(unquote(told)) if told else None, **shown
        )
        answer = HTMLResponse(html, status_code=status)
        if told:
            answer.delete_cookie(TOLD)
        return answer

    def part(self, template: str, **shown: Any) -> HTMLResponse:
        """A part of a page, for a page that is already open."""
        return HTMLResponse(self.office.rendering.page(template, self, form=Form(), told=None, **shown))

    def then(self, path: str, zh: str, en: str) -> Response:
        """Done: on to another page, which says so."""
        answer = RedirectResponse(path, status_code=303)
        answer.set_cookie(TOLD, quote(json.dumps([zh, en])), max_age=60, httponly=True, samesite="lax")
        return answer

    def on(self, path: str) -> Response:
        return RedirectResponse(path, status_code=303)

    # Forms ------------------------------------------------------------------------------------------------------------

    async def form(self) -> Form:
        """What was typed."""
        return Form.of(await self.request.form())

    def says(self, refused: Refused) -> str:
        return sentence(refused, self.lang)

    async def carry_out(
        self,
        form: Form,
        act: Callable[[], Awaitable[Response]],
        again: Callable[[Form], Awaitable[Response]],
        *,
        needed: Mapping[str, str] | None = None,
        fields: tuple[str, ...] = (),
    ) -> Response:
        """Do what the form asks for. What is missing or refused brings the form back, as typed, with what to do."""
        if needed and form.lacks(needed):
            return _unprocessable(await again(form))
        try:
            return await act()
        except Refused as refused:
            if refused.status in (401, 404):
                raise
            form.take(refused, self.says(refused), fields)
        except Unreachable:
            form.trouble = self.t(
                "系统暂时没有回应，您填写的内容都还在，请稍后再提交一次；重复提交不会办理两次。",
                "The system does not answer right now. Everything you typed is still here; send it again in a moment. "
                "It will not be done twice.",
            )
        return _unprocessable(await again(form))

    @staticmethod
    def fresh_key() -> str:
        """A new key for a form: the act it asks for then counts once."""
        return secrets.token_urlsafe(18)


def _unprocessable(answer: Response) -> Response:
    answer.status_code = 422
    return answer


async def _desk(request: Request) -> Desk:
    office: Office = request.app.state.office
    await office.visitor_of(request)
    try:
        await office.admit(request)
    except httpx.HTTPError:
        raise Unreachable("intake") from None
    return Desk(request, office, request.state.visitor)


AtDesk = Annotated[Desk, Depends(_desk)]
"""The parameter of every page."""


def desk_of(*roles: Role) -> Any:
    """The dependency of pages that are these roles' work; whoever else comes is refused as the services would refuse, and
    whoever is not signed in any more is asked to, before what they sent is looked for."""

    async def check(desk: AtDesk) -> None:
        if desk.visitor.roles.isdisjoint(roles):
            raise Refused("not-allowed", f"this page is the work of {', '.join(sorted(roles))}", status=403)

    return Depends(check)
