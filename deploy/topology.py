"""What a deployment's broker holds: the inner vhost, a vhost for each party outside, and who may do what in them."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import SecretStr

from contracts.catalogue import SERVICES
from deploy.embedded.definitions import Definitions, Permission, User
from libs import topology
from libs.policy.directory import Directory
from services.gateway import topology as door
from services.gateway.parties import parties_of


def definitions(directory: Directory, *, password: Callable[[str], str]) -> Definitions:
    """Everything, for the parties of a directory. `password` gives each user's."""
    parties = parties_of(directory)
    inner = [Permission(user=service, vhost=topology.VHOST, **topology.permissions(service)) for service in SERVICES]
    outer = [
        Permission(user=user, vhost=door.vhost(name), **rights)
        for name, party in parties.items()
        for user, rights in door.permissions(party).items()
    ]
    entries = _entries(topology.VHOST, topology.exchanges(), topology.queues(), topology.bindings())
    for name, party in parties.items():
        more = _entries(door.vhost(name), door.exchanges(), door.queues(party), door.bindings())
        entries = {kind: entries[kind] + more[kind] for kind in entries}
    return Definitions(
        vhosts=(topology.VHOST, *map(door.vhost, parties)),
        users=tuple(User(name=name, password=SecretStr(password(name))) for name in (*SERVICES, *parties)),
        permissions=(*inner, *outer),
        exchanges=tuple(entries["exchanges"]),
        queues=tuple(entries["queues"]),
        bindings=tuple(entries["bindings"]),
        parameters=tuple(
            {"vhost": door.vhost(name), "component": "vhost-limits", "name": "limits", "value": door.VHOST_LIMITS}
            for name in parties
        ),
    )


def _entries(
    vhost: str,
    exchanges: Mapping[str, str],
    queues: Mapping[str, topology.Arguments],
    bindings: list[tuple[str, str, str]],
) -> dict[str, list[dict[str, Any]]]:
    durable = {"vhost": vhost, "durable": True, "auto_delete": False}
    return {
        "exchanges": [
            durable | {"name": name, "type": kind, "internal": False, "arguments": {}} for name, kind in exchanges.items()
        ],
        "queues": [durable | {"name": name, "arguments": arguments} for name, arguments in queues.items()],
        "bindings": [
            {
                "vhost": vhost, "source": exchange, "destination": queue, "destination_type": "queue",
                "routing_key": key, "arguments": {},
            }
            for exchange, queue, key in bindings
        ],
    }  # fmt: skip
