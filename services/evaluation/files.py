"""Inspection files: each dissatisfied enterprise's case is traced back by discipline inspection (倒查).

Regulation 002 二(三)2, decision §3.9: one file for a case, however often it is dissatisfied; nobody but discipline
inspectors sees it, and every look is kept (§3.16).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from contracts.events import Event, InspectionClosed, InspectionOpened, case_fact
from contracts.record import Command, Instant, Record, SchemeRef
from libs.policy.refused import Refused
from services.evaluation.case import Part
from services.evaluation.commands import Words

Found = Literal["in-order", "weak-handling", "shirking", "abuse"]
"""What tracing back showed: nothing, 办理不力 (to be pressed), 推诿塞责, 滥用职权 (dealt with by discipline and law)."""


class OpenFile(Command):
    """Evaluation carries a 不满意 over to discipline inspection."""

    type: Literal["open-file"] = "open-file"
    scheme: SchemeRef


class Look(Command):
    """Somebody reads something protected."""

    type: Literal["look"] = "look"


class NoteFinding(Command):
    type: Literal["note-finding"] = "note-finding"
    found: Found
    text: Words


class CloseFile(Command):
    """`result`: what came of it, such as the measure that discipline took. 002-27"""

    type: Literal["close-file"] = "close-file"
    result: Words


class Seen(Part):
    by: str
    at: Instant


class Noted(Part):
    by: str
    at: Instant
    found: Found
    text: str


class File(Part):
    case: str
    scheme: str = ""
    opened_at: Instant | None = None
    findings: tuple[Noted, ...] = ()
    result: str | None = None
    closed_at: Instant | None = None
    looks: tuple[Seen, ...] = ()


def empty(case: str) -> File:
    return File(case=case)


def keys(file: File) -> Mapping[str, Any]:
    return {"opened_at": file.opened_at, "scheme": file.scheme}


def evolve(file: File, record: Record) -> File:
    match record:
        case OpenFile() if file.opened_at is None:
            return file.model_copy(update={"scheme": record.scheme, "opened_at": record.at})
        case Look():
            return file.model_copy(update={"looks": (*file.looks, Seen(by=record.by, at=record.at))})
        case NoteFinding():
            noted = Noted(by=record.by, at=record.at, found=record.found, text=record.text)
            return file.model_copy(update={"findings": (*file.findings, noted)})
        case CloseFile():
            return file.model_copy(update={"result": record.result, "closed_at": record.at})
        case _:
            return file


def open_file(file: File, command: OpenFile, *, now: datetime) -> list[Event]:
    """Once for a case, however often it is told that the enterprise is dissatisfied. 002-25, 002-26"""
    if file.opened_at is not None:
        return []
    return [case_fact(InspectionOpened, by=command, case=file.case, scheme=command.scheme, at=now)]


def look(file: File) -> list[Event]:
    """Raises `Refused` (404) for a file that there is not; then nothing is kept either."""
    if file.opened_at is None:
        raise no_such_file()
    return []


def note_finding(file: File) -> list[Event]:
    """002-26"""
    _must_be_open(file)
    return []


def close_file(file: File, command: CloseFile, *, now: datetime) -> list[Event]:
    """Discipline inspection ends its file, once it found something or nothing. 002-27"""
    _must_be_open(file)
    if not file.findings:
        raise Refused("no-finding", "note first what tracing back showed")
    return [case_fact(InspectionClosed, by=command, case=file.case, scheme=file.scheme, at=now)]


def _must_be_open(file: File) -> None:
    look(file)
    if file.closed_at is not None:
        raise Refused("file-closed", "this file is closed")


def no_such_file() -> Refused:
    return Refused("no-such-file", "there is no such file for you", status=404)
