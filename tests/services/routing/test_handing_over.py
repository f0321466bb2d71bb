"""Whom a case is handed to under each scheme."""

import pytest

from contracts.events import AppealAnsweredAtOnce, AppealReturned, AppealWithdrawn, CaseAssigned, RungVacant
from libs.policy.leading import NoLead, who_leads
from libs.policy.refused import Refused
from services.routing import domain
from tests.services.routing.case_book import (
    CADRES,
    CALL,
    CITY,
    COUNTY_DAY,
    DESK_12345,
    DIRECTORY,
    ENTERPRISES,
    Book,
    at,
    handed,
    one,
    scheme_of,
    types,
)


def test_a_county_matter_goes_to_its_county_and_a_city_matter_to_the_department_of_its_category() -> None:
    """001-19"""
    assert handed(Book(CITY).accept(level="county")) == [("qu_xiangqiao", "lead", "handle")]
    assert handed(Book(CITY).accept(level="city")) == [("shi_gongdian", "lead", "handle")]


def test_a_matter_by_territory_goes_to_a_township_of_the_county() -> None:
    """002-17"""
    said = Book(CALL).accept(level="township", district="445103")
    assert handed(said) == [("ca_kaifaqu", "lead", "handle")]
    assert one(said, CaseAssigned).rung == "township"


def test_the_centre_studies_and_hands_over_to_those_it_names() -> None:
    """002-13, 000-13"""
    said = Book(CALL).accept(
        level="county", lead="ca_ziran", co_handlers=("ca_gongdian", "ca_ziran"), complexity="general"
    )
    assert handed(said) == [("ca_ziran", "lead", "handle"), ("ca_gongdian", "co-handler", "handle")]
    assert {fact.complexity for fact in said if isinstance(fact, CaseAssigned)} == {"general"}


def test_who_was_first_asked_leads_unless_the_screener_named_another() -> None:
    """003-37"""
    assert handed(Book(DESK_12345).accept(receiver="shi_shenpi"))[0][0] == "shi_shenpi"
    assert handed(Book(DESK_12345).accept(receiver="shi_shenpi", lead="shi_ziran"))[0][0] == "shi_ziran"
    assert handed(Book(CITY).accept(level="city", receiver="shi_shenpi"))[0][0] == "shi_gongdian"


def test_a_receiver_that_is_no_unit_of_this_level_does_not_lead() -> None:
    """003-37"""
    assert handed(Book(DESK_12345).accept(receiver="hotline_12345"))[0][0] == "shi_gongdian"


def test_what_the_specialist_brings_goes_to_the_unit_of_its_matter() -> None:
    """003-17: a supervisor's problem is passed on like any other; 004-04"""
    assert handed(Book(ENTERPRISES).accept(level="city")) == [("shi_gongdian", "lead", "handle")]
    assert handed(Book(CADRES).accept(category="land")) == [("xq_zhengdi", "lead", "handle")]


def test_a_matter_of_several_departments_for_a_leader_still_goes_to_the_departments_first() -> None:
    """000-07"""
    book = Book(COUNTY_DAY)
    assert scheme_of(COUNTY_DAY).categories["several-departments"].leader
    said = book.accept(category="several-departments", district="445122")
    assert one(said, CaseAssigned).rung == "department"


def test_a_matter_that_nobody_answers_for_needs_a_lead_named_by_the_screener() -> None:
    """000-13"""
    scheme, view = scheme_of(CITY), DIRECTORY.running(CITY)
    with pytest.raises(NoLead) as refused:
        who_leads(scheme, view, level="city", category="nobodys", district="445102")
    assert refused.value.field == "lead"
    with pytest.raises(NoLead):
        who_leads(scheme, view, level="county", category="energy", district="445199")
    assert who_leads(scheme, view, level="city", category="nobodys", district="445102", named="shi_ziran")


def test_a_case_never_waits_for_a_unit_that_does_not_exist_the_office_has_it() -> None:
    """000-34"""
    said = Book(CITY).accept(level="county", district="445199")
    assert one(said, RungVacant).fallback == "shi_zhengshu"
    assert handed(said) == [("shi_zhengshu", "lead", "handle")]


def test_urgency_and_class_go_along_with_every_hand_over() -> None:
    """000-30"""
    book = Book(CALL)
    said = book.accept(level="county", complexity="simple", urgent=True)
    assert (one(said, CaseAssigned).urgent, one(said, CaseAssigned).complexity) == (True, "simple")
    assert one(book.unresolved(), CaseAssigned).urgent


def test_the_queue_has_urgent_matters_first_then_what_is_due_first() -> None:
    """000-30, 000-40"""
    books = {name: Book(CITY) for name in ("plain", "due-soon", "urgent", "due-later")}
    for name, book in books.items():
        book.accept(level="city", urgent=name == "urgent")
    books["due-soon"].limit("reply", at("11-05"))
    books["due-later"].limit("reply", at("11-16"))
    books["urgent"].limit("reply", at("11-30"))
    waiting = [(book.case, book.case.open_dispatches()[0]) for book in books.values()]
    names = {id(book.case): name for name, book in books.items()}
    order = [names[id(case)] for case, _ in domain.by_priority(waiting)]
    assert order == ["urgent", "due-soon", "due-later", "plain"]


def test_a_case_that_is_withdrawn_returned_or_answered_at_once_is_nobodys_work() -> None:
    """003-18: a consultation answered by whoever receives it is closed without a case"""
    for gone, fields in (
        (AppealWithdrawn, {}), (AppealReturned, {"reason": "not-local"}), (AppealAnsweredAtOnce, {"how": "directly"})
    ):  # fmt: skip
        book = Book(CITY)
        book.hear(gone, **fields)
        assert book.accept() == []
        assert book.case.over


def test_what_is_withdrawn_later_is_recalled_from_everybody() -> None:
    """001-19"""
    book = Book(CITY)
    book.accept(level="city", co_handlers=("shi_ziran",))
    assert types(book.hear(AppealWithdrawn)) == ["case.recalled"] * 2
    with pytest.raises(Refused) as refused:
        book.reply("shi_gongdian")
    assert refused.value.rule == "case-withdrawn"
