"""Administration: who works where, what each answers for, whether anybody reaches them, and the rota. People, calendars
and schemes have modules of their own."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
from fastapi import APIRouter, Depends, Response

from libs.identity import Act, Role, allow, is_of
from libs.policy.directory import Jurisdiction, Unit
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
    return [p for p in desk.office.directory.jurisdictions if is_of(desk.caller(), p.jurisdiction)]


async def _read_remits(desk: AtDesk) -> None:
    if desk.visitor.roles & ADMINISTRATORS:
        with suppress(httpx.HTTPError):
            await desk.office.read_remits()


TO_THE_SECOND = Depends(_read_remits)
"""The dependency of pages that show what administrators change: they go by what stands now, whichever process took it in,
and while routing is silent by what was read last."""


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
    router = APIRouter(prefix="/admin", dependencies=[TO_THE_SECOND])

    @router.get("")
    async def units(desk: AtDesk) -> Response:
        allow(desk.caller(), Act.READ_CONTACTS)
        known: list[dict[str, Any]] | None = await desk.get_or(None, "routing", "/contacts")
        contacts = {row["unit"]: row for row in known or ()}
        return desk.page(
            "administration/units.html",
            levels=levels(desk),
            contacts=contacts,
            silent=known is None,
            stale=[row for row in contacts.values() if row["unreachable_since"]],
            vacant=[(place, unit) for place in levels(desk) for unit in rota(place) if unit.vacant],
            answers_for=lambda place, unit: answers_for(desk, place, unit),
            kind_of=lambda unit: desk.t(*KINDS[unit.kind]),
            rota=rota,
            words=desk.words(),
        )

    return router
