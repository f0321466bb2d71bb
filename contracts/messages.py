"""What crosses a party's own vhost: the door (gateway) on one side, a channel's or a unit's system on the other.

These messages carry the words of an appeal, because the party needs them; nothing of them reaches the inner exchange.
A party publishes to the exchange `to-zhitongche`; it reads `assignments` (units) and `answers` (everyone).
AMQP properties: `message_id` (required, the sender's own and stable when it sends again), `user_id` (required, validated
by the broker), `type` (required, the name below), `content_type: application/json`.
"""

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.record import CaseNumber, Code, Instant, Party, ServedNumber

INBOX_EXCHANGE = "to-zhitongche"
INBOX = "inbox"
ASSIGNMENTS = "assignments"
ANSWERS = "answers"

Words = Annotated[str, StringConstraints(min_length=1, max_length=5000, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Tags = Annotated[tuple[Code, ...], Field(max_length=8)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
Dispatch = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]


class Message(BaseModel):
    """Unknown fields are refused: a misspelt optional field must not be lost in silence."""

    # A wrong value comes back to its sender by name and rule, never into a log.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Contact(Message):
    """Whom to reach at the enterprise."""

    name: Name
    phone: Annotated[str, StringConstraints(pattern=r"^1[3-9][0-9]{9}$")]
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")] | None = None


class Dossier(Message):
    """What an enterprise says about itself and its matter. `credit_code`: GB 32100-2015."""

    enterprise: Name
    credit_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")]
    contact: Contact
    title: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    text: Words
    category: Code | None = None
    district: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None


class Proxy(Message):
    """A helper who files for the enterprise (帮办代办), and the level of government that helper works at."""

    name: Name
    level: Literal["city", "county", "town", "village"]


# --- from a channel ---------------------------------------------------------------------------------------------------


class SubmitAppeal(Message):
    """A channel hands in an enterprise's appeal. `entered_by`: the operator who typed it, `call`: the call's id;
    `scheme`: the regulation chosen where the channel feeds several; `receiver`: the unit first asked; `upstream`: the
    number it has at another level of government; `project`: the served project it is about."""

    type: Literal["appeal.submitted.v1"] = "appeal.submitted.v1"
    dossier: Dossier
    entered_by: Name | None = None
    call: Annotated[str, StringConstraints(max_length=64)] | None = None
    scheme: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")] | None = None
    receiver: Party | None = None
    urgent: bool = False
    upstream: Reference | None = None
    project: ServedNumber | None = None
    proxy: Proxy | None = None
    tags: Tags = ()


class WithdrawAppeal(Message):
    """The enterprise takes back, through its channel, an appeal that this channel handed in."""

    type: Literal["appeal.withdrawal_asked.v1"] = "appeal.withdrawal_asked.v1"
    case: CaseNumber


class SupplementAppeal(Message):
    """What the screener found missing, through the channel that handed the appeal in."""

    type: Literal["appeal.supplement_given.v1"] = "appeal.supplement_given.v1"
    case: CaseNumber
    text: Words


# --- from a unit ------------------------------------------------------------------------------------------------------


class UnitMessage(Message):
    """What a unit did with one hand-over."""

    case: CaseNumber
    dispatch: Dispatch


class Taken(UnitMessage):
    """The unit takes the case."""

    type: Literal["assignment.taken.v1"] = "assignment.taken.v1"


class Objected(UnitMessage):
    """The unit holds that the matter is not its own, says why, and proposes another unit."""

    type: Literal["assignment.objected.v1"] = "assignment.objected.v1"
    reason: Words
    proposed: Party


class Progressed(UnitMessage):
    """The unit tells the enterprise what has been done so far."""

    type: Literal["assignment.progressed.v1"] = "assignment.progressed.v1"
    text: Words


class Replied(UnitMessage):
    """The unit's handling opinion: the `result` for the office, the `answer` for the enterprise and the public."""

    type: Literal["assignment.replied.v1"] = "assignment.replied.v1"
    outcome: Code
    result: Words
    answer: Words


class Unresolved(UnitMessage):
    """The unit cannot solve the matter and gives its opinion."""

    type: Literal["assignment.unresolved.v1"] = "assignment.unresolved.v1"
    opinion: Words


class FinallyDecided(UnitMessage):
    """After talking with a dissatisfied enterprise the lead unit makes its last decision."""

    type: Literal["assignment.finally_decided.v1"] = "assignment.finally_decided.v1"
    talk: Words
    answer: Words


# --- to a party -------------------------------------------------------------------------------------------------------


class Received(Message):
    """The door kept the message `of` and the owning service took it. `case` is the receipt number."""

    type: Literal["message.received.v1"] = "message.received.v1"
    of: str
    case: CaseNumber


class Refused(Message):
    """The message `of` was not taken: which field, which rule, and what to do. It is kept in quarantine."""

    type: Literal["message.refused.v1"] = "message.refused.v1"
    of: str | None
    field: str
    rule: str
    detail: str


class Assignment(Message):
    """A case handed to this unit, with what it needs to work on it and nothing else. `due_on`: the last day that a
    decision set, in Asia/Shanghai."""

    type: Literal["assignment.offered.v1"] = "assignment.offered.v1"
    case: CaseNumber
    dispatch: Dispatch
    role: Literal["lead", "co-handler"]
    task: Literal["handle", "carry-out", "rework", "final-decision"]
    rung: Code
    complexity: Code | None = None
    urgent: bool = False
    due_on: date | None = None
    category: Code
    district: str
    filed_at: Instant
    enterprise: Name
    contact: Contact
    title: str
    text: str
    supplement: str | None = None


class AssignmentEnded(Message):
    """A hand-over is no longer this unit's to work on."""

    type: Literal["assignment.ended.v1"] = "assignment.ended.v1"
    case: CaseNumber
    dispatch: Dispatch
    reason: Code


class ObjectionDecided(Message):
    """What became of the unit's objection."""

    type: Literal["assignment.objection_decided.v1"] = "assignment.objection_decided.v1"
    case: CaseNumber
    dispatch: Dispatch
    outcome: Literal["granted", "refused"]


FromChannel = SubmitAppeal | WithdrawAppeal | SupplementAppeal
FromUnit = Taken | Objected | Progressed | Replied | Unresolved | FinallyDecided
ToParty = Received | Refused | Assignment | AssignmentEnded | ObjectionDecided

FROM_CHANNEL: dict[str, type[Message]] = {m.model_fields["type"].default: m for m in get_args(FromChannel)}
FROM_UNIT: dict[str, type[Message]] = {m.model_fields["type"].default: m for m in get_args(FromUnit)}
TO_PARTY: dict[str, type[Message]] = {m.model_fields["type"].default: m for m in get_args(ToParty)}
