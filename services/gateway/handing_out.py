"""What units are told: kept when it is heard, published to the unit's own vhost when that can be reached."""

import asyncio
import logging
from collections.abc import Container, Mapping
from contextlib import suppress

from opentelemetry.trace import SpanKind

from contracts.events import CaseAssigned, CaseRecalled, CaseSentBack, DisputeDecided, HandOver, SecondDisputeRefused
from contracts.messages import ANSWERS, ASSIGNMENTS, Assignment, AssignmentEnded, Contact, ObjectionDecided, ToParty
from contracts.record import derive_id
from libs.bus import Handler
from libs.crash import crash_point
from libs.service import Service
from libs.store import Collection
from services.gateway.domain import Telling, Told, ToTell, to_tell
from services.gateway.line import Line

AT_ONCE = 8
SWEEP_SECONDS = 5.0
AGAIN_AFTER_SECONDS = 1.0

log = logging.getLogger("gateway")


class HandingOut:
    """Tells units what the inside says about their cases. One document per case and unit."""

    def __init__(self, service: Service, tellings: Collection[Telling], doors: Container[str]) -> None:
        """`doors`: the units with a system of their own; leaders and all other units work through pages."""
        self._service = service
        self._doors = doors
        self._tellings = tellings
        self._woken: dict[str, asyncio.Event] = {}
        self._waiting_known: tuple[int, int] = (-1, 0)

    def handlers(self) -> Mapping[str, Handler]:
        """Everything that is heard is kept first: a unit that cannot be reached holds nothing up."""
        kinds = (CaseAssigned, CaseRecalled, CaseSentBack, DisputeDecided, SecondDisputeRefused)
        return {str(kind.model_fields["type"].default): self._hear for kind in kinds}

    async def count_waiting(self) -> int:
        """Cases of which some unit is still to be told something (counted up to 1000); asked of the store only when something was
        written since."""
        changes = self._tellings.changes
        if changes != self._waiting_known[0]:
            waiting = await self._tellings.mongo.count_documents({"keys.waiting": {"$gt": ""}}, limit=1000)
            self._waiting_known = (changes, waiting)
        return self._waiting_known[1]

    async def serve(self, line: Line) -> None:
        """Tells one unit what it is to be told, until cancelled. What fails is tried again a second later."""
        woken = self._wake(line.party)
        while True:
            woken.clear()
            try:
                while await self._tell_what_waits(line):
                    pass
            except Exception as error:
                log.warning("a unit is not told yet", extra={"party": line.party, "error": type(error).__name__})
                await asyncio.sleep(AGAIN_AFTER_SECONDS)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await woken.wait()

    def _wake(self, unit: str) -> asyncio.Event:
        return self._woken.setdefault(unit, asyncio.Event())

    async def _hear(self, fact: HandOver) -> None:
        if fact.unit not in self._doors:
            return
        self._service.counted(await self._tellings.apply(f"{fact.case}:{fact.unit}", fact, lambda telling: ()))
        self._wake(fact.unit).set()

    async def _tell_what_waits(self, line: Line) -> bool:
        """False when nothing waits. What can be told is told, though something else fails."""
        cursor = self._tellings.mongo.find({"keys.waiting": line.party}, {"_id": 1}).limit(100)
        gate = asyncio.Semaphore(AT_ONCE)
        telling = [self._tell(gate, line, row["_id"]) async for row in cursor]
        for outcome in await asyncio.gather(*telling, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        return bool(telling)

    async def _tell(self, gate: asyncio.Semaphore, line: Line, key: str) -> None:
        async with gate:
            telling = await self._tellings.get(key) or Telling()
            parent = await self._tellings.trace_of(key)
            for fact in to_tell(telling):
                with self._service.tracer.span(
                    f"tell {fact.type}",
                    kind=SpanKind.PRODUCER,
                    case=fact.case,
                    parent=parent,
                    at=fact.at,
                    attributes={"party": line.party, "messaging.system": "rabbitmq", "messaging.message.id": fact.id},
                ):
                    queue, message = await self._message(telling, fact)
                    await line.publish(queue, message, fact.id)
                    crash_point("after-telling")
                    told = Told(id=derive_id("told", fact.id), at=self._service.clock.now(), by="gateway", fact=fact.id)
                    await self._tellings.apply(key, told, lambda telling: (), kind="asked")

    async def _message(self, telling: Telling, fact: ToTell) -> tuple[str, ToParty]:
        match fact:
            case CaseAssigned():
                return ASSIGNMENTS, await self._assignment(fact)
            case CaseSentBack():
                offer = telling.offer(fact.subject)
                assert offer is not None
                return ASSIGNMENTS, await self._assignment(offer)
            case CaseRecalled():
                return ASSIGNMENTS, AssignmentEnded(case=fact.case, dispatch=fact.subject, reason=fact.reason)
            case DisputeDecided():
                return ANSWERS, ObjectionDecided(case=fact.case, dispatch=fact.subject, outcome=fact.outcome)
            case SecondDisputeRefused():
                return ANSWERS, ObjectionDecided(case=fact.case, dispatch=fact.subject, outcome="refused")

    async def _assignment(self, offer: CaseAssigned) -> Assignment:
        """What the unit needs, field by field: whatever else intake knows stays there."""
        dossier = await self._service.fetch("intake", f"/appeals/{offer.case}/dossier")
        contact = dossier["contact"]
        return Assignment(
            case=offer.case,
            dispatch=offer.subject,
            role=offer.role,
            task=offer.task,
            rung=offer.rung,
            complexity=offer.complexity,
            urgent=offer.urgent,
            due_on=offer.due_on,
            category=dossier["category"],
            district=dossier["district"],
            filed_at=dossier["filed_at"],
            enterprise=dossier["enterprise"],
            contact=Contact(name=contact["name"], phone=contact["phone"], email=contact["email"]),
            title=dossier["title"],
            text=dossier["text"],
            supplement=dossier["supplement"],
        )
