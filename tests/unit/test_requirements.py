"""The ledger of the five regulations is whole."""

import os
import subprocess
import sys

import pytest

from deploy.ztc.requirements import ROOT, Mutation, Row, problems, read_ledger

ROWS = {"000": 40, "001": 55, "002": 39, "003": 50, "004": 25}


def test_every_row_of_the_five_regulations_is_in_the_ledger() -> None:
    ledger = read_ledger()
    assert list(ledger) == [f"{number}-{n:02}" for number, rows in ROWS.items() for n in range(1, rows + 1)]
    assert len(ledger) == 209


def test_every_row_is_proven_by_tests_that_exist_or_carried_by_what_stands_there() -> None:
    assert list(problems(read_ledger())) == []


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (Row(type="W", zh="限期"), "nobody proves it"),
        (Row(type="C", zh="按月", carried_by=("README.md",)), "nobody proves it"),
        (Row(type="O", zh="宣传", carried_by=("nowhere.md",)), "there is no nowhere.md"),
        (Row(type="O", zh="宣传", carried_by=("README.md: no such words",)), "does not say"),
        (Row(type="C", zh="按月", tests=("tests/unit/test_clock.py::test_nothing",)), "there is no test"),
        (Row(type="C", zh="按月", tests=("story:没有这个故事",)), "there is no test"),
        (Row(type="W", zh="限期", tests=("tests/unit/test_requirements.py::test_x",)), "names no mutation"),
        (Row(type="O", zh="", mutation=Mutation(file="README.md", old="nobody wrote this", new="")), "stands 0 times"),
    ],
)
def test_a_row_that_nobody_proves_is_told_with_the_reason(row: Row, sentence: str) -> None:
    assert any(sentence in problem for problem in problems({"001-01": row}))


def test_the_command_prints_the_rows_with_their_phrase_and_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.ztc.cli", "requirements", "001"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3个工作日内进行甄别" in done.stdout
    assert "209 of 209" in done.stdout
