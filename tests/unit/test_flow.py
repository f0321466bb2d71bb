"""What a service tells of its flow: rates from counters, failures of due work, facts that wait too long."""

from datetime import UTC, datetime, timedelta

from libs.flow import Failures, Rates, Stuck
from libs.operations import long_unsent
from libs.relay import Waiting

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_a_rate_is_counted_over_the_time_asked_for() -> None:
    rates = Rates()
    for second in range(0, 121, 5):
        # One in a second for a minute, then ten.
        rates.note(second, {"settled": second if second <= 60 else 60 + 10 * (second - 60)})
    now = {"settled": 660}
    assert rates.per_minute(120, now, seconds=60) == {"settled": 600.0}
    assert rates.per_minute(120, now, seconds=300) == {"settled": 330.0}, "since the first note"


def test_before_anything_was_noted_there_is_no_rate() -> None:
    assert Rates().per_minute(7, {"settled": 3}, seconds=60) == {"settled": 0.0}


def test_what_was_noted_long_ago_is_forgotten() -> None:
    rates = Rates()
    for second in range(0, 3600, 5):
        rates.note(second, {"settled": second})
    assert len(rates._noted) <= 62
    assert rates.per_minute(3600, {"settled": 3600}, seconds=300) == {"settled": 60.0}


def test_a_failure_counts_its_tries_since_the_first_and_is_forgotten_when_it_is_no_longer_due() -> None:
    failures = Failures()
    failures.failed("ZT-1", ValueError("words that somebody typed"))
    (first,) = failures.longest_first()
    failures.failed("ZT-1", KeyError("more words"))
    failures.failed("ZT-2", ValueError())
    failures.keep_only({"ZT-1"})
    (again,) = failures.longest_first()
    assert (again.key, again.error, again.tries, again.since) == ("ZT-1", "KeyError", 2, first.since)
    failures.keep_only(set())
    assert failures.longest_first() == []


def test_a_fact_is_stuck_when_it_waits_for_more_than_a_minute() -> None:
    waiting = [Waiting("cases", "ZT-1", 61.0), Waiting("cases", "ZT-2", 59.0)]
    assert long_unsent(waiting, NOW) == [Stuck("unsent", "ZT-1", "cases", NOW - timedelta(seconds=61))]
