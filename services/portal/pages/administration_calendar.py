"""Working days: a year at a glance, and the State Council's notice pasted, understood, looked at, then taken in."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from libs.identity import Act, allow
from libs.policy.calendar import NATIONAL
from libs.policy.notice import YearNotice, parse_notice
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.year import laid_out, working_days

HERE = "/admin/calendar"
_TITLE = re.compile(r"关于\s*(\d{4})\s*年\s*部分节假日安排")
_CALENDAR = r"^[a-z0-9-]{2,12}$"


def understood(form: Form) -> YearNotice:
    """The notice as it was typed. Raises `Refused` (422) naming the field."""
    found = _TITLE.search(form["text"])
    year = form["year"] or (found[1] if found else "")
    if not re.fullmatch(r"(19|20|21)\d\d", year):
        raise Refused("notice-year", "say for which year the notice is", field="year", status=422)
    try:
        notice = parse_notice(form["text"], int(year), number=form["number"], url=form["url"])
    except ValueError as error:
        raise Refused("notice-not-understood", str(error), field="text", status=422) from None
    if doubts := notice.doubts():
        field = "number" if not notice.papers[0].number else "text"
        raise Refused("notice-not-official", "; ".join(doubts), field=field, status=422)
    return notice


async def year_page(desk: Desk, year: int, calendar: str = NATIONAL, form: Form | None = None) -> Response:
    known = await desk.get("deadline", "/calendars")
    shown = await desk.get("deadline", f"/calendars/{calendar}/{year}")
    return desk.page(
        "administration/calendar.html",
        form=form,
        year=year,
        calendar=calendar,
        calendars=known["calendars"],
        left=known["left"],
        official=shown["official"],
        months=laid_out(year, shown["days"]),
        worked=working_days(year, shown["days"]),
    )


def routes() -> APIRouter:
    router = APIRouter(prefix=HERE)

    @router.get("")
    async def show(
        desk: AtDesk,
        year: Annotated[int | None, Query(ge=1950, le=2200)] = None,
        calendar: Annotated[str, Query(pattern=_CALENDAR)] = NATIONAL,
    ) -> Response:
        allow(desk.caller(), Act.IMPORT_CALENDAR)
        return await year_page(desk, year or desk.today.year, calendar)

    @router.post("/preview")
    async def preview(desk: AtDesk) -> Response:
        """What the notice would do, before it does."""
        form = await desk.form()

        async def act() -> Response:
            allow(desk.caller(), Act.IMPORT_CALENDAR)
            notice = understood(form)
            special = {day.isoformat(): {"working": s.working, "name": s.name} for day, s in notice.days().items()}
            now = await desk.get("deadline", f"/calendars/{NATIONAL}/{notice.year}")
            return desk.page(
                "administration/calendar_preview.html",
                form=form,
                notice=notice,
                months=laid_out(notice.year, special),
                worked=working_days(notice.year, special),
                off=sum(not day["working"] for day in special.values()),
                replaces=now["official"],
                changed=changed(now["days"], special, notice.year) if now["official"] else [],
            )

        return await _carry_out(desk, form, act)

    @router.post("")
    async def take_in(desk: AtDesk) -> Response:
        form = await desk.form()

        async def act() -> Response:
            notice = understood(form)
            body = {"year": notice.year, "text": form["text"], **form.body("number", "url")}
            done = await desk.post("deadline", "/calendars", body, key=form.once)
            return desk.then(
                f"{HERE}?year={notice.year}",
                f"已导入 {notice.year} 年安排；还有 {done['left']} 件诉求的时限正在按新日历重算",
                f"The notice for {notice.year} is in; the limits of {done['left']} cases are being counted anew",
            )

        return await _carry_out(desk, form, act)

    return router


def changed(before: dict[str, Any], after: dict[str, Any], year: int) -> list[tuple[str, Any, Any]]:
    """The days that would be otherwise than they are now: day, how it is, how it would be; None for a plain one."""
    days = sorted(day for day in {*before, *after} if day.startswith(str(year)))
    return [(d, before.get(d), after.get(d)) for d in days if _worked(before.get(d)) != _worked(after.get(d))]


def _worked(day: Any) -> bool | None:
    return day and day["working"]


async def _carry_out(desk: Desk, form: Form, act: Any) -> Response:
    async def again(form: Form) -> Response:
        allow(desk.caller(), Act.IMPORT_CALENDAR)
        year = int(form["year"]) if re.fullmatch(r"(19[5-9]|20|21)\d{1,2}", form["year"]) else desk.today.year
        return await year_page(desk, year, form=form)

    needed = {"text": desk.t("请粘贴通知全文", "Paste the notice")}
    return await desk.carry_out(form, act, again, needed=needed, fields=("text", "year", "number", "url"))
