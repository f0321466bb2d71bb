"""What a service keeps current though others change it: by reading it again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

TOLD_AT = 2

log = logging.getLogger("kept")


class Kept:
    """What `read` takes in, every so many seconds of technical time."""

    def __init__(self, read: Callable[[], Awaitable[None]], every: float) -> None:
        self._read = read
        self._every = every
        self._failures = 0

    async def read_again(self) -> None:
        """While it fails, what was read last holds; said once, the second time: where all services start together the others
        are not there yet the first time."""
        try:
            await self._read()
            self._failures = 0
        except Exception as error:
            self._failures += 1
            if self._failures == TOLD_AT:
                log.warning("cannot be kept current, will be tried again", extra={"error": type(error).__name__})

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.read_again()
