"""One case as disclosure knows it: what facts tell of it, the wording cleared for the public, what the public is shown.

Nothing that is kept here is an enterprise's or a person's: the wording comes in only after `scan` found nothing in it.
Decisions §3.7, §3.10, §3.17; days and months are those of Asia/Shanghai (§3.18). Reception sessions, duties and matters
have documents of their own (`sessions.py`, `duties.py`).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from contracts.case_number import case_number
from contracts.events import (
    AppealAccepted,
    AppealAnsweredAtOnce,
    AppealFiled,
    AppealReturned,
    AppealWithdrawn,
    CaseAnswered,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseExcluded,
    CaseRated,
    CaseRatedAgain,
    CaseReopened,
    CaseReported,
    ClockMissed,
    CommitmentEntered,
    CommitmentPublished,
    EntryPublished,
    Event,
    case_fact,
)
from contracts.record import Command, Instant, Record
from libs.policy.publication import PublicField
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from services.disclosure import commitment
from services.disclosure.commitment import Commitment, KeepSheet
from services.disclosure.happening import Happening, happening
from services.disclosure.part import Part

Rating = Literal["satisfied", "dissatisfied", "defaulted", "unrated"]


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


class Judged(Part):
    """One word of the enterprise, or what its silence counts as. `again`: after a final decision (§3.10)."""

    at: Instant
    id: str
    rating: Rating
    level: str | None = None
    again: bool = False


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
    answers: tuple[Instant, ...] = ()
    """A case that is worked on again is answered again; the last answer holds."""
    missed: dict[str, str] = {}
    """Clock by clock subject."""
    rating: Rating | None = None
    rated_on: date | None = None
    rated_again: Literal["satisfied", "dissatisfied"] | None = None
    level_rated: str | None = None
    """The first rating on the scheme's finer scale."""
    judged: tuple[Judged, ...] = ()
    closed: Literal["satisfied", "defaulted", "unrated", "finally-decided", "dissatisfied", "called-back"] | None = None
    closed_on: date | None = None
    closed_at: Instant | None = None
    reopened_at: Instant | None = None
    unsolved_on: date | None = None
    """When the last call-back found the matter unsolved; None when it found it solved, or nobody called."""
    called_at: Instant | None = None
    excluded: str | None = None
    """Why it is left out of the rates (§3.17)."""
    at_once: str | None = None
    at_once_on: date | None = None
    """A question that was answered on the spot: there is no case."""
    returned: str | None = None
    returned_on: date | None = None
    withdrawn_on: date | None = None
    wording: Wording | None = None
    published_on: date | None = None
    revised_on: date | None = None
    commitments: dict[str, Commitment] = {}
    """By hand-over."""
    happened: tuple[Happening, ...] = ()

    @property
    def ended(self) -> tuple[Literal["closed", "returned", "withdrawn", "answered-at-once"], date] | None:
        """How and when it ended. A judgement that was given stands, even when a withdrawal crosses it on the way; a case
        that is worked on again has not ended."""
        if self.at_once_on:
            return "answered-at-once", self.at_once_on
        if self.closed_on and self.closed_at and not (self.reopened_at and self.closed_at < self.reopened_at):
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
    """`month`, `month_rated`: the summaries it is counted in. `public…`: where it stands on each shelf, once published."""
    public = entry.published_on is not None
    shelves = [shelf(scheme, month) for scheme in (None, entry.scheme) for month in (None, entry.month_ended)]
    return {
        "case": entry.case,
        "month": summary_key(entry.scheme, entry.month_ended) if entry.month_ended else None,
        "month_rated": summary_key(entry.scheme, entry.month_rated) if entry.month_rated else None,
        **{one.key: one.before + place(entry) if public else None for one in shelves},
        "scheme": entry.scheme,
        "number": entry.number if public else None,
        "found_by": sorted(pairs_in(words_of(entry))) if public else [],
        "committed": commitment.newest(entry.commitments),
        "held": entry.scheme if any(one.held for one in entry.commitments.values()) else None,
        "next_due": commitment.next_due(entry.commitments),
    }


class Shelf(NamedTuple):
    """A part of the ledger that is read by itself: by `key` its entries stand in order, `before` stands before each place.

    One text says all, for in an index of several fields the embedded store reads everything that matches before it gives
    the first: 85 ms where a month of 4,000 entries came out on one day.
    """

    key: str
    before: str


def shelf(scheme: str | None, month: str | None) -> Shelf:
    """Of one scheme or all, of one month or all."""
    named = {"scheme": scheme, "month": month}
    parts = {name: value for name, value in named.items() if value}
    return Shelf("_by_".join(("public", *parts)), "".join(f"{value} " for value in parts.values()))


SHELVES = tuple(shelf(scheme, month).key for scheme in (None, "any") for month in (None, "any"))
"""The keys of all of them."""


def place(entry: Entry) -> str:
    """Where a published entry stands in the ledger: by its day, then its number."""
    return f"{entry.published_on}:{entry.number}"


def words_of(entry: Entry) -> str:
    """What the public reads of an entry in words."""
    wording = entry.wording
    return (
        " ".join((entry.number, wording.unit_name, wording.answer, wording.final_answer or "")).casefold()
        if wording
        else ""
    )


def pairs_in(text: str) -> frozenset[str]:
    """Each two characters that stand side by side within a word, by which an entry is found."""
    words = text.casefold().split()
    return frozenset(word[at : at + 2] for word in words for at in range(len(word) - 1))


def evolve(entry: Entry, record: Record) -> Entry:
    changes = _changes(entry, record)
    if isinstance(record, CaseEvent):
        changes["scheme"] = record.scheme
    after = entry.model_copy(update=changes)
    if entry.published_on and _told(after) != _told(entry):
        # The public may have read it before: what changes is shown as changed.
        day = day_of(record.at)
        return after.model_copy(update={"revised_on": max(entry.revised_on or day, day)})
    return after


_BESIDE = {"commitments", "happened", "judged", "answers", "closed_at", "reopened_at", "called_at", "unsolved_on"}
"""What is kept of a case beside its entry in the ledger."""


def _told(entry: Entry) -> dict[str, Any]:
    return entry.model_dump(exclude=_BESIDE)


def _changes(entry: Entry, record: Record) -> dict[str, Any]:
    changes = _own_changes(entry, record)
    if isinstance(record, CaseEvent) and (found := happening(record)) and found not in entry.happened:
        changes["happened"] = tuple(sorted((*entry.happened, found), key=lambda one: (one.on, one.id)))
    return changes


def _own_changes(entry: Entry, record: Record) -> dict[str, Any]:
    match record:
        case AppealFiled():
            return {"channel": record.channel, "filed_on": day_of(record.at)}
        case AppealAccepted():
            return {"category": record.category, "district": record.district, "level": record.level}
        case AppealReturned():
            return {"returned": record.reason, "returned_on": day_of(record.at)}
        case AppealWithdrawn():
            return {"withdrawn_on": day_of(record.at)}
        case AppealAnsweredAtOnce():
            return {"at_once": record.how, "at_once_on": day_of(record.at)}
        case CaseExcluded():
            return {"excluded": record.reason}
        case CaseAnswered():
            return _answered(entry, record)
        case CaseReported():
            return {"commitments": commitment.done(entry.commitments, record.subject, record.at)}
        case ClockMissed():
            return {"missed": entry.missed | {record.subject: record.clock}}
        case CaseRated() | CaseRatedAgain():
            return _judged(entry, record)
        case CaseClosed() if entry.closed_at is None or entry.closed_at < record.at:
            return {"closed": record.outcome, "closed_on": day_of(record.at), "closed_at": record.at}
        case CaseReopened():
            return {"reopened_at": max(entry.reopened_at or record.at, record.at)}
        case CaseCalledBack() if entry.called_at is None or entry.called_at < record.at:
            return {"called_at": record.at, "unsolved_on": None if record.solved else day_of(record.at)}
        case CommitmentEntered() | CommitmentPublished() | KeepSheet():
            return {"commitments": commitment.evolve(entry.commitments, record)}
        case KeepWording():
            return {"wording": record.wording}
        case EntryPublished():
            return {"published_on": day_of(record.at)}
        case _:
            return {}


def _answered(entry: Entry, record: CaseAnswered) -> dict[str, Any]:
    answers = tuple(sorted({*entry.answers, record.at}))
    if record.at < answers[-1]:
        return {"answers": answers}
    day = day_of(record.at)
    return {"unit": record.unit, "outcome": record.outcome, "answered_on": day, "answers": answers}


def _judged(entry: Entry, record: CaseRated | CaseRatedAgain) -> dict[str, Any]:
    """The first word stays in the rates, whatever is said after it; the last one stands beside it. §3.10"""
    level, again = getattr(record, "level", None), isinstance(record, CaseRatedAgain)
    new = Judged(at=record.at, id=record.id, rating=record.rating, level=level, again=again)
    others = (one for one in entry.judged if one.id != new.id)
    judged = tuple(sorted((*others, new), key=lambda one: (one.at, one.id)))
    first = next((one for one in judged if not one.again), None)
    later = [one for one in judged if one is not first and one.rating in ("satisfied", "dissatisfied")]
    return {
        "judged": judged,
        "rating": first and first.rating,
        "rated_on": first and day_of(first.at),
        "level_rated": first and first.level,
        "rated_again": later[-1].rating if later else None,
    }


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
