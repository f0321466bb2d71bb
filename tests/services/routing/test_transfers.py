"""Down to another level of government, and back."""

from typing import Any

import pytest

from contracts.events import CaseTransferred, TransferAnswered
from libs.policy.refused import Refused
from services.routing import domain
from tests.services.routing.case_book import CALL, CITY, OTHER, Book, handed, one, types


def down(book: Book, to: str = "county-reception-day", channel: str = "city-service-centre") -> list[Any]:
    words = {"to_scheme": to, "channel": channel, "reason": "the county's matter"}
    return book.ask(domain.transfer_down, domain.TransferDown, **words)


def test_the_city_hands_a_matter_down_to_a_countys_own_mechanism_and_follows_it() -> None:
    """000-08, 001-06, 001-19"""
    book = Book(CITY)
    book.accept(level="city")
    said = down(book)
    assert types(said) == ["case.recalled", "case.transferred"]
    gone = one(said, CaseTransferred)
    assert (gone.direction, gone.to_scheme) == ("down", "county-reception-day@2022-03-30")
    assert not book.case.over


def test_the_countys_answer_is_passed_on_by_the_unit_that_had_the_case() -> None:
    """001-19"""
    book = Book(CITY)
    book.accept(level="city")
    down(book)
    assert handed(book.hear(TransferAnswered, answered_as=OTHER, outcome="solved")) == [
        ("shi_gongdian", "lead", "handle")
    ]
    assert book.case.transfer
    assert book.case.transfer.answered_as == OTHER


def test_an_answer_heard_twice_hands_over_once() -> None:
    """001-19"""
    book = Book(CITY)
    book.accept(level="city")
    down(book)
    book.hear(TransferAnswered, answered_as=OTHER, outcome="solved")
    book.reply()
    assert book.hear(TransferAnswered, answered_as=OTHER, outcome="solved") == []


@pytest.mark.parametrize(
    ("to", "channel", "field"),
    [
        ("suqian-window", "helper", "to_scheme"),
        ("no-such-scheme", "phone", "to_scheme"),
        ("county-reception-day", "phone", "channel"),
    ],
)
def test_it_goes_only_to_a_level_below_and_through_its_channel_for_transfers(to: str, channel: str, field: str) -> None:
    """001-06"""
    book = Book(CITY)
    book.accept(level="city")
    with pytest.raises(Refused) as refused:
        down(book, to, channel)
    assert refused.value.field == field


def test_a_county_hands_nothing_down_to_the_city() -> None:
    """001-06"""
    book = Book(CALL)
    book.accept(level="county", district="445103")
    with pytest.raises(Refused) as refused:
        down(book, "chaozhou-direct-line", "from-county")
    assert refused.value.rule == "not-below"


def test_what_is_answered_or_away_is_not_handed_down() -> None:
    """000-08"""
    book = Book(CITY)
    book.accept(level="city")
    down(book)
    with pytest.raises(Refused) as refused:
        down(book)
    assert refused.value.rule == "answered-or-away"
