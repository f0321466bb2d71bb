"""What outsiders read is what the models say."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from contracts import generate
from contracts.messages import FROM_CHANNEL, FROM_UNIT, TO_PARTY
from deploy.ztc.contracts import BROKER

SCHEMAS = generate.schemas()


def test_the_committed_files_are_those_that_the_models_give():
    assert generate.stale(BROKER) == [], "run `ztc contracts generate`"


def test_writing_mends_what_was_changed_by_hand_and_drops_what_no_model_backs(tmp_path: Path):
    generate.write(BROKER, tmp_path)
    (tmp_path / "schemas/case.replied.v1.json").write_text("{}")
    (tmp_path / "schemas/case.forgotten.v1.json").write_text("{}")
    (tmp_path / "asyncapi.yaml").unlink()
    damaged = ["asyncapi.yaml", "schemas/case.forgotten.v1.json", "schemas/case.replied.v1.json"]
    assert generate.stale(BROKER, tmp_path) == damaged
    assert generate.write(BROKER, tmp_path) == damaged
    assert generate.stale(BROKER, tmp_path) == []


@pytest.mark.parametrize("path", sorted(SCHEMAS))
def test_a_schema_is_valid_json_schema_and_asks_for_the_type(path: str):
    schema = json.loads(SCHEMAS[path])
    Draft202012Validator.check_schema(schema)
    assert "type" in schema["required"]
    assert path == f"schemas/{schema['properties']['type']['const']}.json"


@pytest.mark.parametrize("name", sorted(generate.MODELS))
def test_a_sender_may_add_nothing_and_a_party_reads_past_what_it_does_not_know(name: str):
    schema = generate.inlined(json.loads(SCHEMAS[f"schemas/{name}.json"]))
    closed = "additionalProperties" in json.dumps(schema)
    if name in TO_PARTY:
        assert not closed
    if name in FROM_CHANNEL or name in FROM_UNIT:
        assert closed
