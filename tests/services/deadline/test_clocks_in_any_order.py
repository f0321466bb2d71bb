"""The same events end in the same state, whatever order they come in and however often."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story import Story, at, fact, kinds
from test_clocks_of_001 import accepted, assigned, disputed, filed, recalled, replied, taken

from contracts.events import (
    AppealMismatched,
    AppealReturned,
    AppealSupplemented,
    AppealVerified,
    AppealWithdrawn,
    CaseEvent,
    CaseRated,
    DisputeDecided,
    InvitationDelivered,
    RatingInvited,
    SupplementAsked,
)
from services.deadline.marks import Mark, concerns

LIFE = [
    filed("2026-02-12 16:00"),
    fact(AppealMismatched, "2026-02-12 16:00"),
    fact(AppealVerified, "2026-02-25 10:00", through="second-review"),
    fact(SupplementAsked, "2026-02-26 10:00"),
    fact(AppealSupplemented, "2026-02-27 10:00"),
    fact(SupplementAsked, "2026-03-02 10:00"),
    fact(AppealSupplemented, "2026-03-03 10:00"),
    accepted("2026-03-04 09:00"),
    assigned("2026-03-04 09:00"),
    disputed("2026-03-05 08:00"),
    fact(DisputeDecided, "2026-03-05 15:00", "d1", unit="shi_ziran", outcome="granted", final=False),
    recalled("2026-03-05 15:00"),
    assigned("2026-03-05 15:00", "d2"),
    taken("2026-03-06 15:00", "d2", deemed=True),
    replied("2026-03-23 10:00", "d2"),
    fact(RatingInvited, "2026-03-23 10:00"),
    fact(InvitationDelivered, "2026-03-23 10:01"),
    fact(CaseRated, "2026-03-28 24:00", rating="defaulted"),
]


@settings(max_examples=100)
@given(st.permutations(LIFE + LIFE[::3]))
def test_a_whole_life_ends_in_the_same_state_in_any_order(events: list[CaseEvent]) -> None:
    assert Story().hear_all(events).case == Story().hear_all(LIFE).case


SOME = st.one_of(
    st.builds(
        lambda kind, minutes: kind(_instant(minutes)),
        st.sampled_from(
            [
                filed,
                lambda i: fact(AppealMismatched, i),
                lambda i: fact(AppealVerified, i, through="registry"),
                lambda i: fact(SupplementAsked, i),
                lambda i: fact(AppealSupplemented, i),
                lambda i: fact(AppealReturned, i, reason="litigation"),
                lambda i: fact(AppealWithdrawn, i),
                lambda i: fact(RatingInvited, i),
                lambda i: fact(InvitationDelivered, i),
                lambda i: fact(CaseRated, i, rating="satisfied"),
            ]
        ),
        st.integers(0, 60),
    ),
    st.builds(
        lambda kind, hours, of: kind(_instant(hours), of),
        st.sampled_from([assigned, taken, disputed, recalled, replied]),
        st.integers(0, 60),
        st.sampled_from(["d1", "d2"]),
    ),
)


def _instant(eighths: int) -> datetime:
    """Coarse instants, so that many fall together, over three weeks around the Spring Festival."""
    return at("2026-02-11 09:00") + timedelta(hours=8 * eighths)


@settings(max_examples=200)
@given(st.data(), st.lists(SOME, max_size=9))
def test_any_events_end_in_the_same_state_in_any_order(data: st.DataObject, events: list[CaseEvent]) -> None:
    shuffled = data.draw(st.permutations(events))
    assert Story().hear_all(shuffled).case == Story().hear_all(events).case


@settings(max_examples=100)
@given(st.data(), st.lists(SOME, max_size=9))
def test_when_our_timers_ran_makes_no_difference_to_how_clocks_end(
    data: st.DataObject, events: list[CaseEvent]
) -> None:
    """§5: our own outage never makes a unit late, nor hides a miss."""
    story = Story()
    for event in data.draw(st.permutations(events)):
        story.fall_due(_instant(data.draw(st.integers(0, 90))))
        story.hear(event)
    undisturbed = Story().hear_all(events)
    for each in (story, undisturbed):
        each.fall_due("2026-06-01 00:00")
    ends = [[(c.name, c.of, c.due, c.status) for c in each.case.clocks] for each in (story, undisturbed)]
    assert ends[0] == ends[1]


@settings(max_examples=50)
@given(st.permutations(LIFE))
def test_what_was_said_last_of_each_clock_is_how_it_stands(events: list[CaseEvent]) -> None:
    story = Story().hear_all(events)
    for clock in story.case.clocks:
        last = [event for event in story.said if (event.clock, event.of) == (clock.name, clock.of)][-1]
        assert (last.type, getattr(last, "outcome", None)) == ("clock.stopped.v1", clock.outcome)


def test_a_known_event_says_nothing_again() -> None:
    story = Story().hear_all(LIFE)
    assert [said for event in LIFE for said in story.hear(event)] == []


def test_a_stop_that_comes_before_its_start_is_found_by_it_and_both_are_said() -> None:
    story = Story()
    assert story.hear(taken("2026-03-06 16:00")) == []
    said = story.hear(assigned("2026-03-06 15:00"))
    assert ("started", "acceptance:d1") in kinds(said)
    assert ("stopped", "acceptance:d1") in kinds(said)
    assert story.clock("acceptance", "d1").status == "met"


def test_a_pause_that_comes_before_its_start_is_found_by_it() -> None:
    story = Story().hear_all([fact(AppealMismatched, "2026-02-13 16:05"), filed("2026-02-13 16:00")])
    assert story.clock("screening").status == "paused"


def test_a_pause_that_is_heard_of_after_the_clock_ended_changes_the_outcome() -> None:
    events = [
        filed("2026-02-13 16:00"),
        fact(AppealMismatched, "2026-02-13 16:05"),
        fact(AppealVerified, "2026-02-25 10:00", through="second-review"),
        accepted("2026-02-26 09:00"),
    ]
    for order in permutations(events):
        story = Story().hear_all(order)
        clock = story.clock("screening")
        assert (clock.status, clock.due, clock.missed) == ("met", at("2026-02-28 24:00"), None)


def test_an_act_counts_by_its_own_instant_not_by_its_arrival() -> None:
    """§5: our own outage never makes a unit late. The miss that was said is corrected."""
    story = Story().hear_all([assigned("2026-02-12 09:00")])
    story.fall_due("2026-03-04 24:00")
    assert story.clock("reply", "d1").status == "missed"
    said = story.hear(replied("2026-03-04 23:59"))
    assert ("stopped", "reply:d1") in kinds(said)
    assert (story.clock("reply", "d1").status, story.clock("reply", "d1").missed) == ("met", None)


def test_an_act_of_the_due_instant_is_late_and_the_miss_is_said_before_it() -> None:
    """Before `due` is in time. Our timer's own lateness hides no miss."""
    story = Story().hear_all([assigned("2026-02-12 09:00"), taken("2026-02-12 10:00")])
    said = story.hear(replied("2026-03-04 24:00"))
    assert kinds(said)[-2:] == [("missed", "reply:d1"), ("stopped", "reply:d1")]
    assert story.clock("reply", "d1").status == "late"


def test_a_hand_over_is_taken_even_if_its_systems_clock_runs_behind_ours() -> None:
    story = Story().hear_all([assigned("2026-03-06 15:00"), taken("2026-03-06 14:59")])
    assert (story.clock("acceptance", "d1").status, story.clock("acceptance", "d1").stopped) == (
        "met",
        at("2026-03-06 15:00"),
    )


def test_what_concerns_one_hand_over_leaves_the_others_alone() -> None:
    story = Story().hear_all([assigned("2026-03-06 15:00"), assigned("2026-03-06 15:00", "d2")])
    story.hear_all([taken("2026-03-06 15:30"), replied("2026-03-06 16:00")])
    assert {clock.of for clock in story.case.running} == {"d2"}
    story.hear(recalled("2026-03-06 16:00", "d2"))
    assert story.case.running == []
    assert {clock.status for clock in story.case.clocks if clock.of == "d2"} == {"void"}


def test_facts_of_one_case_never_share_an_id() -> None:
    said = Story().hear_all(LIFE).said
    assert len({event.id for event in said}) == len(said)


@pytest.mark.parametrize(
    ("event", "clock", "theirs"),
    [("d1", "d1", True), ("d1", "d2", False), ("", "d1", True), ("d1", "", True), ("", "", True)],
)
def test_an_event_of_one_hand_over_concerns_its_own_clocks_and_the_whole_cases(
    event: str, clock: str, theirs: bool
) -> None:
    marks = [Mark(id=of, type="", at=at("2026-03-06 15:00"), of=of, unit=None, starts=()) for of in (event, clock)]
    assert concerns(*marks) is theirs
