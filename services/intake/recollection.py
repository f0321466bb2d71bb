"""The latest appeals of a group (one category, one enterprise) in this process's memory, so that whoever looks for like
ones need not read them all again. It only proposes: what is proposed is read from the store and judged there.

Kept are numbers, instants and sketches, never words. A group is read from the store when it is first asked for.
"""

import asyncio
from bisect import insort
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakValueDictionary

GROUPS = 2000
"""So many groups are remembered, those asked for last."""
SKETCH_BITS = 8192
NEARLY = 0.02
"""By how much two sketches may seem less like than the words are."""


@dataclass(frozen=True, order=True)
class Remembered:
    """One appeal. `enterprise`: a digest."""

    at: datetime
    case: str
    enterprise: str = field(compare=False)
    sketch: int = field(compare=False)


class Recollection:
    """`latest` of each group are kept; `read` brings them from the store."""

    def __init__(self, *, latest: int, read: Callable[[str], Awaitable[Iterable[Remembered]]]) -> None:
        self._latest = latest
        self._read = read
        self._groups: OrderedDict[str, list[Remembered]] = OrderedDict()
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def forget(self) -> None:
        self._groups.clear()

    async def like(self, group: str, words: frozenset[str], *, since: datetime, like_from: float) -> list[Remembered]:
        """Those whose words seem like these, the latest first."""
        own = sketch(words)
        return [
            one
            for one in reversed(await self._of(group))
            if one.at >= since and _likeness(own, one.sketch) >= like_from - NEARLY
        ]

    async def add(self, group: str, one: Remembered) -> None:
        """From now on this appeal belongs to the group."""
        known = await self._of(group)
        known[:] = [other for other in known if other.case != one.case]
        insort(known, one)
        del known[: -self._latest]

    async def _of(self, group: str) -> list[Remembered]:
        # Two who ask at once must get the same list, else what the one adds would be lost to the other.
        async with self._reading.setdefault(group, asyncio.Lock()):
            if group not in self._groups:
                self._groups[group] = sorted(await self._read(group))[-self._latest :]
            self._groups.move_to_end(group)
            while len(self._groups) > GROUPS:
                self._groups.popitem(last=False)
            return self._groups[group]


def sketch(words: frozenset[str]) -> int:
    """Pairs of characters as a set of bits, small to keep and quick to compare."""
    bits = 0
    for pair in words:
        bits |= 1 << ((ord(pair[0]) * 8191 + ord(pair[1])) % SKETCH_BITS)
    return bits


def _likeness(one: int, other: int) -> float:
    return (one & other).bit_count() / (one | other).bit_count() if one and other else 0.0
