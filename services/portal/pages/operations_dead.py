"""Messages that somebody has to decide on: dead letters of the services, and what the gateway refused from outside."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from contracts.catalogue import SERVICES
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages.operations import event_name, from_all, shown

AT_ONCE = 1000
FEW = 100


def known(service: str) -> str:
    """The service. Raises `Refused` (404) when there is none of this name."""
    if service not in SERVICES:
        raise Refused("no-such-letter", f"there is no service {service!r}", status=404)
    return service


async def all_dead(desk: Desk, form: Form | None = None) -> Response:
    told, silent = await from_all(desk, "/dead", limit=AT_ONCE)
    rows = [{"service": service, **letter} for service, parked in told for letter in parked["letters"]]
    groups: dict[tuple[str, str], int] = {}
    for row in rows:
        if not row["type"]:
            continue  # Without a type "all of a type" would be all.
        groups[row["service"], row["type"]] = groups.get((row["service"], row["type"]), 0) + 1
    return desk.page(
        "operations/dead.html",
        form=form,
        rows=rows,
        groups=groups,
        count=sum(parked["count"] for _, parked in told),
        silent=silent,
        event_name=lambda type: event_name(desk, type),
        **shown(desk),
    )


async def one_dead(desk: Desk, service: str, id: str, form: Form | None = None) -> Response:
    letter = await desk.get(known(service), f"/dead/{quote(id, safe='')}")
    return desk.page(
        "operations/dead_letter.html",
        form=form,
        service=service,
        letter=letter,
        event_name=lambda type: event_name(desk, type),
        **shown(desk),
    )


def routes() -> APIRouter:
    router = APIRouter(prefix="/operations", dependencies=[desk_of("ops")])
    _add_dead(router)
    _add_settling(router)
    _add_quarantine(router)
    return router


def _add_dead(router: APIRouter) -> None:
    @router.get("/dead")
    async def dead(desk: AtDesk) -> Response:
        return await all_dead(desk)

    @router.get("/dead/discarded")
    async def discarded(desk: AtDesk) -> Response:
        told, silent = await from_all(desk, "/dead/discarded", limit=FEW)
        rows = [{"service": service, **row} for service, found in told for row in found]
        rows.sort(key=lambda row: row["at"], reverse=True)
        return desk.page(
            "operations/discarded.html",
            rows=rows,
            silent=silent,
            event_name=lambda type: event_name(desk, type),
            **shown(desk),
        )

    @router.post("/dead/replay")
    async def replay_all(desk: AtDesk) -> Response:
        """All of a type at one service."""
        form = await desk.form()

        async def act() -> Response:
            if not form["type"]:
                raise Refused("no-such-letter", "name the type that is to be replayed", status=404)
            wanted = {"type": form["type"]}
            done = await desk.post(known(form["service"]), "/dead/replay", wanted, key=form.once)
            if kept := done["kept"]:
                return desk.then(
                    "/operations/dead",
                    f"已重放 {done['replayed']} 条；{len(kept)} 条留下：{kept[0]['detail']}",
                    f"{done['replayed']} replayed; {len(kept)} stay: {kept[0]['detail']}",
                )
            return desk.then(
                "/operations/dead",
                f"已重放 {done['replayed']} 条，两秒后到达；又失败的会回到这里",
                f"{done['replayed']} replayed; they arrive two seconds later, and come back here if they fail again",
            )

        return await desk.carry_out(form, act, lambda form: all_dead(desk, form))

    @router.get("/dead/{service}/{id:path}")
    async def show(desk: AtDesk, service: str, id: str) -> Response:
        return await one_dead(desk, service, id)


def _add_settling(router: APIRouter) -> None:
    @router.post("/dead/{service}/{id:path}/replay")
    async def replay(desk: AtDesk, service: str, id: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post(known(service), f"/dead/{quote(id, safe='')}/replay", key=form.once)
            return desk.then(
                "/operations/dead",
                "已重放，两秒后到达；如果又失败会回到这里",
                "Replayed; it arrives two seconds later, and comes back here if it fails again",
            )

        return await desk.carry_out(form, act, lambda form: one_dead(desk, service, id, form))

    @router.post("/dead/{service}/{id:path}/discard")
    async def discard(desk: AtDesk, service: str, id: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            if len(form["reason"]) < 2:
                raise Refused("too-short", "say in a few words why nobody needs it", field="reason", status=422)
            await desk.post(known(service), f"/dead/{quote(id, safe='')}/discard", form.body("reason"), key=form.once)
            return desk.then("/operations/dead", "已丢弃，记录了是谁、为什么", "Discarded; who did it and why is kept")

        needed = {"reason": desk.t("请写明为什么没人再需要它", "Say why nobody needs it any more")}
        return await desk.carry_out(
            form, act, lambda form: one_dead(desk, service, id, form), needed=needed, fields=("reason",)
        )


def _add_quarantine(router: APIRouter) -> None:
    async def message_page(desk: Desk, id: str, form: Form | None = None) -> Response:
        message: dict[str, Any] = await desk.get("gateway", f"/quarantine/{quote(id, safe='')}")
        return desk.page("operations/refused_message.html", form=form, message=message, **shown(desk))

    @router.get("/quarantine")
    async def quarantine(desk: AtDesk) -> Response:
        return desk.page("operations/quarantine.html", messages=await desk.get("gateway", "/quarantine"), **shown(desk))

    @router.get("/quarantine/{id:path}")
    async def one(desk: AtDesk, id: str) -> Response:
        return await message_page(desk, id)

    @router.post("/quarantine/{id:path}/replay")
    async def judge_again(desk: AtDesk, id: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            message = await desk.post("gateway", f"/quarantine/{quote(id, safe='')}/replay", key=form.once)
            if message["outcome"] == "taken":
                return desk.then(
                    "/operations/quarantine",
                    "这次收下了，并已答复对方系统",
                    "Taken this time; its sender has the new answer",
                )
            return desk.then(
                f"/operations/quarantine/{quote(id, safe='')}",
                "仍被拒收，已把新的答复发给对方系统",
                "Refused once more; its sender has the new answer",
            )

        return await desk.carry_out(form, act, lambda form: message_page(desk, id, form))
