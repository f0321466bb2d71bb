"""What can be asked over HTTP of a case's part in sessions: its units' commitments, and what was decided."""

from datetime import date
from functools import partial
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from contracts.messages import Words
from contracts.record import CaseNumber
from libs.identity import Act, allow
from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.service import Ask, Asked, Service, may
from libs.store import Collection
from services.routing import items
from services.routing.case import Case
from services.routing.issue import EnterCommitment


class Promise(BaseModel):
    """A commitment sheet (001-47). All of it is published."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    leader: Words
    person: Words
    due_on: date
    measures: Words


def item_routes(service: Service, cases: Collection[Case], directory: Directory) -> APIRouter:
    router = APIRouter()

    async def found(ask: Ask, case: str) -> Case:
        known = await cases.get(case)
        if known is None or (known.scheme and not service.sees(ask.caller, known.scheme)):
            raise Refused("no-such-case", "there is no such case for you", status=404)
        return known

    @router.post("/cases/{case}/dispatches/{dispatch}/commitment", dependencies=[may(Act.WORK_ON_CASE)])
    async def enter(ask: Asked, case: CaseNumber, dispatch: str, body: Promise) -> dict[str, Any]:
        charge = (await found(ask, case)).issue.charges.get(dispatch)
        allow(ask.caller, Act.WORK_ON_CASE, unit=charge.unit if charge else "")
        command = EnterCommitment(id=ask.id, at=ask.at, by=ask.caller.subject, dispatch=dispatch, **body.model_dump())
        rule = partial(items.enter_commitment, command=command, now=ask.at)
        async with service.asked(ask, command.type, case=case, parent=await cases.trace_of(case)):
            applied = service.counted(await cases.apply(case, command, rule, kind="asked"))
        return {"case": case, "said": [fact.type for fact in applied.said]}

    @router.get("/cases/{case}/dispatches/{dispatch}/commitment", dependencies=[may(Act.READ_CONTACT)])
    async def commitment(ask: Asked, case: CaseNumber, dispatch: str) -> dict[str, Any]:
        """Its public wording, as last entered."""
        known = (await found(ask, case)).issue.commitments.get(dispatch)
        if known is None:
            raise Refused("no-such-commitment", "nothing was entered for this hand-over", status=404)
        public = known.model_dump(mode="json", exclude={"entered_at", "published"})
        return public | {"unit_name": directory.unit(known.unit).zh}

    @router.get("/units/{unit}/commitments-owed", dependencies=[may(Act.WORK_ON_CASE)])
    async def owed(ask: Asked, unit: str) -> list[dict[str, Any]]:
        """The hand-overs for which a session charged the unit, and what it has entered."""
        allow(ask.caller, Act.WORK_ON_CASE, unit=unit)
        return [
            {
                "case": case.case,
                "dispatch": dispatch,
                "due_on": charge.due_on and charge.due_on.isoformat(),
                "version": entered.version if (entered := case.issue.commitments.get(dispatch)) else 0,
            }
            for case in await cases.find({"keys.charged": unit}, limit=1000)
            for dispatch, charge in case.issue.charges.items()
            if charge.unit == unit
        ]

    @router.get("/cases/{case}/decisions", dependencies=[may(Act.READ_DECISIONS)])
    async def decisions(ask: Asked, case: CaseNumber) -> list[dict[str, Any]]:
        """What sessions decided, for the enterprise and the units of the case to read (001-36)."""
        known = await found(ask, case)
        mine = {dispatch.unit for dispatch in known.dispatches.values()}
        unit = ask.caller.unit if ask.caller.unit in mine else ""
        allow(ask.caller, Act.READ_DECISIONS, unit=unit, case=case)
        return [decision.model_dump(mode="json") for decision in known.issue.decisions]

    return router
