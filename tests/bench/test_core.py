"""The core alone keeps up with a city: what the rules and limits themselves cost."""

import pytest

from tests.bench.core import bench_core


def test_the_core_lives_through_a_quarter() -> None:
    figures = bench_core(60)
    assert figures["cases"] >= 60
    assert figures["closed"] > 30
    assert figures["facts"] > 600


@pytest.mark.long
@pytest.mark.timeout(900)
def test_ten_thousand_cases_over_ninety_days_take_the_core_two_minutes_at_most() -> None:
    figures = bench_core(10_000)
    print(figures)
    assert figures["cases"] >= 10_000
    assert figures["closed"] > 5_000
    assert figures["seconds"] <= 120, figures
