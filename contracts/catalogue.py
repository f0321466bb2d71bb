"""Who says each event and who hears it. Queues and bindings follow from this table and from nothing else."""

from typing import Literal, NamedTuple

Service = Literal["intake", "routing", "deadline", "notification", "evaluation", "disclosure", "gateway", "portal"]

SERVICES: tuple[Service, ...] = (
    "intake",
    "routing",
    "deadline",
    "notification",
    "evaluation",
    "disclosure",
    "gateway",
)

PROCESSES: tuple[Service, ...] = (*SERVICES, "portal")
"""Everything that runs. The portal says and hears no facts that anything depends on: it asks, and looks."""

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
        appeal__filed="routing deadline notification disclosure",
        appeal__mismatched="deadline notification",
        appeal__verified="deadline",
        appeal__supplement_asked="deadline notification",
        appeal__supplemented="deadline",
        appeal__accepted="routing deadline notification disclosure",
        appeal__returned="routing deadline notification disclosure",
        appeal__withdrawn="routing deadline notification evaluation disclosure",
        appeal__linked="routing",
        appeal__repeated="routing evaluation notification",
        appeal__answered_at_once="routing deadline disclosure",
        appeal__doubted="routing deadline",
        transfer__answered="routing",
        visit__logged="deadline",
        report__received="evaluation notification",
        matter__recurred="notification disclosure",
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
        case__unresolved="deadline notification evaluation",
        case__climbed="intake deadline evaluation disclosure",
        case__sent_back="gateway deadline notification",
        case__listed="deadline intake notification",
        case__answered="intake deadline notification evaluation disclosure",
        case__final_decision_made="intake notification evaluation deadline",
        case__reviewed="intake deadline",
        case__reclassified="intake deadline",
        case__extension_asked="notification",
        case__extension_granted="intake deadline notification",
        case__extension_refused="notification",
        case__rung_vacant="evaluation notification",
        case__transferred="intake notification deadline",
        case__plan_fixed="intake deadline evaluation",
        case__struck_off="intake deadline evaluation",
        case__decided="intake deadline evaluation disclosure notification",
        case__reported="notification deadline evaluation disclosure",
        case__admitted="intake deadline",
        case__rolled_over="intake deadline notification",
        case__scheduled="intake deadline",
        case__put_on_agenda="intake notification deadline",
        case__left_off_agenda="deadline notification",
        commitment__asked="deadline notification",
        commitment__entered="deadline disclosure evaluation",
        served__assigned="intake deadline evaluation",
        session__dated="deadline notification disclosure",
        session__announced="deadline disclosure",
        session__window_opened="deadline disclosure",
        session__window_closed="deadline disclosure",
        session__directory_submitted="deadline notification",
        session__coordinated="deadline",
        session__agenda_approved="deadline notification",
        session__invited="notification",
        session__held="deadline disclosure evaluation",
        session__opinions_approved="deadline notification",
        session__minuted="deadline disclosure",
        session__cancelled="deadline notification disclosure",
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
        clock__rang="routing",
        clock__measured="disclosure",
        session__proposed="routing notification",
        duty__opened="evaluation disclosure",
        duty__reminded="notification",
        duty__met="evaluation disclosure",
        duty__missed="evaluation notification disclosure",
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
        case__rated_again="deadline notification disclosure",
        case__closed="intake routing disclosure notification",
        case__called_back="routing deadline disclosure intake",
        case__reopened="routing intake disclosure",
        case__excluded="disclosure",
        supervision__registered="notification",
        supervision__opened="notification disclosure",
        supervision__closed="notification",
        supervision__ordered="deadline notification disclosure",
        supervision__order_met="deadline",
        inspection__opened="notification",
        inspection__closed="notification",
        rectification__listed="deadline routing notification disclosure",
        rectification__lifted="deadline routing",
        correction__opened="notification deadline",
        correction__made="deadline disclosure",
        accountability__recorded="notification disclosure",
        referral__made="notification",
        sample__drawn="notification",
    ),
    **_says(
        "disclosure",
        summary__drafted="notification",
        summary__approved="notification",
        summary__published="notification deadline",
        entry__published="intake",
        publication__drafted="notification",
        publication__approved="notification",
        publication__published="deadline notification",
        commitment__published="deadline routing",
    ),
}


def heard_by(service: Service) -> list[str]:
    """The event types that this service's queue is bound to."""
    return [name for name, entry in CATALOGUE.items() if service in entry.consumers]


def said_by(service: Service) -> list[str]:
    """The event types that this service, and no other, publishes."""
    return [name for name, entry in CATALOGUE.items() if entry.producer == service]
