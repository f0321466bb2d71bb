"""Screening, the second review, and arbitration of objections."""

from fastapi import APIRouter

from services.portal.navigation import Place

PLACES: tuple[Place, ...] = ()


def routes() -> APIRouter:
    return APIRouter()
