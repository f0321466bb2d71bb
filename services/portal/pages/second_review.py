"""The second review (二次审核): enterprises that the registry did not match, looked up by whoever keeps the registry."""

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages import here
from services.portal.pages.screening import queue_of, with_due_times

STAGE = "second-review"
PLACES: tuple[Place, ...] = (
    Place("/screening/second-review", "二次审核", "Second review", frozenset({"registry-reviewer"})),
)


async def review_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    compared = await desk.get("intake", f"/appeals/{case}/enterprise")
    rows = await with_due_times(desk, [{"case": case, "urgent": False}])
    entry = compared["registry"] or {}
    shown = form or Form.filled(registered_in=entry.get("registered_in"))
    return desk.page(
        "screening/review.html", form=shown, case=case, compared=compared, clock=rows[0]["clock"],
        words=desk.words(compared["scheme"]), districts=here.districts(desk, compared["scheme"]),
    )  # fmt: skip


async def next_review(desk: Desk, after: str) -> str:
    rest = [row["case"] for row in await queue_of(desk, STAGE) if row["case"] != after]
    return f"/screening/second-review/{rest[0]}" if rest else "/screening/second-review"


def routes() -> APIRouter:
    router = APIRouter(prefix="/screening/second-review", dependencies=[desk_of("screener", "registry-reviewer")])

    @router.get("")
    async def queue(desk: AtDesk) -> Response:
        return desk.page("screening/reviews.html", waiting=await queue_of(desk, STAGE))

    @router.get("/{case}")
    async def item(desk: AtDesk, case: CaseNumber) -> Response:
        return await review_page(desk, case)

    @router.post("/{case}")
    async def review(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            matches = form["matches"] == "yes"
            body = {
                "matches": matches,
                "reason": form["reason"],
                "registered_in": (form["registered_in"] or None) if matches else None,
            }
            await desk.post("intake", f"/appeals/{case}/review", body, key=form.once)
            onward = await next_review(desk, case)
            if matches:
                return desk.then(onward, f"{case} 企业属实，已进入甄别", f"{case}: verified, goes to screening")
            return desk.then(onward, f"{case} 企业不属实，诉求已退回", f"{case}: not verified, returned")

        needed = {
            "matches": desk.t("请选择审核结论", "Choose the finding"),
            "reason": desk.t("请填写查档依据", "Say on what grounds"),
        }
        return await desk.carry_out(form, act, lambda form: review_page(desk, case, form), needed=needed)

    return router
