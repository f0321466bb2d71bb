"""What routing says of cases: who works on them, and how they climb and come back."""

from datetime import date
from typing import Literal

from contracts.events.base import CaseEvent, Event
from contracts.record import Code, Party, SchemeRef, ServedNumber, SessionNumber


class HandOver(CaseEvent):
    """A fact about one hand-over to one unit; `subject` is the hand-over."""

    unit: Party


class CaseAssigned(HandOver):
    """The case was handed to a unit, or put before a leader (分派). `due_on`: the last day that a decision set."""

    type: Literal["case.assigned.v1"] = "case.assigned.v1"
    rung: Code
    role: Literal["lead", "co-handler"]
    task: Literal["handle", "carry-out", "rework", "final-decision"]
    complexity: Code | None = None
    urgent: bool = False
    due_on: date | None = None


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
    """The unit could not solve the matter and said so with its opinion (仍无法解决); `judged`: the office found so."""

    type: Literal["case.unresolved.v1"] = "case.unresolved.v1"
    rung: Code
    judged: bool = False


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
    kind: Code | None = None


class CaseAnswered(CaseEvent):
    """The enterprise was answered (办结)."""

    type: Literal["case.answered.v1"] = "case.answered.v1"
    unit: Party
    outcome: Code


class FinalDecisionMade(HandOver):
    """After a 不满意 and a talk with the enterprise the lead unit made its last decision (最后处理决定)."""

    type: Literal["case.final_decision_made.v1"] = "case.final_decision_made.v1"


class CaseReviewed(CaseEvent):
    """A step that must come before the hand-over was taken: a review or a signature (审核、签批)."""

    type: Literal["case.reviewed.v1"] = "case.reviewed.v1"
    step: Code
    approved: bool


class CaseReclassified(CaseEvent):
    """The case is simpler or more complex than it was taken for; its limits count anew from the hand-over."""

    type: Literal["case.reclassified.v1"] = "case.reclassified.v1"
    complexity: Code


class ExtensionAsked(HandOver):
    """The unit asked for more time before its limit ran out (申请延期)."""

    type: Literal["case.extension_asked.v1"] = "case.extension_asked.v1"
    clock: Code
    working_days: int


class ExtensionGranted(HandOver):
    """Somebody other than the asker gave the unit more time."""

    type: Literal["case.extension_granted.v1"] = "case.extension_granted.v1"
    clock: Code
    working_days: int


class ExtensionRefused(HandOver):
    """The unit was given no more time."""

    type: Literal["case.extension_refused.v1"] = "case.extension_refused.v1"
    clock: Code


class RungVacant(CaseEvent):
    """The rung that the case climbed to has no holder; it went to the fallback, and somebody must be named (空缺)."""

    type: Literal["case.rung_vacant.v1"] = "case.rung_vacant.v1"
    rung: Code
    fallback: Party


class CaseTransferred(CaseEvent):
    """The case was handed to another level of government, where it gets a number of its own; here it is followed."""

    type: Literal["case.transferred.v1"] = "case.transferred.v1"
    channel: Code
    to_scheme: SchemeRef
    direction: Literal["up", "down"]


class CasePlanFixed(HandOver):
    """How a complex matter will be solved is decided; it stays on the problem list until struck off (明确解决方案)."""

    type: Literal["case.plan_fixed.v1"] = "case.plan_fixed.v1"


class CaseStruckOff(CaseEvent):
    """The matter is solved and off the problem list (闭环销号)."""

    type: Literal["case.struck_off.v1"] = "case.struck_off.v1"


class CaseDecided(CaseEvent):
    """A leader or a session gave an explicit opinion on the case; `unresolved` sends it up (明确意见)."""

    type: Literal["case.decided.v1"] = "case.decided.v1"
    rung: Code
    outcome: Literal["resolved", "unresolved", "explained"]
    session: SessionNumber | None = None
    lead: Party | None = None
    due_on: date | None = None


class CaseReported(HandOver):
    """The lead unit reported in writing that what was decided is done (书面报告)."""

    type: Literal["case.reported.v1"] = "case.reported.v1"


class IssueEvent(CaseEvent):
    """A fact about a case and one session (期)."""

    session: SessionNumber


class CaseAdmitted(IssueEvent):
    """The appeal belongs to the issue whose window is open."""

    type: Literal["case.admitted.v1"] = "case.admitted.v1"


class CaseRolledOver(IssueEvent):
    """The appeal came while the window was closed and waits for the next issue (顺延为下一期)."""

    type: Literal["case.rolled_over.v1"] = "case.rolled_over.v1"


class CaseScheduled(IssueEvent):
    """The case stands in the session's directory (企业问题目录)."""

    type: Literal["case.scheduled.v1"] = "case.scheduled.v1"
    reply_pending: bool


class CasePutOnAgenda(IssueEvent):
    """The case will be heard at the session."""

    type: Literal["case.put_on_agenda.v1"] = "case.put_on_agenda.v1"


class CaseLeftOffAgenda(IssueEvent):
    """The session of `held_on` did not hear the case; its units answer it soon after (未纳入)."""

    type: Literal["case.left_off_agenda.v1"] = "case.left_off_agenda.v1"
    held_on: date | None = None


class CommitmentAsked(HandOver):
    """The session of `held_on` charged the unit with the case: within days it publishes who does what by when, whether or
    not the opinions document is approved yet. `subject` is the hand-over; `due_on`: the last day that was set."""

    type: Literal["commitment.asked.v1"] = "commitment.asked.v1"
    session: SessionNumber
    held_on: date
    due_on: date | None = None


class CommitmentEntered(HandOver):
    """The unit entered what it promises: who leads, who does it, by when, by what measures (承诺)."""

    type: Literal["commitment.entered.v1"] = "commitment.entered.v1"
    due_on: date
    version: int


class ServedAssigned(Event):
    """An enterprise or project has the four whom its scheme wants: leader, unit, unit's leader, specialist."""

    type: Literal["served.assigned.v1"] = "served.assigned.v1"
    served: ServedNumber
    tier: Code
    unit: Party

    @property
    def key(self) -> str:
        return self.served
