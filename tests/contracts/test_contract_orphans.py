"""Nothing is said to nobody, nothing is undescribed, and no fact has room for words."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, StringConstraints, create_model

from contracts import generate
from contracts.catalogue import Entry, Service
from contracts.messages import Replied
from contracts.orphans import could_hold_words, left_out, orphans, orphans_today
from contracts.record import Code, Instant, Party

NAME = "case.replied.v1"


class CaseReplied(BaseModel):
    """The unit gave its opinion."""

    type: Literal["case.replied.v1"] = "case.replied.v1"
    id: str
    at: Instant
    unit: Party


ENTRY = Entry("routing", frozenset[Service]({"deadline"}))
EXAMPLE = '{"type": "case.replied.v1", "id": "1", "at": "2026-03-02T01:00:00Z", "unit": "water_bureau"}'


def told(
    facts: dict[str, type[BaseModel]] | None = None,
    catalogue: dict[str, Entry] | None = None,
    examples: dict[str, str] | None = None,
) -> list[str]:
    return orphans(
        {NAME: CaseReplied} if facts is None else facts,
        {NAME: ENTRY} if catalogue is None else catalogue,
        {},
        {f"examples/{NAME}/001.json": EXAMPLE} if examples is None else examples,
    )


def test_the_contracts_have_no_orphans():
    assert orphans_today(generate.examples()) == []


def test_an_event_that_is_said_heard_described_and_shown_is_none():
    assert told() == []


def test_an_event_that_nobody_says_is_one():
    assert told(catalogue={}) == [
        f"{NAME}: nobody says it. Name its producer and consumers in catalogue.py, or delete the model."
    ]


def test_an_event_that_nobody_hears_is_one():
    assert told(catalogue={NAME: Entry("routing", frozenset())}) == [
        f"{NAME}: nobody hears it. Name a consumer in catalogue.py, or delete it."
    ]


def test_an_entry_without_a_model_is_one():
    assert told(catalogue={NAME: ENTRY, "case.lost.v1": ENTRY}) == [
        "case.lost.v1: in the catalogue, but there is no such model in events/."
    ]


def test_a_service_that_hears_itself_or_does_not_exist_is_named():
    consumers: Any = frozenset({"routing", "notifcation"})
    assert told(catalogue={NAME: Entry("routing", consumers)}) == [
        f"{NAME}: routing hears what it says itself. Take it out of the consumers.",
        f"{NAME}: there is no service called notifcation.",
    ]


def test_an_event_without_an_example_and_an_example_without_an_event_are_named():
    assert told(examples={"examples/case.lost.v1/001.json": EXAMPLE}) == [
        "examples/case.lost.v1/001.json: there is no case.lost.v1.",
        f"{NAME}: has no example. Write examples/{NAME}/001.json.",
    ]


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("first.json", EXAMPLE, "an example is called by its number, such as 001.json."),
        ("001.json", EXAMPLE.replace("water", "水务"), "unit: String should match pattern '^[a-z0-9_]{3,32}$'."),
        (
            "001.json",
            EXAMPLE.replace("Z", "+08:00"),
            "changes when it is read and written again. Write it as the model does, times in UTC.",
        ),
    ],
)
def test_an_example_that_is_not_as_the_model_says_is_named(path: str, text: str, what: str):
    assert told(examples={f"examples/{NAME}/{path}": text}) == [f"examples/{NAME}/{path}: {what}"]


def test_a_model_without_a_docstring_or_a_proper_name_is_named():
    silent = create_model("Silent", type=(Literal["Case-Replied"], "Case-Replied"), unit=(Party, ...))
    examples = {"examples/Case-Replied/001.json": '{"type": "Case-Replied", "unit": "water_bureau"}'}
    assert told({"Case-Replied": silent}, {"Case-Replied": ENTRY}, examples) == [
        "Case-Replied: a type is called `noun.what_happened.v1`.",
        "Case-Replied: Silent has no docstring. Say in a line what it means: it is the document's summary.",
    ]


def test_a_message_that_no_union_names_is_left_out():
    known = {name: model for name, model in generate.MODELS.items() if model is not Replied}
    assert left_out(generate.MODELS) == []
    assert left_out(known) == ["Replied: has a type, but is in no union of contracts.messages. Add it there."]


def holds(**fields: Any) -> list[str]:
    return list(
        could_hold_words("a.happened.v1", create_model("Happened", type=(Literal["a.happened.v1"], ...), **fields))
    )


@pytest.mark.parametrize(
    ("field", "kind", "why"),
    [
        ("reason", str, "any text would fit"),
        ("reasons", tuple[str, ...], "any text would fit"),
        ("reason", str | None, "any text would fit"),
        ("reason", Annotated[str, StringConstraints(max_length=20)], "any text would fit"),
        ("reason", Annotated[str, StringConstraints(pattern=r"^.{1,20}$")], "would let '张三' pass"),
        ("reason", Annotated[str, StringConstraints(pattern=r"[a-z]+")], "would let 'Zhang San' pass"),
        ("reason", Annotated[str, StringConstraints(pattern=r"^[a-z ]+$")], "would let 'zhang san' pass"),
        ("reason", Annotated[str, StringConstraints(pattern=r"^\w+$")], "would let '张三' pass"),
        ("reason", Any, "nobody can tell what it may hold"),
        ("reason", dict[str, str], "nobody can tell what it may hold"),
        ("phone", Code, "phone sounds like words or a person"),
        ("contact_name", Party, "contact and name sounds like words or a person"),
        ("text", int, "text sounds like words or a person"),
    ],
)
def test_a_field_of_a_fact_that_could_hold_words_or_a_person_is_named(field: str, kind: Any, why: str):
    [sentence] = holds(**{field: (kind, ...)})
    assert sentence.startswith(f"a.happened.v1, field {field}")
    assert why in sentence


@pytest.mark.parametrize("kind", [Code, Party, Instant, int, bool, Literal["a", "b"], Code | None, tuple[Party, ...]])
def test_ids_codes_instants_numbers_and_closed_lists_are_what_facts_are_made_of(kind: Any):
    assert holds(value=(kind, ...), id=(str, ...), cause=(str, ...), about=(str, ...)) == []
