"""How a long-running command ends: Ctrl-C and SIGTERM cancel it, so that everything it started is stopped."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


class Interrupted(Exception):
    """Somebody asked the command to end; what it had started has been stopped."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` to its end. Raises `Interrupted` after it has cleaned up behind a signal."""

    async def main() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
        return await work

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main())
    except asyncio.CancelledError:
        raise Interrupted from None
