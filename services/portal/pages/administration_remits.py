"""What a unit or leader answers for (职责分工), changed by the administrator: categories, portfolio, whether the post is held,
whose turn it is in the rota."""

from typing import Any

from fastapi import APIRouter, Response

from libs.identity import Act, allow
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages.administration import KINDS, category_name, levels

LISTS = ("categories", "portfolio", "assists")
TEXTS = ("first_responsible", "directly_responsible")


async def remit_page(desk: Desk, unit: str, form: Form | None = None) -> Response:
    """A form that comes back goes by what stands now: whoever changed it meanwhile is seen, and can be decided upon."""
    allow(desk.caller(), Act.CHANGE_REMIT)
    now: dict[str, Any] = await desk.get("routing", f"/units/{unit}/remit")
    filled = form or Form.filled(
        **{name: now[name] for name in (*LISTS, *TEXTS)}, held="no" if now["vacant"] else "yes", turn=now["turn"]
    )
    filled.values["seen"] = [str(now["seen"])]
    return desk.page(
        "administration/remit.html",
        form=filled,
        now_is=now,
        kind=desk.t(*KINDS[now["kind"]]),
        categories=categories(desk, unit),
        turns=[(turn, turn) for turn in range(1, now["turns"] + 1)],
        words=desk.words(),
    )


def categories(desk: Desk, unit: str) -> dict[str, str]:
    """Those that the regulations of the unit's level know, with what they are called."""
    (place,) = [place for place in levels(desk) if any(one.unit == unit for one in place.units)]
    schemes = [one for one in desk.office.service.schemes.values() if one.scheme in place.schemes]
    return {code: category_name(desk, place, code) for one in schemes for code in one.categories}


def decided(form: Form) -> dict[str, Any]:
    """The remit as it was decided, all of it."""
    return {
        **{name: form.every(name) for name in LISTS},
        **{name: form[name] for name in TEXTS},
        "vacant": form["held"] == "no",
        "turn": form["turn"] or None,
        "seen": form["seen"],
    }


def routes() -> APIRouter:
    router = APIRouter(prefix="/admin/units")

    @router.get("/{unit}/remit")
    async def remit(desk: AtDesk, unit: str) -> Response:
        return await remit_page(desk, unit)

    @router.post("/{unit}/remit")
    async def change(desk: AtDesk, unit: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.put("routing", f"/units/{unit}/remit", decided(form), key=form.once)
            return desk.then(
                f"/admin#{unit}", "职责分工已更改，即时生效", "The remit is changed, and holds from now on"
            )

        return await desk.carry_out(
            form, act, lambda form: remit_page(desk, unit, form), fields=(*LISTS, *TEXTS, "turn")
        )

    return router
