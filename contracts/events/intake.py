"""What intake says: appeals as they come in, and what comes in beside them."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from contracts.events.base import CaseEvent, Event
from contracts.record import CaseNumber, Code, MatterNumber, Party, ReportNumber, ServedNumber, VisitNumber


class AppealFiled(CaseEvent):
    """An enterprise's appeal was received through a channel and kept (预受理). `origin`: the case that another level of
    government handed down or up; `receiver`: the unit first asked (首问)."""

    type: Literal["appeal.filed.v1"] = "appeal.filed.v1"
    channel: Code
    origin: CaseNumber | None = None
    receiver: Party | None = None
    urgent: bool = False
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
    complexity: Code | None = None
    urgent: bool = False
    receiver: Party | None = None


class AppealReturned(CaseEvent):
    """The appeal was given back with a reason from the scheme's closed list (退回)."""

    type: Literal["appeal.returned.v1"] = "appeal.returned.v1"
    reason: Code


class AppealWithdrawn(CaseEvent):
    """The enterprise took its appeal back (撤回)."""

    type: Literal["appeal.withdrawn.v1"] = "appeal.withdrawn.v1"


class AppealLinked(CaseEvent):
    """The same enterprise brought the same matter before: counted and shown together, never merged."""

    type: Literal["appeal.linked.v1"] = "appeal.linked.v1"
    to: CaseNumber


class AppealRepeated(CaseEvent):
    """The same matter came back as often as the scheme counts as a repeat (重复反映)."""

    type: Literal["appeal.repeated.v1"] = "appeal.repeated.v1"
    first: CaseNumber
    times: int


class AppealAnsweredAtOnce(CaseEvent):
    """Whoever received the question answered it on the spot; there is no case (首接负责)."""

    type: Literal["appeal.answered_at_once.v1"] = "appeal.answered_at_once.v1"
    how: Literal["directly", "three-way-call", "transferred"]


class AppealDoubted(CaseEvent):
    """The answered enterprise still has doubts about its matter (仍有疑问)."""

    type: Literal["appeal.doubted.v1"] = "appeal.doubted.v1"


class TransferAnswered(CaseEvent):
    """The other level of government, to which this case was handed, answered it under a number of its own."""

    type: Literal["transfer.answered.v1"] = "transfer.answered.v1"
    answered_as: CaseNumber
    outcome: Code


class VisitLogged(Event):
    """Somebody called on, or telephoned, a served enterprise or project, or came to it on official business."""

    type: Literal["visit.logged.v1"] = "visit.logged.v1"
    visit: VisitNumber
    served: ServedNumber
    kind: Code
    unit: Party
    raised: int = 0

    @property
    def key(self) -> str:
        return self.visit


class ReportReceived(Event):
    """A report that goes its own, protected way: retaliation against an enterprise, or an official's conduct."""

    type: Literal["report.received.v1"] = "report.received.v1"
    report: ReportNumber
    track: Literal["retaliation", "conduct"]

    @property
    def key(self) -> str:
        return self.report


class MatterRecurred(Event):
    """Like matters of several enterprises came up within a window (苗头性、共性问题): an early warning."""

    type: Literal["matter.recurred.v1"] = "matter.recurred.v1"
    matter: MatterNumber
    category: Code
    enterprises: int
    times: int

    @property
    def key(self) -> str:
        return self.matter
