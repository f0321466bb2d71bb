"""Whoever acts on a fact under some scheme hears it."""

from pathlib import Path

import pytest

from contracts.catalogue import heard_by
from libs.files import load_schemes
from libs.policy.scheme import Scheme

SCHEMES = load_schemes(Path(__file__).parents[2] / "deploy/schemes").values()


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.ref)
def test_each_letter_is_written_after_a_fact_that_is_heard_where_letters_are_written(scheme: Scheme) -> None:
    """002-23"""
    assert {letter.after for letter in scheme.letters} <= set(heard_by("notification"))


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.ref)
def test_each_clock_runs_on_facts_that_are_heard_where_time_is_counted(scheme: Scheme) -> None:
    for name, clock in scheme.clocks.items():
        assert clock.events <= set(heard_by("deadline")), name
