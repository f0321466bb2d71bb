"""How a case comes about: the fold of everything that was heard, asked and said.

Facts of other services may come in any order and leave the same case.
"""

from typing import Any

from contracts.events import (
    AppealAccepted,
    AppealAnsweredAtOnce,
    AppealLinked,
    AppealRepeated,
    AppealReturned,
    AppealWithdrawn,
    CaseAnswered,
    CaseAssigned,
    CaseCalledBack,
    CaseClimbed,
    CaseClosed,
    CaseDecided,
    CaseDisputed,
    CaseListed,
    CaseRated,
    CaseRecalled,
    CaseReclassified,
    CaseReopened,
    CaseReplied,
    CaseSentBack,
    CaseStruckOff,
    CaseTaken,
    CaseTransferred,
    CaseUnresolved,
    ClockMissed,
    ClockSet,
    DisputeDecided,
    ExtensionGranted,
    ExtensionRefused,
    FinalDecisionMade,
    RectificationLifted,
    RectificationListed,
    TransferAnswered,
)
from contracts.record import Record
from services.routing import issue
from services.routing.case import (
    CallBack,
    Case,
    Dispatch,
    Extension,
    Limit,
    Plan,
    Rectification,
    Said,
    Signature,
    Transfer,
)
from services.routing.commands import (
    AskExtension,
    Decide,
    DecideFinally,
    DeclareUnresolved,
    FixPlan,
    JudgeUnresolved,
    ObjectTo,
    Reply,
    Report,
    Resubmit,
    SendToMeeting,
    SignReview,
    TellProgress,
)


def evolve(case: Case, record: Record) -> Case:
    """The case after a record."""
    case = _in_session(case, record)
    for part in (_heard, _asked, _handed, _said):
        if (changed := part(case, record)) is not case:
            return changed
    return case


def _in_session(case: Case, record: Record) -> Case:
    """What reception sessions make of it; where one only explains, its words are the answer."""
    part = issue.after(case.issue, record)
    if isinstance(record, issue.CarryInto) and record.explains:
        text = "\n".join(opinion.text for opinion in record.opinions)
        return _set(case, issue=part, answer=text, outcome=record.explained_as)
    return case if part is case.issue else _set(case, issue=part)


def _heard(case: Case, record: Record) -> Case:
    """Facts of the other services."""
    match record:
        case AppealAccepted():
            return _set(
                case,
                scheme=record.scheme,
                level=record.level,
                category=record.category,
                district=record.district,
                complexity=record.complexity,
                urgent=record.urgent,
                named_lead=record.lead,
                co_handlers=record.co_handlers,
                receiver=record.receiver,
            )
        case AppealWithdrawn():
            return _set(case, withdrawn=True)
        case AppealReturned():
            return _set(case, returned=True)
        case AppealAnsweredAtOnce():
            return _set(case, answered_at_once=True)
        case AppealLinked():
            return _set(case, linked=tuple(sorted({*case.linked, record.to})))
        case AppealRepeated():
            return _set(case, repeated=max(case.repeated, record.times))
        case TransferAnswered() if case.transfer is not None:
            answered = _set(case.transfer, answered_as=record.answered_as, outcome=record.outcome)
            return _set(case, transfer=answered)
        case ClockSet():
            known = case.limits.get(record.subject)
            if known is None or (known.at, known.due) < (record.at, record.due):
                limit = Limit(due=record.due, at=record.at)
                return _set(case, limits=dict(sorted((case.limits | {record.subject: limit}).items())))
        case ClockMissed() if record.of in case.dispatches:
            clocks = tuple(sorted({*case.missed.get(record.of, ()), record.clock}))
            return _set(case, missed=case.missed | {record.of: clocks})
        case CaseRated():
            return _set(case, rating=record.rating)
        case CaseClosed():
            return _set(case, closed_at=max(record.at, case.closed_at or record.at))
        case CaseReopened():
            return _set(
                case,
                reopened_at=max(record.at, case.reopened_at or record.at),
                rework_round=max(case.rework_round, record.round),
            )
        case CaseCalledBack():
            call = CallBack(at=record.at, way=record.way, solved=record.solved)
            if call not in case.called_back:
                return _set(case, called_back=tuple(sorted((*case.called_back, call), key=lambda c: (c.at, c.way))))
        case RectificationListed():
            known = case.rectification
            if known is None or known.at < record.at:
                listed = Rectification(unit=record.unit, due_on=record.due_on, at=record.at)
                return _set(case, rectification=listed)
        case RectificationLifted():
            return _set(case, rectified_at=max(record.at, case.rectified_at or record.at))
        case _:
            pass
    return case


def _asked(case: Case, record: Record) -> Case:
    """Commands, for the words they carry."""
    match record:
        case TellProgress():
            return _set(case, progress=(*case.progress, _words(case, record.dispatch, record, record.text)))
        case Reply():
            return _replied(case, record)
        case DecideFinally():
            return _set(case, final_answer=record.answer)
        case DeclareUnresolved() | JudgeUnresolved():
            return _set(case, opinions=(*case.opinions, record.opinion))
        case Decide():
            return _set(case, decisions=(*case.decisions, _words(case, record.dispatch, record, record.opinion)))
        case Report():
            return _set(case, reports=(*case.reports, _words(case, record.dispatch, record, record.text)))
        case FixPlan():
            unit = case.dispatches[record.dispatch].unit
            return _set(case, plan=Plan(unit=unit, at=record.at, text=record.plan))
        case SignReview():
            signature = Signature(step=record.step, by=record.by, approved=record.approved, reason=record.reason)
            return _set(case, signatures=(*case.signatures, signature))
        case Resubmit():
            return _set(
                case,
                signatures=(),
                named_lead=record.lead or case.named_lead,
                co_handlers=record.co_handlers or case.co_handlers,
            )
        case ObjectTo() if case.dispatches[record.dispatch].unit not in case.objectors:
            return _now(case, record.dispatch, objection=record.reason)
        case SendToMeeting():
            return _set(case, unclear_since=case.unclear_since or record.at)
        case AskExtension():
            asked = Extension(
                clock=record.clock, working_days=record.working_days, reason=record.reason, asked_by=record.by
            )
            return _now(case, record.dispatch, extensions=(*case.dispatches[record.dispatch].extensions, asked))
        case _:
            return case


def _handed(case: Case, record: Record) -> Case:
    """Our own facts about one hand-over."""
    match record:
        case CaseAssigned():
            dispatch = Dispatch(
                dispatch=record.subject,
                unit=record.unit,
                rung=record.rung,
                role=record.role,
                task=record.task,
                at=record.at,
                cause=record.cause,
                complexity=record.complexity,
                urgent=record.urgent,
                due_on=record.due_on,
                limited_by=_limiting(case) if record.due_on else None,
            )
            return _with(_set(case, rung=record.rung), dispatch)
        case CaseTaken():
            return _now(case, record.subject, status="taken", deemed=record.deemed)
        case CaseDisputed():
            objectors = case.objectors if record.unit in case.objectors else (*case.objectors, record.unit)
            disputed = _now(case, record.subject, status="disputed", proposed=record.proposed, disputed_at=record.at)
            return _set(disputed, objectors=objectors)
        case DisputeDecided():
            decided = _set(case, designated=case.designated or record.final)
            return decided if record.outcome == "granted" else _now(decided, record.subject, status="taken")
        case CaseRecalled():
            return _now(case, record.subject, status="recalled")
        case CaseReplied() | FinalDecisionMade():
            return _now(case, record.subject, status="replied", answered_at=record.at)
        case CaseUnresolved() if record.subject in case.dispatches:
            return _now(case, record.subject, status="unresolved")
        case CaseSentBack():
            return _now(case, record.subject, status="taken")
        case CaseDecided() if record.subject in case.dispatches:
            return _now(case, record.subject, status="decided")
        case ExtensionGranted() | ExtensionRefused():
            status = "granted" if isinstance(record, ExtensionGranted) else "refused"
            extensions = tuple(
                _set(one, status=status) if one.clock == record.clock and one.status == "asked" else one
                for one in case.dispatches[record.subject].extensions
            )
            return _now(case, record.subject, extensions=extensions)
        case _:
            return case


def _said(case: Case, record: Record) -> Case:
    """Our own facts about the case as a whole."""
    match record:
        case CaseReclassified():
            return _set(case, complexity=record.complexity)
        case CaseClimbed():
            return _set(case, rung=record.rung_to, listed=False)
        case CaseListed():
            return _set(case, rung=record.rung, listed=True, listed_for=record.kind)
        case CaseDecided():
            return _set(case, listed=False)
        case CaseTransferred():
            transfer = Transfer(
                channel=record.channel, to_scheme=record.to_scheme, direction=record.direction, at=record.at
            )
            return _set(case, transfer=transfer)
        case CaseStruckOff() if case.plan is not None:
            return _set(case, plan=_set(case.plan, struck_off=True))
        case CaseAnswered():
            return _set(case, answered_by=record.unit, listed=False)
        case _:
            return case


def _replied(case: Case, reply: Reply) -> Case:
    """A lead's answer is the enterprise's; of a matter that was split, the leads' answers stand together."""
    told = _now(case, reply.dispatch, outcome=reply.outcome, result=reply.result, answer=reply.answer)
    mine = told.dispatches[reply.dispatch]
    if mine.role != "lead":
        return told
    parts = [
        d.answer
        for d in told.dispatches.values()
        if d.answer and d.role == "lead" and d.cause == mine.cause and d.task == mine.task
    ]
    return _set(told, answer="\n".join(parts), outcome=reply.outcome)


def _limiting(case: Case) -> str | None:
    """The leader whose decision was the last."""
    decided = [d.unit for d in case.dispatches.values() if d.status == "decided"]
    return decided[-1] if decided else None


def _words(case: Case, dispatch: str, record: Record, text: str) -> Said:
    return Said(unit=case.dispatches[dispatch].unit, at=record.at, text=text)


def _set(state: Any, **changes: Any) -> Any:
    return state.model_copy(update=changes)


def _with(case: Case, dispatch: Dispatch) -> Case:
    return _set(case, dispatches=case.dispatches | {dispatch.dispatch: dispatch})


def _now(case: Case, dispatch: str, **changes: Any) -> Case:
    return _with(case, _set(case.dispatches[dispatch], **changes))
