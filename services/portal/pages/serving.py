"""Who serves whom (服务矩阵): without gaps, as the regulation wants it; named by the administrator."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import ServedNumber
from libs.identity import MAY, Act
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages import here
from services.portal.pages.served import by_scheme, gaps, served_by, served_of

_WHO = ("leader", "unit", "unit_leader", "specialist", "specialist_rank", "liaison", "measures")


async def assign_page(desk: Desk, number: str, form: Form | None = None) -> Response:
    shown = await served_of(desk, number)
    place = desk.office.directory.jurisdiction_of(shown["scheme"].scheme)
    serving: dict[str, Any] = shown["serving"] or {}
    leaders = [unit for unit in place.units if unit.kind == "leader" and not unit.vacant]
    return desk.page(
        "liaison/assign.html",
        form=form or Form.filled(**{name: serving.get(name) for name in _WHO}),
        units=here.units_in(desk, place),
        leaders=[(one.unit, desk.t(one.zh, one.en)) for one in leaders],
        **shown,
    )


def routes() -> APIRouter:
    router = APIRouter(prefix="/liaison", dependencies=[desk_of(*MAY[Act.READ_SERVED])])

    @router.get("/matrix")
    async def matrix(desk: AtDesk) -> Response:
        rows = await served_by(desk, None)
        groups = [
            (scheme, [one | {"gaps": gaps(one, scheme)} for one in found]) for scheme, found in by_scheme(desk, rows)
        ]
        first_gaps = [(scheme, sorted(found, key=lambda one: not one["gaps"])) for scheme, found in groups]
        return desk.page("liaison/matrix.html", groups=first_gaps)

    @router.get("/matrix/{scheme}/{phase}")
    async def sheet(desk: AtDesk, scheme: str, phase: str) -> Response:
        """Projects of a phase with who is responsible and what is done (004-03)."""
        rows = await desk.get("routing", "/served/responsibility-sheet", scheme=scheme, phase=phase)
        names = {one["served"]: one["name"] for one in await served_by(desk, None)}
        known = next((one for one in here.schemes(desk) if one.scheme == scheme), None)
        titled = known.matrix.phases.get(phase) if known and known.matrix else None
        return desk.page("liaison/sheet.html", rows=rows, names=names, phase=titled, scheme=known)

    @router.get("/served/{number}/serving")
    async def assign(desk: AtDesk, number: ServedNumber) -> Response:
        return await assign_page(desk, number)

    @router.post("/served/{number}/serving")
    async def assigned(desk: AtDesk, number: ServedNumber) -> Response:
        form = await desk.form()
        one = (await served_of(desk, number))["served"]

        async def act() -> Response:
            body = form.body(*_WHO) | {
                "scheme": one["scheme"].partition("@")[0],
                "kind": one["kind"],
                "tier": one["tier"],
                **({"phase": one["phase"]} if one["phase"] else {}),
            }
            await desk.put("routing", f"/served/{number}", body, key=form.once)
            return desk.then(f"/liaison/served/{number}", "服务责任已落实", "Who serves it is named")

        needed = {"unit": desk.t("请选择责任单位", "Choose the unit")}
        return await desk.carry_out(form, act, lambda form: assign_page(desk, number, form), needed=needed, fields=_WHO)

    return router
