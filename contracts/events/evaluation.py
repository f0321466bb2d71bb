"""What evaluation says: judgements, and what follows from them."""

from datetime import date
from typing import Literal

from contracts.events.base import CaseEvent, Event
from contracts.record import Code, FindingNumber, Party, SampleNumber


class RatingInvited(CaseEvent):
    """The enterprise is to be invited to rate how its appeal was handled (满意度评价)."""

    type: Literal["rating.invited.v1"] = "rating.invited.v1"


class InvitationDelivered(CaseEvent):
    """The invitation reached the enterprise; from here its days to rate run."""

    type: Literal["rating.invitation_delivered.v1"] = "rating.invitation_delivered.v1"


class CaseRated(CaseEvent):
    """How the case was judged. Only satisfied and dissatisfied are the enterprise's own word;
    `level`: that word on the scheme's finer scale; `unit`: who answered, and is told."""

    type: Literal["case.rated.v1"] = "case.rated.v1"
    level: Code | None = None
    unit: Party | None = None
    rating: Literal["satisfied", "dissatisfied", "defaulted", "unrated"]


class CaseRatedAgain(CaseEvent):
    """After the final decision or rework the enterprise judged once more; the first rating stays. `unit`: who answered,
    and is told."""

    type: Literal["case.rated_again.v1"] = "case.rated_again.v1"
    unit: Party | None = None
    rating: Literal["satisfied", "dissatisfied"]


class CaseClosed(CaseEvent):
    """Nothing more is owed to the enterprise in this case."""

    type: Literal["case.closed.v1"] = "case.closed.v1"
    outcome: Literal["satisfied", "defaulted", "unrated", "finally-decided", "dissatisfied", "called-back"]


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


class CaseCalledBack(CaseEvent):
    """Somebody asked the enterprise how its matter stands, by telephone or on the spot (回访)."""

    type: Literal["case.called_back.v1"] = "case.called_back.v1"
    way: Literal["phone", "on-site"]
    solved: bool


class CaseReopened(CaseEvent):
    """The judgement or the call-back showed that more is to be done: a round of rework began."""

    type: Literal["case.reopened.v1"] = "case.reopened.v1"
    round: int


class CaseExcluded(CaseEvent):
    """The case is left out of the rates, for a reason that somebody other than the asker approved (剔除)."""

    type: Literal["case.excluded.v1"] = "case.excluded.v1"
    reason: Code


class InspectionOpened(CaseEvent):
    """A dissatisfied enterprise's case is traced back by discipline inspection; the file is theirs alone (倒查)."""

    type: Literal["inspection.opened.v1"] = "inspection.opened.v1"


class InspectionClosed(CaseEvent):
    """Discipline inspection ended its file; what it found stays there."""

    type: Literal["inspection.closed.v1"] = "inspection.closed.v1"


class SupervisionOrdered(CaseEvent):
    """The inspection office ordered a unit to do something by a day (督办单); `subject` is the order."""

    type: Literal["supervision.ordered.v1"] = "supervision.ordered.v1"
    unit: Party
    due_on: date


class SupervisionOrderMet(CaseEvent):
    """The unit did what it was ordered; `subject` is the order."""

    type: Literal["supervision.order_met.v1"] = "supervision.order_met.v1"
    unit: Party


class RectificationListed(CaseEvent):
    """The matter is listed for rectification, with a responsible body and a last day (挂牌整改)."""

    type: Literal["rectification.listed.v1"] = "rectification.listed.v1"
    unit: Party
    due_on: date


class RectificationLifted(CaseEvent):
    """What was listed is put right and off the list (摘牌)."""

    type: Literal["rectification.lifted.v1"] = "rectification.lifted.v1"
    unit: Party


class CorrectionOpened(CaseEvent):
    """A bad rating became an item to correct (差评整改)."""

    type: Literal["correction.opened.v1"] = "correction.opened.v1"
    unit: Party


class CorrectionMade(CaseEvent):
    """What the bad rating was about is corrected."""

    type: Literal["correction.made.v1"] = "correction.made.v1"
    unit: Party


class AccountabilityRecorded(Event):
    """A unit was called to account by a measure of the scheme (问责); who and why stay in evaluation."""

    type: Literal["accountability.recorded.v1"] = "accountability.recorded.v1"
    finding: FindingNumber
    trigger: Code
    measure: Code
    unit: Party

    @property
    def key(self) -> str:
        return self.finding


class ReferralMade(Event):
    """A suspected violation went to the discipline authority (移送); only inspectors know of what."""

    type: Literal["referral.made.v1"] = "referral.made.v1"
    finding: FindingNumber

    @property
    def key(self) -> str:
        return self.finding


class SampleDrawn(Event):
    """Closed cases were drawn by lot to be looked at again (回头看)."""

    type: Literal["sample.drawn.v1"] = "sample.drawn.v1"
    sample: SampleNumber
    cases: int

    @property
    def key(self) -> str:
        return self.sample
