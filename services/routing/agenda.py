"""Rules of what a session hears: directory, coordination, agenda, items (001 二(四)-(六), 000 四(一), §3.1)."""

from collections.abc import Iterator, Set
from typing import Any

from contracts.events import AgendaApproved, DirectorySubmitted, Event, SessionCoordinated, case_fact
from contracts.record import Instant, Record
from libs.identity import same_person
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.session import SessionRule
from services.routing.session import Item, Session
from services.routing.session_commands import (
    ApproveAgenda,
    Coordinate,
    MoveItem,
    RecordTalk,
    SplitItem,
    SubmitAgenda,
    SubmitDirectory,
    WithdrawItem,
)
from services.routing.sessions import ahead, dated


def submit_directory(session: Session, command: SubmitDirectory, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The appeals of the issue with their replies go to the office as the session's directory (001-28, 001-29); what
    has no reply yet is listed as such (§3.1). It may be sent again until the agenda stands."""
    _with_agenda(session, scheme)
    dated(session, scheme)
    if session.agenda_approved:
        raise Refused("agenda-stands", "the agenda is approved; move or add single items instead")
    pending = sum(entry.reply_pending for entry in command.entries)
    yield _fact(DirectorySubmitted, session, command, now, items=len(command.entries), pending=pending)


def coordinate(session: Session, command: Coordinate, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The duty secretary calls the units together and proposes what the session should hear (001-30)."""
    _with_agenda(session, scheme)
    for proposal in command.proposals:
        _live(session, proposal.case)
    yield _fact(SessionCoordinated, session, command, now)


def record_talk(session: Session, command: RecordTalk, *, scheme: Scheme) -> Iterator[Event]:
    """Before the session the unit talks with the enterprise, so that what it proposes can be done (001-53)."""
    _with_agenda(session, scheme)
    _live(session, command.case)
    yield from ()


def submit_agenda(session: Session, command: SubmitAgenda, *, scheme: Scheme, eligible: Set[str]) -> Iterator[Event]:
    """The office asks the leader who attends to approve these items (001-31). `eligible`: cases of this regulation that
    are open."""
    _with_agenda(session, scheme)
    dated(session, scheme)
    if not command.cases:
        raise Refused("agenda-empty", "name the cases that the session is to hear", field="cases", status=422)
    for case in command.cases:
        if case not in eligible:
            raise Refused("not-eligible", f"{case} is no open case of this regulation", field="cases", status=422)
        item = session.items.get(case)
        if item is not None and not item.live:
            raise Refused("not-in-the-session", f"{case} was taken out of this session", field="cases", status=422)
        if item is not None and item.standing == "rolled-over":
            raise Refused("next-issue", f"{case} waits for this session's window to open", field="cases")
    yield from ()


def approve_agenda(session: Session, command: ApproveAgenda, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The leader who attends fixes the agenda, never who asked for it (001-31)."""
    rule = dated(session, scheme)
    if session.agenda_asked_by is None:
        raise Refused("nothing-to-approve", "no agenda has been submitted; the office does that (POST …/agenda)")
    attending(session, rule, command.leader, command.by, session.agenda_asked_by)
    chosen = [i for i in session.items.values() if i.chosen and i.standing in ("admitted", "scheduled", "on-agenda")]
    yield _fact(AgendaApproved, session, command, now, items=len(chosen))


def attending(session: Session, rule: SessionRule, leader: str | None, by: str, asked_by: str) -> None:
    """Only the leader who attends approves, and nobody what he asked for himself. Raises `Refused`."""
    if rule.chair and session.leader is None:
        raise Refused("leader-not-settled", "settle first which leader attends (POST …/leader)", field="leader")
    if session.leader is not None and leader != session.leader:
        raise Refused("not-attending", "only the leader who attends this session approves", status=403)
    if same_person(by, asked_by):
        raise Refused("approves-own-request", "who asked for approval cannot give it", status=403)


def split_item(session: Session, command: SplitItem, *, scheme: Scheme) -> Iterator[Event]:
    """An item with several matters is heard in parts, each with its own opinion."""
    ahead(session, scheme)
    _live(session, command.case)
    if len(set(command.parts)) < 2 or "" in command.parts or len(set(command.parts)) != len(command.parts):
        raise Refused("not-split", "name at least two different parts", field="parts", status=422)
    yield from ()


def move_item(session: Session, command: MoveItem, *, scheme: Scheme, target: Session | None) -> Iterator[Event]:
    """An item is heard at another session of the same regulation."""
    ahead(session, scheme)
    _live(session, command.case)
    if target is None or not target.ahead or target.session == session.session:
        raise Refused("no-such-session", f"{command.to} is no other session that is still to be held", field="to")
    if target.scheme.partition("@")[0] != session.scheme.partition("@")[0]:
        raise Refused("other-regulation", "an item stays with its own regulation's sessions", field="to", status=422)
    yield from ()


def withdraw_item(session: Session, command: WithdrawItem, *, scheme: Scheme) -> Iterator[Event]:
    """An item is taken out; its case goes on below."""
    ahead(session, scheme)
    _live(session, command.case)
    yield from ()


def _with_agenda(session: Session, scheme: Scheme) -> None:
    if not ahead(session, scheme).agenda:
        raise Refused("no-agenda", "this kind of session has no agenda (such as a training)")


def _live(session: Session, case: str) -> Item:
    item = session.items.get(case)
    if item is None or not item.live:
        raise Refused("no-such-item", f"{case} is no item of this session", field="case", status=404)
    return item


def _fact(kind: Any, session: Session, by: Record, at: Instant, **fields: Any) -> Event:
    return case_fact(kind, by=by, case=session.session, scheme=session.scheme, at=at, kind=session.kind, **fields)
