"""A case as routing knows it: the fold of everything that was heard, asked and said."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.events import (
    AppealAccepted,
    AppealWithdrawn,
    CaseAnswered,
    CaseAssigned,
    CaseClimbed,
    CaseClosed,
    CaseDisputed,
    CaseListed,
    CaseRated,
    CaseRecalled,
    CaseReplied,
    CaseSentBack,
    CaseTaken,
    CaseUnresolved,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    DisputeDecided,
    FinalDecisionMade,
)
from contracts.record import Instant, Record
from services.routing.commands import DecideFinally, DeclareUnresolved, Reply, TellProgress


class State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Dispatch(State):
    """One hand-over to one unit. `objection_until`: to this instant it may object; None while no limit is known."""

    dispatch: str
    unit: str
    rung: str
    role: Literal["lead", "co-handler"]
    task: Literal["handle", "final-decision"]
    at: Instant
    status: Literal["offered", "taken", "disputed", "replied", "unresolved", "recalled"] = "offered"
    deemed: bool = False
    proposed: str | None = None

    @property
    def open(self) -> bool:
        return self.status in ("offered", "taken", "disputed")


class Progress(State):
    unit: str
    at: Instant
    text: str


class Case(State):
    """A case as routing knows it. `unresolved` is the hand-over whose opinion awaits the office's review."""

    case: str
    scheme: str = ""
    category: str = ""
    district: str = ""
    rung: str = ""
    dispatches: dict[str, Dispatch] = {}
    objectors: tuple[str, ...] = ()
    objection_until: dict[str, Instant] = {}
    designated: bool = False
    progress: tuple[Progress, ...] = ()
    opinions: tuple[str, ...] = ()
    answered_by: str | None = None
    outcome: str | None = None
    answer: str | None = None
    final_answer: str | None = None
    rating: str | None = None
    listed: bool = False
    withdrawn: bool = False
    closed: bool = False

    @property
    def accepted(self) -> bool:
        return bool(self.rung)

    @property
    def over(self) -> bool:
        return self.withdrawn or self.closed

    def open_dispatches(self) -> list[Dispatch]:
        return [dispatch for dispatch in self.dispatches.values() if dispatch.open]

    def lead(self) -> Dispatch:
        """The hand-over to the unit that leads now."""
        return [
            d for d in self.dispatches.values() if d.role == "lead" and d.task == "handle" and d.status != "recalled"
        ][-1]


def empty(case: str) -> Case:
    return Case(case=case)


def keys(case: Case) -> dict[str, Any]:
    """What lists of cases are found by."""
    return {
        "units": sorted({dispatch.unit for dispatch in case.open_dispatches()}),
        "waits_for": "session" if case.listed and not case.over else None,
        "open": not case.over,
    }


def evolve(case: Case, record: Record) -> Case:
    """The case after a record. Events of other services may come in any order and leave the same case."""
    match record:
        case AppealAccepted():
            return case.model_copy(
                update={"scheme": record.scheme, "category": record.category, "district": record.district}
            )
        case AppealWithdrawn():
            return case.model_copy(update={"withdrawn": True})
        case ClockStarted() | ClockResumed() | ClockRecomputed():
            return case.model_copy(update={"objection_until": case.objection_until | {record.subject: record.due}})
        case CaseRated():
            return case.model_copy(update={"rating": record.rating})
        case CaseClosed():
            return case.model_copy(update={"closed": True})
        case CaseAssigned():
            dispatch = Dispatch(
                dispatch=record.subject,
                unit=record.unit,
                rung=record.rung,
                role=record.role,
                task=record.task,
                at=record.at,
            )
            return _with(case.model_copy(update={"rung": record.rung}), dispatch)
        case CaseTaken():
            return _now(case, record.subject, status="taken", deemed=record.deemed)
        case CaseDisputed():
            objectors = case.objectors if record.unit in case.objectors else (*case.objectors, record.unit)
            changed = _now(case, record.subject, status="disputed", proposed=record.proposed)
            return changed.model_copy(update={"objectors": objectors})
        case DisputeDecided():
            decided = case.model_copy(update={"designated": case.designated or record.final})
            return decided if record.outcome == "granted" else _now(decided, record.subject, status="taken")
        case CaseRecalled():
            return _now(case, record.subject, status="recalled")
        case TellProgress():
            told = Progress(unit=case.dispatches[record.dispatch].unit, at=record.at, text=record.text)
            return case.model_copy(update={"progress": (*case.progress, told)})
        case Reply() if case.dispatches[record.dispatch].role == "lead":
            return case.model_copy(update={"answer": record.answer, "outcome": record.outcome})
        case DecideFinally():
            return case.model_copy(update={"final_answer": record.answer})
        case DeclareUnresolved():
            return case.model_copy(update={"opinions": (*case.opinions, record.opinion)})
        case CaseReplied() | FinalDecisionMade():
            return _now(case, record.subject, status="replied")
        case CaseUnresolved():
            return _now(case, record.subject, status="unresolved")
        case CaseSentBack():
            return _now(case, record.subject, status="taken")
        case CaseClimbed():
            return case.model_copy(update={"rung": record.rung_to})
        case CaseListed():
            return case.model_copy(update={"listed": True})
        case CaseAnswered():
            return case.model_copy(update={"answered_by": record.unit})
        case _:
            return case


def _with(case: Case, dispatch: Dispatch) -> Case:
    return case.model_copy(update={"dispatches": case.dispatches | {dispatch.dispatch: dispatch}})


def _now(case: Case, dispatch: str, **changes: Any) -> Case:
    return _with(case, case.dispatches[dispatch].model_copy(update=changes))
