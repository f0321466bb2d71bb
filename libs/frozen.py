"""The law that is in use is not written over: files of schemes whose text is frozen (`deploy/schemes/frozen.yaml`).

Cases keep the version they were filed under for life, so a version in use must stay what it was. An amendment is a new
file, in force from a day of its own.
"""

from hashlib import sha256
from pathlib import Path

import yaml

from libs.policy.scheme import SchemeError

LOCK = "frozen.yaml"

_HEAD = "# Scheme files that are in use, by the hash of their text; written by `ztc scheme freeze`.\n"


def check_frozen(folder: Path) -> None:
    """Raises `SchemeError` for a frozen file that was changed or taken away, saying what to do instead."""
    if problems := frozen_problems(folder):
        raise SchemeError("\n".join(problems))


def frozen_problems(folder: Path) -> list[str]:
    """A sentence for each frozen file that is not what it was."""
    problems: list[str] = []
    for name, hashed in frozen(folder).items():
        file = folder / name
        if not file.exists():
            problems.append(f"{name}: it is frozen and cases may rest on it, but the file is gone; put it back")
        elif text_hash(file) != hashed:
            problems.append(
                f"{name}: it is frozen and cases may rest on it, so it cannot be changed; put it back as it was, and"
                " write the amendment into a new file with the day from which it is in force"
            )
    return problems


def frozen(folder: Path) -> dict[str, str]:
    """The hash of each frozen file's text."""
    lock = folder / LOCK
    return yaml.safe_load(lock.read_text(encoding="utf-8")) or {} if lock.exists() else {}


def freeze(folder: Path) -> list[str]:
    """Freeze every scheme file of the folder; the names that were not frozen before. Raises `SchemeError` where one that
    was is not what it was."""
    check_frozen(folder)
    known = frozen(folder)
    hashes = {file.name: text_hash(file) for file in scheme_files(folder)}
    (folder / LOCK).write_text(_HEAD + yaml.safe_dump(hashes, allow_unicode=True), encoding="utf-8")
    return [name for name in hashes if name not in known]


def scheme_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.yaml") if file.name != LOCK)


def text_hash(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
