"""Inspectors' own files: inspection files and protected reports, each look recorded."""

from fastapi import APIRouter

from services.portal.navigation import Place

PLACES: tuple[Place, ...] = ()


def routes() -> APIRouter:
    return APIRouter()
