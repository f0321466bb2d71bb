"""Objections to a hand-over and who decides them (§3.2, §3.3), and duties that are unclear (003-19)."""

from collections.abc import Iterator

from contracts.events import CaseDisputed, CaseListed, DisputeDecided, Event, SecondDisputeRefused
from contracts.record import Instant, Record
from libs.policy.directory import Unit
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.routing.case import Case, Dispatch
from services.routing.commands import DecideDispute, Designate, ObjectTo, SendToMeeting
from services.routing.facts import Terms, about, handed_to, known, of_hand_over, recall_open, recalled, workable


def object_to(case: Case, command: ObjectTo, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The unit objects and proposes another (001-22): each unit once, within its hours, not against a final
    designation (§3.2, §3.3). A second objection is refused and remembered."""
    dispatch = workable(case, command)
    if dispatch.task != "handle":
        raise Refused(
            "not-objectionable", "what was decided or answered before is this unit's own; it cannot be handed on"
        )
    if case.designated:
        raise Refused(
            "designated-finally", "the superior has named the unit for this case, finally; work on it and reply"
        )
    if dispatch.status == "disputed":
        raise Refused("objection-pending", "you have objected already; wait for the administrator's decision")
    if dispatch.unit in case.objectors:
        yield of_hand_over(SecondDisputeRefused, case, command, dispatch, now=now)
        return
    if dispatch.status == "taken" and not dispatch.deemed:
        raise Refused("already-taken", "you took this case; if you cannot solve it, say so with your opinion")
    if terms.scheme.disputes is None:
        raise Refused("no-objections", "this regulation knows no objection; if you cannot solve the matter, say so")
    limit = case.limits.get(f"{terms.scheme.disputes.clock}:{dispatch.dispatch}")
    if limit is not None and command.at >= limit.due:
        raise Refused(
            "objection-late", f"objections were possible until {limit.due.isoformat()}; work on the case and reply"
        )
    proposed = terms.directory.unit(command.proposed)
    if proposed.unit == dispatch.unit:
        raise Refused("proposes-itself", "propose another unit than your own", field="proposed", status=422)
    yield of_hand_over(CaseDisputed, case, command, dispatch, now=now, proposed=proposed.unit)


def decide_dispute(case: Case, command: DecideDispute, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The platform administrator grants or refuses an objection (001-22, §3.3)."""
    dispatch = _disputed(case, command.dispatch)
    if terms.scheme.disputes and len(case.objectors) >= terms.scheme.disputes.superior_after:
        raise Refused("superior-decides", f"{len(case.objectors)} units have objected; now the superior names the unit")
    unit = terms.directory.unit(command.unit)
    yield from _decided(case, command, dispatch, unit, command.grant, now=now, final=False)


def designate(case: Case, command: Designate, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The superior names the unit, finally; it may be one whose objection was granted before (§3.3)."""
    dispatch = _disputed(case, command.dispatch)
    unit = terms.directory.unit(command.unit)
    yield from _decided(case, command, dispatch, unit, unit.unit != dispatch.unit, now=now, final=True)


def send_to_meeting(case: Case, command: SendToMeeting, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The duty is unclear or crosses: nobody has it until a joint meeting has said whose it is (003-19)."""
    dispatch = _disputed(case, command.dispatch)
    kind = terms.scheme.disputes.unclear_to if terms.scheme.disputes else None
    if kind is None:
        raise Refused(
            "no-joint-meeting", "this regulation knows no joint meeting for unclear duties; decide the objection"
        )
    yield of_hand_over(DisputeDecided, case, command, dispatch, now=now, outcome="granted", final=False)
    yield from recall_open(case, command, now=now, reason="reassigned")
    yield about(CaseListed, case, command, now=now, rung=_meeting(terms.scheme, kind) or dispatch.rung, kind=kind)


def _meeting(scheme: Scheme, kind: str) -> str | None:
    return next((rung.rung for rung in scheme.ladder if rung.holder == "session" and rung.of == kind), None)


def _decided(
    case: Case, by: Record, dispatch: Dispatch, unit: Unit, grant: bool, *, now: Instant, final: bool
) -> Iterator[Event]:
    if grant and unit.unit == dispatch.unit:
        raise Refused("grants-to-objector", "name another unit than the one that objects", field="unit", status=422)
    outcome = "granted" if grant else "refused"
    yield of_hand_over(DisputeDecided, case, by, dispatch, now=now, outcome=outcome, final=final)
    if grant:
        yield recalled(case, by, dispatch, now=now, reason="reassigned")
        yield handed_to(case, by, unit.unit, now=now, rung=dispatch.rung, role=dispatch.role)


def _disputed(case: Case, dispatch: str) -> Dispatch:
    found = known(case, dispatch)
    if case.over or found.status != "disputed":
        raise Refused("nothing-to-decide", "no objection awaits a decision here")
    return found
