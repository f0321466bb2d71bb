"""What a service keeps current though others change it: by reading it again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("kept")


class Kept:
    """What `read` takes in, every so many seconds of technical time."""

    def __init__(self, read: Callable[[], Awaitable[None]], every: float) -> None:
        self._read = read
        self._every = every
        self._failing = False

    async def read_again(self) -> None:
        """While it fails, what was read last holds; said once, not every time."""
        try:
            await self._read()
            self._failing = False
        except Exception as error:
            if not self._failing:
                log.warning("cannot be kept current, will be tried again", extra={"error": type(error).__name__})
            self._failing = True

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.read_again()
