"""The lists of the inspection office and the office: what is late, what went wrong, what is to be decided; samples."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from contracts.record import Party, SampleNumber, SchemeRef
from libs.identity import Act
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import midnight
from libs.service import Ask, Asked, Service, may
from services.evaluation import oversight, samples
from services.evaluation.api.asking import Body, Limit, Skip, named, until
from services.evaluation.case import end_of
from services.evaluation.material import material
from services.evaluation.stores import Stores

ALL = 10_000_000
ALARMS_SHOWN = timedelta(days=30)
Late = Literal["limit", "order", "rectification", "duty"]
First = Annotated[date, Query(alias="from")]
Last = Annotated[date, Query(alias="to")]


class Period(Body):
    """`from` the first to `to` the last day, both included."""

    scheme: SchemeRef
    first: date
    last: date


def routes(service: Service, stores: Stores) -> APIRouter:
    router = APIRouter()

    def rules_of(ask: Ask, scheme: str) -> Scheme:
        if scheme not in service.schemes:
            raise Refused("unknown-scheme", f"there is no scheme {scheme!r} here", field="scheme", status=422)
        service.refuse_elsewhere(ask.caller, scheme)
        return service.schemes[scheme]

    @router.get("/supervision", dependencies=[may(Act.READ_OVERSIGHT)])
    async def supervision(ask: Asked, limit: Limit = 50, skip: Skip = 0) -> dict[str, Any]:
        """Missed limits that are not made good yet, case by case, the case with the oldest first; a page of cases."""
        since = {"keys.supervised_since": until(service.clock.now())}
        found = await stores.cases.find(
            since, sort="keys.supervised_since", limit=limit, skip=skip, only=service.seen_by(ask.caller)
        )
        items = [
            {"case": case.case, "subject": subject, "clock": item.clock, "unit": item.unit, "due": item.due}
            for case in found
            for subject, item in case.supervised
        ]
        return {"items": items}

    @router.get("/lagging", dependencies=[may(Act.READ_OVERSIGHT)])
    async def lagging(
        ask: Asked, kind: Late | None = None, unit: Party | None = None, limit: Limit = 50, skip: Skip = 0
    ) -> dict[str, Any]:
        """Everything that is late: limits, orders, rectifications and duties, the oldest first; of one kind or one unit
        where it is named. 001-51"""
        now, only = service.clock.now(), service.seen_by(ask.caller)
        where = {"keys.lagging_at": until(now)}
        if kind is None and unit is None:
            # The oldest so many items lie in the oldest so many documents of each kind.
            cases = await stores.cases.find(where, sort="keys.lagging_at", limit=limit + skip, only=only)
            duties = await stores.duties.find(where, sort="keys.lagging_at", limit=limit + skip, only=only)
        else:
            cases = await stores.cases.find(where, limit=ALL, only=only) if kind != "duty" else []
            duties = await stores.duties.find(where, limit=ALL, only=only) if kind in (None, "duty") else []
        items = [item for case in cases for item in oversight.lagging(case, now)]
        items += [
            {"kind": "duty", "scheme": duty.scheme, "subject": duty.occurrence, "duty": duty.duty}
            | {"unit": duty.unit, "period": duty.period, "due": duty.missed_at}
            for duty in duties
        ]
        wanted = [item for item in items if kind in (None, item["kind"]) and unit in (None, item["unit"])]
        return {"items": sorted(wanted, key=lambda item: item["due"])[skip : skip + limit]}

    @router.get("/alarms", dependencies=[may(Act.READ_OVERSIGHT)])
    async def alarms(
        ask: Asked, since: AwareDatetime | None = None, limit: Limit = 50, skip: Skip = 0
    ) -> dict[str, Any]:
        """Letters that nobody got, and rungs that nobody holds, since then (else in the last 30 days), case by case; a
        page of cases."""
        first: datetime = since or service.clock.now() - ALARMS_SHOWN
        where = {"keys.alarmed_at": {"$gte": first}}
        found = await stores.cases.find(
            where, sort="keys.alarmed_at", limit=limit, skip=skip, only=service.seen_by(ask.caller)
        )
        items = [
            {"case": case.case, **trouble.model_dump()}
            for case in found
            for trouble in sorted(case.troubles.values(), key=lambda trouble: trouble.at)
            if trouble.at >= first
        ]
        return {"items": items}

    @router.get("/problem-list", dependencies=[may(Act.READ_OVERSIGHT)])
    async def problem_list(ask: Asked, limit: Limit = 50, skip: Skip = 0) -> dict[str, Any]:
        """Complex matters whose solution is fixed and that are not struck off, the oldest first. 002-21"""
        where = {"keys.planned_at": until(service.clock.now())}
        found = await stores.cases.find(
            where, sort="keys.planned_at", limit=limit, skip=skip, only=service.seen_by(ask.caller)
        )
        return {
            "items": [
                {"case": case.case, "scheme": case.scheme, "unit": case.plan_unit, "since": case.plan_fixed_at}
                for case in found
            ]
        }

    @router.get("/rectification-candidates", dependencies=[may(Act.READ_OVERSIGHT)])
    async def candidates(ask: Asked, scheme: SchemeRef, limit: Limit = 50) -> dict[str, Any]:
        rules = rules_of(ask, scheme)
        items: list[dict[str, Any]] = []
        if rules.oversight.rectification is None:
            return {"items": items}
        async for case in stores.cases.every({"keys.rough": scheme}):
            if why := oversight.candidate_for(case, rules):
                items.append({"case": case.case, "unit": case.unit, "because": why})
            if len(items) == limit:
                break
        return {"items": items}

    @router.get("/rectifications", dependencies=[may(Act.READ_OVERSIGHT)])
    async def rectifications(ask: Asked, scheme: SchemeRef) -> dict[str, Any]:
        """What is listed now, with who is responsible and whether its day has passed. 004-17"""
        now = service.clock.now()
        listed = [(case.case, case.rectification) async for case in stores.cases.every({"keys.rectified": scheme})]
        return {
            "items": [
                {"case": case, "unit": item.unit, "due_on": item.due_on, "overdue": end_of(item.due_on) <= now}
                for case, item in listed
                if item and item.due_on
            ]
        }

    @router.get("/corrections", dependencies=[may(Act.READ_OVERSIGHT)])
    async def corrections(ask: Asked, first: First, last: Last) -> dict[str, Any]:
        """Bad ratings of these days as items to correct, and which are. 003-07"""
        where = {"keys.correction_at": {"$gte": midnight(first), "$lt": end_of(last)}}
        return {
            "items": [
                {"case": case.case, "scheme": case.scheme, "unit": item.unit}
                | {"opened_at": item.opened_at, "made_at": item.ended_at}
                async for case in stores.cases.every(where, sort="keys.correction_at")
                if (item := case.correction) and service.sees(ask.caller, case.scheme)
            ]
        }

    @router.get("/exclusions", dependencies=[may(Act.APPROVE_EXCLUSION, Act.EXCLUDE_CASE)])
    async def exclusions(ask: Asked, scheme: SchemeRef) -> dict[str, Any]:
        """Cases that somebody asks to leave out of the rates, for whoever asks and whoever decides."""
        return {
            "items": [
                {"case": case.case, "reason": asked.reason, "grounds": asked.grounds, "asked_by": asked.asked_by}
                async for case in stores.cases.every({"keys.to_exclude": scheme})
                if (asked := case.exclusion)
            ]
        }

    @router.get("/inspection-material", dependencies=[may(Act.READ_OVERSIGHT)])
    async def inspection_material(ask: Asked, scheme: SchemeRef, first: First, last: Last) -> dict[str, Any]:
        """What the quarterly inspection report is made from. 000-27"""
        start, end = midnight(first), end_of(last)
        where = {"keys.decided_at": {"$gte": start}}
        cases = [case async for case in stores.cases.every(where) if case.scheme == scheme]
        return material(cases, start, end, service.clock.now())

    @router.post("/samples", status_code=201, dependencies=[may(Act.DRAW_SAMPLE)])
    async def draw(body: Period, ask: Asked) -> dict[str, Any]:
        """A share of the cases closed on these days is drawn by lot and looked at again. 003-41"""
        rules = rules_of(ask, body.scheme)
        sample = samples.sample_number(body.scheme, body.first, body.last)
        closed = {
            "keys.scheme": body.scheme,
            "keys.closed_at": {"$gte": midnight(body.first), "$lt": end_of(body.last)},
        }
        cases = tuple(sorted([case.case async for case in stores.cases.every(closed)]))
        command = samples.Draw(**named(ask), scheme=rules.ref, first=body.first, last=body.last, closed=cases)
        async with service.asked(ask, "draw", case=sample):
            applied = await stores.samples.apply(
                sample, command, lambda known: samples.draw(known, command, now=ask.at, scheme=rules), kind="asked"
            )
        service.counted(applied)
        return {"sample": sample, "drawn": applied.state.drawn}

    @router.get("/samples", dependencies=[may(Act.READ_OVERSIGHT)])
    async def drawn_before(ask: Asked, scheme: SchemeRef, limit: Limit = 50) -> dict[str, Any]:
        """What was drawn under this scheme, the latest first. 003-41"""
        where = {"keys.drawn_at": until(service.clock.now())}
        found = await stores.samples.find(
            where, sort="keys.drawn_at", down=True, limit=limit, only=service.seen_by(ask.caller)
        )
        return {
            "items": [
                {"sample": one.sample, "first": one.first, "last": one.last, "drawn": len(one.drawn)}
                | {"drawn_at": one.drawn_at}
                for one in found
                if one.scheme == scheme
            ]
        }

    @router.get("/samples/{sample}", dependencies=[may(Act.READ_OVERSIGHT)])
    async def look_at(sample: SampleNumber, ask: Asked) -> dict[str, Any]:
        """The drawn cases and what their call-backs found."""
        known = await stores.samples.get(sample)
        if known is None or not service.sees(ask.caller, known.scheme):
            raise Refused("no-such-sample", "there is no such sample", status=404)
        drawn = [case for number in known.drawn if (case := await stores.cases.get(number))]
        return {
            "sample": sample,
            "items": [
                {"case": case.case, "to_call": case.sample == sample, "solved": case.called_back, "round": case.round}
                for case in drawn
            ],
        }

    return router
