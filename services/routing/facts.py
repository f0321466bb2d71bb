"""The facts about hand-overs that every rule is made of, and the refusals that they share."""

from collections.abc import Iterator
from typing import Any

from contracts.events import (
    CaseAssigned,
    CaseRecalled,
    CaseTaken,
    Event,
    case_fact,
)
from contracts.record import Instant, Record, derive_id
from libs.policy.refused import Refused
from services.routing.case import Case, Dispatch
from services.routing.commands import UnitCommand


def taken_by_working(case: Case, by: Record, dispatch: Dispatch, *, now: Instant) -> Iterator[Event]:
    if dispatch.status == "offered":
        yield of_hand_over(CaseTaken, case, by, dispatch, now=now, deemed=False)


def recall_others(case: Case, by: Record, dispatch: Dispatch, *, now: Instant, reason: str) -> Iterator[Event]:
    for other in case.open_dispatches():
        if other.dispatch != dispatch.dispatch:
            yield recalled(case, by, other, now=now, scheme=case.scheme, reason=reason)


def handed_to(
    case: Case, by: Record, unit: str, *, now: Instant, scheme: str, rung: str, role: str, task: str = "handle"
) -> CaseAssigned:
    dispatch = derive_id("dispatch", by.id, case.case, unit)
    return case_fact(
        CaseAssigned,
        by=by, case=case.case, scheme=scheme, at=now, subject=dispatch, unit=unit, rung=rung, role=role, task=task,
    )  # fmt: skip


def recalled(case: Case, by: Record, dispatch: Dispatch, *, now: Instant, scheme: str, reason: str) -> CaseRecalled:
    return case_fact(
        CaseRecalled,
        by=by, case=case.case, scheme=scheme, at=now, subject=dispatch.dispatch, unit=dispatch.unit, reason=reason,
    )  # fmt: skip


def of_hand_over(kind: Any, case: Case, by: Record, dispatch: Dispatch, *, now: Instant, **fields: Any) -> Event:
    return case_fact(
        kind, by=by, case=case.case, scheme=case.scheme, at=now, subject=dispatch.dispatch, unit=dispatch.unit, **fields
    )


def known(case: Case, dispatch: str) -> Dispatch:
    if dispatch not in case.dispatches:
        raise Refused("no-such-case", "there is no such hand-over", field="dispatch", status=404)
    return case.dispatches[dispatch]


def workable(case: Case, command: UnitCommand) -> Dispatch:
    dispatch = known(case, command.dispatch)
    if case.withdrawn:
        raise Refused("case-withdrawn", "the enterprise has withdrawn this appeal; nothing more is to be done")
    if case.closed:
        raise Refused("case-closed", "this case is closed; a new matter is a new appeal")
    if dispatch.status == "recalled":
        raise Refused(
            "not-yours-any-more", "this case was given to another unit or answered; nothing more is to be done"
        )
    if not dispatch.open:
        raise Refused("already-answered", "you have answered this case already")
    return dispatch
