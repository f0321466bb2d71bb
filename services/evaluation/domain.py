"""Evaluation's rules: who is invited to judge, what silence means, when a case is closed, what is supervised.

Regulation 001 二(九), 二(十); decisions §3.7-3.10. The state keeps what was heard and what was said; `follows` draws
every fact that is owed and not yet said. So a fact that comes before the one it belongs to waits in the state for it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.events import (
    AppealWithdrawn,
    CaseAnswered,
    CaseAssigned,
    CaseClosed,
    CaseEvent,
    CaseRated,
    CaseRatedAgain,
    ClockEvent,
    ClockMissed,
    ClockStopped,
    Event,
    FinalDecisionMade,
    InvitationDelivered,
    LetterDelivered,
    LetterFailed,
    LetterRefused,
    RatingInvited,
    SupervisionClosed,
    SupervisionOpened,
    SupervisionRegistered,
    case_fact,
)
from contracts.record import Command, Instant, Record
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme

Judgement = Literal["satisfied", "dissatisfied"]
"""The enterprise's own word."""

# --- what is asked ----------------------------------------------------------------------------------------------------


class Rate(Command):
    """The enterprise says whether it is satisfied (满意, 不满意)."""

    type: Literal["rate"] = "rate"
    rating: Judgement


class RateAgain(Command):
    """After the final decision the enterprise says so once more."""

    type: Literal["rate-again"] = "rate-again"
    rating: Judgement


# --- what is known of a case ------------------------------------------------------------------------------------------


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(Part):
    """A limit that was missed, stopped or both. `due`: when it ran out, None while it is not known to be missed."""

    clock: str
    unit: str | None = None
    due: Instant | None = None
    stopped: bool = False
    supervised: Literal["no", "open", "closed"] = "no"


class Trouble(Part):
    """A letter that nobody got: `reason` is why no way led there, or the variable that had no value."""

    letter: str
    template: str
    audience: str
    kind: Literal["failed", "refused"]
    reason: str
    at: Instant


class Case(Part):
    case: str
    scheme: str = ""
    answered: bool = False
    withdrawn: bool = False
    finally_decided: bool = False
    delivered: tuple[str, ...] = ()
    """Templates of the letters that arrived."""
    invited: bool = False
    invitation_delivered: bool = False
    rating: Literal["satisfied", "dissatisfied", "defaulted", "unrated"] | None = None
    rated_again: Judgement | None = None
    closed: Literal["satisfied", "defaulted", "unrated", "finally-decided"] | None = None
    limits: dict[str, Limit] = {}
    troubles: dict[str, Trouble] = {}

    @property
    def supervised(self) -> list[tuple[str, Limit]]:
        """The open items of the inspection office (督查室), the oldest first."""
        items = [(subject, limit) for subject, limit in self.limits.items() if limit.supervised == "open"]
        return sorted(items, key=lambda item: str(item[1].due))

    def missed(self, clocks: frozenset[str]) -> bool:
        return any(limit.clock in clocks and limit.due is not None for limit in self.limits.values())


def empty(case: str) -> Case:
    return Case(case=case)


def keys(case: Case) -> Mapping[str, Any]:
    """`supervised_since`: due time of the oldest open item; `alarmed_at`: when the last letter went wrong."""
    return {
        "supervised_since": min((limit.due for _, limit in case.supervised if limit.due), default=None),
        "alarmed_at": max((trouble.at for trouble in case.troubles.values()), default=None),
    }


def evolve(case: Case, record: Record) -> Case:
    changes = _changes(case, record)
    if isinstance(record, CaseEvent):
        changes["scheme"] = record.scheme
    return case.model_copy(update=changes)


def _changes(case: Case, record: Record) -> dict[str, Any]:
    match record:
        case CaseAnswered():
            return {"answered": True}
        case AppealWithdrawn():
            return {"withdrawn": True}
        case FinalDecisionMade():
            return {"finally_decided": True}
        case LetterDelivered():
            return {"delivered": tuple(sorted({*case.delivered, record.template}))}
        case LetterFailed() | LetterRefused():
            return {"troubles": case.troubles | {record.id: _trouble(record)}}
        case ClockMissed():
            return _with_limit(case, record, due=record.due)
        case ClockStopped():
            return _with_limit(case, record, stopped=True)
        case RatingInvited():
            return {"invited": True}
        case InvitationDelivered():
            return {"invitation_delivered": True}
        case CaseRated():
            return {"rating": record.rating}
        case CaseRatedAgain():
            return {"rated_again": record.rating}
        case CaseClosed():
            return {"closed": record.outcome}
        case SupervisionOpened() | SupervisionClosed():
            supervised = "open" if isinstance(record, SupervisionOpened) else "closed"
            limit = case.limits[record.subject].model_copy(update={"supervised": supervised})
            return {"limits": case.limits | {record.subject: limit}}
        case _:
            return {}


def _with_limit(case: Case, event: ClockEvent, **changes: Any) -> dict[str, Any]:
    known = case.limits.get(event.subject) or Limit(clock=event.clock, unit=event.unit)
    return {"limits": case.limits | {event.subject: known.model_copy(update=changes)}}


def _trouble(event: LetterFailed | LetterRefused) -> Trouble:
    failed = isinstance(event, LetterFailed)
    return Trouble(
        letter=event.subject,
        template=event.template,
        audience=event.audience,
        kind="failed" if failed else "refused",
        reason=event.reason if failed else event.missing,
        at=event.at,
    )


# --- rules ------------------------------------------------------------------------------------------------------------


def follows(case: Case, by: Record, *, now: datetime, scheme: Scheme) -> list[Event]:
    """Everything that is owed once `by` is known and has not been said before."""
    case = evolve(case, by)
    said: list[Event] = []
    for rule in (invite, tell_delivery, judge_silence, close, register, supervise):
        for kind, fields in rule(case, by, scheme):
            fact = case_fact(kind, by=by, case=case.case, scheme=scheme.ref, at=now, **fields)
            case = evolve(case, fact)
            said.append(fact)
    return said


Owed = Iterator[tuple[type[Any], dict[str, Any]]]


def invite(case: Case, by: Record, scheme: Scheme) -> Owed:
    """Whoever was answered is invited to judge, once; who withdrew is not. 二(十)"""
    if case.answered and not case.invited and not case.withdrawn:
        yield RatingInvited, {}


def tell_delivery(case: Case, by: Record, scheme: Scheme) -> Owed:
    """The days to judge run from the invitation that arrived, by whichever way first. §3.8"""
    invitations = {letter.template for letter in scheme.letters if letter.after == "rating.invited.v1"}
    if (
        case.invited
        and not case.invitation_delivered
        and not case.withdrawn
        and invitations.intersection(case.delivered)
    ):
        yield InvitationDelivered, {}


def judge_silence(case: Case, by: Record, scheme: Scheme) -> Owed:
    """Silence of who was reached counts as satisfied and is called defaulted; who was never reached stays unrated.
    二(十), §3.7, §3.8"""
    if not case.invited or case.withdrawn or case.rating is not None:
        return
    if case.missed(scheme.clocks_missed_with("default-satisfied")):
        yield CaseRated, {"rating": "defaulted"}
    elif not case.invitation_delivered and case.missed(scheme.clocks_missed_with("close-unrated")):
        yield CaseRated, {"rating": "unrated"}


def close(case: Case, by: Record, scheme: Scheme) -> Owed:
    """A judgement closes the case; a 不满意 does so only together with the final decision. 二(十), §3.9"""
    if case.closed is not None or case.withdrawn or case.rating is None:
        return
    if case.rating != "dissatisfied":
        yield CaseClosed, {"outcome": case.rating}
    elif case.finally_decided:
        yield CaseClosed, {"outcome": "finally-decided"}


def register(case: Case, by: Record, scheme: Scheme) -> Owed:
    """What is handed to a county or a department is entered in the register and copied to 督查室. 二(九)"""
    if isinstance(by, CaseAssigned) and scheme.rung(by.rung).holder in ("county", "department"):
        yield SupervisionRegistered, {"subject": by.subject, "unit": by.unit}


def supervise(case: Case, by: Record, scheme: Scheme) -> Owed:
    """A missed limit that the scheme has supervised is an open item until the limit ends. 二(九), 三(四)"""
    if not isinstance(by, ClockEvent) or by.clock not in scheme.clocks_missed_with("supervise"):
        return
    limit = case.limits[by.subject]
    fields = {"subject": by.subject, "clock": limit.clock, "unit": limit.unit}
    if limit.due is not None and limit.supervised == "no":
        yield SupervisionOpened, fields
    if limit.due is not None and limit.stopped and limit.supervised != "closed":
        yield SupervisionClosed, fields


def rate(case: Case, command: Rate, *, now: datetime, scheme: Scheme) -> list[Event]:
    """The enterprise's judgement. Raises `Refused` before the answer, after a judgement, its default or a withdrawal."""
    if case.withdrawn:
        raise Refused("withdrawn", "the appeal was withdrawn, so there is nothing to rate")
    if not case.answered:
        raise Refused("not-answered", "the appeal is not answered yet; rate it once the answer is there")
    if case.rating in ("defaulted", "unrated"):
        raise Refused("rating-late", "the days for rating are over and the case is closed")
    if case.rating is not None:
        raise Refused("already-rated", "this case is rated; a rating is given once")
    rated = case_fact(CaseRated, by=command, case=case.case, scheme=scheme.ref, at=now, rating=command.rating)
    return [rated, *follows(evolve(case, rated), command, now=now, scheme=scheme)]


def rate_again(case: Case, command: RateAgain, *, now: datetime, scheme: Scheme) -> list[Event]:
    """How the enterprise judges the final decision; the first rating stays. Raises `Refused` but for once after it. §3.10"""
    if case.closed != "finally-decided":
        raise Refused("no-final-decision", "a second rating follows a final decision, and there is none")
    if case.rated_again is not None:
        raise Refused("already-rated", "this case is rated a second time; there is no third")
    return [case_fact(CaseRatedAgain, by=command, case=case.case, scheme=scheme.ref, at=now, rating=command.rating)]
