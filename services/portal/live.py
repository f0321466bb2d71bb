"""Tells open pages that something changed: no content, only "look again". What the visitor may see is decided when it does."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

from contracts.catalogue import CATALOGUE

STILL_THERE_SECONDS = 15
_NAMING = ("case", "unit", "session", "lead", "of")


def topics_of(type: str, fact: Mapping[str, Any]) -> frozenset[str]:
    """What a fact is about: the service that said it, its case, the units it names."""
    named = {str(fact[name]) for name in _NAMING if fact.get(name)}
    return frozenset(named | ({CATALOGUE[type].producer} if type in CATALOGUE else set()))


class Changes:
    """The open pages, each waiting for news of its topics."""

    def __init__(self) -> None:
        self._open: dict[asyncio.Event, frozenset[str]] = {}

    def saw(self, type: str, fact: Mapping[str, Any]) -> None:
        topics = topics_of(type, fact)
        for news, wanted in self._open.items():
            if topics & wanted:
                news.set()

    async def of(self, topics: Iterable[str]) -> AsyncGenerator[str]:
        """Server-sent events (WHATWG HTML §9.2) for as long as the page is open."""
        with self._opened(frozenset(topics)) as news:
            yield ": open\n\n"
            while True:
                try:
                    async with asyncio.timeout(STILL_THERE_SECONDS):
                        await news.wait()
                    news.clear()
                    yield "event: changed\ndata: -\n\n"
                except TimeoutError:
                    yield ": still there\n\n"

    @contextmanager
    def _opened(self, topics: frozenset[str]) -> Any:
        news = asyncio.Event()
        self._open[news] = topics
        try:
            yield news
        finally:
            del self._open[news]

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return len(self._open)
