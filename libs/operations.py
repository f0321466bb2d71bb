"""What every service answers to whoever keeps it running: how work flows, what is stuck, and its dead letters.

The ops pages and `ztc dead` ask these routes; there is no other way to replay or discard.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from pymongo.asynchronous.collection import AsyncCollection

from libs.asking import Asked, may
from libs.dead import AT_ONCE, DeadLetter, DeadLetters, Look
from libs.flow import Stuck
from libs.identity import Act
from libs.policy.refused import Refused
from libs.relay import Waiting
from libs.store import BEGINNING

if TYPE_CHECKING:
    from libs.service import Service

UNSENT_IS_STUCK_SECONDS = 60
STUCK_AT_ONCE = 100
NO_ANSWER_SECONDS = 3

T = TypeVar("T")
MessageId = Annotated[str, Field(min_length=1, max_length=255)]
Limit = Annotated[int, Query(ge=1, le=AT_ONCE)]
log = logging.getLogger("operations")


class Discard(BaseModel):
    """`reason`: why nobody needs the message any more, in the operator's words."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: str = Field(min_length=2, max_length=500)


class ReplayAll(BaseModel):
    """`type`: an event type; without it all of the service's."""

    model_config = ConfigDict(extra="forbid")

    type: str | None = Field(default=None, max_length=100)


class Discarded:
    """What became of the letters that were thrown away: who did it, when and why."""

    def __init__(self, collection: AsyncCollection[dict[str, Any]]) -> None:
        self._mongo = collection

    async def create_indexes(self) -> None:
        await self._mongo.create_index("at")

    async def keep(self, letter: DeadLetter, *, by: str, why: str) -> None:
        """Before the letter goes; once more under the same id when it had not gone after all."""
        row = letter.shown() | {"by": by, "why": why, "at": datetime.now(UTC)}
        await self._mongo.replace_one({"_id": letter.id}, row, upsert=True)

    async def newest(self, limit: int) -> list[dict[str, Any]]:
        cursor = self._mongo.find({"at": {"$gt": BEGINNING}}, {"_id": 0}).sort("at", -1).limit(limit)
        return [row async for row in cursor]


def routes(service: "Service", discarded: Discarded) -> APIRouter:
    router = APIRouter()
    dead = DeadLetters(service.name, service.bus.channel)

    @router.get("/flow", dependencies=[may(Act.READ_FLOW)])
    async def flow(ask: Asked) -> dict[str, Any]:
        """How work flows through this service now. What does not answer in time is named in `silent`."""
        return await flow_of(service)

    @router.get("/stuck", dependencies=[may(Act.READ_FLOW)])
    async def stuck(ask: Asked) -> list[dict[str, Any]]:
        """What does not go on by itself, each with its reason; the longest first of its kind, at most a hundred of each."""
        return [asdict(one) for one in await stuck_in(service)]

    @router.get("/dead", dependencies=[may(Act.READ_DEAD_LETTERS)])
    async def parked(ask: Asked, limit: Limit = 100) -> dict[str, Any]:
        """The parked messages, the oldest first; they stay where they are."""
        async with dead.look() as look:
            return {
                "service": service.name,
                "count": look.count,
                "letters": [one.shown() for one in look.letters[:limit]],
            }

    @router.get("/dead/discarded", dependencies=[may(Act.READ_DEAD_LETTERS)])
    async def thrown_away(ask: Asked, limit: Limit = 100) -> list[dict[str, Any]]:
        """What was discarded, the newest first."""
        return await discarded.newest(limit)

    @router.get("/dead/{id}", dependencies=[may(Act.READ_DEAD_LETTERS)])
    async def show(ask: Asked, id: MessageId) -> dict[str, Any]:
        """One parked message. `says`: the fact, which is ids, codes and dates; null where it is no fact of the catalogue."""
        async with dead.look() as look:
            letter = _found(look, id)
            size = len(letter.message.body)
            return letter.shown() | {"traceparent": letter.traceparent, "says": letter.says, "size": size}

    @router.post("/dead/replay", dependencies=[may(Act.SETTLE_DEAD_LETTERS)])
    async def replay_all(ask: Asked, body: ReplayAll) -> dict[str, Any]:
        """Hand over once more all of a type, or all; at most a thousand are looked at. `kept`: what stays, and why."""
        kept: list[dict[str, str]] = []
        async with dead.look() as look:
            wanted = [letter for letter in look.letters if body.type in (None, letter.type)]
            for letter in wanted:
                try:
                    await replayed(ask, look, letter)
                except Refused as refused:
                    kept.append({"id": letter.id, "detail": refused.detail})
        return {"replayed": len(wanted) - len(kept), "kept": kept}

    @router.post("/dead/{id}/replay", dependencies=[may(Act.SETTLE_DEAD_LETTERS)])
    async def replay(ask: Asked, id: MessageId) -> dict[str, Any]:
        """Hand it over once more; it comes to the service two seconds later."""
        async with dead.look() as look:
            await replayed(ask, look, _found(look, id))
        return {"replayed": 1}

    @router.post("/dead/{id}/discard", dependencies=[may(Act.SETTLE_DEAD_LETTERS)])
    async def discard(ask: Asked, id: MessageId, body: Discard) -> dict[str, Any]:
        """Take it away for good and keep who did it, when and why. The fact itself stays in the history of who said it."""
        async with dead.look() as look:
            letter = _found(look, id)
            async with service.asked(ask, "discard", case=letter.case, parent=letter.traceparent):
                await discarded.keep(letter, by=ask.caller.subject, why=body.reason)
                await look.take_away(letter)
        log.warning("dead letter discarded", extra={"event_type": letter.type, "event_id": letter.id})
        return {"discarded": 1}

    async def replayed(ask: Asked, look: Look, letter: DeadLetter) -> None:
        async with service.asked(ask, "replay", case=letter.case, parent=letter.traceparent):
            await look.replay(letter, service.name)
            service.bus.published += 1  # one more delivery that will be settled
        log.warning("dead letter replayed", extra={"event_type": letter.type, "event_id": letter.id})

    return router


def _found(look: Look, id: str) -> DeadLetter:
    letter = look.find(id)
    if letter is None:
        raise Refused("no-such-letter", f"no parked message is called {id} any more", field="id", status=404)
    return letter


async def flow_of(service: "Service") -> dict[str, Any]:
    """The figures of `GET /flow`; instants of due work are business time, all else is the machine's."""
    counters = service.counters()
    broker, store = await asyncio.gather(_in_time(service.bus.depths()), _in_time(_from_store(service)))
    waiting = service.unsent()
    return {
        "service": service.name,
        "uptime_seconds": round(time.monotonic() - service.started_at, 1),
        "queue": broker and {"depth": broker[0], "consumers": broker[1]},
        "dead": broker and broker[2],
        "unsent": {
            "documents": store and store["unsent"],
            "oldest_seconds": round(waiting[0].seconds, 1) if waiting else 0.0,
        },
        "due": store and store["due"],
        "in_flight": service.in_flight,
        "since_start": counters,
        "per_minute": {
            f"{seconds}s": service.rates.per_minute(time.monotonic(), counters, seconds=seconds)
            for seconds in (60, 300)
        },
        "failing": len(service.due.failures.longest_first()),
        "silent": [name for name, answer in (("broker", broker), ("store", store)) if answer is None],
    }


async def _from_store(service: "Service") -> dict[str, Any]:
    return {"unsent": await service.count_unsent(), "due": await service.due.overdue()}


async def _in_time(answer: Awaitable[T]) -> T | None:
    """None when there is no answer: whoever looks at night wants to see the rest all the same."""
    try:
        async with asyncio.timeout(NO_ANSWER_SECONDS):
            return await answer
    except Exception as error:
        log.warning("no answer for the flow", extra={"error": type(error).__name__})
        return None


async def stuck_in(service: "Service") -> list[Stuck]:
    failing = [
        Stuck("due-work", failure.key, failure.error, failure.since, failure.tries)
        for failure in service.due.failures.longest_first()
    ]
    unsent = long_unsent(service.unsent(), datetime.now(UTC))
    more = [await ask() for ask in service.stuck_too]
    return [stuck for kind in (failing, unsent, *more) for stuck in kind[:STUCK_AT_ONCE]]


def long_unsent(known: list[Waiting], now: datetime) -> list[Stuck]:
    """Documents whose facts have not reached the broker for more than a minute of the machine's time."""
    return [
        Stuck("unsent", waiting.key, waiting.collection, now - timedelta(seconds=waiting.seconds))
        for waiting in known
        if waiting.seconds > UNSENT_IS_STUCK_SECONDS
    ]
