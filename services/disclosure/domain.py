"""One case as disclosure knows it: what facts tell of it, the wording cleared for the public, what the public is shown.

Nothing that is kept here is an enterprise's or a person's: the wording comes in only after `scan` found nothing in it.
Decisions §3.7, §3.10, §3.17; days and months are those of Asia/Shanghai (§3.18).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.case_number import case_number
from contracts.events import (
    AppealAccepted,
    AppealFiled,
    AppealReturned,
    AppealWithdrawn,
    CaseAnswered,
    CaseClosed,
    CaseEvent,
    CaseRated,
    CaseRatedAgain,
    ClockMissed,
    EntryPublished,
    Event,
    case_fact,
)
from contracts.record import Command, Record
from libs.policy.publication import PublicField
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of

Rating = Literal["satisfied", "dissatisfied", "defaulted", "unrated"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Wording(Part):
    """What the answering unit wrote for the public."""

    unit_name: str
    answer: str
    final_answer: str | None = None


class KeepWording(Command):
    """The wording was found fit for the public."""

    type: Literal["keep-wording"] = "keep-wording"
    wording: Wording


class PublishEntry(Command):
    """The summary that names the case is approved."""

    type: Literal["publish-entry"] = "publish-entry"


class Entry(Part):
    case: str
    scheme: str = ""
    channel: str | None = None
    filed_on: date | None = None
    category: str | None = None
    district: str | None = None
    level: str | None = None
    unit: str | None = None
    outcome: str | None = None
    answered_on: date | None = None
    missed: dict[str, str] = {}
    """Clock by clock subject."""
    rating: Rating | None = None
    rated_on: date | None = None
    rated_again: Literal["satisfied", "dissatisfied"] | None = None
    closed: Literal["satisfied", "defaulted", "unrated", "finally-decided"] | None = None
    closed_on: date | None = None
    returned: str | None = None
    returned_on: date | None = None
    withdrawn_on: date | None = None
    wording: Wording | None = None
    published_on: date | None = None
    revised_on: date | None = None

    @property
    def ended(self) -> tuple[Literal["closed", "returned", "withdrawn"], date] | None:
        """How and when it ended. A judgement that was given stands, even when a withdrawal crosses it on the way."""
        if self.closed_on:
            return "closed", self.closed_on
        if self.returned_on:
            return "returned", self.returned_on
        return ("withdrawn", self.withdrawn_on) if self.withdrawn_on else None

    @property
    def month_ended(self) -> str | None:
        return month_of(self.ended[1]) if self.ended else None

    @property
    def month_rated(self) -> str | None:
        return month_of(self.rated_on) if self.rated_on else None

    @property
    def number(self) -> str:
        """How the public names it. The receipt number opens doors, so it is not shown and does not follow from this."""
        return "GK-" + case_number("public ledger", self.case).removeprefix("ZT-")

    @property
    def complete(self) -> bool:
        """Everything that an entry of the ledger tells is known."""
        return None not in (self.channel, self.filed_on, self.category, self.unit, self.answered_on, self.closed)

    def times_missed(self, scheme: Scheme) -> int:
        """Limits missed by who handled it; the enterprise's own days to rate are not among them."""
        supervised = scheme.clocks_missed_with("supervise")
        return sum(clock in supervised for clock in self.missed.values())


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def summary_key(scheme: str, month: str) -> str:
    return f"summary:{scheme}:{month}"


def empty(case: str) -> Entry:
    return Entry(case=case)


def keys(entry: Entry) -> Mapping[str, Any]:
    """`month`, `month_rated`: the summaries it is counted in. `public`: where it stands in the ledger, once published."""
    public = f"{entry.published_on}:{entry.number}" if entry.published_on else None
    return {
        "case": entry.case,
        "month": summary_key(entry.scheme, entry.month_ended) if entry.month_ended else None,
        "month_rated": summary_key(entry.scheme, entry.month_rated) if entry.month_rated else None,
        "public": public,
        "public_month": entry.month_ended if public else None,
    }


def evolve(entry: Entry, record: Record) -> Entry:
    changes = _changes(entry, record)
    if isinstance(record, CaseEvent):
        changes["scheme"] = record.scheme
    after = entry.model_copy(update=changes)
    if entry.published_on and after != entry:
        # The public may have read it before: what changes is shown as changed.
        day = day_of(record.at)
        return after.model_copy(update={"revised_on": max(entry.revised_on or day, day)})
    return after


def _changes(entry: Entry, record: Record) -> dict[str, Any]:
    match record:
        case AppealFiled():
            return {"channel": record.channel, "filed_on": day_of(record.at)}
        case AppealAccepted():
            return {"category": record.category, "district": record.district, "level": record.level}
        case AppealReturned():
            return {"returned": record.reason, "returned_on": day_of(record.at)}
        case AppealWithdrawn():
            return {"withdrawn_on": day_of(record.at)}
        case CaseAnswered():
            return {"unit": record.unit, "outcome": record.outcome, "answered_on": day_of(record.at)}
        case ClockMissed():
            return {"missed": entry.missed | {record.subject: record.clock}}
        case CaseRated():
            return {"rating": record.rating, "rated_on": day_of(record.at)}
        case CaseRatedAgain():
            return {"rated_again": record.rating}
        case CaseClosed():
            return {"closed": record.outcome, "closed_on": day_of(record.at)}
        case KeepWording():
            return {"wording": record.wording}
        case EntryPublished():
            return {"published_on": day_of(record.at)}
        case _:
            return {}


def publish(entry: Entry, command: PublishEntry, *, now: datetime) -> list[Event]:
    """It stands in the public ledger from now on; only with a wording that was found fit, and once."""
    if entry.published_on is not None or entry.wording is None or not entry.complete:
        return []
    return [case_fact(EntryPublished, by=command, case=entry.case, scheme=entry.scheme, at=now)]


# --- what the public is shown -----------------------------------------------------------------------------------------

Shown = str | int | date | None

_SHOWN: Mapping[PublicField, Callable[[Entry, Scheme], Shown]] = {
    "entry": lambda entry, scheme: entry.number,
    "filed_on": lambda entry, scheme: entry.filed_on,
    "channel": lambda entry, scheme: entry.channel,
    "category": lambda entry, scheme: entry.category,
    "district": lambda entry, scheme: entry.district,
    "level": lambda entry, scheme: entry.level,
    "unit": lambda entry, scheme: entry.unit,
    "outcome": lambda entry, scheme: entry.outcome,
    "answered_on": lambda entry, scheme: entry.answered_on,
    "missed": lambda entry, scheme: entry.times_missed(scheme),
    "rating": lambda entry, scheme: entry.rating,
    "rated_again": lambda entry, scheme: entry.rated_again,
    "closed": lambda entry, scheme: entry.closed,
    "closed_on": lambda entry, scheme: entry.closed_on,
    "answer": lambda entry, scheme: entry.wording.answer if entry.wording else None,
    "final_answer": lambda entry, scheme: entry.wording.final_answer if entry.wording else None,
    "published_on": lambda entry, scheme: entry.published_on,
    "revised_on": lambda entry, scheme: entry.revised_on,
}


def shown(entry: Entry, scheme: Scheme) -> dict[PublicField, Shown]:
    """The fields that the scheme allows, in its order, and no others."""
    return {field: _SHOWN[field](entry, scheme) for field in scheme.publication.fields}
