"""Discipline's own files: each enterprise's 不满意 traced back, and how well those served are served. Every look is kept,
so a file stays shut until somebody says that they open it."""

import asyncio

from fastapi import APIRouter, Depends, Response

from contracts.record import CaseNumber, ServedNumber
from libs.identity import Role
from libs.policy.refused import Refused
from libs.wording import Catalogue
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages.oversight import chosen, schemes

PLACES: tuple[Place, ...] = (
    Place("/inspection", "倒查案卷", "Inspection files", frozenset({"discipline"})),
    Place("/inspection/reports", "打击报复举报", "Reports of retaliation", frozenset({"discipline"})),
    Place("/inspection/coverage", "效能检查", "Efficiency checks", frozenset({"discipline"})),
    Place("/conduct", "作风举报", "Reports of conduct", frozenset({"conduct"})),
)


def only_for(desk: Desk, role: Role) -> None:
    """Raises `Refused` for everybody else: who is signed in hears the same as of what does not exist (404)."""
    if not desk.visitor.signed_in:
        raise Refused("not-signed-in", "sign in first", status=401)
    if role not in desk.visitor.roles:
        raise Refused("no-such-page", "there is no such page", status=404)


async def file_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    """The file, open; that it was opened is kept."""
    file = await desk.get("evaluation", f"/inspections/{case}")
    found = desk.options(Catalogue.load().codes["found"])
    return desk.page(
        "inspection/file.html", form=form, file=file, found_options=found, words=desk.words(file["scheme"])
    )


async def coverage_page(desk: Desk, ref: str, form: Form | None = None) -> Response:
    offered = [one for one in schemes(desk) if one.matrix]
    here = chosen(offered, ref)
    if here is None:
        return desk.page("inspection/coverage.html", form=form, offered=offered, here=None)
    covered, register = await asyncio.gather(
        desk.get("evaluation", "/coverage", scheme=here.ref),
        desk.get_or([], "intake", "/served", scheme=here.scheme, limit=500),
    )
    names = {one["served"]: one["name"] for one in register}
    items = sorted(covered["items"], key=lambda one: (one["checks"] > 0, one["unit"]))
    return desk.page(
        "inspection/coverage.html", form=form, offered=offered, here=here, covered=covered, items=items, names=names,
        words=desk.words(here.ref),
    )  # fmt: skip


def routes() -> APIRouter:

    async def theirs(desk: AtDesk) -> None:
        only_for(desk, "discipline")

    router = APIRouter(prefix="/inspection", dependencies=[Depends(theirs)])

    @router.get("")
    async def files(desk: AtDesk) -> Response:
        items = (await desk.get("evaluation", "/inspections", limit=100))["items"]
        items.sort(key=lambda one: one["closed_at"] is not None)
        return desk.page("inspection/files.html", items=items)

    @router.get("/files/{case}")
    async def door(desk: AtDesk, case: CaseNumber) -> Response:
        """Who looked into it so far; it is still shut."""
        looks = (await desk.get("evaluation", f"/inspections/{case}/looks"))["items"]
        return desk.page(
            "inspection/door.html", number=case, action=f"/inspection/files/{case}", looks=looks, back="/inspection"
        )

    @router.post("/files/{case}")
    async def open_file(desk: AtDesk, case: CaseNumber) -> Response:
        return await file_page(desk, case)

    @router.post("/files/{case}/findings")
    async def note(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post("evaluation", f"/inspections/{case}/findings", form.body("found", "text"), key=form.once)
            return desk.then(f"/inspection/files/{case}", "倒查结果已记入案卷", "The finding is in the file")

        needed = {
            "found": desk.t("请选择倒查结果", "Choose what was found"),
            "text": desk.t("请写明倒查情况", "Say what tracing back showed"),
        }
        return await desk.carry_out(form, act, lambda form: file_page(desk, case, form), needed=needed)

    @router.post("/files/{case}/closing")
    async def close(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post("evaluation", f"/inspections/{case}/closing", form.body("result"), key=form.once)
            return desk.then("/inspection", "案卷已办结", "The file is closed")

        needed = {"result": desk.t("请写明处理结果", "Say what came of it")}
        return await desk.carry_out(form, act, lambda form: file_page(desk, case, form), needed=needed)

    @router.get("/coverage")
    async def coverage(desk: AtDesk, scheme: str = "") -> Response:
        return await coverage_page(desk, scheme)

    @router.get("/coverage/{served}")
    async def checking(desk: AtDesk, served: ServedNumber) -> Response:
        return await check_page(desk, served)

    @router.post("/coverage/{served}")
    async def check(desk: AtDesk, served: ServedNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post("evaluation", f"/served/{served}/checks", form.body("findings"), key=form.once)
            return desk.then("/inspection/coverage", "效能检查已登记", "The check is on record")

        needed = {"findings": desk.t("请写明检查情况", "Say what the check found")}
        return await desk.carry_out(form, act, lambda form: check_page(desk, served, form), needed=needed)

    return router


async def check_page(desk: Desk, served: str, form: Form | None = None) -> Response:
    one = await desk.get("intake", f"/served/{served}")
    return desk.page(
        "inspection/check.html", form=form, served=served, name=one["name"], unit=one["unit"], words=desk.words()
    )
