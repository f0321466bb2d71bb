"""A unit's desk: its queue against the clock, each hand-over worked on, what else it owes, and how it was judged."""

from fastapi import APIRouter

from libs.identity import Role
from libs.routes import answer
from services.portal.navigation import Place
from services.portal.pages import hand_over, unit_contact, unit_outcomes, unit_owed, unit_queue

UNIT: frozenset[Role] = frozenset({"unit"})
PLACES: tuple[Place, ...] = (
    Place("/unit", "待办诉求", "To do", UNIT),
    Place("/unit/owed", "其他待办", "Also owed", UNIT),
    Place("/unit/outcomes", "办理成效", "Outcomes", UNIT),
    Place("/unit/contact", "本单位联络人", "Our contact", UNIT),
)


def routes() -> APIRouter:
    router = APIRouter()
    areas = (unit_queue, unit_owed, unit_outcomes, unit_contact, hand_over)
    answer(router, *(area.routes() for area in areas))
    return router
