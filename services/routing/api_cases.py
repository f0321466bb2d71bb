"""What the other services and staff read of a case."""

from typing import Any

from fastapi import APIRouter

from contracts.record import CaseNumber
from libs.identity import Act, allow
from libs.policy.directory import Directory
from libs.service import Asked, may
from services.routing.asking import Asking
from services.routing.handing_over import who_holds


def routes(asking: Asking, directory: Directory) -> APIRouter:
    router = APIRouter()
    found = asking.found

    @router.get("/cases/{case}", dependencies=[may(Act.READ_CASE)])
    async def read(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        known = await found(ask, case)
        mine = {dispatch.unit for dispatch in known.dispatches.values()}
        allow(ask.caller, Act.READ_CASE, unit=ask.caller.unit if ask.caller.unit in mine else "")
        category = asking.service.schemes[known.scheme].categories.get(known.category)
        return known.model_dump(mode="json") | {
            "closed": known.closed,
            "up_for_rectification": known.up_for_rectification,
            "for_leader": category is not None and category.leader,
        }

    @router.get("/cases/{case}/above", dependencies=[may(Act.READ_CONTACT)])
    async def above(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        """Who holds the next rung: told when a limit is missed, while nothing moves (§3.14). Null at the top."""
        known = await found(ask, case)
        terms = asking.terms(known.scheme)
        up = terms.scheme.rung(known.rung).up if known.handed_over else None
        return {"unit": up and who_holds(known, terms.scheme.rung(up), terms).unit}

    @router.get("/cases/{case}/answer", dependencies=[may(Act.READ_ANSWER)])
    async def answer(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        """What the enterprise was answered, for its letters and for itself."""
        allow(ask.caller, Act.READ_ANSWER, case=case)
        known = await found(ask, case)
        unit = directory.by_unit.get(known.answered_by or "")
        return {
            "unit": known.answered_by,
            "unit_name": unit.zh if unit else None,
            "outcome": known.outcome,
            "answer": known.answer,
            "final_answer": known.final_answer,
        }

    @router.get("/cases/{case}/dispatches/{dispatch}", dependencies=[may(Act.READ_CONTACT)])
    async def hand_over(ask: Asked, case: CaseNumber, dispatch: str) -> dict[str, Any]:
        """Also who answers for the unit's work: 第一责任人 and 直接责任人 (000-35)."""
        known = await asking.hand_over(ask, case, dispatch)
        unit = directory.unit(known.unit)
        return known.model_dump(mode="json") | {
            "first_responsible": unit.first_responsible,
            "directly_responsible": unit.directly_responsible,
        }

    return router
