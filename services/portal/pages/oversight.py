"""Supervision: what lags, orders, inspections, duties with their evidence, accountability."""

from fastapi import APIRouter

from services.portal.navigation import Place

PLACES: tuple[Place, ...] = ()


def routes() -> APIRouter:
    return APIRouter()
