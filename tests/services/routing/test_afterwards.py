"""What follows after the answer: final decisions, rework, doubts, the problem list, a change of class."""

from typing import Any

import pytest

from contracts.events import (
    AppealDoubted,
    AppealLinked,
    AppealRepeated,
    CaseAnswered,
    CaseAssigned,
    CaseCalledBack,
    CaseClosed,
    CasePlanFixed,
    CaseRated,
    CaseReclassified,
    CaseReopened,
    CaseStruckOff,
    Event,
    RectificationLifted,
    RectificationListed,
)
from libs.policy.refused import Refused
from services.routing import domain
from tests.services.routing.case_book import (
    CADRES,
    CALL,
    CITY,
    COUNTY_DAY,
    OTHER,
    Book,
    at,
    handed,
    one,
    types,
)


def answered(scheme: str, **fields: Any) -> Book:
    book = Book(scheme)
    book.accept(**fields)
    book.reply()
    return book


# --- a bad word -------------------------------------------------------------------------------------------------------


def test_a_bad_word_under_001_asks_the_lead_for_one_final_decision() -> None:
    """001-44"""
    book = answered(CITY, level="city")
    said = book.hear(CaseRated, rating="dissatisfied")
    assert handed(said) == [("shi_gongdian", "lead", "final-decision")]
    book.ask(domain.decide_finally, domain.DecideFinally, dispatch=book.dispatch, talk="we met", answer="so it stays")
    assert book.case.final_answer == "so it stays"
    assert book.hear(CaseRated, rating="dissatisfied") == []


def test_a_bad_word_elsewhere_asks_for_no_final_decision() -> None:
    """§3.9, 002-25"""
    book = answered(CALL, level="county", category="energy", district="445103")
    assert book.hear(CaseRated, rating="dissatisfied") == []


def test_a_reopened_case_goes_back_to_who_answered_it_even_after_it_was_closed() -> None:
    """003-20, §3.9"""
    book = answered(CALL, level="county")
    book.hear(CaseClosed, outcome="satisfied")
    assert book.case.over
    book.now = at("11-09")
    said = book.hear(CaseReopened, round=1)
    assert [task for _, _, task in handed(said)] == ["rework"]
    assert not book.case.over
    assert one(book.reply(answer="now it is done"), CaseAnswered)
    assert book.case.answer == "now it is done"


def test_closed_and_reopened_in_the_other_order_is_the_same() -> None:
    """003-20"""
    book = answered(CALL, level="county")
    closed = book.fact(CaseClosed, outcome="satisfied")
    book.now = at("11-09")
    book.hear(CaseReopened, round=1)
    book.hear_it(closed)
    assert not book.case.over


def test_an_enterprise_that_still_doubts_is_worked_for_further_where_the_scheme_says_so() -> None:
    """000-24"""
    book = answered(COUNTY_DAY, category="project", district="445122")
    assert handed(book.hear(AppealDoubted)) == [("rp_zhujian", "lead", "handle")]
    assert book.hear(AppealDoubted) == [], "it is worked on already"
    assert answered(CITY, level="city").hear(AppealDoubted) == []


def test_a_closed_case_takes_no_new_work() -> None:
    """000-24"""
    book = answered(COUNTY_DAY, category="project", district="445122")
    book.hear(CaseClosed, outcome="called-back")
    assert book.hear(AppealDoubted) == []


# --- the problem list -------------------------------------------------------------------------------------------------


def plan(book: Book) -> list[Event]:
    return book.ask(domain.fix_plan, domain.FixPlan, dispatch=book.dispatch, plan="first the pipe, then the road")


def strike_off(book: Book) -> list[Event]:
    return book.ask(domain.strike_off, domain.StrikeOff, reason="seen on the spot")


def test_a_complex_matter_is_planned_followed_and_struck_off_when_it_is_solved() -> None:
    """002-21"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103", complexity="complex")
    assert one(plan(book), CasePlanFixed).unit == "ca_gongdian"
    assert domain.keys(book.case)["problem"]
    with pytest.raises(Refused) as early:
        strike_off(book)
    assert early.value.rule == "not-solved"
    book.reply()
    assert one(strike_off(book), CaseStruckOff)
    assert not domain.keys(book.case)["problem"]
    with pytest.raises(Refused):
        strike_off(book)


def test_a_simple_matter_is_solved_not_planned() -> None:
    """002-19, 002-21"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103", complexity="simple")
    with pytest.raises(Refused) as refused:
        plan(book)
    assert refused.value.rule == "no-problem-list"


# --- classes ----------------------------------------------------------------------------------------------------------


def reclassify(book: Book, complexity: str) -> list[Event]:
    return book.ask(domain.reclassify, domain.Reclassify, complexity=complexity, reason="seen")


def test_a_matter_that_proves_harder_is_classed_anew_and_stays_with_its_unit() -> None:
    """§3.25, 002-19, 002-20, 003-30, 003-31, 003-32"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103", complexity="simple")
    said = reclassify(book, "complex")
    assert types(said) == ["case.reclassified"]
    assert one(said, CaseReclassified).complexity == "complex"
    assert one(book.unresolved(), CaseAssigned).complexity == "complex"


@pytest.mark.parametrize(("complexity", "rule"), [("simple", "same-class"), ("desperate", "unknown-class")])
def test_only_to_another_class_of_the_scheme(complexity: str, rule: str) -> None:
    """§3.25"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103", complexity="simple")
    with pytest.raises(Refused) as refused:
        reclassify(book, complexity)
    assert refused.value.rule == rule


def test_what_is_answered_is_classed_no_more() -> None:
    """§3.25"""
    with pytest.raises(Refused) as refused:
        reclassify(answered(CALL, level="county", complexity="simple"), "complex")
    assert refused.value.rule == "answered-before"


def test_a_matter_of_several_units_is_at_least_of_the_class_for_several() -> None:
    """002-20, 003-30, 003-32"""
    classes = Book(CALL).scheme.complexities
    several = classes | {"general": classes["general"].model_copy(update={"several": True})}
    book = Book(CALL, complexities=several)
    book.accept(level="county", category="energy", district="445103", complexity="complex", co_handlers=("ca_ziran",))
    with pytest.raises(Refused) as refused:
        reclassify(book, "simple")
    assert refused.value.rule == "several-units"
    reclassify(book, "general")


def test_the_lead_convenes_others_only_in_a_class_for_several_units() -> None:
    """002-20"""
    classes = Book(CALL).scheme.complexities
    several = classes | {"general": classes["general"].model_copy(update={"several": True})}
    book = Book(CALL, complexities=several)
    book.accept(level="county", category="energy", district="445103", complexity="simple")
    words = {"dispatch": book.dispatch, "units": ("ca_ziran", "ca_huanjing")}
    with pytest.raises(Refused) as refused:
        book.ask(domain.involve, domain.Involve, **words)
    assert refused.value.rule == "several-units"
    reclassify(book, "general")
    assert handed(book.ask(domain.involve, domain.Involve, **words)) == [
        ("ca_ziran", "co-handler", "handle"),
        ("ca_huanjing", "co-handler", "handle"),
    ]
    with pytest.raises(Refused) as twice:
        book.ask(domain.involve, domain.Involve, **words)
    assert twice.value.rule == "works-on-it"


# --- what is kept and shown -------------------------------------------------------------------------------------------


def test_what_came_before_and_what_is_listed_is_kept_with_the_case() -> None:
    """004-17, 002-14"""
    book = answered(CADRES, category="land")
    book.hear(AppealLinked, to=OTHER)
    book.hear(AppealRepeated, first=OTHER, times=3)
    book.hear(CaseCalledBack, way="on-site", solved=False)
    book.hear(RectificationListed, unit="xq_zhengdi", due_on="2026-12-20")
    assert (book.case.linked, book.case.repeated, book.case.called_back[0].solved) == ((OTHER,), 3, False)
    assert book.case.up_for_rectification
    book.now = at("12-18")
    book.hear(RectificationLifted, unit="xq_zhengdi")
    assert not book.case.up_for_rectification
