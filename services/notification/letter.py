"""One letter: the ways it is to go, what happens to it, and how it stands after that. Pure."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.events import AnyEvent
from contracts.record import Code, Command, Instant, Party
from libs.policy.scheme import Audience, Way

Status = Literal["queued", "sending", "sent", "delivered", "failed", "refused"]
Outcome = Literal["delivered", "sent", "rejected", "throttled", "unavailable", "unknown"]
"""What came of handing a letter to a provider. `rejected`: never by this way; `throttled`: later; `unavailable`: not
now; `unknown`: nobody can say whether it went out."""


class Letter(BaseModel):
    """One letter to one addressee. `tries` counts on the present way, `attempts` on all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    about: AnyEvent
    template: Code
    audience: Audience
    unit: Party | None
    by: tuple[Way, ...]
    not_before: Instant | None
    status: Status = "queued"
    nth_way: int = 0
    tries: int = 0
    attempts: int = 0
    delays: int = 0
    tried_by: tuple[Way, ...] = ()
    sent_by: tuple[Way, ...] = ()
    sent_at: Instant | None = None
    delivered_by: Way | None = None
    delivered_at: Instant | None = None
    reason: str = ""

    @property
    def way(self) -> Way:
        return self.by[self.nth_way]

    @property
    def is_open(self) -> bool:
        """Not yet sent by its present way."""
        return self.status in ("queued", "sending")


# What happens to it ------------------------------------------------------------------------------------


class LetterCommand(Command):
    letter: str


class Reserve(LetterCommand):
    """The letter is about to be handed over, for the n-th time; `again_at`: when to look again should we die now."""

    type: Literal["reserve"] = "reserve"
    way: Way
    attempt: int
    again_at: Instant


class NoteOutcome(LetterCommand):
    """What came of it. `again_at`: the next try, or how long a receipt is waited for; None: neither."""

    type: Literal["note-outcome"] = "note-outcome"
    way: Way
    attempt: int
    outcome: Outcome
    reason: Code
    again_at: Instant | None


class Postpone(LetterCommand):
    """It must wait: quiet hours, the daily cap, or a service that cannot tell us its content."""

    type: Literal["postpone"] = "postpone"
    until: Instant
    reason: Code


class Refuse(LetterCommand):
    """A variable of its template has no value."""

    type: Literal["refuse"] = "refuse"
    missing: Code


class ReportReceipt(LetterCommand):
    """A provider, or the operator who called, says whether it arrived."""

    type: Literal["report-receipt"] = "report-receipt"
    way: Way
    delivered: bool
    reason: Code


# How it stands after that ---------------------------------------------------------------------------------------------


def after(letter: Letter, record: LetterCommand) -> Letter:
    """The letter as it stands after this happened to it, in whatever order reports come in."""
    match record:
        case Reserve():
            return letter.model_copy(
                update={
                    "status": "sending",
                    "attempts": record.attempt,
                    "tries": letter.tries + 1,
                    "tried_by": (*letter.tried_by, *({record.way} - {*letter.tried_by})),
                    "not_before": record.again_at,
                }
            )
        case NoteOutcome():
            return _after_outcome(letter, record)
        case Postpone() | Refuse() if not letter.is_open:
            return letter
        case Postpone():
            return letter.model_copy(
                update={"not_before": record.until, "delays": letter.delays + 1, "reason": record.reason}
            )
        case Refuse():
            return letter.model_copy(update={"status": "refused", "not_before": None, "reason": record.missing})
        case ReportReceipt(delivered=True):
            return _delivered(_sent(letter, record.way, record.at), record.way, record.at)
        case ReportReceipt():
            return _next_way(letter, record) if _is_on(letter, record.way) else letter
        case _:
            raise TypeError(f"nothing can happen to a letter by {record.type!r}")


def _after_outcome(letter: Letter, record: NoteOutcome) -> Letter:
    # A provider may be slower than we were patient: the letter may have gone on, or been tried again, meanwhile.
    is_latest = letter.is_open and letter.way == record.way and letter.attempts == record.attempt
    match record.outcome:
        case "delivered":
            return _delivered(_sent(letter, record.way, record.at), record.way, record.at)
        case "sent":
            sent = _sent(letter, record.way, record.at)
            update = {"status": "sent", "not_before": record.again_at, "reason": record.reason}
            return sent.model_copy(update=update) if _is_on(letter, record.way) else sent
        case _ if not is_latest:
            return letter
        case "throttled":
            update = {"status": "queued", "tries": letter.tries - 1, "delays": letter.delays + 1}
            return letter.model_copy(update=update | {"not_before": record.again_at, "reason": record.reason})
        case "unavailable" | "unknown" if record.again_at is not None:
            update = {"status": "queued", "not_before": record.again_at, "reason": record.reason}
            return letter.model_copy(update=update)
        case _:
            return _next_way(letter, record)


def _is_on(letter: Letter, way: Way) -> bool:
    return letter.way == way and (letter.is_open or letter.status == "sent")


def _sent(letter: Letter, way: Way, at: datetime) -> Letter:
    if way in letter.sent_by:
        return letter
    return letter.model_copy(update={"sent_by": (*letter.sent_by, way), "sent_at": at})


def _delivered(letter: Letter, way: Way, at: datetime) -> Letter:
    if letter.status == "delivered":
        return letter
    update = {"status": "delivered", "not_before": None, "delivered_by": way, "delivered_at": at, "reason": ""}
    return letter.model_copy(update=update)


def _next_way(letter: Letter, record: NoteOutcome | ReportReceipt) -> Letter:
    if letter.nth_way + 1 == len(letter.by):
        return letter.model_copy(update={"status": "failed", "not_before": None, "reason": record.reason})
    update = {"status": "queued", "nth_way": letter.nth_way + 1, "tries": 0, "delays": 0, "not_before": record.at}
    return letter.model_copy(update=update | {"reason": record.reason})
