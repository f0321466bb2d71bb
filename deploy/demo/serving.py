"""A small HTTP server inside a command that handles its own signals."""

import asyncio
from contextlib import nullcontext

import uvicorn
from fastapi import FastAPI


class Serving:
    """Answers at `port` of this machine alone, from `start` until `stop`."""

    def __init__(self, app: FastAPI, port: int) -> None:
        self.port = port
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._server.capture_signals = nullcontext  # type: ignore[method-assign]
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when it answers. Raises `OSError` when it cannot."""
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            if self._serving.done():
                raise OSError("the port cannot be listened on")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        if self._serving is not None:
            self._server.should_exit = True
            await self._serving
            self._serving = None
