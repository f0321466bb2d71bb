"""The lists that the office and the leaders work from: which cases wait for whom, and why."""

from typing import Any

from fastapi import APIRouter

from libs.identity import MAY, Act
from libs.policy.directory import SchemeName
from libs.service import Ask, Asked, may
from services.routing import domain
from services.routing.asking import Asking
from services.routing.case import Case, Dispatch, Said


def routes(asking: Asking) -> APIRouter:
    router = APIRouter()

    async def listed(ask: Ask, where: dict[str, Any]) -> list[Case]:
        """Those of the caller's level of government."""
        return await asking.cases.find(where, only=asking.service.seen_by(ask.caller))

    @router.get("/waiting-for-session", dependencies=[may(Act.READ_CASE)])
    async def waiting(ask: Asked) -> list[str]:
        """Cases still unresolved below: listed and counted until a session takes them (§3.24). A unit sees those that it
        was handed."""
        only_its_own = MAY[Act.READ_CASE] & ask.caller.roles == {"unit"}
        return [
            case.case
            for case in await listed(ask, {"keys.waits_for": "session"})
            if not only_its_own or ask.caller.unit in {dispatch.unit for dispatch in case.dispatches.values()}
        ]

    @router.get("/waiting-for-review", dependencies=[may(Act.READ_LISTS)])
    async def to_review(ask: Asked) -> list[dict[str, Any]]:
        """Accepted cases that await a review or signature before the hand-over, or the office after one was refused."""
        waiting = [(case, asking.terms(case.scheme)) for case in await listed(ask, {"keys.waits_for": "review"})]
        return [
            {
                "case": case.case,
                "step": review.step,
                "posts": [unit.unit for unit in domain.signatories(case, review, terms)],
                "refused_by": domain.refused_by(case),
                "signatures": [signature.model_dump() for signature in case.signatures],
                "urgent": case.urgent,
            }
            for case, terms in waiting
            if (review := domain.next_review(case, terms)) is not None
        ]

    @router.get("/waiting-for-judgement", dependencies=[may(Act.READ_LISTS)])
    async def to_judge(ask: Asked) -> list[dict[str, Any]]:
        """Hand-overs that are late by a limit after which the office judges (000-15)."""
        return [
            {"case": case.case, "dispatch": dispatch.dispatch, "unit": dispatch.unit, "rung": dispatch.rung}
            for case in await listed(ask, {"keys.late": True})
            for dispatch in case.open_dispatches()
            if domain.awaits_judgement(case, dispatch, asking.service.schemes[case.scheme])
        ]

    @router.get("/problem-list", dependencies=[may(Act.READ_LISTS)])
    async def problems(ask: Asked) -> list[dict[str, Any]]:
        """Complex matters whose solution is fixed, until they are struck off (002-21)."""
        return [
            {"case": case.case, "answered": case.answered_by is not None} | case.plan.model_dump(mode="json")
            for case in await listed(ask, {"keys.problem": True})
            if case.plan is not None
        ]

    @router.get("/disputes", dependencies=[may(Act.READ_DISPUTES)])
    async def disputes(ask: Asked, scheme: SchemeName | None = None) -> list[dict[str, Any]]:
        """Objections that await a decision, the first due one first. `decides`: the administrator, or after several
        objections the superior, finally (§3.3)."""
        disputed = [
            (case, dispatch)
            for case in await listed(ask, {"keys.disputed": True})
            for dispatch in case.open_dispatches()
            if dispatch.status == "disputed" and scheme in (None, case.scheme.partition("@")[0])
        ]
        rows = [_disputed(case, dispatch, asking) for case, dispatch in disputed]
        return sorted(rows, key=lambda row: (not row["urgent"], row["due"] is None, row["due"], row["since"]))

    @router.get("/unclear-duties", dependencies=[may(Act.READ_LISTS)])
    async def unclear(ask: Asked) -> list[dict[str, Any]]:
        """The special ledger of matters whose duty was unclear or crossed (003-19)."""
        return [
            {
                "case": case.case,
                "since": case.unclear_since and case.unclear_since.isoformat(),
                "objected": list(case.objectors),
                "waits": case.listed,
                "answered_by": case.answered_by,
            }
            for case in await listed(ask, {"keys.unclear": True})
        ]

    @router.get("/copies", dependencies=[may(Act.READ_LISTS)])
    async def copies(ask: Asked) -> list[dict[str, Any]]:
        """What the units file for the record: each answered matter with its solution (000-14), and the written reports
        on what was carried out (000-26)."""
        return [
            {
                "case": case.case,
                "solutions": [
                    {"unit": d.unit, "outcome": d.outcome, "result": d.result}
                    for d in case.dispatches.values()
                    if d.result is not None
                ],
                "reports": [_told(report) for report in case.reports],
            }
            for case in await listed(ask, {"keys.answered": True})
        ]

    return router


def _disputed(case: Case, dispatch: Dispatch, asking: Asking) -> dict[str, Any]:
    rule = asking.service.schemes[case.scheme].disputes
    limits = [limit.due for subject, limit in case.limits.items() if subject.endswith(f":{dispatch.dispatch}")]
    waits = [due for due in limits if dispatch.disputed_at is None or due > dispatch.disputed_at]
    return {
        "case": case.case,
        "scheme": case.scheme,
        "category": case.category,
        "district": case.district,
        "urgent": case.urgent,
        "dispatch": dispatch.dispatch,
        "unit": dispatch.unit,
        "rung": dispatch.rung,
        "proposed": dispatch.proposed,
        "reason": dispatch.objection,
        "since": dispatch.disputed_at and dispatch.disputed_at.isoformat(),
        "due": min(waits).isoformat() if waits else None,
        "objectors": case.objectors,
        "decides": "superior" if rule and len(case.objectors) >= rule.superior_after else "administrator",
        "to_meeting": bool(rule and rule.unclear_to),
    }


def _told(said: Said) -> dict[str, Any]:
    return said.model_dump(mode="json")
