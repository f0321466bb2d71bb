"""What can be asked of disclosure over HTTP: summaries by the office and leaders, the ledger by anybody."""

import asyncio
import json
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts.events import Month
from libs.identity import Act
from libs.policy.calendar import Calendar
from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of, midnight
from libs.service import Asked, Service, may
from libs.store import Collection
from services.disclosure import ledger, summary
from services.disclosure.answered import answered
from services.disclosure.choice import Schemes, one_of, own_of, several_of
from services.disclosure.domain import Entry, Shelf, place, shelf, shown, summary_key
from services.disclosure.ledger import Row
from services.disclosure.searching import matching
from services.disclosure.summary import Approve, Draft, Summary, publish_by

Limit = Annotated[int, Query(ge=1, le=100)]
SEARCHED = 50
DAY = len("2026-01-01")
AFTER_ALL = "~"
"""Greater than any place in the ledger."""
EntryNumber = Annotated[str, StringConstraints(pattern=r"^GK-[0-9A-HJKMNP-TV-Z]{16}$")]
Cursor = Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}:GK-[0-9A-HJKMNP-TV-Z]{16}$")]


class Approval(BaseModel):
    """`leader`: the person who approves, by name. `version`: the draft that was read, where it shall be no other."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    leader: Annotated[str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
    scheme: str | None = None
    version: int | None = None


class Search(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    text: Annotated[str, StringConstraints(min_length=2, max_length=50, strip_whitespace=True)]
    scheme: str | None = None


def routes(
    service: Service,
    directory: Directory,
    entries: Collection[Entry],
    summaries: Collection[Summary],
    calendars: Mapping[str, Calendar],
) -> APIRouter:
    router = APIRouter()
    scheme_of, chosen = partial(one_of, service.schemes), partial(several_of, service.schemes, directory)

    async def found(month: str, scheme: Scheme) -> Summary:
        known = await summaries.get(summary_key(scheme.ref, month))
        if known is None:
            raise Refused("no-such-summary", "nothing ended or was rated in this month", status=404)
        return known

    @router.get("/summaries", dependencies=[may(Act.READ_SUMMARY)])
    async def months(ask: Asked, limit: Limit = 24) -> dict[str, Any]:
        """The months of the caller's level of government, the latest first: which draft waits, which is public."""
        where: dict[str, Any] = {"keys.month": {"$gt": ""}}
        known = await summaries.find(where, sort="keys.month", down=True, limit=limit, only=service.seen_by(ask.caller))
        return {"summaries": [_in_a_list(one, service.schemes, calendars) for one in known]}

    @router.get("/summaries/{month}", dependencies=[may(Act.READ_SUMMARY)])
    async def read(month: Month, ask: Asked, scheme: str | None = None) -> dict[str, Any]:
        """The month with what waits for approval, what is public, and what is held back and why."""
        regulation = own_of(service, ask, scheme)
        known = await found(month, regulation)
        last_day = publish_by(regulation, month=month, calendar=calendars[regulation.calendar])
        body = known.model_dump(mode="json", include={"scheme", "month", "waiting", "public", "approval", "revised_on"})
        return body | {"publish_by": last_day, "still_to_publish": len(known.unpublished)}

    @router.get("/summaries/{month}/entries", dependencies=[may(Act.READ_SUMMARY)])
    async def read_entries(
        month: Month,
        ask: Asked,
        scheme: str | None = None,
        limit: Limit = 50,
        skip: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        """The entries of the draft that waits, else of the public one, as the public would read them."""
        known = await found(month, own_of(service, ask, scheme))
        draft = known.waiting or known.public
        cases = draft.content.entries[skip : skip + limit] if draft else ()
        states = [await entries.get(case) for case in cases]
        return {"entries": [shown(entry, service.schemes[entry.scheme]) for entry in states if entry]}

    @router.post("/summaries/{month}/approval", dependencies=[may(Act.APPROVE_SUMMARY)])
    async def approve(month: Month, approval: Approval, ask: Asked) -> dict[str, Any]:
        """A named leader lets the draft come before the public."""
        key = summary_key(own_of(service, ask, approval.scheme).ref, month)
        command = Approve(id=ask.id, at=ask.at, by=ask.caller.subject, leader=approval.leader, version=approval.version)
        async with service.asked(ask, "approve", case=""):
            decide = partial(summary.approve, command=command, now=ask.at)
            applied = service.counted(await summaries.apply(key, command, decide, kind="asked"))
        public = applied.state.public
        assert public is not None
        return {"month": month, "version": public.version, "entries": len(public.content.entries)}

    @router.get("/summaries/{month}/public")
    async def read_public(month: Month, request: Request, scheme: str | None = None) -> Response:
        """The month as it was approved; entries held back are only counted."""
        regulation = scheme_of(scheme)
        known = await found(month, regulation)
        if known.public is None or known.approval is None:
            raise Refused("no-such-summary", "this month's summary is not public", status=404)
        return answered(
            request, PublicSummary.of(known, known.public, regulation).model_dump_json(), "application/json"
        )

    async def published(
        schemes: Schemes, month: str | None, before: str | None, limit: int
    ) -> tuple[list[Row], str | None]:
        """A page of published entries of these schemes, the newest first, and the cursor of the next page."""
        among = list(schemes) if len(schemes) < len(service.schemes) else [None]
        found = await asyncio.gather(*(newest(shelf(one, month), before, limit + 1) for one in among))
        states = sorted((one for some in found for one in some), key=place, reverse=True)[: limit + 1]
        more = len(states) > limit
        rows = [Row(entry, service.schemes[entry.scheme]) for entry in states[:limit]]
        last = states[limit - 1] if more else None
        return rows, place(last) if last else None

    async def newest(among: Shelf, before: str | None, limit: int) -> list[Entry]:
        end = midnight(date.fromisoformat(before[:DAY])) if before else service.clock.now()
        return await entries.newest(
            {},
            by=f"keys.{among.key}",
            limit=limit,
            looking_back_from=end,
            before=among.before + (before or AFTER_ALL),
            written=lambda instant: f"{among.before}{day_of(instant)}",
        )

    @router.get("/ledger.json")
    async def as_json(
        request: Request,
        month: Month | None = None,
        before: Cursor | None = None,
        limit: Limit = 50,
        scheme: str | None = None,
        jurisdiction: str | None = None,
    ) -> Response:
        schemes = chosen(scheme, jurisdiction)
        rows, following = await published(schemes, month, before, limit)
        return answered(request, ledger.as_json(rows, following=following), "application/json")

    @router.get("/ledger/{number}.json")
    async def one_as_json(request: Request, number: EntryNumber) -> Response:
        """One entry by its public number."""
        known = await entries.find({"keys.number": number}, limit=1)
        if not known:
            raise Refused("no-such-entry", "there is no such entry in the ledger", status=404)
        row = Row(known[0], service.schemes[known[0].scheme])
        return answered(request, json.dumps(ledger.as_told(row), ensure_ascii=False, default=str), "application/json")

    @router.post("/ledger/search")
    async def search(body: Search) -> Response:
        """Entries whose wording contains these words. The words come in a body: what people look for is their own."""
        schemes = chosen(body.scheme, None)
        found = await matching(entries, body.text, limit=SEARCHED)
        rows = [Row(entry, service.schemes[entry.scheme]) for entry in found if entry.scheme in schemes]
        return Response(ledger.as_json(rows, following=None), media_type="application/json")

    @router.get("/summaries.json")
    async def public_months(
        request: Request, scheme: str | None = None, jurisdiction: str | None = None, limit: Limit = 24
    ) -> Response:
        """The months that are before the public, the latest first."""
        schemes = chosen(scheme, jurisdiction)
        known = await summaries.find({"keys.public": {"$gt": ""}}, sort="keys.public", down=True, limit=limit)
        shown = [
            PublicSummary.of(one, one.public, schemes[one.scheme]).model_dump(mode="json")
            for one in known
            if one.public and one.approval and one.scheme in schemes
        ]
        return answered(request, json.dumps({"summaries": shown}, ensure_ascii=False), "application/json")

    @router.get("/ledger.csv")
    async def as_csv(
        request: Request,
        month: Month | None = None,
        before: Cursor | None = None,
        limit: Limit = 100,
        scheme: str | None = None,
        jurisdiction: str | None = None,
    ) -> Response:
        schemes = chosen(scheme, jurisdiction)
        rows, following = await published(schemes, month, before, limit)
        columns = ledger.columns_of(list(schemes.values()))
        answer = answered(request, ledger.as_csv(rows, columns=columns), "text/csv; charset=utf-8")
        answer.headers["content-disposition"] = 'attachment; filename="ledger.csv"'
        if following:
            answer.headers["link"] = f'<{request.url.include_query_params(before=following)}>; rel="next"'
        return answer

    @router.get("/ledger.atom")
    async def as_atom(
        request: Request, limit: Limit = 50, scheme: str | None = None, jurisdiction: str | None = None
    ) -> Response:
        rows, _ = await published(chosen(scheme, jurisdiction), None, None, limit)
        return answered(request, ledger.as_atom(rows, title="诉求办理公开台账"), "application/atom+xml")

    return router


def _in_a_list(one: Summary, schemes: Schemes, calendars: Mapping[str, Calendar]) -> dict[str, Any]:
    regulation = schemes[one.scheme]
    draft = one.waiting or one.public
    held = draft.content.held if draft else ()
    return {
        "scheme": one.scheme,
        "month": one.month,
        "drafted_on": one.waiting.drafted_on if one.waiting else None,
        "waiting": one.waiting.version if one.waiting else None,
        "public": one.public.version if one.public else None,
        "approved_by": one.approval.leader if one.approval else None,
        "publish_by": publish_by(regulation, month=one.month, calendar=calendars[regulation.calendar]),
        "held": len(held),
    }


class PublicSummary(BaseModel):
    """All that the public reads of a month."""

    scheme: str
    title: str
    law: str
    month: str
    version: int
    approved_on: str
    revised_on: str | None
    entries: int
    held_back: int
    figures: dict[str, Any]

    @classmethod
    def of(cls, known: Summary, public: Draft, scheme: Scheme) -> "PublicSummary":
        assert known.approval is not None
        return cls(
            scheme=scheme.ref,
            title=scheme.title.zh,
            law=scheme.law.number,
            month=known.month,
            version=public.version,
            approved_on=day_of(known.approval.at).isoformat(),
            revised_on=known.revised_on.isoformat() if known.revised_on else None,
            entries=len(public.content.entries),
            held_back=len(public.content.held),
            figures=public.content.figures.model_dump(mode="json"),
        )
