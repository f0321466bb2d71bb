"""Figures of all that a mechanism ever did: counted beside everything else, once at a time, and kept until something changes.

Counting years of cases takes seconds; whoever looks meanwhile gets the figures from before, with when they were counted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from libs.policy.refused import Refused

PATIENCE_SECONDS = 3.0
"""How long after its beginning a first count is waited for; clients give up after five seconds."""
AGAIN_SECONDS = 0.1
"""How long somebody waits for new figures where there are old ones, or where a first count takes long already."""

Body = dict[str, Any]


class _Counted(NamedTuple):
    mark: object
    body: Body


class _Running(NamedTuple):
    task: asyncio.Task[Body]
    since: float


class Counting:
    """Remembers in this process what was counted; a day, or a write of another process, is told by the `mark`."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._counted: dict[object, _Counted] = {}
        self._running: dict[object, _Running] = {}

    async def figures(self, name: object, mark: object, count: Callable[[], Awaitable[Body]]) -> Body:
        """What `count` finds under this name, counted anew when the `mark` differs from last time's.

        Raises `Refused` (409) where it takes long and there is nothing from before.
        """
        known = self._counted.get(name)
        if known is not None and known.mark == mark:
            return known.body
        if name not in self._running:
            self._running[name] = _Running(asyncio.create_task(self._count(name, mark, count)), time.monotonic())
        running = self._running[name]
        left = self._patience - (time.monotonic() - running.since) if known is None else 0
        done, _ = await asyncio.wait([running.task], timeout=max(left, AGAIN_SECONDS))
        if done:
            return done.pop().result()
        if known is None:
            raise Refused("being-counted", "the figures are being counted; come back in a minute", status=409)
        return known.body

    async def _count(self, name: object, mark: object, count: Callable[[], Awaitable[Body]]) -> Body:
        try:
            body = await count()
            self._counted[name] = _Counted(mark, body)
            return body
        finally:
            del self._running[name]
