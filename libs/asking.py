"""A command as it comes in over HTTP: the parameter of every route that needs to know who asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

from fastapi import Depends, Header, Request

from contracts.record import derive_id
from libs.identity import Caller

if TYPE_CHECKING:
    from libs.service import Service


@dataclass(frozen=True)
class Ask:
    """A command as it came in: who asks, its id, the caller's own key for it, when our door received it."""

    caller: Caller
    id: str
    key: str
    at: datetime
    traceparent: str


async def _read_ask(
    request: Request,
    authorization: Annotated[str, Header()] = "",
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    received_at: Annotated[datetime | None, Header()] = None,
) -> Ask:
    """Who asks, under which id, since when. The same `Idempotency-Key` from the same caller for the same path is the
    same command. `Received-At` is believed from our own gateway alone: an act counts when our door received it."""
    service: Service = request.app.state.service
    caller = service.tokens.read(authorization.removeprefix("Bearer "))
    path = request.url.path
    key = idempotency_key or str(uuid4())
    id = derive_id("command", path, caller.subject, key)
    inner = "service" in caller.roles
    at = received_at if inner and received_at else service.clock.now()
    traceparent = request.headers.get("traceparent", "") if inner else ""
    return Ask(caller=caller, id=id, key=key, at=at, traceparent=traceparent)


Asked = Annotated[Ask, Depends(_read_ask)]
