"""Liaison officers: whom they serve, who is due a call or a visit, what a visit found and what became of it."""

from fastapi import APIRouter

from libs.routes import answer
from services.portal.navigation import Place
from services.portal.pages import liaison_register, liaison_visits, serving

PLACES: tuple[Place, ...] = (
    Place("/liaison", "联系企业", "Enterprises we serve", frozenset({"liaison", "unit"})),
    Place("/liaison/appeals", "我反映的诉求", "What I handed in", frozenset({"liaison", "supervisor"})),
    Place("/liaison/matrix", "服务矩阵", "Who serves whom", frozenset({"liaison", "administrator", "office"})),
)


def routes() -> APIRouter:
    router = APIRouter()
    answer(router, *(area.routes() for area in (liaison_visits, liaison_register, serving)))
    return router
