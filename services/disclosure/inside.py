"""Figures for those who lead and look after the mechanisms, and the marks that go into the scores."""

import asyncio
import csv
import io
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.events import Month, PeriodKey
from contracts.record import Party
from libs.identity import Act
from libs.policy.directory import Directory
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from libs.service import Asked, Service, may
from libs.store import Collection
from services.disclosure.choice import own_of
from services.disclosure.counting import Counting
from services.disclosure.figures import Rate, count_within
from services.disclosure.ledger import BOM, cell
from services.disclosure.marks import EnterMarks, MonthOfMarks, marks_key
from services.disclosure.press import Library, whole, within
from services.disclosure.span import named
from services.disclosure.workings import Personnel, personnel, scores, workings

Mark = Annotated[int, Field(ge=0, le=100)]


class Marks(BaseModel):
    """`office` and `third_party`: of 100."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    scheme: str
    month: Month
    unit: Party
    office: Mark
    third_party: Mark


def routes(service: Service, directory: Directory, library: Library, months: Collection[MonthOfMarks]) -> APIRouter:
    router = APIRouter()
    counting = Counting()

    @router.post("/marks", dependencies=[may(Act.ENTER_MARKS)])
    async def enter_marks(ask: Asked, body: Marks) -> dict[str, Any]:
        """002-31: the office and a third party beside the enterprises."""
        scheme = own_of(service, ask, body.scheme)
        directory.unit(body.unit)
        command = EnterMarks(
            id=ask.id,
            at=ask.at,
            by=ask.caller.subject,
            unit=body.unit,
            office=body.office,
            third_party=body.third_party,
        )
        async with service.asked(ask, "enter-marks", case=""):
            key = marks_key(scheme.scheme, body.month)
            service.counted(await months.apply(key, command, lambda before: (), kind="asked"))
        return body.model_dump(mode="json")

    @router.get("/figures/{scheme}", dependencies=[may(Act.READ_FIGURES)])
    async def figures(ask: Asked, scheme: str, period: PeriodKey | None = None) -> dict[str, Any]:
        """All that a mechanism did, in a period or since it began; of years of cases as it was when last counted."""
        regulation = own_of(service, ask, scheme)
        mark = (library.changes + months.changes, day_of(service.clock.now()))
        return await counting.figures((regulation.ref, period), mark, lambda: counted(regulation, period))

    async def counted(regulation: Scheme, period: str | None) -> dict[str, Any]:
        turn, now = named(period) if period else None, service.clock.now()
        known = await library.known(regulation)
        did = await asyncio.to_thread(workings, known, regulation, when=within(turn), today=day_of(now))
        rates = await asyncio.to_thread(count_within, known.entries, turn=turn or whole(), scheme=regulation)
        body: dict[str, Any] = {"scheme": regulation.ref, "period": period, "counted_at": now}
        body["rates"] = rates.model_dump(mode="json")
        if turn:
            given = await library.marks(regulation, turn)
            body["scores"] = [score.model_dump(mode="json") for score in scores(rates, given, regulation)]
        return body | did.model_dump(mode="json")

    @router.get("/personnel.csv", dependencies=[may(Act.READ_PERSONNEL)])
    async def as_csv(ask: Asked, scheme: str, period: PeriodKey) -> Response:
        """For the personnel department: what each unit did in the period (002-34)."""
        regulation = own_of(service, ask, scheme)
        turn = named(period)
        known = await library.known(regulation)
        rates = count_within(known.entries, turn=turn, scheme=regulation)
        rows = personnel(known, rates, when=within(turn))
        headers = {"content-disposition": 'attachment; filename="personnel.csv"'}
        text = personnel_csv(rows, regulation, period, directory)
        return Response(text, media_type="text/csv; charset=utf-8", headers=headers)

    @router.get("/commitments/held", dependencies=[may(Act.READ_SUMMARY)])
    async def held(ask: Asked, scheme: str) -> dict[str, Any]:
        """Promises that are kept back from the public, and the kinds of what was found in them."""
        refs = library.versions(own_of(service, ask, scheme))
        found = [
            {"case": entry.case, "dispatch": dispatch, "unit": one.unit, "found": one.held}
            async for entry in library.entries.every({"keys.held": {"$in": refs}})
            for dispatch, one in entry.commitments.items()
            if one.held
        ]
        return {"held": found}

    return router


_COLUMNS = (
    "单位",
    "单位名称",
    "考核期",
    "按期履行责任",
    "逾期履行责任",
    "未履行责任",
    "办结件数",
    "按时办结率",
    "解决率",
    "主动评价满意率",
    "主动评价件数",
    "默认满意件数",
    "整改件数",
    "超期次数",
    "问责次数",
)


def personnel_csv(rows: Iterable[Personnel], scheme: Scheme, period: str, directory: Directory) -> str:
    """UTF-8 with a byte order mark; a rate of too small a sample says so instead of a number (§3.18)."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in rows:
        unit = directory.by_unit.get(row.unit)
        satisfied = row.satisfied if row.satisfied.among >= scheme.publication.minimum_sample else None
        counts = (row.met, row.late, row.missed, row.closed, _percent(row.on_time), _percent(row.resolved))
        rated = (_percent(satisfied) if satisfied else "样本不足", row.satisfied.among, row.defaulted)
        rest = (row.corrections, row.limits_missed, row.called_to_account)
        writer.writerow(
            [cell(str(value)) for value in (row.unit, unit.zh if unit else "", period, *counts, *rated, *rest)]
        )
    return out.getvalue()


def _percent(rate: Rate) -> str:
    return "" if rate.percent is None else f"{rate.percent}%"
