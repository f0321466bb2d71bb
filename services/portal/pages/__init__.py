"""The pages, one module for the work of one kind of person. `AREAS` make the routes, `PLACES` the navigation."""

from collections.abc import Callable

from fastapi import APIRouter

from services.portal.navigation import Place
from services.portal.pages import (
    account,
    administration,
    case,
    counter,
    demo,
    enterprise,
    enterprise_sign_in,
    inspection,
    leader,
    leader_papers,
    ledger,
    liaison,
    office,
    office_cases,
    office_columns,
    office_publications,
    office_sessions,
    operations,
    oversight,
    preferences,
    public,
    rating,
    screening,
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
    screening.routes,
    unit.routes,
    liaison.routes,
    office.routes,
    office_sessions.routes,
    office_cases.routes,
    office_columns.routes,
    office_publications.routes,
    leader.routes,
    leader_papers.routes,
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
