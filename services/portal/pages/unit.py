"""A unit's desk: its queue against the clock, and each hand-over worked on."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages.case import case_of

PLACES: tuple[Place, ...] = (Place("/unit", "待办诉求", "To do", frozenset({"unit"})),)


async def queue_of(desk: Desk) -> list[dict[str, Any]]:
    return await desk.get("routing", f"/units/{desk.visitor.unit}/queue")


async def hand_over_of(desk: Desk, case: str, dispatch: str) -> dict[str, Any]:
    """The unit's own hand-over. Raises `Refused` (404) when it is not this unit's, or no more to be worked on."""
    for handed in await queue_of(desk):
        if handed["case"] == case and handed["dispatch"] == dispatch:
            return handed
    raise Refused("no-such-case", "there is no such case for you", status=404)


async def hand_over_page(desk: Desk, case: str, dispatch: str, form: Form | None = None) -> Response:
    handed = await hand_over_of(desk, case, dispatch)
    return desk.page("unit/hand_over.html", form=form, handed=handed, **await case_of(desk, case))


def routes() -> APIRouter:
    router = APIRouter(prefix="/unit")

    @router.get("")
    async def queue(desk: AtDesk) -> Response:
        return desk.page("unit/queue.html", queue=await queue_of(desk))

    @router.get("/cases/{case}/{dispatch}")
    async def hand_over(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        return await hand_over_page(desk, case, dispatch)

    @router.post("/cases/{case}/{dispatch}/taking")
    async def take(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post("routing", f"/cases/{case}/dispatches/{dispatch}/taking", key=form.once)
            return desk.then(
                form["back"] or "/unit", "已接收，办理时限从交办时起算", "Taken; the limit runs from the hand-over"
            )

        return await desk.carry_out(form, act, lambda form: hand_over_page(desk, case, dispatch, form))

    @router.post("/cases/{case}/{dispatch}/reply")
    async def reply(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            body = form.body("outcome", "result", "answer")
            await desk.post("routing", f"/cases/{case}/dispatches/{dispatch}/reply", body, key=form.once)
            return desk.then("/unit", "答复已提交，并通知企业", "The reply is in and the enterprise is told")

        needed = {
            "outcome": desk.t("请选择办理结果", "Choose what became of it"),
            "result": desk.t("请填写内部办理结果", "Say what was done"),
            "answer": desk.t("请填写给企业的答复", "Write the answer to the enterprise"),
        }
        return await desk.carry_out(form, act, lambda form: hand_over_page(desk, case, dispatch, form), needed=needed)

    return router
