"""A session's day, place, leader, notice and window, and which issue an appeal belongs to."""

from datetime import date

import pytest

from contracts.case_number import case_number
from services.routing.sessions import whose_turn
from tests.services.routing.town_hall import APRIL, CHAOZHOU, MARCH, TownHall, Turned

NOTICE = {"registration_from": "2026-02-12", "registration_until": "2026-03-03", "ways": ["直通车平台", "办事窗口"]}


@pytest.fixture
def hall() -> TownHall:
    return TownHall()


@pytest.fixture
def march(hall: TownHall) -> str:
    session = hall.propose(MARCH)
    hall.date(session, MARCH)
    return session


def refused(hall: TownHall, path: str, body: object = None, **who: str) -> str:
    with pytest.raises(Turned) as turned:
        hall.ask(path, body, **who)
    return str(turned.value.rule)


# --- the day ----------------------------------------------------------------------------------------------------------


def test_a_proposed_session_waits_for_a_person_to_confirm_its_day(hall: TownHall) -> None:
    """001-09"""
    session = hall.propose(MARCH)
    assert hall.of(session) == []
    hall.date(session, MARCH)
    assert hall.last(session, "session.dated").held_on == MARCH
    assert not hall.last(session, "session.dated").moved


def test_a_person_may_move_the_day_but_not_to_a_day_off_or_into_the_past(hall: TownHall, march: str) -> None:
    """001-09: 如遇节假日则根据实际情况提前或顺延"""
    hall.date(march, date(2026, 3, 12))
    assert hall.last(march, "session.dated").moved
    assert refused(hall, f"/sessions/{march}/date", {"held_on": "2026-03-14"}) == "day-off"
    assert refused(hall, f"/sessions/{march}/date", {"held_on": "2026-02-11"}) == "day-past"


def test_only_the_office_plans_a_session(hall: TownHall, march: str) -> None:
    """001-09"""
    body = {"held_on": "2026-03-12"}
    assert refused(hall, f"/sessions/{march}/date", body, role="unit", unit="shi_gongdian") == "not-allowed"


def test_a_session_is_held_at_the_hall_or_where_the_scheme_says_on_site_at_the_enterprise(hall: TownHall) -> None:
    """000-02: 可集中研究，也可到企业现场办公"""
    county = TownHall("county-reception-day")
    body = {"scheme": "county-reception-day", "kind": "head-day", "held_on": "2026-03-11", "place": "enterprise"}
    session = county.ask("/sessions", body)["session"]
    assert county.last(session, "session.dated").place == "enterprise"
    march = hall.propose(MARCH)
    body = {"held_on": MARCH.isoformat(), "place": "enterprise"}
    assert refused(hall, f"/sessions/{march}/date", body) == "wrong-place"


def test_a_session_that_no_calendar_proposes_is_set_up_by_the_office_once() -> None:
    """000-01, 001-50, 003-11, 004-07"""
    hall = TownHall()
    body = {"scheme": CHAOZHOU, "kind": "special", "held_on": "2026-03-18", "theme": "用电保障"}
    first = hall.ask("/sessions", body, key="one")["session"]
    assert hall.ask("/sessions", body, key="one")["session"] == first
    assert hall.of(first) == ["session.dated"]
    assert hall.ask("/sessions", body, key="two")["session"] != first
    assert refused(hall, "/sessions", body | {"kind": "picnic"}) == "unknown-kind"
    assert refused(hall, "/sessions", body | {"held_on": "2026-03-15"}) == "day-off"


def test_a_session_with_a_theme_names_it() -> None:
    """003-16: 一次一主题"""
    hall = TownHall("suqian-enterprises")
    body = {"scheme": "suqian-enterprises", "kind": "talk", "held_on": "2026-03-18"}
    assert refused(hall, "/sessions", body) == "theme-missing"
    assert hall.ask("/sessions", body | {"theme": "融资"})["said"] == ["session.dated.v1"]


def test_a_training_has_no_agenda_and_is_held_all_the_same() -> None:
    """003-50"""
    hall = TownHall("suqian-enterprises")
    body = {"scheme": "suqian-enterprises", "kind": "lecture", "held_on": "2026-02-12"}
    session = hall.ask("/sessions", body)["session"]
    assert refused(hall, f"/sessions/{session}/agenda", {"cases": []}) == "no-agenda"
    assert hall.ask(f"/sessions/{session}/holding")["said"] == ["session.held.v1"]


# --- who leads --------------------------------------------------------------------------------------------------------


def test_leaders_take_turns_in_the_order_of_the_directory() -> None:
    """001-01: 每月依次安排一名领导出席"""
    assert whose_turn(["a", "b", "c"], None) == "a"
    assert whose_turn(["a", "b", "c"], "a") == "b"
    assert whose_turn(["a", "b", "c"], "c") == "a"
    assert whose_turn(["a", "b"], "left-office") == "a"
    assert whose_turn([], "a") is None


def test_each_month_the_next_leader_attends_and_a_vacant_post_is_passed_over(hall: TownHall) -> None:
    """001-01: one of the three deputy mayors' posts is vacant"""
    led: list[str] = []
    for day in (MARCH, APRIL, date(2026, 5, 13), date(2026, 6, 10), date(2026, 7, 8)):
        session = hall.propose(day)
        hall.date(session, day)
        led.append(hall.leader_of(session))
    assert led == ["shi_shizhang", "shi_changwu", "shi_fugongye", "shi_fuchengjian", "shi_shizhang"]


def test_the_office_settles_who_attends_but_not_a_vacant_post(hall: TownHall, march: str) -> None:
    """001-32"""
    hall.ask(f"/sessions/{march}/leader", {"leader": "shi_fugongye", "reason": "市长出差"})
    assert hall.leader_of(march) == "shi_fugongye"
    assert refused(hall, f"/sessions/{march}/leader", {"leader": "shi_fujiaotong"}) == "not-on-the-rota"
    assert refused(hall, f"/sessions/{march}/leader", {"leader": "shi_gongdian"}) == "not-on-the-rota"


def test_the_duties_of_the_day_are_entered(hall: TownHall, march: str) -> None:
    """001-34"""
    hall.ask(f"/sessions/{march}/duties", {"duties": {"organisation": "shi_zhengshu", "order": "shi_ducha"}})
    assert hall.session(march).duties["organisation"] == "shi_zhengshu"
    assert refused(hall, f"/sessions/{march}/duties", {"duties": {"order": "shi_nobody"}}) == "unknown-unit"


# --- notice and window ------------------------------------------------------------------------------------------------


def test_the_notice_states_the_days_and_ways_of_registering(hall: TownHall, march: str) -> None:
    """001-07, 001-08"""
    assert refused(hall, f"/sessions/{march}/announcement", NOTICE | {"ways": []}) == "ways-missing"
    late = NOTICE | {"registration_until": "2026-03-12"}
    assert refused(hall, f"/sessions/{march}/announcement", late) == "registration-days"
    hall.ask(f"/sessions/{march}/announcement", NOTICE)
    assert hall.last(march, "session.announced").held_on == MARCH
    assert hall.get(f"/sessions/{march}")["announcement"]["ways"] == NOTICE["ways"]


def test_a_notice_needs_a_confirmed_day(hall: TownHall) -> None:
    """001-08"""
    assert refused(hall, f"/sessions/{hall.propose(MARCH)}/announcement", NOTICE) == "not-dated"


def test_the_first_session_of_all_opens_with_its_day_the_others_after_the_last_session(hall: TownHall) -> None:
    """001-07: 活动日结束后的第2个工作日"""
    march, april = hall.propose(MARCH), hall.propose(APRIL)
    assert hall.date(march, MARCH)["said"][-1] == "session.window_opened.v1"
    hall.date(april, APRIL)
    assert "session.window_opened" not in hall.of(april)
    hall.rang("window-opening", march, "2026-03-13 00:00")
    opened = hall.last(april, "session.window_opened")
    assert opened.at.isoformat() == "2026-03-12T16:00:00+00:00"
    assert hall.of(march).count("session.window_opened") == 1


def test_a_window_opens_also_for_a_session_that_becomes_known_later(hall: TownHall, march: str) -> None:
    """001-07"""
    hall.rang("window-opening", march, "2026-03-13 00:00")
    april = hall.propose(APRIL)
    hall.date(april, APRIL)
    assert "session.window_opened" in hall.of(april)


def test_an_appeal_belongs_to_the_issue_whose_window_is_open(hall: TownHall, march: str) -> None:
    """001-03"""
    case = hall.file("one")
    assert hall.last(case, "case.admitted").session == march
    assert hall.case(case).issue.session == march


def test_before_any_session_is_known_an_appeal_belongs_to_none(hall: TownHall) -> None:
    """001-03"""
    assert hall.of(hall.file("one")) == []


def test_an_appeal_of_the_closed_days_waits_for_the_next_issue_and_joins_it_when_its_window_opens(
    hall: TownHall, march: str
) -> None:
    """001-10, 001-11, §3.22"""
    april = hall.propose(APRIL)
    hall.rang("window-closing", march, "2026-03-04 00:00")
    hall.clock("2026-03-04 09:00")
    case = hall.file("one")
    assert (hall.of(case), hall.last(case, "case.rolled_over").session) == (["case.rolled_over"], april)
    hall.clock("2026-03-13 00:00")
    hall.rang("window-opening", march, "2026-03-13 00:00")
    admitted = hall.last(case, "case.admitted")
    assert (admitted.session, admitted.at.isoformat()) == (april, "2026-03-12T16:00:00+00:00")


def test_a_session_moved_after_its_window_closed_keeps_it_closed(hall: TownHall, march: str) -> None:
    """§3.22, 001-10"""
    april = hall.propose(APRIL)
    hall.rang("window-closing", march, "2026-03-04 00:00")
    hall.clock("2026-03-05 09:00")
    hall.date(march, date(2026, 3, 25))
    hall.rang("window-closing", march, "2026-03-18 00:00")
    case = hall.file("one")
    assert hall.last(case, "case.rolled_over").session == april
    assert hall.of(march).count("session.window_closed") == 1


def test_a_withdrawn_or_returned_appeal_leaves_its_issue(hall: TownHall, march: str) -> None:
    """001-03"""
    gone, back = hall.file("one"), hall.file("two")
    hall.withdrawn(gone)
    hall.returned(back)
    assert not any(item.live for item in hall.session(march).items.values())


def test_a_proposed_day_that_passes_unconfirmed_lapses_when_the_next_is_confirmed(hall: TownHall) -> None:
    """001-09, 001-11: nobody's appeal waits for a session that will not come"""
    february = hall.propose(date(2026, 2, 13))
    march = hall.propose(MARCH)
    assert hall.of(hall.file("before any issue")) == []
    hall.clock("2026-02-24 09:00")
    hall.date(march, MARCH)
    assert hall.of(february) == ["session.cancelled"]
    assert hall.last(hall.file("one"), "case.admitted").session == march


def test_what_waited_for_an_unconfirmed_session_goes_on_to_the_next(hall: TownHall, march: str) -> None:
    """001-11"""
    april, may = hall.propose(APRIL), hall.propose(date(2026, 5, 13))
    hall.rang("window-closing", march, "2026-03-04 00:00")
    case = hall.file("one")
    assert hall.last(case, "case.rolled_over").session == april
    hall.clock("2026-04-09 09:00")
    hall.date(may, date(2026, 5, 13))
    assert hall.of(april) == ["session.cancelled"]
    assert hall.last(case, "case.rolled_over").session == may


def test_a_cancelled_session_hands_its_items_to_the_next_whose_window_opens_at_once(hall: TownHall, march: str) -> None:
    """001-11"""
    april = hall.propose(APRIL)
    case = hall.file("one")
    hall.ask(f"/sessions/{march}/cancellation", {"reason": "防汛"})
    assert "session.window_opened" in hall.of(april)
    assert hall.last(case, "case.admitted").session == april
    assert refused(hall, f"/sessions/{march}/date", {"held_on": "2026-03-12"}) == "session-cancelled"


def test_without_a_next_session_the_items_of_a_cancelled_one_wait_until_one_is_known(
    hall: TownHall, march: str
) -> None:
    """001-11"""
    case = hall.file("one")
    hall.ask(f"/sessions/{march}/cancellation", {"reason": "防汛"})
    assert hall.of(case) == ["case.admitted"]
    april = hall.propose(APRIL)
    assert hall.last(case, "case.admitted").session == april


# --- in any order -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("order", "copies"), [("01234", 1), ("34012", 2), ("02143", 1), ("40321", 2)])
def test_whatever_comes_first_the_appeals_belong_to_the_same_issues(order: str, copies: int) -> None:
    """001-03, 001-10, 001-11: what counts is when an appeal was filed, not when routing heard of it."""
    hall = TownHall(copies=copies)
    march = hall.propose(MARCH)
    hall.date(march, MARCH)
    april = hall.propose(APRIL)
    hall.clock("2026-03-20 09:00")
    cases: dict[str, str] = {}
    acts = [
        lambda: cases.update(early=hall.file("early", when="2026-03-03 23:59")),
        lambda: cases.update(late=hall.file("late", when="2026-03-04 00:00")),
        lambda: cases.update(next=hall.file("next", when="2026-03-13 00:00")),
        lambda: hall.rang("window-closing", march, "2026-03-04 00:00"),
        lambda: hall.rang("window-opening", march, "2026-03-13 00:00"),
    ]
    for number in order:
        acts[int(number)]()
    ends = {name: (hall.case(case).issue.session, hall.case(case).issue.standing) for name, case in cases.items()}
    assert ends == {"early": (march, "admitted"), "late": (april, "admitted"), "next": (april, "admitted")}


def test_an_appeal_whose_withdrawal_is_heard_first_is_in_no_issue(hall: TownHall, march: str) -> None:
    """001-03"""
    case = case_number("portal", "one")
    hall.withdrawn(case)
    hall.file("one")
    assert not any(item.live for item in hall.session(march).items.values())


def test_a_bell_that_rings_twice_opens_once(hall: TownHall, march: str) -> None:
    april = hall.propose(APRIL)
    for _ in range(2):
        hall.rang("window-opening", march, "2026-03-13 00:00")
    assert hall.of(april) == ["session.window_opened"]
