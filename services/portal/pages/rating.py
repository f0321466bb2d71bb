"""Judging an answer: the link opens a page, only the tap rates."""

from fastapi import APIRouter

from services.portal.navigation import Place

PLACES: tuple[Place, ...] = ()


def routes() -> APIRouter:
    return APIRouter()
