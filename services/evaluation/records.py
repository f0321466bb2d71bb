"""What inspectors have been to: dynamic inspections (督查、暗访) and efficiency checks of those served (效能检查).

004 四(二), 六(二); 002 四(三); 003 一(四). Records are evidence for circulars and for the yearly assessment; a coverage list
shows who of all served was checked and who not.
"""

from collections.abc import Mapping
from typing import Any, Literal

from contracts.events import DutyEvent, DutyMet, DutyMissed, ServedAssigned
from contracts.record import Command, Instant, Party, Record, SchemeRef
from libs.policy.refused import Refused
from services.evaluation.case import Part
from services.evaluation.commands import Words

What = Literal["inspection", "covert-visit", "policy-inspection", "visit-verification", "joint-meeting"]
"""督查考核, 暗访, 惠企政策专项督查 (004-21), 走访结果核验 (003-15), 联席会议 (000-33)."""


class LogInspection(Command):
    """`findings`: what was found of this unit; `slow`: it is named for inaction or slowness (002-37)."""

    type: Literal["log-inspection"] = "log-inspection"
    scheme: SchemeRef
    what: What
    unit: Party
    findings: Words
    slow: bool = False


class Inspection(Part):
    inspection: str
    scheme: str = ""
    what: What | None = None
    unit: str = ""
    findings: str = ""
    slow: bool = False
    by: str = ""
    at: Instant | None = None


def empty_inspection(inspection: str) -> Inspection:
    return Inspection(inspection=inspection)


def keys_of_inspection(inspection: Inspection) -> Mapping[str, Any]:
    return {"at": inspection.at, "scheme": inspection.scheme}


def evolve_inspection(inspection: Inspection, record: Record) -> Inspection:
    if not isinstance(record, LogInspection):
        return inspection
    return Inspection(inspection=inspection.inspection, **record.model_dump(exclude={"type", "id"}))


class Check(Command):
    """Discipline checked how well an enterprise or project is served. 004-12"""

    type: Literal["check"] = "check"
    findings: Words


class Checked(Part):
    by: str
    at: Instant
    findings: str


class Served(Part):
    served: str
    scheme: str = ""
    tier: str = ""
    unit: str = ""
    since: Instant | None = None
    checks: tuple[Checked, ...] = ()


def empty_served(served: str) -> Served:
    return Served(served=served)


def keys_of_served(served: Served) -> Mapping[str, Any]:
    return {"scheme": served.scheme or None}


def evolve_served(served: Served, record: Record) -> Served:
    match record:
        case ServedAssigned() if served.since is None or record.at >= served.since:
            changes = {"scheme": record.scheme, "tier": record.tier, "unit": record.unit, "since": record.at}
            return served.model_copy(update=changes)
        case Check():
            checked = Checked(by=record.by, at=record.at, findings=record.findings)
            return served.model_copy(update={"checks": (*served.checks, checked)})
        case _:
            return served


def check(served: Served) -> None:
    """Raises `Refused` (404) for whom nobody serves."""
    if served.since is None:
        raise not_served()


def not_served() -> Refused:
    return Refused("not-served", "no scheme serves an enterprise or project of this number", status=404)


class Duty(Part):
    """One occurrence of a duty, as deadline tells it: what was missed lags until it is done."""

    occurrence: str
    scheme: str = ""
    duty: str = ""
    unit: str = ""
    period: str = ""
    missed_at: Instant | None = None
    met: bool = False


def empty_duty(occurrence: str) -> Duty:
    return Duty(occurrence=occurrence)


def keys_of_duty(duty: Duty) -> Mapping[str, Any]:
    return {"lagging_at": duty.missed_at if not duty.met else None, "scheme": duty.scheme}


def evolve_duty(duty: Duty, record: Record) -> Duty:
    if not isinstance(record, DutyEvent):
        return duty
    changes: dict[str, Any] = record.model_dump(include={"scheme", "duty", "unit", "period"})
    if isinstance(record, DutyMissed):
        changes["missed_at"] = record.at
    if isinstance(record, DutyMet):
        changes["met"] = True
    return duty.model_copy(update=changes)
