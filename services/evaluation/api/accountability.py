"""Findings and what follows, records of inspections, and who of those served was checked."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from contracts.case_number import number
from contracts.record import CaseNumber, Code, FindingNumber, Party, SchemeRef, ServedNumber
from libs.identity import Act
from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.service import Ask, Asked, Service, may
from services.evaluation import findings, records
from services.evaluation.api.asking import Body, Limit, Skip, named, until
from services.evaluation.commands import Words
from services.evaluation.files import Look
from services.evaluation.findings import Stated
from services.evaluation.stores import Stores


class Proposed(Body):
    scheme: SchemeRef
    unit: Party
    trigger: Code
    cases: tuple[CaseNumber, ...] = Field(default=(), max_length=100)
    grounds: Words
    states: tuple[Stated, ...] = ()


class Decided(Body):
    approve: bool
    measure: Code | None = None


class Inspected(Body):
    scheme: SchemeRef
    what: records.What
    unit: Party
    findings: Words
    slow: bool = False


class Checked(Body):
    findings: Words


def routes(service: Service, stores: Stores, directory: Directory) -> APIRouter:
    router = APIRouter()

    def rules_of(ask: Ask, scheme: str) -> Scheme:
        if scheme not in service.schemes:
            raise Refused("unknown-scheme", f"there is no scheme {scheme!r} here", field="scheme", status=422)
        service.refuse_elsewhere(ask.caller, scheme)
        return service.schemes[scheme]

    @router.post("/findings", status_code=201, dependencies=[may(Act.PROPOSE_FINDING)])
    async def propose(body: Proposed, ask: Asked) -> dict[str, Any]:
        """Somebody proposes to call a unit to account; what the trigger needs is looked up in the cases named."""
        rules = rules_of(ask, body.scheme)
        directory.running(body.scheme).unit(body.unit)
        cases = [case for name in body.cases if (case := await stores.cases.get(name))]
        if len(cases) != len(body.cases) or any(case.scheme.split("@")[0] != rules.scheme for case in cases):
            raise Refused("no-such-case", "a case named is none of this scheme's", field="cases", status=422)
        finding = findings.finding_number(body.scheme, body.unit, body.trigger, body.cases)
        shown = findings.on_record(cases, body.unit)
        command = findings.Propose(**named(ask), **body.model_dump(), on_record=shown)
        async with service.asked(ask, "propose", case=finding):
            await stores.findings.apply(
                finding, command, lambda known: findings.propose(known, command, scheme=rules), kind="asked"
            )
        return {"finding": finding, "on_record": shown}

    @router.post("/findings/{finding}/decision", dependencies=[may(Act.DECIDE_FINDING)])
    async def decide(finding: FindingNumber, body: Decided, ask: Asked) -> dict[str, Any]:
        command = findings.Decide(**named(ask), **body.model_dump())

        def rule(known: findings.Finding) -> Any:
            if not known.scheme or not service.sees(ask.caller, known.scheme):
                raise findings.no_such_finding()
            scheme = service.schemes[known.scheme]
            findings.look(known, ask.caller, scheme=scheme)
            return findings.decide(known, command, ask.caller, now=ask.at, scheme=scheme)

        async with service.asked(ask, "decide", case=finding):
            applied = await stores.findings.apply(finding, command, rule, kind="asked")
        return {"finding": finding, "decided": applied.state.decided, "measure": applied.state.measure}

    @router.get("/findings", dependencies=[may(Act.PROPOSE_FINDING, Act.DECIDE_FINDING)])
    async def proposed(ask: Asked, scheme: SchemeRef) -> dict[str, Any]:
        """The findings under this scheme, the latest first, without a word of them; those that refer stand here for those
        alone who may look at them. §3.16"""
        rules = rules_of(ask, scheme)
        where = {"keys.scheme": rules.ref, "keys.proposed_at": until(service.clock.now())}
        known = [one async for one in stores.findings.every(where, sort="keys.proposed_at")]
        return {
            "items": [
                one.model_dump(mode="json", include=set(findings.TOLD))
                for one in reversed(known)
                if findings.may_look(one, ask.caller, scheme=rules)
            ]
        }

    @router.get("/findings/{finding}", dependencies=[may(Act.DECIDE_FINDING)])
    async def look(finding: FindingNumber, ask: Asked) -> dict[str, Any]:
        """The finding; that it was looked at is kept."""

        def rule(known: findings.Finding) -> list[Any]:
            if not known.scheme or not service.sees(ask.caller, known.scheme):
                raise findings.no_such_finding()
            findings.look(known, ask.caller, scheme=service.schemes[known.scheme])
            return []

        applied = await stores.findings.apply(finding, Look(**named(ask)), rule, kind="asked")
        return applied.state.model_dump(mode="json", exclude={"looks"})

    @router.post("/inspections-done", status_code=201, dependencies=[may(Act.LOG_INSPECTION)])
    async def log_inspection(body: Inspected, ask: Asked) -> dict[str, Any]:
        """What inspectors found on their round, as evidence for circulars and the assessment. 004-20, 002-37, 003-15"""
        rules_of(ask, body.scheme)
        directory.running(body.scheme).unit(body.unit)
        inspection = number("DC", ask.id)
        command = records.LogInspection(**named(ask), **body.model_dump())
        await stores.inspections.apply(inspection, command, lambda known: [], kind="asked")
        return {"inspection": inspection}

    @router.get("/inspections-done", dependencies=[may(Act.READ_OVERSIGHT, Act.LOG_INSPECTION)])
    async def inspections_done(ask: Asked, scheme: SchemeRef, limit: Limit = 50, skip: Skip = 0) -> dict[str, Any]:
        """The newest first."""
        where = {"keys.at": until(service.clock.now())}
        found = [one async for one in stores.inspections.every(where, sort="keys.at") if one.scheme == scheme]
        return {"items": [one.model_dump(mode="json") for one in found[::-1][skip : skip + limit]]}

    @router.post("/served/{served}/checks", status_code=201, dependencies=[may(Act.CHECK_EFFICIENCY)])
    async def check(served: ServedNumber, body: Checked, ask: Asked) -> dict[str, Any]:
        """Discipline checked how this enterprise or project is served. 004-12"""

        def rule(known: records.Served) -> list[Any]:
            records.check(known)
            if not service.sees(ask.caller, known.scheme):
                raise records.not_served()
            return []

        command = records.Check(**named(ask), findings=body.findings)
        applied = await stores.served.apply(served, command, rule, kind="asked")
        return {"served": served, "checks": len(applied.state.checks)}

    @router.get("/coverage", dependencies=[may(Act.LOG_INSPECTION)])
    async def coverage(ask: Asked, scheme: SchemeRef) -> dict[str, Any]:
        """Who of all served was checked, and who not yet. 004-12"""
        items = [
            {"served": one.served, "tier": one.tier, "unit": one.unit, "checks": len(one.checks)}
            async for one in stores.served.every({"keys.scheme": scheme})
        ]
        return {"checked": sum(item["checks"] > 0 for item in items), "all": len(items), "items": items}

    return router
