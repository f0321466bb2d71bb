"""Arbitration: objections of units to a hand-over decided, the unit named finally, unclear duties."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.identity import Role
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages import here

ARBITERS: frozenset[Role] = frozenset({"administrator", "superior"})
PLACES: tuple[Place, ...] = (
    Place("/arbitration", "分派异议", "Objections", ARBITERS),
    Place("/arbitration/unclear-duties", "责任不明台账", "Unclear duties", ARBITERS),
)


async def disputes(desk: Desk) -> list[dict[str, Any]]:
    return [row for row in await desk.get("routing", "/disputes") if here.runs(desk, row["scheme"])]


def is_mine(desk: Desk, row: dict[str, Any]) -> bool:
    """Whether the visitor is the one to decide it: the administrator, or after several objections the superior."""
    return row["decides"] in desk.visitor.roles


async def dispute_page(desk: Desk, case: str, dispatch: str, form: Form | None = None) -> Response:
    rows = await disputes(desk)
    row = next((row for row in rows if row["case"] == case and row["dispatch"] == dispatch), None)
    handling = await desk.get("routing", f"/cases/{case}")
    dossier = await desk.get_or(None, "intake", f"/appeals/{case}/dossier")
    view = desk.office.directory.running(handling["scheme"])
    answering = [
        unit
        for unit in view.place.units
        if handling["category"] in unit.categories or handling["district"] in unit.districts
    ]
    shown = form or Form.filled(unit=row["proposed"] if row else None)
    return desk.page(
        "arbitration/dispute.html", form=shown, case=case, dispatch=dispatch, row=row, handling=handling,
        dossier=dossier, words=desk.words(handling["scheme"]), units=here.units(desk, handling["scheme"], *here.HANDLING),
        answering=answering, mine=row is not None and is_mine(desk, row), after=await next_dispute(desk, case),
    )  # fmt: skip


async def next_dispute(desk: Desk, after: str) -> str:
    rest = [row for row in await disputes(desk) if row["case"] != after and is_mine(desk, row)]
    return f"/arbitration/{rest[0]['case']}/{rest[0]['dispatch']}" if rest else "/arbitration"


async def refuse_decided(desk: Desk, form: Form, case: str, dispatch: str) -> None:
    """Raises `Refused` when the objection that the page showed is decided, or has changed, since."""
    rows = await disputes(desk)
    row = next((row for row in rows if row["case"] == case and row["dispatch"] == dispatch), None)
    if row is None or (form["seen"] and form["seen"] != row["since"]):
        raise Refused("changed-meanwhile", "somebody acted on this case since you opened it; look and decide again")


def routes() -> APIRouter:
    router = APIRouter(prefix="/arbitration")

    @router.get("")
    async def listed(desk: AtDesk) -> Response:
        rows = await disputes(desk)
        mine = [row for row in rows if is_mine(desk, row)]
        return desk.page("arbitration/list.html", mine=mine, others=[row for row in rows if row not in mine])

    @router.get("/unclear-duties")
    async def unclear(desk: AtDesk) -> Response:
        return desk.page(
            "arbitration/unclear.html", rows=await desk.get("routing", "/unclear-duties"), words=desk.words()
        )

    @router.get("/{case}/{dispatch}")
    async def show(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        return await dispute_page(desk, case, dispatch)

    async def decided(
        desk: Desk, form: Form, case: str, dispatch: str, path: str, body: dict[str, Any], says: tuple[str, str],
        needed: dict[str, str],
    ) -> Response:  # fmt: skip
        async def act() -> Response:
            await refuse_decided(desk, form, case, dispatch)
            await desk.post("routing", f"/cases/{case}/{path}", {"dispatch": dispatch} | body, key=form.once)
            return desk.then(await next_dispute(desk, case), *says)

        return await desk.carry_out(
            form, act, lambda form: dispute_page(desk, case, dispatch, form), needed=needed, fields=("unit", "reason")
        )

    @router.post("/{case}/{dispatch}/decision")
    async def decide(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        form = await desk.form()
        needed = {
            "grant": desk.t("请选择异议是否成立", "Say whether the objection is granted"),
            "reason": desk.t("请填写裁定理由", "Give the reason"),
        }
        grant = form["grant"] == "yes"
        if grant:
            needed["unit"] = desk.t("请选择改派的单位", "Choose the unit that is to have it")
        # The unit counts only where the objection is granted; without one the objector keeps it.
        body = {"grant": grant, "reason": form["reason"], "unit": form["unit"] if grant else form["objector"]}
        says = (
            (f"{case} 异议成立，已改派", f"{case}: granted and handed on")
            if grant
            else (f"{case} 异议不成立，由原单位办理", f"{case}: refused; the unit keeps it")
        )
        return await decided(desk, form, case, dispatch, "dispute-decision", body, says, needed)

    @router.post("/{case}/{dispatch}/designation")
    async def designate(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        form = await desk.form()
        needed = {
            "unit": desk.t("请选择承办单位", "Choose the unit"),
            "reason": desk.t("请填写指定理由", "Give the reason"),
        }
        says = (f"{case} 已最终指定承办单位", f"{case}: the unit is named, finally")
        return await decided(desk, form, case, dispatch, "designation", form.body("unit", "reason"), says, needed)

    @router.post("/{case}/{dispatch}/joint-meeting")
    async def to_meeting(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        form = await desk.form()
        needed = {"why_unclear": desk.t("请说明责任为何不明", "Say why the duty is unclear")}
        says = (
            f"{case} 已提交联席会议，列入责任不明台账",
            f"{case} goes to the joint meeting and stands on the ledger",
        )
        body = {"reason": form["why_unclear"]}
        return await decided(desk, form, case, dispatch, "joint-meeting", body, says, needed)

    return router
