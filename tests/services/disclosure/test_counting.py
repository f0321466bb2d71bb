"""Figures that take long: nobody waits for them twice."""

import asyncio
from typing import Any

import pytest

from libs.policy.refused import Refused
from services.disclosure import counting
from services.disclosure.counting import Counting


class Slow:
    """A count that ends when it is let."""

    def __init__(self) -> None:
        self.times = 0
        self.goes_on = asyncio.Event()

    async def count(self) -> dict[str, Any]:
        self.times += 1
        await self.goes_on.wait()
        return {"times": self.times}


async def test_what_has_not_changed_is_not_counted_again() -> None:
    slow, figures = Slow(), Counting()
    slow.goes_on.set()
    assert await figures.figures("scheme", 1, slow.count) == await figures.figures("scheme", 1, slow.count)
    assert slow.times == 1


async def test_what_changed_is_counted_anew() -> None:
    slow, figures = Slow(), Counting()
    slow.goes_on.set()
    await figures.figures("scheme", 1, slow.count)
    assert await figures.figures("scheme", 2, slow.count) == {"times": 2}


async def test_while_it_is_counted_anew_the_figures_from_before_are_told_and_one_count_serves_all() -> None:
    slow, figures = Slow(), Counting()
    slow.goes_on.set()
    await figures.figures("scheme", 1, slow.count)
    slow.goes_on.clear()
    for _ in range(3):
        assert await figures.figures("scheme", 2, slow.count) == {"times": 1}
    assert slow.times == 2
    slow.goes_on.set()
    assert await figures.figures("scheme", 2, slow.count) == {"times": 2}


async def test_where_nothing_is_from_before_whoever_waited_long_is_asked_to_come_back() -> None:
    slow, figures = Slow(), Counting(patience=0.01)
    with pytest.raises(Refused, match="being counted"):
        await figures.figures("scheme", 1, slow.count)
    slow.goes_on.set()
    assert await figures.figures("scheme", 1, slow.count) == {"times": 1}
    assert counting.PATIENCE_SECONDS < 5


async def test_who_comes_while_a_first_count_takes_long_already_is_told_so_soon() -> None:
    slow, figures = Slow(), Counting(patience=1)
    with pytest.raises(Refused, match="being counted"):
        await figures.figures("scheme", 1, slow.count)
    async with asyncio.timeout(0.9):
        with pytest.raises(Refused, match="being counted"):
            await figures.figures("scheme", 1, slow.count)


async def test_a_count_that_failed_is_tried_again() -> None:
    async def fails() -> dict[str, Any]:
        raise ValueError("the store is away")

    slow, figures = Slow(), Counting()
    slow.goes_on.set()
    with pytest.raises(ValueError, match="away"):
        await figures.figures("scheme", 1, fails)
    assert await figures.figures("scheme", 1, slow.count) == {"times": 1}
