"""Administration: who works where, what each answers for, whether anybody reaches them, and the rota. People, calendars
and schemes have modules of their own."""

import asyncio
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Response

from libs.identity import Act, Role, allow, is_of
from libs.policy.directory import Directory, Jurisdiction, Unit
from libs.policy.remits import Remits, lay_over
from services.portal.desk import AtDesk, Desk
from services.portal.navigation import Place

ADMINISTRATORS: frozenset[Role] = frozenset({"administrator"})
PLACES: tuple[Place, ...] = (
    Place("/admin", "机构与联系人", "Units and contacts", ADMINISTRATORS),
    Place("/admin/people", "人员与角色", "People and roles", ADMINISTRATORS),
    Place("/admin/calendar", "工作日历", "Working days", ADMINISTRATORS),
    Place("/admin/schemes", "现行规则", "Regulations in force", ADMINISTRATORS),
)
KINDS: dict[str, tuple[str, str]] = {
    "department": ("部门", "department"),
    "county": ("县（区）", "county or district"),
    "township": ("镇（街道）", "township"),
    "office": ("综合机构", "office"),
    "leader": ("领导", "leader"),
}


def levels(desk: Desk) -> list[Jurisdiction]:
    """The levels of government that are this visitor's business."""
    return own(desk, desk.office.directory)


def own(desk: Desk, directory: Directory) -> list[Jurisdiction]:
    return [p for p in directory.jurisdictions if is_of(desk.caller(), p.jurisdiction)]


async def levels_now(desk: Desk) -> list[Jurisdiction]:
    """The same to the second, for whoever has just changed something: the office's own directory follows a little later."""
    known: list[Any] | None = await desk.get_or(None, "routing", "/remits")
    if known is None:
        return levels(desk)
    directory = Directory(desk.office.directory.file)
    lay_over(directory, map(Remits.model_validate, known))
    return own(desk, directory)


def answers_for(desk: Desk, place: Jurisdiction, unit: Unit) -> list[str]:
    """The categories and districts of a unit, the portfolio of a leader, by name."""
    return [*(category_name(desk, place, code) for code in (*unit.categories, *unit.portfolio, *unit.assists)),
            *unit.districts]  # fmt: skip


def category_name(desk: Desk, place: Jurisdiction, code: str) -> str:
    """As the level's own schemes call it."""
    schemes = desk.office.service.schemes.values()
    named = (s.categories[code] for s in schemes if s.scheme in place.schemes and code in s.categories)
    found = next(named, None)
    return desk.t(found.zh, found.en) if found else code


def rota(place: Jurisdiction) -> Iterator[Unit]:
    return (unit for unit in place.units if unit.kind == "leader")


def routes() -> APIRouter:
    router = APIRouter(prefix="/admin")

    @router.get("")
    async def units(desk: AtDesk) -> Response:
        allow(desk.caller(), Act.READ_CONTACTS)
        known: list[dict[str, Any]] | None
        known, places = await asyncio.gather(desk.get_or(None, "routing", "/contacts"), levels_now(desk))
        contacts = {row["unit"]: row for row in known or ()}
        return desk.page(
            "administration/units.html",
            levels=places,
            contacts=contacts,
            silent=known is None,
            stale=[row for row in contacts.values() if row["unreachable_since"]],
            vacant=[(place, unit) for place in places for unit in rota(place) if unit.vacant],
            answers_for=lambda place, unit: answers_for(desk, place, unit),
            kind_of=lambda unit: desk.t(*KINDS[unit.kind]),
            rota=rota,
            words=desk.words(),
        )

    return router
