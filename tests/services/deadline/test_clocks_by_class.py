"""Limits by class, limits that a decision sets, more time, and what is only measured. Days of 2026 counted by hand.

Spring Festival: 15 to 23 February off, Saturdays 14 and 28 February worked.
"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story import CASE, Story, at, fact, kinds, with_clocks

from contracts.events import (
    AppealAccepted,
    AppealFiled,
    CaseAnswered,
    CaseAssigned,
    CaseEvent,
    CaseRecalled,
    CaseReclassified,
    CaseReplied,
    CaseSentBack,
    CaseUnresolved,
    ClockMeasured,
    ExtensionGranted,
    SupervisionOrdered,
    SupervisionOrderMet,
)

HANDLE = {"rung": ["department"], "task": ["handle"]}
SCHEME = with_clocks(
    reply={
        "from": ["case.assigned", "case.sent_back"],
        "when": HANDLE,
        "until": ["case.replied", "case.unresolved"],
        "void": ["case.recalled"],
        "within": {"simple": "1 working day", "general": "2 working days", "complex": "3 working days"},
        "missed": ["supervise"],
    },
    decided={
        "from": "case.assigned",
        "when": {"task": ["carry-out"]},
        "until": ["case.replied"],
        "within": "as decided",
        "missed": ["supervise"],
    },
    order={"from": "supervision.ordered", "until": ["supervision.order_met"], "within": "as decided"},
    registering={"from": "appeal.filed", "until": ["appeal.accepted", "appeal.returned"], "measured": True},
)
UNIT = {"unit": "shi_gongxin"}


def told(kind: type[CaseEvent], when: Any, of: str = "", **fields: Any) -> CaseEvent:
    return fact(kind, when, of, scheme=SCHEME.ref, **fields)


def assigned(when: Any, complexity: str | None, of: str = "d1", **fields: Any) -> CaseEvent:
    given = {"rung": "department", "role": "lead", "task": "handle", "complexity": complexity} | UNIT | fields
    return told(CaseAssigned, when, of, **given)


def reclassified(when: Any, complexity: str) -> CaseEvent:
    return told(CaseReclassified, when, complexity=complexity)


def replied(when: Any, of: str = "d1") -> CaseEvent:
    return told(CaseReplied, when, of, role="lead", outcome="solved", **UNIT)


def unresolved(when: Any, of: str = "d1") -> CaseEvent:
    return told(CaseUnresolved, when, of, rung="department", **UNIT)


def sent_back(when: Any, of: str = "d1") -> CaseEvent:
    return told(CaseSentBack, when, of, **UNIT)


def granted(when: Any, working_days: int, clock: str = "reply", of: str = "d1") -> CaseEvent:
    return told(ExtensionGranted, when, of, clock=clock, working_days=working_days, **UNIT)


def lived(*events: CaseEvent) -> Story:
    return Story(scheme=SCHEME).hear_all(events)


# --- classes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("complexity", "due"),
    [("simple", "2026-02-14 24:00"), ("general", "2026-02-24 24:00"), ("complex", "2026-02-25 24:00")],
)
def test_the_class_decides_the_limit(complexity: str, due: str) -> None:
    """002-19, 002-20, 002-21, 003-30, 003-31, 003-32: handed over on Friday 13 February; the 14th is worked, then the
    24th, 25th."""
    assert lived(assigned("2026-02-13 16:00", complexity)).clock("reply", "d1").due == at(due)


def test_a_class_without_a_period_has_no_limit() -> None:
    story = lived(assigned("2026-02-13 16:00", "open"))
    assert story.case.clocks == ()
    assert story.keys["next_due"] is None


def test_another_class_is_counted_from_the_original_hand_over() -> None:
    """§3.25: complex since Tuesday the 24th; three working days from Friday the 13th are the 14th, 24th, 25th."""
    story = lived(assigned("2026-02-13 16:00", "simple"), reclassified("2026-02-14 10:00", "complex"))
    assert story.clock("reply", "d1").due == at("2026-02-25 24:00")
    assert kinds(story.said)[-1] == ("resumed", "reply:d1")


def test_a_shorter_class_can_make_the_unit_late_at_once() -> None:
    story = lived(assigned("2026-02-13 16:00", "complex"), reclassified("2026-02-24 10:00", "simple"))
    assert kinds(story.fall_due("2026-02-24 10:00")) == [("missed", "reply:d1")]
    assert story.clock("reply", "d1").missed == at("2026-02-14 24:00")


def test_what_was_answered_before_the_class_changed_keeps_its_limit() -> None:
    story = lived(
        assigned("2026-02-13 16:00", "complex"), replied("2026-02-24 10:00"), reclassified("2026-02-25 10:00", "simple")
    )
    assert (story.clock("reply", "d1").status, story.clock("reply", "d1").due) == ("met", at("2026-02-25 24:00"))


def test_a_class_without_a_limit_ends_it_and_a_class_with_one_brings_it_back() -> None:
    story = lived(assigned("2026-02-13 16:00", "simple"), reclassified("2026-02-14 10:00", "open"))
    assert story.clock("reply", "d1").status == "void"
    story.hear(reclassified("2026-02-14 11:00", "complex"))
    assert (story.clock("reply", "d1").status, story.clock("reply", "d1").due) == ("running", at("2026-02-25 24:00"))


# --- more time --------------------------------------------------------------------------------------------------------


def test_granted_days_come_on_top_once() -> None:
    """§3.11: the 14th and 24th, and two more: the 25th, 26th. A second grant counts for nothing."""
    story = lived(assigned("2026-02-13 16:00", "general"), granted("2026-02-14 10:00", 2))
    assert story.clock("reply", "d1").due == at("2026-02-26 24:00")
    story.hear(granted("2026-02-24 10:00", 2))
    assert story.clock("reply", "d1").due == at("2026-02-26 24:00")


def test_granted_days_stay_when_the_class_changes() -> None:
    """§3.25: three working days and two more: the 14th, 24th, 25th, 26th, 27th."""
    events = [
        assigned("2026-02-13 16:00", "general"),
        granted("2026-02-14 10:00", 2),
        reclassified("2026-02-14 11:00", "complex"),
    ]
    assert lived(*events).clock("reply", "d1").due == at("2026-02-27 24:00")
    assert lived(*reversed(events)).clock("reply", "d1").due == at("2026-02-27 24:00")


def test_granted_days_move_no_other_units_clock() -> None:
    story = lived(
        assigned("2026-02-13 16:00", "general"),
        assigned("2026-02-13 16:00", "general", "d2"),
        granted("2026-02-14 10:00", 2),
    )
    assert story.clock("reply", "d2").due == at("2026-02-24 24:00")


def test_a_decided_day_can_be_extended_too() -> None:
    carry_out = assigned("2026-02-11 10:00", None, task="carry-out", due_on="2026-02-13")
    story = lived(carry_out, granted("2026-02-12 10:00", 2, clock="decided"))
    assert story.clock("decided", "d1").due == at("2026-02-24 24:00"), "the 14th and the 24th"


# --- sent back --------------------------------------------------------------------------------------------------------


def test_what_is_sent_back_has_its_days_anew() -> None:
    story = lived(assigned("2026-02-13 16:00", "general"), unresolved("2026-02-14 10:00"))
    assert story.clock("reply", "d1").status == "met"
    story.hear(sent_back("2026-02-24 15:00"))
    assert (story.clock("reply", "d1").status, story.clock("reply", "d1").due) == ("running", at("2026-02-26 24:00"))
    story.hear(replied("2026-02-26 10:00"))
    assert story.clock("reply", "d1").status == "met"


def test_what_never_had_the_limit_gets_none_by_being_sent_back() -> None:
    story = lived(assigned("2026-02-13 16:00", "general", rung="county"), sent_back("2026-02-24 15:00"))
    assert story.case.clocks == ()


# --- as decided -------------------------------------------------------------------------------------------------------


def test_a_decided_limit_ends_with_the_day_that_was_decided() -> None:
    """001-02: a Sunday is meant as said."""
    story = lived(assigned("2026-03-11 10:00", None, task="carry-out", due_on="2026-03-22"))
    clock = story.clock("decided", "d1")
    assert (clock.due, clock.provisional) == (at("2026-03-22 24:00"), False)
    assert kinds(story.fall_due("2026-03-22 24:00")) == [("missed", "decided:d1")]


def test_a_decision_without_a_day_sets_no_limit() -> None:
    assert lived(assigned("2026-03-11 10:00", None, task="carry-out")).case.clocks == ()


def test_an_order_is_met_by_its_day() -> None:
    """001-39"""
    ordered = told(SupervisionOrdered, "2026-03-11 10:00", "o1", due_on="2026-03-13", **UNIT)
    met = told(SupervisionOrderMet, "2026-03-13 23:59", "o1", **UNIT)
    assert lived(ordered, met).clock("order", "o1").status == "met"


# --- measured ---------------------------------------------------------------------------------------------------------


def filed(when: Any) -> CaseEvent:
    return told(AppealFiled, when, channel="portal", scheme_hash="0" * 16)


def accepted(when: Any) -> CaseEvent:
    return told(AppealAccepted, when, category="land", district="445102", level="city", complexity="simple")


def test_what_has_no_number_is_measured_and_never_late() -> None:
    """000-12, 003-05, 004-09, §3.19: filed at 9:00, accepted at 10:30 of the next day."""
    story = lived(filed("2026-03-02 09:00"))
    assert story.said == []
    assert story.keys["next_due"] is None
    [said] = story.hear(accepted("2026-03-03 10:30"))
    assert isinstance(said, ClockMeasured)
    assert (said.clock, said.since, said.seconds, said.at) == (
        "registering", at("2026-03-02 09:00"), 91_800, at("2026-03-03 10:30"),
    )  # fmt: skip


def test_an_earlier_act_that_is_heard_of_later_is_what_counts() -> None:
    story = lived(filed("2026-03-02 09:00"), accepted("2026-03-02 10:00"))
    [said] = story.hear(accepted("2026-03-02 09:10"))
    assert isinstance(said, ClockMeasured)
    assert (said.seconds, [m.seconds for m in story.case.measured]) == (600, [600])


# --- any order --------------------------------------------------------------------------------------------------------

HOURS = st.integers(0, 40)


def instant(eighths: int) -> Any:
    return at("2026-02-11 09:00") + timedelta(hours=8 * eighths)


CLASSES = st.sampled_from(["simple", "general", "complex", "open"])
ANY = st.one_of(
    st.builds(lambda h, c, of: assigned(instant(h), c, of), HOURS, CLASSES, st.sampled_from(["d1", "d2"])),
    st.builds(lambda h, c: reclassified(instant(h) , c), HOURS, CLASSES),
    st.builds(lambda h, of: replied(instant(h), of), HOURS, st.sampled_from(["d1", "d2"])),
    st.builds(lambda h, of: unresolved(instant(h), of), HOURS, st.sampled_from(["d1", "d2"])),
    st.builds(lambda h, of: sent_back(instant(h), of), HOURS, st.sampled_from(["d1", "d2"])),
    st.builds(lambda h, n, of: granted(instant(h), n, of=of), HOURS, st.integers(1, 5), st.sampled_from(["d1", "d2"])),
    st.builds(lambda h, of: told(CaseRecalled, instant(h), of, reason="reassigned", **UNIT), HOURS, st.just("d1")),
    st.builds(lambda h: filed(instant(h)), HOURS),
    st.builds(lambda h: accepted(instant(h)), HOURS),
)  # fmt: skip


@settings(max_examples=100)
@given(st.data(), st.lists(ANY, max_size=9))
def test_any_order_ends_in_the_same_state(data: st.DataObject, events: list[CaseEvent]) -> None:
    shuffled = data.draw(st.permutations(events + events[::2]))
    assert _all(lived(*shuffled)) == _all(lived(*events))


def _all(story: Story) -> tuple[Any, ...]:
    """Everything but the fact that told of a start: which one did, depends on what was heard first."""
    clocks = [clock.model_copy(update={"started": ""}) for clock in story.case.clocks]
    return story.case.marks, clocks, [(m.name, m.of, m.since, m.seconds) for m in story.case.measured]


@settings(max_examples=60)
@given(st.data(), st.lists(ANY, max_size=8))
def test_when_our_timers_ran_makes_no_difference(data: st.DataObject, events: list[CaseEvent]) -> None:
    story = Story(scheme=SCHEME)
    for event in data.draw(st.permutations(events)):
        story.fall_due(instant(data.draw(HOURS)))
        story.hear(event)
    undisturbed = lived(*events)
    for each in (story, undisturbed):
        each.fall_due("2026-06-01 00:00")
    ends = [[(c.name, c.of, c.due, c.status) for c in each.case.clocks] for each in (story, undisturbed)]
    assert ends[0] == ends[1]


def test_the_answer_of_a_case_is_no_event_of_these_clocks() -> None:
    story = lived(told(CaseAnswered, "2026-03-02 09:00", outcome="solved", unit="shi_gongxin"))
    assert story.case.case == CASE
    assert story.case.marks == ()
