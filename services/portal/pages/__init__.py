"""The pages, one module for the work of one kind of person. `AREAS` make the routes, `PLACES` the navigation."""

from collections.abc import Callable

from fastapi import APIRouter

from services.portal.navigation import Place
from services.portal.pages import (
    account,
    accountability,
    administration,
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
    oversight_case,
    oversight_duties,
    oversight_inspections,
    oversight_matters,
    preferences,
    protected_reports,
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
    leader.routes,
    oversight.routes,
    oversight_case.routes,
    oversight_matters.routes,
    oversight_duties.routes,
    oversight_inspections.routes,
    accountability.routes,
    inspection.routes,
    protected_reports.routes,
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
