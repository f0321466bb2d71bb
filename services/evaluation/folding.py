"""The fold of a case: what each record that was heard, asked or said changes in its state."""

from typing import Any

from contracts.events import (
    AppealRepeated,
    AppealWithdrawn,
    CaseAnswered,
    CaseCalledBack,
    CaseClimbed,
    CaseClosed,
    CaseDecided,
    CaseEvent,
    CasePlanFixed,
    CaseRated,
    CaseRatedAgain,
    CaseReopened,
    CaseReported,
    CaseStruckOff,
    CaseUnresolved,
    ClockEvent,
    ClockMissed,
    ClockStopped,
    CommitmentEntered,
    CorrectionMade,
    CorrectionOpened,
    FinalDecisionMade,
    InvitationDelivered,
    LetterDelivered,
    LetterFailed,
    LetterRefused,
    RatingInvited,
    RectificationLifted,
    RectificationListed,
    RungVacant,
    SessionHeld,
    SupervisionClosed,
    SupervisionOpened,
    SupervisionOrderMet,
)
from contracts.record import Record
from services.evaluation.case import Answer, Call, Case, Commitment, Decision, Exclusion, Item, Limit, Order, Trouble
from services.evaluation.commands import (
    AnswerOrder,
    AskExclusion,
    CallBack,
    DecideExclusion,
    FileSettled,
    LiftRectification,
    LookAgain,
    MakeCorrection,
    OrderUnit,
    Rate,
)


def evolve(case: Case, record: Record) -> Case:
    changes = _heard(case, record) | _asked(case, record) | _said(case, record)
    if isinstance(record, CaseEvent):
        changes["scheme"] = record.scheme
    return case.model_copy(update=changes)


def _heard(case: Case, record: Record) -> dict[str, Any]:
    match record:
        case CaseAnswered():
            return {"answers": case.answers | {record.id: Answer(unit=record.unit, at=record.at)}}
        case AppealWithdrawn():
            return {"withdrawn": True}
        case FinalDecisionMade():
            return {"finally_decided": True}
        case LetterDelivered():
            return {"delivered": tuple(sorted({*case.delivered, record.template}))}
        case LetterFailed() | LetterRefused() | RungVacant():
            return {"troubles": case.troubles | {record.id: _trouble(record)}}
        case ClockMissed():
            return _with_limit(case, record, due=record.due)
        case ClockStopped():
            return _with_limit(case, record, stopped=True, stopped_due=record.due)
        case CaseUnresolved():
            return {"unresolved": True}
        case CaseClimbed():
            return {"climbed": True}
        case AppealRepeated():
            return {"repeated": max(case.repeated, record.times)}
        case CaseDecided():
            fields = record.model_dump(include={"rung", "outcome", "session", "lead", "due_on", "at"})
            return {"decisions": case.decisions | {record.id: Decision(**fields)}}
        case CaseReported():
            return {"reports": case.reports | {record.id: record.at}}
        case CommitmentEntered():
            known = case.commitments.get(record.subject)
            if known and known.version >= record.version:
                return {}
            new = Commitment(unit=record.unit, due_on=record.due_on, version=record.version)
            return {"commitments": case.commitments | {record.subject: new}}
        case CasePlanFixed():
            if case.plan_fixed_at and case.plan_fixed_at >= record.at:
                return {}
            return {"plan_fixed_at": record.at, "plan_unit": record.unit}
        case CaseStruckOff():
            return {"struck_off_at": record.at}
        case SessionHeld():
            return {"held_as": record.kind, "held_at": record.at}
        case _:
            return {}


def _asked(case: Case, record: Record) -> dict[str, Any]:
    match record:
        case Rate():
            return {"rated_by_way": record.way}
        case CallBack():
            call = Call(**record.model_dump(include={"way", "solved", "note", "by", "at"}))
            return {"calls": case.calls | {record.id: call}}
        case AskExclusion():
            return {"exclusion": Exclusion(reason=record.reason, grounds=record.grounds, asked_by=record.by)}
        case DecideExclusion() if case.exclusion:
            decided = {"approved": record.approve, "decided_by": record.by}
            return {"exclusion": case.exclusion.model_copy(update=decided)}
        case OrderUnit():
            order = Order(unit=record.unit, what=record.what, due_on=record.due_on, by=record.by)
            return {"orders": case.orders | {record.order: order}}
        case AnswerOrder():
            return _with_order(case, record.order, done=record.done)
        case LookAgain():
            return {"sample": record.sample, "called_back": None}
        case FileSettled():
            return {"file_owed_at": None}
        case MakeCorrection() if case.correction:
            return {"correction": case.correction.model_copy(update={"evidence": record.evidence})}
        case LiftRectification() if case.rectification:
            return {"rectification": case.rectification.model_copy(update={"evidence": record.evidence})}
        case _:
            return {}


def _said(case: Case, record: Record) -> dict[str, Any]:
    match record:
        case RatingInvited():
            return {"invited_at": record.at}
        case InvitationDelivered():
            return {"invitation_delivered": True}
        case CaseRated():
            rated = {"rating": record.rating, "level": record.level, "word": record.rating}
            return rated | _after_word(case, record.rating, record)
        case CaseRatedAgain():
            return {"rated_again": record.rating, "word": record.rating} | _after_word(case, record.rating, record)
        case CaseCalledBack():
            return {"called_back": record.solved, "sample": None}
        case CaseReopened():
            return {
                "round": record.round,
                "answers_before": tuple(sorted(case.answers)),
                **dict.fromkeys(("closed", "closed_at", "word", "called_back", "sample", "invited_at"), None),
                "invitation_delivered": False,
                "delivered": (),
            }
        case CaseClosed():
            return {"closed": record.outcome, "closed_at": record.at}
        case SupervisionOpened() | SupervisionClosed():
            supervised = "open" if isinstance(record, SupervisionOpened) else "closed"
            limit = case.limits[record.subject]
            limit = limit.model_copy(update={"supervised": supervised, "supervised_due": limit.due})
            return {"limits": case.limits | {record.subject: limit}}
        case SupervisionOrderMet():
            return _with_order(case, record.subject, met=True)
        case CorrectionOpened():
            return {"correction": Item(unit=record.unit, opened_at=record.at)}
        case CorrectionMade() if case.correction:
            return {"correction": case.correction.model_copy(update={"ended_at": record.at})}
        case RectificationListed():
            return {"rectification": Item(unit=record.unit, opened_at=record.at, due_on=record.due_on)}
        case RectificationLifted() if case.rectification:
            return {"rectification": case.rectification.model_copy(update={"ended_at": record.at})}
        case _:
            return {}


def _after_word(case: Case, word: str, record: Record) -> dict[str, Any]:
    """A bad word wants a call-back of its own, and is owed to the inspection files."""
    return {"called_back": None, "file_owed_at": record.at} if word == "dissatisfied" else {}


def _with_order(case: Case, order: str, **changes: Any) -> dict[str, Any]:
    return {"orders": case.orders | {order: case.orders[order].model_copy(update=changes)}}


def _with_limit(case: Case, event: ClockEvent, **changes: Any) -> dict[str, Any]:
    known = case.limits.get(event.subject) or Limit(clock=event.clock, of=event.of)
    changes["unit"] = known.unit or event.unit
    for field in ("due", "stopped_due"):
        # Whatever comes first: of a limit that ran more than once the latest counts.
        if field in changes:
            changes[field] = max(filter(None, (changes[field], getattr(known, field))), default=None)
    return {"limits": case.limits | {event.subject: known.model_copy(update=changes)}}


def _trouble(event: LetterFailed | LetterRefused | RungVacant) -> Trouble:
    match event:
        case RungVacant():
            return Trouble(kind="vacant", reason=event.rung, audience=event.fallback, at=event.at)
        case LetterFailed():
            kind, reason = "failed", event.reason
        case LetterRefused():
            kind, reason = "refused", event.missing
    return Trouble(
        letter=event.subject,
        template=event.template,
        audience=event.audience,
        kind=kind,
        reason=reason,
        at=event.at,
    )
