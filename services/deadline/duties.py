"""One occurrence of a duty (责任): opened with its period, reminded of, met with evidence or missed. Pure.

Evidence counts by its own instant, not by its arrival: what was done in time is met in time, though it be heard of after
the miss was said.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from contracts.case_number import number
from contracts.events import (
    CalendarVersion,
    DutyEvent,
    DutyMet,
    DutyMissed,
    DutyOpened,
    DutyReminded,
    Event,
    ServedAssigned,
)
from contracts.record import Code, Command, DutyNumber, Instant, Party, Record, ServedNumber, derive_id
from libs.policy.calendar import Calendar
from libs.policy.duty import DutyRule, Evidence, Term
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import midnight

Status = Literal["open", "met", "late", "missed"]
F = TypeVar("F", bound=DutyEvent)


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OpenDuty(Command):
    """The period began. `since`: from when `unit` owes it; `due`: the day that the text names; `last`: the last on which
    it is not missed."""

    type: Literal["open-duty"] = "open-duty"
    scheme: str
    duty: Code
    period: str
    about: str
    unit: Party
    served: ServedNumber | None
    since: Instant
    first: date
    ends: date
    at_least: int
    due: date
    last: date
    calendar: CalendarVersion


class HandIn(Command):
    """Whoever owes it hands in evidence: what kind, where it is kept, and a note. These words stay here."""

    type: Literal["hand-in-evidence"] = "hand-in-evidence"
    kind: Evidence
    reference: str
    note: str = ""


class Redate(Command):
    """Another calendar moves the last day (§3.21)."""

    type: Literal["redate-duty"] = "redate-duty"
    due: date
    last: date
    calendar: CalendarVersion


class Shown(Part):
    """A piece of evidence: a fact of another service, or what was handed in."""

    id: str
    at: Instant
    kind: str
    reference: str = ""
    note: str = ""


class Occurrence(Part):
    """`opened`: the fact that said so, None while only evidence was heard of; `missed`, `met`: what was said."""

    number: str
    opened: str | None = None
    opened_at: Instant | None = None
    scheme: str = ""
    duty: str = ""
    period: str = ""
    about: str = ""
    unit: str = ""
    served: ServedNumber | None = None
    since: Instant | None = None
    first: date | None = None
    ends: date | None = None
    at_least: int = 1
    due: date | None = None
    last: date | None = None
    calendar: CalendarVersion = ""
    shown: tuple[Shown, ...] = ()
    reminded: Instant | None = None
    missed: bool = False
    met: Literal["in-time", "late"] | None = None

    @property
    def over(self) -> datetime:
        """24:00 of the last day."""
        assert self.last is not None
        return midnight(self.last + timedelta(1))

    @property
    def done_at(self) -> datetime | None:
        """When there was evidence enough."""
        return self.shown[self.at_least - 1].at if len(self.shown) >= self.at_least else None

    @property
    def status(self) -> Status:
        if self.met is not None:
            return "late" if self.met == "late" else "met"
        return "missed" if self.missed else "open"

    @property
    def is_owed(self) -> bool:
        return self.opened is not None and self.met is None and not self.missed


def empty(key: str) -> Occurrence:
    return Occurrence(number=key)


def number_of(scheme: str, duty: str, period: str, owner: str) -> DutyNumber:
    """`scheme`: its name, whatever the version; `owner`: the unit that owes it, or whom it is owed to."""
    return number("ZR", scheme.partition("@")[0], duty, period, owner)


# --- what is remembered -----------------------------------------------------------------------------------------------


def evolve(duty: Occurrence, record: Record) -> Occurrence:
    """The occurrence after a record; facts of other services may come in any order, and before it is opened."""
    match record:
        case OpenDuty():
            fields = record.model_dump(exclude={"type", "id", "at", "by"})
            return duty.model_copy(update=fields)
        case DutyOpened():
            return duty.model_copy(update={"opened": record.id, "opened_at": record.at})
        case DutyReminded():
            return duty.model_copy(update={"reminded": record.at})
        case DutyMissed():
            return duty.model_copy(update={"missed": True})
        case DutyMet():
            return duty.model_copy(update={"met": "late" if record.late else "in-time"})
        case Redate():
            return duty.model_copy(update={"due": record.due, "last": record.last, "calendar": record.calendar})
        case ServedAssigned():
            if duty.served != record.served or duty.since is None or record.at < duty.since:
                return duty
            return duty.model_copy(update={"unit": record.unit, "since": record.at})
        case HandIn():
            words = {"kind": record.kind, "reference": record.reference, "note": record.note}
            return _with(duty, Shown(id=record.id, at=record.at, **words))
        case Event():
            return _with(duty, Shown(id=record.id, at=record.at, kind=record.type, reference=record.key))
        case _:
            return duty


def _with(duty: Occurrence, shown: Shown) -> Occurrence:
    return duty.model_copy(update={"shown": tuple(sorted((*duty.shown, shown), key=lambda s: (s.at, s.id)))})


# --- facts lead to facts ----------------------------------------------------------------------------------------------


def open_duty(duty: Occurrence, command: OpenDuty) -> Iterator[DutyEvent]:
    """It is owed from now on; evidence that was heard of before counts."""
    if duty.opened is not None:
        return
    duty = evolve(duty, command)
    yield _said(DutyOpened, duty, cause=command.id, at=command.at)
    yield from _met(duty, cause=command.id)


def hear(duty: Occurrence, event: Event) -> Iterator[DutyEvent]:
    """A fact that is evidence by itself."""
    if duty.opened is not None:
        yield from _met(evolve(duty, event), cause=event.id)


def hand_in(duty: Occurrence, command: HandIn, *, unit: str | None, rule: DutyRule) -> Iterator[DutyEvent]:
    """Evidence from whoever owes the duty. Raises `Refused` for anybody else, and for what the scheme does not take."""
    if unit != duty.unit:
        raise Refused("no-such-duty", "you owe no such duty", status=404)
    if command.kind not in rule.evidence:
        taken = ", ".join(rule.evidence)
        raise Refused("no-such-evidence", f"this duty is shown by: {taken}", field="kind", status=422)
    yield from _met(evolve(duty, command), cause=command.id)


def fall_due(duty: Occurrence, *, now: datetime, rule: DutyRule, calendar: Calendar) -> Iterator[DutyEvent]:
    """Who is reminded, and what is missed, by now: each once."""
    if not duty.is_owed:
        return
    assert duty.opened is not None
    if duty.over <= now:
        yield _said(DutyMissed, duty, cause=duty.opened, at=now)
    elif come := [instant for instant in reminders(duty, rule, calendar) if instant <= now]:
        yield _said(DutyReminded, duty, cause=duty.opened, at=now, again=str(come[-1]))


def redate(duty: Occurrence, command: Redate) -> Iterator[DutyEvent]:
    """A day that is later than was thought: what came by then is in time."""
    if duty.opened is not None:
        yield from _met(evolve(duty, command), cause=command.id)


def _met(duty: Occurrence, *, cause: str) -> Iterator[DutyEvent]:
    """That it was met, or that what was said of it was wrong. Our own timer's lateness hides no miss."""
    done = duty.done_at
    if done is None or duty.met == ("late" if done >= duty.over else "in-time"):
        return
    late = done >= duty.over
    if late and not duty.missed:
        yield _said(DutyMissed, duty, cause=cause, at=done)
    yield _said(DutyMet, duty, cause=cause, at=done, late=late)


def reminders(duty: Occurrence, rule: DutyRule, calendar: Calendar) -> list[datetime]:
    """When it is still to be reminded of, the earliest first."""
    last = duty.reminded or duty.opened_at
    assert last is not None
    return [instant for instant in rule.reminders(term_of(duty), calendar) if last < instant < duty.over]


def term_of(duty: Occurrence) -> Term:
    assert duty.first is not None
    assert duty.ends is not None
    return Term(duty.period, duty.about, duty.first, duty.ends)


def keys(duty: Occurrence, *, schemes: Mapping[str, Scheme], calendars: Mapping[str, Calendar]) -> dict[str, Any]:
    """By what occurrences are found, and when the next thing happens to one that is still owed."""
    if duty.opened is None:
        return {"next_due": None}
    scheme = schemes[duty.scheme]
    calendar = calendars[scheme.calendar]
    due = min((*reminders(duty, scheme.duties[duty.duty], calendar), duty.over)) if duty.is_owed else None
    return {
        "scheme": scheme.scheme,
        "duty": duty.duty,
        "period": duty.period,
        "unit": duty.unit,
        "served": duty.served if duty.is_owed else None,
        "status": duty.status,
        "number": duty.number,
        "next_due": due,
        "calendar": f"{calendar.id}:{duty.calendar}" if duty.is_owed else None,
    }


def _said(kind: type[F], duty: Occurrence, *, cause: str, at: datetime, again: str = "", **fields: Any) -> F:
    """The fact of this kind about an occurrence. A miss is one however it came to light."""
    name: str = kind.model_fields["type"].default
    assert duty.last is not None
    of = duty.last.isoformat() if kind is DutyMissed else cause
    return kind(
        id=derive_id(of, name, duty.number, again),
        cause=cause,
        scheme=duty.scheme,
        at=at,
        duty=duty.duty,
        occurrence=duty.number,
        period=duty.period,
        unit=duty.unit,
        served=duty.served,
        due_on=duty.last,
        **fields,
    )
