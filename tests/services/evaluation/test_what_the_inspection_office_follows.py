"""Supervision orders, the lagging list, rectification, exclusions, sessions' limits, the quarter's material."""

from datetime import date, timedelta
from typing import Any

import pytest
from evaluation_life import CASE, START, UNIT, Life, scheme_called
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import (
    AppealRepeated,
    CaseAnswered,
    CaseClimbed,
    CaseDecided,
    CaseEvent,
    CasePlanFixed,
    CaseReported,
    CaseStruckOff,
    CaseUnresolved,
    ClockMissed,
    ClockStopped,
    CommitmentEntered,
    RungVacant,
    SessionHeld,
)
from libs.policy.refused import Refused
from services.evaluation import oversight
from services.evaluation.case import Case, end_of
from services.evaluation.commands import (
    AnswerOrder,
    AskExclusion,
    DecideExclusion,
    LiftRectification,
    ListForRectification,
    MeetOrder,
    OrderUnit,
)
from services.evaluation.domain import empty, evolve, follows, keys
from services.evaluation.material import material

CITY = scheme_called("chaozhou-direct-line")
COUNTY = scheme_called("county-reception-day")
KAIHUA = scheme_called("kaihua-call-and-answer")
CADRES = scheme_called("cadres-and-enterprises")
TENTH = date(2026, 12, 10)


def ordered(life: Life, order: str = "o1", due_on: date = TENTH) -> Life:
    words = {"order": order, "unit": UNIT, "what": "settle the meter this week", "due_on": due_on}
    return life.asked(oversight.order, OrderUnit, **words)


def refused(life: Life, rule: Any, kind: Any, **fields: Any) -> str:
    with pytest.raises(Refused) as error:
        life.asked(rule, kind, **fields)
    return error.value.rule


# --- orders -----------------------------------------------------------------------------------------------------------------


def test_a_unit_is_ordered_to_act_by_a_day_answers_and_the_inspection_office_finds_it_met() -> None:
    """001-51, 000-39: 督促"""
    life = ordered(Life(CITY).answered())
    assert life.said[-1].type == "supervision.ordered.v1"
    assert (life.said[-1].unit, life.said[-1].due_on) == (UNIT, TENTH)  # type: ignore[attr-defined]
    assert refused(life, oversight.meet_order, MeetOrder, order="o1") == "not-answered"
    life.asked(oversight.answer_order, AnswerOrder, order="o1", unit=UNIT, done="the meter runs")
    assert life.case.orders["o1"].done == "the meter runs"
    life.asked(oversight.meet_order, MeetOrder, order="o1")
    assert life.names[-1] == "supervision.order_met"
    assert refused(life, oversight.meet_order, MeetOrder, order="o1") == "already-met"


def test_another_unit_answers_no_order_that_is_not_its_own() -> None:
    """001-51"""
    life = ordered(Life(CITY).answered())
    assert refused(life, oversight.answer_order, AnswerOrder, order="o1", unit="another", done="x") == "no-such-order"


def test_an_order_needs_a_day_to_come_and_a_scheme_that_knows_orders() -> None:
    """001-51"""
    with pytest.raises(Refused, match="day-past"):
        ordered(Life(CITY).answered(), due_on=date(2026, 11, 30))
    silent = CITY.model_copy(update={"oversight": CITY.oversight.model_copy(update={"orders": None})})
    with pytest.raises(Refused, match="no-orders"):
        ordered(Life(silent).answered())


def test_a_unit_sees_what_it_was_ordered_and_nothing_of_another_units_orders() -> None:
    """001-51"""
    case = ordered(Life(CITY).answered()).case
    assert [order["what"] for order in oversight.asked_of(case, UNIT)["orders"]] == ["settle the meter this week"]
    assert oversight.asked_of(case, "another_unit")["orders"] == []
    assert len(oversight.asked_of(case, None)["orders"]) == 1


# --- what lags ----------------------------------------------------------------------------------------------------------------


def test_missed_limits_and_orders_whose_day_has_passed_lag_until_they_are_done() -> None:
    """001-51: 督促办理进度滞后的事项"""
    life = ordered(Life(CITY).answered())
    assert oversight.lagging(life.case, life.now) == []
    after = end_of(TENTH)
    assert [item["kind"] for item in oversight.lagging(life.case, after)] == ["order"]
    life.missed("reply", "d1")
    assert [item["kind"] for item in oversight.lagging(life.case, after + timedelta(2))] == ["limit", "order"]
    assert keys(life.case)["lagging_at"] == after
    life.asked(oversight.answer_order, AnswerOrder, order="o1", unit=UNIT, done="x")
    life.asked(oversight.meet_order, MeetOrder, order="o1").stopped("reply", "d1")
    assert oversight.lagging(life.case, after + timedelta(9)) == []


def test_an_order_that_its_own_limit_shows_is_not_shown_twice() -> None:
    """001-51"""
    limit = next(name for name, clock in KAIHUA.clocks.items() if "supervision.ordered.v1" in clock.from_)
    life = ordered(Life(KAIHUA).answered()).missed(limit, "o1")
    assert [item["kind"] for item in oversight.lagging(life.case, life.now)] == ["limit"]


def test_a_limit_that_runs_a_second_time_and_is_missed_again_is_a_new_item() -> None:
    """001-39, 003-20"""
    life = Life(CITY).missed("reply", "d1").stopped("reply", "d1", due=START + timedelta(days=10))
    assert life.case.supervised == []
    life.missed("reply", "d1")
    assert [item.due for _, item in life.case.supervised] == [START + timedelta(days=20)]
    assert life.stopped("reply", "d1", due=life.now).case.supervised == []
    assert life.names == ["supervision.opened", "supervision.closed"] * 2


def test_a_rung_that_nobody_holds_is_an_alarm() -> None:
    """000-34, §4: a vacancy has a fallback and an alarm"""
    life = Life(COUNTY).heard(RungVacant, rung="deputy", fallback="county_office")
    (trouble,) = life.case.troubles.values()
    assert (trouble.kind, trouble.reason, trouble.audience) == ("vacant", "deputy", "county_office")
    assert keys(life.case)["alarmed_at"] == life.now


def test_a_session_is_supervised_like_a_case_but_nobody_rates_it() -> None:
    """001-39"""
    session = Life(CITY, "HY-7K3M9QXA2B4D6F8H")
    supervised = min(CITY.clocks_missed_with("supervise"))
    session.heard(SessionHeld, kind="reception", items=3).missed(supervised)
    assert session.names == ["supervision.opened"]
    assert session.case.held_as == "reception"
    assert session.answered().names == ["supervision.opened"]


def test_a_complex_matter_stays_on_the_problem_list_until_struck_off_in_whatever_order_that_is_heard() -> None:
    """002-21: 纳入问题清单常态跟进、闭环销号"""
    life = Life(KAIHUA).heard(CasePlanFixed, unit=UNIT, subject="d1")
    assert keys(life.case)["planned_at"] == life.now
    assert keys(life.heard(CaseStruckOff).case)["planned_at"] is None
    assert keys(Life(KAIHUA).heard(CaseStruckOff).heard(CasePlanFixed, unit=UNIT).case)["planned_at"] is None


# --- rectification ------------------------------------------------------------------------------------------------------------


def listed(life: Life, due_on: date = date(2026, 12, 25)) -> Life:
    return life.asked(oversight.list_for_rectification, ListForRectification, unit=UNIT, due_on=due_on)


def unresolved() -> Life:
    return Life(CADRES).heard(CaseUnresolved, unit=UNIT, subject="d1", rung="assigned-unit")


def test_what_is_unresolved_repeated_or_slow_is_a_candidate_and_nothing_else_is() -> None:
    """004-17: 反复出现、反映多次、反馈缓慢"""
    slow = min(CADRES.clocks_missed_with("supervise"))
    assert oversight.candidate_for(unresolved().case, CADRES) == ["unresolved"]
    repeated = Life(CADRES).heard(AppealRepeated, first="ZT-0000000000000000", times=3)
    assert oversight.candidate_for(repeated.case, CADRES) == ["repeated"]
    assert oversight.candidate_for(Life(CADRES).missed(slow, "d1").case, CADRES) == ["slow"]
    climbed = Life(CADRES).heard(CaseClimbed, rung_from="assigned-unit", rung_to="coordination-meeting")
    assert oversight.candidate_for(climbed.case, CADRES) == []
    assert oversight.candidate_for(Life(CITY).heard(CaseUnresolved, unit=UNIT, rung="department").case, CITY) == []


def test_a_listed_matter_has_a_responsible_body_and_a_last_day_and_is_lifted_with_evidence() -> None:
    """004-17: 挂牌整改,明确责任主体和解决时限"""
    life = listed(unresolved())
    assert life.said[-1].type == "rectification.listed.v1"
    assert (life.said[-1].unit, life.said[-1].due_on) == (UNIT, date(2026, 12, 25))  # type: ignore[attr-defined]
    assert [item["kind"] for item in oversight.lagging(life.case, end_of(date(2026, 12, 25)))] == ["rectification"]
    assert oversight.lagging(life.case, life.now) == []
    life.asked(oversight.lift_rectification, LiftRectification, evidence="the road is built")
    assert life.names[-1] == "rectification.lifted"
    assert life.case.rectification is not None
    assert life.case.rectification.evidence == "the road is built"
    assert keys(life.case)["lagging_at"] is None


def test_a_rectification_that_its_own_limit_shows_is_not_shown_twice() -> None:
    """004-17"""
    limit = next(name for name, clock in CADRES.clocks.items() if "rectification.listed.v1" in clock.from_)
    life = listed(unresolved())
    about = {"clock": limit, "subject": limit, "unit": UNIT, "due": end_of(date(2026, 12, 25))}
    life.heard(ClockMissed, **about)
    assert [item["kind"] for item in oversight.lagging(life.case, end_of(date(2026, 12, 25)))] == ["limit"]


def test_nothing_is_listed_before_the_stage_of_the_campaign() -> None:
    """004-17: 攻坚阶段(12月)"""
    life = unresolved()
    life.day = -1
    with pytest.raises(Refused, match="not-in-stage"):
        listed(life)


def test_only_candidates_are_listed_once_with_a_day_to_come_and_lifted_once() -> None:
    """004-17"""
    with pytest.raises(Refused, match="no-candidate"):
        listed(Life(CADRES).answered())
    with pytest.raises(Refused, match="day-past"):
        listed(unresolved(), due_on=date(2026, 11, 1))
    with pytest.raises(Refused, match="already-listed"):
        listed(listed(unresolved()))
    with pytest.raises(Refused, match="no-rectification"):
        listed(Life(CITY).answered())
    assert refused(unresolved(), oversight.lift_rectification, LiftRectification, evidence="x") == "not-listed"


# --- exclusions ---------------------------------------------------------------------------------------------------------------


def excluded(life: Life, asker: str, approver: str, *, approve: bool = True) -> Life:
    life.asked(oversight.ask_exclusion, AskExclusion, by=asker, reason="malicious", grounds="no such enterprise act")
    return life.asked(oversight.decide_exclusion, DecideExclusion, by=approver, approve=approve)


def test_a_case_is_left_out_of_the_rates_with_a_reason_that_somebody_else_approves() -> None:
    """§3.17: 剔除"""
    life = excluded(Life(CITY).answered(), "clerk", "leader")
    assert life.said[-1].type == "case.excluded.v1"
    assert life.said[-1].reason == "malicious"  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="own-request"):
        excluded(Life(CITY).answered(), "clerk", "clerk")
    with pytest.raises(Refused, match="already-asked"):
        excluded(life, "clerk", "leader")


def test_a_refused_exclusion_says_nothing_and_may_be_asked_for_again() -> None:
    """§3.17"""
    life = excluded(Life(CITY).answered(), "clerk", "leader", approve=False)
    assert life.names == ["rating.invited"]
    assert excluded(life, "clerk", "leader").names[-1] == "case.excluded"
    assert refused(Life(CITY).answered(), oversight.decide_exclusion, DecideExclusion, approve=True) == "nothing-asked"


# --- the quarter's material -----------------------------------------------------------------------------------------------------


def decided(life: Life, due_on: date | None, outcome: str = "resolved") -> Life:
    return life.heard(CaseDecided, rung="session", outcome=outcome, lead=UNIT, due_on=due_on)


def test_the_quarterly_inspection_is_made_from_decisions_given_done_and_late() -> None:
    """000-27: 一季度一督查"""
    done = decided(Life(COUNTY), TENTH)
    done.day = 5
    done.heard(CaseReported, unit=UNIT, subject="d1")
    late = decided(Life(COUNTY), TENTH)
    late.day = 11
    late.answered()
    open_, over = decided(Life(COUNTY), date(2026, 12, 30)), decided(Life(COUNTY), TENTH)
    session = Life(COUNTY, "HY-7K3M9QXA2B4D6F8H").heard(SessionHeld, kind="reception", items=4)
    cases = [life.case for life in (done, late, open_, over, session)]
    found = material(cases, START, START + timedelta(days=31), START + timedelta(days=15))
    assert (found["given"], found["done"], found["late"], len(found["sessions"])) == (4, 2, 2, 1)
    assert material(cases, START + timedelta(days=1), START + timedelta(days=31), START)["given"] == 0


def test_an_answer_from_before_a_decision_does_not_carry_it_out() -> None:
    """000-27"""
    life = Life(COUNTY).answered()
    life.day += 1
    found = material([decided(life, TENTH).case], START, START + timedelta(days=31), START + timedelta(days=5))
    assert (found["done"], found["late"]) == (0, 0)


# --- any order, any repetition --------------------------------------------------------------------------------------------------


@given(data=st.data())
def test_whatever_is_heard_of_a_case_in_whatever_order_is_known_alike(data: st.DataObject) -> None:
    """§4: any order of the same events ends in the same state"""
    about: Any = {"case": CASE, "scheme": KAIHUA.ref, "cause": "test"}
    events: list[CaseEvent] = [
        CaseUnresolved(id="1", at=START, unit=UNIT, rung="department", **about),
        CaseClimbed(id="2", at=START, rung_from="department", rung_to="head", **about),
        AppealRepeated(id="3", at=START, first=CASE, times=3, **about),
        AppealRepeated(id="4", at=START, first=CASE, times=4, **about),
        CaseDecided(id="5", at=START, rung="head", outcome="resolved", lead=UNIT, due_on=TENTH, **about),
        CasePlanFixed(id="6", at=START, unit=UNIT, **about),
        CasePlanFixed(id="7", at=START + timedelta(1), unit="another_unit", **about),
        CaseStruckOff(id="8", at=START + timedelta(2), **about),
        CommitmentEntered(id="9", at=START, unit=UNIT, subject="d1", due_on=TENTH, version=1, **about),
        CommitmentEntered(id="10", at=START, unit=UNIT, subject="d1", due_on=date(2026, 12, 12), version=2, **about),
        CaseAnswered(id="11", at=START, unit=UNIT, outcome="solved", **about),
        CaseReported(id="12", at=START, unit=UNIT, **about),
        RungVacant(id="13", at=START, rung="head", fallback="xian_office", **about),
        ClockMissed(id="14", at=START, clock="reply", of="d1", subject="reply:d1", unit=UNIT, due=START, **about),
        ClockStopped(id="15", at=START, clock="reply", of="d1", subject="reply:d1", outcome="late", due=START, **about),
    ]

    def lived(order: list[CaseEvent]) -> tuple[Case, list[str]]:
        case, said, known = empty(CASE), list[str](), set[str]()
        for event in order:
            if event.id not in known:
                known.add(event.id)
                facts = follows(case, event, now=START + timedelta(30), scheme=KAIHUA)
                for fact in [event, *facts]:
                    case = evolve(case, fact)
                said += [fact.type for fact in facts]
        return case, sorted(said)

    assert lived(data.draw(st.permutations(events + events[::2]))) == lived(events)
