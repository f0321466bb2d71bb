"""Operations, for whoever is on call: the flow now, what is stuck, the newest errors. A case's path and dead letters have
modules of their own."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from contracts.catalogue import SERVICES
from libs.identity import Role
from libs.languages import Lang
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.flow import Watched, length, name_of, troubles
from services.portal.navigation import Place
from services.portal.peers import Unreachable
from services.portal.traces import newest_errors, receiver_of

OPS: frozenset[Role] = frozenset({"ops"})
PLACES: tuple[Place, ...] = (
    Place("/operations", "运行状态", "Flow", OPS),
    Place("/operations/cases", "诉求链路", "A case's path", OPS),
    Place("/operations/dead", "死信", "Dead letters", OPS),
    Place("/operations/quarantine", "隔离区", "Quarantine", OPS),
    Place("/operations/stuck", "卡住的工作", "Stuck", OPS),
    Place("/operations/errors", "错误", "Errors", OPS),
)

WHAT_IS_STUCK: dict[str, tuple[str, str, str, str]] = {
    "due-work": (
        "到期工作反复失败", "due work that keeps failing",
        "系统会继续尝试；同一原因很多件时，先看错误和所依赖的服务。",
        "It is tried again; if many share a reason, look at the errors and at the service it depends on.",
    ),
    "unsent": (
        "消息没有发出", "facts that did not leave",
        "看消息中间件；恢复后自动补发。", "Look at the broker; they leave by themselves once it is back.",
    ),
    "letter": (
        "通知没有送达", "letters that do not arrive",
        "看短信、邮件服务商；原因是号码不对时，请联系该单位更正。",
        "Look at the provider; where the number is wrong, ask the unit to mend its contact.",
    ),
    "call": ("等人打电话", "calls nobody made", "提醒热线话务员。", "Remind the hotline."),
    "quarantine": (
        "外部消息被拒收", "refused messages from outside",
        "看隔离区里的原因，通知对方系统改正。", "See the reason in quarantine and tell the other system.",
    ),
}  # fmt: skip
"""Per kind: what it is called, and what to do; Chinese and English in turn."""


async def from_all(desk: Desk, path: str, **params: Any) -> tuple[list[tuple[str, Any]], list[str]]:
    """What each service tells there, and which do not answer."""
    answers = await asyncio.gather(*(desk.get_or(None, service, path, **params) for service in SERVICES))
    told = list(zip(SERVICES, answers, strict=True))
    return [(name, answer) for name, answer in told if answer is not None], [n for n, a in told if a is None]


def shown(desk: Desk) -> dict[str, Any]:
    """What every page of operations says things with."""
    words = desk.words()
    return {
        "words": words,
        "name_of": lambda service: name_of(service, desk.lang),
        "length": lambda seconds: length(seconds, words),
    }


def event_name(desk: Desk, type: str) -> str:
    """What is said of an event, without its codes; the type itself where nobody says anything."""
    try:
        return desk.words().sentence(type, {})
    except KeyError:
        return type


def routes() -> APIRouter:
    router = APIRouter(prefix="/operations", dependencies=[desk_of("ops")])

    @router.get("")
    async def flow(desk: AtDesk) -> Response:
        flows = dict((await from_all(desk, "/flow"))[0])
        found = [Watched(service, flows.get(service)) for service in SERVICES]
        return desk.page("operations/flow.html", services=found, troubles=troubles(found), **shown(desk))

    @router.get("/stuck")
    async def stuck(desk: AtDesk) -> Response:
        told, silent = await from_all(desk, "/stuck")
        rows = [{"service": service, **row} for service, found in told for row in found]
        rows.sort(key=lambda row: row["since"] or "")
        at = 0 if desk.lang is Lang.ZH else 1
        kinds = {kind: (said[at], said[at + 2]) for kind, said in WHAT_IS_STUCK.items()}
        return desk.page("operations/stuck.html", rows=rows, silent=silent, kinds=kinds, **shown(desk))

    @router.get("/errors")
    async def errors(desk: AtDesk) -> Response:
        spans: list[dict[str, Any]] | None = None
        if receiver_of(desk):
            try:
                spans = await newest_errors(desk)
            except Unreachable:
                spans = None
        return desk.page("operations/errors.html", spans=spans, elsewhere=not receiver_of(desk), **shown(desk))

    return router
