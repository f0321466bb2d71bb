"""Liaison officers: whom they serve, who is due a call or a visit, what a visit found."""

from fastapi import APIRouter

from services.portal.navigation import Place

PLACES: tuple[Place, ...] = ()


def routes() -> APIRouter:
    return APIRouter()
