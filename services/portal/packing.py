"""Answers made smaller on the way: files once and for all, and pages that are for anybody.

A page for one visitor alone is sent as it is: its packed length would tell, guess by guess, what secret stands beside words
that somebody else can choose (BREACH).
"""

import gzip
from functools import cache
from pathlib import Path

from starlette.middleware.gzip import GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.portal.identity.guard import notes_of

MINIMUM_SIZE = 1024
LEVEL = 6
"""A page is packed while its visitor waits: half the time of the highest level, for a fiftieth more bytes."""


@cache
def packed_file(file: Path) -> bytes:
    """Files do not change while a process lives."""
    return gzip.compress(file.read_bytes(), mtime=0)


class Packing:
    """Packs what is for anybody, for browsers that can unpack."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        can_unpack = scope["type"] == "http" and any(
            name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"]
        )
        app = _Responder(self.app) if can_unpack else self.app
        await app(scope, receive, send)


class _Responder(GZipResponder):
    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, MINIMUM_SIZE, compresslevel=LEVEL)
        self.scope: Scope = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        await super().__call__(scope, receive, send)

    async def send_with_compression(self, message: Message) -> None:
        if notes_of(self.scope).is_personal:
            await self.send(message)
        else:
            await super().send_with_compression(message)
