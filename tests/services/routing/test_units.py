"""What units do with what they were handed: take it, object to it, tell of it, answer it."""

from typing import Any

import pytest

from contracts.events import CaseAnswered, CaseListed, CaseReplied, CaseTaken, ClockMissed, Event
from libs.policy.refused import Refused
from services.routing import domain
from tests.services.routing.case_book import CALL, CITY, DESK_12345, DIRECTORY, Book, at, handed, one, types


def city() -> Book:
    book = Book(CITY)
    book.accept(level="city")
    return book


def object_to(book: Book, proposed: str = "shi_ziran") -> list[Event]:
    words = {"dispatch": book.dispatch, "reason": "not ours", "proposed": proposed}
    return book.ask(domain.object_to, domain.ObjectTo, **words)


def decide(book: Book, *, grant: bool, unit: str = "shi_ziran") -> list[Event]:
    words = {"dispatch": book.dispatch, "grant": grant, "unit": unit, "reason": "seen"}
    return book.ask(domain.decide_dispute, domain.DecideDispute, **words)


def test_a_unit_takes_the_case_once() -> None:
    """001-21"""
    book = city()
    words: dict[str, Any] = {"dispatch": book.dispatch}
    assert not one(book.ask(domain.take, domain.Take, **words), CaseTaken).deemed
    with pytest.raises(Refused) as refused:
        book.ask(domain.take, domain.Take, **words)
    assert refused.value.rule == "already-taken"


def test_silence_counts_as_taking_where_the_scheme_says_so() -> None:
    """001-21, §3.2"""
    book = city()
    of = book.dispatch
    said = book.hear(ClockMissed, clock="acceptance", of=of, subject=f"acceptance:{of}", due=at("11-03"))
    assert one(said, CaseTaken).deemed


def test_a_unit_objects_within_its_hours_and_the_administrator_decides() -> None:
    """001-22, §3.3"""
    book = city()
    book.limit("objection", at("11-03"))
    assert types(object_to(book)) == ["case.disputed"]
    said = decide(book, grant=True)
    assert handed(said) == [("shi_ziran", "lead", "handle")]


def test_after_its_hours_a_unit_objects_no_more() -> None:
    """001-22, §3.2"""
    book = city()
    book.limit("objection", at("11-03", 9))
    book.now = at("11-03", 9)
    with pytest.raises(Refused) as refused:
        object_to(book)
    assert refused.value.rule == "objection-late"


def test_a_second_objection_of_one_unit_is_refused_and_remembered() -> None:
    """§3.3"""
    book = city()
    object_to(book)
    decide(book, grant=False)
    assert types(object_to(book)) == ["case.second_dispute_refused"]


def test_after_two_units_the_superior_designates_finally() -> None:
    """§3.3"""
    book = city()
    object_to(book)
    decide(book, grant=True)
    object_to(book, "shi_gongdian")
    with pytest.raises(Refused) as refused:
        decide(book, grant=True, unit="shi_gongdian")
    assert refused.value.rule == "superior-decides"
    words = {"dispatch": book.dispatch, "unit": "shi_gongdian", "reason": "final"}
    assert handed(book.ask(domain.designate, domain.Designate, **words)) == [("shi_gongdian", "lead", "handle")]
    with pytest.raises(Refused) as final:
        object_to(book)
    assert final.value.rule == "designated-finally"


def test_unclear_duty_goes_to_a_joint_meeting_and_into_its_own_ledger() -> None:
    """003-19"""
    book = Book(DESK_12345)
    book.accept()
    object_to(book)
    words = {"dispatch": book.dispatch, "reason": "the duties cross"}
    said = book.ask(domain.send_to_meeting, domain.SendToMeeting, **words)
    assert types(said) == ["case.dispute_decided", "case.recalled", "case.listed"]
    listed = one(said, CaseListed)
    assert (listed.kind, listed.rung) == ("unclear-duty", "joint-handling")
    assert domain.keys(book.case)["unclear"]
    assert book.case.open_dispatches() == []


def test_a_regulation_without_a_joint_meeting_has_the_administrator_decide() -> None:
    """003-19"""
    book = city()
    object_to(book)
    with pytest.raises(Refused) as refused:
        book.ask(domain.send_to_meeting, domain.SendToMeeting, dispatch=book.dispatch, reason="unclear")
    assert refused.value.rule == "no-joint-meeting"


def test_a_scheme_without_objections_says_what_to_do_instead() -> None:
    """002-13"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103")
    with pytest.raises(Refused) as refused:
        object_to(book, "ca_ziran")
    assert refused.value.rule == "no-objections"


def test_the_leads_reply_answers_the_enterprise_and_ends_everybodys_work() -> None:
    """001-23, 000-14"""
    book = Book(CITY)
    book.accept(level="city", co_handlers=("shi_ziran",))
    said = book.reply("shi_gongdian", answer="the line is laid")
    assert types(said) == ["case.taken", "case.replied", "case.answered", "case.recalled"]
    assert book.case.answer == "the line is laid"
    assert book.case.dispatches[book.of("shi_gongdian")].result == "what was done"


def test_a_co_handlers_reply_is_kept_and_answers_nobody() -> None:
    """001-23, 000-14"""
    book = Book(CITY)
    book.accept(level="city", co_handlers=("shi_ziran",))
    said = book.reply("shi_ziran", answer="we agree")
    assert one(said, CaseReplied).role == "co-handler"
    assert book.case.answer is None
    assert book.case.dispatches[book.of("shi_ziran")].answer == "we agree"


def test_what_the_law_or_a_court_decides_is_answered_so() -> None:
    """001-48"""
    assert one(city().reply(outcome="by-law"), CaseAnswered).outcome == "by-law"
    with pytest.raises(Refused) as refused:
        city().reply(outcome="whatever")
    assert refused.value.field == "outcome"


def test_progress_is_told_while_the_case_is_worked_on() -> None:
    """000-23, 001-49"""
    book = city()
    book.ask(domain.tell_progress, domain.TellProgress, dispatch=book.dispatch, text="the pipe is ordered")
    assert book.case.progress[0].text == "the pipe is ordered"


@pytest.mark.parametrize("scheme", ["county-reception-day", "cadres-and-enterprises"])
def test_who_answers_for_a_units_work_is_known_with_the_unit(scheme: str) -> None:
    """000-35, 004-23: 第一责任人"""
    for unit in DIRECTORY.running(scheme).each_unit():
        assert unit.first_responsible
        assert unit.directly_responsible
