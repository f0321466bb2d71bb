"""The window and the hotline: fast entry, calls, answers on the spot."""

from fastapi import APIRouter

from services.portal.navigation import Place

PLACES: tuple[Place, ...] = ()


def routes() -> APIRouter:
    return APIRouter()
