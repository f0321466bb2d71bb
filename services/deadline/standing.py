"""How a clock stands, counted from marks: what is kept of every event that concerns a clock. Pure.

The order in which marks came makes no difference. The event's own instant counts, not its arrival: an act of before the
due time is in time, though it arrive after it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.events import CaseEvent, Subject
from contracts.record import Code, Instant, Party
from libs.policy import scheme as law
from libs.policy.calendar import Calendar
from libs.policy.period import Due, Pause
from libs.policy.scheme import Scheme, matches

Outcome = Literal["met", "late", "void"]


class Mark(BaseModel):
    """A heard event, as far as clocks are concerned. `starts`: the clocks that it starts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    type: str
    at: Instant
    of: Subject
    unit: Party | None
    starts: tuple[Code, ...]


def mark_of(event: CaseEvent, scheme: Scheme) -> Mark | None:
    """What is kept of an event; None where it concerns no clock of the scheme."""
    starts = tuple(
        name for name, rule in scheme.clocks.items() if event.type == rule.from_ and matches(event, rule.when)
    )
    if not starts and not any(touches(event.type, rule) for rule in scheme.clocks.values()):
        return None
    unit = getattr(event, "unit", None)
    return Mark(id=event.id, type=event.type, at=event.at, of=event.subject, unit=unit, starts=starts)


def last_starts(name: str, marks: Iterable[Mark]) -> list[Mark]:
    """What each clock of this name counts from."""
    starts = sorted((mark for mark in marks if name in mark.starts), key=lambda mark: (mark.at, mark.id))
    return list({mark.of: mark for mark in starts}.values())


@dataclass(frozen=True)
class Standing:
    """How a clock stands by the marks. `paused`: since when it stands still; `stopped`: when it ended."""

    name: str
    start: Mark
    due: Due
    paused: datetime | None
    stopped: datetime | None
    outcome: Outcome | None

    @property
    def of(self) -> str:
        return self.start.of

    @property
    def unit(self) -> str | None:
        return self.start.unit


def stand(name: str, rule: law.Clock, start: Mark, marks: Iterable[Mark], calendar: Calendar) -> Standing:
    """The clock that `start` sets running. What ends it first, ends it; a pause that runs when it ends, ends with it."""
    about = [mark for mark in marks if concerns(mark, start)]
    end = min((_end(mark, start, rule) for mark in about if _ends(mark, start, rule)), default=None)
    if end is not None:
        stopped, void = end
        pauses = [(since, min(until or stopped, stopped)) for since, until in _pauses(about, rule) if since < stopped]
        due = rule.period.due_with_pauses(start.at, pauses, calendar)
        outcome = "void" if void else "met" if stopped < due.at else "late"
        return Standing(name, start, due, None, stopped, outcome)
    whole: list[Pause] = [(since, until) for since, until in _pauses(about, rule) if until is not None]
    due = rule.period.due_with_pauses(start.at, whole, calendar)
    still = [since for since, until in _pauses(about, rule) if until is None and since < due.at]
    return Standing(name, start, due, min(still, default=None), None, None)


def concerns(mark: Mark, start: Mark) -> bool:
    """An event about one hand-over concerns the clocks of that hand-over and those of the whole case; an event about
    the whole case concerns all."""
    return mark.of == start.of or not (mark.of and start.of)


def _ends(mark: Mark, start: Mark, rule: law.Clock) -> bool:
    """A case that went another way voids also what starts after. What is done once (a hand-over) is done whatever our
    machines' clocks say of before and after; what can be asked again is not done by what was done before."""
    return mark.type in rule.void or (mark.type in rule.until and (bool(start.of) or mark.at >= start.at))


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


def touches(event: str, rule: law.Clock) -> bool:
    """Whether such an event stops, voids, pauses or resumes the clock."""
    return event in (*rule.until, *rule.void) or any(event in (pause.from_, *pause.until) for pause in rule.pauses)
