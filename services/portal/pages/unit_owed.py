"""What a unit owes beside the cases in its queue: duties, commitments, answers to orders, corrections, call-backs."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber, DutyNumber
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages import here
from services.portal.pages.case import case_of

DUTIES = 200
"""At most so many duties of one regulation are listed."""


async def owed_of(desk: Desk) -> dict[str, Any]:
    """Everything that is owed, each part the first due one first. A part whose service is silent is None."""
    unit = desk.visitor.unit
    duties, commitments, asked, call_backs = await asyncio.gather(
        duties_owed(desk),
        desk.get_or(None, "routing", f"/units/{unit}/commitments-owed"),
        desk.get_or(None, "evaluation", f"/units/{unit}/asked"),
        _call_backs(desk),
    )
    return {
        "duties": duties and [duty for duty in duties if not duty["served"]],
        "visits": duties and [duty for duty in duties if duty["served"]],
        "commitments": commitments and sorted(commitments, key=lambda one: (one["version"] > 0, one["due_on"] or "9")),
        "asked": asked and asked["items"],
        "call_backs": call_backs,
    }


async def duties_owed(desk: Desk) -> list[dict[str, Any]] | None:
    """The unit's duties that are open or missed, under every regulation in force here; None while deadline is silent."""
    schemes = here.schemes(desk)
    boards = await asyncio.gather(
        *(
            desk.get_or(
                None, "deadline", "/duties", scheme=scheme.scheme, unit=desk.visitor.unit, status="missing",
                limit=DUTIES,
            )
            for scheme in schemes
        )
    )  # fmt: skip
    if schemes and all(board is None for board in boards):
        return None
    return sorted((duty for board in boards if board for duty in board["duties"]), key=lambda duty: duty["last"])


async def _call_backs(desk: Desk) -> list[dict[str, Any]] | None:
    """Where the regulation has who solved a matter call back about it (000-36)."""
    solvers = [s for s in here.schemes(desk) if s.rating.call_back and s.rating.call_back.solver]
    found = await asyncio.gather(
        *(desk.get_or(None, "evaluation", "/call-backs", scheme=scheme.ref) for scheme in solvers)
    )
    if solvers and all(one is None for one in found):
        return None
    return [item | {"scheme": s.ref} for s, one in zip(solvers, found, strict=True) if one for item in one["items"]]


async def duty_page(desk: Desk, number: str, form: Form | None = None) -> Response:
    return desk.page("unit/duty.html", form=form, duty=await desk.get("deadline", f"/duties/{number}"))


async def order_page(desk: Desk, case: str, order: str, form: Form | None = None) -> Response:
    asked = await desk.get("evaluation", f"/cases/{case}/orders")
    known = next((one for one in asked["orders"] if one["order"] == order), None)
    if known is None:
        raise Refused("no-such-order", "there is no such order for you", status=404)
    return desk.page("unit/order.html", form=form, order=known, **await _about(desk, case))


async def correction_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    asked = await desk.get("evaluation", f"/cases/{case}/orders")
    if asked["correction"] is None:
        raise Refused("no-such-case", "there is no correction of this case for you", status=404)
    return desk.page("unit/correction.html", form=form, correction=asked["correction"], **await _about(desk, case))


async def call_back_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    return desk.page("unit/call_back.html", form=form, **await _about(desk, case))


async def _about(desk: Desk, case: str) -> dict[str, Any]:
    """The case that it is about; an order may concern a unit that never had the case, which then sees its number alone."""
    try:
        return await case_of(desk, case)
    except Refused:
        return {"case": case, "dossier": None, "words": desk.words()}


def routes() -> APIRouter:
    router = APIRouter(prefix="/unit", dependencies=[desk_of("unit")])

    @router.get("/owed")
    async def owed(desk: AtDesk) -> Response:
        return desk.page("unit/owed.html", owed=await owed_of(desk))

    @router.get("/duties/{number}")
    async def duty(desk: AtDesk, number: DutyNumber) -> Response:
        return await duty_page(desk, number)

    @router.post("/duties/{number}")
    async def hand_in(desk: AtDesk, number: DutyNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            body = form.body("kind", "reference", "note")
            await desk.post("deadline", f"/duties/{number}/evidence", body, key=form.once)
            return desk.then("/unit/owed", "履职材料已提交", "The evidence is handed in")

        needed = {
            "kind": desk.t("请选择材料种类", "Choose what kind of evidence it is"),
            "reference": desk.t("请填写文号或存放位置", "Say under which number or where it is kept"),
        }
        return await desk.carry_out(form, act, lambda form: duty_page(desk, number, form), needed=needed)

    @router.get("/cases/{case}/orders/{order}")
    async def order(desk: AtDesk, case: CaseNumber, order: str) -> Response:
        return await order_page(desk, case, order)

    @router.post("/cases/{case}/orders/{order}")
    async def answer_order(desk: AtDesk, case: CaseNumber, order: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            body = form.body("done")
            await desk.post("evaluation", f"/cases/{case}/orders/{order}/answer", body, key=form.once)
            return desk.then("/unit/owed", "督办单已回复，待督查部门确认", "Answered; the inspection office confirms")

        needed = {"done": desk.t("请写明办理情况", "Say what was done")}
        return await desk.carry_out(form, act, lambda form: order_page(desk, case, order, form), needed=needed)

    @router.get("/cases/{case}/correction")
    async def correction(desk: AtDesk, case: CaseNumber) -> Response:
        return await correction_page(desk, case)

    @router.post("/cases/{case}/correction")
    async def correct(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post("evaluation", f"/cases/{case}/correction", form.body("evidence"), key=form.once)
            return desk.then("/unit/owed", "差评整改情况已提交", "The correction is on record")

        needed = {"evidence": desk.t("请写明整改情况", "Say what was put right")}
        return await desk.carry_out(form, act, lambda form: correction_page(desk, case, form), needed=needed)

    @router.get("/cases/{case}/call-back")
    async def call_back(desk: AtDesk, case: CaseNumber) -> Response:
        return await call_back_page(desk, case)

    @router.post("/cases/{case}/call-back")
    async def called(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            body = {**form.body("way", "note"), "solved": form["solved"] == "yes"}
            await desk.post("evaluation", f"/cases/{case}/call-back", body, key=form.once)
            return desk.then("/unit/owed", "回访情况已登记", "The call-back is on record")

        needed = {
            "way": desk.t("请选择回访方式", "Choose how you reached it"),
            "solved": desk.t("请选择企业是否认为已解决", "Say whether the enterprise finds it solved"),
            "note": desk.t("请记录企业的说法", "Note what the enterprise said"),
        }
        return await desk.carry_out(form, act, lambda form: call_back_page(desk, case, form), needed=needed)

    return router
