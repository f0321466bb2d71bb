"""A JSON Schema read place by place, so that two can be compared and each field looked at."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from contracts.generate import inlined

Schema = dict[str, Any]
ANNOTATIONS = {"title", "description", "examples", "$schema", "$id"}


class Place(NamedTuple):
    """What a schema says about one place of a message, such as `dossier.contact.phone` or `co_handlers[]`."""

    required: bool
    types: frozenset[str]
    values: frozenset[str] | None
    """The JSON of each value of a closed list; None when the list is open."""
    rules: Mapping[str, Any]
    """Everything else that narrows: pattern, format, lengths, limits, alternatives."""
    default: str | None
    """JSON of what a reader takes when the place is empty."""


def places(schema: Schema) -> dict[str, Place]:
    """Every place of a message, by its path."""
    found: dict[str, Place] = {}
    _walk(inlined(schema), "", True, found)
    return found


def _walk(node: Schema, path: str, required: bool, found: dict[str, Place]) -> None:
    rest = dict(node)
    options = rest.pop("anyOf", [{}])
    real = [option for option in options if option.get("type") != "null"]
    nullable = len(real) < len(options)
    if len(real) == 1:  # X | None
        rest |= real[0]
    else:
        rest["anyOf"] = real
    types: frozenset[str] = frozenset([rest.pop("type", "any"), *(["null"] if nullable else [])])
    values = [rest.pop("const")] if "const" in rest else rest.pop("enum", None)
    default = json.dumps(rest.pop("default"), ensure_ascii=False) if "default" in rest else None
    inside, items = rest.pop("properties", {}), rest.pop("items", None)
    needed = rest.pop("required", [])
    found[path] = Place(
        required,
        types,
        None if values is None else frozenset(json.dumps(value, ensure_ascii=False) for value in values),
        {key: value for key, value in rest.items() if key not in ANNOTATIONS},
        default,
    )
    for name, child in inside.items():
        _walk(child, f"{path}.{name}" if path else name, name in needed, found)
    if items is not None:
        _walk(items, f"{path}[]", False, found)
