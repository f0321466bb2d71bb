"""Whom a scheme serves, and which unit does (服务对象): to them duties are owed one by one. Pure."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.events import ServedAssigned
from contracts.record import Instant, Party, Record


class Served(BaseModel):
    """An enterprise or project. `joined`: when it first had somebody; `since`: when its unit became its unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str
    scheme: str = ""
    unit: Party | None = None
    joined: Instant | None = None
    since: Instant | None = None


def empty(key: str) -> Served:
    return Served(number=key)


def evolve(served: Served, record: Record) -> Served:
    """After an assignment; of several in any order the last one made holds."""
    if not isinstance(record, ServedAssigned):
        return served
    joined = min(filter(None, (served.joined, record.at)))
    if served.since is not None and (record.at, record.unit) < (served.since, served.unit):
        return served.model_copy(update={"joined": joined})
    name = record.scheme.partition("@")[0]
    return served.model_copy(update={"scheme": name, "unit": record.unit, "since": record.at, "joined": joined})


def keys(served: Served) -> dict[str, Any]:
    return {"scheme": served.scheme}
