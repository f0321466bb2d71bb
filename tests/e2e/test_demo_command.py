"""`ztc demo` as a person runs it: it ends by itself, tells the same story for the same seed, and leaves nothing behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.demo.script import Draw
from libs.files import load_notices, load_schemes
from libs.policy.calendar import Calendar

ROOT = Path(__file__).parents[2]
ZTC = [sys.executable, "-m", "deploy.ztc.cli"]
DEMO_SECONDS = 600
YEAR_SECONDS = 1500


def still_there(folder: Path) -> list[str]:
    """The processes that have anything to do with a folder."""
    return [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or [])
    ]


def demo(folder: Path, *more: str, seed: int, seconds: int = DEMO_SECONDS) -> dict[str, Any]:
    report = folder.with_suffix(".json")
    words = [
        "demo",
        "--exit",
        "--report",
        str(report),
        "--seed",
        str(seed),
        "--folder",
        str(folder),
        "--lang",
        "en",
        *more,
    ]
    done = subprocess.run([*ZTC, *words], cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert still_there(folder) == []
    return json.loads(report.read_text())


def decided(report: dict[str, Any]) -> dict[str, Any]:
    """What one seed must decide alike at every run.

    Left out, besides spans and seconds: how often letters were tried and limits' ends were said. On a machine that
    stalls, a receipt may come late enough for a further try, and two facts of one instant in either order.
    """
    open_to_chance = {"seconds", "traces", "letters", "clocks"}
    told = {name: value for name, value in report.items() if name not in open_to_chance}
    told["facts"] = {
        kind: times
        for kind, times in report["facts"].items()
        if not kind.startswith("letter.") and kind != "clock.stopped"
    }
    return told | {name: report["clocks"][name] for name in ("started", "missed")}


def test_the_quarter_has_enough_of_everything() -> None:
    plans = Draw(1, Calendar.from_years(load_notices(ROOT / "deploy/calendars"))).plans()
    assert len(plans) >= 120
    assert len({plan.enterprise.credit_code for plan in plans}) >= 40
    assert {plan.way for plan in plans} == {"hotline", "web", "window", "portal"}
    assert len({plan.category for plan in plans}) >= 8


def test_the_same_seed_draws_the_same_quarter() -> None:
    calendar = Calendar.from_years(load_notices(ROOT / "deploy/calendars"))
    assert Draw(3, calendar).plans() == Draw(3, calendar).plans()
    assert Draw(3, calendar).plans() != Draw(4, calendar).plans()


@pytest.mark.long
@pytest.mark.timeout(2 * DEMO_SECONDS)
def test_one_seed_gives_one_story_and_the_story_has_everything_in_it(tmp_path: Path) -> None:
    first, second = demo(tmp_path / "one", seed=1), demo(tmp_path / "two", seed=1)
    assert decided(first) == decided(second)

    assert sum(first["appeals"].values()) >= 120
    assert "open" not in first["appeals"]
    wanted = {"satisfied", "defaulted", "unrated", "finally-decided", "withdrawn", "waiting for a session"}
    assert wanted | {"returned: litigation", "returned: not-local", "returned: unverified"} <= set(first["appeals"])
    assert first["facts"]["case.disputed"] >= 8
    assert first["facts"]["case.second_dispute_refused"] >= 1
    assert first["clocks"]["missed"] > 0
    assert first["clocks"]["started"] >= first["clocks"]["met"] + first["clocks"]["stopped"]
    assert first["letters"]["failed"] > 0
    assert first["ratings"]["defaulted"] > 0
    assert first["published"] > 50
    assert first["traces"]["cases"] == first["traces"]["traces"] == sum(first["appeals"].values())
    assert first["duplicates"] == 0
    assert first["dead_letters"] == 0


@pytest.mark.long
@pytest.mark.timeout(YEAR_SECONDS)
def test_a_year_under_all_regulations_has_everything_in_it(tmp_path: Path) -> None:
    year = demo(tmp_path / "year", "--year", seed=1, seconds=YEAR_SECONDS)
    schemes = {scheme.scheme: scheme for scheme in load_schemes(ROOT / "deploy/schemes").values()}
    of = year["schemes"]
    assert set(of) == set(schemes)
    assert sum(counts["appeals"] for counts in of.values()) >= 600
    assert sum(counts["sessions held"] for counts in of.values()) >= 12
    assert of["chaozhou-direct-line"]["sessions held"] >= 10
    never = [
        f"{name}/{duty}"
        for name, scheme in schemes.items()
        for duty in scheme.duties
        if not year["duties"].get(f"{name}/{duty}")
    ]
    assert never == [], "each duty is met or missed at least once"
    for what in (
        "duties met",
        "duties missed",
        "decisions",
        "supervision orders",
        "rated explicitly",
        "rated by default",
    ):
        assert sum(counts[what] for counts in of.values()) > 0, what
    assert of["chaozhou-direct-line"]["commitments published"] > 0
    assert of["chaozhou-direct-line"]["commitments late"] > 0
    assert of["kaihua-call-and-answer"]["inspection files"] > 0
    assert of["cadres-and-enterprises"]["listed rectifications"] > 0
    assert (
        of["county-reception-day"]["handed to another level"] + of["kaihua-call-and-answer"]["handed to another level"]
        > 0
    )
    assert year["traces"]["cases"] == year["traces"]["traces"]
    # What a session owes its cases may be carried over again; it is known there. No fact passes twice.
    assert year["passed_twice"] == 0
    assert year["dead_letters"] == 0


def test_an_interrupted_demo_leaves_no_process_behind(tmp_path: Path) -> None:
    folder = tmp_path / "interrupted"
    words = ["demo", "--exit", "--folder", str(folder), "--lang", "en"]
    running = subprocess.Popen([*ZTC, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert running.stdout
    for line in running.stdout:
        if line.startswith("ready"):
            break
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 130, output
    assert still_there(folder) == []
