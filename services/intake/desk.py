"""What every route about one appeal needs: to find it, to see whose it is, and to carry a command out on it."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict

from contracts.events import Event
from contracts.record import Command
from libs.identity import MAY, Act, allow, same_person
from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.service import Ask, Service
from libs.store import Collection
from services.intake.appeal import Appeal

ON_THEIR_OWN = frozenset({"liaison", "supervisor", "conduct", "proxy"})
"""Who follows only what they handed in themselves (持续跟踪, 003-17)."""
TITLES = 100
"""So many at once."""


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Desk:
    def __init__(self, service: Service, appeals: Collection[Appeal], directory: Directory) -> None:
        self.service = service
        self.appeals = appeals
        self.directory = directory

    async def found(self, ask: Ask, case: str) -> Appeal:
        """Raises `Refused` (404) for what is not there, and for what another level of government screens. Whoever handed
        an appeal in finds it at every level."""
        appeal = await self.appeals.get(case)
        if appeal is None or not appeal.filed:
            raise no_such_case()
        if appeal.filed_by != ask.caller.subject and not self.service.sees(ask.caller, appeal.scheme):
            raise no_such_case()
        return appeal

    async def scheme_of(self, ask: Ask, case: str) -> Scheme:
        return self.service.schemes[(await self.found(ask, case)).scheme]

    async def on_case(
        self, ask: Ask, case: str, kind: type[Command], rule: Callable[..., Iterable[Event]], **fields: Any
    ) -> dict[str, Any]:
        """Carry a command out on an appeal that is there."""
        await self.found(ask, case)
        command = kind(id=ask.id, at=ask.at, by=ask.caller.subject, **fields)
        parent = await self.appeals.trace_of(case)
        async with self.service.asked(ask, command.type, case=case, parent=parent):
            decide = partial(rule, command=command, now=ask.at)
            applied = self.service.counted(await self.appeals.apply(case, command, decide, kind="asked"))
        return {"case": case, "stage": applied.state.stage}

    async def own(self, ask: Ask, act: Act, case: str) -> None:
        """The enterprise itself, an operator, or the channel that handed this very appeal in."""
        allow(ask.caller, act, case=case)
        if "channel" in ask.caller.roles:
            channel = next((c.channel for c in self.directory.channels if c.party == ask.caller.unit), None)
            if channel is None or (await self.found(ask, case)).channel != channel:
                raise no_such_case()

    async def adding(self, ask: Ask, act: Act, case: str) -> Appeal:
        """The appeal, for whoever may add to it: its enterprise, an operator, or who handed it in."""
        await self.own(ask, act, case)
        appeal = await self.found(ask, case)
        others = ask.caller.roles & MAY[act] - {"enterprise", "operator", "channel", "service"}
        if ask.caller.roles & MAY[act] == others and appeal.filed_by != ask.caller.subject:
            raise Refused("no-such-case", "there is no such case for you", status=404)
        return appeal

    async def readable(self, ask: Ask, act: Act, case: str) -> Appeal:
        """The appeal, for whoever may read its dossier: staff of its own level, a unit that has the case or was first
        asked, the enterprise itself, and whoever handed it in."""
        allow(ask.caller, act, case=case)
        appeal = await self.found(ask, case)
        if appeal.filed_by == ask.caller.subject:
            return appeal
        roles = ask.caller.roles & MAY[act] - ON_THEIR_OWN
        if ask.caller.case != case:
            roles -= {"enterprise"}
        if not roles:
            raise Refused("no-such-case", "there is no such case for you", status=404)
        if roles == {"unit"} and (appeal.receiver is None or appeal.receiver != ask.caller.unit):
            await self._has_the_case(ask, case)
        return appeal

    async def titles(self, ask: Ask, cases: list[str]) -> dict[str, str]:
        """What each of these appeals is called, of those whose dossier the caller may read; a unit's are those in its
        queue, as routing tells. Raises `Refused` (503) while routing is silent."""
        roles = ask.caller.roles & MAY[Act.READ_DOSSIER] - ON_THEIR_OWN - {"enterprise"}
        if not roles or not cases:
            return {}
        theirs = await self._in_queue(ask, cases) if roles == {"unit"} else set(cases)
        found = await self.appeals.find({"_id": {"$in": sorted(theirs)}}, limit=TITLES)
        return {
            appeal.case: appeal.dossier.title
            for appeal in found
            if appeal.dossier and self.service.sees(ask.caller, appeal.scheme)
        }

    async def _in_queue(self, ask: Ask, cases: list[str]) -> set[str]:
        path = f"/units/{ask.caller.unit}/queue?{httpx.QueryParams({'case': cases})}"
        try:
            rows = await self.service.fetch("routing", path, on_behalf=ask.caller)
        except httpx.HTTPError:
            raise _unknown_now() from None
        return {row["case"] for row in rows}

    async def _has_the_case(self, ask: Ask, case: str) -> None:
        """Routing knows which units a case was handed to, and decides for each by itself."""
        try:
            await self.service.fetch("routing", f"/cases/{case}", on_behalf=ask.caller)
        except httpx.HTTPStatusError as error:
            if error.response.status_code >= 500:
                raise _unknown_now() from None
            raise Refused("no-such-case", "there is no such case for you", status=404) from None
        except httpx.HTTPError:
            raise _unknown_now() from None

    async def followed(self, ask: Ask, case: str) -> Appeal:
        """The appeal, for whoever may follow it; who only hands appeals in follows those alone."""
        allow(ask.caller, Act.FOLLOW_APPEAL, case=case)
        if ask.caller.roles == {"unit"}:
            return await self.readable(ask, Act.FOLLOW_APPEAL, case)
        appeal = await self.found(ask, case)
        if ask.caller.roles <= ON_THEIR_OWN and not same_person(appeal.filed_by, ask.caller.subject):
            raise no_such_case()
        return appeal


def _unknown_now() -> Refused:
    return Refused("not-known-now", "whose case this is cannot be found out right now; try again shortly", status=503)


def no_such_case() -> Refused:
    return Refused("no-such-case", "there is no such case for you", status=404)
