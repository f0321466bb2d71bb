"""What comes round: every day lies in exactly one period of each kind, and the periods follow each other."""

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.policy.recurring import Every, turn_of, turns_beginning

DAYS = st.dates(date(1990, 1, 1), date(2120, 12, 31))
KINDS = st.sampled_from(get_args(Every))
KEY = re.compile(r"^[0-9]{4}(-[A-Z0-9]{1,5}){0,2}$")


@pytest.mark.parametrize(
    ("every", "day", "key", "first", "last"),
    [
        ("half-month", "2026-02-15", "2026-02-A", "2026-02-01", "2026-02-15"),
        ("half-month", "2026-02-16", "2026-02-B", "2026-02-16", "2026-02-28"),
        ("half-month", "2024-02-29", "2024-02-B", "2024-02-16", "2024-02-29"),
        ("month", "2026-12-31", "2026-12", "2026-12-01", "2026-12-31"),
        ("quarter", "2026-08-09", "2026-Q3", "2026-07-01", "2026-09-30"),
        ("half-year", "2026-06-30", "2026-H1", "2026-01-01", "2026-06-30"),
        ("half-year", "2026-07-01", "2026-H2", "2026-07-01", "2026-12-31"),
        ("year", "2026-05-01", "2026", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_day_lies_in_its_period(every: Every, day: str, key: str, first: str, last: str) -> None:
    turn = turn_of(every, date.fromisoformat(day))
    assert (turn.key, turn.first, turn.last) == (key, date.fromisoformat(first), date.fromisoformat(last))


@given(KINDS, DAYS)
def test_every_day_of_a_period_lies_in_it_and_no_other_does(every: Every, day: date) -> None:
    turn = turn_of(every, day)
    assert day in turn
    assert turn_of(every, turn.first) == turn_of(every, turn.last) == turn
    assert turn.first - timedelta(1) not in turn
    assert turn.last + timedelta(1) not in turn


@given(KINDS, DAYS)
def test_before_and_after_undo_each_other_and_leave_no_day_out(every: Every, day: date) -> None:
    turn = turn_of(every, day)
    assert turn.after.before == turn.before.after == turn
    assert turn.after.first - turn.last == timedelta(1)


@given(KINDS, DAYS, DAYS)
def test_a_key_names_one_period(every: Every, one: date, other: date) -> None:
    assert KEY.match(turn_of(every, one).key)
    assert (turn_of(every, one).key == turn_of(every, other).key) == (turn_of(every, one) == turn_of(every, other))


@given(DAYS)
def test_kinds_never_share_a_key(day: date) -> None:
    assert len({turn_of(every, day).key for every in get_args(Every)}) == len(get_args(Every))


@given(KINDS, DAYS, st.integers(0, 800))
def test_those_that_begin_between_two_days_are_all_and_only_those(every: Every, first: date, days: int) -> None:
    last = first + timedelta(days)
    found = list(turns_beginning(every, first, last))
    every_day = (first + timedelta(n) for n in range(days + 1))
    assert [turn.first for turn in found] == [day for day in every_day if turn_of(every, day).first == day]


@given(KINDS, DAYS, st.integers(1, 12))
def test_parts_cover_the_period_evenly(every: Every, day: date, count: int) -> None:
    turn = turn_of(every, day)
    parts = turn.parts(count)
    assert (parts[0][0], parts[-1][1], len(parts)) == (turn.first, turn.last, count)
    assert all(after[0] - before[1] == timedelta(1) for before, after in pairwise(parts))
    lengths = {(last - first).days + 1 for first, last in parts}
    assert max(lengths) - min(lengths) <= 1


def test_a_period_has_no_more_parts_than_days() -> None:
    with pytest.raises(ValueError, match="15 days"):
        turn_of("half-month", date(2026, 2, 1)).parts(16)
