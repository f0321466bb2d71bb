"""A unit's queue: what is due today first, then the rest in the order in which it falls due."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from libs.policy.refused import Refused
from libs.policy.shanghai import day_of
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.peers import Unreachable

CASES = 100
"""So many titles at once intake tells."""
Row = dict[str, Any]
Show = Literal["all", "today", "offered", "co-handling"]
AT_FIRST = 50
"""So many rows a page begins with, and so many more at each asking: a screen is read from the top."""


async def queue_of(desk: Desk) -> list[Row]:
    """The unit's open hand-overs: urgent matters first, then what is due first (000-30); each with `today`: it is due today
    or was before."""
    rows: list[Row] = await desk.get("routing", f"/units/{desk.visitor.unit}/queue")
    known = await _dues(desk, sorted({row["case"] for row in rows}))
    # Routing has heard of every limit, deadline knows which still run; while it is silent, the former have to do.
    due = [row | {"due": _next(desk, row, known[row["case"]]) if row["case"] in known else row["due"]} for row in rows]
    ordered = sorted(due, key=lambda row: (not row["urgent"], row["due"] is None, row["due"] or row["at"]))
    return [row | {"today": _due_today(row["due"], desk.now)} for row in ordered]


async def _dues(desk: Desk, cases: list[str]) -> dict[str, list[Row]]:
    """The clocks that still run in these cases, as deadline has them; nothing while it is silent."""
    try:
        return await desk.post("deadline", "/clocks", {"cases": cases})
    except (Refused, Unreachable):
        return {}


async def _titles(desk: Desk, cases: list[str]) -> dict[str, str]:
    """What these cases are called; nothing while intake is silent."""
    try:
        pages = await asyncio.gather(
            *(desk.post("intake", "/appeals/titles", {"cases": page}) for page in _batches(cases))
        )
    except (Refused, Unreachable):
        return {}
    return {case: title for page in pages for case, title in page.items()}


def _next(desk: Desk, row: Row, clocks: list[Row]) -> str | None:
    """When the hand-over's next limit ends. Until when one may object is a right, and no limit."""
    disputes = desk.scheme(row["scheme"]).disputes
    right = disputes.clock if disputes else None
    return min((one["due"] for one in clocks if one["of"] == row["dispatch"] and one["clock"] != right), default=None)


def _batches(cases: list[str]) -> Iterator[list[str]]:
    return (cases[at : at + CASES] for at in range(0, len(cases), CASES))


def _due_today(due: str | None, now: datetime) -> bool:
    """What ends at 0:00 was to be done on the day before."""
    return due is not None and day_of(datetime.fromisoformat(due) - timedelta(seconds=1)) <= day_of(now)


_SHOWN = {
    "all": lambda row: True,
    "today": lambda row: row["today"],
    "offered": lambda row: row["status"] == "offered",
    "co-handling": lambda row: row["role"] == "co-handler",
}


def routes() -> APIRouter:
    router = APIRouter(prefix="/unit", dependencies=[desk_of("unit")])

    @router.get("")
    async def queue(
        desk: AtDesk, show: Show = "all", rows_shown: Annotated[int, Query(alias="rows", ge=1, le=2000)] = AT_FIRST
    ) -> Response:
        rows = await queue_of(desk)
        counts = {name: sum(map(wanted, rows)) for name, wanted in _SHOWN.items()}
        late = sum(row["due"] is not None and datetime.fromisoformat(row["due"]) <= desk.now for row in rows)
        shown = [row for row in rows if _SHOWN[show](row)]
        return desk.page(
            "unit/queue.html",
            rows=shown[:rows_shown],
            titles=await _titles(desk, sorted({row["case"] for row in shown[:rows_shown]})),
            more=min(len(shown) - rows_shown, AT_FIRST),
            upto=rows_shown,
            counts=counts,
            late=late,
            show=show,
        )

    return router
