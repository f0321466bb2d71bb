"""When a clock is due: by the class of its case, from its start or the day that this names, with pauses and with what
was granted on top. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from libs.policy.calendar import Calendar
from libs.policy.counting import WorkingDays
from libs.policy.period import Due, Pause, Period
from libs.policy.scheme import AS_DECIDED, Clock
from libs.policy.shanghai import day_of, midnight
from services.deadline.marks import Mark

MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Limit:
    """The period that holds (None: the day that was decided), since when there is none any more, and the working days
    granted on top."""

    period: Period | None
    gone: datetime | None
    granted: int


def limit_of(name: str, rule: Clock, start: Mark, about: Sequence[Mark], until: datetime | None) -> Limit | None:
    """The limit as what was heard before `until` makes it; None where none ever held."""
    before = [mark for mark in about if until is None or mark.at <= until or mark is start]
    grants = [mark for mark in before if mark.extends == name and mark.at >= start.at]
    granted = _in_order(grants)[0].working_days if grants else 0
    if not isinstance(rule.within, dict):
        if rule.within == AS_DECIDED:
            return Limit(None, None, granted) if start.due_on else None
        return Limit(period(rule.within or ""), None, granted)
    period_held, gone = None, None
    for at, complexity in _classes(start, before):
        if complexity in rule.within:
            period_held, gone = period(rule.within[complexity]), None
        elif gone is None:
            gone = at
    if period_held is None:
        # Whatever order things are heard in, a limit that once held must be seen to have fallen away.
        told = (m.complexity for m in _in_order(about) if m.complexity in rule.within)
        once = next(told, None)
        return Limit(period(rule.within[once]), start.at, granted) if once else None
    return Limit(period_held, gone, granted)


def _classes(start: Mark, about: Iterable[Mark]) -> list[tuple[datetime, str | None]]:
    """The class when the clock started, and each that the case was given since (§3.25: all counted from that start)."""
    told = _in_order(mark for mark in about if mark.complexity is not None and mark is not start)
    earlier = [mark.complexity for mark in told if mark.at <= start.at]
    first = start.complexity or (earlier[-1] if earlier else None)
    # Who starts it knows the class; at the same instant only a change of class is later.
    later = (m for m in told if m.at > start.at or (m.at == start.at and m.type == "case.reclassified.v1"))
    return [(start.at, first), *((mark.at, mark.complexity) for mark in later)]


def due_of(rule: Clock, limit: Limit, start: Mark, pauses: Iterable[Pause], calendar: Calendar) -> Due | None:
    """When it runs out, or rings; None where the start does not name the day to count from."""
    if limit.period is None:
        assert start.due_on is not None
        return _later(Due(midnight(start.due_on + timedelta(1)), provisional=False), limit.granted, calendar)
    since = start.at
    if rule.counted_from is not None:
        if start.held_on is None:
            return None
        since = midnight(start.held_on)
    if rule.rings:
        return limit.period.opens(since, calendar)
    if isinstance(limit.period.counted, WorkingDays):
        longer = replace(limit.period, counted=WorkingDays(limit.period.counted.count + limit.granted))
        return longer.due_with_pauses(since, pauses, calendar)
    return _later(limit.period.due_with_pauses(since, pauses, calendar), limit.granted, calendar)


def _later(due: Due, working_days: int, calendar: Calendar) -> Due:
    """So many working days more, to 24:00 of the last."""
    if not working_days:
        return due
    last = day_of(due.at - MOMENT)
    longer = calendar.add_working_days(last, working_days)
    return Due(midnight(longer + timedelta(1)), due.provisional or calendar.is_provisional_between(last, longer))


def _in_order(marks: Iterable[Mark]) -> list[Mark]:
    return sorted(marks, key=lambda mark: (mark.at, mark.type, mark.id))


@cache
def period(text: str) -> Period:
    return Period.parse(text)
