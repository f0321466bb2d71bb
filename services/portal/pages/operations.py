"""Operations: the flow now, a case's whole path, dead letters, what is stuck."""

from fastapi import APIRouter

from services.portal.navigation import Place

PLACES: tuple[Place, ...] = ()


def routes() -> APIRouter:
    return APIRouter()
