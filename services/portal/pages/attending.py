"""The next reception days: when and where, and registering to come. Registering is not filing. 001-07, 001-08, 001-55"""

from functools import partial
from typing import Any

from fastapi import APIRouter, Response

from contracts.record import SessionNumber
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.typed_right import check_length, check_phone, tidy_phone

NAME_MOST = 100
BY_ITSELF = frozenset({"registration-open", "announced"})


async def announced(desk: Desk) -> list[dict[str, Any]]:
    """The days to come, the next one first."""
    told = (await desk.office.peers.get(desk.visitor.caller(), "disclosure", "/sessions.json"))["sessions"]
    to_come = [one for one in told if one["held_on"] >= desk.today.isoformat() and one["status"] != "held"]
    return [one | _named(desk, one) for one in sorted(to_come, key=lambda one: one["held_on"])]


def _named(desk: Desk, session: dict[str, Any]) -> dict[str, Any]:
    scheme = desk.scheme(session["scheme"])
    rule = scheme.sessions.get(session["kind"])
    place = desk.office.directory.by_scheme.get(scheme.scheme)
    nominated = bool(rule and rule.nominations and "self" not in rule.nominations)
    return {
        "called": desk.t(rule.zh, rule.en) if rule else desk.t(scheme.title.zh, scheme.title.en),
        "run_by": desk.t(place.zh, place.en) if place else "",
        "ways": [
            desk.t(scheme.channels[way["channel"]].zh, scheme.channels[way["channel"]].en)
            for way in session["registration"]["ways"]
        ],
        "nominated": nominated,
        "may_register": session["status"] in BY_ITSELF and not nominated,
    }


async def session_of(desk: Desk, number: str) -> dict[str, Any]:
    for one in await announced(desk):
        if one["session"] == number:
            return one
    raise Refused("no-such-session", "there is no such session to come", status=404)


async def registration_page(desk: Desk, number: str, form: Form | None = None) -> Response:
    return desk.page("enterprise/register.html", form=form, session=await session_of(desk, number))


def routes() -> APIRouter:
    router = APIRouter(prefix="/sessions")

    @router.get("")
    async def to_come(desk: AtDesk) -> Response:
        return desk.page("enterprise/sessions.html", sessions=await announced(desk))

    @router.get("/{session}/registration")
    async def begin(desk: AtDesk, session: SessionNumber) -> Response:
        return await registration_page(desk, session)

    @router.post("/{session}/registration")
    async def register(desk: AtDesk, session: SessionNumber) -> Response:
        form = await desk.form()
        form.values["phone"] = [tidy_phone(form["phone"])]
        form.lacks(
            {
                "enterprise": desk.t("请填写企业名称", "Give the enterprise's name"),
                "person": desk.t("请填写参加人姓名", "Say who comes"),
                "phone": desk.t("请填写手机号码，以便通知", "Give a mobile number, so that we can tell you"),
            }
        )
        check_length(form, "enterprise", NAME_MOST, desk.t)
        check_length(form, "person", NAME_MOST, desk.t)
        check_phone(form, "phone", desk.t)
        again = partial(registration_page, desk, session)

        async def act() -> Response:
            body = form.body("enterprise", "person", "phone")
            await desk.office.peers.post(
                desk.visitor.as_enterprise(form["once"]),
                "routing",
                f"/sessions/{session}/registrations",
                body,
                key=form.once,
            )
            return desk.then(
                "/sessions",
                "已登记，是否安排参加以通知为准。登记不等于提交诉求。",
                "You are registered; you will be told whether you can come. Registering files no appeal.",
            )

        if form.bad:
            answer = await again(form)
            answer.status_code = 422
            return answer
        return await desk.carry_out(form, act, again)

    return router
