"""What can be asked of evaluation about one case. Words stay here; facts carry codes."""

from datetime import date
from typing import Annotated, Literal

from pydantic import StringConstraints

from contracts.record import Code, Command, Party

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
RatingWay = Literal["sms-link", "qr", "window-device", "hotline", "web"]


class Rate(Command):
    """The enterprise says how it judges, by a level (满意, 不满意) or a word of the scheme's scale."""

    type: Literal["rate"] = "rate"
    rating: Code
    way: RatingWay = "sms-link"


class RateAgain(Command):
    """After the final decision, or after a round of rework, the enterprise says so once more."""

    type: Literal["rate-again"] = "rate-again"
    rating: Code
    way: RatingWay = "sms-link"


class CallBack(Command):
    """Somebody asked the enterprise how its matter stands. `unit`: for whom, None for the office or the hotline."""

    type: Literal["call-back"] = "call-back"
    way: Literal["phone", "on-site"]
    solved: bool
    note: Words
    unit: Party | None = None


class MakeCorrection(Command):
    """What a bad rating was about is corrected; `evidence` says how. `unit`: for whom, None for the office."""

    type: Literal["make-correction"] = "make-correction"
    evidence: Words
    unit: Party | None = None


class AskExclusion(Command):
    """The office asks to leave the case out of the rates."""

    type: Literal["ask-exclusion"] = "ask-exclusion"
    reason: Code
    grounds: Words


class DecideExclusion(Command):
    type: Literal["decide-exclusion"] = "decide-exclusion"
    approve: bool


class OrderUnit(Command):
    """The inspection office, or the leader in charge, orders a unit to do something by a day."""

    type: Literal["order-unit"] = "order-unit"
    order: str
    unit: Party
    what: Words
    due_on: date


class AnswerOrder(Command):
    """The ordered unit says what it did."""

    type: Literal["answer-order"] = "answer-order"
    order: str
    unit: Party
    done: Words


class MeetOrder(Command):
    """The inspection office finds that the order is met."""

    type: Literal["meet-order"] = "meet-order"
    order: str


class ListForRectification(Command):
    """The office lists the matter, with who is responsible and the last day."""

    type: Literal["list-for-rectification"] = "list-for-rectification"
    unit: Party
    due_on: date


class LiftRectification(Command):
    type: Literal["lift-rectification"] = "lift-rectification"
    evidence: Words


class LookAgain(Command):
    """A sample drew this closed case: it is to be called back."""

    type: Literal["look-again"] = "look-again"
    sample: str


class FileSettled(Command):
    """What a 不满意 owes to the inspection files has been carried over."""

    type: Literal["file-settled"] = "file-settled"
