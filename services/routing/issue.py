"""A case's part in reception sessions, as the case keeps it: its issue (期), what was decided, what the units promised."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.events import (
    CaseAdmitted,
    CaseLeftOffAgenda,
    CasePutOnAgenda,
    CaseRolledOver,
    CaseScheduled,
    CommitmentAsked,
    CommitmentPublished,
)
from contracts.record import Command, Instant, Record
from services.routing.session import Opinion

IntoCase = Literal["admit", "roll-over", "schedule", "agenda", "leave-off", "charge", "decide"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CarryInto(Command):
    """A session tells the case what became of it there. `opinions`: on the whole or its parts; `explained_as`: the
    outcome of what policy does not allow."""

    type: Literal["carry-into-case"] = "carry-into-case"
    scheme: str
    session: str
    kind: str
    what: IntoCase
    held_on: date | None = None
    reply_pending: bool = False
    leader: str | None = None
    opinions: tuple[Opinion, ...] = ()
    explained_as: str | None = None

    @property
    def explains(self) -> bool:
        """Nothing is to be done but to tell the enterprise why."""
        return self.what == "decide" and all(o.outcome == "explained" and not o.units for o in self.opinions)


class EnterCommitment(Command):
    """What a unit promises in public: who leads, who does it, by when, by what measures (001-47)."""

    type: Literal["enter-commitment"] = "enter-commitment"
    dispatch: str
    leader: str
    person: str
    due_on: date
    measures: str


class Commitment(Part):
    unit: str
    leader: str
    person: str
    due_on: date
    measures: str
    version: int
    entered_at: Instant
    published: int = 0
    """The version that stands before the public; 0: none yet."""


class Charge(Part):
    """A session charged this unit, which owes its commitment. `due_on`: the day that the leader set."""

    unit: str
    due_on: date | None


class Decision(Part):
    """What the session decided, for the enterprise to read (001-36)."""

    session: str
    at: Instant
    opinions: tuple[Opinion, ...]


class Issue(Part):
    """`session`: the issue that the case belongs to, or the session that hears it. `charges`, `commitments`: by
    hand-over."""

    session: str | None = None
    standing: Literal["", "rolled-over", "admitted", "scheduled", "on-agenda", "left-off"] = ""
    charges: dict[str, Charge] = {}
    commitments: dict[str, Commitment] = {}
    decisions: tuple[Decision, ...] = ()


def after(issue: Issue, record: Record) -> Issue:
    """The case's part in sessions after a record."""
    match record:
        case CaseRolledOver():
            return _now(issue, session=record.session, standing="rolled-over")
        case CaseAdmitted():
            return _now(issue, session=record.session, standing="admitted")
        case CaseScheduled():
            return _now(issue, session=record.session, standing="scheduled")
        case CasePutOnAgenda():
            return _now(issue, session=record.session, standing="on-agenda")
        case CaseLeftOffAgenda():
            return _now(issue, session=record.session, standing="left-off")
        case CarryInto() if record.what == "decide":
            decision = Decision(session=record.session, at=record.at, opinions=record.opinions)
            return _now(issue, decisions=(*issue.decisions, decision))
        case CommitmentAsked():
            charge = Charge(unit=record.unit, due_on=record.due_on)
            return _now(issue, charges=issue.charges | {record.subject: charge})
        case EnterCommitment():
            before = issue.commitments.get(record.dispatch)
            entered = Commitment(
                unit=issue.charges[record.dispatch].unit,
                leader=record.leader,
                person=record.person,
                due_on=record.due_on,
                measures=record.measures,
                version=before.version + 1 if before else 1,
                entered_at=record.at,
                published=before.published if before else 0,
            )
            return _now(issue, commitments=issue.commitments | {record.dispatch: entered})
        case CommitmentPublished() if (known := issue.commitments.get(record.subject)) is not None:
            published = known.model_copy(update={"published": max(record.version, known.published)})
            return _now(issue, commitments=issue.commitments | {record.subject: published})
        case _:
            return issue


def _now(issue: Issue, **changes: object) -> Issue:
    return issue.model_copy(update=changes)
