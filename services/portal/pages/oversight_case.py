"""One case before the inspection office: all that is known of it, what units were ordered, and what is put right."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.wording import Catalogue
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages import here
from services.portal.pages.case import case_of
from services.portal.pages.oversight import THEIR_WORK, shown


async def case_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    known = await case_of(desk, case)
    asked = await desk.get_or(
        {"orders": [], "rectification": None, "correction": None}, "evaluation", f"/cases/{case}/orders"
    )
    handed = list((known["handling"] or {}).get("dispatches", {}).values())
    return shown(
        desk, "case", form=form, asked=asked, handed=handed, units=_units(desk, known["scheme"].scheme, handed),
        reasons=desk.options(Catalogue.load().codes["exclusion"]), **known,
    )  # fmt: skip


def _units(desk: Desk, scheme: str, handed: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The units that have the case come first."""
    at_work = {one["unit"] for one in handed}
    return sorted(here.units(desk, scheme), key=lambda option: option[0] not in at_work)


def routes() -> APIRouter:
    router = APIRouter(prefix="/supervision/cases/{case}", dependencies=[THEIR_WORK])

    async def asked(
        desk: Desk, case: str, path: str, given: dict[str, str], told: tuple[str, str], needed: dict[str, str]
    ) -> Response:
        """One thing asked of evaluation about the case; `given`: its fields by the form's."""
        form = await desk.form()
        here = f"/supervision/cases/{case}"

        async def act() -> Response:
            body = {field: form[name] for field, name in given.items() if form[name]}
            await desk.post("evaluation", f"/cases/{case}/{path}", body, key=form.once)
            return desk.then(here, *told)

        return await desk.carry_out(form, act, lambda form: case_page(desk, case, form), needed=needed)

    @router.get("")
    async def show(desk: AtDesk, case: CaseNumber) -> Response:
        return await case_page(desk, case)

    @router.post("/orders")
    async def order(desk: AtDesk, case: CaseNumber) -> Response:
        needed = {
            "unit": desk.t("请选择责任单位", "Choose the unit"),
            "what": desk.t("请写明要求单位做什么", "Say what the unit has to do"),
            "due_on": desk.t("请填写办结日期", "Give the day by which it is to be done"),
        }
        given = {"unit": "unit", "what": "what", "due_on": "due_on"}
        told = ("督办单已发出，并通知责任单位", "The order is given and the unit is told")
        return await asked(desk, case, "orders", given, told, needed)

    @router.post("/orders/{order}/done")
    async def met(desk: AtDesk, case: CaseNumber, order: str) -> Response:
        return await asked(desk, case, f"orders/{order}/done", {}, ("督办单已办结", "What was ordered is done"), {})

    @router.post("/rectification")
    async def list_for_rectification(desk: AtDesk, case: CaseNumber) -> Response:
        needed = {
            "listed_unit": desk.t("请选择责任主体", "Choose who is responsible"),
            "listed_until": desk.t("请填写解决期限", "Give the last day"),
        }
        told = ("已挂牌整改，并通知责任主体", "The matter is listed and whoever is responsible is told")
        return await asked(desk, case, "rectification", {"unit": "listed_unit", "due_on": "listed_until"}, told, needed)

    @router.post("/lifting")
    async def lift(desk: AtDesk, case: CaseNumber) -> Response:
        needed = {"evidence": desk.t("请写明整改情况和佐证", "Say what shows that it is put right")}
        told = ("已摘牌", "The matter is off the list")
        return await asked(desk, case, "rectification/lifting", {"evidence": "evidence"}, told, needed)

    @router.post("/correction")
    async def correct(desk: AtDesk, case: CaseNumber) -> Response:
        needed = {"corrected": desk.t("请写明整改情况", "Say how it was corrected")}
        told = ("差评整改已登记", "The correction is on record")
        return await asked(desk, case, "correction", {"evidence": "corrected"}, told, needed)

    @router.post("/exclusion")
    async def exclude(desk: AtDesk, case: CaseNumber) -> Response:
        needed = {
            "reason": desk.t("请选择剔除原因", "Choose a reason"),
            "grounds": desk.t("请写明依据", "Give the grounds"),
        }
        told = ("已申请剔除，等待他人审批", "Asked for; somebody else decides")
        return await asked(desk, case, "exclusion", {"reason": "reason", "grounds": "grounds"}, told, needed)

    return router
