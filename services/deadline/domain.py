"""Clocks: what starts, pauses and ends a limit, and what follows when its instant comes. Pure.

What is said is the difference between how a clock stands (`standing.py`) and what was said of it before. So when an
act of before the due time arrives after the miss was said (our outage, not the unit's delay), the clock is stopped as
met: the miss is corrected, though its consequences were drawn.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from contracts.events import (
    CalendarVersion,
    CaseEvent,
    ClockEvent,
    ClockMeasured,
    ClockMissed,
    ClockPaused,
    ClockRang,
    ClockRecomputed,
    ClockResumed,
    ClockSet,
    ClockStarted,
    ClockStopped,
    ClockWarned,
    Subject,
)
from contracts.record import Code, Command, Instant, Party, Record, derive_id
from libs.policy import scheme as law
from libs.policy.calendar import Calendar
from libs.policy.scheme import Scheme
from services.deadline.limits import period
from services.deadline.marks import Mark, concerns, mark_of, starts_of
from services.deadline.standing import Outcome, Standing, elapsed, stand

Status = Literal["running", "paused", "met", "late", "missed", "void", "rang"]
F = TypeVar("F", bound=ClockEvent)


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clock(Part):
    """What was said of one clock. `start` is the event that started it, `started` the fact that said so; `calendar` the
    version that it was counted by; `missed` the latest due time whose passing was said."""

    name: Code
    of: Subject
    unit: Party | None
    start: str
    started: str
    since: Instant
    due: Instant
    provisional: bool
    calendar: CalendarVersion
    paused: bool = False
    warned: Instant | None = None
    missed: Instant | None = None
    rang: Instant | None = None
    stopped: Instant | None = None
    outcome: Outcome | None = None

    @property
    def ended(self) -> bool:
        return self.outcome is not None or self.rang is not None

    @property
    def ran_out(self) -> bool:
        """Its passing was said. A due time that is put off later lets it run on."""
        return self.missed is not None and self.missed >= self.due

    @property
    def status(self) -> Status:
        if self.outcome is not None:
            return self.outcome
        if self.rang is not None:
            return "rang"
        if self.paused:
            return "paused"
        return "missed" if self.ran_out else "running"


class Measured(Part):
    """How long took what has no limit (§3.19), from one start."""

    name: Code
    of: Subject
    unit: Party | None
    since: Instant
    seconds: int


class Clocks(Part):
    """The clocks of one case or session."""

    case: str
    scheme: str = ""
    marks: tuple[Mark, ...] = ()
    clocks: tuple[Clock, ...] = ()
    measured: tuple[Measured, ...] = ()

    @property
    def running(self) -> list[Clock]:
        """Those that have not ended, paused and missed ones among them."""
        return [clock for clock in self.clocks if not clock.ended]

    def clock(self, name: str, of: str) -> Clock | None:
        return next((clock for clock in self.clocks if (clock.name, clock.of) == (name, of)), None)


class Recount(Command):
    """Today's calendars are not those that the clocks were counted by. `calendars`: today's versions, by id."""

    type: Literal["clocks.recounted"] = "clocks.recounted"
    calendars: dict[str, CalendarVersion]


def empty(key: str) -> Clocks:
    return Clocks(case=key)


# --- what is remembered -----------------------------------------------------------------------------------------------


def evolve(case: Clocks, record: Record, *, schemes: Mapping[str, Scheme]) -> Clocks:
    """The case after a record. Events of other services may come in any order and leave the same case."""
    match record:
        case ClockMeasured():
            now = Measured(
                name=record.clock, of=record.of, unit=record.unit, since=record.since, seconds=record.seconds
            )
            others = [m for m in case.measured if (m.name, m.of, m.since) != (now.name, now.of, now.since)]
            measured = sorted([*others, now], key=lambda m: (m.since, m.name, m.of))
            return case.model_copy(update={"measured": tuple(measured)})
        case ClockEvent():
            known = case.clock(record.clock, record.of)
            others = [clock for clock in case.clocks if clock is not known]
            clocks = sorted([*others, after(known, record)], key=lambda c: (c.since, c.name, c.of))
            return case.model_copy(update={"clocks": tuple(clocks)})
        case Recount():
            today = record.calendars[schemes[case.scheme].calendar]
            clocks = [c if c.ended else c.model_copy(update={"calendar": today}) for c in case.clocks]
            return case.model_copy(update={"clocks": tuple(clocks)})
        case CaseEvent():
            mark = mark_of(record, schemes[record.scheme])
            if mark is None:
                return case
            marks = sorted([*case.marks, mark], key=lambda m: (m.at, m.id))
            return case.model_copy(update={"scheme": record.scheme, "marks": tuple(marks)})
        case _:
            return case


def after(clock: Clock | None, fact: ClockEvent) -> Clock:
    """A clock after something was said of it."""
    if isinstance(fact, ClockStarted):
        return Clock(
            name=fact.clock,
            of=fact.of,
            unit=fact.unit,
            start=fact.cause,
            started=fact.id,
            since=fact.at,
            due=fact.due,
            provisional=fact.provisional,
            calendar=fact.calendar,
        )
    assert clock is not None, f"{fact.type} of a clock that was never started"
    return clock.model_copy(update=_changes(clock, fact))


def _changes(clock: Clock, fact: ClockEvent) -> dict[str, Any]:
    match fact:
        case ClockPaused():
            return {"paused": True}
        case ClockSet():
            paused = clock.paused and not isinstance(fact, ClockResumed)
            counted = {"due": fact.due, "provisional": fact.provisional, "calendar": fact.calendar}
            # One that had ended runs again: what is missed from here on is another miss.
            anew = {"started": fact.id, "outcome": None, "stopped": None} if clock.outcome else {}
            return counted | {"paused": paused} | anew
        case ClockRang():
            return {"rang": fact.due, "due": fact.due, "paused": False, "outcome": None, "stopped": None}
        case ClockWarned():
            return {"warned": fact.at}
        case ClockMissed():
            return {"missed": fact.due}
        case ClockStopped():
            due = fact.due or clock.due
            ended = {"outcome": fact.outcome, "stopped": fact.at, "due": due, "missed": due if fact.at >= due else None}
            return ended | {"paused": False, "provisional": False, "rang": None}
        case _:
            return {}


# --- facts lead to facts ----------------------------------------------------------------------------------------------


def hear(case: Clocks, event: CaseEvent, *, scheme: Scheme, calendar: Calendar) -> Iterator[ClockEvent]:
    """What an event changes: clocks that it starts, and those it stops, voids, pauses or resumes. A clock that is
    started again counts from its last start alone (§3.22: a session that is dated again)."""
    mine = mark_of(event, scheme)
    if mine is None:
        return
    marks = (*case.marks, mine)
    for name in scheme.clocks_by_event[event.type]:
        rule = scheme.clocks[name]
        if rule.measured:
            yield from _measured(case, name, rule, marks, by=event, scheme=scheme.ref)
            continue
        if mine.extends in (None, name):
            for standing in _standings(name, rule, mine, marks, calendar):
                yield from _said(case, standing, by=event, scheme=scheme.ref, calendar=calendar)


def _standings(
    name: str, rule: law.Clock, mine: Mark, marks: tuple[Mark, ...], calendar: Calendar
) -> Iterator[Standing]:
    """How the clocks of this name stand that a mark concerns; each counts from its last start that sets a limit."""
    found: set[str] = set()
    for start in reversed(starts_of(name, marks)):
        if start.of not in found and concerns(mine, start):
            standing = stand(name, rule, start, marks, calendar)
            if standing is not None:
                found.add(start.of)
                yield standing


def _measured(
    case: Clocks, name: str, rule: law.Clock, marks: tuple[Mark, ...], *, by: Record, scheme: str
) -> Iterator[ClockMeasured]:
    """How long it took from each start, said again where an earlier act came to light."""
    known = {(m.of, m.since): m.seconds for m in case.measured if m.name == name}
    starts = {(start.of, start.at): start for start in starts_of(name, marks)}
    for (of, since), start in starts.items():
        seconds = elapsed(rule, start, marks)
        if seconds is None or known.get((of, since)) == seconds:
            continue
        subject = f"{name}:{of}" if of else name
        yield ClockMeasured(
            id=derive_id(by.id, "clock.measured.v1", case.case, subject, str(since)),
            cause=by.id,
            scheme=scheme,
            case=case.case,
            subject=subject,
            at=since + timedelta(seconds=seconds),
            clock=name,
            of=of,
            unit=start.unit,
            since=since,
            seconds=seconds,
        )


def recount(case: Clocks, command: Recount, *, scheme: Scheme, calendar: Calendar) -> Iterator[ClockEvent]:
    """What another calendar changes in the clocks that have not ended (§3.21)."""
    for clock in case.running:
        start = next(mark for mark in case.marks if mark.id == clock.start)
        standing = stand(clock.name, scheme.clocks[clock.name], start, case.marks, calendar)
        if standing is not None:
            yield from _said(case, standing, by=command, scheme=scheme.ref, calendar=calendar)


def fall_due(case: Clocks, *, now: datetime, scheme: Scheme, calendar: Calendar) -> Iterator[ClockEvent]:
    """Who is warned, and what is missed, by now: each once for each due time, caused by the clock's start."""
    for clock in case.running:
        if clock.paused or clock.ran_out:
            continue
        if clock.due <= now:
            if scheme.clocks[clock.name].rings:
                yield _rang(case, clock, scheme.ref, at=now, due=clock.due)
            else:
                yield _missed(case, clock, scheme.ref, at=now, due=clock.due)
        elif come := [instant for instant in warnings(clock, scheme, calendar) if instant <= now]:
            yield _fact(ClockWarned, case, clock, scheme.ref, clock.started, str(come[-1]), at=now, due=clock.due)


def warnings(clock: Clock, scheme: Scheme, calendar: Calendar) -> list[datetime]:
    """When it is still to be warned of, the earliest first."""
    last = clock.warned or clock.since
    instants = (period(text).warn_at(clock.due, calendar) for text in scheme.clocks[clock.name].warn)
    return sorted(instant for instant in instants if last < instant < clock.due)


def next_due(case: Clocks, *, scheme: Scheme, calendar: Calendar) -> datetime | None:
    """The next warning or due time of the clocks that run."""
    armed = [clock for clock in case.running if not clock.paused and not clock.ran_out]
    return min((i for clock in armed for i in (clock.due, *warnings(clock, scheme, calendar))), default=None)


def keys(case: Clocks, *, schemes: Mapping[str, Scheme], calendars: Mapping[str, Calendar]) -> dict[str, Any]:
    """By what cases are found: when the next clock falls due, and by which calendar clocks that have not ended were
    counted, an old one where there are several."""
    if not case.running:
        return {"next_due": None, "calendar": None}
    scheme = schemes[case.scheme]
    calendar = calendars[scheme.calendar]
    old = {clock.calendar for clock in case.running} - {calendar.version}
    counted_by = f"{calendar.id}:{min(old, default=calendar.version)}"
    return {"next_due": next_due(case, scheme=scheme, calendar=calendar), "calendar": counted_by}


def _said(case: Clocks, standing: Standing, *, by: Record, scheme: str, calendar: Calendar) -> Iterator[ClockEvent]:
    """What must still be said until what was said of a clock is how it stands."""
    clock = case.clock(standing.name, standing.of)
    while fact := _next_fact(case, clock, standing, by=by, scheme=scheme, calendar=calendar):
        yield fact
        clock = after(clock, fact)


def _next_fact(
    case: Clocks, clock: Clock | None, now: Standing, *, by: Record, scheme: str, calendar: Calendar
) -> ClockEvent | None:
    due, provisional = now.due.at, now.due.provisional
    counted = {"due": due, "provisional": provisional, "calendar": calendar.version}
    if clock is None or clock.start != now.start.id:
        again = () if by.id == now.start.id else (by.id,)
        return _fact(ClockStarted, case, now, scheme, now.start.id, *again, at=now.start.at, **counted)
    if now.stopped is not None:
        if now.stopped >= due and now.rings:
            return None if clock.rang == due else _rang(case, clock, scheme, at=now.stopped, due=due)
        if now.stopped >= due and not clock.ran_out and clock.missed != due:
            return _missed(case, clock, scheme, at=now.stopped, due=due)
        if (clock.outcome, clock.stopped, clock.due) != (now.outcome, now.stopped, due):
            return _fact(ClockStopped, case, now, scheme, by.id, at=now.stopped, outcome=now.outcome, due=due)
        return None
    if clock.rang == due:
        return None
    if clock.outcome is not None or (clock.paused and now.paused is None):
        return _fact(ClockResumed, case, now, scheme, by.id, at=by.at, **counted)
    if (clock.due, clock.provisional) != (due, provisional):
        if clock.calendar == calendar.version:
            return _fact(ClockResumed, case, now, scheme, by.id, at=by.at, **counted)
        return _fact(ClockRecomputed, case, now, scheme, by.id, at=by.at, was=clock.due, **counted)
    if now.paused is not None and not clock.paused:
        return _fact(ClockPaused, case, now, scheme, by.id, at=now.paused)
    return None


def _missed(case: Clocks, clock: Clock, scheme: str, *, at: datetime, due: datetime) -> ClockMissed:
    return _fact(ClockMissed, case, clock, scheme, clock.started, str(due), at=at, due=due)


def _rang(case: Clocks, clock: Clock, scheme: str, *, at: datetime, due: datetime) -> ClockRang:
    return _fact(ClockRang, case, clock, scheme, clock.started, str(due), at=at, due=due)


def _fact(
    kind: type[F],
    case: Clocks,
    clock: Clock | Standing,
    scheme: str,
    cause: str,
    *again: str,
    at: datetime,
    **fields: Any,
) -> F:
    """The fact of this kind about a clock; `again` tells apart what one cause may lead to more than once."""
    subject = f"{clock.name}:{clock.of}" if clock.of else clock.name
    identity = derive_id(cause, kind.model_fields["type"].default, case.case, subject, *again)
    about = {"case": case.case, "subject": subject, "clock": clock.name, "of": clock.of, "unit": clock.unit}
    return kind(id=identity, cause=cause, scheme=scheme, at=at, **about, **fields)
