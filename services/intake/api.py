"""What can be asked of intake over HTTP."""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts.case_number import case_number
from contracts.events import Event
from contracts.messages import Dossier, Name, Words
from contracts.record import CaseNumber, Code, Command, Party
from libs.identity import Act, allow
from libs.policy.channels import scheme_for
from libs.policy.directory import Directory, District, SchemeName
from libs.policy.refused import Refused
from libs.policy.shanghai import SHANGHAI
from libs.service import Ask, Asked, Service
from libs.store import Collection
from services.intake import domain
from services.intake.domain import Appeal
from services.intake.matching import Matching

log = logging.getLogger("intake")


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Filing(Body):
    dossier: Dossier
    channel: Code
    scheme: SchemeName | None = None
    district: District | None = None
    entered_by: Name | None = None
    call: Annotated[str, StringConstraints(max_length=64)] | None = None


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


class Giving(Body):
    reason: Code
    explanation: Words


def routes(service: Service, appeals: Collection[Appeal], matching: Matching, directory: Directory) -> APIRouter:
    router = APIRouter()

    async def found(case: str) -> Appeal:
        appeal = await appeals.get(case)
        if appeal is None or not appeal.filed:
            raise Refused("no-such-case", "there is no such case for you", status=404)
        return appeal

    async def carry_out(
        ask: Ask, case: str, command: Command, decide: Callable[[Appeal], Iterable[Event]], *, parent: str
    ) -> dict[str, Any]:
        async with service.asked(ask, command.type, case=case, parent=parent):
            applied = service.counted(await appeals.apply(case, command, decide, kind="asked"))
        return {"case": case, "stage": applied.state.stage}

    async def on_case(
        ask: Ask, case: str, kind: type[Command], rule: Callable[..., Iterable[Event]], **fields: Any
    ) -> dict[str, Any]:
        await found(case)
        command = kind(id=ask.id, at=ask.at, by=ask.caller.subject, **fields)
        parent = await appeals.trace_of(case)
        return await carry_out(ask, case, command, partial(rule, command=command, now=ask.at), parent=parent)

    async def scheme_of(case: str) -> Any:
        return service.schemes[(await found(case)).scheme]

    async def own(ask: Ask, act: Act, case: str) -> None:
        """The enterprise itself, an operator, or the channel that handed this very appeal in."""
        allow(ask.caller, act, case=case)
        if "channel" in ask.caller.roles:
            channel = next((c.channel for c in directory.channels if c.party == ask.caller.unit), None)
            if channel is None or (await found(case)).channel != channel:
                raise Refused("no-such-case", "there is no such case for you", status=404)

    async def limits_of(case: str) -> list[dict[str, Any]] | None:
        """One limit has one source: deadline."""
        try:
            clocks = await service.fetch("deadline", f"/cases/{case}/clocks")
        except httpx.HTTPError:
            return None
        return [{name: clock[name] for name in ("clock", "due", "status", "within")} for clock in clocks]

    # Enterprises, channels, operators ---------------------------------------------------------------------------------

    @router.post("/appeals", status_code=201)
    async def file(ask: Asked, body: Filing) -> dict[str, Any]:
        allow(ask.caller, Act.FILE_APPEAL)
        domain.check_credit_code(body.dossier.credit_code)
        day = ask.at.astimezone(SHANGHAI).date()
        scheme = scheme_for(service.schemes, directory, body.channel, day, chosen=body.scheme, district=body.district)
        case = case_number(body.channel, f"{ask.caller.subject}:{ask.key}")
        command = domain.FileAppeal(
            id=ask.id,
            at=ask.at,
            by=ask.caller.subject,
            channel=body.channel,
            dossier=body.dossier,
            entered_by=body.entered_by,
            call=body.call,
        )
        rule = partial(domain.file_appeal, command=command, now=ask.at, scheme=scheme)
        receipt = await carry_out(ask, case, command, rule, parent="")
        try:
            await matching.match(case)
        except Exception as error:
            # The appeal is kept and stays due for matching; the enterprise need not wait for the registry.
            log.warning("registry gives no answer, will be asked again", extra={"error": type(error).__name__})
        return receipt

    @router.get("/appeals/{case}")
    async def follow(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        """What happened so far and by when the next step is due; `limits` is null while deadline gives no answer."""
        allow(ask.caller, Act.FOLLOW_APPEAL, case=case)
        appeal = await found(case)
        return {
            "case": case,
            "stage": appeal.stage,
            "scheme": appeal.scheme,
            "channel": appeal.channel,
            "filed_at": appeal.filed_at,
            "returned": appeal.returned,
            "explanation": appeal.explanation,
            "supplement_wanted": appeal.supplement_wanted,
            "closed": appeal.closed,
            "steps": [step.model_dump(mode="json") for step in appeal.steps],
            "limits": await limits_of(case),
        }

    @router.post("/appeals/{case}/supplement")
    async def supplement(ask: Asked, case: CaseNumber, body: Text) -> dict[str, Any]:
        await own(ask, Act.SUPPLEMENT_APPEAL, case)
        return await on_case(ask, case, domain.GiveSupplement, domain.give_supplement, text=body.text)

    @router.post("/appeals/{case}/withdrawal")
    async def withdraw(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        await own(ask, Act.WITHDRAW_APPEAL, case)
        return await on_case(ask, case, domain.Withdraw, domain.withdraw)

    @router.post("/appeals/{case}/suggestion")
    async def suggest(ask: Asked, case: CaseNumber, body: Text) -> dict[str, Any]:
        await own(ask, Act.SUPPLEMENT_APPEAL, case)
        return await on_case(ask, case, domain.Suggest, lambda appeal, command, now: (), text=body.text)

    # Screeners and the second review ----------------------------------------------------------------------------------

    @router.post("/appeals/{case}/review")
    async def review(ask: Asked, case: CaseNumber, body: Review) -> dict[str, Any]:
        allow(ask.caller, Act.REVIEW_ENTERPRISE)
        rule = partial(domain.review_enterprise, scheme=await scheme_of(case))
        return await on_case(ask, case, domain.ReviewEnterprise, rule, **body.model_dump())

    @router.post("/appeals/{case}/supplement-request")
    async def ask_for_supplement(ask: Asked, case: CaseNumber, body: Text) -> dict[str, Any]:
        allow(ask.caller, Act.SCREEN_APPEAL)
        return await on_case(ask, case, domain.AskForSupplement, domain.ask_for_supplement, text=body.text)

    @router.post("/appeals/{case}/acceptance")
    async def accept(ask: Asked, case: CaseNumber, body: Acceptance) -> dict[str, Any]:
        allow(ask.caller, Act.SCREEN_APPEAL)
        rule = partial(
            domain.accept, scheme=await scheme_of(case), directory=directory.running((await found(case)).scheme)
        )
        return await on_case(ask, case, domain.Accept, rule, **body.model_dump())

    @router.post("/appeals/{case}/return")
    async def give_back(ask: Asked, case: CaseNumber, body: Giving) -> dict[str, Any]:
        allow(ask.caller, Act.SCREEN_APPEAL)
        rule = partial(domain.return_appeal, scheme=await scheme_of(case))
        return await on_case(ask, case, domain.Return, rule, **body.model_dump())

    @router.get("/queue/{stage}")
    async def queue(ask: Asked, stage: Code, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[dict[str, Any]]:
        """Appeals at a stage (`screening`, `second-review`, `supplement`), the longest waiting first."""
        allow(ask.caller, Act.REVIEW_ENTERPRISE if stage == "second-review" else Act.SCREEN_APPEAL)
        waiting = await appeals.find({"keys.stage": stage}, sort="keys.filed_at", limit=limit)
        return [
            {
                "case": appeal.case,
                "filed_at": appeal.filed_at,
                "channel": appeal.channel,
                "registered_in": appeal.registered_in,
                "verified": appeal.verified,
                "dossier": appeal.dossier,
                "supplements": appeal.supplements,
            }
            for appeal in waiting
        ]

    # Other services ---------------------------------------------------------------------------------------------------

    @router.get("/appeals/{case}/dossier")
    async def dossier(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        allow(ask.caller, Act.READ_DOSSIER)
        appeal = await found(case)
        assert appeal.dossier is not None
        return {
            "case": case,
            "enterprise": appeal.dossier.enterprise,
            "credit_code": appeal.dossier.credit_code,
            "contact": appeal.dossier.contact.model_dump(),
            "title": appeal.dossier.title,
            "text": appeal.dossier.text,
            "supplement": "\n".join(appeal.supplements) or None,
            "category": appeal.category,
            "district": appeal.district,
            "filed_at": appeal.filed_at,
        }

    @router.get("/appeals/{case}/contact")
    async def contact(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        allow(ask.caller, Act.READ_CONTACT)
        appeal = await found(case)
        assert appeal.dossier is not None
        return {"case": case, "enterprise": appeal.dossier.enterprise, **appeal.dossier.contact.model_dump()}

    return router
