"""What a deployment's broker holds: the inner vhost, a vhost for each party outside, and who may do what in them."""

from collections.abc import Callable

from pydantic import SecretStr

from contracts.catalogue import PROCESSES
from deploy.embedded.definitions import Binding, Definitions, Exchange, Permission, Queue, User
from libs import topology
from libs.policy.directory import Directory
from services.gateway import topology as door
from services.gateway.parties import parties_of


def definitions(directory: Directory, *, password: Callable[[str], str]) -> Definitions:
    """Everything, for the parties of a directory. `password` gives each user's."""
    parties = parties_of(directory)
    inner = [Permission(user=service, vhost=topology.VHOST, **topology.permissions(service)) for service in PROCESSES]
    outer = [
        Permission(user=user, vhost=door.vhost(name), **rights)
        for name, party in parties.items()
        for user, rights in door.permissions(party).items()
    ]
    vhosts = {topology.VHOST: (topology.exchanges(), topology.queues(), topology.bindings())} | {
        door.vhost(name): (door.exchanges(), door.queues(party), door.bindings()) for name, party in parties.items()
    }
    return Definitions(
        vhosts=tuple(vhosts),
        users=tuple(User(name=name, password=SecretStr(password(name))) for name in (*PROCESSES, *parties)),
        permissions=(*inner, *outer),
        exchanges=tuple(
            Exchange(vhost=vhost, name=name, type=kind)
            for vhost, (exchanges, _, _) in vhosts.items()
            for name, kind in exchanges.items()
        ),
        queues=tuple(
            Queue(vhost=vhost, name=name, arguments=dict(arguments))
            for vhost, (_, queues, _) in vhosts.items()
            for name, arguments in queues.items()
        ),
        bindings=tuple(
            Binding(vhost=vhost, exchange=exchange, queue=queue, routing_key=key)
            for vhost, (_, _, bindings) in vhosts.items()
            for exchange, queue, key in bindings
        ),
        parameters=tuple(
            {"vhost": door.vhost(name), "component": "vhost-limits", "name": "limits", "value": door.VHOST_LIMITS}
            for name in parties
        ),
    )
