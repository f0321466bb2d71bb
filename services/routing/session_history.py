"""What each record makes of a session. Facts of other services may come in any order and leave the same session."""

from collections.abc import Mapping

from contracts.events import (
    AgendaApproved,
    AppealFiled,
    AppealReturned,
    AppealWithdrawn,
    ClockRang,
    OpinionsApproved,
    SessionCancelled,
    SessionDated,
    SessionHeld,
    SessionInvited,
    SessionProposed,
    WindowClosed,
    WindowOpened,
)
from contracts.record import Instant, Record
from libs.policy.scheme import Scheme
from services.routing import session_commands as asked
from services.routing.session import (
    Coordination,
    Invitation,
    Item,
    Opinion,
    Registration,
    Session,
    Talk,
    Version,
    changed,
    owing,
    propose,
    with_item,
)


def evolve(session: Session, record: Record, *, schemes: Mapping[str, Scheme]) -> Session:
    """The session after a record."""
    return _after_hearing(_after_the_items(_after_planning(session, record), record, schemes), record, schemes)


def _after_planning(session: Session, record: Record) -> Session:
    changes = {}
    match record:
        case SessionProposed():
            changes = propose(session, record)
        case asked.CreateSession():
            changes = {"scheme": record.scheme, "kind": record.kind, "leader": record.leader}
            changes |= {"place": record.place, "theme": record.theme}
        case asked.DateSession():
            changes = {"place": record.place, "theme": record.theme or session.theme}
            changes |= {"leader": session.leader or record.leader}
        case SessionDated():
            changes = {"held_on": record.held_on}
        case asked.SettleLeader():
            changes = {"leader": record.leader, "leader_because": record.reason}
        case asked.SetDuties():
            changes = {"duties": record.duties}
        case asked.Announce():
            changes = {"announcement": record.announcement}
        case SessionInvited():
            invitation = Invitation(invitation=record.subject, unit=record.unit, guest=record.guest)
            changes = {"invitations": session.invitations | {record.subject: invitation}}
        case asked.AnswerInvitation():
            answered = session.invitations[record.invitation].model_copy(
                update={"comes": record.comes, "person": record.person}
            )
            changes = {"invitations": session.invitations | {record.invitation: answered}}
        case asked.Register():
            fields = record.model_dump(include={"enterprise", "person", "phone", "nominated_by", "unit"})
            registration = Registration(registration=record.id, **fields)
            changes = {"registrations": session.registrations | {record.id: registration}}
        case asked.ScreenRegistration():
            screened = session.registrations[record.registration].model_copy(
                update={"accepted": record.accepted, "reason": record.reason}
            )
            changes = {"registrations": session.registrations | {record.registration: screened}}
        case asked.RecordAttendance():
            changes = {"attendance": (*session.attendance, *record.attendance)}
        case asked.KeepMinutes():
            changes = {"minutes": record.text}
        case asked.Settle():
            left = (effect for effect in session.owed if effect.id not in record.done)
            owed = [e.model_copy(update={"stalled": e.stalled or e.id in record.stalled}) for e in left]
            changes = {"owed": tuple(owed), "settled": session.settled + 1}
        case asked.Nudge():
            changes = {"owed": tuple(effect.model_copy(update={"stalled": False}) for effect in session.owed)}
        case _:
            pass
    return session.model_copy(update=changes) if changes else session


def _after_the_items(session: Session, record: Record, schemes: Mapping[str, Scheme]) -> Session:
    match record:
        case AppealFiled() if record.case not in session.items:
            return _waiting_or_admitted(session, record, record.case, record.at)
        case asked.TakeOver():
            return _taken_over(session, record, schemes)
        case AppealWithdrawn() | AppealReturned() | asked.WithdrawItem():
            item = session.items.get(record.case)
            return changed(session, record.case, standing="withdrawn") if item and item.live else session
        case asked.SubmitDirectory():
            for entry in record.entries:
                item = session.items.get(entry.case) or Item(case=entry.case, standing="scheduled")
                standing = item.standing if item.standing == "on-agenda" else "scheduled"
                listed = item.model_copy(update={"standing": standing, "reply_pending": entry.reply_pending})
                session = owing(with_item(session, listed), record, "schedule", entry.case)
            return session.model_copy(update={"directory_submitted": True})
        case asked.Coordinate():
            for proposal in record.proposals:
                session = changed(session, proposal.case, chosen=proposal.to_be_heard)
            fields = record.model_dump(include={"secretary", "units", "record", "proposals"})
            return session.model_copy(update={"coordination": Coordination.model_validate(fields)})
        case asked.RecordTalk():
            talk = Talk(unit=record.unit, record=record.record, at=record.at)
            return changed(session, record.case, talks=(*session.items[record.case].talks, talk))
        case asked.SubmitAgenda():
            for case in {*record.cases} - {*session.items}:
                session = with_item(session, Item(case=case, standing="scheduled"))
            for case in session.items:
                session = changed(session, case, chosen=case in record.cases)
            return session.model_copy(update={"agenda_asked_by": record.by})
        case AgendaApproved():
            for item in list(session.items.values()):
                if item.chosen and item.standing in ("admitted", "scheduled"):
                    session = owing(changed(session, item.case, standing="on-agenda"), record, "agenda", item.case)
            return session.model_copy(update={"agenda_approved": True, "agenda_asked_by": None})
        case asked.SplitItem():
            return changed(session, record.case, parts=record.parts, opinions={})
        case asked.MoveItem():
            return owing(changed(session, record.case, standing="moved"), record, "hand-on", record.case, to=record.to)
        case _:
            return session


def _taken_over(session: Session, record: asked.TakeOver, schemes: Mapping[str, Scheme]) -> Session:
    """Somebody moved it here, so that it stands in the directory; else it waits for the window as one that is filed."""
    if not session.ahead:
        return owing(with_item(session, Item(case=record.case, standing="moved")), record, "hand-on", record.case)
    if record.directly or not schemes[session.scheme].sessions[session.kind].window:
        session = with_item(session, Item(case=record.case, standing="scheduled"))
        return owing(session, record, "schedule", record.case)
    return _waiting_or_admitted(session, record, record.case, None)


def _waiting_or_admitted(session: Session, record: Record, case: str, filed_at: Instant | None) -> Session:
    """The issue's own, waiting for its window to open, or too late. What came before a window that is open by now, and
    was heard of late, is admitted with its opening."""
    if not session.takes(record.at):
        return owing(with_item(session, Item(case=case, standing="moved")), record, "hand-on", case)
    if (opened := session.opened_at) is None:
        waiting = Item(case=case, standing="rolled-over", filed_at=filed_at)
        return owing(with_item(session, waiting), record, "roll-over", case)
    session = with_item(session, Item(case=case, standing="admitted", filed_at=filed_at))
    return owing(session, record, "admit", case, at=max(record.at, opened))


def _after_hearing(session: Session, record: Record, schemes: Mapping[str, Scheme]) -> Session:
    match record:
        case WindowOpened():
            waiting = [item.case for item in session.items.values() if item.standing == "rolled-over"]
            for case in waiting:
                session = changed(session, case, standing="admitted")
            return owing(session.model_copy(update={"opened_at": record.at}), record, "admit", *waiting)
        case WindowClosed():
            late = [
                item.case
                for item in session.items.values()
                if item.standing in ("admitted", "rolled-over") and item.filed_at and item.filed_at >= record.at
            ]
            for case in late:
                session = changed(session, case, standing="moved")
            return owing(session.model_copy(update={"closed_at": record.at}), record, "hand-on", *late)
        case ClockRang() if "open-window" in schemes[record.scheme].clocks[record.clock].rings:
            return owing(session, record, "open-next", "", at=record.due)
        case asked.GiveOpinion():
            rest = [unit for unit in record.units if unit != record.lead]
            opinion = Opinion(
                outcome=record.outcome,
                text=record.text,
                lead=record.lead or (rest.pop(0) if len(rest) == 1 else None),
                co_handlers=tuple(rest),
                due_on=record.due_on,
            )
            opinions = session.items[record.case].opinions | {record.part: opinion}
            return changed(session, record.case, opinions=opinions)
        case SessionHeld():
            return _held(session, record, schemes)
        case asked.DraftOpinions():
            version = Version(version=len(session.document) + 1, text=record.text, author=record.by)
            return session.model_copy(update={"document": (*session.document, version)})
        case asked.SubmitOpinions():
            return _last_version(session, submitted=True)
        case asked.JudgeOpinions():
            judged = "approved" if record.approved else "refused"
            return _last_version(session, judged=judged, reason=record.reason)
        case OpinionsApproved():
            return owing(session, record, "decide", *(item.case for item in session.on_agenda() if item.opinions))
        case SessionCancelled():
            live = [item.case for item in session.items.values() if item.live]
            for case in live:
                session = changed(session, case, standing="moved")
            session = owing(session.model_copy(update={"cancelled": True}), record, "hand-on", *live)
            # Nothing will be counted from a session that is not held, so the next issue begins at once.
            return owing(session, record, "open-next", "") if session.opened_at else session
        case _:
            return session


def _held(session: Session, record: SessionHeld, schemes: Mapping[str, Scheme]) -> Session:
    rule = schemes[session.scheme].sessions[session.kind]
    left = [item.case for item in session.items.values() if item.standing == "scheduled"]
    for case in left:
        session = changed(session, case, standing="left-off")
    session = owing(session.model_copy(update={"held_at": record.at}), record, "leave-off", *left)
    decided = [item.case for item in session.on_agenda() if item.opinions]
    if rule.commitments:
        session = owing(session, record, "charge", *decided)
    return session if rule.opinions else owing(session, record, "decide", *decided)


def _last_version(session: Session, **changes: object) -> Session:
    *before, last = session.document
    return session.model_copy(update={"document": (*before, last.model_copy(update=changes))})
