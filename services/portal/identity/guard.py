"""Around every page: headers that bind the browser, refusal of other sites' forms, the cookie of the session.

Pure ASGI, so that streams stay streams. A page tells it through `Notes` what to add to its answer.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.policy.refused import Refused
from libs.problem import problem
from services.portal.identity.csrf import is_from_elsewhere
from services.portal.identity.rates import Rates

NOTES = "portal.notes"
REPORTS = "/csp-reports"
LARGEST_REPORT = 16 * 1024

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        f"report-uri {REPORTS}",
    )
)
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
PREFERENCES = frozenset({"lang", "large"})
"""Cookies that say how somebody likes to read; they open nothing."""
HSTS = "max-age=31536000; includeSubDomains"

log = logging.getLogger("portal.guard")


@dataclass
class Notes:
    """What a request's page wants of its answer. `cookies`: name → value to set, None to take away. `is_personal`: for
    this visitor alone, hence kept by no cache."""

    cookies: dict[str, str | None]
    is_personal: bool = False


def notes_of(scope: Scope) -> Notes:
    return scope.setdefault(NOTES, Notes({}))


class Guard:
    """`is_https`: cookies are Secure with the prefix `__Host-`, and browsers are told to stay with https."""

    def __init__(self, app: ASGIApp, *, is_https: bool, rates: Rates) -> None:
        self.app = app
        self.is_https = is_https
        self.rates = rates
        self.reports = 0
        """Breaches of the content security policy that browsers reported since the process began."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        notes = notes_of(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._bind(MutableHeaders(scope=message), notes)
            await send(message)

        if scope["path"] == REPORTS and scope["method"] == "POST":
            await self._count_report(scope, receive, send_guarded)
        elif _is_foreign(scope):
            refusal = problem(403, "foreign-form", "this form came from another site; open the page here and try again")
            await refusal(scope, receive, send_guarded)
        else:
            await self.app(scope, receive, send_guarded)

    def _bind(self, headers: MutableHeaders, notes: Notes) -> None:
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)
        if self.is_https:
            headers["strict-transport-security"] = HSTS
        if notes.is_personal:
            headers["cache-control"] = "no-store"
        elif notes.cookies:
            headers["cache-control"] = "private, no-cache"
        for name, value in notes.cookies.items():
            headers.append("set-cookie", self._cookie(name, value))

    def _cookie(self, name: str, value: str | None) -> str:
        named = name if name in PREFERENCES else cookie_name(name, is_https=self.is_https)
        parts = [f"{named}={value or ''}", "Path=/", "HttpOnly", "SameSite=Lax"]
        return "; ".join([*parts, *self._ends(value is None)])

    def _ends(self, gone: bool) -> Iterable[str]:
        if gone:
            yield "Max-Age=0"
        if self.is_https:
            yield "Secure"

    async def _count_report(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What a browser reports is counted and not kept: it may name what somebody looked at."""
        request = Request(scope, receive)
        status = 204
        try:
            self.rates.take("browser report by address", request.client.host if request.client else "")
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST_REPORT:
                    raise Refused("too-large", "this is no report", status=413)
            self.reports += 1
            log.warning("a browser reports a breach of the content security policy")
        except Refused as refused:
            status = refused.status
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def cookie_name(name: str, *, is_https: bool) -> str:
    return f"__Host-{name}" if is_https else name


def _is_foreign(scope: Scope) -> bool:
    headers: Any = Headers(scope=scope)
    return is_from_elsewhere(
        scope["method"],
        fetch_site=headers.get("sec-fetch-site", ""),
        origin=headers.get("origin", ""),
        host=headers.get("host", ""),
    )
