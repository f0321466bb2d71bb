"""What happened in a case, as whoever works on it and the enterprise read it."""

from typing import Any

from services.portal.progress import course, history

NINE, TEN = "2026-01-05T01:00:00Z", "2026-01-05T02:00:00Z"


def step(what: str, at: str = NINE, unit: str | None = None, outcome: str | None = None) -> dict[str, Any]:
    return {"id": f"{at}-{what}-{unit}", "at": at, "what": f"{what}.v1", "unit": unit, "outcome": outcome}


def whats(steps: list[Any]) -> list[str]:
    return [one["what"].removesuffix(".v1") for one in steps]


AT_ONCE = [
    step(what) for what in ("case.assigned", "appeal.accepted", "letter.sent", "appeal.verified", "appeal.filed")
]


def test_what_came_at_one_moment_stands_in_the_order_in_which_things_follow() -> None:
    assert whats(course(AT_ONCE)) == ["appeal.filed", "appeal.verified", "appeal.accepted", "case.assigned"]
    assert whats(history(AT_ONCE)) == ["case.assigned", "appeal.accepted", "appeal.verified", "appeal.filed"]


def test_a_later_moment_comes_later_whatever_it_brings() -> None:
    assert whats(course([step("appeal.linked", TEN), step("case.closed", NINE)])) == ["case.closed", "appeal.linked"]


def test_the_same_said_twice_at_one_moment_is_told_once() -> None:
    twice = [step("appeal.linked"), step("appeal.linked") | {"id": "of another earlier appeal"}]
    assert whats(course(twice)) == ["appeal.linked"]
    assert len(course([step("case.assigned", unit="one"), step("case.assigned", unit="other")])) == 2


def test_who_works_on_it_reads_of_missed_limits_and_of_letters_that_reached_nobody_and_the_enterprise_does_not() -> (
    None
):
    workings = [step("clock.missed"), step("letter.sent"), step("letter.delivered"), step("letter.failed")]
    assert whats(course(workings)) == ["clock.missed", "letter.failed"]
    assert history(workings) == []
