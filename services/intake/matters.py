"""Like matters of several enterprises within a window (苗头性、共性问题; 举一反三): an early warning.

Regulation 002 三(一), 三(四); 003 一(六). Told when enough enterprises brought it, and again each time as many more did.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.case_number import number
from contracts.events import Event, MatterRecurred, fact
from contracts.record import Code, Command, Instant, Record, SchemeRef
from services.intake.commands import Sighting

FULL = 200
"""A matter within whose window so many appeals are known takes no more until some have passed out of it."""


class AddSightings(Command):
    """Appeals that are like each other; `enough`: from how many enterprises on, within so many `days`, they are told."""

    type: Literal["add-sightings"] = "add-sightings"
    scheme: SchemeRef
    category: Code
    sightings: tuple[Sighting, ...]
    enough: int
    days: int


class Matter(BaseModel):
    """`told`: how many times `enough` enterprises have been told of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    matter: str
    scheme: str = ""
    category: str = ""
    sightings: tuple[Sighting, ...] = ()
    enough: int = 0
    told: int = 0
    last: Instant | None = None

    @property
    def enterprises(self) -> int:
        return len({sighting.enterprise for sighting in self.sightings})


def matter_number(scheme: str, sightings: tuple[Sighting, ...]) -> str:
    """Named by the appeal that brought it first."""
    first = min(sightings, key=lambda sighting: (sighting.at, sighting.case))
    return number("ML", scheme.partition("@")[0], first.case)


def is_full(matter: Matter | None, command: AddSightings) -> bool:
    """So many are known within the window that one more is no news, and need not be kept."""
    return matter is not None and len(_within(matter.sightings, command)) >= FULL


def empty(matter: str) -> Matter:
    return Matter(matter=matter)


def keys(matter: Matter) -> dict[str, Any]:
    return {"list": matter.scheme.partition("@")[0] if matter.told else None, "last": matter.last}


def evolve(matter: Matter, record: Record) -> Matter:
    match record:
        case AddSightings():
            sightings = _within((*matter.sightings, *record.sightings), record)
            grown = matter.model_copy(
                update={
                    "scheme": record.scheme,
                    "category": record.category,
                    "sightings": sightings,
                    "enough": record.enough,
                    "last": record.at,
                }
            )
            # What has passed out of the window is no longer told, so that it is news when it comes back.
            return grown.model_copy(update={"told": min(matter.told, grown.enterprises // record.enough)})
        case MatterRecurred():
            return matter.model_copy(update={"told": record.enterprises // matter.enough})
        case _:
            return matter


def add_sightings(matter: Matter, command: AddSightings, *, now: Instant) -> Iterator[Event]:
    """Once for each matter and each step of its growth."""
    sightings = _within((*matter.sightings, *command.sightings), command)
    enterprises = len({sighting.enterprise for sighting in sightings})
    if enterprises // command.enough > matter.told:
        yield fact(
            MatterRecurred,
            by=command, scheme=command.scheme, at=now, matter=matter.matter, category=command.category,
            enterprises=enterprises, times=len(sightings),
        )  # fmt: skip


def _within(sightings: Iterable[Sighting], command: AddSightings) -> tuple[Sighting, ...]:
    since = command.at - timedelta(days=command.days)
    known = {sighting.case: sighting for sighting in sightings if sighting.at >= since}
    return tuple(sorted(known.values(), key=lambda sighting: (sighting.at, sighting.case)))
