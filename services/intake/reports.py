"""Protected reports: retaliation against an enterprise (004-13), and officials' conduct (003-25).

Their words are kept here alone, in a collection of their own; who may read them is `READERS`, and every look is kept
(§3.16). Police matters are not taken at all (004-14).
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts.events import Event, ReportReceived, fact
from contracts.messages import Contact, Words
from contracts.record import CaseNumber, Command, Instant, Party, Record, SchemeRef
from libs.identity import Act
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme

Track = Literal["retaliation", "conduct"]

READERS: dict[Track, Act] = {
    "retaliation": Act.READ_RETALIATION_REPORT,
    "conduct": Act.READ_CONDUCT_REPORT,
}


class MakeReport(Command):
    """`about`: the unit it is about, where the reporter knows; `case`: the appeal it followed; the reporter may stay
    unnamed."""

    type: Literal["make-report"] = "make-report"
    scheme: SchemeRef
    track: Track
    text: Words
    about: Party | None = None
    case: CaseNumber | None = None
    reporter: Contact | None = None
    enterprise: Annotated[str, StringConstraints(max_length=100)] | None = None


class LookAt(Command):
    """Somebody read it."""

    type: Literal["look-at"] = "look-at"


class Look(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    at: Instant


class Report(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    report: str
    made: MakeReport | None = None
    looks: tuple[Look, ...] = ()

    @property
    def scheme(self) -> str:
        return self.made.scheme if self.made else ""


def empty(report: str) -> Report:
    return Report(report=report)


def keys(report: Report) -> dict[str, Any]:
    made = report.made
    scheme = made and made.scheme.partition("@")[0]
    return {"track": made and made.track, "received_at": made and made.at, "scheme": scheme}


def evolve(report: Report, record: Record) -> Report:
    match record:
        case MakeReport():
            return report.model_copy(update={"made": record})
        case LookAt():
            return report.model_copy(update={"looks": (*report.looks, Look(by=record.by, at=record.at))})
        case _:
            return report


def taken_track(track: Track | Literal["police"]) -> Track:
    """Gangs, forced deals and violent debt collection are told where to go, and nothing of them is kept (004-14)."""
    if track == "police":
        raise Refused(
            "police-matter",
            "this is for the police: call 110 or go to the nearest police station; nothing of it was kept here",
            field="track",
            status=422,
        )
    return track


def make_report(report: Report, command: MakeReport, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """A report is received on its own track."""
    if command.track not in scheme.oversight.reports:
        raise Refused(
            "no-such-track", f"{scheme.title.zh} takes no reports of {command.track}", field="track", status=422
        )
    yield fact(ReportReceived, by=command, scheme=scheme.ref, at=now, report=report.report, track=command.track)
