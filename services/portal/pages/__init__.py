"""The pages, one module for the work of one kind of person. `AREAS` make the routes, `PLACES` the navigation."""

from collections.abc import Callable

from fastapi import APIRouter

from services.portal.navigation import Place
from services.portal.pages import (
    account,
    administration,
    arbitration,
    callers,
    calls,
    case,
    counter,
    demo,
    enterprise,
    enterprise_sign_in,
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
    second_review,
    sign_in,
    unit,
)

AREAS: tuple[Callable[[], APIRouter], ...] = (
    preferences.routes,
    sign_in.routes,
    enterprise_sign_in.routes,
    account.routes,
    demo.routes,
    public.routes,
    ledger.routes,
    enterprise.routes,
    rating.routes,
    counter.routes,
    callers.routes,
    calls.routes,
    second_review.routes,
    screening.routes,
    arbitration.routes,
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
    *calls.PLACES,
    *screening.PLACES,
    *second_review.PLACES,
    *arbitration.PLACES,
    *unit.PLACES,
    *liaison.PLACES,
    *office.PLACES,
    *leader.PLACES,
    *oversight.PLACES,
    *inspection.PLACES,
    *operations.PLACES,
    *administration.PLACES,
)
