"""What the routes have in common: bodies that take no unknown field, and a command on one case with its span."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from contracts.events import Event
from contracts.record import Command
from libs.service import Ask, Service
from libs.store import BEGINNING, Applied
from services.evaluation.case import Case
from services.evaluation.domain import with_consequences
from services.evaluation.invitation import no_such_case
from services.evaluation.stores import Stores

Limit = Annotated[int, Query(ge=1, le=100)]
Skip = Annotated[int, Query(ge=0, le=10_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def until(now: datetime) -> dict[str, Any]:
    """Whatever instant has come. With a lower end, for the embedded store's sake."""
    return {"$gt": BEGINNING, "$lte": now}


def named(ask: Ask) -> dict[str, Any]:
    """What every command takes from who asks."""
    return {"id": ask.id, "at": ask.at, "by": ask.caller.subject}


async def ask_case(
    service: Service,
    stores: Stores,
    ask: Ask,
    case: str,
    command: Command,
    rule: Callable[..., list[Event]],
    *,
    first: Callable[[Case], None] = lambda known: None,
) -> Applied[Case]:
    """The rule is asked about the case as it is; `first` may refuse before."""

    def decide(known: Case) -> list[Event]:
        if not known.scheme or not service.sees(ask.caller, known.scheme):
            raise no_such_case()
        first(known)
        return with_consequences(rule, known, command, now=ask.at, scheme=service.schemes[known.scheme])

    async with service.asked(ask, command.type, case=case, parent=await stores.cases.trace_of(case)):
        return service.counted(await stores.cases.apply(case, command, decide, kind="asked"))
