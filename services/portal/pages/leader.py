"""A leader's two minutes: the next session on one screen, one page per item, what waits for a signature, what hangs where."""

import asyncio
from collections import Counter
from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber, SessionNumber
from libs.identity import Role
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages import here
from services.portal.pages.office_cases import case_routes, history_of
from services.portal.pages.session_deeds import OPINION_NEEDS, opinion_body

LEADER: frozenset[Role] = frozenset({"leader"})
PLACES: tuple[Place, ...] = (Place("/leader", "我的活动与审批", "My session and approvals", LEADER),)
HEARD = ("on-agenda", "scheduled", "admitted")
LAGGING = 100


async def my_sessions(desk: Desk) -> list[dict[str, Any]]:
    """The sessions that the visitor attends, those still to be held first."""
    return [one for one in await here.sessions_of(desk) if one["leader"] == desk.visitor.unit]


def items_of(session: dict[str, Any]) -> list[dict[str, Any]]:
    """What the session hears, or is proposed to hear while the agenda is not approved."""
    items = list(session["items"].values())
    agenda = [item for item in items if item["standing"] == "on-agenda"]
    return agenda or [item for item in items if item["chosen"] and item["standing"] in HEARD]


async def told_of(desk: Desk, session: dict[str, Any]) -> list[dict[str, Any]]:
    """Each item in a line: what it is about, who works on it, since when."""
    items = items_of(session)
    titles, cases = await asyncio.gather(
        here.titles_of(desk, (item["case"] for item in items)),
        asyncio.gather(*(desk.get_or(None, "routing", f"/cases/{item['case']}") for item in items)),
    )
    return [
        item | {"title": titles.get(item["case"], ""), "handling": case, "unit": _lead(case)}
        for item, case in zip(items, cases, strict=True)
    ]


def _lead(case: dict[str, Any] | None) -> str | None:
    led = [one for one in case["dispatches"].values() if one["role"] == "lead"] if case else []
    return led[-1]["unit"] if led else None


async def to_approve(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """What waits for the visitor, by kind."""
    reviews, extensions, decisions, months, drafts, *excluded = await asyncio.gather(
        desk.get_or([], "routing", "/waiting-for-review"),
        desk.get_or([], "routing", "/extensions-asked"),
        desk.get_or([], "routing", "/waiting-for-decision"),
        desk.get_or({"summaries": []}, "disclosure", "/summaries"),
        desk.get_or({"publications": []}, "disclosure", "/publications", waiting=True),
        *(desk.get_or({"items": []}, "evaluation", "/exclusions", scheme=one.ref) for one in here.newest_schemes(desk)),
    )
    return {
        "decision": decisions,
        "review": [one for one in reviews if desk.visitor.unit in one["posts"] and not one["refused_by"]],
        "extension-decision": extensions,
        "exclusion-approval": [item for one in excluded for item in one["items"]],
        "months": [one for one in months["summaries"] if one["waiting"]],
        "drafts": drafts["publications"],
    }


async def hanging(desk: Desk) -> list[tuple[str, int, str]]:
    """Which units are behind: how many limits of each have passed, and since when the oldest."""
    lagging = (await desk.get_or({"items": []}, "evaluation", "/lagging", limit=LAGGING))["items"]
    units = Counter(one["unit"] for one in lagging if one.get("unit"))
    oldest = {one["unit"]: one["due"] for one in reversed(lagging) if one.get("unit")}
    return [(unit, count, oldest[unit]) for unit, count in units.most_common()]


async def item_page(desk: Desk, number: str, case: str, form: Form | None = None) -> Response:
    """One item with its history on one screen, and the form for the opinion."""
    session = await desk.get("routing", f"/sessions/{number}")
    order = [item["case"] for item in items_of(session)]
    if case not in order:
        raise Refused("no-such-item", "this is no item of the session", status=404)
    at = order.index(case)
    return desk.page(
        "leader/item.html",
        form=form or _spoken(session["items"][case]),
        session=session,
        item=session["items"][case],
        rule=desk.scheme(session["scheme"]).sessions[session["kind"]],
        units=here.units(desk, session["scheme"]),
        number=at + 1,
        count=len(order),
        before=order[at - 1] if at else None,
        after=order[at + 1] if at + 1 < len(order) else None,
        today=str(desk.today),
        **await history_of(desk, case),
    )


def _spoken(item: dict[str, Any]) -> Form:
    """The opinion as it was given last, on the whole item."""
    said = item["opinions"].get("")
    if said is None:
        return Form()
    told = {name: said[name] for name in ("outcome", "text", "lead", "due_on")}
    return Form.filled(**told, units=said["co_handlers"])


def routes() -> APIRouter:
    router = APIRouter(prefix="/leader", dependencies=[desk_of("leader")])

    @router.get("")
    async def home(desk: AtDesk) -> Response:
        sessions, waiting, behind = await asyncio.gather(my_sessions(desk), to_approve(desk), hanging(desk))
        ahead = next((one for one in sessions if one["standing"] in ("proposed", "dated")), None)
        session = await desk.get("routing", f"/sessions/{ahead['session']}") if ahead else None
        about = [
            one["case"]
            for kind in ("decision", "review", "extension-decision", "exclusion-approval")
            for one in waiting[kind]
        ]
        return desk.page(
            "leader/home.html",
            session=session,
            items=await told_of(desk, session) if session else [],
            awaiting=[one for one in sessions if one["awaits"]],
            waiting=waiting,
            titles=await here.titles_of(desk, about),
            behind=behind,
        )

    @router.get("/items/{session}/{case}")
    async def item(desk: AtDesk, session: SessionNumber, case: CaseNumber) -> Response:
        return await item_page(desk, session, case)

    @router.post("/items/{session}/{case}")
    async def opinion(desk: AtDesk, session: SessionNumber, case: CaseNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            path = f"/sessions/{session}/items/{case}/opinion"
            await desk.post("routing", path, opinion_body(form), key=form.once)
            return desk.then(
                f"/leader/items/{session}/{case}",
                "意见已记录；活动结束前可以修改",
                "Kept; it may be changed until the session ends",
            )

        needed = {name: desk.t(*says) for name, says in OPINION_NEEDS.items()}
        return await desk.carry_out(
            form,
            act,
            lambda form: item_page(desk, session, case, form),
            needed=needed,
            fields=("units", "lead", "due_on", "part"),
        )

    router.include_router(case_routes("leader", prefix="/cases"))
    return router
