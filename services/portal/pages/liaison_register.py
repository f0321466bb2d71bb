"""The register of served enterprises and projects (服务对象): entered and kept current by whoever serves."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import ServedNumber
from libs.identity import MAY, Act
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages.served import served_of, serving_schemes

_WORDS = ("scheme", "kind", "name", "credit_code", "project_code", "tier", "phase", "district")


async def register_page(desk: Desk, form: Form | None = None, *, number: str = "") -> Response:
    """A form that begins empty, or with what is known under a number."""
    if form is None and number:
        one = (await served_of(desk, number))["served"]
        flags = {name: "yes" for name in ("agreement", "registered") if one.get(name)}
        known = {name: one.get(name) for name in _WORDS} | {"scheme": one["scheme"].partition("@")[0]}
        form = Form.filled(**known, **flags, contact_name=one["contact"]["name"], phone=one["contact"]["phone"])
    schemes = serving_schemes(desk)
    begun = form or Form.filled(kind="enterprise", scheme=schemes[0].scheme if len(schemes) == 1 else None)
    return desk.page("liaison/register.html", form=begun, schemes=schemes, number=number)


def registration_of(form: Form) -> dict[str, Any]:
    """As intake takes it; codes are written in capitals, however they were typed."""
    body: dict[str, Any] = form.body(*_WORDS)
    if "credit_code" in body:
        body["credit_code"] = body["credit_code"].upper().replace(" ", "")
    flags = {name: form[name] == "yes" for name in ("agreement", "registered")}
    return body | flags | {"contact": {"name": form["contact_name"], "phone": form["phone"]}}


def routes() -> APIRouter:
    router = APIRouter(prefix="/liaison/register", dependencies=[desk_of(*MAY[Act.KEEP_SERVED])])

    @router.get("")
    async def begin(desk: AtDesk) -> Response:
        return await register_page(desk)

    @router.get("/{number}")
    async def change(desk: AtDesk, number: ServedNumber) -> Response:
        return await register_page(desk, number=number)

    @router.post("")
    async def register(desk: AtDesk) -> Response:
        form = await desk.form()

        async def act() -> Response:
            made = await desk.post("intake", "/served", registration_of(form), key=form.once)
            return desk.then(f"/liaison/served/{made['served']}", "已登记", "It is registered")

        needed = {
            "scheme": desk.t("请选择适用的办法", "Choose the regulation"),
            "kind": desk.t("请选择企业或项目", "Choose enterprise or project"),
            "name": desk.t("请填写名称", "Give the name"),
            "tier": desk.t("请选择服务层级", "Choose the tier"),
            "contact_name": desk.t("请填写联系人", "Name the contact"),
            "phone": desk.t("请填写联系电话", "Give the phone"),
        }
        return await desk.carry_out(form, act, lambda form: register_page(desk, form), needed=needed)

    return router
