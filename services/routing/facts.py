"""What every rule is made of: what it goes by, the facts about hand-overs, and the refusals that they share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from contracts.events import CaseAssigned, CaseRecalled, CaseTaken, Event, case_fact
from contracts.record import Instant, Record, derive_id
from libs.policy.calendar import Calendar
from libs.policy.directory import View
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme, Schemes
from services.routing.case import Case, Dispatch, Task
from services.routing.commands import UnitCommand


@dataclass(frozen=True)
class Terms:
    """What a rule goes by: the scheme of the case, the directory as that scheme sees it, the schemes of the other levels
    of government, and the days that are worked."""

    scheme: Scheme
    directory: View
    schemes: Schemes
    calendar: Calendar


def about(kind: Any, case: Case, by: Record, /, *, now: Instant, **fields: Any) -> Event:
    """A fact about the case as a whole."""
    return case_fact(kind, by=by, case=case.case, scheme=case.scheme, at=now, **fields)


def of_hand_over(kind: Any, case: Case, by: Record, dispatch: Dispatch, /, *, now: Instant, **fields: Any) -> Event:
    return about(kind, case, by, now=now, subject=dispatch.dispatch, unit=dispatch.unit, **fields)


def handed_to(
    case: Case,
    by: Record,
    unit: str,
    *,
    now: Instant,
    rung: str,
    role: Literal["lead", "co-handler"] = "lead",
    task: Task = "handle",
    due_on: date | None = None,
) -> Event:
    return about(
        CaseAssigned,
        case,
        by,
        now=now,
        subject=derive_id("dispatch", by.id, case.case, unit),
        unit=unit,
        rung=rung,
        role=role,
        task=task,
        complexity=case.complexity,
        urgent=case.urgent,
        due_on=due_on,
    )


def recalled(case: Case, by: Record, dispatch: Dispatch, *, now: Instant, reason: str) -> Event:
    return of_hand_over(CaseRecalled, case, by, dispatch, now=now, reason=reason)


def recall_open(case: Case, by: Record, *, now: Instant, reason: str, but: Dispatch | None = None) -> Iterator[Event]:
    """Nobody but `but` works on it any more."""
    for dispatch in case.open_dispatches():
        if but is None or dispatch.dispatch != but.dispatch:
            yield recalled(case, by, dispatch, now=now, reason=reason)


def taken_by_working(case: Case, by: Record, dispatch: Dispatch, *, now: Instant) -> Iterator[Event]:
    """Whoever answers without having taken the case has taken it by that."""
    if dispatch.status == "offered":
        yield of_hand_over(CaseTaken, case, by, dispatch, now=now, deemed=False)


# --- what is refused --------------------------------------------------------------------------------------------------


def known(case: Case, dispatch: str) -> Dispatch:
    if dispatch not in case.dispatches:
        raise Refused("no-such-case", "there is no such hand-over", field="dispatch", status=404)
    return case.dispatches[dispatch]


def still_open(case: Case) -> None:
    """Raises `Refused` when nothing more is to be done in the case."""
    if case.withdrawn:
        raise Refused("case-withdrawn", "the enterprise has withdrawn this appeal; nothing more is to be done")
    if case.over:
        raise Refused("case-closed", "this case is closed; a new matter is a new appeal")


def workable(case: Case, command: UnitCommand) -> Dispatch:
    """The hand-over, when the unit still has to do with it."""
    dispatch = known(case, command.dispatch)
    still_open(case)
    if dispatch.status == "recalled":
        raise Refused(
            "not-yours-any-more", "this case was given to another unit or answered; nothing more is to be done"
        )
    if not dispatch.open:
        raise Refused("already-answered", "you have answered this case already")
    return dispatch


def fits_several(scheme: Scheme, complexity: str | None) -> None:
    """Raises `Refused` for a class that is too simple for a matter of several units (003-30, 003-32)."""
    classes = list(scheme.complexities)
    least = next((name for name, rule in scheme.complexities.items() if rule.several), None)
    if least is not None and complexity in classes and classes.index(complexity) < classes.index(least):
        raise Refused(
            "several-units", f"several units work on it, so it is at least {least}", field="complexity", status=422
        )


def undisputed(dispatch: Dispatch) -> None:
    if dispatch.status == "disputed":
        raise Refused("objection-pending", "you objected to this case; wait for the administrator's decision")
