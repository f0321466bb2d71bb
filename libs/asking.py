"""A command as it comes in over HTTP: the parameter of every route that needs to know who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.record import derive_id
from libs.identity import Act, Caller, allow
from libs.policy.refused import Refused

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


class _Told(BaseModel):
    """The headers of a command. Read here and not as parameters of the route, which FastAPI analyses anew, some ten
    times, for every route of every service: most of the time that a service took to start."""

    model_config = ConfigDict(hide_input_in_errors=True)

    authorization: str = ""
    idempotency_key: str | None = Field(default=None, alias="idempotency-key", max_length=200)
    received_at: datetime | None = Field(default=None, alias="received-at")


HEADERS = """Every route takes `Authorization: Bearer <token>`. `Idempotency-Key` (at most 200 characters) names a command:
the same key from the same caller for the same path is the same command, and changes nothing the second time."""


async def read_ask(request: Request) -> Ask:
    """Who asks, under which id, since when. `Received-At` is believed from our own gateway alone: an act counts when our
    door received it.

    Raises RequestValidationError when a header does not hold what it should.
    """
    service: Service = request.app.state.service
    try:
        told = _Told.model_validate(request.headers)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False)) from None
    caller = service.tokens.read(told.authorization.removeprefix("Bearer "))
    path = request.url.path
    key = told.idempotency_key or str(uuid4())
    id = derive_id("command", path, caller.subject, key)
    inner = "service" in caller.roles
    at = told.received_at if inner and told.received_at else service.clock.now()
    traceparent = request.headers.get("traceparent", "") if inner else ""
    return Ask(caller=caller, id=id, key=key, at=at, traceparent=traceparent)


Asked = Annotated[Ask, Depends(read_ask)]
"""The parameter of every route that needs to know who asks."""


class May:
    """What a route is for. Whoever may do none of it is turned away before what they sent is looked at; so is whoever
    names a scheme of another level of government in the address. The role matrix is made from these (tests/matrix.yaml).

    `otherwise`: how they are turned away where nobody shall learn that there is such a route's thing.
    """

    def __init__(self, acts: tuple[Act, ...], otherwise: Callable[[], Refused] | None) -> None:
        self.acts = acts
        self.otherwise = otherwise

    async def __call__(self, request: Request, ask: Asked) -> None:
        try:
            allow(ask.caller, *self.acts)
        except Refused as refused:
            raise (self.otherwise() if self.otherwise else refused) from None
        if scheme := request.path_params.get("scheme") or request.query_params.get("scheme"):
            service: Service = request.app.state.service
            service.refuse_elsewhere(ask.caller, scheme)


def may(*acts: Act, otherwise: Callable[[], Refused] | None = None) -> Any:
    """Which acts a route is for, any of them: `@router.get("/duties", dependencies=[may(Act.READ_DUTIES)])`. Whose the
    thing asked for is, the route finds out when it has read it."""
    return Depends(May(acts, otherwise))
