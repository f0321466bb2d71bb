"""Routing's rules: who works on a case, may object to it, answers it, and where it goes when nobody below can solve it.

Regulation 001 二(三), 二(九), 二(十); decisions §3.2, §3.3, §3.14, §3.24. Everything here is a plain function of the case,
what happened, the business instant and the scheme.
"""

from collections.abc import Iterator
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
    CaseProgressed,
    CaseRated,
    CaseRecalled,
    CaseReplied,
    CaseSentBack,
    CaseTaken,
    CaseUnresolved,
    ClockMissed,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    DisputeDecided,
    Event,
    FinalDecisionMade,
    SecondDisputeRefused,
    case_fact,
)
from contracts.record import Command, Instant, Record, derive_id
from libs.policy.directory import Unit, View
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme

# --- what is asked ----------------------------------------------------------------------------------------------------


class UnitCommand(Command):
    """A unit says what it does with one hand-over."""

    dispatch: str


class Take(UnitCommand):
    type: Literal["take"] = "take"


class ObjectTo(UnitCommand):
    type: Literal["object-to"] = "object-to"
    reason: str
    proposed: str


class TellProgress(UnitCommand):
    type: Literal["tell-progress"] = "tell-progress"
    text: str


class Reply(UnitCommand):
    type: Literal["reply"] = "reply"
    outcome: str
    result: str
    answer: str


class DeclareUnresolved(UnitCommand):
    type: Literal["declare-unresolved"] = "declare-unresolved"
    opinion: str


class DecideFinally(UnitCommand):
    type: Literal["decide-finally"] = "decide-finally"
    talk: str
    answer: str


class DecideDispute(UnitCommand):
    """The platform administrator grants an objection, to `unit`, or refuses it."""

    type: Literal["decide-dispute"] = "decide-dispute"
    grant: bool
    unit: str
    reason: str


class Designate(UnitCommand):
    """The administrator's superior names the unit, finally."""

    type: Literal["designate"] = "designate"
    unit: str
    reason: str


class ReviewClimb(UnitCommand):
    """The office looks at an unresolved case: it climbs to the next rung (led there by `unit`), or goes back."""

    type: Literal["review-climb"] = "review-climb"
    climbs: bool
    unit: str | None
    reason: str


# --- what is known ----------------------------------------------------------------------------------------------------


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


# --- what happened ----------------------------------------------------------------------------------------------------


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


# --- facts lead to facts ----------------------------------------------------------------------------------------------


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
    yield _assigned(case, event, lead.unit, now=now, scheme=event.scheme, rung=rung.rung, role="lead")
    for unit in event.co_handlers:
        if unit != lead.unit:
            yield _assigned(case, event, unit, now=now, scheme=event.scheme, rung=rung.rung, role="co-handler")


def withdraw(case: Case, event: AppealWithdrawn, *, now: Instant) -> Iterator[Event]:
    """A withdrawn appeal is nobody's work any more."""
    for dispatch in case.open_dispatches():
        yield _recalled(case, event, dispatch, now=now, scheme=event.scheme, reason="withdrawn")


def miss(case: Case, event: ClockMissed, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """Silence counts as taking, where the scheme says so: not signing buys no time (§3.2)."""
    dispatch = case.dispatches.get(event.of)
    if event.clock in scheme.clocks_missed_with("deem-taken") and dispatch and dispatch.status == "offered":
        yield _fact(CaseTaken, case, event, dispatch, now=now, deemed=True)


def ask_for_final_decision(case: Case, event: CaseRated, *, now: Instant) -> Iterator[Event]:
    """A 不满意 goes back to the lead unit, which talks with the enterprise and decides once and for all (001-44)."""
    if event.rating == "dissatisfied" and not case.over and case.final_answer is None:
        lead = case.lead()
        yield _assigned(
            case, event, lead.unit, now=now, scheme=event.scheme, rung=lead.rung, role="lead", task="final-decision"
        )


# --- what units do ----------------------------------------------------------------------------------------------------


def take(case: Case, command: Take, *, now: Instant) -> Iterator[Event]:
    """The unit takes the case (001-21)."""
    dispatch = _workable(case, command)
    if dispatch.status == "taken":
        raise Refused("already-taken", "this case counts as taken; work on it and reply")
    if dispatch.status == "disputed":
        raise Refused("objection-pending", "you objected to this case; wait for the administrator's decision")
    yield _fact(CaseTaken, case, command, dispatch, now=now, deemed=False)


def object_to(case: Case, command: ObjectTo, *, now: Instant, scheme: Scheme, directory: View) -> Iterator[Event]:
    """The unit objects and proposes another (001-22): each unit once, within its hours, not against a final
    designation (§3.2, §3.3). A second objection is refused and remembered."""
    dispatch = _workable(case, command)
    if dispatch.task == "final-decision":
        raise Refused("not-objectionable", "the last decision is the lead unit's own; it cannot be handed on")
    if case.designated:
        raise Refused(
            "designated-finally", "the superior has named the unit for this case, finally; work on it and reply"
        )
    if dispatch.status == "disputed":
        raise Refused("objection-pending", "you have objected already; wait for the administrator's decision")
    if dispatch.unit in case.objectors:
        yield _fact(SecondDisputeRefused, case, command, dispatch, now=now)
        return
    if dispatch.status == "taken" and not dispatch.deemed:
        raise Refused("already-taken", "you took this case; if you cannot solve it, say so with your opinion")
    if scheme.disputes is None:
        raise Refused("no-objections", "this regulation knows no objection; if you cannot solve the matter, say so")
    until = case.objection_until.get(f"{scheme.disputes.clock}:{dispatch.dispatch}")
    if until is not None and command.at >= until:
        raise Refused(
            "objection-late", f"objections were possible until {until.isoformat()}; work on the case and reply"
        )
    proposed = directory.unit(command.proposed)
    if proposed.unit == dispatch.unit:
        raise Refused("proposes-itself", "propose another unit than your own", field="proposed", status=422)
    yield _fact(CaseDisputed, case, command, dispatch, now=now, proposed=proposed.unit)


def tell_progress(case: Case, command: TellProgress, *, now: Instant) -> Iterator[Event]:
    """What has been done so far, for the enterprise to read (001-49)."""
    yield _fact(CaseProgressed, case, command, _workable(case, command), now=now)


def reply(case: Case, command: Reply, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The unit's handling opinion (001-23, 001-48). The lead's answers the enterprise and ends everybody's work."""
    dispatch = _workable(case, command)
    if dispatch.task != "handle":
        raise Refused(
            "wants-final-decision", "the enterprise was not satisfied: talk with it and send the final decision"
        )
    if dispatch.status == "disputed":
        raise Refused("objection-pending", "you objected to this case; wait for the administrator's decision")
    if command.outcome not in scheme.outcomes:
        known = ", ".join(scheme.outcomes)
        raise Refused("unknown-outcome", f"the outcome must be one of {known}", field="outcome", status=422)
    yield from _taken_by_working(case, command, dispatch, now=now)
    yield _fact(CaseReplied, case, command, dispatch, now=now, role=dispatch.role, outcome=command.outcome)
    if dispatch.role == "lead":
        yield case_fact(
            CaseAnswered,
            by=command,
            case=case.case,
            scheme=case.scheme,
            at=now,
            unit=dispatch.unit,
            outcome=command.outcome,
        )
        yield from _recall_others(case, command, dispatch, now=now, reason="answered")


def declare_unresolved(case: Case, command: DeclareUnresolved, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The lead cannot solve it and says so with its opinion (001-20). It climbs, after a review where one is due."""
    dispatch = _workable(case, command)
    if dispatch.role != "lead" or dispatch.task != "handle":
        raise Refused("lead-only", "only the unit that leads can say that the matter is unresolved")
    if dispatch.status == "disputed":
        raise Refused("objection-pending", "you objected to this case; wait for the administrator's decision")
    yield from _taken_by_working(case, command, dispatch, now=now)
    yield _fact(CaseUnresolved, case, command, dispatch, now=now, rung=dispatch.rung)
    if not scheme.rung(dispatch.rung).review:
        yield from _climb(case, command, dispatch, now=now, scheme=scheme, lead=None)


def decide_finally(case: Case, command: DecideFinally, *, now: Instant) -> Iterator[Event]:
    """The lead's last decision after talking with the enterprise (001-44). There is no further round."""
    dispatch = _workable(case, command)
    if dispatch.task != "final-decision":
        raise Refused("not-asked", "a final decision follows a rating 不满意; this case has none")
    yield _fact(FinalDecisionMade, case, command, dispatch, now=now)


# --- what the administrator, the superior and the office do -----------------------------------------------------------


def decide_dispute(
    case: Case, command: DecideDispute, *, now: Instant, scheme: Scheme, directory: View
) -> Iterator[Event]:
    """The platform administrator grants or refuses an objection (001-22, §3.3)."""
    dispatch = _disputed(case, command.dispatch)
    if scheme.disputes and len(case.objectors) >= scheme.disputes.superior_after:
        raise Refused("superior-decides", f"{len(case.objectors)} units have objected; now the superior names the unit")
    yield from _decided(case, command, dispatch, directory.unit(command.unit), command.grant, now=now, final=False)


def designate(case: Case, command: Designate, *, now: Instant, directory: View) -> Iterator[Event]:
    """The superior names the unit, finally; it may be one whose objection was granted before (§3.3)."""
    dispatch = _disputed(case, command.dispatch)
    unit = directory.unit(command.unit)
    yield from _decided(case, command, dispatch, unit, unit.unit != dispatch.unit, now=now, final=True)


def review_climb(case: Case, command: ReviewClimb, *, now: Instant, scheme: Scheme, directory: View) -> Iterator[Event]:
    """The office reviews what a county could not solve: on the city's list, or back to the county (001-20)."""
    dispatch = _known(case, command.dispatch)
    if case.over or dispatch.status != "unresolved" or dispatch.rung != case.rung:
        raise Refused("nothing-to-review", "no unresolved case awaits a review here")
    if not command.climbs:
        yield _fact(CaseSentBack, case, command, dispatch, now=now)
        return
    above = scheme.rung(scheme.rung(dispatch.rung).up or "")
    lead = None
    if above.holder == "department":
        lead = directory.unit(command.unit) if command.unit else directory.department_for(case.category)
    yield from _climb(case, command, dispatch, now=now, scheme=scheme, lead=lead)


# --- parts ------------------------------------------------------------------------------------------------------------


def _climb(
    case: Case, by: Record, dispatch: Dispatch, *, now: Instant, scheme: Scheme, lead: Unit | None
) -> Iterator[Event]:
    above = scheme.rung(scheme.rung(dispatch.rung).up or "")
    yield from _recall_others(case, by, dispatch, now=now, reason="climbed")
    yield case_fact(
        CaseClimbed, by=by, case=case.case, scheme=case.scheme, at=now, rung_from=dispatch.rung, rung_to=above.rung
    )
    if lead is None:
        yield case_fact(CaseListed, by=by, case=case.case, scheme=case.scheme, at=now, rung=above.rung)
    else:
        yield _assigned(case, by, lead.unit, now=now, scheme=case.scheme, rung=above.rung, role="lead")


def _decided(
    case: Case, by: Record, dispatch: Dispatch, unit: Unit, grant: bool, *, now: Instant, final: bool
) -> Iterator[Event]:
    if grant and unit.unit == dispatch.unit:
        raise Refused("grants-to-objector", "name another unit than the one that objects", field="unit", status=422)
    yield _fact(DisputeDecided, case, by, dispatch, now=now, outcome="granted" if grant else "refused", final=final)
    if grant:
        yield _recalled(case, by, dispatch, now=now, scheme=case.scheme, reason="reassigned")
        yield _assigned(case, by, unit.unit, now=now, scheme=case.scheme, rung=dispatch.rung, role=dispatch.role)


def _taken_by_working(case: Case, by: Record, dispatch: Dispatch, *, now: Instant) -> Iterator[Event]:
    if dispatch.status == "offered":
        yield _fact(CaseTaken, case, by, dispatch, now=now, deemed=False)


def _recall_others(case: Case, by: Record, dispatch: Dispatch, *, now: Instant, reason: str) -> Iterator[Event]:
    for other in case.open_dispatches():
        if other.dispatch != dispatch.dispatch:
            yield _recalled(case, by, other, now=now, scheme=case.scheme, reason=reason)


def _assigned(
    case: Case, by: Record, unit: str, *, now: Instant, scheme: str, rung: str, role: str, task: str = "handle"
) -> CaseAssigned:
    dispatch = derive_id("dispatch", by.id, case.case, unit)
    return case_fact(
        CaseAssigned,
        by=by, case=case.case, scheme=scheme, at=now, subject=dispatch, unit=unit, rung=rung, role=role, task=task,
    )  # fmt: skip


def _recalled(case: Case, by: Record, dispatch: Dispatch, *, now: Instant, scheme: str, reason: str) -> CaseRecalled:
    return case_fact(
        CaseRecalled,
        by=by, case=case.case, scheme=scheme, at=now, subject=dispatch.dispatch, unit=dispatch.unit, reason=reason,
    )  # fmt: skip


def _fact(kind: Any, case: Case, by: Record, dispatch: Dispatch, *, now: Instant, **fields: Any) -> Event:
    return case_fact(
        kind, by=by, case=case.case, scheme=case.scheme, at=now, subject=dispatch.dispatch, unit=dispatch.unit, **fields
    )


def _known(case: Case, dispatch: str) -> Dispatch:
    if dispatch not in case.dispatches:
        raise Refused("no-such-case", "there is no such hand-over", field="dispatch", status=404)
    return case.dispatches[dispatch]


def _workable(case: Case, command: UnitCommand) -> Dispatch:
    dispatch = _known(case, command.dispatch)
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


def _disputed(case: Case, dispatch: str) -> Dispatch:
    found = _known(case, dispatch)
    if case.over or found.status != "disputed":
        raise Refused("nothing-to-decide", "no objection awaits a decision here")
    return found
