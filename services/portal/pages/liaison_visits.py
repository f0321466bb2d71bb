"""Whom a unit's officers serve, who is due a call or a visit this period, and the visit logged on the spot."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import ServedNumber
from libs.identity import MAY, Act
from libs.policy.shanghai import day_of
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages.served import by_scheme, served_by, served_of, serving_schemes
from services.portal.pages.unit_owed import duties_owed

FINDINGS = 3
"""Problems that one visit's page takes; further ones are another entry."""


async def home_page(desk: Desk) -> Response:
    unit = desk.visitor.unit
    if unit is None or not serving_schemes(desk):
        return desk.page("liaison/home.html", unit=unit, due=[], groups=[], silent=False)
    rows, duties = await served_by(desk, unit), await duties_owed(desk)
    known = {one["served"]: one for one in rows}
    due = [duty | {"of": known.get(duty["served"])} for duty in duties or () if duty["served"]]
    return desk.page("liaison/home.html", unit=unit, due=due, groups=by_scheme(desk, rows), silent=duties is None)


async def one_page(desk: Desk, number: str) -> Response:
    shown = await served_of(desk, number)
    due = [duty for duty in await duties_owed(desk) or () if duty["served"] == number] if desk.visitor.unit else []
    return desk.page("liaison/served.html", due=due, **shown)


async def visit_page(desk: Desk, number: str, form: Form | None = None) -> Response:
    shown = await served_of(desk, number)
    channels = {code: one for code, one in shown["scheme"].channels.items() if one.kind in ("officer", "hotline")}
    usual = "visit" if "visit" in channels else next(iter(channels), None)
    ways = {f"channel_{nth}": usual for nth in range(1, FINDINGS + 1)}
    begun = form or Form.filled(visited_on=day_of(desk.now).isoformat(), visitor=desk.visitor.name, help="none", **ways)
    return desk.page("liaison/visit.html", form=begun, findings=FINDINGS, channels=desk.options(channels), **shown)


def findings_of(form: Form) -> list[dict[str, Any]]:
    """The problems that were written down; one of which anything was typed counts."""
    found: list[dict[str, Any]] = []
    for nth in range(1, FINDINGS + 1):
        one = {
            name: form[f"{name}_{nth}"] for name in ("title", "text", "category", "channel") if form[f"{name}_{nth}"]
        }
        if one.get("title") or one.get("text"):
            found.append(one | {"urgent": form[f"urgent_{nth}"] == "yes"})
    return found


def visit_of(form: Form, number: str, scheme: str, unit: str | None) -> dict[str, Any]:
    """The visit as intake takes it."""
    helped = {"none": None, "done": {"done": True}, "way": {"done": False, "way": form["way"] or None}}
    return {
        **form.body("kind", "visitor", "visited_on", "notes"),
        "scheme": scheme,
        "served": number,
        "unit": unit,
        "called": form["called"] == "yes",
        "policies": [line.strip() for line in form["policies"].splitlines() if line.strip()],
        "help": helped.get(form["help"]),
        "findings": findings_of(form),
    }


def _incomplete(form: Form, desk: Desk) -> None:
    """A problem has a title and says what it is: the appeal is made of both."""
    for nth in range(1, FINDINGS + 1):
        if bool(form[f"title_{nth}"]) != bool(form[f"text_{nth}"]):
            empty = "text" if form[f"title_{nth}"] else "title"
            form.errors[f"{empty}_{nth}"] = desk.t("请把问题的标题和内容都写上", "Give both the title and the words")


def routes() -> APIRouter:
    router = APIRouter(prefix="/liaison", dependencies=[desk_of(*(MAY[Act.READ_SERVED] | MAY[Act.LOG_VISIT]))])

    @router.get("")
    async def home(desk: AtDesk) -> Response:
        return await home_page(desk)

    @router.get("/appeals")
    async def appeals(desk: AtDesk) -> Response:
        return desk.page("liaison/appeals.html", appeals=await desk.get("intake", "/appeals", limit=100))

    @router.get("/served/{number}")
    async def one(desk: AtDesk, number: ServedNumber) -> Response:
        return await one_page(desk, number)

    @router.get("/served/{number}/visit")
    async def visit(desk: AtDesk, number: ServedNumber) -> Response:
        return await visit_page(desk, number)

    @router.post("/served/{number}/visit")
    async def log_visit(desk: AtDesk, number: ServedNumber) -> Response:
        form = await desk.form()
        scheme = (await served_of(desk, number))["scheme"].scheme

        async def again(form: Form) -> Response:
            return await visit_page(desk, number, form)

        async def act() -> Response:
            unit = desk.visitor.unit
            made = await desk.post("intake", "/visits", visit_of(form, number, scheme, unit), key=form.once)
            back, cases = f"/liaison/served/{number}", made["cases"]
            if not cases:
                return desk.then(back, "已登记", "Logged")
            return desk.then(
                back,
                f"已登记，发现的 {len(cases)} 个问题已转为诉求",
                f"Logged; the {len(cases)} problems found are appeals now",
            )

        _incomplete(form, desk)
        if form.errors:
            answer = await again(form)
            answer.status_code = 422
            return answer
        needed = {
            "kind": desk.t("请选择联系方式", "Choose what it was"),
            "visited_on": desk.t("请填写日期", "Give the day"),
            "visitor": desk.t("请填写谁去的", "Say who came"),
        }
        return await desk.carry_out(form, act, again, needed=needed, fields=("way",))

    return router
