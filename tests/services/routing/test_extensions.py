"""§3.11: more time for handling limits, asked for in time, once, and decided by somebody else."""

from datetime import date
from typing import Any

import pytest

from contracts.events import Event, ExtensionAsked, ExtensionGranted
from libs.policy.refused import Refused
from services.routing import domain
from services.routing.commands import DecidedTask
from tests.services.routing.case_book import CALL, CITY, COUNTY_DAY, DESK_12345, Book, at, one, types


def at_work(complexity: str = "general") -> Book:
    """Handed over on Monday 2 November; two working days, so due on Wednesday at 24:00."""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103", complexity=complexity)
    book.limit("reply", at("11-05", 0))
    return book


def ask(book: Book, days: int = 2, clock: str = "reply", **fields: Any) -> list[Event]:
    words = {"clock": clock, "working_days": days, "reason": "rain"} | (fields or {"dispatch": book.dispatch})
    return book.ask(domain.ask_extension, domain.AskExtension, **words)


def decide(
    book: Book, *, grant: bool = True, by: str = "chen", leader: str | None = None, clock: str = "reply"
) -> list[Event]:
    words = {"dispatch": book.dispatch, "clock": clock, "grant": grant, "leader": leader, "reason": "seen"}
    return book.ask(domain.decide_extension, domain.DecideExtension, by=by, **words)


def test_a_unit_asks_a_working_day_before_the_limit_and_the_office_decides() -> None:
    """§3.11"""
    book = at_work()
    book.now = at("11-03", 23)
    assert one(ask(book), ExtensionAsked).working_days == 2
    granted = one(decide(book), ExtensionGranted)
    assert (granted.clock, granted.working_days, granted.unit) == ("reply", 2, "ca_gongdian")


def test_on_the_last_day_it_is_too_late_to_ask() -> None:
    """§3.11"""
    book = at_work()
    book.now = at("11-04", 0)
    with pytest.raises(Refused) as refused:
        ask(book)
    assert refused.value.rule == "asked-late"


def test_of_a_one_day_limit_it_is_asked_for_on_the_day_of_the_hand_over() -> None:
    """§3.11"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103", complexity="simple")
    book.limit("reply", at("11-04", 0))
    book.now = at("11-03", 0)
    with pytest.raises(Refused):
        ask(book, 1)
    book.now = at("11-02", 23)
    assert one(ask(book, 1), ExtensionAsked)


@pytest.mark.parametrize("days", [0, 3])
def test_at_most_the_original_length(days: int) -> None:
    """§3.11"""
    with pytest.raises(Refused) as refused:
        ask(at_work(), days)
    assert refused.value.field == "working_days"


@pytest.mark.parametrize("grant", [True, False])
def test_at_most_once_whatever_was_decided(grant: bool) -> None:
    """§3.11"""
    book = at_work()
    ask(book)
    decide(book, grant=grant)
    with pytest.raises(Refused) as refused:
        ask(book)
    assert refused.value.rule == "extended-before"


def test_nobody_decides_on_what_he_asked_for() -> None:
    """§3.11"""
    book = at_work()
    ask(book)
    with pytest.raises(Refused) as refused:
        decide(book, by="somebody")
    assert refused.value.rule == "asked-by-you"


def test_a_decision_without_a_request_is_refused_and_a_refusal_is_told() -> None:
    """§3.11"""
    book = at_work()
    with pytest.raises(Refused) as refused:
        decide(book)
    assert refused.value.rule == "nothing-to-decide"
    ask(book)
    assert types(decide(book, grant=False)) == ["case.extension_refused"]


def test_only_the_handling_limits_that_the_scheme_names_can_be_extended() -> None:
    """§3.11: never the 24 hours, the T-5, the T+3 or the rating"""
    city = Book(CITY)
    city.accept(level="city")
    city.limit("acceptance", at("11-03"))
    with pytest.raises(Refused) as refused:
        ask(city, 1, "acceptance")
    assert refused.value.rule == "not-extendable"
    none = Book(DESK_12345)
    none.accept()
    with pytest.raises(Refused):
        ask(none, 1)


def test_a_limit_that_a_leader_set_is_extended_by_that_leader_alone() -> None:
    """§3.11, 001-02"""
    book = Book(CALL)
    book.accept(level="county", category="energy", district="445103")
    book.unresolved()
    book.decide("resolved", DecidedTask(units=("ca_gongdian",), due_on=date(2026, 11, 6)))
    book.limit("decision", at("11-07", 0))
    with pytest.raises(Refused) as long:
        ask(book, 5, "decision")
    assert long.value.field == "working_days"
    ask(book, 4, "decision")
    for other in (None, "ca_quzhang"):
        with pytest.raises(Refused) as refused:
            decide(book, leader=other, clock="decision")
        assert refused.value.rule == "leader-decides"
    assert types(decide(book, leader="ca_fugongye", clock="decision")) == ["case.extension_granted"]


def test_when_deadline_says_a_new_due_time_the_last_word_holds_in_any_order() -> None:
    """§3.11, §3.25"""
    book = at_work()
    early, later = book.now, at("11-03")
    book.now = later
    book.limit("reply", at("11-09", 0))
    book.now = early
    book.limit("reply", at("11-06", 0))
    assert book.case.due(book.dispatch) == at("11-09", 0)


def test_who_has_answered_asks_for_no_more_time() -> None:
    """§3.11"""
    book = Book(COUNTY_DAY)
    book.accept(category="project", district="445122")
    dispatch = book.dispatch
    book.limit("reply", at("11-17", 0))
    book.reply()
    with pytest.raises(Refused):
        ask(book, 1, dispatch=dispatch)
    with pytest.raises(Refused) as refused:
        ask(book, 1, dispatch=dispatch)
    assert refused.value.rule == "already-answered"
