"""The portal's pages put together: who looks, what is served, and what is said when something goes wrong."""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from mimetypes import guess_type
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from libs.following import follow_notices, follow_remits
from libs.policy.refused import Refused
from libs.problem import place, problem
from libs.service import Service
from services.portal.attaching import AT_MOST, MOST_BYTES
from services.portal.desk import AtDesk, Desk, Office, Remember
from services.portal.identity.api import account_routes
from services.portal.identity.identity import Identity
from services.portal.live import Changes
from services.portal.navigation import places
from services.portal.packing import Packing, packed_file
from services.portal.pages import AREAS, PLACES
from services.portal.peers import Peers, Unreachable
from services.portal.rendering import STATIC, Rendering
from services.portal.settings import PortalSettings
from services.portal.visitor import Visitor

Identify = Callable[[Request], Awaitable[Visitor]]
FOR_TOOLS = "/api/"
"""Routes that answer programs, with problems instead of pages."""
FOR_ENTERPRISES = ("/my", "/enterprise")
"""Pages at whose door an enterprise signs in, not staff."""
YEAR_SECONDS = 31_536_000
TAKES_FILES = r"/file/[a-z-]+|/my/[A-Z0-9-]+/attachments"
"""The forms that send files."""
FORM_BYTES = 256 * 1024


def add_pages(
    service: Service,
    settings: PortalSettings,
    identity: Identity,
    identify: Identify | None = None,
    remember: Remember | None = None,
) -> None:
    """Every page of every role. `identify`: who looks, in place of `identity`, whose forms need no mark; `remember` then
    says what a browser that filed may follow."""
    app = service.app
    steered = bool(settings.steering_url)
    rendering = Rendering(service.calendars, nav=partial(places, every=PLACES), demo=steered)
    follow_notices(service)
    read_remits = follow_remits(service)
    admit = _admit_anybody if identify else identity.admit
    app.state.office = Office(
        service,
        Peers(service),
        service.directory,
        rendering,
        steered,
        settings.public_url,
        remember or _keep_receipt,
        identity,
        identify or identity.identify,
        admit,
        read_remits,
    )
    changes = Changes()
    app.state.changes = changes
    service.takes_large_bodies(TAKES_FILES, AT_MOST * MOST_BYTES + FORM_BYTES)
    app.add_middleware(Packing)

    service.answers(*AREAS, lambda: account_routes(identity.accounts))
    _add_static(service)
    _add_live(service, changes)
    _add_errors(service)
    identity.guard(app)


async def _keep_receipt(request: Request, answer: Response, case: str) -> None:
    await request.state.visit.keep_receipt(case)


async def _admit_anybody(request: Request) -> None:
    pass


def _add_static(service: Service) -> None:
    root = STATIC.resolve()

    @service.app.get("/static/{digest}/{name:path}", include_in_schema=False)
    async def static(request: Request, digest: str, name: str) -> Response:
        file = (root / name).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            raise HTTPException(404)
        headers = {"cache-control": f"public, max-age={YEAR_SECONDS}, immutable", "vary": "accept-encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return FileResponse(file, headers=headers)
        media_type, _ = guess_type(file.name)
        return Response(packed_file(file), headers=headers | {"content-encoding": "gzip"}, media_type=media_type)


def _add_live(service: Service, changes: Changes) -> None:
    @asynccontextmanager
    async def looking_on():
        await service.bus.look_on(secrets.token_hex(8), changes.saw)
        yield

    async def figures() -> dict[str, int]:
        return {"open_pages": changes.pages}

    service.alongside(looking_on, figures=figures)

    @service.app.get("/live", include_in_schema=False)
    async def live(desk: AtDesk, topic: Annotated[list[str], Query(max_length=10)]) -> Response:
        """Says "look again" when something of these topics changed; an enterprise hears of its own cases alone."""
        if not desk.visitor.staff and not set(topic) <= desk.visitor.cases:
            raise Refused("not-allowed", "sign in to follow this page", status=403)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(changes.of(topic), media_type="text/event-stream", headers=headers)


def _wants_signing_in(error: Refused, request: Request) -> bool:
    """What somebody signed in might do; a form that is not this browser's any more was sent when the session had ended."""
    behind_doors = (*FOR_ENTERPRISES, *(place.path for place in PLACES if place.roles))
    return error.rule == "not-allowed" or (error.rule == "stale-form" and request.url.path.startswith(behind_doors))


def _page_of(request: Request) -> str:
    """The page to come back to: the one asked for, or the one whose form was sent, which keeps what was typed in it."""
    return request.url.path if request.method == "GET" else urlsplit(request.headers.get("referer", "")).path


def _add_errors(service: Service) -> None:
    app = service.app

    async def desk_of(request: Request) -> Desk:
        return Desk(request, app.state.office, await app.state.office.visitor_of(request))

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        if request.url.path.startswith(FOR_TOOLS):
            return problem(error.status, error.rule, error.detail, field=error.field)
        desk = await desk_of(request)
        if error.status == 401 or (not desk.visitor.signed_in and _wants_signing_in(error, request)):
            if "hx-request" in request.headers:
                # A part that a page asks for by itself: it stays as it is, and what somebody is typing with it.
                return Response(status_code=204)
            door = "/enterprise/sign-in" if request.url.path.startswith(FOR_ENTERPRISES) else "/sign-in"
            return desk.on(f"{door}?next={quote(wanted)}" if (wanted := _page_of(request)) else door)
        return desk.page("error.html", status=error.status, says=desk.says(error), missing=error.status == 404)

    @app.exception_handler(Unreachable)
    async def unreachable(request: Request, error: Unreachable) -> Response:
        desk = await desk_of(request)
        says = desk.t(
            f"系统的“{error.peer}”部分暂时没有回应。请稍候刷新本页；已经提交的内容不会丢失。",
            f"The part of the system called “{error.peer}” does not answer right now. Reload in a moment; nothing that "
            "you sent is lost.",
        )
        return desk.page("error.html", status=503, says=says, missing=False)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        if request.url.path.startswith(FOR_TOOLS):
            first = error.errors()[0]
            return problem(422, first["type"], f"{place(first['loc'])}: {first['msg']}", field=place(first["loc"]))
        desk = await desk_of(request)
        return desk.page("error.html", status=404, says=desk.t("没有这个页面", "There is no such page"), missing=True)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        desk = await desk_of(request)
        missing = error.status_code in (404, 405)
        says = desk.t("没有这个页面", "There is no such page") if missing else str(error.detail)
        return desk.page("error.html", status=error.status_code, says=says, missing=missing)
