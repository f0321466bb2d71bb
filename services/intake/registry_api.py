"""What an enterprise says of itself beside what the registry says of it: for the screener and the second review."""

import logging
from typing import Any

import httpx
from fastapi import APIRouter

from contracts.record import CaseNumber
from libs.identity import Act
from libs.service import Asked, may
from libs.store import Collection
from services.intake.desk import Desk
from services.intake.registry import Registry
from services.intake.screening import is_eligible
from services.intake.served import Served

log = logging.getLogger("intake")


def routes(desk: Desk, registry: Registry, served: Collection[Served]) -> APIRouter:
    router = APIRouter()

    async def entry(credit_code: str) -> dict[str, Any] | None:
        try:
            found = await registry.look_up(credit_code)
        except httpx.HTTPError as error:
            log.warning("registry gives no answer to a comparison", extra={"error": type(error).__name__})
            return {"answers": False}
        return found and {"answers": True, "name": found.name, "registered_in": found.registered_in}

    @router.get("/appeals/{case}/enterprise", dependencies=[may(Act.COMPARE_ENTERPRISE)])
    async def compare(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        """`registry`: what stands there now under the credit code; null where nothing does, `answers` false where it is
        silent. `registered_in`, `verified`: as the match or the second review left it. `eligible`: see `is_eligible`."""
        appeal = await desk.found(ask, case)
        assert appeal.dossier is not None
        project = await served.get(appeal.project) if appeal.project else None
        return {
            "case": case,
            "scheme": appeal.scheme,
            "stage": appeal.stage,
            "name": appeal.dossier.enterprise,
            "credit_code": appeal.dossier.credit_code,
            "registry": await entry(appeal.dossier.credit_code),
            "matched": appeal.matched and not appeal.mismatched,
            "verified": appeal.verified,
            "registered_in": appeal.registered_in,
            "eligible": is_eligible(appeal, desk.service.schemes[appeal.scheme], project),
            "receiver": appeal.receiver,
            "repeated": appeal.repeated,
        }

    return router
