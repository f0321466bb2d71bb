"""Judging a case: the enterprise rates by itself or through a clerk; others ask it how its matter stands."""

from typing import Any, Literal

from fastapi import APIRouter

from contracts.events import CaseRated, CaseRatedAgain, Event
from contracts.record import CaseNumber, Code, SchemeRef
from libs.identity import Act, Caller, allow
from libs.policy.refused import Refused
from libs.service import Ask, Asked, Service, may
from libs.store import Applied
from services.evaluation import judging
from services.evaluation.api.asking import Body, Limit, ask_case, named
from services.evaluation.case import Case
from services.evaluation.commands import CallBack, Rate, RateAgain, RatingWay, Words
from services.evaluation.invitation import Codes, no_such_case
from services.evaluation.standing import standing
from services.evaluation.stores import Stores

ENTERED_BY_CLERK = ("window-device", "hotline")
"""Ways on which a clerk has the enterprise before it, so that no code is asked for."""


class Rating(Body):
    """`code`: from the invitation. `rating`: a level, or a word of the scheme's scale where it has one."""

    code: str = ""
    rating: Code
    way: RatingWay = "sms-link"


class Link(Body):
    """`code`: from the invitation."""

    code: str


class Called(Body):
    way: Literal["phone", "on-site"]
    solved: bool
    note: Words


def routes(service: Service, stores: Stores, codes: Codes) -> APIRouter:
    router = APIRouter()

    async def judged(ask: Ask, case: str, rating: Rating, command: Rate | RateAgain) -> dict[str, Any]:
        allow(ask.caller, Act.RATE_CASE, case=case)
        refuse_its_handler(ask.caller)
        if not (_by_clerk(ask.caller, rating) or _by_its_enterprise(ask.caller, case, rating)):
            codes.check(case, rating.code)
        rule = judging.rate if isinstance(command, Rate) else judging.rate_again
        applied = await ask_case(service, stores, ask, case, command, rule)
        return {"case": case, "rating": _word(applied.said)}

    @router.post("/cases/{case}/rating", dependencies=[may(Act.RATE_CASE)])
    async def rate(case: CaseNumber, rating: Rating, ask: Asked) -> dict[str, Any]:
        """The link in an invitation opens a page; only this rates, so that a preview votes for nobody. 003-06"""
        return await judged(ask, case, rating, Rate(**named(ask), rating=rating.rating, way=rating.way))

    @router.post("/cases/{case}/second-rating", dependencies=[may(Act.RATE_CASE)])
    async def rate_again(case: CaseNumber, rating: Rating, ask: Asked) -> dict[str, Any]:
        return await judged(ask, case, rating, RateAgain(**named(ask), rating=rating.rating, way=rating.way))

    @router.get("/cases/{case}/invitation", dependencies=[may(Act.READ_INVITATION)])
    async def invitation(case: CaseNumber, ask: Asked) -> dict[str, str]:
        """The code that the invitation carries."""
        known = await stores.cases.get(case)
        if known is None or not known.invited:
            raise no_such_case()
        return {"code": codes.of(case)}

    @router.post("/cases/{case}/invitation", dependencies=[may(Act.RATE_CASE)])
    async def opened(case: CaseNumber, link: Link, ask: Asked) -> dict[str, Any]:
        """How a case stands for whoever holds its invitation. Nothing is rated. Its code comes in a body, because it does
        not belong in the addresses that services keep."""
        allow(ask.caller, Act.RATE_CASE, case=case)
        codes.check(case, link.code)
        return await stands(case, ask)

    @router.get("/cases/{case}/judgement", dependencies=[may(Act.RATE_CASE)])
    async def judgement(case: CaseNumber, ask: Asked) -> dict[str, Any]:
        """How a case stands, for the enterprise whose it is."""
        allow(ask.caller, Act.RATE_CASE, case=case)
        return await stands(case, ask)

    async def stands(case: str, ask: Ask) -> dict[str, Any]:
        known = await stores.cases.get(case)
        if known is None or not known.scheme:
            raise no_such_case()
        return standing(known, service.schemes[known.scheme], now=ask.at)

    @router.post("/cases/{case}/call-back", dependencies=[may(Act.CALL_BACK)])
    async def call_back(case: CaseNumber, called: Called, ask: Asked) -> dict[str, Any]:
        command = CallBack(**named(ask), **called.model_dump(), unit=acting_unit(ask.caller))
        applied: Applied[Case] = await ask_case(service, stores, ask, case, command, judging.call_back)
        return {"case": case, "solved": called.solved, "closed": applied.state.closed, "round": applied.state.round}

    @router.get("/call-backs", dependencies=[may(Act.CALL_BACK)])
    async def call_backs(ask: Asked, scheme: SchemeRef, limit: Limit = 50) -> dict[str, Any]:
        """Cases whose enterprise is to be called back now; a unit sees those it answered."""
        rules = service.schemes.get(scheme)
        unit = acting_unit(ask.caller)
        items: list[dict[str, Any]] = []
        if rules is None or not (rules.rating.call_back or rules.oversight.sampling):
            return {"items": items}
        async for case in stores.cases.every({"keys.to_call": scheme}):
            if judging.call_back_due(case, rules) and unit in (None, case.unit):
                items.append({"case": case.case, "unit": case.unit, "sample": case.sample, "round": case.round})
            if len(items) == limit:
                break
        return {"items": items}

    return router


def _by_clerk(caller: Caller, rating: Rating) -> bool:
    return "operator" in caller.roles and rating.way in ENTERED_BY_CLERK


def _by_its_enterprise(caller: Caller, case: str, rating: Rating) -> bool:
    """On its own page the enterprise is known already: its token is good for this very case."""
    return rating.way == "web" and "enterprise" in caller.roles and caller.case == case


def _word(said: tuple[Event, ...]) -> str:
    return next(fact.rating for fact in said if isinstance(fact, CaseRated | CaseRatedAgain))


def acting_unit(caller: Caller) -> str | None:
    """For which unit the caller acts; None for the office and others who act for nobody else. Raises `Refused` (403)
    for a unit's token that names no unit."""
    if "unit" not in caller.roles:
        return None
    if caller.unit is None:
        raise Refused("not-allowed", "a unit's token names its unit", status=403)
    return caller.unit


def refuse_its_handler(caller: Caller) -> None:
    """Raises `Refused` (403) for whoever acts for a unit: the handler never rates its own case."""
    if "unit" in caller.roles:
        raise Refused("own-case", "whoever acts for a unit does not rate cases", status=403)
