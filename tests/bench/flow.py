"""What one appeal costs, read off the documents of a real run: per service, which record led to which writes and facts.

The ceiling plays the same flow with the bare libraries, so both do the same work.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from contracts.catalogue import CATALOGUE

STARTERS = ("file-appeal", "match-registry", "accept")
"""What people and the registry ask of intake; the loader of the ceiling publishes these instead of calling HTTP."""


class Step(NamedTuple):
    """One record that came to a service from outside it, and the facts said with each write that it led to."""

    service: str
    heard: str
    writes: tuple[tuple[str, ...], ...]


def steps_of(service: str, history: Iterable[Mapping[str, Any]]) -> list[Step]:
    """The steps of one document. What a service asks of itself (sending a letter, say) is a further write of the step
    before it."""
    steps: list[Step] = []
    for entry in history:
        if entry["kind"] == "said":
            last = steps.pop()
            steps.append(last._replace(writes=(*last.writes[:-1], (*last.writes[-1], entry["type"]))))
        elif entry["type"] in CATALOGUE or entry["type"] in STARTERS or not steps:
            steps.append(Step(service, entry["type"], ((),)))
        else:
            last = steps.pop()
            steps.append(last._replace(writes=(*last.writes, ())))
    return steps


def merged(steps: Iterable[Step]) -> dict[tuple[str, str], tuple[tuple[str, ...], ...]]:
    """By service and record type; where a type came more than once, the occurrence that led to most."""
    by_type: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {}
    for step in steps:
        known = by_type.get((step.service, step.heard), ())
        by_type[step.service, step.heard] = max(
            known, step.writes, key=lambda writes: (sum(map(len, writes)), len(writes))
        )
    return by_type


def deliveries(flow: Mapping[tuple[str, str], tuple[tuple[str, ...], ...]]) -> int:
    """How many messages are consumed for one appeal when every fact of the flow goes to all who hear it."""
    said = [heard for _, heard in flow if heard in STARTERS]
    count = 0
    while said:
        kind = said.pop()
        for service in hearers(kind):
            count += 1
            said += [fact for write in flow.get((service, kind), ()) for fact in write]
    return count


def hearers(kind: str) -> frozenset[str]:
    return frozenset(CATALOGUE[kind].consumers) if kind in CATALOGUE else frozenset({"intake"})
