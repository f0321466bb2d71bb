"""Finds what fits nothing: events nobody says or hears, messages without an example, facts that could hold words."""

import json
import re
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ValidationError

from contracts import events, messages
from contracts.catalogue import CATALOGUE, SERVICES, Entry
from contracts.generate import Files, schema_of
from contracts.places import Place, places

Models = Mapping[str, type[BaseModel]]

IDS = {"id", "cause", "about"}
"""Fields of an event that are ids without a pattern."""

PERSONAL = re.compile(
    "name|phone|mobile|tel|email|mail|address|person|contact|enterprise|company|credit|idcard|text|title|words|content|"
    "body|opinion|answer|result|detail|description|comment|note|remark|summary|message|talk"
)
"""Words that a field of an event may not be made of, as in `contact_phone`."""

SAMPLES = (
    "张三",
    "两个 字",
    "Zhang San",
    "zhang san",
    "a@example.com",
    "水压不足，请协调。",
    "no water.",
    "a/b",
    "a\nb",
)
"""What a person might write. A pattern that lets one of them pass lets words pass."""

TYPE = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*\.v[1-9][0-9]*")


def orphans(facts: Models, catalogue: Mapping[str, Entry], door: Models, examples: Files) -> list[str]:
    """A sentence for each thing that does not fit."""
    return [
        *_of_catalogue(facts, catalogue),
        *(sentence for name, model in {**facts, **door}.items() for sentence in _of_model(name, model)),
        *_of_examples({**facts, **door}, examples),
        *(sentence for name, model in facts.items() for sentence in could_hold_words(name, model)),
    ]


def orphans_today(examples: Files) -> list[str]:
    """`orphans` of the contracts as they are."""
    door = {**messages.FROM_CHANNEL, **messages.FROM_UNIT, **messages.TO_PARTY}
    return left_out({**events.EVENTS, **door}) + orphans(events.EVENTS, CATALOGUE, door, examples)


def left_out(models: Models) -> list[str]:
    """Models with a type of their own that no union names, so that nobody could parse them."""
    known = set(models.values())
    return [
        f"{model.__name__}: has a type, but is in no union of {model.__module__}. Add it there."
        for model in _below(events.Event, messages.Message)
        if "type" in model.__annotations__ and model not in known
    ]


def _below(*models: type[BaseModel]) -> Iterable[type[BaseModel]]:
    for model in models:
        for child in model.__subclasses__():
            if child.__module__.startswith((events.__name__, messages.__name__)):
                yield child
            yield from _below(child)


def _of_catalogue(facts: Models, catalogue: Mapping[str, Entry]) -> Iterable[str]:
    for name in facts.keys() - catalogue.keys():
        yield f"{name}: nobody says it. Name its producer and consumers in catalogue.py, or delete the model."
    for name, entry in catalogue.items():
        if name not in facts:
            yield f"{name}: in the catalogue, but there is no such model in events/."
        if not entry.consumers:
            yield f"{name}: nobody hears it. Name a consumer in catalogue.py, or delete it."
        if entry.producer in entry.consumers:
            yield f"{name}: {entry.producer} hears what it says itself. Take it out of the consumers."
        for service in sorted({entry.producer, *entry.consumers} - set(SERVICES)):
            yield f"{name}: there is no service called {service}."


def _of_model(name: str, model: type[BaseModel]) -> Iterable[str]:
    if not TYPE.fullmatch(name):
        yield f"{name}: a type is called `noun.what_happened.v1`."
    if not (model.__doc__ or "").strip():
        yield f"{name}: {model.__name__} has no docstring. Say in a line what it means: it is the document's summary."


def _of_examples(models: Models, examples: Files) -> Iterable[str]:
    shown: set[str] = set()
    for path, text in examples.items():
        _, name, _ = path.split("/")
        shown.add(name)
        if name not in models:
            yield f"{path}: there is no {name}."
        elif not re.fullmatch(r"\d{3}\.json", path.split("/")[2]):
            yield f"{path}: an example is called by its number, such as 001.json."
        else:
            yield from _of_example(path, text, models[name])
    for name in models.keys() - shown:
        yield f"{name}: has no example. Write examples/{name}/001.json."


def _of_example(path: str, text: str, model: type[BaseModel]) -> Iterable[str]:
    try:
        said = model.model_validate_json(text).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        for problem in error.errors(include_input=False):
            yield f"{path}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}."
        return
    if said != json.loads(text):
        yield f"{path}: changes when it is read and written again. Write it as the model does, times in UTC."


def could_hold_words(name: str, model: type[BaseModel]) -> Iterable[str]:
    """A fact holds ids, codes, dates and short lists only; every text field must be closed or have a tight pattern."""
    for path, place in places(schema_of(model)).items():
        field = path.rsplit(".", 1)[-1].removesuffix("[]")
        if words := [word for word in field.split("_") if PERSONAL.fullmatch(word)]:
            yield f"{name}, field {path}: {' and '.join(words)} sounds like words or a person. Keep it in the service."
        elif path and field not in IDS and (why := _too_wide(place)):
            yield f"{name}, field {path}: {why}. Give it a pattern, a closed list, or a type of record.py."


def _too_wide(place: Place) -> str | None:
    if "anyOf" in place.rules or place.types & {"any", "object"}:
        return "nobody can tell what it may hold"
    if "string" not in place.types or place.values is not None or place.rules.get("format") in ("date-time", "date"):
        return None
    pattern = place.rules.get("pattern")
    if pattern is None:
        return "any text would fit"
    passing = [sample for sample in SAMPLES if re.search(pattern, sample)]
    return f"its pattern {pattern} would let {passing[0]!r} pass" if passing else None
