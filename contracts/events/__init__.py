"""Every fact that crosses the bus, in the order in which a case meets them; a module for each service that says them.

An event says what happened, in the past tense, with ids, codes and dates only: no words of an appeal, no person's
data. The service that says it is named in `catalogue.py`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field, TypeAdapter

from contracts.events.base import *
from contracts.events.deadline import *
from contracts.events.disclosure import *
from contracts.events.evaluation import *
from contracts.events.intake import *
from contracts.events.notification import *
from contracts.events.routing import *
from contracts.events.sessions import *


def _concrete(kind: type[Event]) -> Iterator[type[Event]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith(__name__) and "type" in child.model_fields and "type" in child.__annotations__:
            yield child
        yield from _concrete(child)


EVENTS: dict[str, type[Event]] = {kind.model_fields["type"].default: kind for kind in _concrete(Event)}
"""Every event by its type."""

if TYPE_CHECKING:
    AnyEvent = Event
else:
    AnyEvent = Annotated[Union[tuple(EVENTS.values())], Field(discriminator="type")]  # noqa: UP007

_adapter: TypeAdapter[Any] = TypeAdapter(AnyEvent)


def parse_event(body: bytes | str) -> Event:
    """The event that `body` (JSON) says. Raises `pydantic.ValidationError` without the values it found."""
    return _adapter.validate_json(body)
