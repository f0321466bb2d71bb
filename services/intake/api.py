"""What enterprises, and those who hand in for them, can ask of intake; and what other services can."""

from dataclasses import replace
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints, ValidationError

from contracts.case_number import case_number
from contracts.messages import Dossier, Name, Proxy, Reference, Tags, Words
from contracts.record import CaseNumber, Code, Party, ServedNumber, derive_id
from libs.identity import Act, allow
from libs.policy.channels import scheme_for
from libs.policy.directory import District, SchemeName
from libs.policy.refused import Refused
from libs.policy.shanghai import SHANGHAI
from libs.service import Ask, Asked, may
from libs.store import Collection
from services.intake.appeal import Appeal
from services.intake.attachments import PER_APPEAL, AttachmentId
from services.intake.cabinet import Cabinet
from services.intake.commands import Doubt, FileAppeal, GiveSupplement, Suggest, Withdraw
from services.intake.desk import TITLES, Body, Desk
from services.intake.filing import doubt, give_supplement, withdraw
from services.intake.reception import Reception
from services.intake.seen import dossier_seen, sees_whole
from services.intake.served import Served


class Filing(Body):
    dossier: Dossier
    channel: Code
    scheme: SchemeName | None = None
    district: District | None = None
    entered_by: Name | None = None
    call: Annotated[str, StringConstraints(max_length=64)] | None = None
    receiver: Party | None = None
    urgent: bool = False
    upstream: Reference | None = None
    project: ServedNumber | None = None
    proxy: Proxy | None = None
    tags: Tags = ()
    attachments: Annotated[tuple[AttachmentId, ...], Field(max_length=PER_APPEAL)] = ()


class Batch(Body):
    appeals: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=100)]


class Text(Body):
    text: Words


class Cases(Body):
    cases: Annotated[list[CaseNumber], Field(max_length=TITLES)]


def routes(desk: Desk, reception: Reception, cabinet: Cabinet, served: Collection[Served]) -> APIRouter:
    router = APIRouter()
    service, appeals, directory = desk.service, desk.appeals, desk.directory

    async def limits_of(case: str) -> list[dict[str, Any]] | None:
        """One limit has one source: deadline. What is only measured has `seconds` instead of a due time (§3.19)."""
        try:
            clocks = await service.fetch("deadline", f"/cases/{case}/clocks")
        except httpx.HTTPError:
            return None
        told = ("clock", "due", "status", "within", "seconds")
        return [{name: clock[name] for name in told if name in clock} for clock in clocks]

    async def take_in(ask: Ask, body: Filing) -> dict[str, Any]:
        if "proxy" in ask.caller.roles and body.proxy is None:
            raise Refused("proxy", "say who helps and at which level (帮办代办)", field="proxy", status=422)
        day = ask.at.astimezone(SHANGHAI).date()
        scheme = scheme_for(service.schemes, directory, body.channel, day, chosen=body.scheme, district=body.district)
        receiver = body.receiver or (ask.caller.unit if "unit" in ask.caller.roles else None)
        if receiver is not None:
            directory.running(scheme.scheme).unit(receiver)
        await check_project(body.project, scheme.scheme)
        case = case_number(body.channel, f"{ask.caller.subject}:{ask.key}")
        told = {
            name: getattr(body, name) for name in ("dossier", "channel", "entered_by", "call", "urgent", "upstream")
        }
        command = FileAppeal(
            id=ask.id,
            at=ask.at,
            by=ask.caller.subject,
            receiver=receiver,
            project=body.project,
            proxy=body.proxy,
            tags=body.tags,
            attachments=await cabinet.claim(body.attachments, case, ask),
            **told,
        )
        async with service.asked(ask, command.type, case=case):
            applied = await reception.take(case, command, now=ask.at, scheme=scheme)
        return {"case": case, "stage": applied.state.stage}

    async def check_project(number: str | None, scheme: str) -> None:
        if number is None:
            return
        project = await served.get(number)
        if project is None or project.kind != "project" or project.scheme.partition("@")[0] != scheme:
            raise Refused("no-such-project", "no project is registered under this number", field="project", status=422)

    @router.post("/appeals", status_code=201, dependencies=[may(Act.FILE_APPEAL)])
    async def file(ask: Asked, body: Filing) -> dict[str, Any]:
        return await take_in(ask, body)

    @router.post("/appeals/batch", dependencies=[may(Act.FILE_BATCH)])
    async def file_batch(ask: Asked, body: Batch) -> dict[str, Any]:
        """A month's collection or a list of findings (003-02, 003-23): each gets its own receipt or its own error."""
        results: list[dict[str, Any]] = []
        for at, given in enumerate(body.appeals):
            one = replace(ask, id=derive_id(ask.id, str(at)), key=f"{ask.key}:{at}")
            try:
                results.append({"case": (await take_in(one, Filing.model_validate(given)))["case"]})
            except ValidationError as error:
                results.append({"error": _invalid(error)})
            except Refused as refused:
                results.append({"error": {"rule": refused.rule, "field": refused.field, "detail": refused.detail}})
        return {"results": results}

    @router.get("/appeals", dependencies=[may(Act.FOLLOW_APPEAL)])
    async def mine(ask: Asked, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[dict[str, Any]]:
        """What the caller handed in, the latest first, to follow its effect (003-17)."""
        allow(ask.caller, Act.FOLLOW_APPEAL, case="")
        where = {"keys.filed_by": ask.caller.subject}
        handed_in = await appeals.newest(where, by="keys.filed_at", limit=limit, looking_back_from=ask.at)
        return [
            {
                "case": one.case,
                "stage": one.stage,
                "scheme": one.scheme,
                "channel": one.channel,
                "filed_at": one.filed_at,
            }
            for one in handed_in
        ]

    @router.get("/appeals/{case}", dependencies=[may(Act.FOLLOW_APPEAL)])
    async def follow(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        """What happened so far and by when the next step is due; `limits` is null while deadline gives no answer."""
        appeal = await desk.followed(ask, case)
        return {
            "case": case,
            "stage": appeal.stage,
            "scheme": appeal.scheme,
            "channel": appeal.channel,
            "filed_at": appeal.filed_at,
            "urgent": appeal.urgent,
            "complexity": appeal.complexity,
            "returned": appeal.returned,
            "explanation": appeal.explanation,
            "supplement_wanted": appeal.supplement_wanted,
            "answered": appeal.at_once.answer if appeal.at_once else None,
            "closed": appeal.closed,
            "linked": appeal.linked,
            "origin": appeal.origin,
            "transfers": [await _elsewhere(transfer.case) for transfer in appeal.transfers],
            "steps": [step.model_dump(mode="json") for step in appeal.steps],
            "limits": await limits_of(case),
        }

    async def _elsewhere(case: str) -> dict[str, Any]:
        """How a transferred case stands at the other level of government."""
        other = await appeals.get(case)
        return {"case": case, "stage": other.stage if other and other.filed else "on-its-way"}

    @router.post("/appeals/{case}/supplement", dependencies=[may(Act.SUPPLEMENT_APPEAL)])
    async def supplement(ask: Asked, case: CaseNumber, body: Text) -> dict[str, Any]:
        await desk.own(ask, Act.SUPPLEMENT_APPEAL, case)
        return await desk.on_case(ask, case, GiveSupplement, give_supplement, text=body.text)

    @router.post("/appeals/{case}/withdrawal", dependencies=[may(Act.WITHDRAW_APPEAL)])
    async def take_back(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        await desk.own(ask, Act.WITHDRAW_APPEAL, case)
        return await desk.on_case(ask, case, Withdraw, withdraw)

    @router.post("/appeals/{case}/doubt", dependencies=[may(Act.SUPPLEMENT_APPEAL)])
    async def doubts(ask: Asked, case: CaseNumber, body: Text) -> dict[str, Any]:
        await desk.own(ask, Act.SUPPLEMENT_APPEAL, case)
        scheme = await desk.scheme_of(ask, case)

        def rule(appeal: Appeal, command: Doubt, now: Any) -> Any:
            return doubt(appeal, command, now=now, scheme=scheme)

        return await desk.on_case(ask, case, Doubt, rule, text=body.text)

    @router.post("/appeals/{case}/suggestion", dependencies=[may(Act.SUPPLEMENT_APPEAL)])
    async def suggest(ask: Asked, case: CaseNumber, body: Text) -> dict[str, Any]:
        await desk.own(ask, Act.SUPPLEMENT_APPEAL, case)
        return await desk.on_case(ask, case, Suggest, lambda appeal, command, now: (), text=body.text)

    # Other services ---------------------------------------------------------------------------------------------------

    @router.get("/appeals/{case}/dossier", dependencies=[may(Act.READ_DOSSIER)])
    async def dossier(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        """Enterprise, contact and credit code are whole or masked, as the reader's role has it."""
        appeal = await desk.readable(ask, Act.READ_DOSSIER, case)
        return dossier_seen(appeal, whole=sees_whole(ask.caller, appeal))

    @router.post("/appeals/titles", dependencies=[may(Act.READ_DOSSIER)])
    async def titles(ask: Asked, asked: Cases) -> dict[str, str]:
        """For a page of a list: case number → title, of those that are the caller's to read."""
        return await desk.titles(ask, asked.cases)

    @router.get("/appeals/{case}/contact", dependencies=[may(Act.READ_CONTACT)])
    async def contact(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        appeal = await desk.found(ask, case)
        assert appeal.dossier is not None
        return {"case": case, "enterprise": appeal.dossier.enterprise, **appeal.dossier.contact.model_dump()}

    @router.get("/appeals/{case}/transfer-answer", dependencies=[may(Act.READ_DOSSIER)])
    async def transfer_answer(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        """What the other level of government answered in a transferred case: its words are fetched where they are kept."""
        for transfer in reversed((await desk.readable(ask, Act.READ_DOSSIER, case)).transfers):
            other = await appeals.get(transfer.case)
            if other is None or not other.filed or other.ending is None:
                continue
            told = {"answered_as": other.case, "outcome": other.ending.word}
            if other.answered is None:
                return told | {"unit": None, "unit_name": None, "answer": other.explanation or ""}
            given = await service.fetch("routing", f"/cases/{other.case}/answer")
            words = given.get("final_answer") or given["answer"]
            return told | {"unit": given["unit"], "unit_name": given["unit_name"], "answer": words}
        raise Refused("not-answered", "the other level of government has not answered yet", status=404)

    return router


def _invalid(error: ValidationError) -> dict[str, str]:
    first = error.errors(include_input=False, include_url=False)[0]
    return {"rule": first["type"], "field": ".".join(map(str, first["loc"]))[:200], "detail": first["msg"]}
