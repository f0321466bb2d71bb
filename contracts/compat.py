"""Finds changes that break somebody: what was promised at a base against what the models say now.

Two sides can break. *Writers* are whoever wrote by the old contract: senders not yet upgraded, and every stored fact.
*Readers* are whoever still reads by it. Each finding is a sentence that says what to do.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from jsoncompat import check_compat

from contracts.generate import Files, each, inlined, opened
from contracts.messages import FROM_CHANNEL, FROM_UNIT, TO_PARTY
from contracts.places import Place, Schema, places

Side = Literal["writers", "readers"]
BOTH: frozenset[Side] = frozenset(("writers", "readers"))

HARM: dict[frozenset[Side], str] = {
    frozenset({"writers"}): "what was written before would be refused",
    frozenset({"readers"}): "who still reads by the old contract would refuse or misread it",
    BOTH: "neither what was written before nor who reads by the old contract would get along with it",
}
UPPER = {"maxLength", "maximum", "exclusiveMaximum", "maxItems"}
LOWER = {"minLength", "minimum", "exclusiveMinimum", "minItems"}


class Change(NamedTuple):
    """One difference and whom it breaks."""

    place: str
    what: str
    breaks: frozenset[Side]


# --- what breaks ------------------------------------------------------------------------------------------------------


def sides(name: str) -> frozenset[Side]:
    """Who can break. We write to a party, a party writes to us; facts are kept for ever and read by both releases."""
    if name in FROM_CHANNEL or name in FROM_UNIT:
        return frozenset({"writers"})
    return frozenset({"readers"}) if name in TO_PARTY else BOTH


def breaking(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[str]:
    """A sentence for each change from `old` to `new` (JSON Schemas by type) that breaks somebody."""
    return [
        sentence
        for name, schema in old.items()
        for sentence in (_changed(name, schema, new[name]) if name in new else [_removed(name, old, new)])
    ]


def schemas_in(files: Files) -> dict[str, Schema]:
    """The schemas among the files, by type."""
    return {
        path.removeprefix("schemas/").removesuffix(".json"): json.loads(text)
        for path, text in files.items()
        if path.startswith("schemas/")
    }


def broken_promises(base: Files, now: Files) -> list[str]:
    """Everything that `now` (schemas and examples) breaks of what was promised at `base`."""
    return breaking(schemas_in(base), schemas_in(now)) + lost_examples(base, now)


def lost_examples(base: Files, now: Files) -> list[str]:
    """Examples are appended, never changed: clients are tested against them."""
    return [
        f"{path}: {'changed' if path in now else 'removed'}. Examples are only ever added: "
        "put it back as it was and give the new one the next number."
        for path, text in base.items()
        if path.startswith("examples/") and now.get(path) != text
    ]


def _removed(name: str, old: Mapping[str, Schema], new: Mapping[str, Schema]) -> str:
    fields = _without_type(old[name])
    heirs = [other for other in new if other not in old and _without_type(new[other]) == fields]
    if heirs:
        return (
            f"{name}: gone, perhaps renamed to {heirs[0]}. A name is for good: bring {name} back and drop the new one."
        )
    return f"{name}: removed. Facts of this type are stored and may still be on their way: bring the model back."


def _changed(name: str, old: Schema, new: Schema) -> list[str]:
    found = [change for change in changes(places(old), places(new)) if change.breaks & sides(name)]
    if not found and not _compatible(old, new, sides(name)):
        found = [Change("", "the schemas do not accept the same messages", sides(name))]
    return [
        f"{name}{f', field {change.place}' if change.place else ''}: {change.what}; "
        f"{HARM[change.breaks & sides(name)]}. {advice(name)}"
        for change in found
    ]


def advice(name: str) -> str:
    """What to do instead of changing this version."""
    stem, version = name.rsplit(".v", 1)
    return f"Leave {name} as it was and make {stem}.v{int(version) + 1} beside it."


def changes(old: Mapping[str, Place], new: Mapping[str, Place]) -> list[Change]:
    """Every difference that breaks somebody, in the order of the places."""
    return [
        change
        for place in [*old, *(place for place in new if place not in old)]
        if not _below_a_change(place, old, new)
        for change in _at(place, old.get(place), new.get(place))
    ]


def _below_a_change(place: str, old: Mapping[str, Place], new: Mapping[str, Place]) -> bool:
    parents = [place[: match.start()] for match in re.finditer(r"\.|\[\]", place)]
    return any(parent and (parent in old) != (parent in new) for parent in parents)


def _at(place: str, old: Place | None, new: Place | None) -> list[Change]:
    if new is None:
        breaks: frozenset[Side] = BOTH if old and old.required else frozenset({"writers"})
        return [Change(place, "removed", breaks)]
    if old is None:
        return [Change(place, "new and required", frozenset({"writers"}))] if new.required else []
    found: list[Change] = []

    def differs(what: str, was: Any, now: Any, *breaks: Side) -> None:
        found.append(Change(place, f"{what}: was {was}, is {now}", frozenset(breaks)))

    if old.required != new.required:
        was, now = ("yes", "no") if old.required else ("no", "yes")
        differs("required", was, now, "writers" if new.required else "readers")
    if old.types != new.types:
        differs("type", _list(old.types), _list(new.types), *_by_sets(old.types, new.types))
    elif old.values != new.values:
        differs("allowed values", _list(old.values), _list(new.values), *_by_sets(old.values, new.values))
    for rule in sorted(old.rules.keys() | new.rules.keys()):
        was, now = old.rules.get(rule), new.rules.get(rule)
        if was != now and (sides_broken := _by_rule(rule, was, now)):
            differs(rule, "none" if was is None else was, "none" if now is None else now, *sides_broken)
    if old.default != new.default and not new.required:
        differs("default", old.default or "none", new.default or "none", "writers", "readers")
    return found


def _by_sets(old: frozenset[str] | None, new: frozenset[str] | None) -> list[Side]:
    """None is the set of everything."""
    narrower = new is not None and (old is None or bool(old - new))
    wider = old is not None and (new is None or bool(new - old))
    return [*(["writers"] if narrower else []), *(["readers"] if wider else [])]


def _by_rule(rule: str, was: Any, now: Any) -> list[Side]:
    if rule == "additionalProperties":  # an object opened up breaks nobody: readers pass over what they do not know
        return ["writers"] if now is False else []
    if was is None or now is None:
        return ["writers"] if was is None else ["readers"]
    if rule in UPPER | LOWER:
        return ["writers"] if (now < was) == (rule in UPPER) else ["readers"]
    return ["writers", "readers"]  # two patterns, formats or alternatives: nobody can tell which is the wider


def _list(values: frozenset[str] | None) -> str:
    return "anything" if values is None else " | ".join(sorted(values))


def _compatible(old: Schema, new: Schema, who: frozenset[Side]) -> bool:
    """The second opinion of a library that compares the schemas as sets. It knows nothing of patterns and formats."""
    before, now = (
        inlined({key: schema[key] for key in schema if key not in {"$schema", "$id"}}) for schema in (old, new)
    )
    reads = check_compat(json.dumps(_closed(before)), json.dumps(_closed(now)), "deserializer")
    writes = check_compat(json.dumps(opened(before)), json.dumps(_closed(now)), "serializer")
    return (reads or "writers" not in who) and (writes or "readers" not in who)


def _closed(schema: Schema) -> Schema:
    return each(schema, lambda node: node | ({"additionalProperties": False} if node.get("type") == "object" else {}))


def _without_type(schema: Schema) -> dict[str, Place]:
    return {path: place for path, place in places(schema).items() if path != "type"}
