"""What is asked of routing about a case, with the words that people used."""

from typing import Literal

from contracts.record import Command


class UnitCommand(Command):
    """A unit says what it does with one hand-over."""

    dispatch: str


class Take(UnitCommand):
    type: Literal["take"] = "take"


class ObjectTo(UnitCommand):
    type: Literal["object-to"] = "object-to"
    reason: str
    proposed: str


class TellProgress(UnitCommand):
    type: Literal["tell-progress"] = "tell-progress"
    text: str


class Reply(UnitCommand):
    type: Literal["reply"] = "reply"
    outcome: str
    result: str
    answer: str


class DeclareUnresolved(UnitCommand):
    type: Literal["declare-unresolved"] = "declare-unresolved"
    opinion: str


class DecideFinally(UnitCommand):
    type: Literal["decide-finally"] = "decide-finally"
    talk: str
    answer: str


class DecideDispute(UnitCommand):
    """The platform administrator grants an objection, to `unit`, or refuses it."""

    type: Literal["decide-dispute"] = "decide-dispute"
    grant: bool
    unit: str
    reason: str


class Designate(UnitCommand):
    """The administrator's superior names the unit, finally."""

    type: Literal["designate"] = "designate"
    unit: str
    reason: str


class ReviewClimb(UnitCommand):
    """The office looks at an unresolved case: it climbs to the next rung (led there by `unit`), or goes back."""

    type: Literal["review-climb"] = "review-climb"
    climbs: bool
    unit: str | None
    reason: str
