"""Calls, contacts and visits (走访), what was found there, and the register of officials who came (入企登记簿).

Regulation 002 二(一)1; 003 一(一), 一(三), 一(四), 一(七), 三(十四); 004 三(二); 000 五(四).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.case_number import case_number
from contracts.events import Event, VisitLogged, fact
from contracts.messages import Dossier, Name, Tags, Words
from contracts.record import Code, Command, Instant, Party, Record, SchemeRef, ServedNumber
from libs.policy.directory import District
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import SHANGHAI
from services.intake.served import Served


class Finding(BaseModel):
    """A problem found on a visit; it becomes an appeal."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    channel: Code
    title: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    text: Words
    category: Code | None = None
    district: District | None = None
    urgent: bool = False
    tags: Tags = ()


class Help(BaseModel):
    """What an officer did for the enterprise: the whole procedure (全程代办), or, where that cannot be, a way (003-01)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    done: bool
    way: Words | None = None


class LogVisit(Command):
    """`visited_on`: the day in Asia/Shanghai; `visitor`: who came; `called`: the enterprise had asked for it;
    `policies`: what was brought and explained (004-24); `official`: as the scheme has it of this kind."""

    type: Literal["log-visit"] = "log-visit"
    scheme: SchemeRef
    kind: Code
    served: ServedNumber
    unit: Party
    visitor: Name
    visited_on: date
    called: bool = False
    notes: str = ""
    policies: tuple[str, ...] = ()
    help: Help | None = None
    findings: Annotated[tuple[Finding, ...], Field(max_length=50)] = ()
    official: bool = False


class NoteFiled(Command):
    """What was found there has been filed."""

    type: Literal["note-filed"] = "note-filed"
    case: str


class Visit(BaseModel):
    """`official`: it stands in the register of officials who came; `filed`: the appeals made of its findings so far."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    visit: str
    logged: LogVisit | None = None
    official: bool = False
    filed: tuple[str, ...] = ()

    @property
    def cases(self) -> list[tuple[str, Finding]]:
        """Each finding with the number of its appeal."""
        findings = self.logged.findings if self.logged else ()
        return [(finding_number(self.visit, at, found), found) for at, found in enumerate(findings)]

    @property
    def to_file(self) -> list[tuple[str, Finding]]:
        return [(case, finding) for case, finding in self.cases if case not in self.filed]


def finding_number(visit: str, at: int, finding: Finding) -> str:
    return case_number(finding.channel, f"{visit}:{at}")


def empty(visit: str) -> Visit:
    return Visit(visit=visit)


def keys(visit: Visit) -> dict[str, Any]:
    """By whom, to whom and of what kind; while findings are unfiled it is due."""
    logged = visit.logged
    if logged is None:
        return {"served": None, "next_due": None}
    return {
        "served": logged.served,
        "visited_on": logged.visited_on.isoformat(),
        "official": visit.official,
        "same": f"{logged.served}:{logged.unit}:{logged.kind}",
        "next_due": logged.at if visit.to_file else None,
    }


def evolve(visit: Visit, record: Record) -> Visit:
    match record:
        case LogVisit():
            return visit.model_copy(update={"logged": record, "official": record.official})
        case NoteFiled():
            return visit.model_copy(update={"filed": tuple(sorted({*visit.filed, record.case}))})
        case _:
            return visit


def log_visit(
    visit: Visit,
    command: LogVisit,
    *,
    now: Instant,
    scheme: Scheme,
    served: Served | None,
    before: date | None,
) -> Iterator[Event]:
    """Somebody was with a served enterprise or project (003-09, 003-14, 004-06, 004-08). `before`: the last day on which
    the same unit came for the same. It counts from now, whatever day is written down for it."""
    if served is None or not served.is_registered or served.scheme.partition("@")[0] != scheme.scheme:
        raise Refused(
            "no-such-served",
            f"{scheme.title.zh} serves nobody with this number; register it first",
            field="served",
            status=404,
        )
    if command.kind not in scheme.visits:
        raise Refused(
            "unknown-kind",
            f"there is no visit {command.kind!r}; there are {', '.join(scheme.visits) or 'none'}",
            field="kind",
            status=422,
        )
    if command.visited_on > now.astimezone(SHANGHAI).date():
        raise Refused("not-yet", "a visit is logged when it was made", field="visited_on", status=422)
    if command.help is not None and not command.help.done and command.help.way is None:
        raise Refused(
            "way", "what cannot be done for the enterprise is told with a way to do it", field="help.way", status=422
        )
    _undisturbed(command, scheme, before)
    _can_be_filed(command, scheme, served)
    yield fact(
        VisitLogged,
        by=command, scheme=scheme.ref, at=now, visit=visit.visit, served=command.served, kind=command.kind,
        unit=command.unit, raised=len(command.findings),
    )  # fmt: skip


def _undisturbed(command: LogVisit, scheme: Scheme, before: date | None) -> None:
    """有事必应、无事不扰 (002-05)."""
    apart = scheme.visits[command.kind].apart
    if apart is None or command.called or before is None:
        return
    if abs(command.visited_on - before) < timedelta(days=apart):
        raise Refused(
            "undisturbed",
            f"this unit came for the same on {before}; unless the enterprise calls, {apart} days lie between two visits",
            field="visited_on",
        )


def _can_be_filed(command: LogVisit, scheme: Scheme, served: Served) -> None:
    for at, finding in enumerate(command.findings):
        for field, value, known in (
            ("channel", finding.channel, scheme.channels),
            ("category", finding.category, scheme.categories),
        ):
            if value is not None and value not in known:
                raise Refused(
                    f"unknown-{field}",
                    f"there is no {field} {value!r}; there are {', '.join(known)}",
                    field=f"findings.{at}.{field}",
                    status=422,
                )
        if scheme.channels[finding.channel].kind == "transfer":
            raise Refused(
                "own-channel",
                f"{finding.channel} is another government's way in; name the channel of the visit",
                field=f"findings.{at}.channel",
                status=422,
            )
    if command.findings and served.credit_code is None:
        raise Refused(
            "not-registered",
            "whoever builds this project has no credit code on record yet; add it, then its problems can be filed",
            field="findings",
        )


def dossier_of(finding: Finding, served: Served) -> Dossier:
    """What was found, with what the register knows of the enterprise. The filing judges it like any other."""
    assert served.credit_code is not None
    assert served.contact is not None
    return Dossier(
        enterprise=served.name,
        credit_code=served.credit_code,
        contact=served.contact,
        title=finding.title,
        text=finding.text,
        category=finding.category,
        district=finding.district or served.district,
    )
