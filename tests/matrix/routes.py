"""Every route of every service as it was built: what it says it is for, and what it has to be given."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.routing import Route

from libs.asking import May, read_ask
from libs.identity import MAY, Act, Role
from tests.matrix.world import Thing
from tests.schemes.house import HousedService


@dataclass(frozen=True)
class Way:
    """One method of one path of one service. `may`: what it says it is for, None where it asks nobody who they are."""

    service: str
    method: str
    path: str
    may: May | None
    route: APIRoute | None

    @property
    def name(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def acts(self) -> tuple[Act, ...]:
        return self.may.acts if self.may else ()

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset[Role]().union(*(MAY[act] for act in self.acts))

    @property
    def asks_who(self) -> bool:
        """Whether a token is read at all."""
        return self.route is not None and read_ask in {one.call for one in _dependants(self.route.dependant)}

    @property
    def takes_file(self) -> bool:
        return self.route is not None and "x-file-name" in {one.alias for one in self.route.dependant.header_params}

    @cached_property
    def body(self) -> dict[str, Any] | None:
        """The schema of the body, where one is read."""
        field = self.route.body_field if self.route else None
        return None if field is None else _schema(field)

    @cached_property
    def query(self) -> list[tuple[str, bool, dict[str, Any]]]:
        """What is read from the address behind the path: name, whether it must be there, schema."""
        fields = self.route.dependant.query_params if self.route else []
        return [(field.alias, field.field_info.is_required(), _schema(field)) for field in fields]


def ways(services: Iterable[HousedService]) -> list[Way]:
    return [way for service in services for way in _ways(service.name, service.app.routes)]


def _ways(service: str, routes: Iterable[Any]) -> Iterator[Way]:
    for route in routes:
        assert isinstance(route, APIRoute | Route), f"{service}: nobody knows how to list {route!r}"
        known = route if isinstance(route, APIRoute) else None
        may = next((d.call for d in _dependants(known.dependant) if isinstance(d.call, May)), None) if known else None
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield Way(service, method, route.path, may, known)


def _dependants(dependant: Any) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one
        yield from _dependants(one)


# What to send ---------------------------------------------------------------------------------------------------------


def address(way: Way, thing: Thing) -> str:
    """The path and the query, filled in from the thing."""
    given = {**NAMED, "scheme": thing.scheme.partition("@")[0], **thing.values}
    path = re.sub(r"\{(\w+)\}", lambda m: str(given.get(m[1], "unknown")), way.path)
    asked = [f"{name}={value}" for name, value in _query(way, thing, given)]
    return path + ("?" + "&".join(asked) if asked else "")


ALSO = {
    ("disclosure GET /summaries/{month}", "scheme"),
    ("disclosure GET /summaries/{month}/entries", "scheme"),
    ("routing GET /served", "unit"),
}
"""What may be left out of an address, but is asked for here."""


def _query(way: Way, thing: Thing, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for alias, required, schema in way.query:
        if "properties" in schema:
            yield from ((name, given[name]) for name in schema.get("required", ()))
        elif required or (way.name, alias) in ALSO:
            name = {"from": "first", "to": "last"}.get(alias, alias)
            yield alias, thing.scheme if "@" in schema.get("pattern", "") else given.get(name, "unknown")


def body(way: Way, thing: Thing) -> Any:
    """The smallest body that can be read, naming what it can of the thing."""
    return None if way.body is None else _least(way.body, way.body.get("$defs", {}), "", thing)


def _schema(field: Any) -> dict[str, Any]:
    info = field.field_info
    return TypeAdapter(Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation).json_schema()


SHAPES = {
    r"^[a-z0-9_]{3,32}$": "shi_gongxin",
    r"^[0-9]{6}$": "445102",
    r"^[0-9]{4}-(0[1-9]|1[0-2])$": "2026-05",
}
"""Texts that fit a pattern, where the field's name does not tell one."""
NAMED: dict[str, Any] = {
    "phone": "13400000001", "email": "a@b.example", "credit_code": "91445102MA3AGYGLU6", "channel": "portal",
    "first": "2026-05-01", "last": "2026-05-02", "tier": "key", "trigger": "suspected-violation",
    "way": "sms-link", "kind": "reception", "month": "2026-05", "category": "energy", "district": "445102",
    "to": "HY-0000000000000000", "version": 1, "calendar": "cn", "year": 2026, "jurisdiction": "chaozhou",
}  # fmt: skip


def _least(schema: Mapping[str, Any], defs: Mapping[str, Any], name: str, thing: Thing) -> Any:
    if "$ref" in schema:
        return _least(defs[schema["$ref"].rpartition("/")[2]], defs, name, thing)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        given = thing.values.get(name)
        return given if given in schema["enum"] else schema["enum"][0]
    if "anyOf" in schema or "oneOf" in schema:
        return _least((schema.get("anyOf") or schema["oneOf"])[0], defs, name, thing)
    match schema.get("type"):
        case "object":
            wanted = {
                *schema.get("required", ()),
                *({"scheme", "unit", "code", "credit_code"} & schema.get("properties", {}).keys()),
            }
            properties = schema.get("properties", {})
            return {one: _least(properties[one], defs, one, thing) for one in properties if one in wanted}
        case "array" if name in thing.values:
            return thing.values[name]
        case "array":
            items = schema.get("items", schema.get("prefixItems", [{}])[0])
            return [_least(items, defs, name, thing)] if schema.get("minItems") else []
        case "boolean":
            return True
        case "integer" | "number":
            return NAMED.get(name, schema.get("minimum", 1))
        case _:
            return _text(schema, name, thing)


def _text(schema: Mapping[str, Any], name: str, thing: Thing) -> str:
    if name == "scheme":
        return thing.scheme if "@" in schema.get("pattern", "") else thing.scheme.partition("@")[0]
    if name in thing.values:
        return str(thing.values[name])
    if schema.get("format") == "date":
        return str(NAMED.get(name, "2026-06-30"))
    if schema.get("format") == "date-time":
        return "2026-05-18T00:00:00+08:00"
    return str(NAMED.get(name) or SHAPES.get(schema.get("pattern", "")) or "xx")
