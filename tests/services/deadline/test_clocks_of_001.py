"""Every clock of regulation 001, on days of 2026 counted by hand from the text and the State Council's notice.

Spring Festival: 15 to 23 February off, Saturdays 14 and 28 February worked. Qingming: 4 to 6 April off.
"""

from collections.abc import Callable
from datetime import datetime

import pytest
from story import SCHEME, Story, at, fact, kinds

from contracts.events import (
    AppealAccepted,
    AppealFiled,
    AppealMismatched,
    AppealReturned,
    AppealSupplemented,
    AppealVerified,
    AppealWithdrawn,
    CaseAssigned,
    CaseDisputed,
    CaseEvent,
    CaseRated,
    CaseRecalled,
    CaseReplied,
    CaseTaken,
    CaseUnresolved,
    DisputeDecided,
    InvitationDelivered,
    RatingInvited,
    SupplementAsked,
)
from libs.policy.scheme import AS_DECIDED

When = str | datetime
UNIT = "shi_ziranziyuanju"


def filed(when: When) -> CaseEvent:
    return fact(AppealFiled, when, channel="portal", scheme_hash="0" * 16)


def accepted(when: When) -> CaseEvent:
    return fact(AppealAccepted, when, category="land", district="445102", level="city")


def assigned(when: When, of: str = "d1", rung: str = "department", task: str = "handle") -> CaseEvent:
    return fact(CaseAssigned, when, of, unit=UNIT, rung=rung, role="lead", task=task)


def taken(when: When, of: str = "d1", *, deemed: bool = False) -> CaseEvent:
    return fact(CaseTaken, when, of, unit=UNIT, deemed=deemed)


def disputed(when: When, of: str = "d1") -> CaseEvent:
    return fact(CaseDisputed, when, of, unit=UNIT, proposed="shi_zhujianju")


def recalled(when: When, of: str = "d1") -> CaseEvent:
    return fact(CaseRecalled, when, of, unit=UNIT, reason="reassigned")


def replied(when: When, of: str = "d1") -> CaseEvent:
    return fact(CaseReplied, when, of, unit=UNIT, role="lead", outcome="solved")


# --- screening --------------------------------------------------------------------------------------------------------


def test_screening_is_due_after_three_working_days_the_worked_saturday_among_them() -> None:
    """001-18: filed on Friday 13 February; Saturday the 14th is worked, then it is the 24th and the 25th."""
    story = Story().hear_all([filed("2026-02-13 16:00")])
    clock = story.clock("screening")
    assert (clock.since, clock.due, clock.provisional) == (at("2026-02-13 16:00"), at("2026-02-25 24:00"), False)
    assert kinds(story.said) == [("started", "screening")]
    assert kinds(story.fall_due("2026-02-25 23:59")) == []
    assert kinds(story.fall_due("2026-02-25 24:00")) == [("missed", "screening")]


@pytest.mark.parametrize("end", [accepted, lambda when: fact(AppealReturned, when, reason="litigation")])
def test_screening_is_met_by_acceptance_and_by_return(end: Callable[[str], CaseEvent]) -> None:
    """001-18, 001-24"""
    story = Story().hear_all([filed("2026-02-13 16:00"), end("2026-02-25 23:59")])
    assert story.clock("screening").status == "met"


def test_screening_stands_still_during_the_second_review() -> None:
    """§3.6: three days remained on the evening of the 13th; they are the 26th, the 27th and worked Saturday the 28th."""
    story = Story().hear_all([filed("2026-02-13 16:00"), fact(AppealMismatched, "2026-02-13 16:05")])
    assert story.clock("screening").status == "paused"
    assert kinds(story.fall_due("2026-02-25 10:00")) == [], "a paused clock neither warns nor fires"
    said = story.hear(fact(AppealVerified, "2026-02-25 10:00", through="second-review"))
    assert kinds(said) == [("stopped", "second-review"), ("resumed", "screening")]
    assert story.clock("screening").due == at("2026-02-28 24:00")


def test_screening_stands_still_while_a_supplement_is_asked_for() -> None:
    """§3.24: two days remained on the evening of 23 March; after the resumption on 2 April, the 3rd and the 7th."""
    story = Story().hear_all([filed("2026-03-20 09:00")])
    assert story.clock("screening").due == at("2026-03-25 24:00")
    story.hear_all([fact(SupplementAsked, "2026-03-23 11:00"), fact(AppealSupplemented, "2026-04-02 15:00")])
    assert story.clock("screening").due == at("2026-04-07 24:00")
    assert story.clock("supplement").status == "met"


def test_an_appeal_returned_while_its_screening_stands_still_is_screened_in_time() -> None:
    """§3.24: who did not supplement is given the appeal back; the screener was not late."""
    story = Story().hear_all([filed("2026-03-20 09:00"), fact(SupplementAsked, "2026-03-23 11:00")])
    story.fall_due("2026-04-07 24:00")
    story.hear(fact(AppealReturned, "2026-04-08 09:00", reason="no-supplement"))
    assert story.clock("screening").status == "met"
    assert story.clock("supplement").status == "void"


# --- second review, supplement ----------------------------------------------------------------------------------------


def test_the_second_review_is_due_after_three_working_days() -> None:
    """001-16, §3.6"""
    story = Story().hear_all([filed("2026-02-13 16:00"), fact(AppealMismatched, "2026-02-13 16:05")])
    assert story.clock("second-review").due == at("2026-02-25 24:00")
    assert kinds(story.fall_due("2026-02-25 24:00")) == [("missed", "second-review")]
    said = story.hear(fact(AppealReturned, "2026-02-26 09:00", reason="unverified"))
    assert ("stopped", "second-review") in kinds(said)
    assert story.clock("second-review").status == "late"


def test_a_supplement_is_due_after_ten_working_days() -> None:
    """§3.24: asked on Monday 23 March; 3 April is the ninth day, and after Qingming the 7th is the tenth."""
    story = Story().hear_all([filed("2026-03-20 09:00"), fact(SupplementAsked, "2026-03-23 11:00")])
    assert story.clock("supplement").due == at("2026-04-07 24:00")
    assert kinds(story.fall_due("2026-04-07 24:00")) == [("missed", "supplement")]


def test_a_second_supplement_has_a_limit_of_its_own() -> None:
    """§3.24"""
    story = Story().hear_all(
        [
            filed("2026-03-02 09:00"),
            fact(SupplementAsked, "2026-03-02 11:00"),
            fact(AppealSupplemented, "2026-03-03 15:00"),
            fact(SupplementAsked, "2026-03-04 10:00"),
        ]
    )
    clock = story.clock("supplement")
    assert (clock.status, clock.since, clock.due) == ("running", at("2026-03-04 10:00"), at("2026-03-18 24:00"))
    assert story.clock("screening").status == "paused"


# --- acceptance, objection, arbitration -------------------------------------------------------------------------------


def test_a_department_takes_a_case_within_24_natural_hours() -> None:
    """001-21, §3.2: handed over on Friday at 15:00, due on Saturday at 15:00."""
    story = Story().hear_all([assigned("2026-03-06 15:00")])
    clock = story.clock("acceptance", "d1")
    assert (clock.due, clock.unit) == (at("2026-03-07 15:00"), UNIT)
    assert kinds(story.fall_due("2026-03-07 15:00")) == [("missed", "acceptance:d1")]
    story.hear(taken("2026-03-07 15:00", deemed=True))
    assert story.clock("acceptance", "d1").status == "late"


def test_taking_and_objecting_both_meet_the_24_hours() -> None:
    """001-21, 001-22"""
    story = Story().hear_all([assigned("2026-03-06 15:00"), taken("2026-03-07 14:59")])
    assert story.clock("acceptance", "d1").status == "met"
    assert story.clock("objection", "d1").status == "running", "who took the case may still object"
    story = Story().hear_all([assigned("2026-03-06 15:00"), disputed("2026-03-07 14:59")])
    assert story.clock("acceptance", "d1").status == "met"
    assert story.clock("objection", "d1").status == "met"


def test_the_right_to_object_stays_open_over_a_weekend() -> None:
    """001-22, §3.2: handed over on Friday at 15:00, open until Monday at 15:00."""
    story = Story().hear_all([assigned("2026-03-06 15:00")])
    assert story.clock("objection", "d1").due == at("2026-03-09 15:00")


@pytest.mark.parametrize(
    ("handed_over", "open_until"),
    [("2026-02-13 15:00", "2026-02-14 15:00"), ("2026-02-14 10:00", "2026-02-24 10:00")],
    ids=["ends on a worked Saturday", "ends in the Spring Festival"],
)
def test_the_right_to_object_is_put_off_by_days_off_alone(handed_over: str, open_until: str) -> None:
    """§3.2"""
    assert Story().hear_all([assigned(handed_over)]).clock("objection", "d1").due == at(open_until)


def test_the_right_to_object_falls_away_with_the_reply() -> None:
    story = Story().hear_all([assigned("2026-03-06 15:00"), replied("2026-03-09 10:00")])
    assert story.clock("objection", "d1").status == "void"


def test_an_objection_is_decided_by_the_end_of_the_next_working_day() -> None:
    """§3.3: objected on Friday 3 April; Qingming ends on Monday, so it is due on Tuesday."""
    story = Story().hear_all([assigned("2026-04-03 09:00"), disputed("2026-04-03 16:30")])
    assert story.clock("arbitration", "d1").due == at("2026-04-07 24:00")
    story.hear(fact(DisputeDecided, "2026-04-07 17:00", "d1", unit=UNIT, outcome="refused", final=False))
    assert story.clock("arbitration", "d1").status == "met"
    assert story.clock("reply", "d1").status == "running", "a refused unit's reply runs from its hand-over"


# --- reply ------------------------------------------------------------------------------------------------------------


def test_a_reply_is_due_after_ten_working_days_and_warned_of_two_before() -> None:
    """001-23: handed over on 12 February; the 13th, 14th, 24th to 28th, 2, 3 and 4 March are ten working days."""
    story = Story().hear_all([assigned("2026-02-12 09:00"), taken("2026-02-12 10:00")])
    assert story.clock("reply", "d1").due == at("2026-03-04 24:00")
    story.fall_due("2026-02-13 09:00")
    assert story.keys["next_due"] == at("2026-03-03 00:00")
    assert kinds(story.fall_due("2026-03-02 23:59")) == []
    assert kinds(story.fall_due("2026-03-03 00:00")) == [("warned", "reply:d1")]
    assert kinds(story.fall_due("2026-03-03 00:00")) == [], "once"
    assert story.keys["next_due"] == at("2026-03-04 24:00")
    assert kinds(story.fall_due("2026-03-04 24:00")) == [("missed", "reply:d1")]
    assert story.keys["next_due"] is None


def test_the_warning_of_a_reply_counts_working_days_too() -> None:
    """Due on Tuesday 7 April 24:00: the working day before it is Friday the 3rd, where two working days begin."""
    story = Story().hear_all([assigned("2026-03-23 11:00"), taken("2026-03-23 11:30"), disputed("2026-03-23 11:40")])
    assert story.clock("reply", "d1").due == at("2026-04-07 24:00")
    story.fall_due("2026-03-30 09:00")
    assert story.keys["next_due"] == at("2026-04-03 00:00")


def test_saying_that_it_cannot_be_solved_meets_the_reply_too() -> None:
    """001-20"""
    unresolved = fact(CaseUnresolved, "2026-03-04 23:59", "d1", unit=UNIT, rung="department")
    assert Story().hear_all([assigned("2026-02-12 09:00"), unresolved]).clock("reply", "d1").status == "met"


def test_each_unit_has_clocks_of_its_own() -> None:
    """§3.3, §3.4: after a granted objection the new unit's clocks are fresh, and the old unit's fall away."""
    story = Story().hear_all([assigned("2026-03-06 15:00"), disputed("2026-03-09 09:00")])
    story.hear_all([recalled("2026-03-09 10:00"), assigned("2026-03-09 10:00", "d2")])
    assert story.clock("reply", "d1").status == "void"
    assert (story.clock("reply", "d2").status, story.clock("reply", "d2").due) == ("running", at("2026-03-23 24:00"))
    story.hear(replied("2026-03-10 10:00", "d2"))
    assert story.clock("reply", "d2").status == "met"
    assert story.clock("reply", "d1").status == "void"


@pytest.mark.parametrize(
    ("rung", "task"), [("county", "handle"), ("session", "handle"), ("department", "final-decision")]
)
def test_only_departments_that_handle_have_the_limits_of_departments(rung: str, task: str) -> None:
    """001-19, 001-21, 001-44: the text sets counties, sessions and final decisions no limit."""
    assert Story().hear_all([assigned("2026-03-06 15:00", rung=rung, task=task)]).case.clocks == ()


# --- rating -----------------------------------------------------------------------------------------------------------


def test_the_days_to_rate_are_natural_and_not_put_off() -> None:
    """001-41, §3.8: delivered on Friday 13 February; the fifth day is the 18th, a day off, and counts."""
    story = Story().hear_all([fact(InvitationDelivered, "2026-02-13 20:00")])
    assert story.clock("rating").due == at("2026-02-18 24:00")
    assert kinds(story.fall_due("2026-02-18 24:00")) == [("missed", "rating")]


def test_a_rating_in_the_last_minute_is_in_time() -> None:
    """001-42"""
    rated = fact(CaseRated, "2026-02-18 23:59", rating="satisfied")
    assert Story().hear_all([fact(InvitationDelivered, "2026-02-13 20:00"), rated]).clock("rating").status == "met"


def test_whoever_is_not_reached_in_fifteen_working_days_stays_unrated() -> None:
    """§3.8: invited on 9 February; the 10th to the 14th, the 24th to the 28th and 2 to 6 March are fifteen."""
    story = Story().hear_all([fact(RatingInvited, "2026-02-09 12:00")])
    assert story.clock("reach").due == at("2026-03-06 24:00")
    assert kinds(story.fall_due("2026-03-06 24:00")) == [("missed", "reach")]


@pytest.mark.parametrize(
    "end", [fact(InvitationDelivered, "2026-02-09 12:00"), fact(CaseRated, "2026-02-10 12:00", rating="satisfied")]
)
def test_a_delivered_invitation_or_a_rating_is_a_reach(end: CaseEvent) -> None:
    assert Story().hear_all([fact(RatingInvited, "2026-02-09 12:00"), end]).clock("reach").status == "met"


# --- all --------------------------------------------------------------------------------------------------------------

STARTS = {
    "second-review": fact(AppealMismatched, "2026-03-02 09:00"),
    "screening": filed("2026-03-02 09:00"),
    "supplement": fact(SupplementAsked, "2026-03-02 09:00"),
    "acceptance": assigned("2026-03-02 09:00"),
    "objection": assigned("2026-03-02 09:00"),
    "arbitration": disputed("2026-03-02 09:00"),
    "reply": assigned("2026-03-02 09:00"),
    "rating": fact(InvitationDelivered, "2026-03-02 09:00"),
    "reach": fact(RatingInvited, "2026-03-02 09:00"),
}


def test_no_clock_that_a_case_starts_before_a_session_is_left_out_here() -> None:
    begun = ("appeal.", "case.assigned", "case.disputed", "rating.", "supervision.")
    assert set(STARTS) == {
        name
        for name, clock in SCHEME.clocks.items()
        if clock.from_[0].startswith(begun) and not clock.measured and clock.within != AS_DECIDED
    }


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("withdrawn_at", ["2026-03-02 08:59", "2026-03-02 09:00", "2026-03-02 10:00"])
def test_a_withdrawn_appeal_leaves_no_clock_running(name: str, withdrawn_at: str) -> None:
    """A clock that is started by what crossed the withdrawal is void at once."""
    withdrawn = fact(AppealWithdrawn, withdrawn_at)
    for events in ([STARTS[name], withdrawn], [withdrawn, STARTS[name]]):
        story = Story().hear_all(events)
        assert story.clock(name, STARTS[name].subject).status == "void"
        assert story.keys == {"next_due": None, "calendar": None}


@pytest.mark.parametrize("name", STARTS)
def test_a_clock_says_whose_it_is(name: str) -> None:
    start = STARTS[name]
    started = next(event for event in Story().hear_all([start]).said if event.clock == name)
    assert (started.cause, started.of, started.at) == (start.id, start.subject, start.at)
    assert started.unit == getattr(start, "unit", None)
    assert started.subject == (f"{name}:d1" if start.subject else name)


def test_what_would_pause_a_clock_that_has_run_out_comes_too_late() -> None:
    story = Story().hear_all([filed("2026-02-13 16:00"), fact(AppealMismatched, "2026-02-26 09:00")])
    assert story.clock("screening").status == "running", "nobody has looked at the time yet"
    assert kinds(story.fall_due("2026-02-26 09:00")) == [("missed", "screening")]


def test_a_pause_can_end_at_the_instant_it_begins() -> None:
    instant = "2026-02-13 16:05"
    events = [filed(instant), fact(AppealMismatched, instant), fact(AppealVerified, instant, through="second-review")]
    clock = Story().hear_all(events).clock("screening")
    assert (clock.status, clock.due) == ("running", at("2026-02-25 24:00"))
