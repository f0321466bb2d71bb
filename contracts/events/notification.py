"""What notification says: letters."""

from typing import Literal

from contracts.events.base import CaseEvent
from contracts.record import Code, Party


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
