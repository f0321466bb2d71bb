"""What units promise in public (承诺): who leads, who does it, by when, by what measures. 001-47

A sheet is published within the session's T+3 as the unit entered it; a change is published as a change, with its
version (§3.22). Names of leader and person are public by the regulation; telephone numbers and the like never are.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from contracts.events import CommitmentEntered, CommitmentPublished, Event, case_fact
from contracts.record import Command, Instant
from libs.policy.personal import found_in
from libs.policy.shanghai import day_of
from services.disclosure.part import Part

Status = Literal["open", "overdue", "kept", "late"]


class Sheet(Part):
    """What the public reads of a promise."""

    unit_name: str
    leader: str
    person: str
    due_on: date
    measures: str


class KeepSheet(Command):
    """The sheet was fetched; `found`: the kinds of personal data in it, for which it is held back."""

    type: Literal["keep-sheet"] = "keep-sheet"
    dispatch: str
    version: int
    sheet: Sheet | None = None
    found: tuple[str, ...] = ()


class Commitment(Part):
    """`entered`: the version last entered, by `unit` at `entered_at`; `looked_at`: the version last fetched."""

    unit: str = ""
    entered: int = 0
    entered_at: Instant | None = None
    first_entered_at: Instant | None = None
    due_on: date | None = None
    looked_at: int = 0
    sheet: Sheet | None = None
    held: tuple[str, ...] = ()
    version: int = 0
    """The version that stands before the public; 0: none does."""
    published_on: date | None = None
    changed_on: date | None = None
    done_at: Instant | None = None

    def status(self, today: date, answers: Iterable[datetime]) -> Status:
        """Kept when its end was reported, or the enterprise was answered, by its last day. An answer given before anything
        was promised keeps no promise."""
        assert self.due_on
        assert self.first_entered_at
        ends = [at for at in (self.done_at, *answers) if at and at >= self.first_entered_at]
        if not ends:
            return "overdue" if today > self.due_on else "open"
        return "kept" if day_of(min(ends)) <= self.due_on else "late"


Commitments = Mapping[str, Commitment]


def evolve(known: Commitments, record: CommitmentEntered | CommitmentPublished | KeepSheet) -> dict[str, Commitment]:
    dispatch = record.dispatch if isinstance(record, KeepSheet) else record.subject
    one = known.get(dispatch, Commitment())
    match record:
        case CommitmentEntered():
            first = min(one.first_entered_at or record.at, record.at)
            changes: dict[str, Any] = {"first_entered_at": first}
            if record.version > one.entered:
                changes |= {"unit": record.unit, "entered": record.version, "entered_at": record.at}
                changes |= {"due_on": record.due_on}
        case KeepSheet():
            changes = {"looked_at": record.version, "held": record.found}
            changes |= {"sheet": record.sheet} if record.sheet else {}
        case CommitmentPublished():
            day = day_of(record.at)
            changed = {"changed_on": day} if one.published_on else {"published_on": day}
            changes = {"version": max(one.version, record.version)} | changed
    return {**known, dispatch: one.model_copy(update=changes)}


def done(known: Commitments, dispatch: str, at: Instant) -> dict[str, Commitment]:
    """The unit reported that it is done; the first report counts."""
    one = known.get(dispatch, Commitment())
    return {**known, dispatch: one.model_copy(update={"done_at": min(one.done_at or at, at)})}


def to_fetch(known: Commitments) -> list[str]:
    """The hand-overs whose newest sheet nobody has looked at yet."""
    return sorted(dispatch for dispatch, one in known.items() if one.looked_at < one.entered)


def next_due(known: Commitments) -> datetime | None:
    return min((known[d].entered_at for d in to_fetch(known)), default=None)  # type: ignore[type-var]


def newest(known: Commitments) -> str | None:
    """The day on which the newest of them came before the public: how they are found."""
    days = [one.changed_on or one.published_on for one in known.values() if one.version]
    return max(day.isoformat() for day in days if day) if days else None


def personal_in(sheet: Sheet) -> tuple[str, ...]:
    """The kinds of personal data in it beside the names that the regulation wants."""
    texts = (sheet.leader, sheet.person, sheet.measures, sheet.unit_name)
    return tuple(dict.fromkeys(kind for text in texts for kind in found_in(text)))


def publish(known: Commitments, command: KeepSheet, *, case: str, scheme: str, now: datetime) -> list[Event]:
    """The promise, or its change, stands before the public; nothing is told of a sheet that is held back. 001-47"""
    one = known.get(command.dispatch)
    if one is None or command.sheet is None or command.found or one.version >= command.version:
        return []
    return [
        case_fact(
            CommitmentPublished,
            by=command,
            case=case,
            scheme=scheme,
            at=now,
            subject=command.dispatch,
            unit=one.unit,
            due_on=command.sheet.due_on,
            version=command.version,
        )
    ]
