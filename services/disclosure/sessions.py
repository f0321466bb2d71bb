"""Reception sessions as the public reads of them: when and where, until when and how to register. 001-07, 001-08

The calendar file (RFC 5545) names days, not hours: no regulation fixes the hour.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from contracts.events import (
    CaseEvent,
    SessionAnnounced,
    SessionCancelled,
    SessionDated,
    SessionEvent,
    SessionHeld,
    SessionMinuted,
    WindowClosed,
    WindowOpened,
)
from contracts.record import Instant, Record
from libs.policy.calendar import Calendar
from libs.policy.scheme import Channel, Scheme
from libs.policy.shanghai import day_of
from libs.policy.window import last_day
from services.disclosure.happening import Happening, happening
from services.disclosure.part import Part

Status = Literal["proposed", "announced", "registration-open", "registration-closed", "held", "cancelled"]


class Session(Part):
    number: str
    scheme: str = ""
    kind: str = ""
    held_on: date | None = None
    place: Literal["hall", "enterprise"] | None = None
    dated_at: Instant | None = None
    """When the day was set last."""
    times_moved: int = 0
    announced_on: date | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    took_place: date | None = None
    items: int = 0
    minuted_on: date | None = None
    cancelled_on: date | None = None
    happened: tuple[Happening, ...] = ()

    @property
    def is_public(self) -> bool:
        return self.held_on is not None and (self.announced_on is not None or self.opened_on is not None)

    @property
    def status(self) -> Status:
        if self.cancelled_on:
            return "cancelled"
        if self.took_place:
            return "held"
        if self.closed_on:
            return "registration-closed"
        if self.opened_on:
            return "registration-open"
        return "announced" if self.announced_on else "proposed"


def empty(number: str) -> Session:
    return Session(number=number)


def keys(session: Session) -> Mapping[str, Any]:
    """`public`: the day of a session that the public may know of."""
    day = session.held_on.isoformat() if session.held_on else None
    return {"scheme": session.scheme, "number": session.number, "public": day if session.is_public else None}


def evolve(session: Session, record: Record) -> Session:
    if not isinstance(record, CaseEvent):
        return session
    changes = _changes(session, record) | {"scheme": record.scheme}
    if isinstance(record, SessionEvent):
        changes["kind"] = record.kind
    if (found := happening(record)) and found not in session.happened:
        changes["happened"] = tuple(sorted((*session.happened, found), key=lambda one: (one.on, one.id)))
    return session.model_copy(update=changes)


def _changes(session: Session, event: CaseEvent) -> dict[str, Any]:
    day = day_of(event.at)
    match event:
        case SessionDated():
            moved = {"times_moved": session.times_moved + event.moved}
            if session.dated_at and event.at < session.dated_at:
                return moved
            return moved | {"held_on": event.held_on, "place": event.place, "dated_at": event.at}
        case SessionAnnounced():
            return {"announced_on": min(session.announced_on or day, day)}
        case WindowOpened():
            return {"opened_on": min(session.opened_on or day, day)}
        case WindowClosed():
            return {"closed_on": min(session.closed_on or day, day)}
        case SessionHeld():
            return {"took_place": day, "items": event.items}
        case SessionMinuted():
            return {"minuted_on": day}
        case SessionCancelled():
            return {"cancelled_on": day}
        case _:
            return {}


class Notice(NamedTuple):
    """A session as it is announced, under the scheme that holds it."""

    session: Session
    scheme: Scheme
    calendar: Calendar

    def shown(self) -> dict[str, Any]:
        """Time, days of registration and ways of registration. 001-08"""
        session, scheme = self.session, self.scheme
        assert session.held_on
        return {
            "session": session.number,
            "scheme": scheme.ref,
            "title": self.title,
            "kind": session.kind,
            "held_on": session.held_on.isoformat(),
            "place": session.place,
            "status": session.status,
            "moved": session.times_moved > 0,
            "registration": {
                "from": session.opened_on and session.opened_on.isoformat(),
                "until": (until := self.registration_until) and until.isoformat(),
                "ways": [{"channel": name, "zh": way.zh} for name, way in self.ways.items()],
            },
        }

    @property
    def ways(self) -> dict[str, Channel]:
        """By which an enterprise registers itself, or has itself registered."""
        inner = ("transfer", "session")
        return {name: way for name, way in self.scheme.channels.items() if way.kind not in inner}

    @property
    def title(self) -> str:
        rule = self.scheme.sessions.get(self.session.kind)
        return rule.zh if rule else self.scheme.title.zh

    @property
    def registration_until(self) -> date | None:
        """As the limits say; where the window was closed already, that day stays (§3.22)."""
        if self.session.closed_on:
            return self.session.closed_on - timedelta(days=1)
        assert self.session.held_on
        return last_day(self.scheme, self.session.held_on, self.calendar)


_PLACES = {"hall": "政务服务大厅", "enterprise": "企业现场", None: ""}


def as_ics(notices: Iterable[Notice]) -> str:
    """The announced sessions as a calendar (RFC 5545): lines end with CRLF, long ones are folded, a session keeps its UID,
    and one that is moved or cancelled says so with a higher SEQUENCE."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//zhitongche//sessions//ZH", "CALSCALE:GREGORIAN"]
    for notice in notices:
        lines += _event(notice)
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def _event(notice: Notice) -> list[str]:
    session = notice.session
    assert session.held_on
    assert session.dated_at
    until = notice.registration_until
    about = f"报名截止：{until.isoformat()}；" if until else ""
    ways = "、".join(way.zh for way in notice.ways.values())
    return [
        "BEGIN:VEVENT",
        f"UID:{session.number}@zhitongche",
        f"DTSTAMP:{session.dated_at:%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{session.times_moved + (session.cancelled_on is not None)}",
        f"DTSTART;VALUE=DATE:{session.held_on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{session.held_on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(notice.title)}",
        f"LOCATION:{_escaped(_PLACES[session.place])}",
        f"DESCRIPTION:{_escaped(f'{about}报名方式：{ways}')}",
        f"STATUS:{'CANCELLED' if session.cancelled_on else 'CONFIRMED'}",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    for char in ("\\", ";", ","):
        text = text.replace(char, f"\\{char}")
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def _folded(line: str) -> Iterable[str]:
    """No line longer than 75 octets; what goes on begins with a space, and no character is cut through."""
    part, size = "", 0
    for char in line:
        length = len(char.encode())
        if size + length > 75:
            yield part
            part, size = " ", 1
        part, size = part + char, size + length
    yield part
