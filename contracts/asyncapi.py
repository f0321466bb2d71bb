"""The AsyncAPI 3.0 document: where to connect, what to publish, what comes back, and how nothing is lost on the way."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from contracts.catalogue import CATALOGUE, EXCHANGE, SERVICES, Service, heard_by, said_by
from contracts.messages import (
    ANSWERS,
    ASSIGNMENTS,
    FROM_CHANNEL,
    FROM_UNIT,
    INBOX,
    INBOX_EXCHANGE,
    TO_PARTY,
    Assignment,
    AssignmentEnded,
    Received,
    Refused,
)

Node = dict[str, Any]

VERSION = "1.0.0"
BINDING = {"bindingVersion": "0.3.0"}
PARTY = "{party}"

ON_ASSIGNMENTS = [m.model_fields["type"].default for m in (Assignment, AssignmentEnded)]
ON_ANSWERS = [name for name in TO_PARTY if name not in ON_ASSIGNMENTS]
REPLIES = [m.model_fields["type"].default for m in (Received, Refused)]

ABOUT = Path(__file__).with_suffix(".md").read_text("utf-8")
"""The prose at its head: how to write a party's client."""


class Broker(NamedTuple):
    """What stands on the broker."""

    vhost: str
    """The services' own."""
    queues: Mapping[str, Mapping[str, str | int]]
    """The arguments of each of their queues, by its name; a service's queue has the service's name."""
    party_vhost: str
    """A party's own, with `{party}` where its name stands."""


def document(models: Mapping[str, Node], examples: Mapping[str, Mapping[str, Any]], broker: Broker) -> Node:
    """The document as data. `models`: JSON Schemas by type, their `$defs` referred to as `#/components/schemas/…`."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Zhitongche 直通车",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"inside": _server_inside(broker.vhost), "party": _server_party(broker.party_vhost)},
        "channels": {**_fact_channels(broker.vhost), **_queue_channels(broker), **_party_channels(broker.party_vhost)},
        "operations": {**_service_operations(), **_party_operations(), **_door_operations()},
        "components": {
            "messages": {name: _message(name, schema, examples[name]) for name, schema in models.items()},
            "schemas": _schemas(models),
            "messageTraits": {"fact": _FACT, "from-party": _FROM_PARTY, "to-party": _TO_PARTY},
            "securitySchemes": {
                "password": {"type": "userPassword", "description": "SASL PLAIN; over TLS outside one machine."}
            },
        },
    }


def to_yaml(node: Node) -> str:
    """The document as text: in the order in which it is written here, Chinese readable, no anchors."""
    return yaml.dump(node, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)  # pyright: ignore[reportUnknownMemberType]


_Dumper.add_representer(str, _text)

# --- servers ----------------------------------------------------------------------------------------------------------


def _server(vhost: str, description: str, **variables: Node) -> Node:
    host: Node = {"description": "The broker, with its port.", "default": "localhost:5672"}
    return {
        "host": "{host}",
        "pathname": f"/{vhost}",
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "description": description,
        "variables": {"host": host, **variables},
        "security": [{"$ref": "#/components/securitySchemes/password"}],
    }


def _server_inside(vhost: str) -> Node:
    return _server(vhost, "The vhost of the services. No party has access to it; `amqps` where it leaves one machine.")


def _server_party(vhost: str) -> Node:
    name: Node = {
        "description": "The party's name: lower-case letters, digits and _, 3 to 32 of them.",
        "default": "hotline_12345",
        "examples": ["hotline_12345", "shi_gongdian"],
    }
    return _server(
        vhost, "A party's own vhost; the party's name is also its user. `amqps` from another machine.", party=name
    )


# --- channels ---------------------------------------------------------------------------------------------------------


def _channel(server: str, address: str, messages: Iterable[str], description: str, binding: Node) -> Node:
    return {
        "address": address,
        "description": description,
        "servers": [{"$ref": f"#/servers/{server}"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"amqp": {**binding, **BINDING}},
    }


def _exchange(name: str, kind: str, vhost: str) -> Node:
    exchange = {"name": name, "type": kind, "durable": True, "autoDelete": False, "vhost": vhost}
    return {"is": "routingKey", "exchange": exchange}


def _queue(name: str, vhost: str, **more: Any) -> Node:
    queue = {"name": name, "durable": True, "exclusive": False, "autoDelete": False, "vhost": vhost, **more}
    return {"is": "queue", "queue": queue}


def _fact_channels(vhost: str) -> dict[str, Node]:
    return {
        name: _channel(
            "inside",
            name,
            [name],
            f"Routing key of the exchange `{EXCHANGE}`. Said by {entry.producer}; "
            f"heard by {', '.join(sorted(entry.consumers))}.",
            _exchange(EXCHANGE, "topic", vhost),
        )
        for name, entry in CATALOGUE.items()
    }


def _queue_channels(broker: Broker) -> dict[str, Node]:
    return {
        service: _channel(
            "inside",
            service,
            heard_by(service),
            f"The queue in which {service} hears facts; what it cannot take is parked in `{service}.dead`.",
            _queue(
                service,
                broker.vhost,
                **{"x-arguments": dict(broker.queues[service]), "x-bindings": {EXCHANGE: heard_by(service)}},
            ),
        )
        for service in SERVICES
        if heard_by(service)
    }


def _party_channels(vhost: str) -> dict[str, Node]:
    inbound = [*FROM_CHANNEL, *FROM_UNIT]
    return {
        INBOX_EXCHANGE: _channel(
            "party",
            INBOX_EXCHANGE,
            inbound,
            "The exchange to which a party publishes everything, with any routing key.",
            _exchange(INBOX_EXCHANGE, "fanout", vhost),
        ),
        INBOX: _channel(
            "party",
            INBOX,
            inbound,
            "The queue behind the exchange. Only the door reads it.",
            _queue(INBOX, vhost),
        ),
        ASSIGNMENTS: _channel(
            "party",
            ASSIGNMENTS,
            ON_ASSIGNMENTS,
            "The queue in which a unit finds the cases handed to it, and those that it need not work on any more.",
            _queue(ASSIGNMENTS, vhost),
        ),
        ANSWERS: _channel(
            "party",
            ANSWERS,
            ON_ANSWERS,
            "The queue in which every party finds what became of what it said.",
            _queue(ANSWERS, vhost),
        ),
    }


# --- operations -------------------------------------------------------------------------------------------------------

_SENDING = {"amqp": {"deliveryMode": 2, "mandatory": True, **BINDING}}
_SENDING_AS_PARTY = {"amqp": {"userId": PARTY, "deliveryMode": 2, "mandatory": True, **BINDING}}
_HEARING = {"amqp": {"ack": True, **BINDING}}


def _operation(action: str, channel: str, messages: Iterable[str], summary: str, bindings: Node) -> Node:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
        "bindings": bindings,
    }


def _service_operations() -> dict[str, Node]:
    def says(service: Service, name: str) -> Node:
        return _operation("send", name, [name], f"The service {service} says {name}.", _SENDING)

    def hears(service: Service) -> Node:
        names = heard_by(service)
        return _operation("receive", service, names, f"The service {service} hears what it reacts to.", _HEARING)

    sending = {f"{service}-says-{name}": says(service, name) for service in SERVICES for name in said_by(service)}
    return sending | {f"{service}-hears": hears(service) for service in SERVICES if heard_by(service)}


def _party_operations() -> dict[str, Node]:
    reply = {
        "channel": {"$ref": f"#/channels/{ANSWERS}"},
        "messages": [{"$ref": f"#/channels/{ANSWERS}/messages/{name}"} for name in REPLIES],
    }

    def says(who: str, messages: Iterable[str], summary: str) -> Node:
        return _operation("send", INBOX_EXCHANGE, messages, f"{who} {summary}", _SENDING_AS_PARTY) | {"reply": reply}

    return {
        "channel-says": says("A channel", FROM_CHANNEL, "hands in an appeal, supplements it or takes it back."),
        "unit-says": says("A unit", FROM_UNIT, "says what it did with a case that was handed to it."),
        "unit-reads-assignments": _operation(
            "receive", ASSIGNMENTS, ON_ASSIGNMENTS, "A unit stores each assignment, then acknowledges it.", _HEARING
        ),
        "party-reads-answers": _operation(
            "receive", ANSWERS, ON_ANSWERS, "Every party stores each answer, then acknowledges it.", _HEARING
        ),
    }


def _door_operations() -> dict[str, Node]:
    inbound = [*FROM_CHANNEL, *FROM_UNIT]
    return {
        "door-takes": _operation("receive", INBOX, inbound, "The door takes in what parties say.", _HEARING),
        "door-hands-over": _operation("send", ASSIGNMENTS, ON_ASSIGNMENTS, "The door hands cases to a unit.", _SENDING),
        "door-answers": _operation("send", ANSWERS, ON_ANSWERS, "The door answers a party.", _SENDING),
    }


# --- messages ---------------------------------------------------------------------------------------------------------

_JSON = {"const": "application/json"}


def _properties(required: list[str], **properties: Node) -> Node:
    """AsyncAPI's `headers` are the application's; the properties of AMQP itself have no place but an extension."""
    return {"x-amqp-properties": {"type": "object", "required": required, "properties": properties}}


_FACT: Node = {
    "contentType": "application/json",
    "headers": {
        "type": "object",
        "required": ["ce-source", "ce-time"],
        "properties": {
            "ce-source": {"enum": list(SERVICES), "description": "The service that says it."},
            "ce-subject": {"type": "string", "description": "The event's `subject`."},
            "ce-time": {"type": "string", "format": "date-time", "description": "The event's `at`: business time."},
            "traceparent": {"type": "string", "description": "W3C trace context; the trace id follows from the case."},
        },
    },
    **_properties(
        ["message_id", "type", "content_type", "delivery_mode"],
        message_id={"type": "string", "description": "The event's `id`."},
        type={"type": "string", "description": "The event's `type`, also the routing key."},
        content_type=_JSON,
        delivery_mode={"const": 2},
    ),
}

_FROM_PARTY: Node = {
    "contentType": "application/json",
    **_properties(
        ["message_id", "user_id", "type", "content_type"],
        message_id={"type": "string", "description": "Your own; the same when you send again. Comes back as `of`."},
        user_id={"type": "string", "description": "Your party name; the broker checks it."},
        type={"type": "string", "description": "The message's type, as in the body."},
        content_type=_JSON,
        delivery_mode={"const": 2},
    ),
}

_TO_PARTY: Node = {
    "contentType": "application/json",
    **_properties(
        ["message_id", "type", "content_type"],
        message_id={"type": "string", "description": "The same when a message comes twice."},
        type={"type": "string", "description": "The message's type, as in the body."},
        content_type=_JSON,
    ),
}


def _message(name: str, schema: Node, examples: Mapping[str, Any]) -> Node:
    trait = "fact" if name in CATALOGUE else "to-party" if name in TO_PARTY else "from-party"
    message: Node = {
        "name": name,
        "title": name,
        "summary": schema.get("description", ""),
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"amqp": {"messageType": name, **BINDING}},
        "traits": [{"$ref": f"#/components/messageTraits/{trait}"}],
    }
    if name in REPLIES:
        what = "The `message_id` of the message that this answers."
        message["correlationId"] = {"description": what, "location": "$message.payload#/of"}
    if examples:
        message["examples"] = [{"name": number, "payload": payload} for number, payload in examples.items()]
    return message


def _schemas(models: Mapping[str, Node]) -> dict[str, Node]:
    parts: dict[str, Node] = {}
    for schema in models.values():
        for name, part in schema.get("$defs", {}).items():
            if parts.setdefault(name, part) != part:
                raise ValueError(f"two different models are called {name}")
    whole = {name: {key: value for key, value in schema.items() if key != "$defs"} for name, schema in models.items()}
    return {name: {**schema, "title": name} for name, schema in whole.items()} | parts
