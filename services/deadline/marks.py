"""Marks: what is kept of every event that concerns a clock. Pure."""

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, ConfigDict

from contracts.events import CaseClimbed, CaseDecided, CaseEvent, CaseListed, ExtensionGranted, Subject
from contracts.record import Code, Instant, Party
from libs.policy.scheme import CLASS_EVENTS, Scheme


class Mark(BaseModel):
    """A heard event, as far as clocks are concerned. `starts`: the clocks that it starts; `restarts`: those that it
    starts again where they had been started for the same hand-over; `held_on`, `due_on`: days that it names;
    `complexity`: the class that it tells; `rung`: where it was decided, or where the case climbed to or is listed;
    `extends`: the clock that it gives so many `working_days` more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    type: str
    at: Instant
    of: Subject
    unit: Party | None
    starts: tuple[Code, ...]
    restarts: tuple[Code, ...] = ()
    held_on: date | None = None
    due_on: date | None = None
    complexity: Code | None = None
    rung: Code | None = None
    extends: Code | None = None
    working_days: int = 0


def mark_of(event: CaseEvent, scheme: Scheme) -> Mark | None:
    """What is kept of an event; None where it concerns no clock of the scheme."""
    names = scheme.clocks_by_event.get(event.type, ())
    if isinstance(event, ExtensionGranted):
        if event.clock not in names:
            return None
        given = {"extends": event.clock, "working_days": event.working_days}
    elif not names:
        return None
    else:
        given = {}
    return Mark(
        id=event.id,
        type=event.type,
        at=event.at,
        of=event.subject,
        unit=getattr(event, "unit", None),
        starts=tuple(name for name in names if scheme.clocks[name].starts_with(event)),
        restarts=tuple(name for name in names if scheme.clocks[name].starts_again_with(event)),
        held_on=getattr(event, "held_on", None),
        due_on=getattr(event, "due_on", None),
        complexity=getattr(event, "complexity", None) if event.type in CLASS_EVENTS else None,
        rung=_rung(event),
        **given,
    )


def _rung(event: CaseEvent) -> Code | None:
    match event:
        case CaseClimbed():
            return event.rung_to
        case CaseDecided() | CaseListed():
            return event.rung
        case _:
            return None


def starts_of(name: str, marks: Iterable[Mark]) -> list[Mark]:
    """Every start of the clocks of this name, the earliest first."""
    marks = list(marks)
    starts = [mark for mark in marks if name in mark.starts]
    started = {mark.of for mark in starts}
    starts += [mark for mark in marks if name in mark.restarts and mark.of in started]
    return sorted(starts, key=lambda mark: (mark.at, mark.id)) if len(starts) > 1 else starts


def concerns(mark: Mark, start: Mark) -> bool:
    """An event about one hand-over concerns the clocks of that hand-over and those of the whole case; an event about
    the whole case concerns all."""
    return mark.of == start.of or not (mark.of and start.of)


def led_to(mark: Mark, start: Mark) -> bool:
    """What was decided at another rung at the instant of a climb led to the climb: it is no opinion of the rung above."""
    return mark.at == start.at and mark.rung is not None and start.rung is not None and mark.rung != start.rung
