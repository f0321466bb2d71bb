"""An appeal as intake knows it: the only place where an appeal's words and the enterprise's data are kept."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.case_number import case_number
from contracts.events import CaseTransferred
from contracts.messages import Dossier, Proxy
from contracts.record import CaseNumber, Instant
from services.intake.commands import AnswerAtOnce, Attached, Sighting
from services.intake.likeness import digest


class State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(State):
    """One thing that happened, as the enterprise may read it."""

    at: Instant
    id: str
    what: str
    unit: str | None = None
    outcome: str | None = None


class Mark(State):
    """The latest fact of a kind: what it said, when, and its id."""

    at: Instant
    id: str
    word: str = ""


class Transfer(State):
    """A hand-over to another level of government, and the number of the appeal filed there for it."""

    id: str
    at: Instant
    channel: str
    to_scheme: str
    case: CaseNumber
    filed: bool = False
    withdrawn: bool = False
    answered: bool = False


class Unmasking(State):
    """Who saw the enterprise's contact whole, and for what."""

    by: str
    unit: str | None
    at: Instant
    purpose: str


class Appeal(State):
    case: str
    scheme: str = ""
    channel: str = ""
    filed_at: Instant | None = None
    filed_by: str = ""
    dossier: Dossier | None = None
    entered_by: str | None = None
    call: str | None = None
    receiver: str | None = None
    urgent: bool = False
    upstream: str | None = None
    origin: CaseNumber | None = None
    project: str | None = None
    proxy: Proxy | None = None
    tags: tuple[str, ...] = ()
    visit: str | None = None
    matched: bool = False
    verified: bool = False
    mismatched: bool = False
    registered_in: str | None = None
    supplement_wanted: str | None = None
    supplements: tuple[str, ...] = ()
    category: str | None = None
    district: str | None = None
    level: str | None = None
    classed: Mark | None = None
    at_once: AnswerAtOnce | None = None
    answered: Mark | None = None
    resumed: Mark | None = None
    doubts: tuple[str, ...] = ()
    returned: str | None = None
    explanation: str | None = None
    withdrawn: bool = False
    closing: Mark | None = None
    linked: tuple[CaseNumber, ...] = ()
    repeated: int = 0
    transfers: tuple[Transfer, ...] = ()
    origin_told: str | None = None
    like: tuple[Sighting, ...] = ()
    matter: str | None = None
    joined: bool = False
    suggestions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    unmaskings: tuple[Unmasking, ...] = ()
    attachments: tuple[Attached, ...] = ()

    @property
    def filed(self) -> bool:
        return self.filed_at is not None

    @property
    def complexity(self) -> str | None:
        return self.classed.word if self.classed else None

    @property
    def closed(self) -> str | None:
        """With what the case was closed, unless it was reopened since."""
        return self.closing.word if self.closing and not later(self.resumed, self.closing) else None

    @property
    def stands_answered(self) -> bool:
        """The last answer has neither been doubted nor led to a reopening."""
        return self.answered is not None and not later(self.resumed, self.answered)

    @property
    def over(self) -> bool:
        return self.withdrawn or self.returned is not None or self.closed is not None or self.at_once is not None

    @property
    def stage(self) -> str:
        """In one word where the appeal stands, for lists."""
        if self.withdrawn:
            return "withdrawn"
        if self.returned is not None:
            return "returned"
        if self.closed is not None:
            return "closed"
        if self.at_once is not None or self.stands_answered:
            return "answered"
        if any(not transfer.answered for transfer in self.transfers):
            return "transferred"
        if self.category is not None:
            return "in-hand"
        if self.supplement_wanted is not None:
            return "supplement"
        if self.mismatched and not self.verified:
            return "second-review"
        return "screening"

    @property
    def unmatched(self) -> bool:
        return self.filed and not self.matched and not self.over

    @property
    def to_file_elsewhere(self) -> tuple[Transfer, ...]:
        return () if self.withdrawn else tuple(transfer for transfer in self.transfers if not transfer.filed)

    @property
    def to_withdraw_elsewhere(self) -> tuple[Transfer, ...]:
        return tuple(t for t in self.transfers if self.withdrawn and t.filed and not t.withdrawn)

    @property
    def news_for_origin(self) -> Mark | None:
        """The outcome that the case this one was transferred from does not know yet."""
        ending = self.ending
        return ending if self.origin and ending and ending.id != self.origin_told else None

    @property
    def ending(self) -> Mark | None:
        """How this level of government was done with it: the outcome answered, or that it went back."""
        if self.answered is not None:
            return self.answered
        assert self.filed_at is not None
        if self.returned is not None:
            return Mark(at=self.filed_at, id="returned", word="returned")
        return Mark(at=self.filed_at, id="withdrawn", word="withdrawn") if self.withdrawn else None

    @property
    def to_join(self) -> bool:
        """Others brought the like, and the matter does not know of it yet."""
        return bool(self.like) and not self.joined

    @property
    def owes(self) -> bool:
        """Whether something is still to be done for it, by us."""
        return bool(
            self.unmatched
            or self.to_file_elsewhere
            or self.to_withdraw_elsewhere
            or self.news_for_origin
            or self.to_join
        )


def empty(case: str) -> Appeal:
    return Appeal(case=case)


def transferred_as(event: CaseTransferred) -> str:
    """The number that a transferred case gets at the other level of government: it follows from the case and the fact."""
    return case_number(event.channel, f"{event.case}:{event.id}")


def keys(appeal: Appeal) -> dict[str, Any]:
    """What lists of appeals are found and sorted by. `turn`: urgent ones first (绿色通道, 000-30, 000-40), then the
    longest waiting; `kind`: the category within its scheme, whatever the scheme's version."""
    if appeal.dossier is None or appeal.filed_at is None:
        return {"stage": None, "next_due": None}
    return {
        "stage": appeal.stage,
        "turn": f"{0 if appeal.urgent else 1}:{appeal.filed_at.isoformat(timespec='milliseconds')}",
        "scheme": scheme_name(appeal.scheme),
        "filed_at": appeal.filed_at,
        "filed_by": appeal.filed_by,
        "enterprise": digest(appeal.dossier.credit_code),
        "open": not appeal.over,
        "kind": kind_of(appeal),
        "unmasked_at": appeal.unmaskings[-1].at if appeal.unmaskings else None,
        "next_due": appeal.filed_at if appeal.owes else None,
    }


def kind_of(appeal: Appeal) -> str | None:
    """Its category within its scheme, whatever the scheme's version; None until it has one."""
    return f"{scheme_name(appeal.scheme)}:{appeal.category}" if appeal.category else None


def scheme_name(ref: str) -> str:
    return ref.partition("@")[0]


def later(one: Mark | None, other: Mark) -> bool:
    """Whether the one came after the other, or with it."""
    return one is not None and one.at >= other.at
