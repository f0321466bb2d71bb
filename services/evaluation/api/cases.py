"""What the office and the inspection office do with one case: orders, rectifications, corrections, exclusions."""

from datetime import date
from typing import Any

from fastapi import APIRouter

from contracts.case_number import number
from contracts.record import CaseNumber, Code, Party
from libs.identity import Act, allow
from libs.policy.directory import Directory
from libs.service import Asked, Service, may
from services.evaluation import judging, oversight
from services.evaluation.api.asking import Body, Limit, ask_case, named
from services.evaluation.api.ratings import acting_unit
from services.evaluation.case import Case
from services.evaluation.commands import (
    AnswerOrder,
    AskExclusion,
    DecideExclusion,
    LiftRectification,
    ListForRectification,
    MakeCorrection,
    MeetOrder,
    OrderUnit,
    Words,
)
from services.evaluation.invitation import no_such_case
from services.evaluation.stores import Stores


class Ordered(Body):
    unit: Party
    what: Words
    due_on: date


class Done(Body):
    done: Words


class Listed(Body):
    unit: Party
    due_on: date


class Evidence(Body):
    evidence: Words


class Exclusion(Body):
    reason: Code
    grounds: Words


class Approval(Body):
    approve: bool


def routes(service: Service, stores: Stores, directory: Directory) -> APIRouter:
    router = APIRouter()

    def names_a_unit_here(unit: str) -> Any:
        def check(case: Case) -> None:
            directory.running(case.scheme).unit(unit)

        return check

    @router.post("/cases/{case}/orders", status_code=201, dependencies=[may(Act.ORDER_UNIT)])
    async def order(case: CaseNumber, body: Ordered, ask: Asked) -> dict[str, Any]:
        """The inspection office, or the leader in charge (000-39), orders a unit to act by a day."""
        order = number("DB", ask.id)
        command = OrderUnit(**named(ask), order=order, **body.model_dump())
        check = names_a_unit_here(body.unit)
        await ask_case(service, stores, ask, case, command, oversight.order, first=check)
        return {"case": case, "order": order}

    @router.get("/cases/{case}/orders", dependencies=[may(Act.READ_ORDERS)])
    async def orders(case: CaseNumber, ask: Asked) -> dict[str, Any]:
        """What is ordered, listed and to be corrected in this case; a unit sees its own."""
        known = await stores.cases.get(case)
        if known is None or not service.sees(ask.caller, known.scheme):
            raise no_such_case()
        return oversight.asked_of(known, acting_unit(ask.caller))

    @router.get("/units/{unit}/asked", dependencies=[may(Act.WORK_ON_CASE)])
    async def asked(unit: Party, ask: Asked, limit: Limit = 50) -> dict[str, Any]:
        """The cases in which the unit has still to answer an order, to rectify or to correct."""
        allow(ask.caller, Act.WORK_ON_CASE, unit=unit)
        found = await stores.cases.find({"keys.asked": unit}, limit=limit)
        return {"items": [oversight.asked_of(case, unit) | {"scheme": case.scheme} for case in found]}

    @router.post("/cases/{case}/orders/{order}/answer", dependencies=[may(Act.WORK_ON_CASE)])
    async def answer_order(case: CaseNumber, order: str, body: Done, ask: Asked) -> dict[str, Any]:
        unit = acting_unit(ask.caller)
        assert unit is not None
        command = AnswerOrder(**named(ask), order=order, unit=unit, done=body.done)
        await ask_case(service, stores, ask, case, command, oversight.answer_order)
        return {"case": case, "order": order}

    @router.post("/cases/{case}/orders/{order}/done", dependencies=[may(Act.ORDER_UNIT)])
    async def meet_order(case: CaseNumber, order: str, ask: Asked) -> dict[str, Any]:
        command = MeetOrder(**named(ask), order=order)
        await ask_case(service, stores, ask, case, command, oversight.meet_order)
        return {"case": case, "order": order}

    @router.post("/cases/{case}/rectification", status_code=201, dependencies=[may(Act.LIST_RECTIFICATION)])
    async def list_for_rectification(case: CaseNumber, body: Listed, ask: Asked) -> dict[str, Any]:
        command = ListForRectification(**named(ask), **body.model_dump())
        check = names_a_unit_here(body.unit)
        await ask_case(service, stores, ask, case, command, oversight.list_for_rectification, first=check)
        return {"case": case, **body.model_dump()}

    @router.post("/cases/{case}/rectification/lifting", dependencies=[may(Act.LIST_RECTIFICATION)])
    async def lift(case: CaseNumber, body: Evidence, ask: Asked) -> dict[str, Any]:
        command = LiftRectification(**named(ask), evidence=body.evidence)
        await ask_case(service, stores, ask, case, command, oversight.lift_rectification)
        return {"case": case}

    @router.post("/cases/{case}/correction", dependencies=[may(Act.CORRECT_RATING)])
    async def correct(case: CaseNumber, body: Evidence, ask: Asked) -> dict[str, Any]:
        command = MakeCorrection(**named(ask), evidence=body.evidence, unit=acting_unit(ask.caller))
        await ask_case(service, stores, ask, case, command, judging.make_correction)
        return {"case": case}

    @router.post("/cases/{case}/exclusion", status_code=202, dependencies=[may(Act.EXCLUDE_CASE)])
    async def ask_exclusion(case: CaseNumber, body: Exclusion, ask: Asked) -> dict[str, Any]:
        command = AskExclusion(**named(ask), **body.model_dump())
        await ask_case(service, stores, ask, case, command, oversight.ask_exclusion)
        return {"case": case, "reason": body.reason}

    @router.post("/cases/{case}/exclusion/approval", dependencies=[may(Act.APPROVE_EXCLUSION)])
    async def decide_exclusion(case: CaseNumber, body: Approval, ask: Asked) -> dict[str, Any]:
        command = DecideExclusion(**named(ask), approve=body.approve)
        await ask_case(service, stores, ask, case, command, oversight.decide_exclusion)
        return {"case": case, "excluded": body.approve}

    return router
