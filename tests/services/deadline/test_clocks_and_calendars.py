"""What a new calendar changes, and what is said once when an instant comes."""

from datetime import timedelta
from typing import Any

import pytest
from story import CN, NEW_YEAR_2027, NOTICES, SCHEME, Story, at, fact, kinds
from test_clocks_of_001 import assigned, filed, replied, taken

from contracts.events import AppealMismatched, AppealVerified, ClockMissed, ClockRecomputed, ClockStarted, ClockWarned
from libs.policy.calendar import Calendar
from libs.policy.calendars import Calendars
from libs.policy.notice import YearNotice, render
from services.deadline.calendars import ImportNotice, empty, evolve
from services.deadline.domain import warnings

CN_2027 = Calendar.from_years([*NOTICES, NEW_YEAR_2027])


def across_new_year() -> Story:
    """Handed over on Thursday 24 December 2026 and taken; the plain week would make 7 January the tenth day."""
    return Story().hear_all(
        [assigned("2026-12-24 10:00"), taken("2026-12-24 11:00"), replied("2026-12-24 11:00", "dx")]
    )


def test_a_due_time_in_a_year_without_a_notice_is_provisional() -> None:
    """§3.21"""
    clock = across_new_year().clock("reply", "d1")
    assert (clock.due, clock.provisional, clock.calendar) == (at("2027-01-07 24:00"), True, CN.version)


def test_24_natural_hours_are_never_provisional() -> None:
    story = Story().hear_all([assigned("2026-12-31 10:00")])
    assert not story.clock("acceptance", "d1").provisional
    assert story.clock("objection", "d1").provisional


def test_the_official_notice_moves_what_runs() -> None:
    """§3.21: with 1 January off, the tenth working day is the 8th."""
    story = across_new_year()
    said = story.recount(CN_2027, "2026-12-28 09:00")
    moved = next(event for event in said if event.clock == "reply")
    assert isinstance(moved, ClockRecomputed)
    assert (moved.was, moved.due, moved.provisional) == (at("2027-01-07 24:00"), at("2027-01-08 24:00"), False)
    assert (moved.calendar, moved.cause, moved.at) == (
        CN_2027.version,
        "recount 2026-12-28 09:00",
        at("2026-12-28 09:00"),
    )
    assert story.clock("reply", "d1").due == at("2027-01-08 24:00")
    assert story.recount(CN_2027, "2026-12-28 10:00") == []


def test_what_has_ended_is_not_counted_again() -> None:
    story = across_new_year()
    story.hear(replied("2026-12-30 10:00"))
    story.fall_due("2026-12-30 10:00")
    assert kinds(story.recount(CN_2027, "2027-01-04 09:00")) == []
    assert story.clock("reply", "d1").calendar == CN.version


def test_a_recounted_clock_keeps_todays_version_even_if_nothing_moved() -> None:
    story = Story().hear_all([filed("2026-03-02 09:00")])
    assert story.keys["calendar"] == f"cn:{CN.version}"
    assert story.recount(CN_2027, "2026-03-02 10:00") == []
    assert story.clock("screening").calendar == CN_2027.version
    assert story.keys["calendar"] == f"cn:{CN_2027.version}"


def test_a_case_is_found_by_an_old_version_as_long_as_one_of_its_clocks_was_counted_by_it() -> None:
    story = Story().hear_all([filed("2026-03-02 09:00")])
    story.calendar = CN_2027
    story.hear(assigned("2026-03-02 10:00"))
    assert {clock.calendar for clock in story.case.running} == {CN.version, CN_2027.version}
    assert story.keys["calendar"] == f"cn:{CN.version}"


def test_a_clock_missed_too_early_runs_on_when_the_notice_puts_it_off_and_can_be_missed_again() -> None:
    story = across_new_year()
    story.fall_due("2027-01-07 24:00")
    assert story.clock("reply", "d1").status == "missed"
    story.recount(CN_2027, "2027-01-08 09:00")
    assert story.clock("reply", "d1").status == "running"
    assert kinds(story.fall_due("2027-01-08 09:00")) == [("warned", "reply:d1")]
    assert story.keys["next_due"] == at("2027-01-08 24:00")
    assert ("missed", "reply:d1") in kinds(story.fall_due("2027-01-08 24:00"))


def test_a_calendar_taken_back_leads_to_no_second_miss() -> None:
    story = across_new_year()
    story.fall_due("2027-01-07 24:00")
    story.recount(CN_2027, "2027-01-08 09:00")
    story.recount(CN, "2027-01-08 10:00")
    assert story.clock("reply", "d1").status == "missed"
    assert story.fall_due("2027-01-08 11:00") == []
    assert story.keys["next_due"] is None


def test_a_paused_clock_stays_paused_when_it_is_recounted() -> None:
    story = Story().hear_all([filed("2026-12-30 09:00"), fact(AppealMismatched, "2026-12-30 10:00")])
    assert story.clock("screening").due == at("2027-01-04 24:00")
    story.recount(CN_2027, "2026-12-30 11:00")
    assert (story.clock("screening").status, story.clock("screening").due) == ("paused", at("2027-01-05 24:00"))
    story.hear(fact(AppealVerified, "2027-01-04 09:00", through="second-review"))
    assert story.clock("screening").due == at("2027-01-07 24:00")


def test_an_event_heard_between_import_and_recount_names_the_calendar_not_a_pause() -> None:
    story = Story().hear_all([filed("2026-12-30 09:00")])
    story.calendar = CN_2027
    said = story.hear(fact(AppealMismatched, "2026-12-30 10:00"))
    assert ("recomputed", "screening") in kinds(said)
    assert story.clock("screening").status == "paused"


# --- falling due ------------------------------------------------------------------------------------------------------


def test_a_miss_and_a_warning_are_caused_by_the_clocks_start() -> None:
    story = Story().hear_all([assigned("2026-02-12 09:00"), taken("2026-02-12 10:00")])
    started = next(event for event in story.said if isinstance(event, ClockStarted) and event.clock == "reply")
    story.fall_due("2026-03-03 00:00")
    story.fall_due("2026-03-04 24:00")
    fired = [event for event in story.said if isinstance(event, ClockWarned | ClockMissed) and event.clock == "reply"]
    assert [event.cause for event in fired] == [started.id, started.id]
    assert [event.at for event in fired] == [at("2026-03-03 00:00"), at("2026-03-04 24:00")]


def test_whoever_decides_it_again_says_the_same_fact() -> None:
    stories = [Story().hear_all([assigned("2026-02-12 09:00")]) for _ in range(2)]
    first, second = [story.fall_due("2026-03-05 08:00") for story in stories]
    assert [event.id for event in first] == [event.id for event in second]


def test_after_an_outage_a_missed_clock_is_not_warned_of() -> None:
    story = Story().hear_all([assigned("2026-02-12 09:00"), taken("2026-02-12 10:00")])
    assert kinds(story.fall_due("2026-03-09 09:00")) == [("missed", "objection:d1"), ("missed", "reply:d1")]


def test_everything_that_is_due_in_a_case_is_said_at_once() -> None:
    story = Story().hear_all([assigned("2026-03-06 15:00"), assigned("2026-03-06 15:00", "d2")])
    said = story.fall_due("2026-03-09 15:00")
    assert len(kinds(said)) == 4
    assert story.fall_due("2026-03-09 15:00") == []


def test_a_due_time_that_moved_later_is_warned_of_anew() -> None:
    """The reply of 12 February, had 4 March become a day off after it was warned of."""
    story = Story().hear_all([assigned("2026-02-12 09:00"), taken("2026-02-12 10:00")])
    story.fall_due("2026-03-03 00:00")
    clock = story.clock("reply", "d1").model_copy(update={"due": at("2026-03-10 24:00")})
    assert warnings(clock, SCHEME, CN) == [at("2026-03-09 00:00")]
    unmoved = story.clock("reply", "d1")
    assert warnings(unmoved, SCHEME, CN) == []


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_only_what_lies_after_the_start_is_warned_of(hours: int) -> None:
    clock = Story().hear_all([assigned("2026-02-12 09:00")]).clock("reply", "d1")
    clock = clock.model_copy(update={"since": at("2026-03-03 00:00") + timedelta(hours=hours)})
    assert len(warnings(clock, SCHEME, CN)) == (1 if hours < 0 else 0)


# --- imports ----------------------------------------------------------------------------------------------------------


def test_a_later_import_replaces_the_year() -> None:
    calendars = Calendars(["cn"], NOTICES)
    assert calendars["cn"].version == CN.version
    calendars.take_in([NEW_YEAR_2027])
    assert calendars["cn"].version == CN_2027.version
    calendars.take_in([_notice(2027, {"name": "元旦", "from": "2027-01-01", "to": "2027-01-01"})])
    assert calendars["cn"].version not in (CN.version, CN_2027.version)


def test_notices_that_contradict_each_other_are_refused_and_change_nothing() -> None:
    """Sunday 27 December 2026: worked by one year's notice, off by the other's."""
    calendars = Calendars(["cn"], NOTICES)
    worked = {"name": "元旦", "from": "2027-01-01", "to": "2027-01-03", "work": ["2026-12-27"]}
    off = {"name": "国庆节", "from": "2026-12-27", "to": "2026-12-27"}
    calendars.take_in([_notice(2027, worked)])
    before = calendars["cn"].version
    for refuse in (calendars.check, lambda notice: calendars.take_in([notice])):
        with pytest.raises(ValueError, match="contradict"):
            refuse(_notice(2026, off))
    assert calendars["cn"].version == before


def test_a_scheme_whose_calendar_has_no_notice_keeps_the_service_from_starting() -> None:
    with pytest.raises(ValueError, match="no notice for calendar"):
        Calendars(["cn", "cn-45"], NOTICES)


def _notice(year: int, holiday: dict[str, Any]) -> YearNotice:
    papers = [paper.model_dump() for paper in NEW_YEAR_2027.papers]
    return YearNotice.model_validate({"year": year, "papers": papers, "holidays": [holiday]})


def test_an_import_is_kept_as_a_calendar_file() -> None:
    command = ImportNotice(id="1", at=at("2026-11-05 10:00"), by="admin", file=render(NEW_YEAR_2027))
    assert evolve(empty("cn.2027"), command).file == render(NEW_YEAR_2027)
