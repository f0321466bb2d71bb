"""The examples are what clients are tested against: true, complete, and never changed once they are there."""

import json
import re

import pytest
from jsonschema import Draft202012Validator
from stdnum.cn import uscc

from contracts import generate
from contracts.compat import lost_examples
from contracts.promised import default_base, promised

EXAMPLES = generate.examples()
SCHEMAS = generate.schemas()


@pytest.mark.parametrize("path", sorted(EXAMPLES))
def test_an_example_is_valid_for_schema_and_model_and_survives_reading_and_writing(path: str):
    name = path.split("/")[1]
    payload = json.loads(EXAMPLES[path])
    Draft202012Validator(json.loads(SCHEMAS[f"schemas/{name}.json"])).validate(payload)
    read = generate.MODELS[name].model_validate_json(EXAMPLES[path])
    assert read.model_dump(mode="json", exclude_unset=True) == payload
    assert EXAMPLES[path] == generate.as_json(payload)


def test_every_event_and_message_has_an_example():
    assert {path.split("/")[1] for path in EXAMPLES} == set(generate.MODELS)


def test_examples_show_every_field_that_a_model_has():
    shown: dict[str, set[str]] = {name: set() for name in generate.MODELS}
    for path, text in EXAMPLES.items():
        shown[path.split("/")[1]] |= json.loads(text).keys()
    lacking = {name: set(model.model_fields) - shown[name] for name, model in generate.MODELS.items()}
    # `subject` is left out where the whole case is meant.
    assert {name: rest - {"subject"} for name, rest in lacking.items() if rest - {"subject"}} == {}


def test_credit_codes_have_a_right_check_character_and_telephones_are_nobodys():
    words = "".join(EXAMPLES.values())
    codes, phones = re.findall(r"\b9[0-9A-Z]{17}\b", words), re.findall(r"\b1[3-9]\d{9}\b", words)
    assert codes
    assert phones
    assert all(uscc.is_valid(code) for code in codes)
    assert all(re.fullmatch(r"13[89]0000000\d", phone) for phone in phones)


def test_no_committed_example_was_changed_or_removed():
    assert lost_examples(promised(default_base()), EXAMPLES) == []


def test_a_changed_a_removed_and_a_new_example_are_told_apart():
    base = {"examples/a.b.v1/001.json": "1", "examples/a.b.v1/002.json": "2", "schemas/a.b.v1.json": "{}"}
    now = {"examples/a.b.v1/001.json": "one", "examples/a.b.v1/003.json": "3"}
    assert lost_examples(base, now) == [
        "examples/a.b.v1/001.json: changed. Examples are only ever added: "
        "put it back as it was and give the new one the next number.",
        "examples/a.b.v1/002.json: removed. Examples are only ever added: "
        "put it back as it was and give the new one the next number.",
    ]
    assert lost_examples({}, now) == []
