"""Who serves whom, over HTTP."""

from functools import partial
from typing import Any, Literal

from fastapi import APIRouter

from contracts.messages import Name, Words
from contracts.record import Code, Party, ServedNumber
from libs.identity import Act, allow
from libs.policy.directory import Directory, SchemeName
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from libs.service import Ask, Asked, Service, may
from libs.store import Collection
from services.routing.asking import Body
from services.routing.served import AssignServed, Served, assign_served, projects_by_phase, responsibility_sheet

ALL = 10_000
"""More than any scheme serves."""


class WhoServes(Body):
    scheme: SchemeName
    kind: Literal["enterprise", "project"]
    tier: Code
    phase: Code | None = None
    leader: Party | None = None
    unit: Party
    unit_leader: Name | None = None
    specialist: Name | None = None
    specialist_rank: Code | None = None
    liaison: Name | None = None
    measures: Words | None = None


def routes(service: Service, matrix: Collection[Served], directory: Directory) -> APIRouter:
    router = APIRouter()

    def in_force(name: str, ask: Ask) -> Scheme:
        scheme = service.schemes.in_force(name, day_of(ask.at))
        if scheme is None:
            raise Refused("unknown-scheme", f"no scheme {name!r} is in force", field="scheme", status=422)
        service.refuse_elsewhere(ask.caller, name)
        return scheme

    async def of(scheme: str, unit: str | None = None) -> list[Served]:
        where: dict[str, Any] = {"keys.scheme": scheme} | ({"keys.units": unit} if unit else {})
        return await matrix.find(where, sort="_id", limit=ALL)

    @router.put("/served/{number}", dependencies=[may(Act.ASSIGN_SERVED)])
    async def assign(ask: Asked, number: ServedNumber, body: WhoServes) -> dict[str, Any]:
        """By the administrator: a gap, an unknown tier or phase, or too low a rank is refused."""
        scheme = in_force(body.scheme, ask)
        fields = body.model_dump(exclude={"scheme"})
        command = AssignServed(id=ask.id, at=ask.at, by=ask.caller.subject, scheme=scheme.ref, **fields)
        view = directory.running(scheme.ref)
        rule = partial(assign_served, command=command, now=ask.at, scheme=scheme, directory=view)
        async with service.asked(ask, command.type, case=""):
            state = service.counted(await matrix.apply(number, command, rule, kind="asked")).state
        return state.model_dump(mode="json")

    @router.get("/served", dependencies=[may(Act.READ_SERVED)])
    async def listed(ask: Asked, scheme: SchemeName, unit: Party | None = None) -> list[dict[str, Any]]:
        """Whom a scheme's units serve; a unit reads its own (004-04)."""
        allow(ask.caller, Act.READ_SERVED, unit=unit or "")
        return [one.model_dump(mode="json") for one in await of(scheme, unit)]

    @router.get("/served/projects", dependencies=[may(Act.READ_SERVED)])
    async def projects(ask: Asked, scheme: SchemeName) -> dict[str, list[str]]:
        """By phase (004-02)."""
        allow(ask.caller, Act.READ_SERVED, unit="")
        return projects_by_phase(await of(scheme), in_force(scheme, ask))

    @router.get("/served/responsibility-sheet", dependencies=[may(Act.READ_SERVED)])
    async def sheet(ask: Asked, scheme: SchemeName, phase: Code) -> list[dict[str, Any]]:
        """Projects of a phase (signed, not landed) with unit, leader, person and measures (004-03)."""
        allow(ask.caller, Act.READ_SERVED, unit="")
        return responsibility_sheet(await of(scheme), phase)

    @router.get("/served/{number}", dependencies=[may(Act.READ_SERVED)])
    async def show(ask: Asked, number: ServedNumber) -> dict[str, Any]:
        one = await matrix.get(number)
        if one is None or not service.sees(ask.caller, one.scheme):
            raise Refused("no-such-served", "nobody is said to serve this number", status=404)
        allow(ask.caller, Act.READ_SERVED, unit=one.unit)
        return one.model_dump(mode="json")

    return router
