"""`make mutants`: breaks one rule after another and sees that its test turns red.

Each row of `tests/requirements.yaml` that must run in the software names one mutation. It is made in a copy of the
project; the row's tests must then fail there, having passed before.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from deploy.ztc.requirements import LEDGER, ROOT, Row, node_of, read_ledger
from libs.policy.scheme import SchemeError, parse_scheme

PARTS = ("contracts", "libs", "services", "deploy", "tests", "pyproject.toml")
WORKERS = 2
SECONDS = 120


def copy_of_project(folder: Path) -> Path:
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    return folder


def run(folder: Path, tests: Iterable[str]) -> int:
    """pytest's exit code for these tests in this copy: 0 all passed, 1 some failed."""
    command = [
        sys.executable,
        "-B",
        "-m",
        "pytest",
        "-q",
        "-x",
        "--no-header",
        "-p",
        "no:randomly",
        *map(node_of, tests),
    ]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return 1  # a rule whose breaking never ends is noticed too
    return done.returncode


def survives(folder: Path, row: Row) -> str | None:
    """Why the mutation was not noticed; None when it was."""
    assert row.mutation is not None
    file = folder / row.mutation.file
    original = file.read_text(encoding="utf-8")
    if original.count(row.mutation.old) != 1:
        return f"what it changes stands {original.count(row.mutation.old)} times in {row.mutation.file}, not once"
    mutated = original.replace(row.mutation.old, row.mutation.new)
    if file.parent.name == "schemes":
        try:
            parse_scheme(mutated, source=file.name)
        except SchemeError as error:
            return f"the mutated scheme does not even load: {error}"
    file.write_text(mutated, encoding="utf-8")
    try:
        code = run(folder, row.tests)
    finally:
        file.write_text(original, encoding="utf-8")
    if code == 1:
        return None
    # A file that cannot even be read any more (2, 4) proves nothing about the rule.
    return "its tests stay green" if code == 0 else f"pytest ended with {code}: the mutation breaks more than the rule"


def survivors(chosen: Iterable[str] = (), *, workers: int = WORKERS, ledger: Path = LEDGER) -> dict[str, str]:
    """The rows whose mutation nobody notices, and why."""
    wanted = set(chosen)
    known = read_ledger(ledger)
    rows = {n: row for n, row in known.items() if row.mutation and (not wanted or n in wanted or n[:3] in wanted)}
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        copies: Queue[Path] = Queue()
        for worker in range(workers):
            copies.put(copy_of_project(Path(scratch) / str(worker)))

        def mutate(number: str) -> None:
            folder = copies.get()
            try:
                why = survives(folder, rows[number])
            finally:
                copies.put(folder)
            print(f"{number} {'✗ ' + why if why else '✓'}", flush=True)
            if why:
                found[number] = why

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(mutate, rows))
    print(f"{len(rows) - len(found)} of {len(rows)} mutations were noticed")
    return found


if __name__ == "__main__":
    sys.exit(1 if survivors(sys.argv[1:]) else 0)
