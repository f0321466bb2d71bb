"""Somebody calls or comes with a receipt number: where it stands, and what the operator does for the enterprise."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages.counter import can_be_answered_at_once

BY_CLERK = ("window-device", "hotline")
"""Ways of rating in which the operator has the enterprise before it."""
MISREAD = str.maketrans("ILO", "110")
"""Letters that no receipt number has, as they are misread (Crockford's base32)."""
SIXTEEN = 16


def case_typed(text: str) -> str:
    """A receipt number as it is heard or copied: with or without `ZT-`, blanks and small letters."""
    plain = "".join(char for char in text.upper() if char.isalnum()).translate(MISREAD)
    return f"ZT-{plain[-SIXTEEN:]}"


def what_can_be_done(scheme: Scheme, appeal: dict[str, Any]) -> dict[str, Any]:
    """What an operator may now do for the enterprise, as the regulation has it. The services decide again."""
    stage = appeal["stage"]
    happened = {step["what"] for step in appeal["steps"]}
    rated = any(what.startswith("case.rated") for what in happened)
    ways = [way for way in BY_CLERK if way in scheme.rating.ways]
    return {
        "supplement": appeal["supplement_wanted"],
        "withdraw": stage not in ("withdrawn", "returned", "closed") and appeal["answered"] is None,
        "doubt": stage == "answered" and scheme.decisions is not None and scheme.decisions.doubts,
        "rate": ways if stage in ("answered", "closed") and appeal["answered"] is None and scheme.rating.levels else [],
        "again": rated,
        "at_once": can_be_answered_at_once(scheme, appeal),
    }


async def caller_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    appeal = await desk.get("intake", f"/appeals/{case}")
    dossier = await desk.get_or(None, "intake", f"/appeals/{case}/dossier")
    scheme = desk.scheme(appeal["scheme"])
    running = [limit for limit in appeal["limits"] or [] if limit.get("due") and limit["status"] == "running"]
    words = scheme.rating.scale or dict.fromkeys(scheme.rating.levels)
    named = desk.words(appeal["scheme"])
    return desk.page(
        "counter/caller.html", form=form, case=case, appeal=appeal, dossier=dossier, scheme=scheme, words=named,
        running=sorted(running, key=lambda limit: limit["due"]),
        ratings=[(code, desk.t(word.zh, word.en) if word else named.name("rating", code))
                 for code, word in words.items()],
        **what_can_be_done(scheme, appeal),
    )  # fmt: skip


def routes() -> APIRouter:
    router = APIRouter(prefix="/counter", dependencies=[desk_of("operator")])

    @router.post("/look-up")
    async def look_up(desk: AtDesk) -> Response:
        """By number in a form, so that what is typed by mistake stands in no address."""
        form = await desk.form()
        case = case_typed(form["case"])
        try:
            await desk.get("intake", f"/appeals/{case}")
        except Refused as refused:
            if refused.status not in (404, 422):
                raise
            says = ("没有这个受理编号，请与来电人逐位核对", "There is no such number; check it digit by digit")
            return desk.then("/counter/mine", *says)
        return desk.on(f"/counter/cases/{case}")

    @router.get("/cases/{case}")
    async def tell(desk: AtDesk, case: CaseNumber) -> Response:
        return await caller_page(desk, case)

    async def act_for(
        desk: Desk, case: str, peer: str, path: str, says: tuple[str, str], *, body: tuple[str, ...] = (),
        needed: dict[str, str] | None = None,
    ) -> Response:  # fmt: skip
        form = await desk.form()

        async def act() -> Response:
            await desk.post(peer, path, form.body(*body) or None, key=form.once)
            return desk.then(f"/counter/cases/{case}", *says)

        return await desk.carry_out(form, act, lambda form: caller_page(desk, case, form), needed=needed)

    @router.post("/cases/{case}/supplement")
    async def supplement(desk: AtDesk, case: CaseNumber) -> Response:
        says = ("补充材料已转交甄别人员", "The supplement is with the screener")
        needed = {"text": desk.t("请记录企业补充的内容", "Write down what the enterprise adds")}
        return await act_for(desk, case, "intake", f"/appeals/{case}/supplement", says, body=("text",), needed=needed)

    @router.post("/cases/{case}/doubt")
    async def doubt(desk: AtDesk, case: CaseNumber) -> Response:
        says = ("已记录疑问，承办单位将继续办理", "The doubt is on record; the unit works on")
        needed = {"text": desk.t("请记录企业的疑问", "Write down what the enterprise doubts")}
        return await act_for(desk, case, "intake", f"/appeals/{case}/doubt", says, body=("text",), needed=needed)

    @router.post("/cases/{case}/withdrawal")
    async def withdraw(desk: AtDesk, case: CaseNumber) -> Response:
        says = ("已为企业撤回诉求", "Withdrawn for the enterprise")
        needed = {"sure": desk.t("请先与企业确认，再勾选", "Make sure with the enterprise first, then tick")}
        return await act_for(desk, case, "intake", f"/appeals/{case}/withdrawal", says, needed=needed)

    @router.post("/cases/{case}/rating")
    async def rate(desk: AtDesk, case: CaseNumber) -> Response:
        """The operator has the enterprise on the line or at the window, so no code is asked for."""
        says = ("评价已记录", "The rating is on record")
        needed = {"rating": desk.t("请选择企业的评价", "Choose what the enterprise says"),
                  "way": desk.t("请选择评价方式", "Choose how it was said")}  # fmt: skip
        again = (await desk.get("intake", f"/appeals/{case}"))["steps"]
        kind = "second-rating" if any(step["what"].startswith("case.rated") for step in again) else "rating"
        path = f"/cases/{case}/{kind}"
        return await act_for(desk, case, "evaluation", path, says, body=("rating", "way"), needed=needed)

    return router
