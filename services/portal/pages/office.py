"""The secretary's desk: what waits for the office now, and the lists behind it."""

import asyncio
import re
from typing import Any, NamedTuple

from fastapi import APIRouter, Response

from libs.identity import Role
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.navigation import Place
from services.portal.pages import here
from services.portal.pages.session_steps import limit_of, next_of, steps_of

CASE = re.compile(r"ZT-[0-9A-Z]{16}")
COMING = 3
"""So many sessions are shown with their next steps."""
OFFICE: frozenset[Role] = frozenset({"office"})
PLACES: tuple[Place, ...] = (
    Place("/office", "待办", "To do", OFFICE),
    Place("/office/sessions", "接待日活动", "Sessions", OFFICE),
    Place("/office/columns", "月度专栏", "Columns", OFFICE),
    Place("/office/publications", "通报与清单", "Circulars and lists", OFFICE),
    Place("/office/figures", "数据", "Figures", OFFICE),
)


class Waiting(NamedTuple):
    """A list of cases that wait for the office. `decide`: which decision each opens with; `why`: what it is for."""

    path: str
    zh: str
    en: str
    why: tuple[str, str]
    decide: str = ""


LISTS: dict[str, Waiting] = {
    "climbs": Waiting(
        "/waiting-for-climb-review", "无法解决，待审核上报", "Climbs to review",
        ("单位报告无法解决，审核后提交上一层级或退回。",
         "Units that could not solve it; up or back, as you find."), "climb-review",
    ),
    "extensions": Waiting(
        "/extensions-asked", "延期申请", "Requests for more time",
        ("须由申请人以外的人审批；领导限期的由该领导审批。",
         "Decided by somebody other than the asker; a leader's limit by that leader."),
        "extension-decision",
    ),
    "judgements": Waiting(
        "/waiting-for-judgement", "逾期未办，待研判", "To be judged unresolved",
        ("单位逾期未办，办公室研判是否仍未解决。", "The unit let its limit pass; the office judges."), "judgement",
    ),
    "reviews": Waiting(
        "/waiting-for-review", "待审核签批", "Waiting for a review",
        ("受理后交办前的审核、签批，以及未通过待完善的。", "Reviews before the hand-over, and what a review refused."),
    ),
    "sessions": Waiting(
        "/waiting-for-session", "等待会商、接待日", "Waiting for a session",
        ("下级仍未解决，等待列入活动议题。", "Still unresolved below; they wait for an agenda."),
    ),
    "problems": Waiting(
        "/problem-list", "问题清单", "Problem list",
        ("已明确解决方案的复杂问题，解决后销号。",
         "Complex matters with a plan, until they are struck off."), "striking-off",
    ),
    "unclear": Waiting(
        "/unclear-duties", "责任不明问题台账", "Unclear duties",
        ("职责不明或交叉的事项。", "Matters whose duty was unclear or crossed."),
    ),
}  # fmt: skip


async def waiting_in(desk: Desk, name: str) -> list[dict[str, Any]]:
    """A list's cases, each as an object with at least its number."""
    found = await desk.get_or([], "routing", LISTS[name].path)
    return [{"case": one} if isinstance(one, str) else one for one in found]


async def coming_sessions(desk: Desk, sessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The next sessions, each with its next step and that step's limit."""
    ahead = [
        one["session"]
        for one in sessions
        if one["standing"] in here.AHEAD and (one["held_on"] or "") >= str(desk.today)
    ]
    numbers = ahead[:COMING]
    if not numbers:
        return []
    clocks, *found = await asyncio.gather(
        desk.post("deadline", "/clocks", {"cases": numbers}),
        *(desk.get("routing", f"/sessions/{number}") for number in numbers),
    )
    told: list[dict[str, Any]] = []
    for number, session in zip(numbers, found, strict=True):
        scheme = desk.scheme(session["scheme"])
        step = next_of(steps_of(session, scheme.sessions[session["kind"]]))
        told.append({"session": session, "step": step, "limit": limit_of(step, clocks.get(number, []), scheme)})
    return told


def routes() -> APIRouter:
    router = APIRouter(prefix="/office", dependencies=[desk_of("office")])

    @router.get("")
    async def home(desk: AtDesk) -> Response:
        lists = await asyncio.gather(*(waiting_in(desk, name) for name in LISTS))
        drafts, months, sessions = await asyncio.gather(
            desk.get_or({"publications": []}, "disclosure", "/publications", waiting=True),
            desk.get_or({"summaries": []}, "disclosure", "/summaries"),
            here.sessions_of(desk),
        )
        unfinished = [
            one
            for one in sessions
            if one["standing"] == "held" and one["held_on"] and one["held_on"] <= str(desk.today)
        ]
        return desk.page(
            "office/home.html",
            lists=dict(zip(LISTS, lists, strict=True)),
            about=LISTS,
            drafts=drafts["publications"],
            months=[one for one in months["summaries"] if one["waiting"]],
            coming=await coming_sessions(desk, sessions),
            held=unfinished[:3],
        )

    @router.get("/open")
    async def by_number(desk: AtDesk, case: str = "") -> Response:
        """The case whose number was typed."""
        number = case.strip().upper()
        if not CASE.fullmatch(number):
            raise Refused("no-such-case", "there is no such case for you", status=404)
        return desk.on(f"/office/cases/{number}")

    @router.get("/lists/{name}")
    async def listed(desk: AtDesk, name: str) -> Response:
        if name not in LISTS:
            raise Refused("no-such-page", "there is no such page", status=404)
        cases = await waiting_in(desk, name)
        titles = await here.titles_of(desk, (one["case"] for one in cases))
        return desk.page("office/list.html", name=name, about=LISTS[name], cases=cases, titles=titles)

    return router
