"""What waits for the office's or a leader's decision: climbs to review, requests for more time, cases before leaders."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter

from libs.identity import Act
from libs.service import Ask, Asked, may
from services.routing.asking import Asking
from services.routing.case import Case, Dispatch, by_priority


def routes(asking: Asking) -> APIRouter:
    router = APIRouter()

    async def listed(ask: Ask, where: dict[str, Any]) -> list[Case]:
        return await asking.cases.find(where, only=asking.service.seen_by(ask.caller))

    @router.get("/waiting-for-climb-review", dependencies=[may(Act.READ_LISTS)])
    async def to_climb(ask: Asked) -> list[dict[str, Any]]:
        """Cases that their unit could not solve, and that climb or go back as the office finds (001-20)."""
        return [
            _short(case, said) | {"opinion": case.opinions[-1] if case.opinions else ""}
            for case in await listed(ask, {"keys.to_review": True})
            if (said := case.to_review()) is not None
        ]

    @router.get("/extensions-asked", dependencies=[may(Act.READ_LISTS)])
    async def asked_for(ask: Asked) -> list[dict[str, Any]]:
        """Requests for more time (§3.11), the earliest limit first. Of a limit that a leader set, that leader decides
        (`limited_by`); a leader sees those alone."""
        found = [
            _short(case, dispatch)
            | {"clock": one.clock, "working_days": one.working_days, "reason": one.reason}
            | {"limited_by": dispatch.limited_by, "by_leader": dispatch.due_on is not None}
            | {"due": _told(limit.due if (limit := case.limits.get(f"{one.clock}:{dispatch.dispatch}")) else None)}
            for case in await listed(ask, {"keys.asks_time": True})
            for dispatch, one in case.asking_time()
            if not _leader_only(ask) or dispatch.limited_by == ask.caller.unit
        ]
        return sorted(found, key=lambda one: (one["due"] is None, one["due"]))

    @router.get("/waiting-for-decision", dependencies=[may(Act.READ_LISTS)])
    async def before_leaders(ask: Asked) -> list[dict[str, Any]]:
        """Cases that lie before leaders to be decided, as a unit's queue is ordered; a leader sees his own."""
        posts = {unit.unit for unit in asking.service.directory.units if unit.kind == "leader"}
        wanted = {ask.caller.unit or ""} if _leader_only(ask) else posts
        found = await listed(ask, {"keys.units": {"$in": sorted(wanted & posts)}})
        mine = [(case, one) for case in found for one in case.open_dispatches() if one.unit in wanted & posts]
        return [
            _short(case, one) | {"due": _told(case.due(one.dispatch)), "urgent": one.urgent}
            for case, one in by_priority(mine)
        ]

    return router


def _leader_only(ask: Ask) -> bool:
    return "leader" in ask.caller.roles and "office" not in ask.caller.roles


def _short(case: Case, dispatch: Dispatch) -> dict[str, Any]:
    return {
        "case": case.case,
        "scheme": case.scheme,
        "category": case.category,
        "dispatch": dispatch.dispatch,
        "unit": dispatch.unit,
        "rung": dispatch.rung,
        "task": dispatch.task,
    }


def _told(due: datetime | None) -> str | None:
    return due and due.isoformat()
