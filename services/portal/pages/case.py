"""One case as staff see it: what it is about, where it stands, what happened, its limits."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk


async def case_of(desk: Desk, case: str) -> dict[str, Any]:
    """What the visitor may see of a case; each part is asked for in the visitor's own name, and left out where it is not
    for such eyes. Raises `Refused` (404) when nothing of it is."""
    appeal, handling, clocks, dossier = await asyncio.gather(
        desk.get_or(None, "intake", f"/appeals/{case}", case=case),
        desk.get_or(None, "routing", f"/cases/{case}", case=case),
        desk.get_or([], "deadline", f"/cases/{case}/clocks", case=case),
        desk.get_or(None, "intake", f"/appeals/{case}/dossier", case=case),
    )
    if appeal is None and handling is None:
        raise Refused("no-such-case", "there is no such case for you", status=404)
    scheme = (handling or appeal or {})["scheme"]
    return {
        "case": case,
        "scheme": desk.scheme(scheme),
        "words": desk.words(scheme),
        "appeal": appeal,
        "handling": handling,
        "clocks": clocks,
        "dossier": dossier,
    }


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case}")
    async def show(desk: AtDesk, case: CaseNumber) -> Response:
        return desk.page("case/show.html", **await case_of(desk, case))

    @router.get("/cases/{case}/attachments/{file}")
    async def attachment(desk: AtDesk, case: CaseNumber, file: str) -> Response:
        """A file that came with the appeal: through a link that intake makes for this visitor, good for a short time."""
        link = await desk.post("intake", f"/appeals/{case}/attachments/{file}/link", case=case)
        answer = await desk.office.peers.ask(desk.caller(case), "GET", "intake", link["url"])
        kept = ("content-type", "content-disposition", "cache-control", "x-content-type-options")
        return Response(answer.content, headers={name: answer.headers[name] for name in kept if name in answer.headers})

    return router
