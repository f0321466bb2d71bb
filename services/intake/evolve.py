"""What an appeal becomes by each thing that is asked, said, or heard of others."""

from typing import Any

from contracts.events import (
    AppealAccepted,
    AppealDoubted,
    AppealFiled,
    AppealLinked,
    AppealMismatched,
    AppealRepeated,
    AppealReturned,
    AppealVerified,
    AppealWithdrawn,
    CaseAnswered,
    CaseClosed,
    CaseEvent,
    CaseReclassified,
    CaseReopened,
    CaseTransferred,
    TransferAnswered,
)
from contracts.record import Record
from services.intake.appeal import Appeal, Mark, Step, Transfer, Unmasking, transferred_as
from services.intake.commands import (
    Accept,
    AddAttachment,
    AnswerAtOnce,
    AskForSupplement,
    Doubt,
    FileAppeal,
    GiveSupplement,
    MatchRegistry,
    NoteFiledElsewhere,
    NoteMatter,
    NoteOriginTold,
    NoteWithdrawnElsewhere,
    Return,
    ReviewEnterprise,
    Suggest,
    Unmask,
)

SHOWN = ("appeal.", "case.", "transfer.", "clock.", "letter.", "entry.")
"""What the enterprise may read of what happens (001-49). Oversight, inspection files, accountability and protected
reports are none of it (§3.16)."""


def evolve(appeal: Appeal, record: Record) -> Appeal:
    """The appeal after a record. Events of other services may come in any order and leave the same appeal."""
    if isinstance(record, CaseEvent):
        appeal = _told(appeal, record)
    return appeal.model_copy(update=_change(appeal, record))


def _change(appeal: Appeal, record: Record) -> dict[str, Any]:
    match record:
        case FileAppeal():
            told = record.model_dump(exclude={"id", "at", "by", "type", "earlier", "dossier", "proxy", "attachments"})
            return told | {
                "dossier": record.dossier, "proxy": record.proxy, "filed_at": record.at, "filed_by": record.by,
                "attachments": record.attachments,
            }  # fmt: skip
        case AppealFiled():
            return {"scheme": record.scheme}
        case MatchRegistry():
            return {"matched": True, "registered_in": record.registered_in}
        case ReviewEnterprise():
            return {"registered_in": record.registered_in}
        case AppealMismatched():
            return {"mismatched": True}
        case AppealVerified():
            return {"verified": True}
        case AskForSupplement():
            return {"supplement_wanted": record.text}
        case GiveSupplement():
            return {"supplement_wanted": None, "supplements": (*appeal.supplements, record.text)}
        case Accept():
            return {"like": record.like, "matter": appeal.matter or record.matter}
        case AppealAccepted():
            classed = Mark(at=record.at, id=record.id, word=record.complexity) if record.complexity else None
            return {
                "category": record.category, "district": record.district, "level": record.level,
                "urgent": record.urgent, "classed": _latest(appeal.classed, classed),
            }  # fmt: skip
        case Return():
            return {"explanation": record.explanation}
        case AppealReturned():
            return {"returned": record.reason, "supplement_wanted": None}
        case AppealWithdrawn():
            return {"withdrawn": True, "supplement_wanted": None}
        case AnswerAtOnce():
            return {"at_once": record, "supplement_wanted": None}
        case Doubt():
            return {"doubts": (*appeal.doubts, record.text)}
        case Suggest():
            return {"suggestions": (*appeal.suggestions, record.text)}
        case AddAttachment():
            return {"attachments": (*appeal.attachments, record.file)}
        case Unmask():
            looked = Unmasking(by=record.by, unit=record.unit, at=record.at, purpose=record.purpose)
            return {"unmaskings": (*appeal.unmaskings, looked)}
        case AppealLinked():
            return {"linked": tuple(sorted({*appeal.linked, record.to}))}
        case AppealRepeated():
            return {"repeated": record.times}
        case CaseReclassified():
            return {"classed": _latest(appeal.classed, Mark(at=record.at, id=record.id, word=record.complexity))}
        case CaseAnswered():
            return {"answered": _latest(appeal.answered, Mark(at=record.at, id=record.id, word=record.outcome))}
        case CaseReopened() | AppealDoubted():
            return {"resumed": _latest(appeal.resumed, Mark(at=record.at, id=record.id))}
        case CaseClosed():
            return {"closing": _latest(appeal.closing, Mark(at=record.at, id=record.id, word=record.outcome))}
        case CaseTransferred():
            return {"transfers": _with(appeal, record)}
        case TransferAnswered():
            there = next((t.id for t in appeal.transfers if t.case == record.answered_as), "")
            return {"transfers": _noted(appeal, there, answered=True)}
        case NoteFiledElsewhere():
            return {"transfers": _noted(appeal, record.transfer, filed=True)}
        case NoteWithdrawnElsewhere():
            return {"transfers": _noted(appeal, record.transfer, withdrawn=True)}
        case NoteOriginTold():
            return {"origin_told": record.of}
        case NoteMatter():
            return {"matter": appeal.matter or record.matter, "joined": appeal.joined or record.own}
        case _:
            return {}


def _told(appeal: Appeal, event: CaseEvent) -> Appeal:
    if not event.type.startswith(SHOWN):
        return appeal
    step = Step(
        at=event.at,
        id=event.id,
        what=event.type,
        unit=getattr(event, "unit", None),
        outcome=getattr(event, "outcome", None) or getattr(event, "rating", None) or getattr(event, "reason", None),
    )
    return appeal.model_copy(update={"steps": tuple(sorted((*appeal.steps, step), key=lambda s: (s.at, s.id)))})


def _latest(known: Mark | None, new: Mark | None) -> Mark | None:
    return max((mark for mark in (known, new) if mark), key=lambda mark: (mark.at, mark.id), default=None)


def _with(appeal: Appeal, event: CaseTransferred) -> tuple[Transfer, ...]:
    new = Transfer(
        id=event.id, at=event.at, channel=event.channel, to_scheme=event.to_scheme, case=transferred_as(event)
    )
    return tuple(sorted((*appeal.transfers, new), key=lambda transfer: (transfer.at, transfer.id)))


def _noted(appeal: Appeal, transfer: str, **done: bool) -> tuple[Transfer, ...]:
    return tuple(t.model_copy(update=done) if t.id == transfer else t for t in appeal.transfers)
