"""A message's way in: kept, judged, handed over, answered; only then may it be acknowledged."""

import asyncio
import re
from collections.abc import Mapping
from weakref import WeakValueDictionary

import httpx
from opentelemetry.trace import SpanKind

from contracts import messages
from contracts.messages import Message, Received, SubmitAppeal
from contracts.record import derive_id
from libs.crash import crash_point
from libs.policy.refused import Refused
from libs.service import Service
from libs.telemetry import first_of
from services.gateway.errands import Errand, caller_of, errand
from services.gateway.kept import Kept, Messages
from services.gateway.parties import Party
from services.gateway.reading import MESSAGE_ID, Raw, read

AT_ONCE_PER_PEER = 32
REFUSALS = frozenset({400, 403, 404, 409, 410, 413, 422})
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Answer = messages.Received | messages.Refused


class Trouble(Exception):
    """A service of ours could not say yes or no: the message waits and is handed over again under the same key."""


class TakingIn:
    """What the gateway does with what parties send."""

    def __init__(self, service: Service, kept: Messages, parties: Mapping[str, Party]) -> None:
        self._service = service
        self._kept = kept
        self._parties = parties
        # However many parties wait for a service that hangs, the way to the other one stays free.
        self._gates = {peer: asyncio.Semaphore(AT_ONCE_PER_PEER) for peer in ("intake", "routing")}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(self, raw: Raw, *, outside_trace: object = None) -> tuple[str, Answer]:
        """Keep a message, find what is to be answered, keep that too. Returns the answer with the id it is sent
        under. Raises when that cannot be known now: then the same call is to be made again."""
        message = _understood(raw, self._parties[raw.party])
        # What one party says about one case takes effect in the order in which it was said.
        async with self._locks.setdefault(_turn(raw, message), asyncio.Lock()):
            kept = await self._kept.keep(raw, self._service.clock.now())
            crash_point("after-keep")
            if kept.answer is not None:
                return _answer_id(kept, kept.judged), kept.answer
            return await self._judge(kept, message, outside_trace)

    async def replay(self, kept: Kept) -> tuple[str, Answer]:
        """Judge a quarantined message once more, as if it came now; it counts from when it first came."""
        if kept.outcome != "quarantined" or kept.dropped:
            raise Refused("nothing-to-replay", "only a message in quarantine that still has its words can be replayed")
        return await self._judge(kept, _understood(kept.raw, self._parties[kept.raw.party]), None)

    async def _judge(self, kept: Kept, message: Message | Refused, outside_trace: object) -> tuple[str, Answer]:
        if isinstance(message, Message) and kept.id != kept.raw.own_id:
            message = Refused(
                "used-message-id", "this id named another message; give this one its own", field="message_id"
            )
        answer = (
            _refusal(kept, message)
            if isinstance(message, Refused)
            else await self._hand_over(kept, message, outside_trace)
        )
        await self._kept.answer(kept, answer)
        crash_point("after-answer")
        return _answer_id(kept, kept.judged + 1), answer

    async def _hand_over(self, kept: Kept, message: Message, outside_trace: object) -> Answer:
        party = self._parties[kept.raw.party]
        what = errand(message, party, str(kept.raw.message_id))
        attributes: dict[str, str | int] = {
            "messaging.system": "rabbitmq",
            "messaging.operation.name": "receive",
            "messaging.operation.type": "process",
            "messaging.destination.name": messages.INBOX,
            "party": party.name,
        }
        # An outsider's trace is told, never adopted.
        if isinstance(outside_trace, str) and _TRACEPARENT.fullmatch(outside_trace):
            attributes["outside.traceparent"] = outside_trace
        with self._service.tracer.span(
            f"receive {kept.raw.type}",
            kind=SpanKind.CONSUMER,
            case=what.case,
            parent="" if isinstance(message, SubmitAppeal) else first_of(what.case),
            at=kept.received_at,
            attributes=attributes,
        ):
            async with self._gates[what.peer]:
                response = await self._service.send(
                    what.peer, what.path, what.body, key=what.key, on_behalf=caller_of(party), at=kept.received_at
                )
            crash_point("after-hand-over")
            return _answer(kept, what, response)


def _understood(raw: Raw, party: Party) -> Message | Refused:
    try:
        return read(raw, party)
    except Refused as refused:
        return refused


def _turn(raw: Raw, message: Message | Refused) -> str:
    case = getattr(message, "case", "")
    return f"{raw.party}:{case}" if case else raw.content_id


def _answer(kept: Kept, what: Errand, response: httpx.Response) -> Answer:
    if response.is_success:
        return Received(of=str(kept.raw.message_id), case=response.json()["case"])
    if response.status_code in REFUSALS and "problem+json" in response.headers.get("content-type", ""):
        problem = response.json()
        # The rule `http` is the framework's own: there is no such route, which is no fault of the sender.
        if problem["rule"] != "http":
            refused = Refused(problem["rule"], problem["detail"], field=problem.get("field", ""))
            return _refusal(kept, refused)
    raise Trouble(f"{what.peer} answers {response.status_code}")


def _refusal(kept: Kept, refused: Refused) -> messages.Refused:
    of = kept.raw.message_id if MESSAGE_ID.fullmatch(kept.raw.message_id or "") else None
    return messages.Refused(of=of, field=refused.field, rule=refused.rule, detail=refused.detail)


def _answer_id(kept: Kept, judged: int) -> str:
    """The same for the same answer sent again; another one after a replay."""
    return derive_id("answer", kept.id, str(judged))
