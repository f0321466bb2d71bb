"""What one unit still has to be told about one case. Pure."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.events import CaseAssigned, CaseRecalled, CaseSentBack, DisputeDecided, SecondDisputeRefused
from contracts.record import Command, Record

ToTell = CaseAssigned | CaseRecalled | CaseSentBack | DisputeDecided | SecondDisputeRefused
"""The facts of which a unit's own system is told."""


class Told(Command):
    """The broker has, in the unit's own vhost, the message that says `fact`."""

    type: Literal["unit.told"] = "unit.told"
    fact: str


class Telling(BaseModel):
    """What was heard about one unit's part in one case, in the order in which it happened, and what of it was told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facts: tuple[Annotated[ToTell, Field(discriminator="type")], ...] = ()
    told: tuple[str, ...] = ()

    def offer(self, dispatch: str) -> CaseAssigned | None:
        """The hand-over of which the other facts about `dispatch` speak; None while it has not been heard of."""
        return next((f for f in self.facts if isinstance(f, CaseAssigned) and f.subject == dispatch), None)

    def has_ended(self, dispatch: str) -> bool:
        return any(isinstance(f, CaseRecalled) and f.subject == dispatch for f in self.facts)


def evolve(telling: Telling, record: Record) -> Telling:
    match record:
        case Told():
            return telling.model_copy(update={"told": tuple(sorted({*telling.told, record.fact}))})
        case CaseAssigned() | CaseRecalled() | CaseSentBack() | DisputeDecided() | SecondDisputeRefused():
            facts = {fact.id: fact for fact in (*telling.facts, record)}
            in_order = sorted(facts.values(), key=lambda fact: (fact.at, fact.id))
            return telling.model_copy(update={"facts": tuple(in_order)})
        case _:
            return telling


def to_tell(telling: Telling) -> list[ToTell]:
    """What the unit is to be told now, the oldest first. A hand-over that ended before the unit heard of it is not
    mentioned at all; what is said about a hand-over waits until the hand-over itself is known."""
    return [fact for fact in _worth_telling(telling) if fact.id not in telling.told]


def _worth_telling(telling: Telling) -> Iterator[ToTell]:
    for fact in telling.facts:
        offer = telling.offer(fact.subject)
        if offer is None:
            continue
        ended = telling.has_ended(fact.subject)
        if offer.id not in telling.told and ended:
            continue
        if isinstance(fact, CaseSentBack) and ended:
            continue
        yield fact


def empty(key: str) -> Telling:
    return Telling()


def keys(telling: Telling) -> dict[str, str | None]:
    waiting = to_tell(telling)
    return {"waiting": waiting[0].unit if waiting else None}
