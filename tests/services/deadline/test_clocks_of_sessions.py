"""Clocks that count from the day of a session, on its own number. Days of 2026 counted by hand; no holiday is near."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story import Story, at, fact, kinds, with_clocks

from contracts.events import (
    CaseEvent,
    DirectorySubmitted,
    OpinionsApproved,
    SessionCancelled,
    SessionDated,
    SessionHeld,
    WindowClosed,
    WindowOpened,
)

HY = "HY-7K3M9QXA2B4D6F8H"
DATED = {"from": "session.dated", "counted_from": "held_on", "void": ["session.cancelled"]}
SCHEME = with_clocks(
    closing=DATED
    | {"until": ["session.window_closed"], "within": "5 working days before the session", "rings": ["close-window"]},
    directory=DATED
    | {
        "until": ["session.directory_submitted"],
        "within": "5 working days before the session",
        "missed": ["supervise"],
    },
    opening={
        "from": "session.held",
        "until": ["session.window_opened"],
        "void": ["session.cancelled"],
        "within": "2nd working day after the session",
        "rings": ["open-window"],
    },
    opinions={"from": "session.held", "until": ["session.opinions_approved"], "within": "3 working days"},
)


def told(kind: type[CaseEvent], when: Any, **fields: Any) -> CaseEvent:
    return fact(kind, when, case=HY, scheme=SCHEME.ref, kind="reception", **fields)


def dated(when: Any, held_on: str) -> CaseEvent:
    return told(SessionDated, when, held_on=held_on, place="hall", moved=False)


def lived(*events: CaseEvent) -> Story:
    return Story(scheme=SCHEME, case=HY).hear_all(events)


def test_the_window_closes_at_the_beginning_of_the_fifth_working_day_before() -> None:
    """001-13, §5: before Wednesday 11 March the 10th, 9th, 6th, 5th, 4th."""
    story = lived(dated("2026-02-10 10:00", "2026-03-11"))
    assert story.clock("closing").due == at("2026-03-04 00:00")
    assert story.fall_due("2026-03-03 23:59") == []
    assert kinds(story.fall_due("2026-03-04 00:00")) == [("rang", "closing")]
    assert story.clock("closing").status == "rang"
    assert story.fall_due("2026-03-04 00:01") == [], "it rings once"


def test_the_directory_is_due_at_the_end_of_that_day() -> None:
    """001-30, §3.1"""
    story = lived(dated("2026-02-10 10:00", "2026-03-11"))
    assert story.clock("directory").due == at("2026-03-04 24:00")
    assert ("missed", "directory") in kinds(story.fall_due("2026-03-04 24:00"))


def test_the_next_window_opens_on_the_second_working_day_after() -> None:
    """001-12: held on Wednesday 11 March; the 12th, Friday the 13th."""
    story = lived(told(SessionHeld, "2026-03-11 17:00", items=3))
    assert story.clock("opening").due == at("2026-03-13 00:00")
    assert story.clock("opinions").due == at("2026-03-16 24:00")


def test_a_session_that_is_dated_again_counts_from_its_new_day() -> None:
    """§3.22: before Wednesday 18 March the 17th, 16th, 13th, 12th, 11th."""
    story = lived(dated("2026-02-10 10:00", "2026-03-11"), dated("2026-02-20 10:00", "2026-03-18"))
    assert story.clock("closing").due == at("2026-03-11 00:00")
    assert story.clock("directory").due == at("2026-03-11 24:00")


def test_a_session_dated_again_after_its_window_closed_keeps_it_closed() -> None:
    """§3.22"""
    story = lived(dated("2026-02-10 10:00", "2026-03-11"))
    story.fall_due("2026-03-04 00:00")
    story.hear_all([told(WindowClosed, "2026-03-04 00:00"), dated("2026-03-05 10:00", "2026-03-18")])
    assert story.clock("closing").status == "met"
    assert kinds(story.fall_due("2026-03-11 00:00")) == []
    assert story.clock("directory").due == at("2026-03-11 24:00")


def test_who_closes_it_by_hand_before_leaves_nothing_to_ring() -> None:
    story = lived(dated("2026-02-10 10:00", "2026-03-11"), told(WindowClosed, "2026-03-03 10:00"))
    assert story.clock("closing").status == "met"
    assert ("rang", "closing") not in kinds(story.fall_due("2026-03-04 00:00"))


def test_a_cancelled_session_owes_nothing_more() -> None:
    story = lived(dated("2026-02-10 10:00", "2026-03-11"), told(SessionCancelled, "2026-02-24 10:00"))
    assert {clock.status for clock in story.case.clocks} == {"void"}
    assert story.keys["next_due"] is None


def instant(eighths: int) -> Any:
    return at("2026-02-24 09:00") + timedelta(hours=8 * eighths)


HOURS = st.integers(0, 60)
ANY = st.one_of(
    st.builds(lambda h, d: dated(instant(h), d), HOURS, st.sampled_from(["2026-03-11", "2026-03-18", "2026-03-04"])),
    st.builds(lambda h: told(WindowOpened, instant(h)), HOURS),
    st.builds(lambda h: told(WindowClosed, instant(h)), HOURS),
    st.builds(lambda h: told(DirectorySubmitted, instant(h), items=3, pending=1), HOURS),
    st.builds(lambda h: told(SessionHeld, instant(h), items=3), HOURS),
    st.builds(lambda h: told(OpinionsApproved, instant(h), version=1), HOURS),
    st.builds(lambda h: told(SessionCancelled, instant(h)), HOURS),
)


@settings(max_examples=60)
@given(st.data(), st.lists(ANY, max_size=7))
def test_any_order_ends_in_the_same_state(data: st.DataObject, events: list[CaseEvent]) -> None:
    shuffled = data.draw(st.permutations(events + events[::2]))
    assert lived(*shuffled).case == lived(*events).case


@settings(max_examples=60)
@given(st.data(), st.lists(ANY, max_size=7))
def test_when_our_timers_ran_makes_no_difference(data: st.DataObject, events: list[CaseEvent]) -> None:
    story = Story(scheme=SCHEME, case=HY)
    for event in sorted(events, key=lambda e: (e.at, e.id)):
        story.fall_due(event.at - timedelta(hours=data.draw(st.integers(0, 30))))
        story.hear(event)
    undisturbed = lived(*events)
    for each in (story, undisturbed):
        each.fall_due("2026-06-01 00:00")
    ends = [[(c.name, c.of, c.due, c.status) for c in each.case.clocks] for each in (story, undisturbed)]
    assert ends[0] == ends[1]


@pytest.mark.parametrize("held_on", ["2026-02-25", "2026-02-20"])
def test_a_day_that_is_too_near_rings_at_once(held_on: str) -> None:
    story = lived(dated("2026-02-24 10:00", held_on))
    assert ("rang", "closing") in kinds(story.fall_due("2026-02-24 10:00"))
