"""Business time has one reader, and steps only forward."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from libs.clock import SteppedClock, WallClock, open_clock

ROOT = Path(__file__).parents[2]
START = datetime(2024, 2, 29, 15, 59, 59, 123000, tzinfo=UTC)

WALL = re.compile(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|time\.time(?:_ns)?|time\.localtime|time\.gmtime)\b")

TECHNICAL = {
    "libs/clock.py": "the reader itself",
    "libs/identity.py": "a token's life",
    "libs/bus.py": "when a dead letter was parked",
    "libs/flow.py": "since when due work has been failing",
    "libs/operations.py": "when a dead letter was discarded, how long a fact has been unsent",
    "services/intake/links.py": "how long a link to a file works",
    "services/portal/identity/oidc.py": "a provider's token's life",
}
"""Who else may look at the wall, and what for: never a limit."""


def test_the_wall_is_read_in_utc_to_the_millisecond():
    before = datetime.now(UTC)
    read = WallClock().now()
    assert read.tzinfo is UTC
    assert read.microsecond % 1000 == 0
    assert before - timedelta(milliseconds=1) <= read <= datetime.now(UTC)


def test_a_stepped_clock_stands_still_until_somebody_steps_it(tmp_path: Path):
    clock = SteppedClock.create(tmp_path / "clock", START)
    assert clock.now() == clock.now() == START


def test_every_process_at_the_same_file_sees_the_same_instant(tmp_path: Path):
    driver = SteppedClock.create(tmp_path / "clock", START)
    service = open_clock(f"stepped:{tmp_path / 'clock'}")
    for minutes in (1, 60, 525_600):
        driver.step_to(START + timedelta(minutes=minutes))
        assert service.now() == START + timedelta(minutes=minutes)


def test_every_millisecond_is_kept_as_it_is(tmp_path: Path):
    clock = SteppedClock.create(tmp_path / "clock", START)
    for millisecond in range(124, 1000):
        instant = START.replace(microsecond=millisecond * 1000)
        clock.step_to(instant)
        assert clock.now() == instant


def test_an_instant_of_another_zone_is_the_same_instant(tmp_path: Path):
    clock = SteppedClock.create(tmp_path / "clock", START)
    clock.step_to(datetime(2024, 3, 1, 8, 0, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == datetime(2024, 3, 1, 0, 0, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_time_does_not_step_back(tmp_path: Path):
    clock = SteppedClock.create(tmp_path / "clock", START)
    clock.step_to(START)
    with pytest.raises(ValueError, match="time does not step back"):
        clock.step_to(START - timedelta(milliseconds=1))
    assert clock.now() == START


def test_an_unknown_setting_is_refused_with_the_words_there_are():
    with pytest.raises(ValueError, match=r"'wall' or 'stepped:<file>', not 'sundial'"):
        open_clock("sundial")


def test_nobody_but_the_clock_reads_business_time():
    readers = {
        str(file.relative_to(ROOT))
        for folder in ("contracts", "libs", "services")
        for file in (ROOT / folder).rglob("*.py")
        if WALL.search(file.read_text(encoding="utf-8"))
    }
    assert readers <= TECHNICAL.keys()


def test_a_rule_never_looks_for_the_time_itself():
    """What a domain knows of time is handed to it."""
    for file in [*(ROOT / "services").glob("*/domain.py"), *(ROOT / "libs/policy").glob("*.py")]:
        assert not re.search(r"\.now\(|import time\b|libs\.clock", file.read_text(encoding="utf-8")), file
