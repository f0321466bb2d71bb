"""What comes round in a scheme: the duties that open and the session days that are proposed when periods begin. Pure.

A plan remembers to which day everything that begins was begun. Everything is under the version of the scheme that is in
force on the first day of its period: an amended regulation changes no period that has begun.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.case_number import number
from contracts.events import SessionProposed
from contracts.record import Command, Record, derive_id
from libs.policy.calendar import Calendar
from libs.policy.counting import Days
from libs.policy.duty import DutyRule, Term
from libs.policy.period import Period
from libs.policy.recurring import Turn, turn_of, turns_beginning
from libs.policy.scheme import Scheme, Schemes
from libs.policy.session import SessionRule
from libs.policy.shanghai import midnight

AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)

_DAY = timedelta(days=1)


class Planned(Command):
    """Everything that begins up to this day was begun; None: watch over a scheme from now on."""

    type: Literal["planned"] = "planned"
    day: date | None = None


class Plan(BaseModel):
    """Of one scheme, by its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    watched: bool = False
    begun: date | None = None


def empty(key: str) -> Plan:
    return Plan(name=key)


def evolve(plan: Plan, record: Record) -> Plan:
    if isinstance(record, Planned):
        begun = max(filter(None, (plan.begun, record.day)), default=None)
        return plan.model_copy(update={"watched": True, "begun": begun})
    return plan


def keys(plan: Plan, *, schemes: Schemes) -> dict[str, Any]:
    """When the next period may begin: of all that comes round each begins on a 1st or a 16th, what comes once with its
    scheme."""
    if plan.begun is None:
        return {"next_due": AT_ONCE if plan.watched else None}
    starts = (v.in_force.from_ for v in versions(plan.name, schemes) if v.in_force.from_ > plan.begun)
    return {"next_due": midnight(min([turn_of("half-month", plan.begun).after.first, *starts]))}


def versions(name: str, schemes: Schemes) -> list[Scheme]:
    return [scheme for scheme in schemes.values() if scheme.scheme == name]


# --- duties -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beginning:
    """A duty whose period begins, under a version of its scheme."""

    scheme: Scheme
    duty: str
    rule: DutyRule
    term: Term


def beginnings(plan: Plan, today: date, *, schemes: Schemes, calendars: Mapping[str, Calendar]) -> Iterator[Beginning]:
    """The duties that begin up to today. When a scheme is watched for the first time, those that run and are not over
    yet: nobody is late with what was due before anybody watched."""
    for scheme in versions(plan.name, schemes):
        since = scheme.in_force.from_
        for name, rule in scheme.duties.items():
            if plan.begun is not None:
                terms = list(rule.terms(since, plan.begun + _DAY, today))
            else:
                term = rule.term_on(since, today)
                over = rule.days(term, calendars[scheme.calendar])[1] < today
                terms = [] if over or term.first > today else [term]
            for term in terms:
                if schemes.in_force(scheme.scheme, term.first) is scheme:
                    yield Beginning(scheme, name, rule, term)


# --- sessions ---------------------------------------------------------------------------------------------------------


def proposals(
    plan: Plan, command: Planned, *, schemes: Schemes, calendars: Mapping[str, Calendar]
) -> Iterator[SessionProposed]:
    """The days of the period after each that began; at the first time those of the current one that are still to come
    too (001-09)."""
    today = command.day
    assert today is not None
    for scheme in versions(plan.name, schemes):
        calendar = calendars[scheme.calendar]
        for kind, rule in scheme.sessions.items():
            if rule.every is None:
                continue
            if plan.begun is None:
                here = turn_of(rule.every, today)
                turns = [here, here.after]
            else:
                turns = [turn.after for turn in turns_beginning(rule.every, plan.begun + _DAY, today)]
            for turn in turns:
                if schemes.in_force(scheme.scheme, turn.first) is not scheme:
                    continue
                for session, day in zip(
                    session_numbers(scheme, kind, rule, turn), days(rule, turn, calendar), strict=True
                ):
                    if day.held_on >= today:
                        yield _proposed(scheme, kind, turn, session, day, by=command)


@dataclass(frozen=True)
class Proposal:
    """`provisional`: a notice still to come may make it another day."""

    held_on: date
    provisional: bool


def session_numbers(scheme: Scheme, kind: str, rule: SessionRule, turn: Turn) -> list[str]:
    """The numbers of a period's sessions: the first needs no count."""
    return [number("HY", scheme.scheme, kind, turn.key, *([str(n + 1)] if n else [])) for n in range(rule.times)]


def days(rule: SessionRule, turn: Turn, calendar: Calendar) -> list[Proposal]:
    """A day for each session of the period, spread evenly over it.

    Where the scheme names a day, it is that day, or the next working day, or, where this leaves the period, the one
    before: 提前或顺延 is read as 顺延 first. Where it names none, or none in this part of the period, the middle working
    day, for the office to choose another.
    """
    return [_day_within(rule, first, last, calendar) for first, last in turn.parts(rule.times)]


def _day_within(rule: SessionRule, first: date, last: date, calendar: Calendar) -> Proposal:
    counted = Period.parse(rule.proposed).counted if rule.proposed is not None else None
    named = counted.last_day(first, calendar) if isinstance(counted, Days) else None
    if named is None or not first <= named <= last:
        worked = [day for n in range((last - first).days + 1) if calendar.is_working_day(day := first + n * _DAY)]
        held_on = worked[(len(worked) - 1) // 2] if worked else first + (last - first) // 2
        return Proposal(held_on, calendar.is_provisional_between(first, last))
    held_on = calendar.working_day_from(named)
    if held_on > last:
        held_on = calendar.previous_working_day(named)
    return Proposal(held_on, calendar.is_provisional_between(min(named, held_on), max(named, held_on)))


def _proposed(scheme: Scheme, kind: str, turn: Turn, session: str, day: Proposal, *, by: Command) -> SessionProposed:
    return SessionProposed(
        id=derive_id("session.proposed.v1", session),
        cause=by.id,
        case=session,
        scheme=scheme.ref,
        at=by.at,
        kind=kind,
        period=turn.key,
        held_on=day.held_on,
        provisional=day.provisional,
    )
