"""Accountability: a finding against a unit, and the one measure that is chosen for it (问责).

003 一(二), 三(十五); 004 四, 五; 002 四(三). The measures of a trigger are alternatives, not steps: one finding, one decision,
by somebody else than who proposed it. Only the trigger that refers leads to the discipline authority (003-46).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from contracts.case_number import number
from contracts.events import AccountabilityRecorded, Event, ReferralMade, fact
from contracts.record import CaseNumber, Code, Command, Instant, Party, Record, SchemeRef
from libs.identity import Caller, same_person
from libs.policy.judging import Accountable
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.evaluation.case import Case, Part
from services.evaluation.commands import Words
from services.evaluation.files import Look, Seen

TOLD = ("finding", "unit", "trigger", "cases", "proposed_by", "proposed_at", "decided", "measure")
"""What a list tells of a finding: nothing of its grounds."""

Stated = Literal["grave-effect", "suspected-violation"]
"""What no record shows and the proposer states, with grounds: 造成严重影响, 涉嫌违纪违法."""


class Propose(Command):
    """`on_record`: what the named cases show, as read when it was proposed."""

    type: Literal["propose"] = "propose"
    scheme: SchemeRef
    unit: Party
    trigger: Code
    cases: tuple[CaseNumber, ...]
    grounds: Words
    states: tuple[Stated, ...] = ()
    on_record: tuple[str, ...] = ()


class Decide(Command):
    """`measure`: the one chosen; None for a referral. `approve: false` drops the finding."""

    type: Literal["decide"] = "decide"
    approve: bool
    measure: Code | None = None


class Finding(Part):
    finding: str
    scheme: str = ""
    unit: str = ""
    trigger: str = ""
    cases: tuple[str, ...] = ()
    grounds: str = ""
    states: tuple[Stated, ...] = ()
    on_record: tuple[str, ...] = ()
    proposed_by: str = ""
    proposed_at: Instant | None = None
    decided: Literal["measure", "referral", "dropped"] | None = None
    decided_by: str = ""
    measure: str | None = None
    looks: tuple[Seen, ...] = ()


def finding_number(scheme: str, unit: str, trigger: str, cases: Iterable[str]) -> str:
    """The same trigger for the same unit and cases is one finding: nobody is called to account for it twice."""
    return number("WZ", scheme, unit, trigger, *sorted(cases))


def empty(finding: str) -> Finding:
    return Finding(finding=finding)


def keys(finding: Finding) -> Mapping[str, Any]:
    return {"scheme": finding.scheme or None, "proposed_at": finding.proposed_at}


def evolve(finding: Finding, record: Record) -> Finding:
    match record:
        case Propose():
            fields = record.model_dump(exclude={"type", "id", "at", "by"})
            return finding.model_copy(update=fields | {"proposed_by": record.by, "proposed_at": record.at})
        case Decide():
            word = "measure" if record.measure else "referral"
            changes = {"decided": word if record.approve else "dropped", "decided_by": record.by}
            return finding.model_copy(update=changes | {"measure": record.measure})
        case Look():
            return finding.model_copy(update={"looks": (*finding.looks, Seen(by=record.by, at=record.at))})
        case _:
            return finding


def on_record(cases: Iterable[Case], unit: str) -> tuple[str, ...]:
    """What the record of these cases shows: brought repeatedly, pushed up the ladder, or a limit missed by the unit."""
    found: set[str] = set()
    for case in cases:
        found |= case.rough & {"repeated", "climbed"}
        if any(limit.due is not None and limit.unit == unit for limit in case.limits.values()):
            found.add("missed")
    return tuple(sorted(found))


def _rule(scheme: Scheme, trigger: str) -> Accountable:
    rules = scheme.oversight.accountability
    if trigger not in rules:
        words = ", ".join(rules) or "none"
        raise Refused("unknown-trigger", f"the triggers here are {words}", field="trigger", status=422)
    return rules[trigger]


def propose(finding: Finding, command: Propose, *, scheme: Scheme) -> list[Event]:
    """Raises `Refused` for an unknown trigger, for what the record does not show or nobody states, and for a matter
    that is proposed already. 003-04, 003-44, 003-45, 003-46, 004-11, 004-18"""
    rule = _rule(scheme, command.trigger)
    if finding.proposed_at is not None:
        raise Refused("already-proposed", "there is a finding for this trigger, unit and cases already")
    has = {*command.on_record, *command.states}
    needed = set(rule.needs)
    pushed = needed & {"repeated", "climbed"}
    lacking: list[str] = sorted(needed - pushed - has)
    if pushed and not pushed & has:
        lacking.append(" or ".join(sorted(pushed)))
    if lacking:
        lacks = ", ".join(lacking)
        raise Refused("not-on-record", f"this trigger needs what the cases do not show or nobody states: {lacks}")
    return []


def decide(finding: Finding, command: Decide, caller: Caller, *, now: datetime, scheme: Scheme) -> list[Event]:
    """One of the trigger's measures is chosen, or the matter is referred, or dropped; once, by a role that the scheme
    names and by somebody else than who proposed it. 003-44, 003-45, 003-46"""
    if finding.proposed_at is None:
        raise no_such_finding()
    rule = _rule(scheme, finding.trigger)
    if not caller.roles & set(rule.by):
        raise Refused("not-allowed", f"this is decided by {' or '.join(rule.by)}", status=403)
    if same_person(finding.proposed_by, command.by):
        raise Refused("own-finding", "somebody other than who proposed a finding decides it", status=403)
    if finding.decided is not None:
        raise Refused("already-decided", "one decision is taken on a finding, and it is taken")
    if not command.approve:
        return []
    if command.measure not in (rule.measures or (None,)):
        words = ", ".join(rule.measures)
        detail = f"choose one of {words}" if words else "this trigger leads to a referral alone: choose no measure"
        raise Refused("unknown-measure", detail, field="measure", status=422)
    said: list[Event] = []
    if command.measure:
        fields = {"finding": finding.finding, "trigger": finding.trigger, "measure": command.measure}
        said.append(fact(AccountabilityRecorded, by=command, scheme=scheme.ref, at=now, unit=finding.unit, **fields))
    if rule.refers:
        said.append(fact(ReferralMade, by=command, scheme=scheme.ref, at=now, finding=finding.finding))
    return said


def may_look(finding: Finding, caller: Caller, *, scheme: Scheme) -> bool:
    """One that leads to discipline is seen by inspectors of discipline, its proposer and those who decide. §3.16"""
    rule = _rule(scheme, finding.trigger)
    return not rule.refers or caller.subject == finding.proposed_by or bool(caller.roles & {"discipline", *rule.by})


def look(finding: Finding, caller: Caller, *, scheme: Scheme) -> None:
    """Raises `Refused` (404) for a finding that is not this caller's to see. §3.16"""
    if finding.proposed_at is None or not may_look(finding, caller, scheme=scheme):
        raise no_such_finding()


def no_such_finding() -> Refused:
    return Refused("no-such-finding", "there is no such finding for you", status=404)
