"""Files and reports that have people of their own: for everybody else there is nothing (404), and every look is kept."""

from collections.abc import Callable
from typing import Any, Literal

from fastapi import APIRouter

from contracts.record import CaseNumber, Command, ReportNumber, SchemeRef
from libs.identity import Act
from libs.service import Ask, Asked, Service, may
from services.evaluation import files, reports
from services.evaluation.api.asking import Body, Limit, Skip, named, until
from services.evaluation.commands import Words
from services.evaluation.files import Look
from services.evaluation.stores import Stores

FOR_DISCIPLINE = [may(Act.WORK_ON_INSPECTION_FILE, otherwise=files.no_such_file)]
FOR_THE_TRACK = [may(Act.WORK_ON_REPORT, otherwise=reports.no_such_report)]
TO_APPROVE = [may(Act.APPROVE_EXPOSURE, otherwise=reports.no_such_report)]


class Noted(Body):
    found: files.Found
    text: Words


class Result(Body):
    result: Words


class Verified(Body):
    confirmed: bool
    note: Words


class Text(Body):
    text: Words


class Approval(Body):
    approve: bool


def routes(service: Service, stores: Stores) -> APIRouter:
    router = APIRouter()

    async def on_file(ask: Ask, case: str, command: Command, rule: Callable[[files.File], Any]) -> files.File:
        def decide(known: files.File) -> Any:
            if not service.sees(ask.caller, known.scheme):
                raise files.no_such_file()
            return rule(known)

        async with service.asked(ask, command.type, case=case):
            return service.counted(await stores.files.apply(case, command, decide, kind="asked")).state

    async def on_report(
        ask: Ask, report: str, command: Command, rule: Callable[[reports.Report], None]
    ) -> reports.Report:
        def decide(known: reports.Report) -> list[Any]:
            if not service.sees(ask.caller, known.scheme):
                raise reports.no_such_report()
            rule(known)
            return []

        async with service.asked(ask, command.type, case=report):
            return service.counted(await stores.reports.apply(report, command, decide, kind="asked")).state

    @router.get("/inspections", dependencies=FOR_DISCIPLINE)
    async def files_open(ask: Asked, limit: Limit = 50, skip: Skip = 0) -> dict[str, Any]:
        """Which files there are, the oldest first; nothing of what is in them."""
        where = {"keys.opened_at": until(service.clock.now())}
        found = await stores.files.find(
            where, sort="keys.opened_at", limit=limit, skip=skip, only=service.seen_by(ask.caller)
        )
        return {
            "items": [
                {"case": file.case, "scheme": file.scheme, "opened_at": file.opened_at, "closed_at": file.closed_at}
                for file in found
            ]
        }

    @router.get("/inspections/{case}", dependencies=FOR_DISCIPLINE)
    async def look_at_file(case: CaseNumber, ask: Asked) -> dict[str, Any]:
        """The whole file, with who looked into it and when. 002-26"""
        file = await on_file(ask, case, Look(**named(ask)), files.look)
        return file.model_dump(mode="json")

    @router.get("/inspections/{case}/looks", dependencies=FOR_DISCIPLINE)
    async def looks_at_file(case: CaseNumber, ask: Asked) -> dict[str, Any]:
        """Who looked into the file and when, without a word of it. 004-13"""
        file = await stores.files.get(case)
        if file is None or file.opened_at is None or not service.sees(ask.caller, file.scheme):
            raise files.no_such_file()
        return {"items": [look.model_dump(mode="json") for look in file.looks]}

    @router.post(
        "/inspections/{case}/findings",
        status_code=201,
        dependencies=FOR_DISCIPLINE,
    )
    async def note(case: CaseNumber, body: Noted, ask: Asked) -> dict[str, Any]:
        command = files.NoteFinding(**named(ask), **body.model_dump())
        file = await on_file(ask, case, command, files.note_finding)
        return {"case": case, "findings": len(file.findings)}

    @router.post("/inspections/{case}/closing", dependencies=FOR_DISCIPLINE)
    async def close(case: CaseNumber, body: Result, ask: Asked) -> dict[str, Any]:
        command = files.CloseFile(**named(ask), result=body.result)
        await on_file(ask, case, command, lambda file: files.close_file(file, command, now=ask.at))
        return {"case": case}

    @router.get("/reports", dependencies=FOR_THE_TRACK)
    async def reports_of(
        ask: Asked, track: Literal["retaliation", "conduct"], limit: Limit = 50, skip: Skip = 0
    ) -> dict[str, Any]:
        """The numbers of one track, the oldest first, for its own people."""
        if reports.TRACKS[track] not in ask.caller.roles:
            raise reports.no_such_report()
        where = {"keys.track": track, "keys.received_at": until(service.clock.now())}
        found = await stores.reports.find(
            where, sort="keys.received_at", limit=limit, skip=skip, only=service.seen_by(ask.caller)
        )
        return {
            "items": [
                {"report": one.report, "scheme": one.scheme, "received_at": one.received_at, "confirmed": one.confirmed}
                for one in found
            ]
        }

    @router.get("/reports/{report}", dependencies=FOR_THE_TRACK)
    async def look_at_report(report: ReportNumber, ask: Asked) -> dict[str, Any]:
        """The report's state, with who looked at it; its words are intake's to give."""
        known = await on_report(ask, report, Look(**named(ask)), lambda known: reports.look(known, ask.caller))
        return known.model_dump(mode="json")

    @router.get("/reports/{report}/looks", dependencies=FOR_THE_TRACK)
    async def looks_at_report(report: ReportNumber, ask: Asked) -> dict[str, Any]:
        """Who looked at the report's state and when; who read its words, intake tells."""
        known = await stores.reports.get(report)
        if known is None or not service.sees(ask.caller, known.scheme):
            raise reports.no_such_report()
        reports.look(known, ask.caller)
        return {"items": [look.model_dump(mode="json") for look in known.looks]}

    @router.post("/reports/{report}/verification", dependencies=FOR_THE_TRACK)
    async def verify(report: ReportNumber, body: Verified, ask: Asked) -> dict[str, Any]:
        command = reports.Verify(**named(ask), **body.model_dump())
        await on_report(ask, report, command, lambda known: reports.verify(known, ask.caller))
        return {"report": report, "confirmed": body.confirmed}

    @router.post("/reports/{report}/conclusion", dependencies=FOR_THE_TRACK)
    async def conclude(report: ReportNumber, body: Result, ask: Asked) -> dict[str, Any]:
        command = reports.Conclude(**named(ask), result=body.result)
        await on_report(ask, report, command, lambda known: reports.conclude(known, ask.caller))
        return {"report": report}

    @router.post(
        "/reports/{report}/exposure",
        status_code=202,
        dependencies=FOR_THE_TRACK,
    )
    async def propose_exposure(report: ReportNumber, body: Text, ask: Asked) -> dict[str, Any]:
        command = reports.ProposeExposure(**named(ask), text=body.text)
        await on_report(ask, report, command, lambda known: reports.propose_exposure(known, ask.caller))
        return {"report": report}

    @router.get("/reports/{report}/exposure", dependencies=TO_APPROVE)
    async def exposure_to_decide(report: ReportNumber, ask: Asked) -> dict[str, Any]:
        """The words that are proposed for the public, for who decides on them, who sees nothing else of the report; the
        look is kept. 003-25, §3.16"""
        known = await on_report(ask, report, Look(**named(ask)), reports.look_at_exposure)
        assert known.exposure is not None
        return {"report": report, "scheme": known.scheme, **known.exposure.model_dump(mode="json")}

    @router.post(
        "/reports/{report}/exposure/approval",
        dependencies=TO_APPROVE,
    )
    async def decide_exposure(report: ReportNumber, body: Approval, ask: Asked) -> dict[str, Any]:
        """Another of 作风办, or a leader, who is told the number."""
        command = reports.DecideExposure(**named(ask), approve=body.approve)
        rule = lambda known: reports.decide_exposure(known, command)  # noqa: E731
        await on_report(ask, report, command, rule)
        return {"report": report, "exposed": body.approve}

    @router.get("/exposures", dependencies=[may(Act.READ_EXPOSURES)])
    async def exposures(ask: Asked, scheme: SchemeRef) -> dict[str, Any]:
        """What may be shown to the public, for disclosure. 003-25"""
        return {
            "items": [
                {"report": one.report, "text": exposure.text, "approved_at": exposure.approved_at}
                async for one in stores.reports.every({"keys.exposed": scheme})
                if (exposure := one.exposure)
            ]
        }

    return router
