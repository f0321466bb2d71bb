"""One case before the office or a leader: its history on one screen, and what may be decided about it now."""

import asyncio
from typing import Any, Literal

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages import here
from services.portal.pages.case import case_of
from services.portal.pages.case_decisions import EXCLUSIONS, TASKS, below, chosen, open_decisions


async def history_of(desk: Desk, case: str) -> dict[str, Any]:
    """A case with all that was done about it, for one screen."""
    known, orders, decisions = await asyncio.gather(
        case_of(desk, case),
        desk.get_or(None, "evaluation", f"/cases/{case}/orders"),
        desk.get_or([], "routing", f"/cases/{case}/decisions", case=case),
    )
    return known | {"orders": orders, "decisions": decisions}


async def case_page(
    desk: Desk, area: str, case: str, code: str = "", dispatch: str = "", form: Form | None = None
) -> Response:
    known = await history_of(desk, case)
    found = await open_decisions(desk, case, known["handling"])
    scheme = known["scheme"].ref
    return desk.page(
        "office/case.html",
        form=form,
        area=area,
        found=found,
        shown=chosen(found, code, dispatch),
        units=here.units(desk, scheme),
        leaders=here.units(desk, scheme, "leader"),
        below=below(desk, scheme),
        exclusions=[(code, desk.t(zh, en)) for code, zh, en in EXCLUSIONS],
        tasks=range(1, TASKS + 1),
        **known,
    )


def case_routes(area: Literal["office", "leader"], *, prefix: str) -> APIRouter:
    """The same pages for the office and for leaders, under `/office` and `/leader`."""
    router = APIRouter(prefix=prefix, dependencies=[desk_of(area)])

    @router.get("/{case}")
    async def show(desk: AtDesk, case: CaseNumber, decide: str = "", dispatch: str = "") -> Response:
        return await case_page(desk, area, case, decide, dispatch)

    @router.post("/{case}/{code}")
    async def decide(desk: AtDesk, case: CaseNumber, code: str) -> Response:
        form = await desk.form()
        known = await desk.get("routing", f"/cases/{case}")
        one = chosen(await open_decisions(desk, case, known), code, form["dispatch"])
        if one is None:
            raise Refused("no-such-page", "this cannot be decided now", status=404)
        what = one.decision

        async def act() -> Response:
            path = what.path.format(case=case, dispatch=one.dispatch)
            await desk.post(what.service, path, what.body(form), case=case, key=form.once)
            return desk.then(f"/{area}" if area == "leader" else f"/{area}/cases/{case}", *what.told)

        needed = {name: desk.t(*says) for name, says in what.needed.items()}
        return await desk.carry_out(
            form,
            act,
            lambda form: case_page(desk, area, case, code, one.dispatch, form),
            needed=needed,
            fields=what.fields,
        )

    return router


def routes() -> APIRouter:
    return case_routes("office", prefix="/office/cases")
