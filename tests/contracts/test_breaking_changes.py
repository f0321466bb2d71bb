"""A change that breaks a stored fact, an older sender or an older reader is found and said in a sentence."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts import generate
from contracts.compat import breaking, broken_promises, schemas_in
from contracts.promised import default_base, promised

Schema = dict[str, Any]
EVENT, FROM_PARTY, TO_PARTY = "case.replied.v1", "appeal.submitted.v1", "assignment.offered.v1"

OLD: Schema = {
    "type": "object",
    "additionalProperties": False,
    "description": "The unit gave its opinion.",
    "$defs": {
        "Contact": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"phone": {"type": "string", "pattern": "^1[0-9]{10}$"}},
            "required": ["phone"],
        }
    },
    "properties": {
        "type": {"type": "string", "const": EVENT},
        "unit": {"type": "string", "pattern": "^[a-z]+$"},
        "role": {"type": "string", "enum": ["lead", "co-handler"]},
        "at": {"type": "string", "format": "date-time"},
        "times": {"type": "integer", "minimum": 1},
        "title": {"type": "string", "maxLength": 100},
        "lead": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "subject": {"type": "string", "default": ""},
        "helpers": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}, "default": []},
        "contact": {"$ref": "#/$defs/Contact"},
    },
    "required": ["type", "unit", "role", "at", "times", "contact"],
}

Edit = Callable[[Schema], object]


def edited(edit: Edit, schema: Schema = OLD) -> Schema:
    new = copy.deepcopy(schema)
    edit(new)
    return new


def field(name: str, **changes: Any) -> Edit:
    return lambda schema: schema["properties"][name].update(changes)


def without(name: str) -> Edit:
    def edit(schema: Schema) -> None:
        del schema["properties"][name]
        schema["required"] = [each for each in schema["required"] if each != name]

    return edit


def with_field(name: str, required: bool, **schema_of_field: Any) -> Edit:
    def edit(schema: Schema) -> None:
        schema["properties"][name] = schema_of_field
        schema["required"] += [name] if required else []

    return edit


def required(*names: str) -> Edit:
    return lambda schema: schema.update(required=list(names))


WRITERS = "what was written before would be refused"
READERS = "who still reads by the old contract would refuse or misread it"
BOTH = "neither what was written before nor who reads by the old contract would get along with it"
REQUIRED = OLD["required"]

BREAKING: dict[str, tuple[Edit, str, str]] = {
    "a new required field": (with_field("rung", True, type="string"), "field rung: new and required", WRITERS),
    "a removed required field": (without("unit"), "field unit: removed", BOTH),
    "a removed optional field": (without("lead"), "field lead: removed", WRITERS),
    "an optional field made required": (
        required(*REQUIRED, "subject"),
        "field subject: required: was no, is yes",
        WRITERS,
    ),
    "a required field made optional": (
        required(*REQUIRED[:-1]),
        "field contact: required: was yes, is no",
        READERS,
    ),
    "another type": (field("times", type="string"), "field times: type: was integer, is string", BOTH),
    "a field that may no longer be null": (
        lambda s: s["properties"].update(lead={"type": "string", "default": None}),
        "field lead: type: was null | string, is string",
        WRITERS,
    ),
    "a field that may now be null": (
        lambda s: s["properties"].update(times={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}),
        "field times: type: was integer, is integer | null",
        READERS,
    ),
    "a narrowed list": (
        field("role", enum=["lead"]),
        'field role: allowed values: was "co-handler" | "lead", is "lead"',
        WRITERS,
    ),
    "a widened list": (
        field("role", enum=["lead", "co-handler", "watcher"]),
        'field role: allowed values: was "co-handler" | "lead", is "co-handler" | "lead" | "watcher"',
        READERS,
    ),
    "a list in the place of free choice": (
        field("title", enum=["a"]),
        'field title: allowed values: was anything, is "a"',
        WRITERS,
    ),
    "a changed pattern": (
        field("unit", pattern="^[a-z_]+$"),
        "field unit: pattern: was ^[a-z]+$, is ^[a-z_]+$",
        BOTH,
    ),
    "a new pattern": (field("title", pattern="^a"), "field title: pattern: was none, is ^a", WRITERS),
    "a dropped pattern": (
        lambda s: s["properties"]["unit"].pop("pattern"),
        "field unit: pattern: was ^[a-z]+$, is none",
        READERS,
    ),
    "a changed format": (field("at", format="date"), "field at: format: was date-time, is date", BOTH),
    "a shorter text": (field("title", maxLength=50), "field title: maxLength: was 100, is 50", WRITERS),
    "a longer text": (field("title", maxLength=200), "field title: maxLength: was 100, is 200", READERS),
    "a higher minimum": (field("times", minimum=2), "field times: minimum: was 1, is 2", WRITERS),
    "a lower minimum": (field("times", minimum=0), "field times: minimum: was 1, is 0", READERS),
    "another default": (field("subject", default="all"), 'field subject: default: was "", is "all"', BOTH),
    "a pattern inside a list": (
        lambda s: s["properties"]["helpers"]["items"].update(pattern="^[a-z_]+$"),
        "field helpers[]: pattern: was ^[a-z]+$, is ^[a-z_]+$",
        BOTH,
    ),
    "a pattern inside a part": (
        lambda s: s["$defs"]["Contact"]["properties"]["phone"].update(pattern="^1[3-9][0-9]{9}$"),
        "field contact.phone: pattern: was ^1[0-9]{10}$, is ^1[3-9][0-9]{9}$",
        BOTH,
    ),
    "a required field inside a part": (
        lambda s: with_field("name", True, type="string")(s["$defs"]["Contact"]),
        "field contact.name: new and required",
        WRITERS,
    ),
    "another constant": (
        field("type", const="case.answered.v1"),
        'field type: allowed values: was "case.replied.v1", is "case.answered.v1"',
        BOTH,
    ),
}


@pytest.mark.parametrize("kind", BREAKING)
def test_a_breaking_change_is_found_and_said_once(kind: str):
    edit, what, harm = BREAKING[kind]
    assert breaking({EVENT: OLD}, {EVENT: edited(edit)}) == [
        f"{EVENT}, {what}; {harm}. Leave {EVENT} as it was and make case.replied.v2 beside it."
    ]


COMPATIBLE: dict[str, Edit] = {
    "nothing": lambda s: None,
    "a new optional field": with_field("rung", False, type="string", default=""),
    "a new optional field that may be null": with_field(
        "rung", False, anyOf=[{"type": "string"}, {"type": "null"}], default=None
    ),
    "a new optional field inside a part": lambda s: with_field("email", False, type="string")(s["$defs"]["Contact"]),
    "another description": lambda s: s.update(description="What the unit thinks."),
    "another order": lambda s: s.update(properties=dict(reversed(s["properties"].items()))),
    "another name of a part": lambda s: (
        s["$defs"].update(Person=s["$defs"].pop("Contact")),
        s["properties"].update(contact={"$ref": "#/$defs/Person"}),
    ),
    "readers that pass over unknown fields": lambda s: s.pop("additionalProperties"),
}


@pytest.mark.parametrize("kind", COMPATIBLE)
def test_a_compatible_change_passes(kind: str):
    assert breaking({EVENT: OLD}, {EVENT: edited(COMPATIBLE[kind])}) == []


def test_a_new_event_breaks_nobody():
    assert breaking({EVENT: OLD}, {EVENT: OLD, "case.reopened.v1": OLD}) == []


def test_a_removed_event_is_missed():
    assert breaking({EVENT: OLD}, {}) == [
        f"{EVENT}: removed. Facts of this type are stored and may still be on their way: bring the model back."
    ]


def test_a_renamed_event_is_recognised_by_its_fields():
    renamed = edited(field("type", const="case.settled.v1"))
    assert breaking({EVENT: OLD}, {"case.settled.v1": renamed}) == [
        f"{EVENT}: gone, perhaps renamed to case.settled.v1. A name is for good: bring {EVENT} back and drop the new one."
    ]


def test_a_version_beside_the_old_one_is_how_a_contract_changes():
    assert breaking({EVENT: OLD}, {EVENT: OLD, "case.replied.v2": edited(without("unit"))}) == []


def test_what_a_party_sends_may_be_accepted_more_widely_but_not_more_narrowly():
    wider, narrower = edited(field("title", maxLength=200)), edited(field("title", maxLength=50))
    assert breaking({FROM_PARTY: OLD}, {FROM_PARTY: wider}) == []
    assert len(breaking({FROM_PARTY: OLD}, {FROM_PARTY: narrower})) == 1


def test_what_a_party_reads_may_be_said_more_narrowly_but_not_more_widely():
    wider, narrower = edited(field("title", maxLength=200)), edited(field("title", maxLength=50))
    assert breaking({TO_PARTY: OLD}, {TO_PARTY: narrower}) == []
    assert len(breaking({TO_PARTY: OLD}, {TO_PARTY: wider})) == 1
    assert breaking({TO_PARTY: OLD}, {TO_PARTY: edited(without("lead"))}) == []


@pytest.mark.parametrize("name", [EVENT, FROM_PARTY])
def test_what_comparing_place_by_place_does_not_see_a_comparison_of_sets_does(name: str):
    anything_in_the_list = edited(lambda s: s["properties"]["helpers"].pop("items"))
    [sentence] = breaking({name: anything_in_the_list}, {name: OLD})
    assert sentence.startswith(f"{name}: the schemas do not accept the same messages;")


def test_nothing_that_was_promised_is_broken_today():
    now = generate.schemas() | generate.examples()
    assert broken_promises(promised(default_base()), now) == []


def test_every_real_schema_can_be_compared_and_each_lost_field_is_noticed():
    now = schemas_in(generate.schemas())
    assert breaking(now, now) == []
    lessened = {name: edited(without(list(schema["properties"])[-1]), schema) for name, schema in now.items()}
    noticed = {sentence.split(",")[0] for sentence in breaking(now, lessened)}
    # A party does not miss an optional field in what we send it.
    assert now.keys() - noticed <= {TO_PARTY}
    assert json.loads(generate.schemas()[f"schemas/{EVENT}.json"]) == now[EVENT]
