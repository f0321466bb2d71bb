"""Protected reports over HTTP: made by many, read by few, and every reading kept (§3.16)."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from contracts.case_number import number
from contracts.messages import Contact, Words
from contracts.record import CaseNumber, Party, ReportNumber
from libs.identity import MAY, Act, allow
from libs.policy.directory import SchemeName
from libs.policy.refused import Refused
from libs.policy.shanghai import SHANGHAI
from libs.service import Ask, Asked, Service, may
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

    @router.post("/reports", status_code=201, dependencies=[may(Act.MAKE_REPORT)])
    async def make(ask: Asked, body: Reporting) -> dict[str, Any]:
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

    @router.get("/reports", dependencies=[may(*READERS.values())])
    async def listed(ask: Asked, track: Track, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[dict[str, Any]]:
        """The track's reports, the latest first, without a word of them."""
        allow(ask.caller, READERS[track])
        where = {"keys.track": track}
        received = await reports.find(
            where, sort="keys.received_at", down=True, limit=limit, only=service.seen_by(ask.caller)
        )
        return [
            {"report": one.report, "received_at": one.made and one.made.at, "looks": len(one.looks)} for one in received
        ]

    async def found(ask: Ask, report: str) -> tuple[Report, MakeReport]:
        """What was reported, for its track's people at its level of government; nobody else learns that it is there."""
        known = await reports.get(report)
        if known is None or known.made is None or not service.sees(ask.caller, known.made.scheme):
            raise no_such_report()
        if not MAY[READERS[known.made.track]] & ask.caller.roles:
            raise no_such_report()
        return known, known.made

    @router.get("/reports/{report}", dependencies=[may(*READERS.values(), otherwise=no_such_report)])
    async def read(ask: Asked, report: ReportNumber) -> dict[str, Any]:
        """One report, for its track's readers alone; that they read it is kept in it."""
        _, made = await found(ask, report)
        # Not the caller's own key: whoever reads twice is seen twice.
        look = LookAt(id=str(uuid4()), at=ask.at, by=ask.caller.subject)
        applied = await reports.apply(report, look, lambda report: (), kind="asked")
        told = made.model_dump(mode="json", exclude={"id", "type", "by"})
        return {"report": report, **told, "looks": [one.model_dump(mode="json") for one in applied.state.looks]}

    @router.get("/reports/{report}/looks", dependencies=[may(*READERS.values(), otherwise=no_such_report)])
    async def looks(ask: Asked, report: ReportNumber) -> list[dict[str, Any]]:
        """Who read it and when, without a word of it: for its track's readers alone (004-13, §3.16)."""
        known, _ = await found(ask, report)
        return [one.model_dump(mode="json") for one in known.looks]

    return router


def no_such_report() -> Refused:
    return Refused("no-such-report", "there is no such report for you", status=404)
