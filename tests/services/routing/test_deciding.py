"""What leaders decide, who carries it out, and how that is answered."""

from datetime import date

import pytest

from contracts.events import CaseAnswered, CaseAssigned, CaseDecided, CaseReported, CaseTransferred
from libs.policy.refused import Refused
from services.routing import domain
from services.routing.commands import DecidedTask
from tests.services.routing.case_book import CALL, COUNTY_DAY, Book, handed, one, types


def before_the_leader(**fields: str) -> Book:
    """Kaihua's leader in charge of energy has the case, unresolved by the department."""
    book = Book(CALL)
    book.accept(**({"level": "county", "category": "energy", "district": "445103"} | fields))
    book.unresolved()
    return book


def task(*units: str, lead: str | None = None, due_on: date | None = None) -> DecidedTask:
    return DecidedTask(units=units, lead=lead, due_on=due_on)


def test_a_leader_names_the_lead_those_who_work_with_it_and_the_last_day() -> None:
    """000-21, 000-22, 002-21"""
    book = before_the_leader()
    day = date(2026, 11, 20)
    said = book.decide("resolved", task("ca_gongdian", "ca_ziran", "ca_huanjing", lead="ca_ziran", due_on=day))
    assert handed(said) == [
        ("ca_ziran", "lead", "carry-out"),
        ("ca_gongdian", "co-handler", "carry-out"),
        ("ca_huanjing", "co-handler", "carry-out"),
    ]
    decided = one(said, CaseDecided)
    assert (decided.outcome, decided.lead, decided.due_on) == ("resolved", "ca_ziran", day)
    assert {fact.due_on for fact in said if isinstance(fact, CaseAssigned)} == {day}
    assert book.case.decisions[0].text == "my opinion"


def test_a_decision_of_several_units_without_a_lead_is_refused() -> None:
    """000-22"""
    book = before_the_leader()
    with pytest.raises(Refused) as refused:
        book.decide("resolved", task("ca_gongdian", "ca_ziran"))
    assert refused.value.field == "lead"
    assert handed(book.decide("resolved", task("ca_gongdian"))) == [("ca_gongdian", "lead", "carry-out")]


def test_a_matter_that_is_split_is_answered_when_the_last_part_is_and_with_all_their_answers() -> None:
    """003-11 分办"""
    book = before_the_leader()
    said = book.decide("resolved", task("ca_gongdian"), task("ca_ziran", "ca_huanjing", lead="ca_ziran"))
    assert [fact.lead for fact in said if isinstance(fact, CaseDecided)] == ["ca_gongdian", "ca_ziran"]
    assert "case.answered" not in types(book.reply("ca_gongdian", answer="the line is laid"))
    said = book.reply("ca_ziran", answer="the land is cleared")
    assert one(said, CaseAnswered).unit == "ca_ziran"
    assert book.case.answer == "the line is laid\nthe land is cleared"
    assert book.case.open_dispatches() == []


def test_in_joint_handling_the_leads_answer_is_the_answer() -> None:
    """003-11 会办, 000-22"""
    book = before_the_leader()
    book.decide("resolved", task("ca_gongdian", "ca_ziran", lead="ca_gongdian"))
    assert "case.answered" not in types(book.reply("ca_ziran"))
    assert one(book.reply("ca_gongdian"), CaseAnswered).unit == "ca_gongdian"


def test_what_policy_forbids_is_explained_by_the_unit_that_led_when_nobody_is_named() -> None:
    """000-25"""
    book = before_the_leader()
    said = book.decide("explained")
    assert one(said, CaseDecided).outcome == "explained"
    assert handed(said) == [("ca_gongdian", "lead", "carry-out")]


def test_an_outcome_that_policy_forbids_needs_its_explanation() -> None:
    """000-25"""
    book = before_the_leader()
    book.decide("explained")
    with pytest.raises(Refused) as refused:
        book.reply(outcome="explained", answer=" ")
    assert refused.value.field == "answer"
    assert one(book.reply(outcome="explained", answer="the plan forbids it there"), CaseAnswered)


def test_what_a_leader_cannot_solve_goes_to_the_next_with_the_opinion() -> None:
    """000-17, 000-34, 002-16"""
    book = before_the_leader()
    said = book.decide("unresolved")
    assert types(said)[:3] == ["case.decided", "case.taken", "case.unresolved"]
    assert handed(said) == [("ca_quzhang", "lead", "handle")]
    assert one(book.decide("unresolved"), CaseTransferred).direction == "up"


def test_only_a_leader_decides() -> None:
    """000-19"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103")
    with pytest.raises(Refused) as refused:
        book.decide("resolved", task("ca_gongdian"))
    assert refused.value.rule == "leaders-only"


@pytest.mark.parametrize(
    ("tasks", "rule"),
    [
        ((task(),), "nobody-to-act"),
        ((task("shi_gongdian"),), "unknown-unit"),
        ((task("ca_ziran", due_on=date(2026, 11, 1)),), "past-day"),
        ((task("ca_ziran"), task("ca_ziran")), "named-twice"),
    ],
)
def test_a_decision_that_nobody_could_carry_out_is_refused(tasks: tuple[DecidedTask, ...], rule: str) -> None:
    """000-21"""
    book = before_the_leader()
    with pytest.raises(Refused) as refused:
        book.decide("resolved", *tasks)
    assert refused.value.rule == rule
    assert book.case.decisions == ()


def test_a_decision_is_carried_out_not_objected_to() -> None:
    """000-21"""
    book = before_the_leader()
    book.decide("resolved", task("ca_gongdian"))
    words = {"dispatch": book.dispatch, "reason": "not ours", "proposed": "ca_ziran"}
    with pytest.raises(Refused) as refused:
        book.ask(domain.object_to, domain.ObjectTo, **words)
    assert refused.value.rule == "not-objectionable"


def test_when_it_is_done_the_lead_reports_in_writing_once() -> None:
    """000-26"""
    book = Book(CALL, decisions=Book(COUNTY_DAY).scheme.decisions)
    book.accept(level="county", category="energy", district="445103")
    book.unresolved()
    book.decide("resolved", task("ca_gongdian"))
    carrying = book.dispatch
    report = {"dispatch": carrying, "text": "the road is open"}
    with pytest.raises(Refused) as early:
        book.ask(domain.report, domain.Report, **report)
    assert early.value.rule == "nothing-to-report"
    book.reply()
    assert one(book.ask(domain.report, domain.Report, **report), CaseReported).unit == "ca_gongdian"
    assert book.case.reports[0].text == "the road is open"
    with pytest.raises(Refused) as again:
        book.ask(domain.report, domain.Report, **report)
    assert again.value.rule == "reported-before"


def test_a_regulation_that_asks_for_no_report_takes_none() -> None:
    """000-26"""
    book = before_the_leader()
    book.decide("resolved", task("ca_gongdian"))
    book.reply()
    with pytest.raises(Refused) as refused:
        book.ask(domain.report, domain.Report, dispatch=book.of("ca_gongdian"), text="done")
    assert refused.value.rule == "no-report-wanted"
