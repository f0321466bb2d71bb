"""What anybody reads: announcements, how to file, commitments, publications, and the same as feeds and files."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from libs.identity import Caller
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.navigation import Place

PLACES: tuple[Place, ...] = (
    Place("/file", "提交诉求", "File an appeal", for_enterprises=True),
    Place("/my", "我的诉求", "My appeals", for_enterprises=True),
    Place("/sessions", "接待日活动", "Reception days"),
    Place("/ledger", "公开台账", "Public ledger"),
    Place("/commitments", "公开承诺", "Commitments"),
    Place("/columns", "月度专栏", "Monthly columns"),
    Place("/publications", "通报与案例", "Circulars and cases"),
    Place("/how-to-file", "办事指南", "How to file"),
)

FEEDS = frozenset({"ledger.csv", "ledger.atom", "ledger.json", "publications.atom", "sessions.ics", "sessions.json"})
"""What disclosure serves to anybody, under the same name here."""
PASSED_ON = frozenset({"etag", "cache-control", "content-disposition", "link"})
ANYBODY = Caller(subject="anybody", roles=frozenset())
Jurisdiction = Annotated[str | None, Query(pattern=r"^[a-z0-9-]{1,40}$")]


async def read(desk: Desk, path: str, **asked: Any) -> Any:
    """What disclosure tells anybody, whoever looks."""
    return await desk.office.peers.get(ANYBODY, "disclosure", path, **asked)


def unit_name(desk: Desk, unit: str | None) -> str:
    known = desk.office.directory.by_unit.get(unit or "")
    return desk.t(known.zh, known.en) if known else unit or ""


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def home(desk: AtDesk) -> Response:
        announced, public, ledger = await asyncio.gather(
            read(desk, "/sessions.json"), read(desk, "/summaries.json", limit=1), read(desk, "/ledger.json", limit=5)
        )
        sessions, months, entries = announced["sessions"], public["summaries"], ledger["entries"]
        today = desk.today.isoformat()
        to_come = sorted((one for one in sessions if one["held_on"] >= today), key=lambda one: one["held_on"])
        return desk.page("public/home.html", to_come=to_come[:3], column=months[0] if months else None, entries=entries)

    @router.get("/how-to-file")
    async def how(desk: AtDesk) -> Response:
        """Which mechanisms there are, by which ways, with which limits, and how to reach who runs them. 000-11"""
        contacts = {one["scheme"]: one for one in (await read(desk, "/contacts.json"))["contacts"]}
        current = {scheme.scheme: scheme for scheme in desk.office.service.schemes.values()}
        mechanisms = [
            {"scheme": scheme, "place": desk.office.directory.by_scheme[name], "contact": contacts.get(name)}
            for name, scheme in current.items()
            if name in desk.office.directory.by_scheme
        ]
        return desk.page("public/how_to_file.html", mechanisms=mechanisms)

    @router.get("/commitments")
    async def commitments(desk: AtDesk, jurisdiction: Jurisdiction = None) -> Response:
        """Who promised what by when, and whether it was kept. 001-47"""
        promises = (await read(desk, "/commitments.json", jurisdiction=jurisdiction))["commitments"]
        kept = {state: sum(one["status"] == state for one in promises) for state in {one["status"] for one in promises}}
        return desk.page("public/commitments.html", promises=promises, kept=kept, jurisdiction=jurisdiction)

    @router.get("/publications")
    async def publications(desk: AtDesk, jurisdiction: Jurisdiction = None) -> Response:
        """Circulars, lists, cases worth learning from."""
        found = (await read(desk, "/publications.json", jurisdiction=jurisdiction))["publications"]
        return desk.page("public/publications.html", publications=found, jurisdiction=jurisdiction)

    @router.get("/publications/{number}")
    async def publication(desk: AtDesk, number: str) -> Response:
        found = (await read(desk, "/publications.json", limit=100))["publications"]
        for one in found:
            if one["publication"] == number:
                return desk.page("public/publication.html", one=one)
        raise Refused("no-such-publication", "there is no such publication for you", status=404)

    @router.get("/accessibility")
    async def accessibility(desk: AtDesk) -> Response:
        return desk.page("public/accessibility.html")

    @router.get("/feeds/{name}")
    async def feed(desk: AtDesk, request: Request, name: str) -> Response:
        """Open data: CSV, Atom, JSON and a calendar to subscribe to, each under the name disclosure gives it."""
        if name not in FEEDS:
            raise Refused("no-such-page", "there is no such page", status=404)
        known = {key: value for key in ("if-none-match",) if (value := request.headers.get(key))}
        answer = await desk.office.peers.ask(
            ANYBODY, "GET", "disclosure", f"/{name}", params=dict(request.query_params), headers=known
        )
        kept = {
            key: answer.headers[key]
            for key in ("etag", "cache-control", "content-disposition", "link")
            if key in answer.headers
        }
        return Response(answer.content, answer.status_code, kept, answer.headers.get("content-type"))

    return router
