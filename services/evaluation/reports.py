"""Protected reports: retaliation against an enterprise (打击报复), and officials' conduct (作风).

004 四(二), 003 一(七); decision §3.16: each track has its own people, every look is kept, and for everybody else there is
nothing. The words of a report stay with intake. A verified conduct report may be exposed when another person approves.
"""

from collections.abc import Mapping
from typing import Any, Literal

from contracts.events import ReportReceived
from contracts.record import Command, Instant, Record
from libs.identity import Caller, same_person
from libs.policy.refused import Refused
from services.evaluation.case import Part
from services.evaluation.commands import Words
from services.evaluation.files import Look, Seen

TRACKS = {"retaliation": "discipline", "conduct": "conduct"}
"""Whose each track is, by role."""


class Verify(Command):
    """What looking into it showed (核实)."""

    type: Literal["verify"] = "verify"
    confirmed: bool
    note: Words


class Conclude(Command):
    """What was done about it (查处)."""

    type: Literal["conclude"] = "conclude"
    result: Words


class ProposeExposure(Command):
    """`text`: the words for the public (曝光)."""

    type: Literal["propose-exposure"] = "propose-exposure"
    text: Words


class DecideExposure(Command):
    type: Literal["decide-exposure"] = "decide-exposure"
    approve: bool


class Exposure(Part):
    text: str
    proposed_by: str
    approved: bool | None = None
    approved_at: Instant | None = None


class Report(Part):
    report: str
    scheme: str = ""
    track: Literal["retaliation", "conduct"] | None = None
    received_at: Instant | None = None
    confirmed: bool | None = None
    notes: tuple[str, ...] = ()
    result: str | None = None
    exposure: Exposure | None = None
    looks: tuple[Seen, ...] = ()

    @property
    def exposed(self) -> bool:
        return self.exposure is not None and self.exposure.approved is True


def empty(report: str) -> Report:
    return Report(report=report)


def keys(report: Report) -> Mapping[str, Any]:
    return {
        "track": report.track,
        "received_at": report.received_at,
        "scheme": report.scheme,
        "exposed": report.scheme if report.exposed else None,
    }


def evolve(report: Report, record: Record) -> Report:
    return report.model_copy(update=_changes(report, record))


def _changes(report: Report, record: Record) -> dict[str, Any]:
    match record:
        case ReportReceived():
            return {"scheme": record.scheme, "track": record.track, "received_at": record.at}
        case Look():
            return {"looks": (*report.looks, Seen(by=record.by, at=record.at))}
        case Verify():
            return {"confirmed": record.confirmed, "notes": (*report.notes, record.note)}
        case Conclude():
            return {"result": record.result}
        case ProposeExposure():
            return {"exposure": Exposure(text=record.text, proposed_by=record.by)}
        case DecideExposure() if report.exposure:
            at = record.at if record.approve else None
            decided = {"approved": record.approve, "approved_at": at}
            return {"exposure": report.exposure.model_copy(update=decided)}
        case _:
            return {}


def look(report: Report, caller: Caller) -> None:
    """Raises `Refused` (404) for everybody but the people of its track: retaliation goes to discipline inspectors,
    conduct to 作风办. 004-13, 003-25"""
    if report.track is None or TRACKS[report.track] not in caller.roles:
        raise no_such_report()


def verify(report: Report, caller: Caller) -> None:
    """Raises `Refused` when it is concluded. 003-25, 004-13"""
    look(report, caller)
    if report.result is not None:
        raise Refused("concluded", "this report is concluded")


def conclude(report: Report, caller: Caller) -> None:
    """Raises `Refused` before anybody looked into it."""
    verify(report, caller)
    if report.confirmed is None:
        raise Refused("not-verified", "look into the report first and note what that showed")


def propose_exposure(report: Report, caller: Caller) -> None:
    """Raises `Refused` for retaliation, which is never exposed, and for what is not confirmed. 003-25"""
    look(report, caller)
    if report.track != "conduct":
        raise Refused("never-exposed", "a report of retaliation is never exposed", status=403)
    if report.confirmed is not True:
        raise Refused("not-confirmed", "only what was verified and confirmed may be exposed")
    if report.exposure and report.exposure.approved is not False:
        raise Refused("already-proposed", "its exposure is proposed or decided already")


def look_at_exposure(report: Report) -> None:
    """Raises `Refused` (404) unless an exposure waits for somebody to decide."""
    if report.exposure is None or report.exposure.approved is not None:
        raise no_such_report()


def decide_exposure(report: Report, command: DecideExposure) -> None:
    """Raises `Refused` when nobody proposed it, and for the proposer. §3.16"""
    look_at_exposure(report)
    assert report.exposure is not None
    if same_person(report.exposure.proposed_by, command.by):
        raise Refused("own-proposal", "somebody other than who proposed an exposure approves it", status=403)


def no_such_report() -> Refused:
    return Refused("no-such-report", "there is no such report for you", status=404)
