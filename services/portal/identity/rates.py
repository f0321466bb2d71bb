"""How often something may be tried: counted in this process's memory, by whom or by what, over a moving window."""

from collections.abc import Mapping

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from libs.policy.refused import Refused

LIMITS: Mapping[str, str] = {
    "sign-in by address": "100/15 minutes",
    "sign-in by account": "10/15 minutes",
    "code sent by address": "30/hour",
    "code sent by credit code": "10/hour",
    "code sent by phone": "5/hour",
    "code tried by address": "60/15 minutes",
    "code tried by phone": "15/15 minutes",
    "anonymous form by address": "30/minute",
    "browser report by address": "60/minute",
}


class Rates:
    """`others`: limits that a deployment set otherwise, by name."""

    def __init__(self, others: Mapping[str, str] = {}) -> None:
        self._limits: dict[str, RateLimitItem] = {name: parse(limit) for name, limit in {**LIMITS, **others}.items()}
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def take(self, limit: str, whose: str) -> None:
        """Count one more. Raises `Refused` (429) when it is one too many."""
        if not self._window.hit(self._limits[limit], limit, whose):
            raise Refused("too-many", "this was tried too often; wait a while and try again", status=429)
