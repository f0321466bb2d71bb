"""One document from which an outsider can write a client, valid by the official schema."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from contracts import generate
from contracts.catalogue import CATALOGUE, EXCHANGE, SERVICES, heard_by
from contracts.messages import ANSWERS, ASSIGNMENTS, FROM_CHANNEL, FROM_UNIT, INBOX_EXCHANGE, TO_PARTY
from libs.topology import VHOST, bindings, exchanges, queues
from services.gateway.topology import vhost

TEXT = (generate.HERE / "asyncapi.yaml").read_text("utf-8")
DOCUMENT: dict[str, Any] = yaml.load(TEXT, yaml.CSafeLoader)


def at(pointer: str) -> Any:
    node: Any = DOCUMENT
    for part in pointer.removeprefix("#/").split("/"):
        node = node[part]
    return node


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in references(item)]
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    return []


def errors(document: dict[str, Any]) -> list[str]:
    official = json.loads(Path(__file__).with_name("asyncapi-3.0.0.schema.json").read_text("utf-8"))
    return [error.message for error in Draft7Validator(official).iter_errors(document)]


def test_the_document_is_valid_by_the_official_schema():
    assert errors(DOCUMENT) == []


def test_the_official_schema_is_really_asked():
    assert errors({**DOCUMENT, "operations": {"x": {"action": "shout", "channel": {"$ref": "#/channels/x"}}}})


def test_every_reference_leads_somewhere():
    found = references(DOCUMENT)
    assert len(found) > 300
    assert all(at(reference) for reference in found)


def test_chinese_is_readable_and_nothing_is_abbreviated_by_anchors():
    assert "企业诉求" in TEXT
    assert "\\u" not in TEXT
    assert "&id" not in TEXT


def test_every_event_is_said_by_one_service_and_heard_as_the_catalogue_says():
    operations = DOCUMENT["operations"]
    for name, entry in CATALOGUE.items():
        assert operations[f"{entry.producer}-says-{name}"]["channel"]["$ref"] == f"#/channels/{name}"
        binding = DOCUMENT["channels"][name]["bindings"]["amqp"]
        assert DOCUMENT["channels"][name]["address"] == name
        assert binding["exchange"]["name"] == EXCHANGE
        assert binding["exchange"]["type"] == exchanges()[EXCHANGE]
    for service in SERVICES:
        heard = [reference.rsplit("/", 1)[1] for reference in references(operations[f"{service}-hears"]["messages"])]
        assert heard == heard_by(service)


def test_the_queues_are_those_that_the_broker_is_given():
    for service in SERVICES:
        queue = DOCUMENT["channels"][service]["bindings"]["amqp"]["queue"]
        assert queue["vhost"] == VHOST
        assert queue["x-arguments"] == queues()[service]
        assert [(EXCHANGE, service, key) for key in queue["x-bindings"][EXCHANGE]] == [
            binding for binding in bindings() if binding[:2] == (EXCHANGE, service)
        ]


def test_a_party_finds_one_exchange_to_publish_to_and_its_queues():
    channels = DOCUMENT["channels"]
    assert channels[INBOX_EXCHANGE]["bindings"]["amqp"]["exchange"]["type"] == "fanout"
    assert channels[INBOX_EXCHANGE]["messages"].keys() == {**FROM_CHANNEL, **FROM_UNIT}.keys()
    assert channels[ASSIGNMENTS]["messages"].keys() | channels[ANSWERS]["messages"].keys() == TO_PARTY.keys()
    assert all(
        at(reference["$ref"])["pathname"] == "/" + vhost("{party}") for reference in channels[ANSWERS]["servers"]
    )


def test_what_a_party_sends_names_the_amqp_properties_it_needs_and_where_the_answer_comes():
    for name in {**FROM_CHANNEL, **FROM_UNIT}:
        [trait] = DOCUMENT["components"]["messages"][name]["traits"]
        assert {"message_id", "user_id", "type"} <= set(at(trait["$ref"])["x-amqp-properties"]["required"])
    for operation in ("channel-says", "unit-says"):
        assert DOCUMENT["operations"][operation]["reply"]["channel"]["$ref"] == f"#/channels/{ANSWERS}"
    for name in ("message.received.v1", "message.refused.v1"):
        assert DOCUMENT["components"]["messages"][name]["correlationId"]["location"] == "$message.payload#/of"


@pytest.mark.parametrize(
    "said",
    [
        INBOX_EXCHANGE,
        ASSIGNMENTS,
        ANSWERS,
        EXCHANGE,
        "SASL PLAIN",
        "`user_id`",
        "`message_id`",
        "with the same `message_id`",
        "Store the message first",
        *TO_PARTY,
        "assignment.taken.v1",
        "appeal.submitted.v1",
    ],
)
def test_the_prose_says_what_a_client_must_know(said: str):
    assert said in DOCUMENT["info"]["description"]


@pytest.mark.parametrize("name", sorted(generate.MODELS))
def test_each_message_has_a_summary_and_examples_that_its_payload_allows(name: str):
    message = DOCUMENT["components"]["messages"][name]
    assert message["summary"]
    assert message["examples"]
    payload = {**at(message["payload"]["$ref"]), "components": {"schemas": DOCUMENT["components"]["schemas"]}}
    for example in message["examples"]:
        Draft202012Validator(payload).validate(example["payload"])
