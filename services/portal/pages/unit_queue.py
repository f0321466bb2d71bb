"""A unit's queue: what is due today first, then the rest in the order in which it falls due."""

from datetime import datetime, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Response

from libs.policy.shanghai import day_of
from services.portal.desk import AtDesk, Desk

Row = dict[str, Any]
Show = Literal["all", "today", "offered", "co-handling"]


async def queue_of(desk: Desk) -> list[Row]:
    """The unit's open hand-overs as routing orders them, each with whether it is due today (`today`), today or before."""
    rows: list[Row] = await desk.get("routing", f"/units/{desk.visitor.unit}/queue")
    return [row | {"today": _due_today(row["due"], desk.now)} for row in rows]


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
    router = APIRouter(prefix="/unit")

    @router.get("")
    async def queue(desk: AtDesk, show: Show = "all") -> Response:
        rows = await queue_of(desk)
        counts = {name: sum(map(wanted, rows)) for name, wanted in _SHOWN.items()}
        late = sum(row["due"] is not None and datetime.fromisoformat(row["due"]) <= desk.now for row in rows)
        shown = [row for row in rows if _SHOWN[show](row)]
        return desk.page("unit/queue.html", rows=shown, counts=counts, late=late, show=show)

    return router
