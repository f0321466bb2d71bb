"""Supervision: what is late, what went wrong, what is on the problem list; and the way to everything that oversees."""

import asyncio
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query, Response

from contracts.record import Party
from libs.identity import MAY, Act, Role
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages import here

OVERSEERS = frozenset[Role]({"inspector", "leader", "office"})
INSPECTORS_OF_PEOPLE = frozenset[Role]({"discipline", "conduct"})
THEIR_WORK = desk_of(*OVERSEERS, *INSPECTORS_OF_PEOPLE)

PLACES: tuple[Place, ...] = (
    Place("/supervision", "督查督办", "Supervision", OVERSEERS),
    Place("/supervision/duties", "工作责任", "Duties", INSPECTORS_OF_PEOPLE),
    Place("/supervision/accountability", "问责", "Accountability", INSPECTORS_OF_PEOPLE),
)

TABS: tuple[Place, ...] = (
    Place("/supervision", "滞后事项", "What is late", OVERSEERS),
    Place("/supervision/alarms", "异常与问题清单", "Alarms and problem list", OVERSEERS),
    Place("/supervision/matters", "剔除、挂牌与整改", "Exclusions and rectification", OVERSEERS),
    Place("/supervision/duties", "工作责任", "Duties", OVERSEERS | INSPECTORS_OF_PEOPLE),
    Place("/supervision/inspections", "督查记录", "Inspections", OVERSEERS | INSPECTORS_OF_PEOPLE),
    Place("/supervision/material", "季度督查", "The quarter", OVERSEERS),
    Place("/supervision/samples", "抽样回头看", "Samples", OVERSEERS),
    Place("/supervision/accountability", "问责", "Accountability", OVERSEERS | INSPECTORS_OF_PEOPLE),
    Place("/supervision/unmaskings", "联系方式查看记录", "Looks at contacts", frozenset({"inspector", "leader"})),
    Place("/supervision/exposures", "曝光审批", "Exposures", frozenset({"leader"})),
)

PAGE = 50
Late = Literal["limit", "order", "rectification", "duty"]
Skip = Annotated[int, Query(ge=0, le=10_000)]


def can(desk: Desk, act: Act) -> bool:
    """Whether the services would let this visitor do it at all; whose the matter is, they say themselves."""
    return bool(MAY[act] & desk.visitor.roles)


def shown(desk: Desk, template: str, *, form: Form | None = None, **more: Any) -> Response:
    """A page of supervision, with the way to the others that this visitor has."""
    tabs = [tab for tab in TABS if tab.roles & desk.visitor.roles]
    if not tabs:
        raise Refused("not-allowed", "this is for who oversees the work", status=403)
    return desk.page(f"supervision/{template}.html", form=form, tabs=tabs, can=can, Act=Act, **more)


def schemes(desk: Desk) -> list[Scheme]:
    """Every version of what the visitor's level runs that came into force: what was asked for under it lives on."""
    place = here.place(desk)
    names = place.schemes if place else ()
    known = desk.office.service.schemes.values()
    return [one for one in known if one.scheme in names and one.in_force.from_ <= desk.today]


def chosen(offered: list[Scheme], ref: str | None) -> Scheme | None:
    """The one asked for, by its reference, else the first."""
    return next((one for one in offered if one.ref == ref), offered[0] if offered else None)


async def of_every_scheme(desk: Desk, path: str, offered: list[Scheme]) -> list[dict[str, Any]]:
    """What evaluation lists by scheme, of all these, each item with its scheme."""
    lists = await asyncio.gather(*(desk.get("evaluation", path, scheme=one.ref) for one in offered))
    return [item | {"scheme": one.ref} for one, listed in zip(offered, lists, strict=True) for item in listed["items"]]


def units(desk: Desk) -> list[tuple[str, str]]:
    """The units of the visitor's level, as they are chosen from."""
    place = here.place(desk)
    return here.units_in(desk, place) if place else []


def routes() -> APIRouter:
    router = APIRouter(prefix="/supervision", dependencies=[THEIR_WORK])

    @router.get("")
    async def lagging(
        desk: AtDesk, kind: Late | Literal[""] = "", unit: Party | Literal[""] = "", skip: Skip = 0
    ) -> Response:
        asked = {"kind": kind or None, "unit": unit or None, "limit": PAGE, "skip": skip}
        items = (await desk.get("evaluation", "/lagging", **asked))["items"]
        more = skip + PAGE if len(items) == PAGE else None
        return shown(
            desk,
            "lagging",
            items=items,
            kind=kind,
            unit=unit,
            skip=skip,
            more=more,
            units=units(desk),
            kinds=get_args(Late),
        )

    @router.get("/alarms")
    async def alarms(desk: AtDesk) -> Response:
        told, planned = await asyncio.gather(
            desk.get("evaluation", "/alarms", limit=100), desk.get("evaluation", "/problem-list", limit=100)
        )
        return shown(desk, "alarms", alarms=list(reversed(told["items"])), planned=planned["items"])

    @router.get("/unmaskings")
    async def unmaskings(desk: AtDesk) -> Response:
        return shown(desk, "unmaskings", looks=await desk.get("intake", "/unmaskings", limit=100))

    return router
