"""Passwords: which are taken, and how they are kept. NIST SP 800-63B-4 §3.1.1: length counts, mixtures of signs do not;
the commonest are refused, nobody has to change one without cause."""

import asyncio
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from libs.policy.refused import Refused

SHORTEST, LONGEST = 12, 128
AT_ONCE = 2
"""Hashes computed at the same time: each takes 64 MB and a processor."""


def normal(password: str) -> str:
    """The same characters however a keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


def refuse_weak(password: str, *, account: str, field: str = "password") -> None:
    """Raises `Refused` (422) for a password that is too short or among the first that somebody would guess."""
    typed = normal(password)
    if not SHORTEST <= len(typed) <= LONGEST:
        raise Refused("password-length", f"a password has {SHORTEST} to {LONGEST} characters", field=field, status=422)
    plain = typed.casefold()
    core = plain.strip("0123456789!@#$%^&*().,_-+= ")
    if (
        plain in _commonest()
        or core in _commonest()
        or (len(account) > 3 and account in plain)
        or len(set(plain)) < 5
        or _is_row(plain)
    ):
        raise Refused(
            "password-common",
            "this password is among the first that are guessed; choose another",
            field=field,
            status=422,
        )


@cache
def _commonest() -> frozenset[str]:
    text = Path(__file__).with_name("commonest.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split("\n") if line and not line.startswith("#"))


def _is_row(plain: str) -> bool:
    """Neighbours all the way: 123456789012, abcdefghijkl, and backwards."""
    step = (lambda a, b: (int(b) - int(a)) % 10) if plain.isdecimal() else (lambda a, b: ord(b) - ord(a))
    steps = {step(a, b) for a, b in pairwise(plain)}
    return steps in ({1}, {-1}, {9})


class Passwords:
    """Hashes and checks in threads, few at once. An unknown account is checked against a hash of nothing, so that it
    takes as long as a known one. `quick`: for tests alone."""

    def __init__(self, *, quick: bool = False) -> None:
        hasher = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1) if quick else Argon2Hasher()
        self._hash = PasswordHash((hasher,))
        self._nothing = ""
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._gate:
            return await asyncio.to_thread(self._hash.hash, normal(password))

    async def matches(self, password: str, kept: str) -> bool:
        """False for a kept "" too, after the same work."""
        self._nothing = self._nothing or await self.hash("the password of no account")
        async with self._gate:
            right = await asyncio.to_thread(self._hash.verify, normal(password)[:LONGEST], kept or self._nothing)
        return right and bool(kept)
