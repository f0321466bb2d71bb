"""What can be asked of evaluation over HTTP."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.events import CaseRated, CaseRatedAgain, Event
from contracts.record import CaseNumber
from libs.identity import Act, Caller, allow
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.service import Ask, Asked, Service
from libs.store import Collection
from services.evaluation import domain
from services.evaluation.domain import Case, Judgement, Rate, RateAgain
from services.evaluation.invitation import Codes, no_such_case

Limit = Annotated[int, Query(ge=1, le=100)]
Skip = Annotated[int, Query(ge=0, le=10_000)]
ALARMS_SHOWN = timedelta(days=30)


class Rating(BaseModel):
    """`code`: from the invitation."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    code: str
    rating: Judgement


def routes(service: Service, cases: Collection[Case], codes: Codes) -> APIRouter:
    router = APIRouter()

    async def judged(
        ask: Ask, case: str, code: str, command: Rate | RateAgain, decide: Callable[[Case, Scheme], list[Event]]
    ) -> Judgement:
        allow(ask.caller, Act.RATE_CASE, case=case)
        refuse_its_handler(ask.caller)
        codes.check(case, code)

        def decide_known(known: Case) -> list[Event]:
            if not known.scheme:
                raise no_such_case()
            return decide(known, service.schemes[known.scheme])

        async with service.asked(ask, command.type, case=case, parent=await cases.trace_of(case)):
            applied = service.counted(await cases.apply(case, command, decide_known, kind="asked"))
        return next(fact.rating for fact in applied.said if isinstance(fact, CaseRated | CaseRatedAgain))  # type: ignore[return-value]

    @router.post("/cases/{case}/rating")
    async def rate(case: CaseNumber, rating: Rating, ask: Asked) -> dict[str, Any]:
        command = Rate(id=ask.id, at=ask.at, by=ask.caller.subject, rating=rating.rating)
        said = await judged(
            ask,
            case,
            rating.code,
            command,
            lambda known, scheme: domain.rate(known, command, now=ask.at, scheme=scheme),
        )
        return {"case": case, "rating": said}

    @router.post("/cases/{case}/second-rating")
    async def rate_again(case: CaseNumber, rating: Rating, ask: Asked) -> dict[str, Any]:
        command = RateAgain(id=ask.id, at=ask.at, by=ask.caller.subject, rating=rating.rating)
        said = await judged(
            ask,
            case,
            rating.code,
            command,
            lambda known, scheme: domain.rate_again(known, command, now=ask.at, scheme=scheme),
        )
        return {"case": case, "rating": said}

    @router.get("/cases/{case}/invitation")
    async def invitation(case: CaseNumber, ask: Asked) -> dict[str, str]:
        """The code that the invitation carries."""
        allow(ask.caller, Act.READ_INVITATION)
        known = await cases.get(case)
        if known is None or not known.invited:
            raise no_such_case()
        return {"code": codes.of(case)}

    @router.get("/supervision")
    async def supervision(ask: Asked, limit: Limit = 50, skip: Skip = 0) -> dict[str, Any]:
        """Missed limits that are not made good yet, case by case, the case with the oldest first; a page of cases."""
        allow(ask.caller, Act.READ_OVERSIGHT)
        since = {"keys.supervised_since": {"$lte": service.clock.now()}}
        found = await cases.find(since, sort="keys.supervised_since", limit=limit, skip=skip)
        items = [
            {"case": case.case, "subject": subject, "clock": item.clock, "unit": item.unit, "due": item.due}
            for case in found
            for subject, item in case.supervised
        ]
        return {"items": items}

    @router.get("/alarms")
    async def alarms(
        ask: Asked, since: AwareDatetime | None = None, limit: Limit = 50, skip: Skip = 0
    ) -> dict[str, Any]:
        """Letters that nobody got since then (else in the last 30 days), case by case; a page of cases."""
        allow(ask.caller, Act.READ_OVERSIGHT)
        first: datetime = since or service.clock.now() - ALARMS_SHOWN
        found = await cases.find({"keys.alarmed_at": {"$gte": first}}, sort="keys.alarmed_at", limit=limit, skip=skip)
        items = [
            {"case": case.case, **trouble.model_dump()}
            for case in found
            for trouble in sorted(case.troubles.values(), key=lambda trouble: trouble.at)
            if trouble.at >= first
        ]
        return {"items": items}

    return router


def refuse_its_handler(caller: Caller) -> None:
    """Raises `Refused` (403) for whoever acts for a unit: the handler never rates its own case."""
    if "unit" in caller.roles:
        raise Refused("own-case", "whoever acts for a unit does not rate cases", status=403)
