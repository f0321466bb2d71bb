"""Whom a case is handed to."""

from collections.abc import Iterator

from contracts.events import (
    AppealAccepted,
    AppealWithdrawn,
    Event,
)
from contracts.record import Instant
from libs.policy.directory import View
from libs.policy.scheme import Scheme
from services.routing.case import Case
from services.routing.facts import handed_to, recalled


def assign(case: Case, event: AppealAccepted, *, now: Instant, scheme: Scheme, directory: View) -> Iterator[Event]:
    """An accepted appeal goes to the rung of its level: the district's county, or the category's department as lead
    and those the screener named as co-handlers (001-19)."""
    if case.withdrawn or case.accepted:
        return
    rung = scheme.rung(scheme.levels[event.level].rung)
    if event.lead is not None:
        lead = directory.unit(event.lead)
    elif rung.holder == "county":
        lead = directory.county_for(event.district)
    else:
        lead = directory.department_for(event.category)
    yield handed_to(case, event, lead.unit, now=now, scheme=event.scheme, rung=rung.rung, role="lead")
    for unit in event.co_handlers:
        if unit != lead.unit:
            yield handed_to(case, event, unit, now=now, scheme=event.scheme, rung=rung.rung, role="co-handler")


def withdraw(case: Case, event: AppealWithdrawn, *, now: Instant) -> Iterator[Event]:
    """A withdrawn appeal is nobody's work any more."""
    for dispatch in case.open_dispatches():
        yield recalled(case, event, dispatch, now=now, scheme=event.scheme, reason="withdrawn")
