"""What units and leaders ask of routing over HTTP, about what they were handed."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from contracts.messages import Words
from contracts.record import CaseNumber, Code, Party
from libs.identity import Act, allow
from libs.policy.refused import Refused
from libs.service import Asked, may
from services.routing import domain
from services.routing.asking import Asking, Body
from services.routing.case import Case, Dispatch, owes_report
from services.routing.possible import possible

QUEUE = 1000
"""More hand-overs than any unit has open."""


class Objection(Body):
    reason: Words
    proposed: Party


class Text(Body):
    text: Words


class HandlingOpinion(Body):
    outcome: Code
    result: Words
    answer: Words


class Opinion(Body):
    opinion: Words
    to: Code | None = None


class FinalDecision(Body):
    talk: Words
    answer: Words


class Units(Body):
    units: Annotated[tuple[Party, ...], Field(min_length=1, max_length=20)]


class Plan(Body):
    plan: Words


class MoreTime(Body):
    clock: Code
    working_days: Annotated[int, Field(ge=1, le=250)]
    reason: Words


class Decision(Body):
    outcome: Literal["resolved", "unresolved", "explained"]
    opinion: Words
    tasks: Annotated[tuple[domain.DecidedTask, ...], Field(max_length=20)] = ()


class ReviewSignature(Body):
    step: Code
    approved: bool
    reason: Words
    to_session: bool = False


def _told(due: datetime | None) -> str | None:
    return due and due.isoformat()


def routes(asking: Asking) -> APIRouter:
    router = APIRouter()

    def answered_row(case: Case, dispatch: Dispatch) -> dict[str, Any]:
        decisions = asking.service.schemes[case.scheme].decisions
        return {
            "case": case.case,
            "dispatch": dispatch.dispatch,
            "scheme": case.scheme,
            "category": case.category,
            "task": dispatch.task,
            "role": dispatch.role,
            "answered_at": _told(dispatch.answered_at),
            "outcome": dispatch.outcome,
            "rating": case.rating,
            "called_back": [call.model_dump(mode="json") for call in case.called_back],
            "rework_round": case.rework_round,
            "closed": case.closed,
            "report_owed": bool(decisions and decisions.report) and owes_report(case, dispatch),
        }

    by_unit = asking.by_unit

    @router.post("/cases/{case}/dispatches/{dispatch}/taking", dependencies=[may(Act.WORK_ON_CASE)])
    async def take(ask: Asked, case: CaseNumber, dispatch: str) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.Take, domain.take)

    @router.post("/cases/{case}/dispatches/{dispatch}/objection", dependencies=[may(Act.WORK_ON_CASE)])
    async def object_to(ask: Asked, case: CaseNumber, dispatch: str, body: Objection) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.ObjectTo, domain.object_to, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/progress", dependencies=[may(Act.WORK_ON_CASE)])
    async def progress(ask: Asked, case: CaseNumber, dispatch: str, body: Text) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.TellProgress, domain.tell_progress, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/co-handlers", dependencies=[may(Act.WORK_ON_CASE)])
    async def involve(ask: Asked, case: CaseNumber, dispatch: str, body: Units) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.Involve, domain.involve, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/reply", dependencies=[may(Act.WORK_ON_CASE)])
    async def reply(ask: Asked, case: CaseNumber, dispatch: str, body: HandlingOpinion) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.Reply, domain.reply, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/unresolved", dependencies=[may(Act.WORK_ON_CASE)])
    async def unresolved(ask: Asked, case: CaseNumber, dispatch: str, body: Opinion) -> dict[str, Any]:
        rule = domain.declare_unresolved
        return await by_unit(ask, case, dispatch, domain.DeclareUnresolved, rule, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/final-decision", dependencies=[may(Act.WORK_ON_CASE)])
    async def final_decision(ask: Asked, case: CaseNumber, dispatch: str, body: FinalDecision) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.DecideFinally, domain.decide_finally, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/plan", dependencies=[may(Act.WORK_ON_CASE)])
    async def fix_plan(ask: Asked, case: CaseNumber, dispatch: str, body: Plan) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.FixPlan, domain.fix_plan, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/report", dependencies=[may(Act.WORK_ON_CASE)])
    async def report(ask: Asked, case: CaseNumber, dispatch: str, body: Text) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.Report, domain.report, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/extension", dependencies=[may(Act.WORK_ON_CASE)])
    async def ask_extension(ask: Asked, case: CaseNumber, dispatch: str, body: MoreTime) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.AskExtension, domain.ask_extension, **body.model_dump())

    @router.get("/cases/{case}/dispatches/{dispatch}/possible", dependencies=[may(Act.WORK_ON_CASE)])
    async def possible_now(ask: Asked, case: CaseNumber, dispatch: str) -> dict[str, Any]:
        """What the unit may do now with its hand-over, and why not the rest."""
        handed = await asking.hand_over(ask, case, dispatch)
        allow(ask.caller, Act.WORK_ON_CASE, unit=handed.unit)
        known = await asking.found(ask, case)
        return possible(known, handed, by=ask.caller.subject, now=ask.at, terms=asking.terms(known.scheme))

    @router.get("/units/{unit}/answered", dependencies=[may(Act.WORK_ON_CASE)])
    async def answered(
        ask: Asked, unit: Party, limit: Annotated[int, Query(ge=1, le=100)] = 50
    ) -> list[dict[str, Any]]:
        """What the unit answered, the latest first, and how the enterprise judged it (002-23). `report_owed`: it carried a
        decision out and has yet to report so in writing (000-26)."""
        allow(ask.caller, Act.WORK_ON_CASE, unit=unit)
        where = {"keys.answerers": unit}
        found = await asking.cases.newest(where, by="keys.answered_at", limit=limit, looking_back_from=ask.at)
        return [answered_row(case, dispatch) for case in found if (dispatch := domain.last_answer(case, unit))]

    @router.get("/units/{unit}/queue", dependencies=[may(Act.WORK_ON_CASE)])
    async def queue(
        ask: Asked, unit: Party, among: Annotated[list[CaseNumber] | None, Query(alias="case", max_length=QUEUE)] = None
    ) -> list[dict[str, Any]]:
        """What the unit or leader has to do: urgent matters first, then what is due first (000-30, 000-40). `case`: of
        these cases alone."""
        allow(ask.caller, Act.WORK_ON_CASE, unit=unit)
        where = {"keys.units": unit} if among is None else {"_id": {"$in": among}}
        mine = [
            (case, dispatch)
            for case in await asking.cases.find(where, limit=QUEUE)
            for dispatch in case.open_dispatches()
            if dispatch.unit == unit
        ]
        return [
            dispatch.model_dump(mode="json")
            | {
                "case": case.case,
                "scheme": case.scheme,
                "category": case.category,
                "due": _told(case.due(dispatch.dispatch)),
            }
            for case, dispatch in domain.by_priority(mine)
        ]

    # Leaders ----------------------------------------------------------------------------------------------------------

    @router.post("/cases/{case}/dispatches/{dispatch}/decision", dependencies=[may(Act.DECIDE_CASE)])
    async def decide(ask: Asked, case: CaseNumber, dispatch: str, body: Decision) -> dict[str, Any]:
        """The leader whom the case lies before decides: `tasks` name units, the lead among several, and a last day."""
        if (await asking.hand_over(ask, case, dispatch)).unit != ask.caller.unit:
            raise Refused("no-such-case", "there is no such case for you", status=404)
        return await asking.about(ask, case, domain.Decide, domain.decide, dispatch=dispatch, **dict(body))

    @router.post("/cases/{case}/review", dependencies=[may(Act.SIGN_REVIEW)])
    async def sign_review(ask: Asked, case: CaseNumber, body: ReviewSignature) -> dict[str, Any]:
        """A step before the hand-over, by whoever holds the post that the scheme names."""
        post = ask.caller.unit or ""
        return await asking.about(ask, case, domain.SignReview, domain.sign_review, post=post, **body.model_dump())

    return router
