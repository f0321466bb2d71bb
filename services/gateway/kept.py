"""Everything that parties sent, stored before it is acknowledged; what was wrong stays with its reason (quarantine).

One document per message. Its words are dropped once the owning service has them, and at once where they must not be
kept at all; a digest remains, so that the same message is known again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from contracts.messages import Received, Refused
from libs.flow import Stuck
from services.gateway.masking import masked
from services.gateway.reading import MAX_BYTES, Raw

Outcome = Literal["waiting", "taken", "quarantined"]

MUST_NOT_BE_KEPT = frozenset({"personal-id-number"})
"""Rules whose breach puts into a message what nobody may keep."""


@dataclass(frozen=True)
class Kept:
    """A message as it stands in the store. `content`: its digest. `answer`: what its sender is told, None while nobody
    knows. `judged`: how often an answer was found, more than once only after a replay. `dropped`: without its words."""

    id: str
    content: str
    raw: Raw
    received_at: datetime
    size: int
    outcome: Outcome
    answer: Received | Refused | None
    judged: int
    dropped: bool


class Messages:
    """The collection of messages."""

    def __init__(self, collection: AsyncCollection[dict[str, Any]]) -> None:
        self._mongo = collection

    async def create_indexes(self) -> None:
        await self._mongo.create_index([("outcome", 1), ("received_at", -1)])

    async def keep(self, raw: Raw, at: datetime) -> Kept:
        """Store a message, or find it when it came before. One that uses the id of another message is kept apart,
        under the digest of its content."""
        kept = await self._keep_as(raw.own_id or raw.content_id, raw, at)
        return kept if kept.content == raw.content_id else await self._keep_as(raw.content_id, raw, at)

    async def _keep_as(self, id: str, raw: Raw, at: datetime) -> Kept:
        document: dict[str, Any] = {
            "_id": id,
            "party": raw.party,
            "type": raw.type,
            "message_id": raw.message_id,
            "user_id": raw.user_id,
            "undecodable": raw.undecodable,
            "content": raw.content_id,
            "body": raw.body[: MAX_BYTES + 1],
            "size": len(raw.body),
            "received_at": at,
            "outcome": "waiting",
            "answer": None,
            "judged": 0,
            "dropped": False,
        }
        try:
            await self._mongo.insert_one(document)
        except DuplicateKeyError:
            document = await self._mongo.find_one({"_id": id}) or document
        return _kept(document)

    async def get(self, id: str) -> Kept | None:
        found = await self._mongo.find_one({"_id": id})
        return None if found is None else _kept(found)

    async def answer(self, kept: Kept, answer: Received | Refused) -> None:
        """Keep what became of a message, before its sender is told."""
        taken = isinstance(answer, Received)
        change: dict[str, Any] = {
            "outcome": "taken" if taken else "quarantined",
            "answer": answer.model_dump(mode="json"),
        }
        if taken:
            change |= {"body": b"", "dropped": True}
        elif answer.rule in MUST_NOT_BE_KEPT:
            change |= {"body": masked(kept.raw.body).encode(), "dropped": True}
        await self._mongo.update_one({"_id": kept.id}, {"$set": change | {"judged": kept.judged + 1}})

    async def quarantined(self, *, limit: int = 100) -> list[Kept]:
        """What was refused, the newest first."""
        cursor = self._mongo.find({"outcome": "quarantined"}).sort("received_at", -1).limit(limit)
        return [_kept(document) async for document in cursor]

    async def stuck(self) -> list[Stuck]:
        """The same for operators: of which party, because of which rule, judged how often."""
        return [
            Stuck("quarantine", one.raw.party, one.answer.rule, one.received_at, one.judged, one.id)
            for one in await self.quarantined()
            if isinstance(one.answer, Refused)
        ]


def _kept(document: Mapping[str, Any]) -> Kept:
    answer = document["answer"]
    return Kept(
        id=document["_id"],
        content=document["content"],
        raw=Raw(
            party=document["party"],
            body=bytes(document["body"]),
            type=document["type"],
            message_id=document["message_id"],
            user_id=document["user_id"],
            undecodable=document["undecodable"],
        ),
        received_at=document["received_at"],
        size=document["size"],
        outcome=document["outcome"],
        answer=None if answer is None else (Refused if "rule" in answer else Received).model_validate(answer),
        judged=document["judged"],
        dropped=document["dropped"],
    )
