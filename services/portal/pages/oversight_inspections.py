"""Inspections: what inspectors found on their rounds, the quarter's material to print, and samples drawn by lot."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import SampleNumber
from libs.policy.recurring import Turn, turn_of
from libs.wording import Catalogue
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages.oversight import INSPECTORS_OF_PEOPLE, THEIR_WORK, chosen, schemes, shown, units

QUARTERS = 8


async def inspections_page(desk: Desk, ref: str, form: Form | None = None) -> Response:
    offered = schemes(desk)
    here = chosen(offered, ref)
    items = (await desk.get("evaluation", "/inspections-done", scheme=here.ref, limit=100))["items"] if here else []
    return shown(
        desk, "inspections", form=form, offered=offered, here=here, items=items, units=units(desk),
        kinds=desk.options(Catalogue.load().codes["inspection"]), words=desk.words(here.ref if here else None),
        by_itself=bool(INSPECTORS_OF_PEOPLE & desk.visitor.roles),
    )  # fmt: skip


async def samples_page(desk: Desk, ref: str, form: Form | None = None) -> Response:
    offered = [one for one in schemes(desk) if one.oversight.sampling]
    here = chosen(offered, ref)
    drawn = (await desk.get("evaluation", "/samples", scheme=here.ref))["items"] if here else []
    return shown(desk, "samples", form=form, offered=offered, here=here, drawn=drawn)


def quarters(desk: Desk) -> list[Turn]:
    """This quarter and those before, the latest first."""
    found = [turn_of("quarter", desk.today)]
    while len(found) < QUARTERS:
        found.append(found[-1].before)
    return found


def routes() -> APIRouter:
    router = APIRouter(prefix="/supervision", dependencies=[THEIR_WORK])

    @router.get("/inspections")
    async def inspections(desk: AtDesk, scheme: str = "") -> Response:
        return await inspections_page(desk, scheme)

    @router.post("/inspections")
    async def log_inspection(desk: AtDesk) -> Response:
        form = await desk.form()
        ref = form["scheme"]

        async def act() -> Response:
            body: dict[str, Any] = form.body("scheme", "what", "unit", "findings")
            await desk.post("evaluation", "/inspections-done", body | {"slow": form["slow"] == "yes"}, key=form.once)
            return desk.then(f"/supervision/inspections?scheme={ref}", "督查记录已登记", "The inspection is on record")

        needed = {
            "scheme": desk.t("请选择工作机制", "Choose the mechanism"),
            "what": desk.t("请选择督查种类", "Choose what kind it was"),
            "unit": desk.t("请选择被督查单位", "Choose the unit"),
            "findings": desk.t("请写明发现的情况", "Say what was found"),
        }
        return await desk.carry_out(form, act, lambda form: inspections_page(desk, ref, form), needed=needed)

    @router.get("/material")
    async def material(desk: AtDesk, scheme: str = "", quarter: str = "") -> Response:
        offered, known = schemes(desk), quarters(desk)
        here = chosen(offered, scheme)
        turn = next((one for one in known if one.key == quarter), known[0])
        asked = {"from": turn.first.isoformat(), "to": turn.last.isoformat()}
        made = await desk.get("evaluation", "/inspection-material", scheme=here.ref, **asked) if here else None
        return shown(
            desk, "material", offered=offered, here=here, quarters=known, turn=turn, material=made,
            words=desk.words(here.ref if here else None),
        )  # fmt: skip

    @router.get("/samples")
    async def samples(desk: AtDesk, scheme: str = "") -> Response:
        return await samples_page(desk, scheme)

    @router.post("/samples")
    async def draw(desk: AtDesk) -> Response:
        form = await desk.form()
        ref = form["scheme"]

        async def act() -> Response:
            drawn = await desk.post("evaluation", "/samples", form.body("scheme", "first", "last"), key=form.once)
            count, page = len(drawn["drawn"]), f"/supervision/samples/{drawn['sample']}"
            return desk.then(page, f"已抽取 {count} 件，请逐件回访", f"{count} cases are drawn; call each back")

        needed = {
            "first": desk.t("请填写起始日期", "Give the first day"),
            "last": desk.t("请填写截止日期", "Give the last day"),
        }
        return await desk.carry_out(form, act, lambda form: samples_page(desk, ref, form), needed=needed)

    @router.get("/samples/{sample}")
    async def sample(desk: AtDesk, sample: SampleNumber) -> Response:
        return shown(desk, "sample", **await desk.get("evaluation", f"/samples/{sample}") | {"drawn": None})

    return router
