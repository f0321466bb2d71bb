"""How a case climbs, where it comes to, and how it comes back."""

from typing import Any

import pytest

from contracts.events import (
    CaseAnswered,
    CaseAssigned,
    CaseClimbed,
    CaseListed,
    CaseTransferred,
    CaseUnresolved,
    ClockMissed,
    RungVacant,
    TransferAnswered,
)
from libs.policy.refused import Refused
from services.routing import domain
from tests.services.routing.case_book import (
    CADRES,
    CALL,
    CITY,
    COUNTY_DAY,
    ENTERPRISES,
    MAYOR_LINE,
    OTHER,
    Book,
    at,
    handed,
    one,
    scheme_of,
    types,
)


def miss(book: Book, clock: str) -> list[Any]:
    of = book.dispatch
    return book.hear(ClockMissed, clock=clock, of=of, subject=f"{clock}:{of}", due=at("11-16"))


def judge(book: Book, dispatch: str) -> list[Any]:
    words = {"dispatch": dispatch, "opinion": "not solved"}
    return book.ask(domain.judge_unresolved, domain.JudgeUnresolved, **words)


def climbing(scheme: str, **change: Any) -> Book:
    """A scheme whose cases climb by themselves when a reply is late."""
    clocks = scheme_of(scheme).clocks
    late = clocks["reply"].model_copy(update={"missed": ("climb",)})
    return Book(scheme, clocks=clocks | {"reply": late}, **change)


# --- 001 --------------------------------------------------------------------------------------------------------------


def test_a_county_case_climbs_after_the_offices_review_and_a_department_is_named_for_it() -> None:
    """001-20"""
    book = Book(CITY)
    book.accept(level="county")
    assert types(book.unresolved()) == ["case.taken", "case.unresolved"]
    said = book.review(unit="shi_ziran")
    assert one(said, CaseClimbed).rung_to == "department"
    assert handed(said) == [("shi_ziran", "lead", "handle")]


def test_without_a_name_the_department_of_the_category_has_it() -> None:
    """001-20"""
    book = Book(CITY)
    book.accept(level="county")
    book.unresolved()
    assert handed(book.review())[0][0] == "shi_gongdian"


def test_the_review_may_give_it_back_to_the_county() -> None:
    """001-20"""
    book = Book(CITY)
    book.accept(level="county")
    book.unresolved()
    assert types(book.review(climbs=False)) == ["case.sent_back"]
    assert book.case.open_dispatches()[0].unit == "qu_xiangqiao"


def test_a_city_case_still_unresolved_waits_for_the_session_listed_and_counted() -> None:
    """§3.24, 001-20"""
    book = Book(CITY)
    book.accept(level="city")
    listed = one(book.unresolved(), CaseListed)
    assert (listed.rung, listed.kind) == ("session", "reception")
    assert domain.keys(book.case)["waits_for"] == "session"


# --- 000 --------------------------------------------------------------------------------------------------------------


def test_a_silent_department_cannot_stall_the_ladder_the_office_judges() -> None:
    """000-15"""
    book = Book(COUNTY_DAY)
    book.accept(category="project", district="445122")
    first = book.dispatch
    with pytest.raises(Refused) as early:
        judge(book, first)
    assert early.value.rule == "nothing-to-judge"
    assert types(miss(book, "reply")) == []
    assert domain.keys(book.case)["late"]
    said = judge(book, first)
    assert one(said, CaseUnresolved).judged
    assert handed(book.review()) == [("rp_fuban", "lead", "handle")]


def test_the_department_says_so_itself_with_its_opinion_and_the_county_office_gets_the_case() -> None:
    """000-15, 000-16"""
    book = Book(COUNTY_DAY)
    book.accept(category="project", district="445122")
    book.unresolved()
    said = book.review()
    assert one(said, CaseClimbed).rung_to == "government-office"
    asked = book.ask(domain.involve, domain.Involve, dispatch=book.dispatch, units=("rp_ziran", "rp_zhujian"))
    assert handed(asked) == [
        ("rp_ziran", "co-handler", "handle"),
        ("rp_zhujian", "co-handler", "handle"),
    ]
    assert types(book.reply("rp_ziran")) == ["case.taken", "case.replied"]
    assert one(book.unresolved(), CaseListed).kind == "deputy-day"


def test_a_judgement_is_only_for_those_who_are_late_and_silent() -> None:
    """000-15"""
    book = Book(COUNTY_DAY)
    book.accept(category="project", district="445122")
    first = book.dispatch
    miss(book, "reply")
    book.reply()
    with pytest.raises(Refused):
        judge(book, first)


# --- 002 --------------------------------------------------------------------------------------------------------------


def test_layer_by_layer_from_the_department_to_the_leader_in_charge_the_head_and_the_city() -> None:
    """002-16, 002-17"""
    book = Book(CALL)
    book.accept(level="township", category="energy", district="445103")
    reached = []
    for _ in range(3):
        reached.append(handed(book.unresolved()))
    assert reached == [
        [("ca_gongdian", "lead", "handle")], [("ca_fugongye", "lead", "handle")], [("ca_quzhang", "lead", "handle")]
    ]  # fmt: skip
    gone = one(book.unresolved(), CaseTransferred)
    assert (gone.channel, gone.direction) == ("from-county", "up")
    assert gone.to_scheme.startswith("chaozhou-direct-line@")


def test_a_vacant_post_has_a_fallback_and_an_alarm() -> None:
    """000-34, 002-16: nobody is in charge of transport just now"""
    book = Book(CALL)
    book.accept(level="county", category="transport", district="445103")
    said = book.unresolved()
    vacant = one(said, RungVacant)
    assert (vacant.rung, vacant.fallback) == ("leader-in-charge", "ca_fuban")
    assert handed(said) == [("ca_fuban", "lead", "handle")]
    assert handed(book.unresolved()) == [("ca_quzhang", "lead", "handle")]


def test_what_the_city_answered_comes_back_to_be_passed_on_by_who_led_last() -> None:
    """002-11, 002-17, 000-18"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103")
    for _ in range(3):
        book.unresolved()
    assert not book.case.over
    assert book.case.open_dispatches() == []
    said = book.hear(TransferAnswered, answered_as=OTHER, outcome="solved")
    assert handed(said) == [("ca_quzhang", "lead", "handle")]
    assert one(said, CaseAssigned).rung == "head"
    with pytest.raises(Refused) as again:
        book.unresolved()
    assert again.value.rule == "answered-above"
    assert one(book.reply(), CaseAnswered).unit == "ca_quzhang"


def test_an_answer_that_comes_when_somebody_works_on_the_case_hands_it_to_nobody_else() -> None:
    """000-18"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103")
    assert book.hear(TransferAnswered, answered_as=OTHER, outcome="solved") == []


# --- 003 --------------------------------------------------------------------------------------------------------------


def test_who_cannot_coordinate_asks_for_joint_handling_or_goes_to_the_business_office() -> None:
    """003-38, 003-39"""
    joint = Book(ENTERPRISES)
    joint.accept(level="city", receiver="shi_shenpi")
    listed = one(joint.unresolved(), CaseListed)
    assert (listed.rung, listed.kind) == ("joint-handling", "joint-handling")
    straight = Book(ENTERPRISES)
    straight.accept(level="city", receiver="shi_shenpi")
    assert handed(straight.unresolved(to="business-office")) == [("shi_yingshang", "lead", "handle")]
    assert handed(straight.unresolved()) == [("shi_changwu", "lead", "handle")]


def test_nobody_skips_to_a_rung_that_the_regulation_does_not_offer() -> None:
    """003-39"""
    book = Book(ENTERPRISES)
    book.accept(level="city")
    with pytest.raises(Refused) as refused:
        book.unresolved(to="executive-deputy-mayor")
    assert refused.value.field == "to"


def test_above_the_last_rung_there_is_nothing() -> None:
    """003-39"""
    book = Book(ENTERPRISES)
    book.accept(level="city")
    book.unresolved(to="business-office")
    book.unresolved()
    with pytest.raises(Refused) as top:
        book.unresolved()
    assert top.value.rule == "top-of-the-ladder"


def test_what_counties_cannot_solve_themselves_is_passed_on_to_the_citys_department() -> None:
    """003-02, 003-03"""
    book = Book(ENTERPRISES)
    book.accept(level="county", district="445102")
    assert handed(book.unresolved()) == [("shi_gongdian", "lead", "handle")]


def test_counties_may_pass_a_chief_officers_problem_on_to_the_commerce_bureau() -> None:
    """003-02, 003-03: 转交市商务局统筹解决"""
    book = Book(ENTERPRISES)
    book.accept(level="county", district="445102")
    assert handed(book.unresolved(to="commerce")) == [("shi_shangwu", "lead", "handle")]
    assert one(book.unresolved(), CaseListed).kind == "joint-handling"


def test_a_matter_of_the_cadres_goes_to_the_coordination_meeting() -> None:
    """004-07, 004-17"""
    book = Book(CADRES)
    book.accept(category="land")
    assert one(book.unresolved(), CaseListed).kind == "coordination"


# --- time alone -------------------------------------------------------------------------------------------------------


def test_a_missed_limit_alone_moves_nothing_unless_the_scheme_says_so() -> None:
    """§3.14"""
    stays = Book(MAYOR_LINE, reviews=())
    stays.accept(complexity="general")
    assert miss(stays, "reply") == []
    moves = climbing(MAYOR_LINE, reviews=())
    moves.accept(complexity="general", co_handlers=("shi_ziran",))
    said = miss(moves, "reply")
    assert types(said) == ["case.recalled", "case.recalled", "case.climbed", "case.listed"]


def test_a_limit_missed_by_who_has_answered_moves_nothing() -> None:
    """§3.14"""
    book = climbing(CITY)
    book.accept(level="city")
    of = book.dispatch
    book.reply()
    assert book.hear(ClockMissed, clock="reply", of=of, subject=f"reply:{of}", due=at("11-16")) == []


def test_only_the_lead_says_that_a_matter_is_unresolved() -> None:
    """001-20"""
    book = Book(CITY)
    book.accept(level="city", co_handlers=("shi_ziran",))
    words = {"dispatch": book.of("shi_ziran"), "opinion": "not ours"}
    with pytest.raises(Refused) as refused:
        book.ask(domain.declare_unresolved, domain.DeclareUnresolved, **words)
    assert refused.value.rule == "lead-only"


def test_when_a_case_climbs_nobody_below_works_on_it_any_more() -> None:
    """001-20"""
    book = Book(CITY)
    book.accept(level="city", co_handlers=("shi_ziran",))
    assert "case.recalled" in types(book.unresolved())
    assert book.case.open_dispatches() == []
