"""What every route about cases shares: finding the case, whose it is, and carrying a command out."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.events import Event, SecondDisputeRefused
from contracts.record import Command
from libs.identity import Act, allow
from libs.policy.refused import Refused
from libs.service import Ask, Service
from libs.store import Collection
from services.routing.case import Case, Dispatch
from services.routing.commands import UnitCommand
from services.routing.facts import Terms

Rule = Callable[..., Iterator[Event]]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def terms_by_scheme(service: Service) -> Callable[[str], Terms]:
    """What the rules go by, for a case of this scheme."""

    def terms(ref: str) -> Terms:
        scheme = service.schemes[ref]
        return Terms(scheme, service.directory.running(ref), service.schemes, service.calendars[scheme.calendar])

    return terms


class Asking:
    """Commands about cases, from whoever may give them."""

    def __init__(self, service: Service, cases: Collection[Case], terms: Callable[[str], Terms]) -> None:
        self.service = service
        self.cases = cases
        self.terms = terms

    async def found(self, ask: Ask, case: str) -> Case:
        """Raises `Refused` (404) for a case that was never accepted, or is another level's."""
        known = await self.cases.get(case)
        if known is None or not known.accepted or not self.service.sees(ask.caller, known.scheme):
            raise Refused("no-such-case", "there is no such case for you", status=404)
        return known

    async def hand_over(self, ask: Ask, case: str, dispatch: str) -> Dispatch:
        known = (await self.found(ask, case)).dispatches.get(dispatch)
        if known is None:
            raise Refused("no-such-case", "there is no such hand-over", field="dispatch", status=404)
        return known

    async def by_unit(
        self, ask: Ask, case: str, dispatch: str, kind: type[UnitCommand], rule: Rule, **words: Any
    ) -> dict[str, Any]:
        """A command from the unit or leader that the case was handed to; it counts from when our door received it."""
        known = await self.hand_over(ask, case, dispatch)
        allow(ask.caller, Act.WORK_ON_CASE, unit=known.unit, case=case)
        return await self.about(ask, case, kind, rule, dispatch=dispatch, **words)

    async def about(self, ask: Ask, case: str, kind: type[Command], rule: Rule, **words: Any) -> dict[str, Any]:
        """A command about the case, after the caller was allowed it."""
        known = await self.found(ask, case)
        command = kind(id=ask.id, at=ask.at, by=ask.caller.subject, **words)
        decide = partial(rule, command=command, now=ask.at, terms=self.terms(known.scheme))
        return await self._carry_out(ask, case, command, decide)

    async def _carry_out(
        self, ask: Ask, case: str, command: Command, decide: Callable[[Case], Iterable[Event]]
    ) -> dict[str, Any]:
        async with self.service.asked(ask, command.type, case=case, parent=await self.cases.trace_of(case)):
            applied = self.service.counted(await self.cases.apply(case, command, decide, kind="asked"))
        if any(isinstance(said, SecondDisputeRefused) for said in applied.said):
            raise Refused(
                "second-objection", "each unit may object to a case once; work on it and reply", field="dispatch"
            )
        return {"case": case, "said": [said.type for said in applied.said]}
