"""Leaders: the next session on one page, opinions, approvals, what hangs with whom."""

from fastapi import APIRouter

from services.portal.navigation import Place

PLACES: tuple[Place, ...] = ()


def routes() -> APIRouter:
    return APIRouter()
