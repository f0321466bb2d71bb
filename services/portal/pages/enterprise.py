"""What an enterprise does: file, follow, supplement, withdraw, doubt, report, book a reception day."""

from fastapi import APIRouter

from services.portal.navigation import Place

PLACES: tuple[Place, ...] = ()


def routes() -> APIRouter:
    return APIRouter()
