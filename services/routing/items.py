"""What a session makes of a case (001 二(三)-(八), 三(三); 000 四(二)-(三); §3.22, §3.24). Pure; nothing here refuses what a
session has decided: where a case has gone another way meanwhile, nothing follows."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from contracts.events import (
    CaseAdmitted,
    CaseAnswered,
    CaseAssigned,
    CaseDecided,
    CaseLeftOffAgenda,
    CaseListed,
    CasePutOnAgenda,
    CaseRolledOver,
    CaseScheduled,
    CommitmentAsked,
    CommitmentEntered,
    Event,
    case_fact,
)
from contracts.record import Instant, derive_id
from libs.policy.refused import Refused
from libs.policy.shanghai import day_of
from services.routing.case import Case, Dispatch
from services.routing.facts import Terms, about, recall_open, still_open
from services.routing.issue import CarryInto, EnterCommitment
from services.routing.ladder import climb
from services.routing.session import Opinion


def carry(case: Case, command: CarryInto, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """What became of the case in the session."""
    if case.over:
        return
    match command.what:
        case "admit":
            yield _of_issue(CaseAdmitted, case, command, now)
        case "roll-over":
            yield _of_issue(CaseRolledOver, case, command, now)
        case "schedule":
            yield _of_issue(CaseScheduled, case, command, now, reply_pending=command.reply_pending)
        case "agenda":
            yield _of_issue(CasePutOnAgenda, case, command, now)
        case "leave-off":
            yield from _leave_off(case, command, now)
        case "charge":
            yield from _charge(case, command, now)
        case "decide":
            yield from _decide(case, command, now, terms)


def _leave_off(case: Case, command: CarryInto, now: Instant) -> Iterator[Event]:
    """Not chosen for the session: within days its unit answers it (001-30, 001-37). A unit that had said its last word
    is asked for an answer once more; who was answered is owed nothing."""
    if case.answered_by is not None:
        return
    yield _of_issue(CaseLeftOffAgenda, case, command, now, held_on=command.held_on)
    last = case.last_lead()
    if last is not None and not case.open_dispatches():
        yield _hand(case, command, last.unit, now, rung=last.rung, role="lead", task="rework")


def _charge(case: Case, command: CarryInto, now: Instant) -> Iterator[Event]:
    """The units that the session charged owe their commitments from its day on (001-47), before the opinions document is
    approved (§3.22)."""
    for unit, (_, due_on) in _charged(command.opinions).items():
        yield about(
            CommitmentAsked, case, command, now=now, subject=hand_over_of(command.session, case.case, unit), unit=unit,
            session=command.session, held_on=command.held_on, due_on=due_on,
        )  # fmt: skip


def _decide(case: Case, command: CarryInto, now: Instant, terms: Terms) -> Iterator[Event]:
    """The opinion takes effect: its units carry it out, with one lead for each part (000-21, 000-22, 001-36); what is
    not allowed is explained (000-25); what stays unresolved goes up, or waits for the next session (000-17, §3.24)."""
    said = {opinion.outcome for opinion in command.opinions}
    outcome = "unresolved" if "unresolved" in said else "resolved" if "resolved" in said else "explained"
    charged = _charged(command.opinions)
    before_leader = _before(case, command.leader)
    yield about(
        CaseDecided,
        case,
        command,
        now=now,
        subject=before_leader.dispatch if before_leader else "",
        rung=_rung(case, command, terms),
        outcome=outcome,
        session=command.session,
        lead=next((unit for unit, (role, _) in charged.items() if role == "lead"), None),
        due_on=min((due for _, due in charged.values() if due), default=None),
    )
    if outcome == "unresolved":
        yield from _go_up(case, command, before_leader, now, terms)
    else:
        yield from recall_open(case, command, now=now, reason="reassigned", but=before_leader)
    for unit, (role, due_on) in charged.items():
        part = "co-handler" if outcome == "unresolved" else role
        rung = _rung(case, command, terms)
        yield _hand(case, command, unit, now, rung=rung, role=part, task="carry-out", due_on=due_on)
    if outcome == "explained" and not charged and command.explained_as:
        office = terms.directory.audience("office").unit
        yield about(CaseAnswered, case, command, now=now, unit=office, outcome=command.explained_as)


def _go_up(
    case: Case, command: CarryInto, before_leader: Dispatch | None, now: Instant, terms: Terms
) -> Iterator[Event]:
    rung = terms.scheme.rung(case.rung)
    if rung.up is not None:
        yield from climb(case, command, rung, terms.scheme.rung(rung.up), now=now, terms=terms, but=before_leader)
    else:
        yield from recall_open(case, command, now=now, reason="climbed", but=before_leader)
        yield about(CaseListed, case, command, now=now, rung=rung.rung, kind=command.kind)


def _charged(opinions: tuple[Opinion, ...]) -> dict[str, tuple[str, date | None]]:
    """Role and last day of each unit that is to do something; who leads one part leads, the earlier day holds."""
    charged: dict[str, tuple[str, date | None]] = {}
    for opinion in opinions:
        for unit in opinion.units if opinion.outcome != "unresolved" else ():
            role, due_on = charged.get(unit, ("co-handler", None))
            role = "lead" if unit == opinion.lead else role
            days = [day for day in (due_on, opinion.due_on) if day is not None]
            charged[unit] = (role, min(days, default=None))
    return charged


def _before(case: Case, leader: str | None) -> Dispatch | None:
    """The hand-over by which the case lies before the leader who decides at the session."""
    return next((d for d in case.open_dispatches() if d.unit == leader), None)


def _rung(case: Case, command: CarryInto, terms: Terms) -> str:
    sessions = (r.rung for r in terms.scheme.ladder if r.holder == "session" and r.of == command.kind)
    return next(sessions, case.rung)


def hand_over_of(session: str, case: str, unit: str) -> str:
    """The hand-over by which a unit carries out what a session decided: known before it is made, so that the unit can
    enter its commitment to it."""
    return derive_id("dispatch", session, case, unit)


def _hand(
    case: Case,
    command: CarryInto,
    unit: str,
    now: Instant,
    *,
    rung: str,
    role: str,
    task: str,
    due_on: date | None = None,
) -> Event:
    return about(
        CaseAssigned,
        case,
        command,
        now=now,
        subject=hand_over_of(command.session, case.case, unit),
        unit=unit,
        rung=rung,
        role=role,
        task=task,
        complexity=case.complexity,
        urgent=case.urgent,
        due_on=due_on,
    )


def _of_issue(kind: Any, case: Case, command: CarryInto, now: Instant, **fields: Any) -> Event:
    # The appeal may not have been accepted yet, so the scheme comes from the session.
    return case_fact(
        kind,
        by=command,
        case=case.case,
        scheme=case.scheme or command.scheme,
        at=now,
        session=command.session,
        **fields,
    )


# --- commitments ------------------------------------------------------------------------------------------------------


def enter_commitment(case: Case, command: EnterCommitment, *, now: Instant) -> Iterator[Event]:
    """A unit that the session charged enters who leads, who does it, by when and how (001-47); a change is a new version
    (§3.22)."""
    charge = case.issue.charges.get(command.dispatch)
    if charge is None:
        raise Refused("no-such-case", "no session charged you with this", field="dispatch", status=404)
    still_open(case)
    if command.due_on < day_of(now):
        raise Refused("day-past", "promise a day that is still to come", field="due_on", status=422)
    if charge.due_on is not None and command.due_on > charge.due_on:
        raise Refused(
            "beyond-the-limit",
            f"the leader set {charge.due_on} as the last day; promise that or earlier",
            field="due_on",
        )
    before = case.issue.commitments.get(command.dispatch)
    yield about(
        CommitmentEntered, case, command, now=now, subject=command.dispatch, unit=charge.unit, due_on=command.due_on,
        version=before.version + 1 if before else 1,
    )  # fmt: skip
