"""Letters (通知): who is told what because of which event, by which way, when, and what became of it.

A document holds the letters of one case, or of one month's summary. A heard event queues what its scheme names; every
letter then waits for an instant (`not_before`) at which something is to be done about it. The words and the address of a
letter are never here: they are fetched when it is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.events import (
    AppealAccepted,
    CaseEvent,
    Event,
    LetterDelivered,
    LetterEvent,
    LetterFailed,
    LetterRefused,
    LetterSent,
    SessionDated,
    SessionInvited,
    case_fact,
)
from contracts.record import Instant, Record, derive_id
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme, Way, matches
from libs.policy.shanghai import SHANGHAI, local, stored
from services.notification.letter import (
    Letter,
    LetterCommand,
    NoteOutcome,
    Outcome,
    Postpone,
    Refuse,
    ReportReceipt,
    Reserve,
    after,
)

HERE = "notification"

ENDS: Mapping[str, frozenset[str]] = {
    "appeal.withdrawn.v1": frozenset(),
    "case.rated.v1": frozenset({"rating.invited.v1"}),
    "case.rated_again.v1": frozenset({"rating.invited.v1"}),
    "case.closed.v1": frozenset({"rating.invited.v1"}),
    "session.cancelled.v1": frozenset(),
}
"""An event → the events before it whose letters, if still waiting, nobody needs any more (what comes later, such as an
invitation after rework, is needed again); empty: those of any other, whenever it comes."""


@dataclass(frozen=True)
class Rules:
    """When a letter may go out. Times of day are Asia/Shanghai's, lengths business time.

    `back_off`: the waits after the first, second, … failed try of one way; after the last the next way is taken.
    `receipt_wait`: how long a sent letter waits for its receipt before it counts as undelivered.
    `cap`: short messages per number and day.
    """

    quiet_from: time
    quiet_until: time
    cap: int
    back_off: tuple[timedelta, ...]
    receipt_wait: timedelta


class Mail(BaseModel):
    """The letters of one document, by their id; `ends`: what was heard that makes letters needless, and when last.
    `category`: what the case is about, hence which leader is in charge; `dated`: of a session, when and where it is held."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    letters: dict[str, Letter] = {}
    ends: dict[str, Instant] = {}
    category: str | None = None
    dated: SessionDated | None = None

    def is_needed(self, letter: Letter) -> bool:
        """Whether something may still be done to bring this letter to its addressee."""
        after, at = letter.about.type, letter.about.at
        return not any(
            after != end and (not ENDS[end] or (after in ENDS[end] and at <= ended)) for end, ended in self.ends.items()
        )

    def waiting(self) -> list[Letter]:
        return [letter for letter in self.letters.values() if letter.not_before and self.is_needed(letter)]

    def calls(self) -> list[Letter]:
        """Letters that a person is to read out on the telephone now."""
        return [
            letter
            for letter in self.letters.values()
            if letter.status == "sent" and letter.way == "call" and self.is_needed(letter)
        ]

    def undelivered(self) -> list[Letter]:
        """Letters that reached nobody by any way, or could not be written; somebody has to see to them."""
        return [
            letter
            for letter in self.letters.values()
            if letter.status in ("failed", "refused") and self.is_needed(letter)
        ]


# State ------------------------------------------------------------------------------------------------------------------


def empty(key: str) -> Mail:
    return Mail(key=key)


def evolve(mail: Mail, record: Record, *, schemes: Mapping[str, Scheme]) -> Mail:
    if isinstance(record, LetterCommand):
        letter = after(mail.letters[record.letter], record)
        return mail.model_copy(update={"letters": mail.letters | {letter.id: letter}})
    if not isinstance(record, Event) or isinstance(record, LetterEvent):
        return mail
    queued = {letter.id: letter for letter in called_for(record, schemes[record.scheme])}
    ends = mail.ends
    if record.type in ENDS:
        ends = dict(sorted((ends | {record.type: max(record.at, ends.get(record.type, record.at))}).items()))
    # What is known stays as it is: the same event again, under another message, queues nothing.
    changes: dict[str, Any] = {"letters": queued | mail.letters, "ends": ends}
    match record:
        case AppealAccepted():
            changes["category"] = record.category
        case SessionDated() if mail.dated is None or (mail.dated.at, mail.dated.id) < (record.at, record.id):
            changes["dated"] = record
        case _:
            pass
    return mail.model_copy(update=changes)


def called_for(event: Event, scheme: Scheme) -> list[Letter]:
    """The letters that the scheme has written after this event."""
    return [
        Letter(
            id=letter_id(event, wanted.template, wanted.to),
            about=event,  # pyright: ignore[reportArgumentType]
            template=wanted.template,
            audience=wanted.to,
            unit=getattr(event, "unit", None) if wanted.to == "unit" else None,
            by=wanted.by,
            not_before=event.at,
        )
        for wanted in scheme.letters
        if wanted.after == event.type and matches(event, wanted.when) and _is_invited(event, wanted.to)
    ]


def _is_invited(event: Event, audience: str) -> bool:
    """An invitation is for a unit or for a guest; each has its letter."""
    if not isinstance(event, SessionInvited) or audience not in ("unit", "guest"):
        return True
    return (event.guest if audience == "guest" else event.unit) is not None


def session_of(event: Event) -> str | None:
    """The session that an event is about: its own, or the one for which it says something of a case."""
    if isinstance(event, CaseEvent) and event.is_session:
        return event.case
    return getattr(event, "session", None)


def letter_id(event: Event, template: str, audience: str) -> str:
    """`<document>:<uuid>`: it says in which document the letter is, and the same event leads to the same letter."""
    return f"{event.key}:{derive_id(event.id, template, audience, str(getattr(event, 'unit', '')))}"


def document_of(letter: str) -> str:
    return letter.rpartition(":")[0]


def keys(mail: Mail) -> dict[str, Any]:
    """`next_due`: when a letter waits no longer; `calls_since`: since when somebody is to be called; `undelivered`: of when
    the newest letter is that reached nobody."""
    return {
        "next_due": min((letter.not_before for letter in mail.waiting() if letter.not_before), default=None),
        "calls_since": min((letter.sent_at for letter in mail.calls() if letter.sent_at), default=None),
        "undelivered": max((letter.about.at for letter in mail.undelivered()), default=None),
    }


# Rules ------------------------------------------------------------------------------------------------------------------


def due(mail: Mail, now: datetime) -> list[Letter]:
    """The letters about which something is to be done now, the oldest first."""
    ripe = [(letter.not_before, letter) for letter in mail.waiting() if letter.not_before and letter.not_before <= now]
    return [letter for _, letter in sorted(ripe, key=lambda pair: (pair[0], pair[1].id))]


def quiet_until(way: Way, now: datetime, rules: Rules) -> datetime | None:
    """When the night ends in which nobody is to be disturbed; None when this way may be used now. E-mail disturbs nobody."""
    here = local(now).time()
    over_midnight = rules.quiet_from > rules.quiet_until
    late, early = here >= rules.quiet_from, here < rules.quiet_until
    if way == "email" or not (late or early if over_midnight else late and early):
        return None
    return _morning(now, rules, days=1 if over_midnight and late else 0)


def tomorrow(now: datetime, rules: Rules) -> datetime:
    """When a number that got its share of today may be written to again."""
    return _morning(now, rules, days=1)


def _morning(now: datetime, rules: Rules, *, days: int) -> datetime:
    day = local(now).date() + timedelta(days=days)
    return stored(datetime.combine(day, rules.quiet_until, SHANGHAI))


def reserve(letter: Letter, *, worker: str, now: datetime, rules: Rules) -> Reserve:
    """To be kept before the letter leaves: what is not kept by then was not sent. `worker` tells processes apart: the
    store takes two records with one id for one, and would tell each of two processes that the letter is its own."""
    attempt = letter.attempts + 1
    return Reserve(
        id=derive_id("reserve", letter.id, str(attempt), worker),
        at=now,
        by=HERE,
        letter=letter.id,
        way=letter.way,
        attempt=attempt,
        again_at=now + _wait(letter.tries, rules),
    )


def note_outcome(letter: Letter, outcome: Outcome, reason: str, *, now: datetime, rules: Rules) -> NoteOutcome:
    """What came of the letter's latest attempt, and when to look at it again."""
    match outcome:
        case "sent":
            again_at = None if letter.way == "call" else now + rules.receipt_wait
        case "throttled":
            again_at = now + _wait(letter.delays, rules)
        case "unavailable" | "unknown" if not is_given_up(letter, rules):
            again_at = now + _wait(letter.tries - 1, rules)
        case _:
            again_at = None
    return NoteOutcome(
        id=derive_id("outcome", letter.id, letter.way, str(letter.attempts), outcome),
        at=now,
        by=HERE,
        letter=letter.id,
        way=letter.way,
        attempt=letter.attempts,
        outcome=outcome,
        reason=reason,
        again_at=again_at,
    )


def is_given_up(letter: Letter, rules: Rules) -> bool:
    """Whether this way was tried as often as it may be."""
    return letter.tries > len(rules.back_off)


def postpone(letter: Letter, reason: str, *, now: datetime, until: datetime | None = None, rules: Rules) -> Postpone:
    """Without `until`: for a while, longer each time."""
    until = until or now + _wait(letter.delays, rules)
    identity = derive_id("postpone", letter.id, reason, until.isoformat())
    return Postpone(id=identity, at=now, by=HERE, letter=letter.id, until=until, reason=reason)


def refuse(letter: Letter, missing: str, *, now: datetime) -> Refuse:
    return Refuse(id=derive_id("refuse", letter.id), at=now, by=HERE, letter=letter.id, missing=missing)


def report_receipt(letter: str, way: Way, delivered: bool, reason: str, *, by: str, now: datetime) -> ReportReceipt:
    """The same report twice is one: its id follows from what it says."""
    identity = derive_id("receipt", letter, way, str(delivered))
    return ReportReceipt(id=identity, at=now, by=by, letter=letter, way=way, delivered=delivered, reason=reason)


def _wait(nth: int, rules: Rules) -> timedelta:
    return rules.back_off[min(max(nth, 0), len(rules.back_off) - 1)]


def follow(mail: Mail, record: LetterCommand, *, schemes: Mapping[str, Scheme]) -> list[Event]:
    """What is to be told of what happened to a letter. A letter that belongs to no case has no facts, only its document.

    Raises `Refused` for a letter that there is not, for a receipt of a way that was never taken, and for a letter about
    to be sent with which somebody else has dealt meanwhile.
    """
    before = mail.letters.get(record.letter)
    if before is None:
        raise no_such_letter()
    if isinstance(record, ReportReceipt) and record.way not in before.tried_by:
        raise Refused("never-sent", f"this letter was never sent by {record.way}", field="way")
    if isinstance(record, Reserve) and not _is_still_to_go(mail, before, record):
        raise Refused("moved-on", "this letter was dealt with meanwhile")
    about = before.about
    if not isinstance(about, CaseEvent):
        return []
    now = after(before, record)
    told = partial(
        case_fact,
        by=record,
        case=about.case,
        scheme=about.scheme,
        at=record.at,
        subject=before.id,
        template=before.template,
        audience=before.audience,
        unit=before.unit,
        about=about.id,
    )
    said: list[Event] = [told(LetterSent, way=way) for way in now.sent_by if way not in before.sent_by]
    if now.status != before.status:
        match now.status:
            case "delivered":
                said.append(told(LetterDelivered, way=now.delivered_by))
            case "failed":
                said.append(told(LetterFailed, reason="exhausted"))
            case "refused":
                said.append(told(LetterRefused, missing=now.reason))
            case _:
                pass
    return said


def no_such_letter() -> Refused:
    return Refused("no-such-letter", "there is no such letter", field="letter", status=404)


def _is_still_to_go(mail: Mail, letter: Letter, record: Reserve) -> bool:
    is_next = letter.way == record.way and letter.attempts + 1 == record.attempt
    return letter.is_open and is_next and mail.is_needed(letter)
