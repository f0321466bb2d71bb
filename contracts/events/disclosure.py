"""What disclosure says: what the public and the leaders are given to read."""

from datetime import date
from typing import Literal

from contracts.events.base import CaseEvent, Event, Month
from contracts.record import Code, Party, PublicationNumber


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


class PublicationEvent(Event):
    """A fact about something to be read: a circular, a list, a typical case, an announcement, a report to leaders."""

    publication: PublicationNumber
    kind: Code

    @property
    def key(self) -> str:
        return self.publication


class PublicationDrafted(PublicationEvent):
    """It waits for approval."""

    type: Literal["publication.drafted.v1"] = "publication.drafted.v1"


class PublicationApproved(PublicationEvent):
    """Somebody other than its author approved it."""

    type: Literal["publication.approved.v1"] = "publication.approved.v1"


class PublicationPublished(PublicationEvent):
    """Those whom it is meant for can read it."""

    type: Literal["publication.published.v1"] = "publication.published.v1"


class CommitmentPublished(CaseEvent):
    """What a unit promised stands before the public; `subject` is the hand-over (对外公布)."""

    type: Literal["commitment.published.v1"] = "commitment.published.v1"
    unit: Party
    due_on: date
    version: int
