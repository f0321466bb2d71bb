"""A reception session as routing knows it: the fold of everything heard, asked and said about it.

What it decides about cases is kept as `owed` until the cases have it, so that no crash between two writes loses any.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.events import SessionProposed
from contracts.record import Instant, Record
from libs.policy.shanghai import day_of
from services.routing.session_commands import Announcement, Attendee, Outcome, Place, Proposal

What = Literal["admit", "roll-over", "schedule", "agenda", "leave-off", "charge", "decide", "hand-on", "open-next"]


class State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Effect(State):
    """What this session owes a case, or a later session. `by`: the record that led to it; `to`: the session it goes to,
    None for the next of its kind."""

    what: What
    case: str = ""
    by: str
    at: Instant
    to: str | None = None
    stalled: bool = False
    """It waits until a later session is known."""

    @property
    def id(self) -> str:
        return f"{self.what}:{self.case}:{self.by}"


class Opinion(State):
    """An explicit opinion on an item or one of its parts (明确意见)."""

    outcome: Outcome
    text: str
    lead: str | None = None
    co_handlers: tuple[str, ...] = ()
    due_on: date | None = None

    @property
    def units(self) -> tuple[str, ...]:
        return (*((self.lead,) if self.lead else ()), *self.co_handlers)


class Talk(State):
    unit: str
    record: str
    at: Instant


class Item(State):
    """A case's place in the session. `chosen`: proposed for the agenda; `parts`: what it was split into."""

    case: str
    standing: Literal["rolled-over", "admitted", "scheduled", "on-agenda", "left-off", "withdrawn", "moved"]
    filed_at: Instant | None = None
    reply_pending: bool = False
    chosen: bool = False
    parts: tuple[str, ...] = ()
    opinions: dict[str, Opinion] = {}
    talks: tuple[Talk, ...] = ()

    @property
    def live(self) -> bool:
        return self.standing in ("rolled-over", "admitted", "scheduled", "on-agenda")

    def without_opinion(self) -> list[str]:
        """The parts on which the leader has not spoken yet; `""` stands for the whole."""
        return [part for part in self.parts or ("",) if part not in self.opinions]


class Coordination(State):
    secretary: str
    units: tuple[str, ...]
    record: str
    proposals: tuple[Proposal, ...]


class Invitation(State):
    invitation: str
    unit: str | None
    guest: str | None
    comes: bool | None = None
    person: str = ""


class Registration(State):
    registration: str
    enterprise: str
    person: str
    phone: str
    nominated_by: Literal["self", "unit"]
    unit: str | None
    accepted: bool | None = None
    reason: str = ""


class Version(State):
    """A version of the opinions document."""

    version: int
    text: str
    author: str
    submitted: bool = False
    judged: Literal["", "approved", "refused"] = ""
    reason: str = ""


class Session(State):
    """One session. `held_on`: the day that a person confirmed; `opened_at`, `closed_at`: when its window did so."""

    session: str
    scheme: str = ""
    kind: str = ""
    proposed_on: date | None = None
    provisional: bool = False
    held_on: date | None = None
    place: Place = "hall"
    theme: str = ""
    leader: str | None = None
    leader_because: str = ""
    duties: dict[str, str] = {}
    announcement: Announcement | None = None
    opened_at: Instant | None = None
    closed_at: Instant | None = None
    items: dict[str, Item] = {}
    directory_submitted: bool = False
    coordination: Coordination | None = None
    agenda_asked_by: str | None = None
    agenda_approved: bool = False
    invitations: dict[str, Invitation] = {}
    registrations: dict[str, Registration] = {}
    attendance: tuple[Attendee, ...] = ()
    held_at: Instant | None = None
    document: tuple[Version, ...] = ()
    minutes: str | None = None
    cancelled: bool = False
    owed: tuple[Effect, ...] = ()
    settled: int = 0

    @property
    def known(self) -> bool:
        return bool(self.kind)

    @property
    def day(self) -> date | None:
        return self.held_on or self.proposed_on

    @property
    def ahead(self) -> bool:
        """It is still to be held."""
        return self.known and self.held_at is None and not self.cancelled

    @property
    def approved(self) -> bool:
        """The opinions document stands."""
        return any(version.judged == "approved" for version in self.document)

    def on_agenda(self) -> list[Item]:
        return [item for item in self.items.values() if item.standing == "on-agenda"]

    def takes(self, at: datetime) -> bool:
        """An appeal of this instant comes before the window's closing: it is this session's, or waits for it."""
        in_time = self.day is None or day_of(at) <= self.day
        return self.ahead and in_time and (self.closed_at is None or at < self.closed_at)


def empty(session: str) -> Session:
    return Session(session=session)


def kind_key(scheme: str, kind: str) -> str:
    """All sessions of one kind of one regulation, whatever its version."""
    return f"{scheme.partition('@')[0]}:{kind}"


def keys(session: Session) -> dict[str, Any]:
    """What sessions are found by."""
    of_kind = kind_key(session.scheme, session.kind)
    return {
        "kind": of_kind,
        "scheme": session.scheme.partition("@")[0],
        "day": session.day.isoformat() if session.day else "",
        "ahead": session.ahead,
        "cases": sorted(case for case, item in session.items.items() if item.live),
        "stalled": of_kind if any(effect.stalled for effect in session.owed) else None,
        "next_due": min((effect.at for effect in session.owed if not effect.stalled), default=None),
    }


def propose(session: Session, record: SessionProposed) -> dict[str, Any]:
    return {
        "scheme": record.scheme,
        "kind": record.kind,
        "proposed_on": record.held_on,
        "provisional": record.provisional,
    }


def owing(
    session: Session, by: Record, what: What, *cases: str, to: str | None = None, at: Instant | None = None
) -> Session:
    """The same, owing this effect to each of these cases, as of `at`: the record's instant unless another is given."""
    owed = tuple(Effect(what=what, case=case, by=by.id, at=at or by.at, to=to) for case in cases)
    return session.model_copy(update={"owed": (*session.owed, *owed)})


def with_item(session: Session, item: Item) -> Session:
    return session.model_copy(update={"items": session.items | {item.case: item}})


def changed(session: Session, case: str, **changes: Any) -> Session:
    return with_item(session, session.items[case].model_copy(update=changes))
