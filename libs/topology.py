"""What must stand on the inner vhost before a service starts; it follows from the catalogue alone.

Services have no right to declare anything: the broker is given this table when it is set up, so a fact published before
its hearer has ever run already has a queue to wait in.
"""

from contracts.catalogue import EXCHANGE, SERVICES, heard_by

VHOST = "zhitongche"
DEAD_EXCHANGE = "dead"
RETRY_SECONDS = (2, 10, 60, 600)
"""How long a message waits before each further try; technical, not business time."""

Arguments = dict[str, str | int]


def dead_queue(service: str) -> str:
    return f"{service}.dead"


def retry_exchange(seconds: int) -> str:
    return f"retry-{seconds}s"


def _quorum(**arguments: str | int) -> Arguments:
    return {"x-queue-type": "quorum", **{f"x-{key.replace('_', '-')}": value for key, value in arguments.items()}}


def exchanges() -> dict[str, str]:
    """Name → type of every durable exchange."""
    return {
        EXCHANGE: "topic",
        DEAD_EXCHANGE: "direct",
        **{retry_exchange(seconds): "fanout" for seconds in RETRY_SECONDS},
    }


def queues() -> dict[str, Arguments]:
    """Name → arguments of every durable queue."""
    hearing = {
        service: _quorum(
            dead_letter_exchange=DEAD_EXCHANGE,
            dead_letter_routing_key=service,
            dead_letter_strategy="at-least-once",
            overflow="reject-publish",
            max_length=200_000,
            delivery_limit=20,
        )
        for service in SERVICES
    }
    # Looking at dead letters hands them out and takes them back; newer brokers would drop them after 20 looks.
    dead = {dead_queue(service): _quorum(delivery_limit=1_000_000) for service in SERVICES}
    # A waiting message falls back, through the default exchange, into the queue that its routing key names.
    waiting = {
        retry_exchange(seconds): _quorum(
            message_ttl=seconds * 1000,
            dead_letter_exchange="",
            dead_letter_strategy="at-least-once",
            overflow="reject-publish",
        )
        for seconds in RETRY_SECONDS
    }
    return hearing | dead | waiting


def bindings() -> list[tuple[str, str, str]]:
    """(exchange, queue, routing key) of every binding."""
    return [
        *((EXCHANGE, service, event) for service in SERVICES for event in heard_by(service)),
        *((DEAD_EXCHANGE, dead_queue(service), service) for service in SERVICES),
        *((retry_exchange(seconds), retry_exchange(seconds), "") for seconds in RETRY_SECONDS),
    ]


def live_queue(instance: str) -> str:
    """The queue of one portal process for as long as it runs: what changed, for the pages that are open."""
    return f"portal.live.{instance}"


def permissions(service: str) -> dict[str, str]:
    """What one service's user may do: publish facts, retries and dead letters; read its own queue and its own dead
    letters; configure nothing. The portal only listens, through a queue that goes with its connection: nothing
    piles up while it is away."""
    if service == "portal":
        live = r"portal\.live\..+"
        return {"configure": f"^{live}$", "write": f"^{live}$", "read": f"^({EXCHANGE}|{live})$"}
    write = "|".join([EXCHANGE, DEAD_EXCHANGE, *(retry_exchange(s) for s in RETRY_SECONDS)])
    return {"configure": "^$", "write": f"^({write})$".replace(".", "\\."), "read": rf"^{service}(\.dead)?$"}
