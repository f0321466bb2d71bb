"""What must stand in each party's own vhost before the gateway starts, and who may do what there.

Nobody but the deployment declares anything: neither the party nor the gateway has the right to.
"""

from contracts.messages import ANSWERS, ASSIGNMENTS, INBOX, INBOX_EXCHANGE
from libs.topology import Arguments
from services.gateway.parties import Party

GATEWAY = "gateway"
"""The gateway's user, in every party's vhost as in the inner one."""

DEFAULT_EXCHANGE = "amq.default"
"""What permissions call the exchange without a name."""

VHOST_LIMITS = {"max-connections": 20, "max-queues": 3}
"""Per party, the gateway's own connection included."""

QUEUE: Arguments = {
    "x-queue-type": "quorum",
    "x-overflow": "reject-publish",
    "x-max-length": 20_000,
    "x-max-length-bytes": 512 * 1024 * 1024,
    # A message is lost when its deliveries are used up, and newer brokers count to 20 unless told otherwise.
    "x-delivery-limit": 1_000_000,
}


def vhost(party: str) -> str:
    return f"party-{party}"


def exchanges() -> dict[str, str]:
    """Name → type of every durable exchange of a party's vhost."""
    return {INBOX_EXCHANGE: "fanout"}


def queues(party: Party) -> dict[str, Arguments]:
    """Name → arguments of every durable queue of a party's vhost."""
    names = [INBOX, ANSWERS] if party.channel else [INBOX, ANSWERS, ASSIGNMENTS]
    return dict.fromkeys(names, QUEUE)


def bindings() -> list[tuple[str, str, str]]:
    """(exchange, queue, routing key) of every binding of a party's vhost."""
    return [(INBOX_EXCHANGE, INBOX, "")]


def permissions(party: Party) -> dict[str, dict[str, str]]:
    """User → what it may do in the party's vhost; whoever is not named has no access to it."""
    return {
        party.name: {"configure": "^$", "write": f"^{INBOX_EXCHANGE}$", "read": f"^({ANSWERS}|{ASSIGNMENTS})$"},
        GATEWAY: {"configure": "^$", "write": f"^{DEFAULT_EXCHANGE}$".replace(".", r"\."), "read": f"^{INBOX}$"},
    }
