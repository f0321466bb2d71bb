"""What can be asked of deadline about duties over HTTP."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.events import PeriodKey
from contracts.record import Code, DutyNumber, Party
from libs.identity import Act, Caller
from libs.policy.duty import Evidence
from libs.policy.refused import Refused
from libs.policy.scheme import Schemes
from libs.service import Asked, Service, may
from libs.store import Collection
from services.deadline import duties as domain
from services.deadline.duties import HandIn, Occurrence

OWN = frozenset({"service", "office", "administrator", "inspector", "leader", "ops"})
"""Roles that see every unit's duties; others see their own unit's."""


class HandedIn(BaseModel):
    """Evidence. `reference`: where it is kept, a document's number or address."""

    model_config = ConfigDict(extra="forbid")

    kind: Evidence
    reference: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class Board(BaseModel):
    """Which occurrences are looked for. `period`: any of these, or of all; `missing`: those owed or missed, so not done."""

    model_config = ConfigDict(extra="forbid")

    scheme: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    period: Annotated[list[PeriodKey], Field(max_length=24)] = []
    duty: Code | None = None
    unit: Party | None = None
    status: Literal["open", "met", "late", "missed", "missing"] | None = None
    after: DutyNumber | None = None
    limit: Annotated[int, Query(ge=1, le=200)] = 100


def routes(service: Service, duties: Collection[Occurrence]) -> APIRouter:
    router = APIRouter()

    async def found(number: str, caller: Caller) -> Occurrence:
        duty = await duties.get(number)
        if duty is None or duty.opened is None or not _may_see(caller, duty.unit):
            raise no_such_duty()
        if not service.sees(caller, duty.scheme):
            raise no_such_duty()
        return duty

    @router.get("/duties", dependencies=[may(Act.READ_DUTIES)])
    async def show_duties(board: Annotated[Board, Query()], ask: Asked) -> dict[str, Any]:
        """A page of occurrences by number; `next` is what to ask `after` for the next page. With `status=missing`: who
        has not handed in the ledger (003-35), which enterprises nobody called on (003-09, 003-14)."""
        unit = board.unit if ask.caller.roles & OWN else ask.caller.unit
        if unit is None and not ask.caller.roles & OWN:
            raise Refused("not-allowed", "you speak for no unit", status=403)
        given = {"duty": board.duty, "unit": unit}
        where: dict[str, Any] = {"keys.scheme": board.scheme}
        where |= {f"keys.{name}": value for name, value in given.items() if value is not None}
        if board.period:
            where["keys.period"] = board.period[0] if len(board.period) == 1 else {"$in": board.period}
        if board.status is not None:
            where["keys.status"] = {"$in": ["open", "missed"]} if board.status == "missing" else board.status
        if board.after is not None:
            where["keys.number"] = {"$gt": board.after}
        page = await duties.find(where, sort="keys.number", limit=board.limit)
        following = page[-1].number if len(page) == board.limit else None
        return {"duties": [shown(duty, service.schemes) for duty in page], "next": following}

    @router.get("/duties/{number}", dependencies=[may(Act.READ_DUTIES)])
    async def show_duty(number: DutyNumber, ask: Asked) -> dict[str, Any]:
        """One occurrence with its evidence."""
        duty = await found(number, ask.caller)
        evidence = [one.model_dump(mode="json", exclude={"id"}) for one in duty.shown]
        return shown(duty, service.schemes) | {"evidence": evidence}

    @router.post("/duties/{number}/evidence", status_code=201, dependencies=[may(Act.HAND_IN_EVIDENCE)])
    async def hand_in(number: DutyNumber, body: HandedIn, ask: Asked) -> dict[str, Any]:
        """Evidence from the unit that owes the duty; after its last day it is met late."""
        duty = await found(number, ask.caller)
        command = HandIn(id=ask.id, at=ask.at, by=ask.caller.subject, **body.model_dump())
        rule = service.schemes[duty.scheme].duties[duty.duty]
        decide = partial(domain.hand_in, command=command, unit=ask.caller.unit, rule=rule)
        async with service.asked(ask, command.type, case=""):
            applied = service.counted(await duties.apply(number, command, decide, kind="asked"))
        return shown(applied.state, service.schemes)

    return router


def no_such_duty() -> Refused:
    return Refused("no-such-duty", "there is no such duty for you", status=404)


def _may_see(caller: Caller, unit: str) -> bool:
    return bool(caller.roles & OWN) or caller.unit == unit


def shown(duty: Occurrence, schemes: Schemes) -> dict[str, Any]:
    """An occurrence as people read it. `due`: the day that the text names; `last`: the last on which it is not missed."""
    rule = schemes[duty.scheme].duties[duty.duty]
    return {
        "number": duty.number,
        "scheme": duty.scheme,
        "duty": duty.duty,
        "what": {"zh": rule.zh, "en": rule.en},
        "period": duty.period,
        "about": duty.about,
        "unit": duty.unit,
        "served": duty.served,
        "due": duty.due,
        "last": duty.last,
        "status": duty.status,
        "shown": len(duty.shown),
        "at_least": duty.at_least,
        "done": duty.done_at,
        "takes": list(rule.evidence),
        "unstated": rule.unstated,
        "law": rule.law,
    }
