"""Protected reports: retaliation for discipline, conduct for 作风办. Their words are intake's, their state evaluation's;
opening one is a look that both keep."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, Response

from contracts.record import ReportNumber
from libs.identity import Role, same_person
from libs.policy.refused import Refused
from libs.routes import answer
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages.inspection import only_for
from services.portal.pages.oversight import shown


@dataclass(frozen=True)
class Track:
    """`home`: where its people find it."""

    track: str
    home: str
    role: Role
    zh: str
    en: str


RETALIATION = Track("retaliation", "/inspection/reports", "discipline", "打击报复举报", "Reports of retaliation")
CONDUCT = Track("conduct", "/conduct", "conduct", "作风举报", "Reports of conduct")


async def report_page(desk: Desk, track: Track, report: str, form: Form | None = None) -> Response:
    """The report, open; both services keep that it was."""
    state = await _of_track(desk, track, report)
    made = await desk.get("intake", f"/reports/{report}")
    exposure = state["exposure"]
    own = bool(exposure) and same_person(exposure["proposed_by"], desk.visitor.subject)
    return desk.page(
        "inspection/report.html", form=form, track=track, report=report, made=made, state=state, own=own,
        words=desk.words(state["scheme"]),
    )  # fmt: skip


async def _of_track(desk: Desk, track: Track, report: str) -> dict[str, Any]:
    state = await desk.get("evaluation", f"/reports/{report}")
    if state["track"] != track.track:
        raise Refused("no-such-report", "there is no such report for you", status=404)
    return state


def of_track(track: Track) -> APIRouter:
    """The pages of one track's people."""

    async def theirs(desk: AtDesk) -> None:
        only_for(desk, track.role)

    router = APIRouter(prefix=track.home, dependencies=[Depends(theirs)])

    @router.get("")
    async def reports(desk: AtDesk) -> Response:
        items = (await desk.get("evaluation", "/reports", track=track.track, limit=100))["items"]
        items.sort(key=lambda one: one["confirmed"] is not None)
        return desk.page("inspection/reports.html", track=track, items=items)

    @router.get("/{report}")
    async def door(desk: AtDesk, report: ReportNumber) -> Response:
        """Who looked at it so far; it is still shut."""
        of_state, of_words = await asyncio.gather(
            desk.get("evaluation", f"/reports/{report}/looks"), desk.get("intake", f"/reports/{report}/looks")
        )
        looks = sorted([*of_state["items"], *of_words], key=lambda look: look["at"])
        seen = {(look["by"], look["at"][:16]): look for look in looks}
        return desk.page(
            "inspection/door.html",
            title=(track.zh, track.en),
            number=report,
            action=f"{track.home}/{report}",
            looks=list(seen.values()),
            back=track.home,
        )

    @router.post("/{report}")
    async def open_report(desk: AtDesk, report: ReportNumber) -> Response:
        return await report_page(desk, track, report)

    async def asked(desk: Desk, report: str, what: str, body: dict[str, object], form: Form, told: tuple[str, str],
                    needed: dict[str, str]) -> Response:  # fmt: skip
        async def act() -> Response:
            await desk.post("evaluation", f"/reports/{report}/{what}", body, key=form.once)
            return desk.then(f"{track.home}/{report}", *told)

        return await desk.carry_out(form, act, lambda form: report_page(desk, track, report, form), needed=needed)

    @router.post("/{report}/verification")
    async def verify(desk: AtDesk, report: ReportNumber) -> Response:
        form = await desk.form()
        needed = {
            "confirmed": desk.t("请选择核实结论", "Choose what it came to"),
            "note": desk.t("请写明核实情况", "Say what looking into it showed"),
        }
        body: dict[str, object] = {"confirmed": form["confirmed"] == "yes", "note": form["note"]}
        return await asked(
            desk, report, "verification", body, form, ("核实情况已记录", "What was found is on record"), needed
        )

    @router.post("/{report}/conclusion")
    async def conclude(desk: AtDesk, report: ReportNumber) -> Response:
        form = await desk.form()
        needed = {"result": desk.t("请写明查处结果", "Say what was done about it")}
        told = ("举报已办结", "The report is concluded")
        return await asked(desk, report, "conclusion", {"result": form["result"]}, form, told, needed)

    if track is CONDUCT:

        @router.post("/{report}/exposure")
        async def propose_exposure(desk: AtDesk, report: ReportNumber) -> Response:
            form = await desk.form()
            needed = {"text": desk.t("请写明拟曝光的文字", "Write the words for the public")}
            told = ("已提出曝光建议，由他人审批", "Proposed; somebody else approves")
            return await asked(desk, report, "exposure", {"text": form["text"]}, form, told, needed)

        @router.post("/{report}/exposure/approval")
        async def decide_exposure(desk: AtDesk, report: ReportNumber) -> Response:
            form = await desk.form()
            approve = form["approve"] == "yes"
            told = ("已批准曝光", "The exposure is approved") if approve else ("未批准曝光", "The exposure is refused")
            return await asked(desk, report, "exposure/approval", {"approve": approve}, form, told, {})

    return router


async def exposure_page(desk: Desk, report: str, form: Form | None = None) -> Response:
    waiting = await desk.get("evaluation", f"/reports/{report}/exposure")
    return shown(desk, "exposure", form=form, waiting=waiting)


def for_leaders() -> APIRouter:
    """A leader, who was told a report's number, decides on the words for the public, and sees nothing else of it."""

    async def theirs(desk: AtDesk) -> None:
        only_for(desk, "leader")

    router = APIRouter(prefix="/supervision/exposures", dependencies=[Depends(theirs)])

    @router.get("")
    async def ask(desk: AtDesk) -> Response:
        return shown(desk, "exposures")

    @router.post("")
    async def find(desk: AtDesk) -> Response:
        form = await desk.form()

        async def again(form: Form) -> Response:
            return shown(desk, "exposures", form=form)

        async def act() -> Response:
            report = form["report"].upper()
            try:
                return await exposure_page(desk, report)
            except Refused as refused:
                detail = "no exposure waits for you under this number"
                raise Refused("no-such-exposure", detail, field="report", status=422) from refused

        return await desk.carry_out(
            form, act, again, needed={"report": desk.t("请填写举报编号", "Give the report's number")}
        )

    @router.post("/{report}")
    async def decide(desk: AtDesk, report: ReportNumber) -> Response:
        form = await desk.form()
        approve = form["approve"] == "yes"

        async def act() -> Response:
            await desk.post("evaluation", f"/reports/{report}/exposure/approval", {"approve": approve}, key=form.once)
            if approve:
                return desk.then("/supervision/exposures", "已批准曝光", "The exposure is approved")
            return desk.then("/supervision/exposures", "未批准曝光", "The exposure is refused")

        return await desk.carry_out(form, act, lambda form: exposure_page(desk, report, form))

    return router


def routes() -> APIRouter:
    router = APIRouter()
    answer(router, of_track(RETALIATION), of_track(CONDUCT), for_leaders())
    return router
