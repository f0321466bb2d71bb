"""Sessions as the public reads of them: as data and as a calendar file."""

from datetime import date
from typing import Any

import pytest
from facts import CALENDAR, SCHEME, SESSION, at, fact, session
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import (
    EVENTS,
    SessionAnnounced,
    SessionCancelled,
    SessionDated,
    SessionHeld,
    SessionMinuted,
    WindowClosed,
    WindowOpened,
)
from contracts.record import Record
from libs.policy.scheme import Clock
from services.disclosure import sessions
from services.disclosure.sessions import Notice, as_ics

CLOSING = Clock.model_validate(
    {
        "from": "session.dated",
        "counted_from": "held_on",
        "until": ["session.held"],
        "within": "10 working days before the session",
        "rings": ["close-window"],
        "law": "二(一)",
    }
)
LAW = SCHEME.model_copy(update={"clocks": SCHEME.clocks | {"window-closing": CLOSING}})


def of(kind: type[Any], day: int, month: int = 4, **fields: Any) -> Any:
    return fact(kind, at(day, month), case=SESSION, kind="reception", **fields)


def dated(held_on: date = date(2026, 5, 13), *, day: int = 10, moved: bool = False) -> Any:
    return of(SessionDated, day, held_on=held_on, place="hall", moved=moved)


ANNOUNCED = of(SessionAnnounced, 14, held_on=date(2026, 5, 13))
OPENED = of(WindowOpened, 10)


def notice(*records: Record, law: Any = LAW) -> Notice:
    return Notice(session(records), law, CALENDAR)


def test_a_notice_names_the_day_the_days_of_registration_and_the_ways() -> None:
    """001-07, 001-08: 明确活动时间、企业报名时间和报名方式."""
    shown = notice(dated(), ANNOUNCED, OPENED).shown()
    assert (shown["held_on"], shown["place"], shown["status"]) == ("2026-05-13", "hall", "registration-open")
    assert shown["title"] == "“直通车”现场活动"
    registration = shown["registration"]
    # Ten working days before Wednesday 13 May, over the Labour Day holiday of 1-5 May with 9 May worked: 27 April.
    assert (registration["from"], registration["until"]) == ("2026-04-10", "2026-04-26")
    assert [way["zh"] for way in registration["ways"]] == [
        "线上“直通车”平台",
        "市政务服务大厅“难办事”直通车窗口",
        "12345政务服务便民热线",
    ]


def test_a_session_nobody_announced_is_not_before_the_public() -> None:
    """001-07"""
    assert sessions.keys(session([dated()]))["public"] is None
    assert sessions.keys(session([dated(), ANNOUNCED]))["public"] == "2026-05-13"


def test_a_moved_session_keeps_its_number_and_its_closed_window() -> None:
    """001-08, §3.22: what depends on its date is announced anew."""
    closed = of(WindowClosed, 27)
    moved = dated(date(2026, 5, 20), day=28, moved=True)
    shown = notice(dated(), ANNOUNCED, OPENED, closed, moved).shown()
    assert (shown["session"], shown["held_on"], shown["moved"]) == (SESSION, "2026-05-20", True)
    assert (shown["status"], shown["registration"]["until"]) == ("registration-closed", "2026-04-26")


def test_without_a_window_registration_has_no_last_day() -> None:
    without = {name: clock for name, clock in LAW.clocks.items() if "close-window" not in clock.rings}
    shown = notice(dated(), ANNOUNCED, law=LAW.model_copy(update={"clocks": without})).shown()
    assert shown["registration"]["until"] is None


@pytest.mark.parametrize(
    ("last", "status"),
    [(of(SessionHeld, 13, 5, items=4), "held"), (of(SessionCancelled, 1, 5), "cancelled")],
)
def test_a_session_that_was_held_or_cancelled_says_so(last: Any, status: str) -> None:
    assert notice(dated(), ANNOUNCED, last).shown()["status"] == status


LIFE = [
    dated(),
    dated(date(2026, 5, 20), day=28, moved=True),
    ANNOUNCED,
    OPENED,
    of(WindowClosed, 27),
    of(SessionHeld, 20, 5, items=4),
    of(SessionMinuted, 22, 5),
    fact(EVENTS["clock.missed.v1"], at(23, 5), case=SESSION, clock="minutes", subject="minutes:", due=at(23, 5)),
]


@given(st.permutations(LIFE))
def test_any_order_of_the_same_events_ends_in_the_same_session(order: list[Record]) -> None:
    assert session(order) == session(LIFE)


# --- the calendar file --------------------------------------------------------------------------------------------------


def lines(*notices: Notice) -> list[str]:
    """As a reader of RFC 5545 takes them: unfolded."""
    text = as_ics(notices)
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    for line in text.split("\r\n"):
        assert len(line.encode()) <= 75
    return text.replace("\r\n ", "").split("\r\n")


def test_the_calendar_file_has_an_event_of_one_day_for_each_session() -> None:
    """001-07: 预告."""
    found = lines(notice(dated(), ANNOUNCED))
    assert (found[0], found[1], found[-2]) == ("BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR")
    assert f"UID:{SESSION}@zhitongche" in found
    assert "DTSTART;VALUE=DATE:20260513" in found
    assert "DTEND;VALUE=DATE:20260514" in found
    assert "DTSTAMP:20260410T020000Z" in found
    assert "SUMMARY:“直通车”现场活动" in found
    assert "STATUS:CONFIRMED" in found
    assert any(line.startswith("DESCRIPTION:报名截止：2026-04-26；报名方式：线上") for line in found)


def test_a_moved_session_is_the_same_event_with_a_higher_sequence() -> None:
    first, moved = notice(dated(), ANNOUNCED), notice(dated(), ANNOUNCED, dated(date(2026, 5, 20), day=28, moved=True))
    assert "SEQUENCE:0" in lines(first)
    assert "SEQUENCE:1" in lines(moved)
    uid = [[line for line in lines(one) if line.startswith("UID")] for one in (first, moved)]
    assert uid[0] == uid[1]
    assert "DTSTART;VALUE=DATE:20260520" in lines(moved)


def test_a_cancelled_session_is_cancelled_in_every_calendar() -> None:
    found = lines(notice(dated(), ANNOUNCED, of(SessionCancelled, 1, 5)))
    assert "STATUS:CANCELLED" in found
    assert "SEQUENCE:1" in found


def test_words_that_mean_something_to_a_calendar_are_escaped() -> None:
    rule = SCHEME.sessions["reception"].model_copy(update={"zh": "a;b,c\\d\nEND:VEVENT"})
    law = LAW.model_copy(update={"sessions": {"reception": rule}})
    assert "SUMMARY:a\\;b\\,c\\\\d\\nEND:VEVENT" in lines(notice(dated(), ANNOUNCED, law=law))


def test_a_calendar_of_nothing_is_a_calendar() -> None:
    assert as_ics([]).split("\r\n")[0] == "BEGIN:VCALENDAR"
    assert not [line for line in lines() if "VEVENT" in line]
