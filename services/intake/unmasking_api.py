"""Seeing an enterprise's contact whole: for a purpose, and never unseen (PIPL art. 6, 51)."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from contracts.record import CaseNumber
from libs.identity import Act
from libs.policy.masking import mask_text
from libs.service import Asked, may
from libs.store import BEGINNING
from services.intake.commands import Unmask
from services.intake.desk import Body, Desk


class Purpose(Body):
    purpose: Annotated[str, StringConstraints(min_length=2, max_length=500, strip_whitespace=True)]


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.post("/appeals/{case}/unmasking", dependencies=[may(Act.UNMASK_CONTACT)])
    async def unmask(ask: Asked, case: CaseNumber, body: Purpose) -> dict[str, Any]:
        """The contact and the credit code whole. That they were seen, by whom and for what, is kept in the case."""
        appeal = await desk.readable(ask, Act.UNMASK_CONTACT, case)
        assert appeal.dossier is not None
        # Not the caller's own key: whoever looks twice is seen twice.
        look = Unmask(id=str(uuid4()), at=ask.at, by=ask.caller.subject, purpose=body.purpose, unit=ask.caller.unit)
        async with desk.service.asked(ask, look.type, case=case, parent=await desk.appeals.trace_of(case)):
            await desk.appeals.apply(case, look, lambda appeal: (), kind="asked")
        told = appeal.dossier
        return {
            "case": case,
            "enterprise": told.enterprise,
            "credit_code": told.credit_code,
            "contact": told.contact.model_dump(),
        }

    @router.get("/unmaskings", dependencies=[may(Act.READ_UNMASKINGS)])
    async def listed(ask: Asked, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[dict[str, Any]]:
        """Who looked at which enterprise's contact, when and for what, the latest first; never what they saw."""
        where = {"keys.unmasked_at": {"$gt": BEGINNING}}
        appeals = await desk.appeals.find(where, sort="keys.unmasked_at", down=True, limit=limit)
        mine = [one for one in appeals if desk.service.sees(ask.caller, one.scheme)]
        looks = [(look, one) for one in mine for look in one.unmaskings]
        looks.sort(key=lambda pair: pair[0].at, reverse=True)
        return [
            {
                "case": one.case,
                "by": look.by,
                "unit": look.unit,
                "at": look.at,
                "purpose": mask_text(look.purpose, names=(one.dossier.contact.name,) if one.dossier else ()),
            }
            for look, one in looks[:limit]
        ]

    return router
