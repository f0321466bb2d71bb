"""The unit's liaison person (联络人), who gets its letters: kept current by the unit itself (001-27)."""

from fastapi import APIRouter, Response

from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form

FIELDS = ("person", "phone", "email")


def needed(desk: Desk) -> dict[str, str]:
    return {
        "person": desk.t("请填写联络人姓名", "Name the person"),
        "phone": desk.t("请填写手机号码", "Give a mobile number"),
        "email": desk.t("请填写电子邮箱", "Give an e-mail address"),
    }


async def contact_page(desk: Desk, form: Form | None = None) -> Response:
    known = await desk.get("routing", f"/units/{desk.visitor.unit}/contact")
    filled = form or Form.filled(person=known["person"], phone=known["phone"], email=known["email"])
    return desk.page("unit/contact.html", form=filled, contact=known)


def routes() -> APIRouter:
    router = APIRouter(prefix="/unit", dependencies=[desk_of("unit")])

    @router.get("/contact")
    async def contact(desk: AtDesk) -> Response:
        return await contact_page(desk)

    @router.post("/contact")
    async def change(desk: AtDesk) -> Response:
        form = await desk.form()

        async def act() -> Response:
            body = form.body(*FIELDS)
            await desk.put("routing", f"/units/{desk.visitor.unit}/contact", body, key=form.once)
            return desk.then("/unit/contact", "联络人已更新并确认", "The contact is confirmed")

        return await desk.carry_out(form, act, lambda form: contact_page(desk, form), needed=needed(desk))

    return router
