"""Rules of planning a session: its day, place, leader, notice and window (001 二(一), 二(六); 000 二; §3.22).

Each is a plain function of the session, what is asked or heard, the instant and the scheme.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.events import (
    ClockRang,
    Event,
    SessionAnnounced,
    SessionCancelled,
    SessionDated,
    SessionMinuted,
    WindowClosed,
    WindowOpened,
    case_fact,
)
from contracts.record import Instant, Record
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.session import SessionRule
from libs.policy.shanghai import day_of
from services.routing.session import Session
from services.routing.session_commands import (
    Announce,
    CancelSession,
    CreateSession,
    DateSession,
    KeepMinutes,
    OpenWindow,
    SetDuties,
    SettleLeader,
)


def rule_of(session: Session, scheme: Scheme) -> SessionRule:
    """Raises `Refused` (404) for a session that nobody knows."""
    if not session.known:
        raise Refused("no-such-session", "there is no such session", field="session", status=404)
    return scheme.sessions[session.kind]


def ahead(session: Session, scheme: Scheme) -> SessionRule:
    """The rule of a session that is still to be held. Raises `Refused` when it is held, cancelled or unknown."""
    rule = rule_of(session, scheme)
    if session.cancelled:
        raise Refused("session-cancelled", "this session was cancelled; its items wait for the next one")
    if session.held_at is not None:
        raise Refused("session-held", "this session has been held; what is left to decide belongs to the next one")
    return rule


def dated(session: Session, scheme: Scheme) -> SessionRule:
    """The rule of a session that is still to be held on a day that a person confirmed."""
    rule = ahead(session, scheme)
    if session.held_on is None:
        raise Refused("not-dated", "confirm the session's day first (POST …/date)", field="held_on")
    return rule


def whose_turn(leaders: Sequence[str], last: str | None) -> str | None:
    """Who attends after `last` did: leaders take turns in the directory's order (001-01 依次). None where no post is
    filled."""
    if not leaders:
        return None
    return leaders[(leaders.index(last) + 1) % len(leaders)] if last in leaders else leaders[0]


def create(
    session: Session, command: CreateSession, *, now: Instant, scheme: Scheme, working: bool, first: bool
) -> Iterator[Event]:
    """The office sets up a session that no calendar proposes (000-01, 001-50, 003-11, 003-29, 003-50, 004-07)."""
    if command.kind not in scheme.sessions:
        known = ", ".join(scheme.sessions) or "none"
        raise Refused("unknown-kind", f"this regulation knows the sessions {known}", field="kind", status=422)
    named = session.model_copy(update={"scheme": command.scheme, "kind": command.kind})
    yield from _on_a_day(named, command, now=now, scheme=scheme, working=working, first=first)


def date_session(
    session: Session, command: DateSession, *, now: Instant, scheme: Scheme, working: bool, first: bool
) -> Iterator[Event]:
    """A person confirms the proposed day or moves it (001-09); what depends on it is counted anew. A window that has
    closed stays closed (§3.22)."""
    ahead(session, scheme)
    yield from _on_a_day(session, command, now=now, scheme=scheme, working=working, first=first)


def _on_a_day(
    session: Session,
    command: CreateSession | DateSession,
    *,
    now: Instant,
    scheme: Scheme,
    working: bool,
    first: bool,
) -> Iterator[Event]:
    rule = scheme.sessions[session.kind]
    if not working:
        raise Refused(
            "day-off", f"{command.held_on} is a day off; choose a working day before or after it", field="held_on"
        )
    if command.held_on < day_of(now):
        raise Refused("day-past", f"{command.held_on} is past; choose a day from today on", field="held_on")
    if command.place not in rule.places:
        raise Refused("wrong-place", f"this session is held at: {', '.join(rule.places)}", field="place", status=422)
    if rule.theme and not (command.theme or session.theme):
        raise Refused("theme-missing", "each of these sessions has one theme; name it", field="theme", status=422)
    was = session.day
    moved = was is not None and was != command.held_on
    yield case_fact(
        SessionDated,
        by=command, case=session.session, scheme=session.scheme, at=now, kind=session.kind, held_on=command.held_on,
        place=command.place, moved=moved,
    )  # fmt: skip
    if rule.window and first and session.opened_at is None:
        # No session came before, so no clock will ever open its window.
        yield _fact(WindowOpened, session, command, now)


def settle_leader(
    session: Session, command: SettleLeader, *, scheme: Scheme, leaders: Sequence[str]
) -> Iterator[Event]:
    """The office settles which leader attends (001-32). `leaders`: those of the rota who hold a post."""
    rule = ahead(session, scheme)
    if command.leader is None or (rule.chair and not leaders):
        raise Refused(
            "nobody-to-chair",
            f"no post of rank {' or '.join(rule.chair) or 'leader'} is filled; enter a leader in the directory",
            field="leader",
        )
    if command.leader not in leaders:
        raise Refused(
            "not-on-the-rota",
            f"{command.leader} holds no post that chairs this session, or it is vacant; name one of {', '.join(leaders)}",
            field="leader",
            status=422,
        )
    yield from ()


def set_duties(session: Session, command: SetDuties, *, scheme: Scheme) -> Iterator[Event]:
    """Who does what on the day (001-34)."""
    ahead(session, scheme)
    yield from ()


def announce(session: Session, command: Announce, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The notice with the day, and the days and ways of registering, stands before the public (001-07, 001-08)."""
    dated(session, scheme)
    assert session.held_on is not None
    notice = command.announcement
    if not notice.ways:
        raise Refused("ways-missing", "say in which ways enterprises register", field="ways", status=422)
    if not notice.registration_from <= notice.registration_until <= session.held_on:
        raise Refused(
            "registration-days",
            "registration begins before it ends, and ends by the session",
            field="registration_until",
        )
    yield case_fact(
        SessionAnnounced,
        by=command, case=session.session, scheme=session.scheme, at=now, kind=session.kind, held_on=session.held_on,
    )  # fmt: skip


def open_window(session: Session, command: OpenWindow, *, scheme: Scheme) -> Iterator[Event]:
    """So many working days after the last session, appeals are taken in for this one (001-07); those that waited are
    admitted (001-11)."""
    if session.ahead and scheme.sessions[session.kind].window and session.opened_at is None:
        yield _fact(WindowOpened, session, command, command.at)


def ring(session: Session, event: ClockRang, *, scheme: Scheme) -> Iterator[Event]:
    """So many working days before the session its window closes (001-10), once: a later day does not open it again."""
    if "close-window" in scheme.clocks[event.clock].rings and session.ahead and session.closed_at is None:
        yield _fact(WindowClosed, session, event, event.due)


def keep_minutes(session: Session, command: KeepMinutes, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The session ends in a decision or minutes (000-20)."""
    rule_of(session, scheme)
    if session.held_at is None:
        raise Refused("not-held", "minutes are kept of a session that was held")
    yield _fact(SessionMinuted, session, command, now)


def cancel(session: Session, command: CancelSession, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The session will not take place; its items wait for the next."""
    ahead(session, scheme)
    yield _fact(SessionCancelled, session, command, now)


def _fact(kind: Any, session: Session, by: Record, at: Instant) -> Event:
    return case_fact(kind, by=by, case=session.session, scheme=session.scheme, at=at, kind=session.kind)
