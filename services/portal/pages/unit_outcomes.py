"""How enterprises judged what the unit answered: back to the handler, so that it learns (002-23)."""

from collections import Counter

from fastapi import APIRouter, Response

from services.portal.desk import AtDesk, desk_of


def routes() -> APIRouter:
    router = APIRouter(prefix="/unit", dependencies=[desk_of("unit")])

    @router.get("/outcomes")
    async def outcomes(desk: AtDesk) -> Response:
        answered = await desk.get("routing", f"/units/{desk.visitor.unit}/answered", limit=100)
        counts = Counter(one["rating"] or "waiting" for one in answered)
        return desk.page("unit/outcomes.html", answered=answered, counts=counts)

    return router
