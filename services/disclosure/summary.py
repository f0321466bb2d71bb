"""One month's summary: drafted on the scheme's day, approved by a named leader, then published, entry by entry.

What was approved stays before the public as it is. A fact that comes later leads to a new draft on the next drafting
day, and to a new version, with its date, when that is approved. Regulation 001 二(十); decisions §3.13, §3.17, §3.18.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, TypeVar

from contracts.events import Event, SummaryApproved, SummaryDrafted, SummaryEvent, SummaryPublished
from contracts.record import Command, Instant, Record, derive_id
from libs.policy.calendar import Calendar
from libs.policy.period import Period
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of, midnight
from services.disclosure.figures import Figures
from services.disclosure.part import Part

F = TypeVar("F", bound=SummaryEvent)


class Held(Part):
    """An entry kept back from the public, and the kinds of what was found in its wording or is missing."""

    case: str
    reasons: tuple[str, ...]


class Content(Part):
    """What a leader approves: the figures, the cases to be published, those held back."""

    figures: Figures
    entries: tuple[str, ...]
    held: tuple[Held, ...]


class Draft(Part):
    version: int
    drafted_on: date
    content: Content


class Approval(Part):
    leader: str
    at: Instant


class AwaitDraft(Command):
    """A case was counted into this month: a draft is due then."""

    type: Literal["await-draft"] = "await-draft"
    scheme: str
    month: str
    due: Instant


class WriteDraft(Command):
    """The month was counted. `asked`: how many late facts the count includes."""

    type: Literal["write-draft"] = "write-draft"
    content: Content
    asked: int


class Approve(Command):
    """`version`: the one that was read, where the leader names it."""

    type: Literal["approve"] = "approve"
    leader: str
    version: int | None = None


class TellPublished(Command):
    """These cases say themselves now that they are published."""

    type: Literal["tell-published"] = "tell-published"
    cases: tuple[str, ...]


class Summary(Part):
    key: str
    scheme: str = ""
    month: str = ""
    due: Instant | None = None
    """When a draft is to be written, None when none is."""
    asked: int = 0
    drafts: int = 0
    waiting: Draft | None = None
    """The draft that waits for approval."""
    public: Draft | None = None
    approval: Approval | None = None
    revised_on: date | None = None
    unpublished: tuple[str, ...] = ()
    """Cases of the approved draft that do not say yet that they are published."""


def empty(key: str) -> Summary:
    return Summary(key=key)


def keys(summary: Summary) -> Mapping[str, Any]:
    unfinished = summary.approval.at if summary.unpublished and summary.approval else None
    return {
        "next_due": unfinished or summary.due,
        "public": summary.month if summary.public else None,
        "scheme": summary.scheme,
        "month": summary.month,
    }


def evolve(summary: Summary, record: Record) -> Summary:
    match record:
        case AwaitDraft():
            due = min(summary.due or record.due, record.due)
            late = due <= record.at
            changes: dict[str, Any] = {"due": due, "asked": summary.asked + late}
            return summary.model_copy(update={"scheme": record.scheme, "month": record.month, **changes})
        case WriteDraft():
            # A late fact that came while the month was being counted is counted next.
            changes = {"due": None} if record.asked == summary.asked else {}
            if is_news(summary, record.content):
                number = summary.drafts + 1
                draft = Draft(version=number, drafted_on=day_of(record.at), content=record.content)
                changes |= {"waiting": draft, "drafts": number}
            return summary.model_copy(update=changes)
        case Approve() if summary.waiting is not None:
            return _approved(summary, summary.waiting, record)
        case TellPublished():
            left = tuple(case for case in summary.unpublished if case not in set(record.cases))
            return summary.model_copy(update={"unpublished": left})
        case _:
            return summary


def _approved(summary: Summary, draft: Draft, command: Approve) -> Summary:
    told = set(summary.public.content.entries) if summary.public else set[str]()
    new = [case for case in draft.content.entries if case not in told]
    return summary.model_copy(
        update={
            "waiting": None,
            "public": draft,
            "approval": Approval(leader=command.leader, at=command.at),
            "revised_on": day_of(command.at) if summary.public else None,
            "unpublished": tuple(dict.fromkeys([*summary.unpublished, *new])),
        }
    )


def is_news(summary: Summary, content: Content) -> bool:
    """Whether a count differs from the draft last written."""
    last = summary.waiting or summary.public
    return last is None or last.content != content


def write_draft(summary: Summary, command: WriteDraft, *, now: datetime) -> list[Event]:
    """The office is told that a draft waits for approval; a count that changes nothing is not told. 二(十)"""
    if not is_news(summary, command.content):
        return []
    return [_fact(SummaryDrafted, summary, by=command, at=now, entries=len(command.content.entries))]


def approve(summary: Summary, command: Approve, *, now: datetime) -> list[Event]:
    """A named leader approves the draft, which thereby is public. Once more says nothing new. Raises `Refused` when
    nothing was drafted, or when the draft is another one than was read. 二(十)"""
    if summary.waiting is None:
        if summary.public is None:
            raise Refused("not-drafted", "this month's summary is not drafted yet, so it cannot be approved")
        return []
    if command.version not in (None, summary.waiting.version):
        raise Refused(
            "draft-changed", "the draft was written anew since; read it and approve that one", field="version"
        )
    return [
        _fact(SummaryApproved, summary, by=command, at=now),
        _fact(SummaryPublished, summary, by=command, at=now, entries=len(summary.waiting.content.entries)),
    ]


def _fact(kind: type[F], summary: Summary, *, by: Record, at: datetime, **fields: Any) -> F:
    name: str = kind.model_fields["type"].default
    identity = derive_id(by.id, name, summary.key)
    return kind(id=identity, cause=by.id, scheme=summary.scheme, month=summary.month, at=at, **fields)


def drafting(scheme: Scheme, *, month: str, today: date, calendar: Calendar) -> datetime:
    """0:00 of the first drafting day after the month, or from `today` on when that is later."""
    first_possible = max(last_day(month), today)
    return midnight(Period.parse(scheme.publication.drafted).on(first_possible, calendar))


def publish_by(scheme: Scheme, *, month: str, calendar: Calendar) -> date:
    """The last day on which the month's summary may come before the public. §3.13"""
    return Period.parse(scheme.publication.published).on(last_day(month), calendar)


def last_day(month: str) -> date:
    year, number = map(int, month.split("-"))
    return date(year, number, monthrange(year, number)[1])
