"""The portal's sessions in its store."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from libs.clock import Clock
from libs.store import BEGINNING, Collection
from services.portal.identity import session as rules
from services.portal.identity.session import Factor, Pair, Session

NUMBER_BYTES = 32


def new_number() -> str:
    """256 random bits, as the browser keeps them."""
    return secrets.token_urlsafe(NUMBER_BYTES)


def key_of(number: str) -> str:
    return sha256(number.encode()).hexdigest()


@dataclass(frozen=True)
class Sessions:
    """`idle`: after how long without a request a session is over."""

    collection: Collection[Session]
    idle: timedelta
    wall: Clock

    async def begin(
        self,
        *,
        account: str = "",
        factors: frozenset[Factor] = frozenset(),
        enterprise: Pair | None = None,
        receipts: tuple[str, ...] = (),
        instead_of: str = "",
    ) -> str:
        """The number of a new session; the one that the browser had before is no more."""
        if instead_of:
            await self.end(instead_of)
        await self._sweep()
        number = new_number()
        command = rules.BeginSession(
            **self._asked(), account=account, factors=factors, enterprise=enterprise, receipts=receipts
        )
        await self.collection.apply(key_of(number), command, lambda session: [], kind="asked")
        return number

    async def of(self, number: str, *, used: bool = True) -> Session | None:
        """The living session of this number, now seen if it is `used`."""
        found = await self.collection.get(key_of(number)) if number else None
        now = self.wall.now()
        if found is None or found.seen_at is None or not rules.is_alive(found, now, self.idle):
            return None
        if used and now - found.seen_at >= rules.SEEN_EVERY:
            seen = rules.SeeSession(**self._asked())
            try:
                await self.collection.apply(found.session, seen, _must_stand, kind="asked")
            except Ended:
                return None
        return found

    async def keep_receipt(self, session: Session, case: str) -> None:
        """Whoever has this session may follow this case. Raises `Ended`."""
        command = rules.KeepReceipt(**self._asked(), case=case)
        await self.collection.apply(session.session, command, _must_stand, kind="asked")

    async def act_as(self, session: Session, account: str) -> None:
        """From now on for another account that named this one its substitute; "": for oneself. Raises `Ended`."""
        command = rules.ActAs(**self._asked(), account=account)
        await self.collection.apply(session.session, command, _must_stand, kind="asked")

    async def end(self, number: str) -> None:
        await self.collection.delete(key_of(number))

    async def _sweep(self) -> None:
        """Forget some of those that are over: as many as begin, and more."""
        over = {"keys.ends_at": {"$gt": BEGINNING, "$lte": self.wall.now()}}
        for session in await self.collection.find(over, sort="keys.ends_at", limit=20):
            await self.collection.delete(session.session)

    def _asked(self) -> dict[str, Any]:
        return {"id": str(uuid4()), "at": self.wall.now(), "by": "portal"}


class Ended(Exception):
    """The session was ended while it was being used."""


def _must_stand(session: Session) -> list[Any]:
    """What was deleted meanwhile does not come back to life by being seen."""
    if session.created_at is None:
        raise Ended
    return []


def open_sessions(collection: Callable[..., Collection[Session]], *, idle: timedelta, wall: Clock) -> Sessions:
    """`collection`: a service's method of that name."""
    kept = collection(
        "sessions", empty=rules.empty, evolve=rules.evolve, keys=rules.keys, indexes=("ends_at",), forgets=True
    )
    return Sessions(kept, idle, wall)
