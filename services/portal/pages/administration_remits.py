"""Units and leaders' posts that the administrator adds, and what each answers for (职责分工): categories, portfolio, whether
the post is held, whose turn it is in the rota."""

from typing import Any

from fastapi import APIRouter, Response

from libs.identity import Act, allow
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages import unit_contact
from services.portal.pages.administration import KINDS, TO_THE_SECOND, category_name, levels

NEW = ("unit", "kind", "zh", "en", "rank", "jurisdiction")
ADDED_HERE = ("department", "office", "leader")
"""Counties and townships have divisions of their own, which stand in the directory file."""
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


async def new_page(desk: Desk, form: Form | None = None) -> Response:
    allow(desk.caller(), Act.CHANGE_REMIT)
    places = levels(desk)
    ranks = {unit.rank: unit for place in places for unit in reversed(place.units) if unit.rank}
    return desk.page(
        "administration/new_unit.html",
        form=form or Form.filled(kind="department", jurisdiction=places[0].jurisdiction if len(places) == 1 else None),
        levels=[(place.jurisdiction, desk.t(place.zh, place.en)) for place in places],
        kinds=[(kind, desk.t(*KINDS[kind])) for kind in ADDED_HERE],
        ranks=[(rank, desk.t(f"与{one.zh}同级", f"as {one.en}")) for rank, one in ranks.items()],
    )


def needed(desk: Desk) -> dict[str, str]:
    return {
        "jurisdiction": desk.t("请选择层级", "Choose the level of government"),
        "unit": desk.t("请填写代码", "Give it a code"),
        "zh": desk.t("请填写中文名称", "Give its Chinese name"),
        "en": desk.t("请填写英文名称", "Give its English name"),
        **unit_contact.needed(desk),
    }


def routes() -> APIRouter:
    router = APIRouter(prefix="/admin/units", dependencies=[TO_THE_SECOND])

    @router.get("/new")
    async def new(desk: AtDesk) -> Response:
        return await new_page(desk)

    @router.post("/new")
    async def add(desk: AtDesk) -> Response:
        form = await desk.form()

        async def act() -> Response:
            body: dict[str, Any] = form.body(*NEW)
            await desk.post("routing", "/units", body | {"contact": form.body(*unit_contact.FIELDS)}, key=form.once)
            return desk.then(
                f"/admin/units/{form['unit']}/remit",
                "已新增，请接着填写它的职责分工",
                "It is there; say next what it answers for",
            )

        fields = (*NEW, *unit_contact.FIELDS)
        return await desk.carry_out(form, act, lambda form: new_page(desk, form), needed=needed(desk), fields=fields)

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
