"""One hand-over on one screen: what the enterprise wants, what runs, what happened, and what the unit may do now.

What is possible is routing's to say, rule by rule; the page shows it. Whoever acts on a state that has changed since the
page was opened sees the change first and decides again.
"""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.policy.personal import found_in
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages import here
from services.portal.pages.case import case_of
from services.portal.pages.hand_over_acts import ACTS, FINAL, Act, changes, standing_of

Shown = dict[str, Any]


async def hand_over_of(desk: Desk, case: str, dispatch: str) -> Shown:
    """The case with this unit's hand-over, as `handed`, open or over. Raises `Refused` (404) when it was never its own."""
    shown = await case_of(desk, case)
    handling = shown["handling"]
    handed = handling and handling["dispatches"].get(dispatch)
    if not handed or handed["unit"] != desk.visitor.unit:
        raise Refused("no-such-case", "there is no such case for you", status=404)
    return shown | {"handed": handed, "standing": standing_of(handling)}


async def hand_over_page(
    desk: Desk, case: str, dispatch: str, form: Form | None = None, *, act: str = "", **more: Any
) -> Response:
    """`act`: to which act `form` belongs; `more`: what else is shown, such as a contact that was unmasked."""
    shown, possible, files = await asyncio.gather(
        hand_over_of(desk, case, dispatch),
        desk.get_or(None, "routing", f"/cases/{case}/dispatches/{dispatch}/possible"),
        desk.get_or([], "intake", f"/appeals/{case}/attachments", case=case),
    )
    others = here.units(desk, shown["handling"]["scheme"], but=desk.visitor.unit)
    busy = {one["unit"] for one in shown["handling"]["dispatches"].values() if one["status"] in ("offered", "taken")}
    charge = shown["handling"]["issue"]["charges"].get(dispatch)
    fresh = {"contact": None, "changed": (), "doubtful": ()}
    return desk.page(
        "unit/hand_over.html",
        form=form,
        act=act,
        possible=possible,
        files=files,
        proposable=others,
        involvable=[(unit, name) for unit, name in others if unit not in busy],
        charge=charge,
        commitment=shown["handling"]["issue"]["commitments"].get(dispatch),
        why_not=lambda why: desk.says(Refused(why["rule"], why["detail"])),
        **(fresh | shown | more),
    )


async def act_on(desk: Desk, case: str, dispatch: str, name: str, act: Act) -> Response:
    """Carry an act out, unless it would be one on a state that the clerk has not seen, or would tell private numbers."""
    form = await desk.form()

    async def again(form: Form, **more: Any) -> Response:
        return await hand_over_page(desk, case, dispatch, form, act=name, **more)

    async def carry_out() -> Response:
        await desk.post("routing", f"/cases/{case}/dispatches/{dispatch}/{name}", act.body(form), key=form.once)
        path = f"/unit/cases/{case}/{dispatch}" if act.stays else "/unit"
        return desk.then(form["back"] if form["back"] in ("/unit", path) else path, *act.told)

    if name in FINAL and (changed := await _changed(desk, case, dispatch, form)):
        form.trouble = desk.t(
            "您打开本页后，该诉求有了新的变化（见下）。您填写的内容都还在；请看过变化，再决定是否提交。",
            "Since you opened this page the case has changed, see below. Everything you typed is still here: look at "
            "what changed, then decide again.",
        )
        return _unprocessable(await again(form, changed=changed))
    if (doubtful := found_in(form[act.public])) and form["sure"] != "yes":
        form.errors[act.public] = private_found(desk)
        return _unprocessable(await again(form, doubtful=doubtful))
    needed = {field: desk.t(*says) for field, says in act.needed.items()}
    return await desk.carry_out(form, carry_out, again, needed=needed, fields=tuple(act.needed))


async def _changed(desk: Desk, case: str, dispatch: str, form: Form) -> tuple[str, ...]:
    """What others did since the page was opened, while the hand-over is still to be answered."""
    shown = await hand_over_of(desk, case, dispatch)
    if shown["handed"]["status"] not in ("offered", "taken", "disputed") or not form["seen"]:
        return ()
    return changes(form["seen"], shown["handling"], desk.words(shown["handling"]["scheme"]), desk)


def private_found(desk: Desk) -> str:
    return desk.t(
        "这段文字里好像有电话、证件号或邮箱。请删去；如果是对外公开的办公电话，请勾选下方确认后再提交。",
        "These words seem to hold a phone, an identity number or an e-mail address. Take it out; if it is an office's "
        "public number, confirm that below and send again.",
    )


def _unprocessable(answer: Response) -> Response:
    answer.status_code = 422
    return answer


def routes() -> APIRouter:
    router = APIRouter(prefix="/unit", dependencies=[desk_of("unit")])

    @router.get("/cases/{case}")
    async def last(desk: AtDesk, case: CaseNumber) -> Response:
        """The unit's last hand-over in a case, for links that know the case alone."""
        handling = (await case_of(desk, case))["handling"]
        mine = [one for one in handling["dispatches"].values() if one["unit"] == desk.visitor.unit] if handling else []
        if not mine:
            raise Refused("no-such-case", "there is no such case for you", status=404)
        return desk.on(f"/unit/cases/{case}/{mine[-1]['dispatch']}")

    @router.get("/cases/{case}/{dispatch}")
    async def hand_over(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        return await hand_over_page(desk, case, dispatch)

    @router.post("/answer-check")
    async def check_answer(desk: AtDesk) -> Response:
        """While an answer is typed: whether it seems to hold somebody's number."""
        form = await desk.form()
        doubtful = found_in(form["answer"] or form["final_answer"])
        return desk.part("unit/answer_check.html", says=private_found(desk) if doubtful else "")

    @router.post("/cases/{case}/{dispatch}/unmasking")
    async def unmask(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        """The contact whole, shown once; the purpose goes on record."""
        form = await desk.form()

        async def again(form: Form) -> Response:
            return await hand_over_page(desk, case, dispatch, form, act="unmasking")

        async def act() -> Response:
            await hand_over_of(desk, case, dispatch)
            seen = await desk.post("intake", f"/appeals/{case}/unmasking", form.body("purpose"), key=form.once)
            return await hand_over_page(desk, case, dispatch, contact=seen)

        needed = {"purpose": desk.t("请填写查看用途", "Say what you need it for")}
        return await desk.carry_out(form, act, again, needed=needed)

    for name, act in ACTS.items():
        _add(router, name, act)
    return router


def _add(router: APIRouter, name: str, act: Act) -> None:
    @router.post(f"/cases/{{case}}/{{dispatch}}/{name}", name=name)
    async def post(desk: AtDesk, case: CaseNumber, dispatch: str) -> Response:
        return await act_on(desk, case, dispatch, name, act)
