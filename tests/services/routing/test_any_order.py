"""What other services say may reach routing in any order: the same case comes of it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.events import (
    AppealAccepted,
    AppealLinked,
    AppealRepeated,
    AppealWithdrawn,
    CaseCalledBack,
    CaseClosed,
    CaseEvent,
    CaseRated,
    CaseReopened,
    ClockMissed,
    ClockRecomputed,
    ClockStarted,
    RectificationLifted,
    RectificationListed,
)
from services.routing import domain
from services.routing.case import Case
from tests.services.routing.case_book import CALL, CITY, OTHER, Book, at


def limits(book: Book) -> list[CaseEvent]:
    """Deadline says when a reply is due, and then, by a new calendar, says it again."""
    of = book.dispatch
    told = {"clock": "reply", "of": of, "subject": f"reply:{of}", "provisional": False}
    book.now = at("11-02")
    started = book.fact(ClockStarted, due=at("11-17", 0), **told)
    book.now = at("11-04")
    recounted = book.fact(ClockRecomputed, was=at("11-17", 0), due=at("11-16", 0), **told)
    late = book.fact(ClockMissed, **{name: told[name] for name in ("clock", "of", "subject")}, due=at("11-16", 0))
    book.now = at("11-02")
    objecting = told | {"clock": "objection", "subject": f"objection:{of}"}
    return [started, recounted, late, book.fact(ClockStarted, due=at("11-03"), **objecting)]


def later(book: Book) -> list[CaseEvent]:
    """What other services say of a case that was answered, closed and reopened."""
    facts: list[CaseEvent] = [
        book.fact(AppealLinked, to=OTHER),
        book.fact(AppealRepeated, first=OTHER, times=3),
        book.fact(RectificationListed, unit="shi_gongdian", due_on="2026-12-20"),
        book.fact(CaseRated, rating="satisfied"),
    ]
    book.now = at("11-10")
    facts += [book.fact(CaseCalledBack, way="phone", solved=True), book.fact(CaseClosed, outcome="satisfied")]
    book.now = at("11-12")
    facts += [book.fact(CaseReopened, round=1), book.fact(RectificationLifted, unit="shi_gongdian")]
    return facts


def outcome(case: Case) -> dict[str, Any]:
    """All that is kept. A hand-over is known by its unit and what is to be done: its id follows from what led to it."""
    left = case.model_dump(exclude={"dispatches"})
    return left | {"hand-overs": [(d.unit, d.task, d.status, d.deemed) for d in case.dispatches.values()]}


def lived(book: Book, events: list[CaseEvent]) -> dict[str, Any]:
    for event in events:
        book.hear_it(event)
    return outcome(book.case)


def answered() -> Book:
    book = Book(CALL)
    book.accept(level="county")
    book.reply()
    return book


def handed_over() -> Book:
    book = Book(CITY)
    book.accept(level="city")
    return book


EARLY = limits(handed_over())
LATE = later(answered())


@given(st.permutations(range(len(EARLY))))
def test_limits_are_the_last_that_deadline_said_in_any_order(order: list[int]) -> None:
    """§3.11, §3.25"""
    assert lived(handed_over(), [EARLY[n] for n in order]) == lived(handed_over(), EARLY)


@given(st.permutations(range(len(LATE))), st.data())
def test_what_is_said_after_the_answer_comes_to_the_same_in_any_order_and_heard_twice(
    order: list[int], data: st.DataObject
) -> None:
    """003-20, 004-17, 002-14"""
    shuffled = [LATE[n] for n in order]
    again = data.draw(st.sampled_from(shuffled))
    book = answered()
    lived(book, shuffled)
    before = book.case
    # The store hears nothing twice; what is folded twice must change nothing either.
    assert domain.evolve(before, again) == before
    assert outcome(before) == lived(answered(), LATE)


@given(st.permutations(range(3)))
def test_a_withdrawn_case_is_nobodys_work_whatever_came_first(order: list[int]) -> None:
    """001-19"""
    book = Book(CITY)
    accepted = book.fact(AppealAccepted, category="energy", district="445102", level="city")
    events = [accepted, book.fact(AppealWithdrawn), book.fact(AppealLinked, to=OTHER)]
    left = lived(book, [events[n] for n in order])
    assert (left["withdrawn"], left["linked"]) == (True, (OTHER,))
    assert book.case.open_dispatches() == []
