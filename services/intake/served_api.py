"""What can be asked of the register of served enterprises and projects, and of the log of visits to them."""

import logging
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from contracts.case_number import number
from contracts.messages import Contact, Name, Tags
from contracts.record import Code, Party, ServedNumber
from libs.identity import Act, allow
from libs.policy.directory import Directory, District, SchemeName
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import SHANGHAI
from libs.service import Ask, Asked, Service, may
from libs.store import Collection
from services.intake.desk import Body
from services.intake.owed import Owed
from services.intake.served import RegisterServed, Served, check_served, register_served, served_number
from services.intake.visits import Finding, Help, LogVisit, Visit, log_visit

log = logging.getLogger("intake")


class Registration(Body):
    scheme: SchemeName
    kind: Literal["enterprise", "project"] = "enterprise"
    name: Name
    credit_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")] | None = None
    project_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{4,64}$")] | None = None
    contact: Contact
    tier: Code
    phase: Code | None = None
    district: District | None = None
    agreement: bool = False
    registered: bool = False
    tags: Tags = ()


class VisitMade(Body):
    scheme: SchemeName
    kind: Code
    served: ServedNumber
    unit: Party
    visitor: Name
    visited_on: date | None = None
    called: bool = False
    notes: Annotated[str, StringConstraints(max_length=5000)] = ""
    policies: Annotated[tuple[Name, ...], Field(max_length=30)] = ()
    help: Help | None = None
    findings: Annotated[tuple[Finding, ...], Field(max_length=50)] = ()


def routes(
    service: Service,
    served: Collection[Served],
    visits: Collection[Visit],
    owed: Owed,
    directory: Directory,
    secret: str,
) -> APIRouter:
    router = APIRouter()

    def in_force(name: str, ask: Ask) -> Scheme:
        scheme = service.schemes.in_force(name, ask.at.astimezone(SHANGHAI).date())
        if scheme is None:
            raise Refused("unknown-scheme", f"no scheme {name!r} is in force", field="scheme", status=422)
        service.refuse_elsewhere(ask.caller, name)
        return scheme

    async def found(ask: Ask, given: str) -> Served:
        known = await served.get(given)
        if known is None or not known.is_registered or not service.sees(ask.caller, known.scheme):
            raise Refused("no-such-served", "nobody is served under this number", status=404)
        return known

    @router.post("/served", status_code=201, dependencies=[may(Act.KEEP_SERVED)])
    async def register(ask: Asked, body: Registration) -> dict[str, Any]:
        """Register an enterprise or project, or bring it up to date (tier, phase): the same code keeps its number."""
        scheme = in_force(body.scheme, ask)
        fields = body.model_dump(exclude={"scheme", "contact"})
        command = RegisterServed(
            id=ask.id, at=ask.at, by=ask.caller.subject, scheme=scheme.ref, contact=body.contact, **fields
        )
        key = served_number(secret, scheme.scheme, check_served(command, scheme))
        async with service.asked(ask, command.type, case=""):
            decide = partial(register_served, command=command)
            state = service.counted(await served.apply(key, command, decide, kind="asked")).state
        return {"served": key, "tier": state.tier, "phase": state.phase, "unit": state.unit}

    @router.get("/served", dependencies=[may(Act.READ_SERVED)])
    async def listed(
        ask: Asked,
        scheme: SchemeName,
        tier: Code | None = None,
        phase: Code | None = None,
        unit: Party | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        skip: Annotated[int, Query(ge=0)] = 0,
    ) -> list[dict[str, Any]]:
        """Whom a scheme serves, by tier (003-08), phase (004-02) or serving unit. Services get no names."""
        where = {"keys.list": scheme}
        for word, value in (("tier", tier), ("phase", phase), ("unit", unit)):
            if value is not None:
                where[f"keys.{word}"] = f"{scheme}:{value}"
        known = await served.find(where, sort="_id", limit=limit, skip=skip)
        return [_row(one, named="service" not in ask.caller.roles) for one in known]

    @router.get("/served/{number}", dependencies=[may(Act.READ_SERVED)])
    async def show(ask: Asked, number: ServedNumber) -> dict[str, Any]:
        one = await found(ask, number)
        named = "service" not in ask.caller.roles
        told = ("contact", "credit_code", "project_code", "agreement", "registered")
        return _row(one, named=named) | ({word: getattr(one, word) for word in told} if named else {})

    @router.get("/served/{number}/visits", dependencies=[may(Act.READ_VISITS)])
    async def visited(
        ask: Asked, number: ServedNumber, official: bool | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 100
    ) -> list[dict[str, Any]]:
        """Who came, the latest first; with `official` the register of officials who came (入企登记簿, 003-24)."""
        await found(ask, number)
        where: dict[str, Any] = {"keys.served": number} | ({} if official is None else {"keys.official": official})
        made = await visits.find(where, sort="keys.visited_on", down=True, limit=limit)
        return [_visit(one, words="service" not in ask.caller.roles) for one in made]

    @router.post("/visits", status_code=201, dependencies=[may(Act.LOG_VISIT)])
    async def visit(ask: Asked, body: VisitMade) -> dict[str, Any]:
        """Somebody was with a served enterprise or project, or telephoned; what was found becomes appeals."""
        allow(ask.caller, Act.LOG_VISIT, unit=body.unit)
        scheme = in_force(body.scheme, ask)
        directory.running(scheme.scheme).unit(body.unit)
        visited_on = body.visited_on or ask.at.astimezone(SHANGHAI).date()
        fields = {name: getattr(body, name) for name in VisitMade.model_fields if name not in ("scheme", "visited_on")}
        command = LogVisit(
            id=ask.id,
            at=ask.at,
            by=ask.caller.subject,
            scheme=scheme.ref,
            visited_on=visited_on,
            official=body.kind in scheme.visits and scheme.visits[body.kind].official,
            **fields,
        )
        key = number("ZF", scheme.scheme, f"{ask.caller.subject}:{ask.key}")
        last = await visits.find(
            {"keys.same": f"{body.served}:{body.unit}:{body.kind}"}, sort="keys.visited_on", down=True, limit=1
        )
        before = last[0].logged.visited_on if last and last[0].logged and last[0].visit != key else None
        rule = partial(
            log_visit, command=command, now=ask.at, scheme=scheme, served=await served.get(body.served), before=before
        )
        async with service.asked(ask, command.type, case=""):
            state = service.counted(await visits.apply(key, command, rule, kind="asked")).state
        try:
            await owed.by_visit(key)
        except Exception as error:
            # The visit is kept with what it found; the appeals are filed when it is looked at again.
            log.warning("findings are still to be filed", extra={"error": type(error).__name__})
        return {"visit": key, "cases": [case for case, _ in state.cases]}

    return router


def _row(one: Served, *, named: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "served": one.served,
        "scheme": one.scheme,
        "kind": one.kind,
        "tier": one.tier,
        "phase": one.phase,
        "district": one.district,
        "unit": one.unit,
        "tags": one.tags,
    }
    return row | ({"name": one.name} if named else {})


def _visit(one: Visit, *, words: bool) -> dict[str, Any]:
    logged = one.logged
    assert logged is not None
    row: dict[str, Any] = {
        "visit": one.visit,
        "kind": logged.kind,
        "unit": logged.unit,
        "visited_on": logged.visited_on,
        "called": logged.called,
        "official": one.official,
        "cases": [case for case, _ in one.cases],
    }
    told = {"visitor": logged.visitor, "notes": logged.notes, "policies": logged.policies, "help": logged.help}
    return row | (told if words else {})
