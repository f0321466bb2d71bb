"""Writes what outsiders read, from the models: a JSON Schema for each event and message, and one AsyncAPI document."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from contracts.asyncapi import Broker, document, to_yaml
from contracts.events import EVENTS
from contracts.messages import FROM_CHANNEL, FROM_UNIT, TO_PARTY

HERE = Path(__file__).parent

MODELS: dict[str, type[BaseModel]] = {**EVENTS, **FROM_CHANNEL, **FROM_UNIT, **TO_PARTY}
"""Everything that crosses a bus, by its type."""

Node = dict[str, Any]
Files = dict[str, str]
"""Texts by their path below `contracts/`."""


class _Schema(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # "Rung From" says no more than `rung_from`


def schema_of(model: type[BaseModel], *, refs: str = "#/$defs/{model}") -> Node:
    """The model's JSON Schema. `type` is required, though the model can fill it in: it is what a reader looks at."""
    schema = model.model_json_schema(schema_generator=_Schema, ref_template=refs)
    required = schema.get("required", [])
    schema["properties"]["type"].pop("default", None)
    schema["required"] = [name for name in schema["properties"] if name == "type" or name in required]
    # A party passes over fields that it does not know yet; what it sends must hold no others.
    return opened(inlined(schema)) if model in TO_PARTY.values() else schema


def inlined(schema: Node) -> Node:
    """The schema with each reference to one of its parts replaced by that part."""
    parts = schema.get("$defs", {})

    def resolved(node: Node) -> Node:
        if "$ref" not in node:
            return node
        return each(parts[node.pop("$ref").rsplit("/", 1)[1]], resolved) | node

    return each({key: value for key, value in schema.items() if key != "$defs"}, resolved)


def opened(schema: Node) -> Node:
    """The schema of a reader that passes over fields it does not know."""
    return each(schema, lambda node: {key: node[key] for key in node if key != "additionalProperties"})


def each(node: Any, change: Callable[[Node], Node]) -> Any:
    """A copy of this JSON in which every object is replaced by what `change` makes of it, from the inside out."""
    if isinstance(node, list):
        return [each(item, change) for item in cast(list[Any], node)]
    if isinstance(node, dict):
        return change({key: each(value, change) for key, value in cast(Node, node).items()})
    return node


def schemas() -> Files:
    """`schemas/<type>.json` for every event and message."""
    return {
        f"schemas/{name}.json": as_json(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$id": f"urn:zhitongche:{name}",
                **schema_of(model),
                "title": name,
            }
        )
        for name, model in MODELS.items()
    }


def files(examples: Files, broker: Broker) -> Files:
    """Every generated file; `examples` are shown in the AsyncAPI document, and what stands on the inner vhost."""
    payloads: dict[str, Node] = {name: {} for name in MODELS}
    for path, text in sorted(examples.items()):
        _, name, example = path.split("/")
        payloads.setdefault(name, {})[example.removesuffix(".json")] = json.loads(text)
    models = {name: schema_of(model, refs="#/components/schemas/{model}") for name, model in MODELS.items()}
    return {**schemas(), "asyncapi.yaml": to_yaml(document(models, payloads, broker))}


def as_json(value: Any) -> str:
    """JSON as it is kept in `contracts/`: indented, Chinese readable."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def read(folder: Path, *patterns: str) -> Files:
    """The files below `folder` that match, by their path."""
    found = sorted({path for pattern in patterns for path in folder.glob(pattern)})
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in found}


def examples(folder: Path = HERE) -> Files:
    """`examples/<type>/<number>.json`, written by hand."""
    return read(folder, "examples/*/*.json")


def stale(broker: Broker, folder: Path = HERE) -> list[str]:
    """The generated files that differ from what the models say now, lacking and superfluous ones included."""
    return _differing(files(examples(folder), broker), folder)


def _differing(want: Files, folder: Path) -> list[str]:
    have = read(folder, "schemas/*", "asyncapi.yaml")
    return sorted(path for path in want.keys() | have.keys() if want.get(path) != have.get(path))


def write(broker: Broker, folder: Path = HERE) -> list[str]:
    """Brings the generated files up to date and returns the paths of those that changed."""
    want = files(examples(folder), broker)
    changed = _differing(want, folder)
    for path in changed:
        if path in want:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(want[path], "utf-8", newline="\n")
        else:
            (folder / path).unlink()
    return changed
