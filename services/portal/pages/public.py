"""What anybody reads: announcements, the ledger, commitments, monthly columns, figures, cases worth learning from."""

from fastapi import APIRouter, Response

from services.portal.desk import AtDesk
from services.portal.navigation import Place

PLACES: tuple[Place, ...] = (
    Place("/file", "提交诉求", "File an appeal"),
    Place("/my", "我的诉求", "My appeals"),
)


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def home(desk: AtDesk) -> Response:
        return desk.page("public/home.html")

    return router
