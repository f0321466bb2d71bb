"""What comes round: session days proposed by the calendar, duties that begin, and what an amended regulation changes."""

import json
from datetime import date
from typing import Any

import pytest
import yaml
from story import CN, FILE, NOTICES, SCHEME, at

from libs.files import load_notices
from libs.policy.calendar import Calendar
from libs.policy.recurring import turn_of
from libs.policy.scheme import Schemes, parse_scheme
from libs.policy.session import SessionRule
from services.deadline.plans import Plan, Planned, beginnings, days, evolve, keys, proposals

DATA = yaml.safe_load(FILE.read_text(encoding="utf-8"))
BASE = {"zh": "会", "en": "a meeting", "law": "1"}
MONTHS = [
    "2026-01-14", "2026-02-11", "2026-03-11", "2026-04-08", "2026-05-13", "2026-06-10",
    "2026-07-08", "2026-08-12", "2026-09-09", "2026-10-14", "2026-11-11", "2026-12-09",
]  # fmt: skip


def rule(**words: Any) -> SessionRule:
    return SessionRule.model_validate(BASE | words)


def proposed(rule: SessionRule, day: str, calendar: Calendar = CN) -> list[str]:
    assert rule.every is not None
    return [one.held_on.isoformat() for one in days(rule, turn_of(rule.every, date.fromisoformat(day)), calendar)]


@pytest.mark.parametrize("day", MONTHS)
def test_001_is_held_on_the_second_wednesday(day: str) -> None:
    """001-09: the second Wednesdays of 2026; none is a day off."""
    assert proposed(SCHEME.sessions["reception"], f"{day[:7]}-01") == [day]


def test_a_holiday_puts_it_off_to_the_next_working_day() -> None:
    """001-09: 8 October 2025 was the last day of the National Day holiday."""
    assert proposed(SCHEME.sessions["reception"], "2025-10-01") == ["2025-10-09"]


def test_it_is_held_before_the_holiday_where_it_would_leave_its_period() -> None:
    """001-09: 15 August 2026 is a Saturday and the last day of its half."""
    assert proposed(rule(every="half-month", proposed="the 15th"), "2026-08-01") == ["2026-08-14"]


def test_where_no_day_is_named_the_middle_working_day_is_proposed() -> None:
    """000-01: March 2026 has 22 working days from the 2nd to the 31st; the 11th of them is the 16th."""
    assert proposed(rule(every="month"), "2026-03-01") == ["2026-03-16"]


def test_several_in_a_period_are_spread_evenly() -> None:
    """000-01: x times a month, here twice: of 1 to 16 March the 6th of eleven working days, of 17 to 31 March too."""
    assert proposed(rule(every="month", times=2), "2026-03-01") == ["2026-03-09", "2026-03-24"]


def test_the_half_monthly_talk_has_a_day_in_each_half() -> None:
    """002-06"""
    talk = rule(every="half-month", proposed="7 natural days, or the next working day")
    assert (proposed(talk, "2026-03-01"), proposed(talk, "2026-03-16")) == (["2026-03-09"], ["2026-03-23"])


def test_the_forum_has_a_day_in_each_half_year() -> None:
    """003-40"""
    assert [
        d[:7] for d in proposed(rule(every="half-year"), "2026-01-01") + proposed(rule(every="half-year"), "2026-07-01")
    ] == [
        "2026-04",
        "2026-09",
    ]


def test_a_day_in_a_year_without_a_notice_is_provisional() -> None:
    """§3.21"""
    [day] = days(rule(every="month", proposed="2nd wednesday"), turn_of("month", date(2027, 1, 1)), CN)
    assert (day.held_on, day.provisional) == (date(2027, 1, 13), True)


# --- plans ------------------------------------------------------------------------------------------------------------

SCHEMES = Schemes([SCHEME])
CALENDARS = {"cn": CN}


def said(plan: Plan, day: str, schemes: Schemes = SCHEMES) -> list[tuple[str, str]]:
    command = Planned(id=f"plan {day}", at=at(f"{day} 00:00"), by="test", day=date.fromisoformat(day))
    found = proposals(plan, command, schemes=schemes, calendars=CALENDARS)
    return [(event.period, event.held_on.isoformat()) for event in found if event.kind == "reception"]


def begun(day: str) -> Plan:
    return Plan(name=SCHEME.scheme, watched=True, begun=date.fromisoformat(day))


def test_when_a_month_begins_the_next_months_day_is_proposed() -> None:
    """001-09"""
    assert said(begun("2026-02-28"), "2026-03-01") == [("2026-04", "2026-04-08")]
    assert said(begun("2026-03-01"), "2026-03-16") == []


def test_at_the_start_this_month_and_the_next_are_proposed_and_nothing_past() -> None:
    new = Plan(name=SCHEME.scheme, watched=True)
    assert said(new, "2026-03-05") == [("2026-03", "2026-03-11"), ("2026-04", "2026-04-08")]
    assert said(new, "2026-03-12") == [("2026-04", "2026-04-08")]


def test_after_an_outage_nothing_is_left_out() -> None:
    """But no day that has passed is proposed."""
    assert [period for period, _ in said(begun("2026-02-28"), "2026-05-02")] == ["2026-05", "2026-06"]


def test_a_plan_wakes_when_a_period_may_begin() -> None:
    assert keys(begun("2026-03-01"), schemes=SCHEMES) == {"next_due": at("2026-03-16 00:00")}
    plan = evolve(begun("2026-03-01"), Planned(id="p", at=at("2026-03-16 00:00"), by="test", day=date(2026, 3, 16)))
    assert keys(plan, schemes=SCHEMES) == {"next_due": at("2026-04-01 00:00")}


# --- an amended regulation --------------------------------------------------------------------------------------------


def amended(since: str, **changes: Any) -> Schemes:
    data = yaml.safe_load(FILE.read_text(encoding="utf-8")) | {"in_force": {"from": since}} | changes
    return Schemes([SCHEME, parse_scheme(json.dumps(data, default=str), source="amended")])


def test_a_period_is_under_the_version_in_force_on_its_first_day() -> None:
    """Issue 3 (8): amended from 15 April, the sessions of May are the first on its day."""
    reception = DATA["sessions"]["reception"] | {"proposed": "3rd thursday"}
    schemes = amended("2026-04-15", sessions={"reception": reception})
    assert said(begun("2026-02-28"), "2026-03-01", schemes) == [("2026-04", "2026-04-08")]
    assert said(begun("2026-03-31"), "2026-04-01", schemes) == [("2026-05", "2026-05-21")]


def test_duties_begin_under_the_version_in_force_on_the_first_day() -> None:
    """Issue 3 (8)"""
    duty = {"zh": "新", "en": "new", "who": "office", "every": "month", "law": "1"}
    schemes = amended("2026-04-15", duties={"new": duty})

    def names(after: str, today: str) -> set[tuple[str, str]]:
        found = beginnings(begun(after), date.fromisoformat(today), schemes=schemes, calendars=CALENDARS)
        return {(b.duty, b.term.period) for b in found}

    old = {(name, "2026-04") for name, rule in SCHEME.duties.items() if rule.every == "month"}
    assert {(d, p) for d, p in names("2026-03-31", "2026-04-30") if p == "2026-04"} == old
    assert names("2026-04-30", "2026-05-01") == {("new", "2026-05")}


def test_notices_of_these_tests_are_the_official_ones() -> None:
    assert [n for n in load_notices(FILE.parents[1] / "calendars") if n.year <= 2026] == NOTICES
