"""What is asked of routing about a case, with the words that people used."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.record import Code, Command, Party

# --- who works on the case --------------------------------------------------------------------------------------------


class UnitCommand(Command):
    """Whoever was handed the case says what it does with this one hand-over."""

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
    """`to`: a rung that the scheme lets it choose instead of the next."""

    type: Literal["declare-unresolved"] = "declare-unresolved"
    opinion: str
    to: Code | None = None


class Involve(UnitCommand):
    """The lead brings in other units for their opinions or help (联动、发相关部门提出处理意见)."""

    type: Literal["involve"] = "involve"
    units: tuple[Party, ...]


class DecideFinally(UnitCommand):
    type: Literal["decide-finally"] = "decide-finally"
    talk: str
    answer: str


class FixPlan(UnitCommand):
    """How a complex matter will be solved is fixed (明确解决方案)."""

    type: Literal["fix-plan"] = "fix-plan"
    plan: str


class Report(UnitCommand):
    """The lead reports in writing that what was decided is done (书面报告)."""

    type: Literal["report"] = "report"
    text: str


class AskExtension(UnitCommand):
    """More time for one limit of the hand-over, in working days (申请延期)."""

    type: Literal["ask-extension"] = "ask-extension"
    clock: Code
    working_days: int
    reason: str


# --- leaders ----------------------------------------------------------------------------------------------------------


class DecidedTask(BaseModel):
    """What one group of units is to do: alone, or a lead with those that work with it. `due_on`: the last day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: tuple[Party, ...]
    lead: Party | None = None
    due_on: date | None = None


class Decide(UnitCommand):
    """A leader's explicit opinion on a case before it; several `tasks` when the matter is split (分办)."""

    type: Literal["decide"] = "decide"
    outcome: Literal["resolved", "unresolved", "explained"]
    opinion: str
    tasks: tuple[DecidedTask, ...] = ()


class SignReview(Command):
    """Whoever holds `post` reviews or signs the case before it is handed over (审核、签批)."""

    type: Literal["sign-review"] = "sign-review"
    step: Code
    post: Party
    approved: bool
    reason: str
    to_session: bool = False


# --- administrator, superior, office ----------------------------------------------------------------------------------


class DecideDispute(Command):
    """The platform administrator grants an objection, to `unit`, or refuses it."""

    type: Literal["decide-dispute"] = "decide-dispute"
    dispatch: str
    grant: bool
    unit: str
    reason: str


class Designate(Command):
    """The administrator's superior names the unit, finally."""

    type: Literal["designate"] = "designate"
    dispatch: str
    unit: str
    reason: str


class SendToMeeting(Command):
    """The administrator finds that the duty is unclear or crosses: a joint meeting decides (责任不明或职责交叉)."""

    type: Literal["send-to-meeting"] = "send-to-meeting"
    dispatch: str
    reason: str


class ReviewClimb(Command):
    """The office looks at an unresolved case: it climbs (led there by `unit`; to the rung `to` where there is a choice),
    or goes back."""

    type: Literal["review-climb"] = "review-climb"
    dispatch: str
    climbs: bool
    unit: str | None = None
    to: Code | None = None
    reason: str


class JudgeUnresolved(Command):
    """The office finds that a unit which let its limit pass has not solved the matter (尚未得到有效解决)."""

    type: Literal["judge-unresolved"] = "judge-unresolved"
    dispatch: str
    opinion: str


class Resubmit(Command):
    """The office puts a case that a review refused before the reviewers again, from the first step."""

    type: Literal["resubmit"] = "resubmit"
    lead: Party | None = None
    co_handlers: tuple[Party, ...] = ()
    reason: str


class Reclassify(Command):
    """The case is simpler or more complex than it was taken for."""

    type: Literal["reclassify"] = "reclassify"
    complexity: Code
    reason: str


class DecideExtension(Command):
    """Somebody other than the asker gives the unit more time, or does not. `leader`: the leader who decides."""

    type: Literal["decide-extension"] = "decide-extension"
    dispatch: str
    clock: Code
    grant: bool
    leader: Party | None = None
    reason: str


class TransferDown(Command):
    """The office hands the case to a level of government below, which has a mechanism of its own."""

    type: Literal["transfer-down"] = "transfer-down"
    channel: Code
    to_scheme: str
    reason: str


class StrikeOff(Command):
    """The matter on the problem list is solved (闭环销号)."""

    type: Literal["strike-off"] = "strike-off"
    reason: str
