"""How an enterprise signs in: with its credit code and a code sent to a telephone that one of its appeals named.

Who asks learns nothing: the answer is the same, and comes before anything is looked up, whether or not the pair is on
file. A code is six digits, good for ten minutes, five tries and one use; only its keyed hash is kept.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import uuid4

import httpx
from pydantic import BaseModel, ConfigDict
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NotANumber

from contracts.record import Command, Instant, Record
from libs.clock import Clock
from libs.policy.refused import Refused
from libs.service import Service
from libs.store import BEGINNING, Collection
from services.portal.identity.account import Language
from services.portal.identity.rates import Rates
from services.portal.identity.sealed import Seal
from services.portal.identity.session import Pair

GOOD_FOR = timedelta(minutes=10)
TRIES = 5
DIGITS = 6

log = logging.getLogger("portal.enterprises")


class Code(BaseModel):
    """`mark`: of the code that was sent last; `used_by`: the try that it let in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mark: str = ""
    ends_at: Instant | None = None
    tries: int = 0
    used_by: str = ""


class SendCode(Command):
    type: Literal["send-code"] = "send-code"
    mark: str


class TryCode(Command):
    type: Literal["try-code"] = "try-code"
    mark: str


def empty(key: str) -> Code:
    return Code()


def keys(code: Code) -> Mapping[str, Any]:
    return {"ends_at": code.ends_at}


def evolve(code: Code, record: Record) -> Code:
    match record:
        case SendCode():
            return Code(mark=record.mark, ends_at=record.at + GOOD_FOR)
        case TryCode() if secrets.compare_digest(record.mark, code.mark):
            return code.model_copy(update={"used_by": record.id})
        case TryCode():
            return code.model_copy(update={"tries": code.tries + 1})
        case _:
            return code


def try_code(code: Code, tried: TryCode) -> list[Any]:
    """Raises `Refused` (422) when no code can be right any more."""
    if code.ends_at is None or tried.at >= code.ends_at or code.tries >= TRIES or code.used_by:
        raise wrong()
    return []


def wrong() -> Refused:
    return Refused(
        "wrong-code",
        "this code is not right or not good any more; after five tries or ten minutes ask for another",
        field="code",
        status=422,
    )


def pair_of(credit_code: str, phone: str) -> Pair:
    """The pair as it is filed. Raises `Refused` (422), naming the field, for what can be neither."""
    code = uscc.compact(credit_code)
    number = "".join(c for c in phone if c.isdigit() or c == "+").removeprefix("+86")
    try:
        uscc.validate(code)
    except NotANumber:
        raise Refused(
            "credit-code",
            "this is no unified social credit code; it has 18 characters",
            field="credit_code",
            status=422,
        ) from None
    if len(number) != 11 or not number.startswith("1"):
        raise Refused("phone", "give a mobile number of eleven digits", field="phone", status=422)
    return Pair(credit_code=code, phone=number)


@dataclass(frozen=True)
class Enterprises:
    service: Service
    codes: Collection[Code]
    rates: Rates
    seal: Seal
    wall: Clock

    def admit(self, pair: Pair, address: str) -> None:
        """To be asked before `send_code`. Raises `Refused` (429) when codes were asked for too often."""
        self.rates.take("code sent by address", address)
        self.rates.take("code sent by credit code", pair.credit_code)
        self.rates.take("code sent by phone", pair.phone)

    async def send_code(self, pair: Pair, language: Language) -> None:
        """Sends a code if the pair is on file; to be done after the answer left. Failures are logged, without data."""
        try:
            if not await self.cases(pair):
                return
            code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
            await self._sweep()
            asked = SendCode(**self._asked(), mark=self._mark(pair, code))
            await self.codes.apply(self.seal.mark(*_words(pair)), asked, lambda known: [], kind="asked")
            body = {"phone": pair.phone, "code": code, "language": language}
            answer = await self.service.send("notification", "/sign-in-codes", body, key=str(uuid4()))
            if answer.is_error:
                log.warning("a sign-in code was not sent", extra={"status": answer.status_code})
        except (httpx.HTTPError, Refused) as error:
            log.warning("a sign-in code was not sent", extra={"error": type(error).__name__})

    async def check_code(self, pair: Pair, code: str, address: str) -> None:
        """Raises `Refused` (422) for a code that is wrong, late, used or tried too often; (429) when too much is tried."""
        self.rates.take("code tried by address", address)
        self.rates.take("code tried by phone", pair.phone)
        tried = TryCode(**self._asked(), mark=self._mark(pair, code.replace(" ", "")))
        key = self.seal.mark(*_words(pair))
        applied = await self.codes.apply(key, tried, lambda known: try_code(known, tried), kind="asked")
        if applied.state.used_by != tried.id:
            raise wrong()

    async def cases(self, pair: Pair) -> list[dict[str, Any]]:
        """The appeals filed with both. Raises `httpx.HTTPError` when intake does not answer."""
        body = {"credit_code": pair.credit_code, "phone": pair.phone}
        answer = await self.service.send("intake", "/enterprises/cases", body, key=str(uuid4()))
        answer.raise_for_status()
        return answer.json()

    def subject(self, pair: Pair) -> str:
        """What records call this enterprise: always the same, and nothing that could be read."""
        return f"enterprise-{self.seal.mark('subject', *_words(pair))[:16]}"

    def _mark(self, pair: Pair, code: str) -> str:
        return self.seal.mark("code", *_words(pair), code)

    def _asked(self) -> dict[str, Any]:
        return {"id": str(uuid4()), "at": self.wall.now(), "by": "portal"}

    async def _sweep(self) -> None:
        over = {"keys.ends_at": {"$gt": BEGINNING, "$lte": self.wall.now()}}
        for row in [row async for row in self.codes.mongo.find(over, {"_id": 1}).sort("keys.ends_at", 1).limit(20)]:
            await self.codes.delete(row["_id"])


def _words(pair: Pair) -> tuple[str, str]:
    return pair.credit_code, pair.phone


def open_codes(collection: Callable[..., Collection[Code]]) -> Collection[Code]:
    """`collection`: a service's method of that name."""
    return collection("sign_in_codes", empty=empty, evolve=evolve, keys=keys, indexes=("ends_at",), forgets=True)
