"""Every fact that crosses the bus, in the order in which a case meets them.

An event says what happened, in the past tense, with ids, codes and dates only: no words of an appeal, no person's
data. The service that says it is named in `catalogue.py`.
"""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import Field, StringConstraints, TypeAdapter

from contracts.record import CaseNumber, Code, Instant, Party, Record, SchemeRef, derive_id

E = TypeVar("E", bound="CaseEvent")
CalendarVersion = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{16})?$")]
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}$")]
Subject = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_-]{0,80}$")]


class Event(Record, ABC):
    """A fact. `cause` is the id of the record that led to it; `key` the document it belongs to."""

    cause: str
    scheme: SchemeRef

    @property
    @abstractmethod
    def key(self) -> str: ...


class CaseEvent(Event):
    """A fact about one case. `subject` narrows it to a part: one hand-over, one letter, one clock."""

    case: CaseNumber
    subject: Subject = ""

    @property
    def key(self) -> str:
        return self.case


# --- intake -----------------------------------------------------------------------------------------------------------


class AppealFiled(CaseEvent):
    """An enterprise's appeal was received through a channel and kept (预受理)."""

    type: Literal["appeal.filed.v1"] = "appeal.filed.v1"
    channel: Code
    scheme_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class AppealMismatched(CaseEvent):
    """The enterprise's data did not match the legal-person registry (法人库); a second review is due."""

    type: Literal["appeal.mismatched.v1"] = "appeal.mismatched.v1"


class AppealVerified(CaseEvent):
    """The enterprise is the one it says it is."""

    type: Literal["appeal.verified.v1"] = "appeal.verified.v1"
    through: Literal["registry", "second-review"]


class SupplementAsked(CaseEvent):
    """The screener asked the enterprise for what is missing (补正)."""

    type: Literal["appeal.supplement_asked.v1"] = "appeal.supplement_asked.v1"


class AppealSupplemented(CaseEvent):
    """The enterprise sent what was missing."""

    type: Literal["appeal.supplemented.v1"] = "appeal.supplemented.v1"


class AppealAccepted(CaseEvent):
    """Screening (甄别) ended with acceptance: whose matter it is, by district, content and level of government."""

    type: Literal["appeal.accepted.v1"] = "appeal.accepted.v1"
    category: Code
    district: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    level: Code
    lead: Party | None = None
    co_handlers: tuple[Party, ...] = ()
    overridden: Code | None = None


class AppealReturned(CaseEvent):
    """The appeal was given back with a reason from the scheme's closed list (退回)."""

    type: Literal["appeal.returned.v1"] = "appeal.returned.v1"
    reason: Code


class AppealWithdrawn(CaseEvent):
    """The enterprise took its appeal back (撤回)."""

    type: Literal["appeal.withdrawn.v1"] = "appeal.withdrawn.v1"


# --- routing ----------------------------------------------------------------------------------------------------------


class HandOver(CaseEvent):
    """A fact about one hand-over to one unit; `subject` is the hand-over."""

    unit: Party


class CaseAssigned(HandOver):
    """The case was handed to a unit (分派)."""

    type: Literal["case.assigned.v1"] = "case.assigned.v1"
    rung: Code
    role: Literal["lead", "co-handler"]
    task: Literal["handle", "final-decision"]


class CaseTaken(HandOver):
    """The unit took the case (接收); `deemed` when its silence counts as taking."""

    type: Literal["case.taken.v1"] = "case.taken.v1"
    deemed: bool


class CaseDisputed(HandOver):
    """The unit objected to the hand-over and proposed another unit (异议)."""

    type: Literal["case.disputed.v1"] = "case.disputed.v1"
    proposed: Party


class SecondDisputeRefused(HandOver):
    """A unit objected to the same case a second time; that is refused and remembered."""

    type: Literal["case.second_dispute_refused.v1"] = "case.second_dispute_refused.v1"


class DisputeDecided(HandOver):
    """The platform administrator, or after two objections the superior, decided the objection."""

    type: Literal["case.dispute_decided.v1"] = "case.dispute_decided.v1"
    outcome: Literal["granted", "refused"]
    final: bool


class CaseRecalled(HandOver):
    """A hand-over ended without an answer of this unit: given to another, withdrawn, or answered by the lead."""

    type: Literal["case.recalled.v1"] = "case.recalled.v1"
    reason: Literal["reassigned", "withdrawn", "climbed", "answered"]


class CaseProgressed(HandOver):
    """The unit told what it has done so far (进展)."""

    type: Literal["case.progressed.v1"] = "case.progressed.v1"


class CaseReplied(HandOver):
    """The unit gave its handling opinion (处理意见)."""

    type: Literal["case.replied.v1"] = "case.replied.v1"
    role: Literal["lead", "co-handler"]
    outcome: Code


class CaseUnresolved(HandOver):
    """The unit could not solve the matter and said so with its opinion (仍无法解决)."""

    type: Literal["case.unresolved.v1"] = "case.unresolved.v1"
    rung: Code


class CaseClimbed(CaseEvent):
    """The case went up one rung of the scheme's ladder."""

    type: Literal["case.climbed.v1"] = "case.climbed.v1"
    rung_from: Code
    rung_to: Code


class CaseSentBack(HandOver):
    """The review of an unresolved case gave it back to the unit it came from."""

    type: Literal["case.sent_back.v1"] = "case.sent_back.v1"


class CaseListed(CaseEvent):
    """The case waits for a reception session (列入): still unresolved below."""

    type: Literal["case.listed.v1"] = "case.listed.v1"
    rung: Code


class CaseAnswered(CaseEvent):
    """The enterprise was answered (办结)."""

    type: Literal["case.answered.v1"] = "case.answered.v1"
    unit: Party
    outcome: Code


class FinalDecisionMade(HandOver):
    """After a 不满意 and a talk with the enterprise the lead unit made its last decision (最后处理决定)."""

    type: Literal["case.final_decision_made.v1"] = "case.final_decision_made.v1"


# --- deadline ---------------------------------------------------------------------------------------------------------


class ClockEvent(CaseEvent):
    """A fact about one clock (时限) of a case: `of` is what it runs for (a hand-over, or "" for the whole case),
    `unit` who answers for it, `subject` both names together."""

    clock: Code
    of: Subject = ""
    unit: Party | None = None


class ClockSet(ClockEvent):
    """A fact that says when a limit is due. `calendar` is the version of the calendar it was counted by,
    `provisional` that a notice still to come may move it."""

    due: Instant
    provisional: bool
    calendar: CalendarVersion = ""


class ClockStarted(ClockSet):
    """A limit began to run; of one that is started again, the last start counts."""

    type: Literal["clock.started.v1"] = "clock.started.v1"


class ClockPaused(ClockEvent):
    """A limit stood still."""

    type: Literal["clock.paused.v1"] = "clock.paused.v1"


class ClockResumed(ClockSet):
    """A limit ran on, due later by what the pause lasted."""

    type: Literal["clock.resumed.v1"] = "clock.resumed.v1"


class ClockWarned(ClockEvent):
    """A limit will be due soon (预警)."""

    type: Literal["clock.warned.v1"] = "clock.warned.v1"
    due: Instant


class ClockMissed(ClockEvent):
    """A limit passed without what it waits for (超期)."""

    type: Literal["clock.missed.v1"] = "clock.missed.v1"
    due: Instant


class ClockStopped(ClockEvent):
    """A limit ended: met in time, met late, or void because the case went another way.

    Said again when an act that arrived late changes the outcome: the last one said holds.
    """

    type: Literal["clock.stopped.v1"] = "clock.stopped.v1"
    outcome: Literal["met", "late", "void"]
    due: Instant | None = None


class ClockRecomputed(ClockSet):
    """A new calendar moved a due time, or made a provisional one certain."""

    type: Literal["clock.recomputed.v1"] = "clock.recomputed.v1"
    was: Instant


# --- notification -----------------------------------------------------------------------------------------------------


class LetterEvent(CaseEvent):
    """A fact about one letter; `subject` is the letter, `about` the event that called for it, `unit` to whom it went."""

    template: Code
    audience: Code
    about: str
    unit: Party | None = None


class LetterSent(LetterEvent):
    """A provider accepted the letter. Sent is not delivered."""

    type: Literal["letter.sent.v1"] = "letter.sent.v1"
    way: Literal["sms", "email", "call"]


class LetterDelivered(LetterEvent):
    """The provider's receipt says that the letter arrived."""

    type: Literal["letter.delivered.v1"] = "letter.delivered.v1"
    way: Literal["sms", "email", "call"]


class LetterFailed(LetterEvent):
    """No way led to the addressee."""

    type: Literal["letter.failed.v1"] = "letter.failed.v1"
    reason: Code


class LetterRefused(LetterEvent):
    """The letter was not written because a variable had no value: an alarm for the operator."""

    type: Literal["letter.refused.v1"] = "letter.refused.v1"
    missing: Code


# --- evaluation -------------------------------------------------------------------------------------------------------


class RatingInvited(CaseEvent):
    """The enterprise is to be invited to rate how its appeal was handled (满意度评价)."""

    type: Literal["rating.invited.v1"] = "rating.invited.v1"


class InvitationDelivered(CaseEvent):
    """The invitation reached the enterprise; from here its days to rate run."""

    type: Literal["rating.invitation_delivered.v1"] = "rating.invitation_delivered.v1"


class CaseRated(CaseEvent):
    """How the case was judged. Only satisfied and dissatisfied are the enterprise's own word."""

    type: Literal["case.rated.v1"] = "case.rated.v1"
    rating: Literal["satisfied", "dissatisfied", "defaulted", "unrated"]


class CaseRatedAgain(CaseEvent):
    """After the final decision the enterprise judged once more; the first rating stays."""

    type: Literal["case.rated_again.v1"] = "case.rated_again.v1"
    rating: Literal["satisfied", "dissatisfied"]


class CaseClosed(CaseEvent):
    """Nothing more is owed to the enterprise in this case."""

    type: Literal["case.closed.v1"] = "case.closed.v1"
    outcome: Literal["satisfied", "defaulted", "unrated", "finally-decided"]


class SupervisionRegistered(CaseEvent):
    """A hand-over was entered in the register that the inspection office (督查室) follows."""

    type: Literal["supervision.registered.v1"] = "supervision.registered.v1"
    unit: Party


class SupervisionOpened(CaseEvent):
    """A missed limit became an item of the inspection office (督办)."""

    type: Literal["supervision.opened.v1"] = "supervision.opened.v1"
    clock: Code
    unit: Party | None = None


class SupervisionClosed(CaseEvent):
    """What was late has been done, or is no longer owed."""

    type: Literal["supervision.closed.v1"] = "supervision.closed.v1"
    clock: Code
    unit: Party | None = None


# --- disclosure -------------------------------------------------------------------------------------------------------


class SummaryEvent(Event):
    """A fact about one month's summary (月度汇总) of one scheme."""

    month: Month

    @property
    def key(self) -> str:
        return f"summary:{self.scheme}:{self.month}"


class SummaryDrafted(SummaryEvent):
    """The month's summary is ready to be approved."""

    type: Literal["summary.drafted.v1"] = "summary.drafted.v1"
    entries: int


class SummaryApproved(SummaryEvent):
    """A leader approved the month's summary. Who it was stays in disclosure."""

    type: Literal["summary.approved.v1"] = "summary.approved.v1"


class SummaryPublished(SummaryEvent):
    """The month's summary can be read by the public."""

    type: Literal["summary.published.v1"] = "summary.published.v1"
    entries: int


class EntryPublished(CaseEvent):
    """A case stands in the public ledger (公开台账)."""

    type: Literal["entry.published.v1"] = "entry.published.v1"


AnyEvent = Annotated[
    AppealFiled
    | AppealMismatched
    | AppealVerified
    | SupplementAsked
    | AppealSupplemented
    | AppealAccepted
    | AppealReturned
    | AppealWithdrawn
    | CaseAssigned
    | CaseTaken
    | CaseDisputed
    | SecondDisputeRefused
    | DisputeDecided
    | CaseRecalled
    | CaseProgressed
    | CaseReplied
    | CaseUnresolved
    | CaseClimbed
    | CaseSentBack
    | CaseListed
    | CaseAnswered
    | FinalDecisionMade
    | ClockStarted
    | ClockPaused
    | ClockResumed
    | ClockWarned
    | ClockMissed
    | ClockStopped
    | ClockRecomputed
    | LetterSent
    | LetterDelivered
    | LetterFailed
    | LetterRefused
    | RatingInvited
    | InvitationDelivered
    | CaseRated
    | CaseRatedAgain
    | CaseClosed
    | SupervisionRegistered
    | SupervisionOpened
    | SupervisionClosed
    | SummaryDrafted
    | SummaryApproved
    | SummaryPublished
    | EntryPublished,
    Field(discriminator="type"),
]

EVENTS: dict[str, type[Event]] = {
    model.model_fields["type"].default: model for model in get_args(get_args(AnyEvent)[0])
}
"""Every event by its type."""

_adapter: TypeAdapter[Event] = TypeAdapter(AnyEvent)


def parse_event(body: bytes | str) -> Event:
    """The event that `body` (JSON) says. Raises `pydantic.ValidationError` without the values it found."""
    return _adapter.validate_json(body)


def case_fact(kind: type[E], *, by: Record, case: str, scheme: str, at: datetime, **fields: Any) -> E:
    """The fact of this kind that follows from `by`; its id follows from its cause and subject."""
    subject = str(fields.get("subject", ""))
    name: str = kind.model_fields["type"].default
    identity = derive_id(by.id, name, case, subject)
    return kind(id=identity, cause=by.id, case=case, scheme=scheme, at=at, **fields)
