"""What can be asked of deadline over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

from contracts.record import CaseNumber, CaseOrSession
from libs.identity import MAY, Act, allow
from libs.policy.calendars import Calendars
from libs.policy.notice import YearNotice, parse_notice, render
from libs.policy.notice import parse as parse_file
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.service import Asked, Service, may
from libs.store import Collection
from services.deadline.calendars import NOTICES, Imported, ImportNotice, Outdated
from services.deadline.domain import Clock, Clocks, Measured
from services.deadline.limits import limit_of
from services.deadline.marks import Mark, concerns

MOST = 1000
"""More than any list has."""
DECIDED = {"zh": "按决定的期限", "en": "as decided"}


class PublishedNotice(BaseModel):
    """A notice as the State Council published it, pasted. `number`: where the text leaves it out."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    year: int
    number: str = ""
    url: str = ""


def _form(body: Any) -> str:
    return "text" if isinstance(body, PublishedNotice) or (isinstance(body, dict) and "text" in body) else "data"


Notice = Annotated[
    Annotated[PublishedNotice, Tag("text")] | Annotated[YearNotice, Tag("data")], Discriminator(_form), Body()
]


class Cases(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cases: Annotated[list[CaseOrSession], Field(max_length=MOST)]


def routes(
    service: Service,
    clocks: Collection[Clocks],
    imports: Collection[Imported],
    calendars: Calendars,
    outdated: Outdated,
) -> APIRouter:
    router = APIRouter()

    async def as_they_are() -> dict[str, Any]:
        known = [
            {"calendar": id, "version": calendar.version, "years": sorted(calendar.years)}
            for id, calendar in calendars.items()
        ]
        return {"calendars": known, "left": await outdated.left()}

    @router.get("/cases/{case}/clocks", dependencies=[may(Act.READ_CLOCKS)])
    async def show_clocks(case: CaseNumber, ask: Asked) -> list[dict[str, Any]]:
        """Every clock that was started in a case or session, the earliest first, then what was only measured; with the
        law that each rests on. A unit reads those of a case in which a limit runs or ran for it."""
        known = await clocks.get(case)
        mine = {clock.unit for clock in known.clocks} if known else set[str | None]()
        allow(ask.caller, Act.READ_CLOCKS, unit=ask.caller.unit if ask.caller.unit in mine else "")
        if known is None or not (known.clocks or known.measured) or not service.sees(ask.caller, known.scheme):
            raise Refused("no-such-case", "no clock was ever started in such a case", status=404)
        scheme = service.schemes[known.scheme]
        return [shown(clock, known.marks, scheme) for clock in known.clocks] + [
            shown_measured(measured, scheme) for measured in known.measured
        ]

    @router.post("/clocks", dependencies=[may(Act.READ_DUE_TIMES)])
    async def of_many(ask: Asked, asked: Cases) -> dict[str, list[dict[str, Any]]]:
        """For a page of a list: the open clocks of each case or session, the first due one first. What has no open clock,
        or is not theirs to see, has an empty list."""
        unit = (ask.caller.unit or "") if ask.caller.roles & MAY[Act.READ_DUE_TIMES] == {"unit"} else None
        found = await clocks.find({"_id": {"$in": sorted(set(asked.cases))}}, limit=MOST)
        known = {one.case: one for one in found if service.sees(ask.caller, one.scheme)}
        return {case: _open(known.get(case), unit) for case in asked.cases}

    @router.get("/days/{scheme}/{day}", dependencies=[may(Act.READ_CALENDAR)])
    async def show_day(scheme: str, day: date, ask: Asked) -> dict[str, Any]:
        """Whether a day is worked by the calendar of a scheme (its name or a version of it), and whether a notice still
        to come may change that."""
        versions = [one for ref, one in service.schemes.items() if scheme in (ref, one.scheme)]
        if not versions:
            raise Refused("unknown-scheme", f"there is no scheme {scheme!r}", status=404)
        calendar = calendars[versions[-1].calendar]
        return {"working": calendar.is_working_day(day), "provisional": calendar.is_provisional(day)}

    @router.get("/calendars", dependencies=[may(Act.READ_CALENDAR)])
    async def show_calendars(ask: Asked) -> dict[str, Any]:
        """The calendars in use, and in how many cases clocks are still to be recounted by them."""
        return await as_they_are()

    @router.get("/notices", dependencies=[may(Act.READ_NOTICES)])
    async def show_notices(ask: Asked) -> list[str]:
        """Every notice imported until now, as a calendar file would hold it: for the services that count days too."""
        return [imported.file for imported in await imports.find({}, limit=NOTICES)]

    @router.get("/calendars/{calendar}/{year}", dependencies=[may(Act.READ_CLOCKS)])
    async def show_year(ask: Asked, calendar: str, year: Annotated[int, Path(ge=1950, le=2200)]) -> dict[str, Any]:
        """The days of a year that notices set apart, by date. `official`: every notice that the year rests on is out."""
        if calendar not in calendars:
            raise Refused("unknown-calendar", f"no scheme counts by a calendar {calendar!r}", status=404)
        known = calendars[calendar]
        days = {
            day.isoformat(): {"working": special.working, "name": special.name}
            for day, special in sorted(known.special.items())
            if day.year == year
        }
        return {"calendar": calendar, "year": year, "official": year in known.years, "days": days}

    @router.post("/calendars", status_code=202, dependencies=[may(Act.IMPORT_CALENDAR)])
    async def import_notice(notice: Notice, ask: Asked) -> dict[str, Any]:
        """Take in a year's official notice; what runs is recounted from now on, page by page: `left` tells how many
        cases are still to come, and `GET /calendars` tells it again. A later notice for the same year replaces it."""
        arranged = read(notice)
        try:
            calendars.check(arranged)
        except ValueError as error:
            raise Refused("notice-contradicts", str(error), field="notice") from None
        key = f"{arranged.calendar}.{arranged.year}"
        command = ImportNotice(id=ask.id, at=ask.at, by=ask.caller.subject, file=render(arranged))
        async with service.asked(ask, command.type, case=""):
            applied = service.counted(await imports.apply(key, command, lambda imported: (), kind="asked"))
        calendars.take_in([parse_file(applied.state.file)])
        return {"imported": key, **await as_they_are()}

    return router


def read(notice: PublishedNotice | YearNotice) -> YearNotice:
    """The notice, however it was given. Raises `Refused` (422) where it is not understood, or not official yet."""
    if isinstance(notice, PublishedNotice):
        try:
            notice = parse_notice(notice.text, notice.year, number=notice.number, url=notice.url)
        except ValueError as error:
            raise Refused("notice-not-understood", str(error), field="text", status=422) from None
    if doubts := notice.doubts():
        raise Refused("notice-not-official", "; ".join(doubts), status=422)
    return notice


def _open(case: Clocks | None, unit: str | None) -> list[dict[str, Any]]:
    """A unit is told of the cases in which a limit was ever set to it."""
    if case is None or (unit is not None and all(clock.unit != unit for clock in case.clocks)):
        return []
    return [in_a_list(clock) for clock in sorted(case.running, key=_urgency)]


def _urgency(clock: Clock) -> tuple[bool, datetime]:
    return clock.paused, clock.due


def in_a_list(clock: Clock) -> dict[str, Any]:
    """What a list needs of a clock; its law is told case by case."""
    return {
        "clock": clock.name,
        "of": clock.of,
        "unit": clock.unit,
        "due": clock.due,
        "status": clock.status,
        "provisional": clock.provisional,
    }


def shown(clock: Clock, marks: tuple[Mark, ...], scheme: Scheme) -> dict[str, Any]:
    """A clock as people read it."""
    rule = scheme.clocks[clock.name]
    start = next(mark for mark in marks if mark.id == clock.start)
    about = [mark for mark in marks if concerns(mark, start)]
    limit = limit_of(clock.name, rule, start, about, clock.stopped)
    period = limit and limit.period
    return {
        "clock": clock.name,
        "of": clock.of,
        "unit": clock.unit,
        "started": clock.since,
        "due": clock.due,
        "provisional": clock.provisional,
        "calendar": clock.calendar,
        "status": clock.status,
        "missed": clock.due if clock.ran_out else None,
        "stopped": clock.stopped,
        "granted": limit.granted if limit else 0,
        "within": {"zh": period.zh, "en": period.en} if period else DECIDED,
        "law": _law(clock.name, scheme),
    }


def shown_measured(measured: Measured, scheme: Scheme) -> dict[str, Any]:
    """What has no limit, as people read it (§3.19)."""
    return {
        "clock": measured.name,
        "of": measured.of,
        "unit": measured.unit,
        "started": measured.since,
        "status": "measured",
        "seconds": measured.seconds,
        "law": _law(measured.name, scheme),
    }


def _law(clock: str, scheme: Scheme) -> dict[str, Any]:
    return {"number": scheme.law.number, "article": scheme.clocks[clock].law, **scheme.title.model_dump()}
