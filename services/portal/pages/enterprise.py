"""What an enterprise does: file, follow, supplement, withdraw, doubt, judge, report, come to a reception day."""

from fastapi import APIRouter

from libs.routes import answer
from services.portal.navigation import Place
from services.portal.pages import attending, filing, following, reporting

PLACES: tuple[Place, ...] = (Place("/report", "举报与保护", "Report retaliation", for_enterprises=True),)


def routes() -> APIRouter:
    router = APIRouter()
    answer(router, *(part.routes() for part in (filing, following, reporting, attending)))
    return router
