"""What screeners, first receivers and the second review can ask of intake."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal
from weakref import WeakValueDictionary

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from contracts.messages import Words
from contracts.record import CaseNumber, Code, MatterNumber, Party
from libs.identity import Act, allow
from libs.policy.directory import District, SchemeName
from libs.policy.masking import mask_text
from libs.policy.refused import Refused
from libs.policy.shanghai import SHANGHAI
from libs.service import Asked, may
from libs.store import Collection
from services.intake.appeal import Appeal
from services.intake.commands import Accept, AnswerAtOnce, AskForSupplement, Return, ReviewEnterprise
from services.intake.desk import Body, Desk
from services.intake.filing import review_enterprise
from services.intake.likeness import digest, pairs
from services.intake.matters import Matter
from services.intake.memory import LINK_DAYS, Memory, words_of
from services.intake.screening import (
    accept,
    answer_at_once,
    ask_for_supplement,
    propose_category,
    propose_complexity,
    return_appeal,
)
from services.intake.seen import contact_seen
from services.intake.served import Served


class Text(Body):
    text: Words


class Review(Body):
    matches: bool
    registered_in: District | None = None
    reason: Words


class Acceptance(Body):
    category: Code
    district: District
    level: Code
    lead: Party | None = None
    co_handlers: tuple[Party, ...] = ()
    override: Words | None = None
    complexity: Code | None = None
    urgent: bool | None = None


class Giving(Body):
    reason: Code
    explanation: Words
    duplicate_of: CaseNumber | None = None


class AtOnce(Body):
    how: Literal["directly", "three-way-call", "transferred"]
    answer: Words


class Question(Body):
    scheme: SchemeName
    category: Code
    title: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    text: Words


def routes(desk: Desk, memory: Memory, served: Collection[Served], matters: Collection[Matter]) -> APIRouter:
    router = APIRouter()
    appeals = desk.appeals
    locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @router.post("/appeals/{case}/review", dependencies=[may(Act.REVIEW_ENTERPRISE)])
    async def review(ask: Asked, case: CaseNumber, body: Review) -> dict[str, Any]:
        rule = partial(review_enterprise, scheme=await desk.scheme_of(ask, case))
        return await desk.on_case(ask, case, ReviewEnterprise, rule, **body.model_dump())

    @router.post("/appeals/{case}/supplement-request", dependencies=[may(Act.SCREEN_APPEAL)])
    async def request_supplement(ask: Asked, case: CaseNumber, body: Text) -> dict[str, Any]:
        return await desk.on_case(ask, case, AskForSupplement, ask_for_supplement, text=body.text)

    @router.get("/appeals/{case}/proposal", dependencies=[may(Act.SCREEN_APPEAL)])
    async def proposal(
        ask: Asked, case: CaseNumber, category: Code | None = None, units: Annotated[int, Query(ge=1, le=20)] = 1
    ) -> dict[str, Any]:
        """The category proposed by what the appeal says, and the class of a matter of so many units in `category`, or in
        the one proposed (§3.25); with the reasons. The screener sets both."""
        appeal = await desk.found(ask, case)
        scheme = desk.service.schemes[appeal.scheme]
        earlier = [known for number in appeal.linked if (known := await appeals.get(number)) is not None]
        kind = propose_category(appeal, scheme, earlier)
        asked = category or kind.category
        history = await memory.history(scheme.scheme, asked, ask.at) if asked else []
        proposed = propose_complexity(scheme, units=units, history=history)
        return {"case": case, "category": kind.category, "category_because": kind.because, **proposed._asdict()}

    @router.post("/appeals/{case}/acceptance", dependencies=[may(Act.SCREEN_APPEAL)])
    async def take(ask: Asked, case: CaseNumber, body: Acceptance) -> dict[str, Any]:
        appeal = await desk.found(ask, case)
        scheme = desk.service.schemes[appeal.scheme]
        project = await served.get(appeal.project) if appeal.project else None
        rule = partial(accept, scheme=scheme, directory=desk.directory.running(appeal.scheme), project=project)
        # Two like matters accepted at the same moment would otherwise not see each other.
        async with locks.setdefault(f"{scheme.scheme}:{body.category}", asyncio.Lock()):
            company = await memory.company(appeal, body.category, scheme=scheme, now=ask.at)
            answer = await desk.on_case(ask, case, Accept, rule, **company._asdict(), **body.model_dump())
            await memory.note_accepted(await desk.found(ask, case))
            return answer

    @router.post("/appeals/{case}/return", dependencies=[may(Act.SCREEN_APPEAL)])
    async def give_back(ask: Asked, case: CaseNumber, body: Giving) -> dict[str, Any]:
        original = await appeals.get(body.duplicate_of) if body.duplicate_of else None
        rule = partial(return_appeal, scheme=await desk.scheme_of(ask, case), original=original)
        return await desk.on_case(ask, case, Return, rule, **body.model_dump())

    @router.post("/appeals/{case}/answer-at-once", dependencies=[may(Act.ANSWER_AT_ONCE)])
    async def at_once(ask: Asked, case: CaseNumber, body: AtOnce) -> dict[str, Any]:
        """The first receiver answers on the spot (首接负责, 003-18): an operator, or the unit that was asked."""
        allow(ask.caller, Act.ANSWER_AT_ONCE, unit=(await desk.found(ask, case)).receiver or "")
        rule = partial(answer_at_once, scheme=await desk.scheme_of(ask, case))
        return await desk.on_case(ask, case, AnswerAtOnce, rule, **body.model_dump())

    @router.get("/queue/{stage}", dependencies=[may(Act.REVIEW_ENTERPRISE, Act.SCREEN_APPEAL)])
    async def queue(
        ask: Asked, stage: Code, scheme: SchemeName | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 50
    ) -> list[dict[str, Any]]:
        """Appeals at a stage (`screening`, `second-review`, `supplement`), of all schemes or of one: urgent ones first
        (000-40), then the longest waiting."""
        allow(ask.caller, Act.REVIEW_ENTERPRISE if stage == "second-review" else Act.SCREEN_APPEAL)
        where = {"keys.stage": stage}
        where |= {"keys.scheme": scheme} if scheme else {}
        waiting = await appeals.find(where, sort="keys.turn", limit=limit, only=desk.service.seen_by(ask.caller))
        return [
            {
                "case": appeal.case,
                "scheme": appeal.scheme,
                "filed_at": appeal.filed_at,
                "channel": appeal.channel,
                "urgent": appeal.urgent,
                "receiver": appeal.receiver,
                "upstream": appeal.upstream,
                "origin": appeal.origin,
                "project": appeal.project,
                "proxy": appeal.proxy,
                "tags": appeal.tags,
                "linked": appeal.linked,
                "repeated": appeal.repeated,
                "registered_in": appeal.registered_in,
                "verified": appeal.verified,
                **_in_a_list(appeal),
            }
            for appeal in waiting
        ]

    # Has this been asked before? --------------------------------------------------------------------------------------

    @router.get("/appeals/{case}/similar", dependencies=[may(Act.SCREEN_APPEAL)])
    async def similar(ask: Asked, case: CaseNumber, category: Code | None = None) -> dict[str, Any]:
        """For the screener: what the same enterprise brought before, and like matters of the category by others."""
        appeal = await desk.found(ask, case)
        assert appeal.dossier is not None
        kind = category or appeal.category or appeal.dossier.category
        scheme = desk.service.schemes[appeal.scheme].scheme
        since = ask.at - timedelta(days=LINK_DAYS)
        words = words_of(appeal.dossier)
        times, found = (
            await memory.like(words, scheme=scheme, category=kind, since=since, besides=case) if kind else (0, [])
        )
        return {
            "case": case,
            "linked": appeal.linked,
            "repeated": appeal.repeated,
            "times": times,
            "similar": [
                {
                    "case": one.case,
                    "same_enterprise": one.dossier is not None
                    and digest(one.dossier.credit_code) == digest(appeal.dossier.credit_code),
                    **_told(one),
                }
                for one in found
            ],
        }

    @router.post("/appeals/similar", dependencies=[may(Act.ASK_FOR_LIKE)])
    async def asked_before(ask: Asked, body: Question) -> dict[str, Any]:
        """For whoever is about to file: how like matters ended, without saying whose they were. The words come in a body,
        because they do not belong in URLs."""
        since = ask.at - timedelta(days=LINK_DAYS)
        words = pairs(f"{body.title}\n{body.text}")
        times, found = await memory.like(words, scheme=body.scheme, category=body.category, since=since)
        return {"times": times, "similar": [_told(one) for one in found]}

    # Recurring matters ------------------------------------------------------------------------------------------------

    @router.get("/matters", dependencies=[may(Act.READ_MATTERS)])
    async def recurring(
        ask: Asked, scheme: SchemeName, limit: Annotated[int, Query(ge=1, le=100)] = 50
    ) -> list[dict[str, Any]]:
        """Matters that several enterprises brought, the latest first (举一反三)."""
        told = await matters.find({"keys.list": scheme}, sort="keys.last", down=True, limit=limit)
        return [_matter(matter) for matter in told]

    @router.get("/matters/{number}", dependencies=[may(Act.READ_MATTERS)])
    async def matter(ask: Asked, number: MatterNumber) -> dict[str, Any]:
        known = await matters.get(number)
        if known is None or not known.told or not desk.service.sees(ask.caller, known.scheme):
            raise Refused("no-such-matter", "there is no such matter", status=404)
        return _matter(known) | {"cases": [sighting.case for sighting in known.sightings]}

    return router


def _in_a_list(appeal: Appeal) -> dict[str, Any]:
    """A list of many needs nobody's telephone number; whoever screens one opens it. The credit code stands whole beside
    what the registry says."""
    assert appeal.dossier is not None
    contact = contact_seen(appeal.dossier.contact, whole=False)

    def words(text: str) -> str:
        return mask_text(text, names=(appeal.dossier.contact.name,) if appeal.dossier else ())

    told = appeal.dossier.model_dump(mode="json")
    masked = {"contact": contact, "title": words(appeal.dossier.title), "text": words(appeal.dossier.text)}
    return {"dossier": told | masked, "supplements": [words(text) for text in appeal.supplements]}


def _told(appeal: Appeal) -> dict[str, Any]:
    """How an earlier appeal ended, without a word of it."""
    assert appeal.filed_at is not None
    answered = appeal.answered.at.astimezone(SHANGHAI).date() if appeal.answered else None
    return {
        "filed_on": appeal.filed_at.astimezone(SHANGHAI).date(),
        "stage": appeal.stage,
        "outcome": appeal.answered.word if appeal.answered else None,
        "answered_on": answered,
    }


def _matter(matter: Matter) -> dict[str, Any]:
    return {
        "matter": matter.matter,
        "scheme": matter.scheme,
        "category": matter.category,
        "enterprises": matter.enterprises,
        "times": len(matter.sightings),
        "last": matter.last,
    }
