"""What can be asked of routing over HTTP."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from contracts.events import Event, SecondDisputeRefused
from contracts.messages import Words
from contracts.record import CaseNumber, Code, Command, Party
from libs.identity import Act, allow
from libs.policy.directory import Contact, Directory
from libs.policy.refused import Refused
from libs.service import Ask, Asked, Service
from libs.store import Collection
from services.routing import domain
from services.routing.contacts import ChangeContact, UnitContact
from services.routing.domain import Case


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Objection(Body):
    reason: Words
    proposed: Party


class Text(Body):
    text: Words


class HandlingOpinion(Body):
    outcome: Code
    result: Words
    answer: Words


class Opinion(Body):
    opinion: Words


class FinalDecision(Body):
    talk: Words
    answer: Words


class DisputeDecision(Body):
    dispatch: str
    grant: bool
    unit: Party
    reason: Words


class Designation(Body):
    dispatch: str
    unit: Party
    reason: Words


class ClimbReview(Body):
    dispatch: str
    climbs: bool
    unit: Party | None = None
    reason: Words


def routes(
    service: Service, cases: Collection[Case], contacts: Collection[UnitContact], directory: Directory
) -> APIRouter:
    router = APIRouter()

    async def found(case: str) -> Case:
        known = await cases.get(case)
        if known is None or not known.accepted:
            raise Refused("no-such-case", "there is no such case for you", status=404)
        return known

    async def carry_out(
        ask: Ask, case: str, command: Command, decide: Callable[[Case], Iterable[Event]]
    ) -> dict[str, Any]:
        async with service.asked(ask, command.type, case=case, parent=await cases.trace_of(case)):
            applied = service.counted(await cases.apply(case, command, decide, kind="asked"))
        if any(isinstance(fact, SecondDisputeRefused) for fact in applied.said):
            raise Refused(
                "second-objection", "each unit may object to a case once; work on it and reply", field="dispatch"
            )
        return {"case": case, "said": [fact.type for fact in applied.said]}

    async def by_unit(
        ask: Ask,
        case: str,
        dispatch: str,
        kind: type[domain.UnitCommand],
        rule: Callable[..., Iterable[Event]],
        **words: str,
    ) -> dict[str, Any]:
        known = (await found(case)).dispatches.get(dispatch)
        if known is None:
            raise Refused("no-such-case", "there is no such hand-over", field="dispatch", status=404)
        allow(ask.caller, Act.WORK_ON_CASE, unit=known.unit, case=case)
        command = kind(id=ask.id, at=ask.at, by=ask.caller.subject, dispatch=dispatch, **words)
        # A unit's act counts from when our door received it.
        return await carry_out(ask, case, command, partial(rule, command=command, now=ask.at))

    def scheme_of(case: Case) -> Any:
        return service.schemes[case.scheme]

    # Units ------------------------------------------------------------------------------------------------------------

    @router.post("/cases/{case}/dispatches/{dispatch}/taking")
    async def take(ask: Asked, case: CaseNumber, dispatch: str) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.Take, domain.take)

    @router.post("/cases/{case}/dispatches/{dispatch}/objection")
    async def object_to(ask: Asked, case: CaseNumber, dispatch: str, body: Objection) -> dict[str, Any]:
        scheme = scheme_of(await found(case))
        rule = partial(domain.object_to, scheme=scheme, directory=directory.running(scheme.ref))
        return await by_unit(ask, case, dispatch, domain.ObjectTo, rule, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/progress")
    async def progress(ask: Asked, case: CaseNumber, dispatch: str, body: Text) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.TellProgress, domain.tell_progress, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/reply")
    async def reply(ask: Asked, case: CaseNumber, dispatch: str, body: HandlingOpinion) -> dict[str, Any]:
        rule = partial(domain.reply, scheme=scheme_of(await found(case)))
        return await by_unit(ask, case, dispatch, domain.Reply, rule, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/unresolved")
    async def unresolved(ask: Asked, case: CaseNumber, dispatch: str, body: Opinion) -> dict[str, Any]:
        rule = partial(domain.declare_unresolved, scheme=scheme_of(await found(case)))
        return await by_unit(ask, case, dispatch, domain.DeclareUnresolved, rule, **body.model_dump())

    @router.post("/cases/{case}/dispatches/{dispatch}/final-decision")
    async def final_decision(ask: Asked, case: CaseNumber, dispatch: str, body: FinalDecision) -> dict[str, Any]:
        return await by_unit(ask, case, dispatch, domain.DecideFinally, domain.decide_finally, **body.model_dump())

    @router.get("/units/{unit}/queue")
    async def queue(ask: Asked, unit: Party) -> list[dict[str, Any]]:
        allow(ask.caller, Act.WORK_ON_CASE, unit=unit)
        mine = await cases.find({"keys.units": unit})
        return [
            dispatch.model_dump(mode="json") | {"case": case.case, "category": case.category}
            for case in mine
            for dispatch in case.open_dispatches()
            if dispatch.unit == unit
        ]

    # Administrator, superior, office ----------------------------------------------------------------------------------

    @router.post("/cases/{case}/dispute-decision")
    async def decide_dispute(ask: Asked, case: CaseNumber, body: DisputeDecision) -> dict[str, Any]:
        allow(ask.caller, Act.DECIDE_DISPUTE)
        scheme = scheme_of(await found(case))
        command = domain.DecideDispute(id=ask.id, at=ask.at, by=ask.caller.subject, **body.model_dump())
        rule = partial(
            domain.decide_dispute, command=command, now=ask.at, scheme=scheme, directory=directory.running(scheme.ref)
        )
        return await carry_out(ask, case, command, rule)

    @router.post("/cases/{case}/designation")
    async def designate(ask: Asked, case: CaseNumber, body: Designation) -> dict[str, Any]:
        allow(ask.caller, Act.DESIGNATE_UNIT)
        scheme = scheme_of(await found(case))
        command = domain.Designate(id=ask.id, at=ask.at, by=ask.caller.subject, **body.model_dump())
        rule = partial(domain.designate, command=command, now=ask.at, directory=directory.running(scheme.ref))
        return await carry_out(ask, case, command, rule)

    @router.post("/cases/{case}/climb-review")
    async def review_climb(ask: Asked, case: CaseNumber, body: ClimbReview) -> dict[str, Any]:
        allow(ask.caller, Act.REVIEW_CLIMB)
        scheme = scheme_of(await found(case))
        command = domain.ReviewClimb(id=ask.id, at=ask.at, by=ask.caller.subject, **body.model_dump())
        rule = partial(
            domain.review_climb, command=command, now=ask.at, scheme=scheme, directory=directory.running(scheme.ref)
        )
        return await carry_out(ask, case, command, rule)

    @router.get("/waiting-for-session")
    async def waiting(ask: Asked) -> list[str]:
        """City-level cases still unresolved: listed and counted until a session takes them (§3.24)."""
        allow(ask.caller, Act.READ_CASE)
        return [case.case for case in await cases.find({"keys.waits_for": "session"})]

    # What the other services and staff read ---------------------------------------------------------------------------

    @router.get("/cases/{case}")
    async def read(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        known = await found(case)
        mine = {dispatch.unit for dispatch in known.dispatches.values()}
        allow(ask.caller, Act.READ_CASE, unit=ask.caller.unit if ask.caller.unit in mine else "")
        return known.model_dump(mode="json")

    @router.get("/cases/{case}/answer")
    async def answer(ask: Asked, case: CaseNumber) -> dict[str, Any]:
        allow(ask.caller, Act.READ_CONTACT)
        known = await found(case)
        unit = directory.by_unit.get(known.answered_by or "")
        return {
            "unit": known.answered_by,
            "unit_name": unit.zh if unit else None,
            "outcome": known.outcome,
            "answer": known.answer,
            "final_answer": known.final_answer,
        }

    @router.get("/cases/{case}/dispatches/{dispatch}")
    async def hand_over(ask: Asked, case: CaseNumber, dispatch: str) -> dict[str, Any]:
        allow(ask.caller, Act.READ_CONTACT)
        known = (await found(case)).dispatches.get(dispatch)
        if known is None:
            raise Refused("no-such-case", "there is no such hand-over", status=404)
        return known.model_dump(mode="json")

    async def contact_of(unit: str) -> dict[str, Any]:
        known = directory.unit(unit)
        changed = await contacts.get(unit)
        contact = changed.contact if changed and changed.contact else known.contact
        return {"unit": unit, "name": known.zh, **contact.model_dump()}

    @router.get("/units/{unit}/contact")
    async def unit_contact(ask: Asked, unit: Party) -> dict[str, Any]:
        allow(ask.caller, Act.READ_CONTACT)
        return await contact_of(unit)

    @router.get("/schemes/{scheme}/audiences/{audience}/contact")
    async def audience_contact(ask: Asked, scheme: str, audience: Code) -> dict[str, Any]:
        allow(ask.caller, Act.READ_CONTACT)
        return await contact_of(directory.running(scheme).audience(audience).unit)

    @router.put("/units/{unit}/contact")
    async def change_contact(ask: Asked, unit: Party, body: Contact) -> dict[str, Any]:
        allow(ask.caller, Act.CHANGE_CONTACT, unit=unit)
        directory.unit(unit)
        command = ChangeContact(id=ask.id, at=ask.at, by=ask.caller.subject, contact=body)
        await contacts.apply(unit, command, lambda contact: (), kind="asked")
        return {"unit": unit, "confirmed_at": ask.at.isoformat()}

    @router.get("/stale-contacts")
    async def stale(ask: Asked) -> list[dict[str, Any]]:
        """Units whose liaison person no letter reaches (001-27)."""
        allow(ask.caller, Act.READ_OVERSIGHT)
        found_stale = await contacts.find({"keys.stale": True})
        return [{"unit": contact.unit, "since": contact.unreachable_since} for contact in found_stale]

    return router
