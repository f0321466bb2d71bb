"""Who says each event and who hears it. Queues and bindings follow from this table and from nothing else."""

from typing import Literal, NamedTuple

Service = Literal["intake", "routing", "deadline", "notification", "evaluation", "disclosure", "gateway"]

SERVICES: tuple[Service, ...] = (
    "intake",
    "routing",
    "deadline",
    "notification",
    "evaluation",
    "disclosure",
    "gateway",
)

EXCHANGE = "facts"
"""The topic exchange of facts; the routing key is the event's type."""


class Entry(NamedTuple):
    producer: Service
    consumers: frozenset[Service]


def _says(producer: Service, **events: str) -> dict[str, Entry]:
    return {
        f"{name.replace('__', '.')}.v1": Entry(producer, frozenset(hearers.split()))  # type: ignore[arg-type]
        for name, hearers in events.items()
    }


CATALOGUE: dict[str, Entry] = {
    **_says(
        "intake",
        appeal__filed="deadline notification disclosure",
        appeal__mismatched="deadline notification",
        appeal__verified="deadline",
        appeal__supplement_asked="deadline notification",
        appeal__supplemented="deadline",
        appeal__accepted="routing deadline notification disclosure",
        appeal__returned="deadline notification disclosure",
        appeal__withdrawn="routing deadline notification evaluation disclosure",
    ),
    **_says(
        "routing",
        case__assigned="gateway intake deadline notification evaluation",
        case__taken="intake deadline",
        case__disputed="deadline notification",
        case__second_dispute_refused="gateway",
        case__dispute_decided="gateway deadline notification",
        case__recalled="gateway deadline",
        case__progressed="intake notification",
        case__replied="deadline",
        case__unresolved="deadline notification",
        case__climbed="intake deadline",
        case__sent_back="gateway notification",
        case__listed="intake notification",
        case__answered="intake deadline notification evaluation disclosure",
        case__final_decision_made="intake notification evaluation deadline",
    ),
    **_says(
        "deadline",
        clock__started="routing",
        clock__paused="intake",
        clock__resumed="routing",
        clock__warned="notification",
        clock__missed="intake routing notification evaluation disclosure",
        clock__stopped="evaluation",
        clock__recomputed="routing notification",
    ),
    **_says(
        "notification",
        letter__sent="intake",
        letter__delivered="evaluation",
        letter__failed="evaluation routing",
        letter__refused="evaluation",
    ),
    **_says(
        "evaluation",
        rating__invited="notification deadline",
        rating__invitation_delivered="deadline",
        case__rated="routing deadline notification disclosure intake",
        case__rated_again="disclosure",
        case__closed="intake routing disclosure notification",
        supervision__registered="notification",
        supervision__opened="notification",
        supervision__closed="notification",
    ),
    **_says(
        "disclosure",
        summary__drafted="notification",
        summary__approved="notification",
        summary__published="notification",
        entry__published="intake",
    ),
}


def heard_by(service: Service) -> list[str]:
    """The event types that this service's queue is bound to."""
    return [name for name, entry in CATALOGUE.items() if service in entry.consumers]


def said_by(service: Service) -> list[str]:
    """The event types that this service, and no other, publishes."""
    return [name for name, entry in CATALOGUE.items() if entry.producer == service]
