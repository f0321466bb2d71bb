"""What is asked about a reception session, with the words that people used. Registrations and attendance name persons:
they stay here."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.record import Command

Outcome = Literal["resolved", "unresolved", "explained"]
Place = Literal["hall", "enterprise"]


class Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CreateSession(Command):
    """A session that is held as needed, or on a day that the office picks."""

    type: Literal["create-session"] = "create-session"
    scheme: str
    kind: str
    held_on: date
    place: Place
    theme: str = ""
    leader: str | None = None


class DateSession(Command):
    """The office confirms the proposed day, or moves it. `leader`: whose turn it is, where nobody is settled yet."""

    type: Literal["date-session"] = "date-session"
    held_on: date
    place: Place
    theme: str = ""
    leader: str | None = None


class SettleLeader(Command):
    """The office settles which leader attends: whose turn it is, or another; None where nobody is there to take it."""

    type: Literal["settle-leader"] = "settle-leader"
    leader: str | None
    reason: str = ""


class SetDuties(Command):
    """Who does what on the day, by duty: organisation, publicity, petition reception, order (001-34)."""

    type: Literal["set-duties"] = "set-duties"
    duties: dict[str, str]


class Announcement(Words):
    """What the public notice says beside the date: when and how enterprises register (001-08)."""

    registration_from: date
    registration_until: date
    ways: tuple[str, ...]


class Announce(Command):
    type: Literal["announce-session"] = "announce-session"
    announcement: Announcement


class OpenWindow(Command):
    """The session before this one is so many working days past, so appeals are taken in for this one."""

    type: Literal["open-window"] = "open-window"


class Entry(Words):
    """A case in the directory. `reply_pending`: its unit has not replied yet (§3.1)."""

    case: str
    reply_pending: bool


class SubmitDirectory(Command):
    type: Literal["submit-directory"] = "submit-directory"
    entries: tuple[Entry, ...]


class Proposal(Words):
    """What the duty secretary proposes for one item: how to solve it, and whether the session should hear it."""

    case: str
    proposal: str
    to_be_heard: bool


class Coordinate(Command):
    """The record of the duty secretary's meeting with the units (001-30)."""

    type: Literal["coordinate"] = "coordinate"
    secretary: str
    units: tuple[str, ...]
    record: str
    proposals: tuple[Proposal, ...]


class RecordTalk(Command):
    """What a unit and the enterprise said to each other before the session (001-53)."""

    type: Literal["record-talk"] = "record-talk"
    case: str
    unit: str
    record: str


class SubmitAgenda(Command):
    type: Literal["submit-agenda"] = "submit-agenda"
    cases: tuple[str, ...]


class ApproveAgenda(Command):
    """`leader`: the post for which the approver speaks."""

    type: Literal["approve-agenda"] = "approve-agenda"
    leader: str | None


class SplitItem(Command):
    type: Literal["split-item"] = "split-item"
    case: str
    parts: tuple[str, ...]


class MoveItem(Command):
    """`to`: the number of another session."""

    type: Literal["move-item"] = "move-item"
    case: str
    to: str
    reason: str


class WithdrawItem(Command):
    type: Literal["withdraw-item"] = "withdraw-item"
    case: str
    reason: str


class TakeOver(Command):
    """An item comes from another session. `directly`: somebody moved it here; else that one was cancelled, or closed."""

    type: Literal["take-over"] = "take-over"
    case: str
    directly: bool


class Invite(Command):
    """Heads of units, and the principals of the enterprises that brought these cases (001-05, 001-33)."""

    type: Literal["invite"] = "invite"
    units: tuple[str, ...]
    guests: tuple[str, ...]


class AnswerInvitation(Command):
    """The receipt for an invitation: whether who was invited comes, and who it is."""

    type: Literal["answer-invitation"] = "answer-invitation"
    invitation: str
    comes: bool
    person: str


class Register(Command):
    """An enterprise asks to attend, or a unit names it. That files nothing (001-55, 003-40)."""

    type: Literal["register"] = "register"
    enterprise: str
    person: str
    phone: str
    nominated_by: Literal["self", "unit"]
    unit: str | None = None


class ScreenRegistration(Command):
    type: Literal["screen-registration"] = "screen-registration"
    registration: str
    accepted: bool
    reason: str


class Attendee(Words):
    """Who was there: for a unit (`unit`) or an enterprise (`case`, or a `registration`)."""

    person: str
    post: str
    principal: bool
    on_time: bool
    unit: str | None = None
    case: str | None = None
    registration: str | None = None


class RecordAttendance(Command):
    type: Literal["record-attendance"] = "record-attendance"
    attendance: tuple[Attendee, ...]


class GiveOpinion(Command):
    """The leader's explicit opinion on an item, or one part of it: who leads, who helps, until when."""

    type: Literal["give-opinion"] = "give-opinion"
    case: str
    part: str = ""
    outcome: Outcome
    text: str
    units: tuple[str, ...] = ()
    lead: str | None = None
    due_on: date | None = None


class HoldSession(Command):
    """The session is over."""

    type: Literal["hold-session"] = "hold-session"


class DraftOpinions(Command):
    """A version of the opinions document (《企业请求协调解决事项处理意见》)."""

    type: Literal["draft-opinions"] = "draft-opinions"
    text: str


class SubmitOpinions(Command):
    type: Literal["submit-opinions"] = "submit-opinions"


class JudgeOpinions(Command):
    """`leader`: the post for which the approver speaks."""

    type: Literal["judge-opinions"] = "judge-opinions"
    version: int
    approved: bool
    reason: str
    leader: str | None


class KeepMinutes(Command):
    type: Literal["keep-minutes"] = "keep-minutes"
    text: str


class CancelSession(Command):
    type: Literal["cancel-session"] = "cancel-session"
    reason: str


class Settle(Command):
    """Effects on other documents have been carried over; those `stalled` wait for a later session to be known."""

    type: Literal["settle"] = "settle"
    done: tuple[str, ...]
    stalled: tuple[str, ...]


class Nudge(Command):
    """A later session has become known."""

    type: Literal["nudge"] = "nudge"
