"""What was promised: schemas and examples as they stand in the newest release, or anywhere in the history."""

import subprocess
from pathlib import Path

from contracts.generate import HERE, Files, read

REPOSITORY = HERE.parent


class NoBase(Exception):
    """What was promised cannot be read, so that nobody can say whether it is kept."""


def default_base(repository: Path = REPOSITORY) -> str | None:
    """The newest release (a tag `v1.2.3`); before the first one the last commit; None where nothing is committed."""
    if not (repository / ".git").exists():
        return None
    _git(repository, "rev-parse", "--git-dir")
    try:
        return _git(repository, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*").strip()
    except NoBase:
        committed = _git(repository, "rev-list", "--all", "--max-count=1")
        return "HEAD" if committed else None


def promised(base: str | None, repository: Path = REPOSITORY) -> Files:
    """Schemas and examples at `base`: a git reference, a folder laid out like `contracts/`, or None for nothing yet."""
    if base is None:
        return {}
    if Path(base).is_dir():
        return read(Path(base), "schemas/*.json", "examples/*/*.json")
    folders = ("contracts/schemas", "contracts/examples")
    paths = _git(repository, "ls-tree", "-r", "-z", "--name-only", base, "--", *folders).split("\0")
    return {
        path.removeprefix("contracts/"): text
        for path, text in _texts(repository, base, [path for path in paths if path.endswith(".json")]).items()
    }


def _texts(repository: Path, base: str, paths: list[str]) -> Files:
    asked = "".join(f"{base}:./{path}\n" for path in paths)
    texts: Files = {}
    rest = _run(repository, "cat-file", "--batch", given=asked)
    for path in paths:
        head, rest = rest.split(b"\n", 1)
        size = int(head.split()[-1])
        texts[path], rest = rest[:size].decode(), rest[size + 1 :]
    return texts


def _git(repository: Path, *arguments: str) -> str:
    return _run(repository, *arguments).decode()


def _run(repository: Path, *arguments: str, given: str = "") -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", repository, *arguments], input=given.encode(), capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise NoBase("git is not installed, so what was promised cannot be read.") from error
    if done.returncode:
        raise NoBase(f"git {' '.join(arguments[:3])}: {done.stderr.decode().strip()}")
    return done.stdout
