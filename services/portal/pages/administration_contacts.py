"""A unit's liaison person (联络人), named by the administrator where the unit cannot do it: nobody is left there who gets
its letters (001-27)."""

from typing import Any

from fastapi import APIRouter, Response

from libs.identity import Act, allow
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages.unit_contact import FIELDS, needed


async def contact_of(desk: Desk, unit: str) -> dict[str, Any]:
    """The unit's contact, masked. Raises `Refused` (404) for a unit of no level that is the visitor's business."""
    allow(desk.caller(), Act.READ_CONTACTS)
    rows: list[dict[str, Any]] = await desk.get("routing", "/contacts")
    if (found := next((row for row in rows if row["unit"] == unit), None)) is None:
        raise Refused("unknown-unit", "your level of government has no such unit", field="unit", status=404)
    return found


async def contact_page(desk: Desk, unit: str, form: Form | None = None) -> Response:
    known = await contact_of(desk, unit)
    filled = form or Form.filled(person=known["person"])
    return desk.page("administration/contact.html", form=filled, contact=known, words=desk.words())


def routes() -> APIRouter:
    router = APIRouter(prefix="/admin/units")

    @router.get("/{unit}/contact")
    async def contact(desk: AtDesk, unit: str) -> Response:
        return await contact_page(desk, unit)

    @router.post("/{unit}/contact")
    async def change(desk: AtDesk, unit: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            body = form.body(*FIELDS)
            await desk.put("routing", f"/units/{unit}/contact", body, key=form.once)
            return desk.then(f"/admin#{unit}", "联络人已更正", "The contact is changed")

        return await desk.carry_out(form, act, lambda form: contact_page(desk, unit, form), needed=needed(desk))

    return router
