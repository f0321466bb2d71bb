"""What is counted of a case beside how it ended: its way up, what was decided, what was pressed for, how long it took."""

from datetime import date
from typing import Literal

from contracts.events import (
    CaseClimbed,
    CaseDecided,
    CaseEvent,
    ClockMeasured,
    ClockMissed,
    CorrectionMade,
    RectificationListed,
    SupervisionOpened,
    SupervisionOrdered,
)
from libs.policy.shanghai import day_of
from services.disclosure.part import Part

What = Literal["climbed", "decided", "missed", "measured", "supervised", "ordered", "listed", "corrected"]


class Happening(Part):
    """`of`: the rung climbed to, the outcome decided, the clock; `seconds`: what a measured limit took (§3.19)."""

    id: str
    what: What
    on: date
    of: str = ""
    unit: str | None = None
    seconds: int = 0


def happening(event: CaseEvent) -> Happening | None:
    """What is to be counted of this event; None for one that is counted otherwise."""
    found = _of(event)
    if found is None:
        return None
    what, of, seconds = found
    return Happening(
        id=event.id, what=what, on=day_of(event.at), of=of, unit=getattr(event, "unit", None), seconds=seconds
    )


def _of(event: CaseEvent) -> tuple[What, str, int] | None:
    match event:
        case CaseClimbed():
            return "climbed", event.rung_to, 0
        case CaseDecided():
            return "decided", event.outcome, 0
        case ClockMissed():
            return "missed", event.clock, 0
        case ClockMeasured():
            return "measured", event.clock, event.seconds
        case SupervisionOpened():
            return "supervised", event.clock, 0
        case SupervisionOrdered():
            return "ordered", "", 0
        case RectificationListed():
            return "listed", "", 0
        case CorrectionMade():
            return "corrected", "", 0
        case _:
            return None
