"""What disclosure keeps that belongs to no case: duties met and missed, matters that recur, units called to account."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from contracts.events import (
    AccountabilityRecorded,
    DutyEvent,
    DutyMet,
    DutyMissed,
    DutyOpened,
    Event,
    MatterRecurred,
)
from contracts.record import Record
from libs.policy.shanghai import day_of
from services.disclosure.part import Part


class Noted(Part):
    """One occurrence of a duty, one recurring matter, or one finding. `of`: the duty, the category, the measure; `day`:
    the duty's last day, or when the other was told; `outcome` is a duty's, `open` until it is known."""

    key: str
    scheme: str = ""
    what: Literal["duty", "matter", "account"] | None = None
    of: str = ""
    unit: str | None = None
    period: str = ""
    day: date | None = None
    outcome: Literal["open", "met", "late", "missed"] = "open"
    enterprises: int = 0
    times: int = 0


def empty(key: str) -> Noted:
    return Noted(key=key)


def keys(noted: Noted) -> Mapping[str, Any]:
    return {"scheme": noted.scheme, "key": noted.key}


def evolve(noted: Noted, record: Record) -> Noted:
    if not isinstance(record, Event):
        return noted
    return noted.model_copy(update={"scheme": record.scheme} | _changes(noted, record))


def _changes(noted: Noted, event: Event) -> dict[str, Any]:
    match event:
        case DutyEvent():
            duty = {"what": "duty", "of": event.duty, "unit": event.unit, "period": event.period, "day": event.due_on}
            return duty | {"outcome": max(noted.outcome, _outcome(event), key=_RANK.__getitem__)}
        case MatterRecurred():
            day = max(noted.day or day_of(event.at), day_of(event.at))
            more = {"enterprises": max(noted.enterprises, event.enterprises), "times": max(noted.times, event.times)}
            return {"what": "matter", "of": event.category, "day": day} | more
        case AccountabilityRecorded():
            return {"what": "account", "of": event.measure, "unit": event.unit, "day": day_of(event.at)}
        case _:
            return {}


_Outcome = Literal["open", "met", "late", "missed"]
_RANK: Mapping[_Outcome, int] = {"open": 0, "missed": 1, "met": 2, "late": 3}
"""Of several things heard of one occurrence the highest holds, in whatever order they come."""


def _outcome(event: DutyEvent) -> _Outcome:
    match event:
        case DutyMet(late=True):
            return "late"
        case DutyMet():
            return "met"
        case DutyMissed():
            return "missed"
        case DutyOpened() | DutyEvent():
            return "open"
