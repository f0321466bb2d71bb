"""What is decided about cases beside their handling: exclusions from the rates, rectification, corrections."""

import asyncio
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from contracts.record import CaseNumber
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages.oversight import THEIR_WORK, of_every_scheme, schemes, shown

CORRECTIONS_SHOWN = timedelta(days=90)


async def matters_page(
    desk: Desk, form: Form | None = None, first: date | None = None, last: date | None = None
) -> Response:
    offered = schemes(desk)
    listing = [one for one in offered if one.oversight.rectification is not None]
    first, last = first or desk.today - CORRECTIONS_SHOWN, last or desk.today
    exclusions, candidates, listed, corrections = await asyncio.gather(
        of_every_scheme(desk, "/exclusions", offered),
        of_every_scheme(desk, "/rectification-candidates", listing),
        of_every_scheme(desk, "/rectifications", listing),
        desk.get("evaluation", "/corrections", **{"from": first.isoformat(), "to": last.isoformat()}),
    )
    return shown(
        desk, "matters", form=form, exclusions=exclusions, candidates=candidates, listing=listing, first=first, last=last,
        listed=sorted(listed, key=_due), corrections=corrections["items"],
    )  # fmt: skip


def _due(item: dict[str, Any]) -> str:
    return item["due_on"]


def routes() -> APIRouter:
    router = APIRouter(prefix="/supervision/matters", dependencies=[THEIR_WORK])

    @router.get("")
    async def show(
        desk: AtDesk, first: Annotated[date | None, Query(alias="from")] = None,
        last: Annotated[date | None, Query(alias="to")] = None,
    ) -> Response:  # fmt: skip
        return await matters_page(desk, None, first, last)

    @router.post("/exclusions/{case}")
    async def decide(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()
        approve = form["approve"] == "yes"

        async def act() -> Response:
            await desk.post("evaluation", f"/cases/{case}/exclusion/approval", {"approve": approve}, key=form.once)
            if approve:
                return desk.then(
                    "/supervision/matters", "已批准剔除，不计入考核", "Approved: the case is left out of the rates"
                )
            return desk.then(
                "/supervision/matters", "未批准剔除，照常计入考核", "Refused: the case counts as any other"
            )

        return await desk.carry_out(form, act, lambda form: matters_page(desk, form))

    return router
