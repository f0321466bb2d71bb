"""How large a request may be: small everywhere but on the few routes that take files."""

import re

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

USUAL_BYTES = 256 * 1024


class BodyLimits:
    """`larger`: patterns of whole paths, and how many bytes may be posted there. It may grow while routes are added."""

    def __init__(self, app: ASGIApp, larger: list[tuple[re.Pattern[str], int]]) -> None:
        self._app = app
        self._larger = larger
        self._usual = RequestBodyLimitMiddleware(app, USUAL_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._limited(scope)(scope, receive, send)

    def _limited(self, scope: Scope) -> ASGIApp:
        if scope["type"] == "http" and scope["method"] == "POST":
            for pattern, limit in self._larger:
                if pattern.fullmatch(scope["path"]):
                    return RequestBodyLimitMiddleware(self._app, limit)
        return self._usual
