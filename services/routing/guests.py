"""Rules of who comes to a session: invitations, registrations, attendance (001 二(一), 二(六); 000 三; 003 二(十三))."""

from collections.abc import Iterator

from contracts.events import Event, SessionInvited, case_fact
from contracts.record import Instant, derive_id
from libs.policy.directory import View
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from services.routing.session import Session
from services.routing.session_commands import (
    AnswerInvitation,
    Invite,
    RecordAttendance,
    Register,
    ScreenRegistration,
)
from services.routing.sessions import dated, rule_of


def invite(session: Session, command: Invite, *, now: Instant, scheme: Scheme, directory: View) -> Iterator[Event]:
    """Heads of units, and the principals of enterprises whose cases are on the agenda (001-05, 001-33; 000-04: units as
    needed)."""
    rule = dated(session, scheme)
    if session.items and rule.agenda and not session.agenda_approved:
        raise Refused("agenda-first", "invitations follow the approved agenda (001-33)")
    agenda = {item.case for item in session.on_agenda()}
    for guest in command.guests:
        if guest not in agenda:
            raise Refused("not-on-agenda", f"{guest} is not on the agenda", field="guests", status=422)
    invited = {(i.unit, i.guest) for i in session.invitations.values()}
    everybody = [(directory.unit(unit).unit, None) for unit in command.units] + [(None, g) for g in command.guests]
    for unit, guest in everybody:
        if (unit, guest) in invited:
            continue
        yield case_fact(
            SessionInvited,
            by=command, case=session.session, scheme=session.scheme, at=now, kind=session.kind, unit=unit, guest=guest,
            subject=derive_id("invitation", session.session, unit or guest or ""),
        )  # fmt: skip


def answer_invitation(session: Session, command: AnswerInvitation, *, scheme: Scheme) -> Iterator[Event]:
    """The receipt (001-33): whether who was invited comes."""
    dated(session, scheme)
    if command.invitation not in session.invitations:
        raise Refused("no-such-invitation", "there is no such invitation", status=404)
    yield from ()


def register(session: Session, command: Register, *, scheme: Scheme) -> Iterator[Event]:
    """An enterprise asks to attend, in the days of the notice (001-55); where guests are nominated, by whom the scheme
    says (003-40). No case comes of it."""
    rule = dated(session, scheme)
    if rule.nominations and command.nominated_by not in rule.nominations:
        raise Refused("nomination", f"guests are nominated by: {', '.join(rule.nominations)}", field="nominated_by")
    if not rule.nominations and command.nominated_by == "unit":
        raise Refused("nomination", "enterprises register themselves for this session", field="nominated_by")
    notice = session.announcement
    if notice is None:
        raise Refused("not-announced", "registration begins with the notice of the session")
    today = day_of(command.at)
    if not notice.registration_from <= today <= notice.registration_until:
        raise Refused(
            "registration-closed",
            f"registration runs from {notice.registration_from} to {notice.registration_until}",
        )
    yield from ()


def screen_registration(session: Session, command: ScreenRegistration, *, scheme: Scheme) -> Iterator[Event]:
    """Who asked to attend is chosen, or told why not (003-40)."""
    dated(session, scheme)
    if command.registration not in session.registrations:
        raise Refused("no-such-registration", "there is no such registration", status=404)
    yield from ()


def record_attendance(session: Session, command: RecordAttendance, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """Who was there, in which office, and on time (000-04, 000-31)."""
    rule_of(session, scheme)
    if session.held_on is None or day_of(now) < session.held_on:
        raise Refused("not-yet-held", "attendance is recorded on the day of the session")
    yield from ()
