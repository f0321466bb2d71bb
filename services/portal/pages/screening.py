"""Screening: the queue against the clock, and one appeal weighed, accepted, returned or asked about."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.policy.leading import who_leads
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.meanwhile import refuse_changed, seen
from services.portal.navigation import Place
from services.portal.pages import here
from services.portal.pages.callers import case_typed

PLACES: tuple[Place, ...] = (
    Place("/screening", "待甄别诉求", "To screen", frozenset({"screener"})),
    Place("/screening/repeats", "重复诉求", "Repeats", frozenset({"screener"})),
    Place("/screening/matters", "苗头性问题", "Recurring matters", frozenset({"screener"})),
)

AT_ONCE = 100
"""So many of a queue are looked at: it is worked from the top."""


async def with_due_times(desk: Desk, waiting: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with the clock that is due first, urgent ones first, then by the time that is left."""
    cases = list({row["case"]: None for row in waiting})
    clocks = await desk.post("deadline", "/clocks", {"cases": cases}) if cases else {}
    rows = [
        row | {"clock": next((c for c in clocks.get(row["case"], ()) if c["status"] == "running"), None)}
        for row in waiting
    ]
    return sorted(rows, key=lambda row: (not row["urgent"], row["clock"] is None, row["clock"] and row["clock"]["due"]))


async def queue_of(desk: Desk, stage: str = "screening") -> list[dict[str, Any]]:
    waiting = await desk.get("intake", f"/queue/{stage}", limit=AT_ONCE)
    return await with_due_times(desk, [row for row in waiting if here.runs(desk, row["scheme"])])


async def next_item(desk: Desk, after: str) -> str:
    """Where the screener goes on: the next of the queue, or the queue itself when it is empty."""
    rest = [row["case"] for row in await queue_of(desk) if row["case"] != after]
    return f"/screening/{rest[0]}" if rest else "/screening"


async def item_of(desk: Desk, case: str) -> dict[str, Any]:
    appeal, dossier, compared, alike, proposal = await asyncio.gather(
        desk.get("intake", f"/appeals/{case}"),
        desk.get("intake", f"/appeals/{case}/dossier"),
        desk.get("intake", f"/appeals/{case}/enterprise"),
        desk.get("intake", f"/appeals/{case}/similar"),
        desk.get("intake", f"/appeals/{case}/proposal"),
    )
    scheme = desk.scheme(appeal["scheme"])
    rows = await with_due_times(desk, [{"case": case, "urgent": appeal["urgent"]}])
    return {
        "case": case,
        "appeal": appeal,
        "dossier": dossier,
        "compared": compared,
        "alike": alike,
        "proposal": proposal,
        "seen": seen(appeal),
        "scheme": scheme,
        "level": proposed_level(desk, scheme, proposal["category"]),
        "words": desk.words(appeal["scheme"]),
        "clock": rows[0]["clock"],
        "districts": here.districts(desk, appeal["scheme"]),
        "units": here.units(desk, appeal["scheme"], *here.HANDLING),
    }


def proposed_level(desk: Desk, scheme: Scheme, category: str | None) -> str | None:
    """The only level; else the one of this government's departments, where one of them answers for the category."""
    if len(scheme.levels) == 1:
        return next(iter(scheme.levels))
    departments = [unit for unit in desk.office.directory.running(scheme.ref).place.units if unit.kind == "department"]
    if not any(category in unit.categories for unit in departments):
        return None
    holders = ((name, scheme.rung(level.rung).holder) for name, level in scheme.levels.items())
    return next((name for name, holder in holders if holder == "department"), None)


def proposed_form(desk: Desk, item: dict[str, Any]) -> Form:
    """What can be accepted by one look: the proposal, filled in."""
    known = dict(item["districts"])
    given = (item["dossier"]["district"], item["compared"]["registered_in"])
    return Form.filled(
        category=item["proposal"]["category"],
        district=next((code for code in given if code in known), None) or next(iter(known), None),
        level=item["level"],
        complexity=item["proposal"]["complexity"],
        urgent="yes" if item["appeal"]["urgent"] else "no",
    )


async def item_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    item = await item_of(desk, case)
    shown = form or proposed_form(desk, item)
    return desk.page("screening/item.html", form=shown, **item, **unit_proposed(desk, item, shown))


def unit_proposed(desk: Desk, item: dict[str, Any], form: Form) -> dict[str, Any]:
    """Who would lead, by the very rule that hands the case over, and why; or what is still to be said for that."""
    scheme = item["scheme"]
    category, district, level = form["category"], form["district"], form["level"]
    if category not in scheme.categories or level not in scheme.levels or not district:
        return {"unit": None, "unit_because": "incomplete"}
    view = desk.office.directory.running(scheme.ref)
    receiver = item["compared"]["receiver"] or ""
    try:
        unit = who_leads(
            scheme, view, level=level, category=category, district=district, named=form["lead"] or None,
            receiver=receiver,
        )  # fmt: skip
    except Refused:
        return {"unit": None, "unit_because": "nobody"}
    holder = scheme.rung(scheme.levels[level].rung).holder
    first_asked = scheme.first_asked_leads is not None and unit is not None and unit.unit == receiver
    because = "named" if form["lead"] else "first-asked" if first_asked else holder
    return {"unit": unit, "unit_because": because}


def accepted(form: Form) -> dict[str, Any]:
    """What was decided, as intake takes it."""
    body: dict[str, Any] = form.body("category", "district", "level", "lead", "override", "complexity")
    return body | {"co_handlers": form.every("co_handlers"), "urgent": form["urgent"] == "yes"}


def repeats_among(waiting: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Groups of waiting appeals that are linked with each other or with the same earlier one, the oldest first."""
    groups: list[tuple[set[str], list[dict[str, Any]]]] = []
    for row in waiting:
        about = {row["case"], *row["linked"]}
        touched = [group for group in groups if group[0] & about]
        groups = [group for group in groups if not group[0] & about]
        rows = [one for _, known in touched for one in known]
        groups.append((about.union(*(cases for cases, _ in touched)), [*rows, row]))
    found = [sorted(rows, key=lambda row: row["filed_at"]) for cases, rows in groups if len(cases) > 1]
    return sorted(found, key=len, reverse=True)


def routes() -> APIRouter:
    # What recurs concerns the office and the leaders too; the rest is refused to them by intake.
    router = APIRouter(prefix="/screening", dependencies=[desk_of("screener", "office", "leader")])

    @router.get("")
    async def queue(desk: AtDesk) -> Response:
        waiting, asked = await asyncio.gather(queue_of(desk), queue_of(desk, "supplement"))
        return desk.page("screening/queue.html", waiting=waiting, asked=asked)

    @router.post("/look-up")
    async def look_up(desk: AtDesk) -> Response:
        case = case_typed((await desk.form())["case"])
        try:
            await desk.get("intake", f"/appeals/{case}")
        except Refused as refused:
            if refused.status not in (404, 422):
                raise
            return desk.then("/screening", "没有这个受理编号，请核对", "There is no such number; check it")
        return desk.on(f"/screening/{case}")

    @router.get("/repeats")
    async def repeats(desk: AtDesk) -> Response:
        return desk.page("screening/repeats.html", groups=repeats_among(await queue_of(desk)))

    @router.post("/repeats")
    async def return_repeats(desk: AtDesk) -> Response:
        """Return what was ticked as repeating the case named; each by itself, so that one refusal stops no other."""
        form = await desk.form()
        body = {"reason": form["reason"], "explanation": form["explanation"], "duplicate_of": form["original"]}
        done, refusals = 0, dict[str, str]()
        for case in form.every("cases"):
            try:
                await desk.post("intake", f"/appeals/{case}/return", body, key=f"{form.once}:{case}")
                done += 1
            except Refused as refused:
                refusals[case] = desk.says(refused)
        if refusals or not done:
            form.trouble = "；".join(f"{case}：{says}" for case, says in refusals.items()) or desk.t(
                "请先勾选要退回的诉求", "Tick what is to be returned first"
            )
            groups = repeats_among(await queue_of(desk))
            return desk.page("screening/repeats.html", form=form, groups=groups, status=422)
        return desk.then(
            "/screening/repeats", f"已退回 {done} 件重复诉求，并与原件关联", f"{done} repeats returned and linked"
        )

    @router.get("/matters")
    async def matters(desk: AtDesk) -> Response:
        schemes = [scheme for scheme in here.schemes(desk) if scheme.recurring is not None]
        found = await asyncio.gather(*(desk.get("intake", "/matters", scheme=scheme.scheme) for scheme in schemes))
        rows = [row for listed in found for row in listed]
        return desk.page("screening/matters.html", matters=sorted(rows, key=lambda row: row["last"], reverse=True))

    @router.get("/matters/{number}")
    async def matter(desk: AtDesk, number: str) -> Response:
        known = await desk.get("intake", f"/matters/{number}")
        return desk.page("screening/matter.html", matter=known, words=desk.words(known["scheme"]))

    @router.get("/{case}")
    async def item(desk: AtDesk, case: CaseNumber) -> Response:
        return await item_page(desk, case)

    @router.get("/{case}/next")
    async def go_on(desk: AtDesk, case: CaseNumber) -> Response:
        """To the first in the queue but this one."""
        return desk.on(await next_item(desk, case))

    @router.post("/{case}/proposal")
    async def propose(desk: AtDesk, case: CaseNumber) -> Response:
        """Class and unit proposed anew for what the form says so far."""
        form = await desk.form()
        item = await item_of(desk, case)
        if form["category"] in item["scheme"].categories:
            several = len({*form.every("co_handlers"), form["lead"]} - {""})
            params = {"category": form["category"], "units": max(1, min(several, 20))}
            item["proposal"] |= await desk.get("intake", f"/appeals/{case}/proposal", **params)
        return desk.part("screening/proposal.html", **item, **unit_proposed(desk, item, form))

    async def decided(
        desk: Desk, case: str, path: str, body: Any, form: Form, says: tuple[str, str], needed: dict[str, str]
    ) -> Response:
        async def act() -> Response:
            refuse_changed(form, await desk.get("intake", f"/appeals/{case}"))
            await desk.post("intake", path, body, key=form.once)
            return desk.then(await next_item(desk, case), *says)

        return await desk.carry_out(form, act, lambda form: item_page(desk, case, form), needed=needed)

    @router.post("/{case}/acceptance")
    async def accept(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()
        needed = {
            "category": desk.t("请选择类别", "Choose the category"),
            "level": desk.t("请选择办理层级", "Choose the level"),
            "district": desk.t("请选择所在地区", "Choose the district"),
        }
        says = (f"{case} 已受理，下一件", f"{case} accepted; the next one")
        return await decided(desk, case, f"/appeals/{case}/acceptance", accepted(form), form, says, needed)

    @router.post("/{case}/return")
    async def give_back(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()
        body = form.body("reason", "explanation")
        if form["duplicate_of"]:
            body["duplicate_of"] = case_typed(form["duplicate_of"])
        needed = {
            "reason": desk.t("请选择退回理由", "Choose the reason"),
            "explanation": desk.t("请向企业说明", "Explain it to the enterprise"),
        }
        says = (f"{case} 已退回，下一件", f"{case} returned; the next one")
        return await decided(desk, case, f"/appeals/{case}/return", body, form, says, needed)

    @router.post("/{case}/supplement-request")
    async def ask(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()
        needed = {"text": desk.t("请写明需要企业补充什么", "Say what the enterprise is to add")}
        says = (f"{case} 已通知企业补正，时限中止，下一件", f"{case}: asked; the limit stands still; the next one")
        return await decided(desk, case, f"/appeals/{case}/supplement-request", form.body("text"), form, says, needed)

    @router.post("/{case}/class")
    async def reclassify(desk: AtDesk, case: CaseNumber) -> Response:
        """After acceptance: the matter proved simpler or harder (§3.25)."""
        form = await desk.form()

        async def act() -> Response:
            refuse_changed(form, await desk.get("intake", f"/appeals/{case}"))
            body = {"complexity": form["complexity"], "reason": form["why"]}
            await desk.post("routing", f"/cases/{case}/class", body, key=form.once)
            return desk.then(f"/screening/{case}", "分级已调整，时限随之重算", "Classed anew; its limits follow")

        needed = {
            "complexity": desk.t("请选择分级", "Choose the class"),
            "why": desk.t("请填写调整理由", "Give the reason"),
        }
        return await desk.carry_out(form, act, lambda form: item_page(desk, case, form), needed=needed)

    return router
