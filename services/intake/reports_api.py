"""Protected reports over HTTP: made by many, read by few, and every reading kept (§3.16)."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from contracts.case_number import number
from contracts.messages import Contact, Words
from contracts.record import CaseNumber, Party, ReportNumber
from libs.identity import Act, allow
from libs.policy.directory import SchemeName
from libs.policy.refused import Refused
from libs.policy.shanghai import SHANGHAI
from libs.service import Asked, Service
from libs.store import Collection
from services.intake.desk import Body
from services.intake.reports import READERS, LookAt, MakeReport, Report, Track, make_report, taken_track


class Reporting(Body):
    scheme: SchemeName
    track: Literal["retaliation", "conduct", "police"]
    text: Words
    about: Party | None = None
    case: CaseNumber | None = None
    reporter: Contact | None = None
    enterprise: Annotated[str, StringConstraints(max_length=100)] | None = None


def routes(service: Service, reports: Collection[Report]) -> APIRouter:
    router = APIRouter()

    @router.post("/reports", status_code=201)
    async def make(ask: Asked, body: Reporting) -> dict[str, Any]:
        allow(ask.caller, Act.MAKE_REPORT)
        track = taken_track(body.track)
        scheme = service.schemes.in_force(body.scheme, ask.at.astimezone(SHANGHAI).date())
        if scheme is None:
            raise Refused("unknown-scheme", f"no scheme {body.scheme!r} is in force", field="scheme", status=422)
        told = {name: getattr(body, name) for name in ("text", "about", "case", "reporter", "enterprise")}
        command = MakeReport(id=ask.id, at=ask.at, by=ask.caller.subject, scheme=scheme.ref, track=track, **told)
        key = number("JB", scheme.scheme, track, f"{ask.caller.subject}:{ask.key}")
        # No trace of its own leads from here to the case that it may be about.
        async with service.asked(ask, command.type, case=""):
            rule = partial(make_report, command=command, now=ask.at, scheme=scheme)
            service.counted(await reports.apply(key, command, rule, kind="asked"))
        return {"report": key}

    @router.get("/reports")
    async def listed(ask: Asked, track: Track, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[dict[str, Any]]:
        """The track's reports, the latest first, without a word of them."""
        allow(ask.caller, READERS[track])
        received = await reports.find({"keys.track": track}, sort="keys.received_at", down=True, limit=limit)
        return [
            {"report": one.report, "received_at": one.made and one.made.at, "looks": len(one.looks)} for one in received
        ]

    @router.get("/reports/{report}")
    async def read(ask: Asked, report: ReportNumber) -> dict[str, Any]:
        """One report, for its track's readers alone; that they read it is kept in it."""
        known = await reports.get(report)
        if known is None or known.made is None or not _may_read(ask, known.made.track):
            raise Refused("no-such-report", "there is no such report for you", status=404)
        # Not the caller's own key: whoever reads twice is seen twice.
        look = LookAt(id=str(uuid4()), at=ask.at, by=ask.caller.subject)
        applied = await reports.apply(report, look, lambda report: (), kind="asked")
        told = known.made.model_dump(mode="json", exclude={"id", "type", "by"})
        return {"report": report, **told, "looks": [one.model_dump(mode="json") for one in applied.state.looks]}

    return router


def _may_read(ask: Asked, track: Track) -> bool:
    try:
        allow(ask.caller, READERS[track])
    except Refused:
        return False
    return True
