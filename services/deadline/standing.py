"""How a clock stands, counted from marks (`marks.py`). Pure.

The order in which marks came makes no difference. The event's own instant counts, not its arrival: an act of before the
due time is in time, though it arrive after it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from libs.policy import scheme as law
from libs.policy.calendar import Calendar
from libs.policy.period import Due, Pause
from services.deadline.limits import due_of, limit_of
from services.deadline.marks import Mark, concerns, led_to

Outcome = Literal["met", "late", "void"]


@dataclass(frozen=True)
class Standing:
    """How a clock stands by the marks. `paused`: since when it stands still; `stopped`: when it ended; `rings`: its due
    time ends it, and nobody is late."""

    name: str
    start: Mark
    due: Due
    paused: datetime | None
    stopped: datetime | None
    outcome: Outcome | None
    rings: bool = False

    @property
    def of(self) -> str:
        return self.start.of

    @property
    def unit(self) -> str | None:
        return self.start.unit


def stand(name: str, rule: law.Clock, start: Mark, marks: Iterable[Mark], calendar: Calendar) -> Standing | None:
    """The clock that `start` sets running; None where no limit holds for it. What ends it first, ends it; a pause that
    runs when it ends, ends with it."""
    marks = list(marks)
    about = [mark for mark in marks if concerns(mark, start)]
    again = name in start.restarts
    end = min((_end(mark, start, rule) for mark in about if _ends(mark, start, rule, again)), default=None)
    limit = limit_of(name, rule, start, about, end and end[0])
    if limit is None:
        return None
    if limit.gone is not None and (end is None or limit.gone < end[0]):
        end = limit.gone, True
    if end is not None:
        stopped, void = end
        pauses = [(since, min(until or stopped, stopped)) for since, until in _pauses(about, rule) if since < stopped]
        due = due_of(rule, limit, start, pauses, calendar)
        if due is None:
            return None
        outcome = "void" if void else "met" if stopped < due.at else "late"
        return Standing(name, start, due, None, stopped, outcome, bool(rule.rings))
    whole: list[Pause] = [(since, until) for since, until in _pauses(about, rule) if until is not None]
    due = due_of(rule, limit, start, whole, calendar)
    if due is None:
        return None
    still = [since for since, until in _pauses(about, rule) if until is None and since < due.at]
    return Standing(name, start, due, min(still, default=None), None, None, bool(rule.rings))


def elapsed(rule: law.Clock, start: Mark, marks: Iterable[Mark]) -> int | None:
    """The seconds from this start to the first act after it, of what is only measured; None while there is none."""
    ends = [
        m.at for m in marks if m.type in rule.until and m.at >= start.at and concerns(m, start) and not led_to(m, start)
    ]
    return int((min(ends) - start.at).total_seconds()) if ends else None


def _ends(mark: Mark, start: Mark, rule: law.Clock, again: bool) -> bool:
    """A case that went another way voids also what starts after. What is done once (a hand-over; what a session owes,
    whatever its date, §3.22) is done whatever our machines' clocks say of before and after; what can be asked again is
    not done by what was done before."""
    if mark.type in rule.void:
        return not again or mark.at >= start.at
    if mark.type not in rule.until or led_to(mark, start):
        return False
    if again:
        return mark.at > start.at
    return bool(start.of) or rule.counted_from is not None or mark.at >= start.at


def _end(mark: Mark, start: Mark, rule: law.Clock) -> tuple[datetime, bool]:
    """When this ends the clock, and whether it leaves it void; of two things at one instant the act counts."""
    return max(mark.at, start.at), mark.type not in rule.until


def _pauses(about: list[Mark], rule: law.Clock) -> Iterator[tuple[datetime, datetime | None]]:
    """From, until; None while it lasts."""
    for pause in rule.pauses:
        ends = sorted(mark.at for mark in about if mark.type in pause.until)
        for mark in about:
            if mark.type == pause.from_:
                yield mark.at, next((end for end in ends if end >= mark.at), None)
