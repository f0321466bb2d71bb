"""What a unit is offered on its page is what the rules would let it do."""

from typing import Any

from services.routing import domain
from services.routing.possible import possible
from tests.services.routing.case_book import CALL, CITY, Book, at


def offered(book: Book) -> dict[str, Any]:
    dispatch = next(iter(book.case.dispatches.values()))
    return possible(book.case, dispatch, by="clerk", now=book.now, terms=book.terms)


def open_acts(book: Book) -> set[str]:
    return {act for act, why in offered(book)["acts"].items() if why is None}


def handed_over(scheme: str = CITY, **fields: Any) -> Book:
    book = Book(scheme)
    book.accept(**fields)
    return book


def test_what_was_just_handed_over_can_be_taken_objected_to_and_worked_on() -> None:
    assert open_acts(handed_over(level="city")) == {
        "taking", "objection", "progress", "co-handlers", "reply", "unresolved",
    }  # fmt: skip


def test_what_was_taken_can_neither_be_taken_again_nor_objected_to_and_the_page_knows_why() -> None:
    book = handed_over(level="city")
    book.ask(domain.take, domain.Take, dispatch=book.dispatch)
    assert not {"taking", "objection"} & open_acts(book)
    assert offered(book)["acts"]["objection"]["rule"] == "already-taken"


def test_asking_what_is_possible_changes_nothing() -> None:
    book = handed_over(level="city")
    before = book.case
    offered(book)
    assert book.case == before


def test_more_time_says_which_limit_by_when_and_how_much_at_most() -> None:
    book = handed_over(CALL, level="county", category="energy", district="445103", complexity="general")
    book.limit("reply", at("11-05", 0))
    (more,) = offered(book)["extension"]
    assert (more["clock"], more["until"], more["at_most"], more["refused"]) == ("reply", at("11-04", 0), 2, None)
    book.now = at("11-04", 1)
    assert offered(book)["extension"][0]["refused"]["rule"] == "asked-late"


def test_of_what_was_answered_nothing_is_left_to_do() -> None:
    book = handed_over(level="city")
    book.ask(domain.reply, domain.Reply, dispatch=book.dispatch, outcome="solved", result="done", answer="done")
    assert open_acts(book) == set()
    assert offered(book)["acts"]["taking"]["rule"] == "already-answered"


def test_a_unit_finds_what_it_answered_and_the_last_of_it() -> None:
    book = handed_over(level="city")
    book.ask(domain.reply, domain.Reply, dispatch=book.dispatch, outcome="solved", result="done", answer="done")
    unit = next(iter(book.case.dispatches.values())).unit
    assert domain.keys(book.case)["answerers"] == [unit]
    last = domain.last_answer(book.case, unit)
    assert last is not None
    assert last.answered_at == book.now
