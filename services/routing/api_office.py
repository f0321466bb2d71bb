"""What the office, the administrator, the superior and the screener ask of routing over HTTP."""

from typing import Any

from fastapi import APIRouter

from contracts.messages import Words
from contracts.record import CaseNumber, Code, Party
from libs.identity import Act
from libs.service import Asked, may
from services.routing import domain
from services.routing.asking import Asking, Body


class DisputeDecision(Body):
    dispatch: str
    grant: bool
    unit: Party
    reason: Words


class Designation(Body):
    dispatch: str
    unit: Party
    reason: Words


class OneHandOver(Body):
    dispatch: str
    reason: Words


class ClimbReview(Body):
    dispatch: str
    climbs: bool
    unit: Party | None = None
    to: Code | None = None
    reason: Words


class Judgement(Body):
    dispatch: str
    opinion: Words


class Resubmission(Body):
    lead: Party | None = None
    co_handlers: tuple[Party, ...] = ()
    reason: Words


class Class(Body):
    complexity: Code
    reason: Words


class MoreTimeDecision(Body):
    dispatch: str
    clock: Code
    grant: bool
    reason: Words


class Down(Body):
    channel: Code
    to_scheme: str
    reason: Words


class Reason(Body):
    reason: Words


def routes(asking: Asking) -> APIRouter:
    router = APIRouter()
    about = asking.about

    # Administrator and superior ---------------------------------------------------------------------------------------

    @router.post("/cases/{case}/dispute-decision", dependencies=[may(Act.DECIDE_DISPUTE)])
    async def decide_dispute(ask: Asked, case: CaseNumber, body: DisputeDecision) -> dict[str, Any]:
        return await about(ask, case, domain.DecideDispute, domain.decide_dispute, **body.model_dump())

    @router.post("/cases/{case}/designation", dependencies=[may(Act.DESIGNATE_UNIT)])
    async def designate(ask: Asked, case: CaseNumber, body: Designation) -> dict[str, Any]:
        return await about(ask, case, domain.Designate, domain.designate, **body.model_dump())

    @router.post("/cases/{case}/joint-meeting", dependencies=[may(Act.DECIDE_DISPUTE)])
    async def send_to_meeting(ask: Asked, case: CaseNumber, body: OneHandOver) -> dict[str, Any]:
        """Whose duty it is, is unclear: a joint meeting decides (003-19)."""
        return await about(ask, case, domain.SendToMeeting, domain.send_to_meeting, **body.model_dump())

    # Office -----------------------------------------------------------------------------------------------------------

    @router.post("/cases/{case}/climb-review", dependencies=[may(Act.REVIEW_CLIMB)])
    async def review_climb(ask: Asked, case: CaseNumber, body: ClimbReview) -> dict[str, Any]:
        return await about(ask, case, domain.ReviewClimb, domain.review_climb, **body.model_dump())

    @router.post("/cases/{case}/judgement", dependencies=[may(Act.REVIEW_CLIMB)])
    async def judge_unresolved(ask: Asked, case: CaseNumber, body: Judgement) -> dict[str, Any]:
        """A unit let its limit pass: the office finds the matter unresolved (000-15)."""
        return await about(ask, case, domain.JudgeUnresolved, domain.judge_unresolved, **body.model_dump())

    @router.post("/cases/{case}/resubmission", dependencies=[may(Act.REVIEW_CLIMB)])
    async def resubmit(ask: Asked, case: CaseNumber, body: Resubmission) -> dict[str, Any]:
        return await about(ask, case, domain.Resubmit, domain.resubmit, **body.model_dump())

    @router.post("/cases/{case}/class", dependencies=[may(Act.RECLASSIFY)])
    async def reclassify(ask: Asked, case: CaseNumber, body: Class) -> dict[str, Any]:
        """The office or the screener (§3.25)."""
        return await about(ask, case, domain.Reclassify, domain.reclassify, **body.model_dump())

    @router.post("/cases/{case}/extension-decision", dependencies=[may(Act.DECIDE_EXTENSION)])
    async def decide_extension(ask: Asked, case: CaseNumber, body: MoreTimeDecision) -> dict[str, Any]:
        """The office; of a limit that a leader set, that leader (§3.11)."""
        leader = ask.caller.unit if "leader" in ask.caller.roles else None
        return await about(ask, case, domain.DecideExtension, domain.decide_extension, leader=leader, **dict(body))

    @router.post("/cases/{case}/transfer", dependencies=[may(Act.TRANSFER_CASE)])
    async def transfer_down(ask: Asked, case: CaseNumber, body: Down) -> dict[str, Any]:
        """To a level of government below, with a mechanism of its own."""
        return await about(ask, case, domain.TransferDown, domain.transfer_down, **body.model_dump())

    @router.post("/cases/{case}/striking-off", dependencies=[may(Act.STRIKE_OFF)])
    async def strike_off(ask: Asked, case: CaseNumber, body: Reason) -> dict[str, Any]:
        return await about(ask, case, domain.StrikeOff, domain.strike_off, **body.model_dump())

    return router
