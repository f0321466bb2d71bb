"""The pages, one module for the work of one kind of person. `AREAS` make the routes, `PLACES` the navigation."""

from collections.abc import Callable

from fastapi import APIRouter

from services.portal.navigation import Place
from services.portal.pages import (
    administration,
    case,
    counter,
    demo,
    enterprise,
    inspection,
    leader,
    ledger,
    liaison,
    office,
    operations,
    oversight,
    preferences,
    public,
    rating,
    screening,
    unit,
)

AREAS: tuple[Callable[[], APIRouter], ...] = (
    preferences.routes,
    demo.routes,
    public.routes,
    ledger.routes,
    enterprise.routes,
    rating.routes,
    counter.routes,
    screening.routes,
    unit.routes,
    liaison.routes,
    office.routes,
    leader.routes,
    oversight.routes,
    inspection.routes,
    operations.routes,
    administration.routes,
    case.routes,
)

PLACES: tuple[Place, ...] = (
    *public.PLACES,
    *enterprise.PLACES,
    *counter.PLACES,
    *screening.PLACES,
    *unit.PLACES,
    *liaison.PLACES,
    *office.PLACES,
    *leader.PLACES,
    *oversight.PLACES,
    *inspection.PLACES,
    *operations.PLACES,
    *administration.PLACES,
)
