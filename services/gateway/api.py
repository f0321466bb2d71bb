"""What can be asked of the gateway over HTTP: what is in quarantine, why, and to try it again."""

from typing import Any

import httpx
from fastapi import APIRouter
from opentelemetry.trace import SpanKind

from contracts.messages import ANSWERS, FROM_CHANNEL, FROM_UNIT, Refused
from libs.identity import Act
from libs.policy import refused
from libs.service import Asked, Service, may
from services.gateway.door import Door
from services.gateway.kept import Kept, Messages
from services.gateway.line import NotDelivered
from services.gateway.masking import masked
from services.gateway.taking_in import TakingIn, Trouble


def routes(service: Service, kept: Messages, taking_in: TakingIn, door: Door) -> APIRouter:
    router = APIRouter()

    async def found(id: str) -> Kept:
        message = await kept.get(id)
        if message is None or message.outcome == "waiting":
            raise refused.Refused("no-such-message", "there is no such message in quarantine", status=404)
        return message

    @router.get("/quarantine", dependencies=[may(Act.READ_QUARANTINE)])
    async def quarantine(ask: Asked) -> list[dict[str, Any]]:
        """The latest hundred messages that were refused, without what they said."""
        return [_row(message) for message in await kept.quarantined()]

    @router.get("/quarantine/{id}", dependencies=[may(Act.READ_QUARANTINE)])
    async def show(ask: Asked, id: str) -> dict[str, Any]:
        """One of them, with its shape: every letter and digit of what it said is replaced."""
        message = await found(id)
        return _row(message) | {"message_id": message.raw.message_id, "content": masked(message.raw.body)}

    @router.post("/quarantine/{id}/replay", dependencies=[may(Act.READ_QUARANTINE)])
    async def replay(ask: Asked, id: str) -> dict[str, Any]:
        """Judge it once more; its sender gets the new answer."""
        message = await found(id)
        with service.tracer.span("replay", kind=SpanKind.SERVER, parent=ask.traceparent, at=ask.at):
            try:
                answer_id, answer = await taking_in.replay(message)
                await door.lines[message.raw.party].publish(ANSWERS, answer, answer_id)
            except (Trouble, NotDelivered, TimeoutError, httpx.HTTPError) as error:
                raise refused.Refused(
                    "not-now", f"it cannot be known now ({type(error).__name__}); try again later", status=503
                ) from None
        return _row(await found(id))

    return router


def _row(message: Kept) -> dict[str, Any]:
    reason = message.answer if isinstance(message.answer, Refused) else None
    return {
        "id": message.id,
        "party": message.raw.party,
        "received_at": message.received_at,
        "size": message.size,
        "type": message.raw.type if message.raw.type in {**FROM_CHANNEL, **FROM_UNIT} else None,
        "outcome": message.outcome,
        "rule": reason and reason.rule,
        "field": reason and reason.field,
        "detail": reason and reason.detail,
        "judged": message.judged,
        "dropped": message.dropped,
    }
