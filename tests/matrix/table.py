"""The matrix as it is committed: for each route what it is for, and whom of each role it serves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from libs.identity import Role
from tests.matrix.cells import ROLES, about, scope
from tests.matrix.routes import Way, ways
from tests.matrix.world import Thing
from tests.schemes.city import City

FILE = Path(__file__).parent / "matrix.yaml"
EVERYBODY = "everybody"
HEAD = """\
# Who may use which route, and of what. Written by `python -m tests.matrix`; read what changes before you commit it.
#
# service METHOD path:
#   for: acts (libs/identity.py)     `everybody`: no token is asked for
#   otherwise: 404                   who has no role for it is told that there is nothing; else 403
#   about a thing of tests/matrix/world.py:
#     whom: roles                    a role that is not named is refused
#
# own level     another level's is not found (404)         own unit      another unit's or channel's is not found
# own case      an enterprise's token for another case     handed in     only who handed it in finds it
# … shown       a list leaves out what is not theirs       all           whosever it is
# nobody        refused by a rule of the thing itself, whoever of the role asks
"""


def read() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


async def cells(city: City, way: Way, things: Mapping[str, Thing]) -> dict[str, Any] | str:
    """A route's part of the table, as it is found by asking."""
    if way.may is None:
        return EVERYBODY
    found: dict[str, Any] = {"for": [act.value for act in way.acts]}
    if way.may.otherwise is not None:
        found["otherwise"] = way.may.otherwise().status
    for name in about(way):
        whom: dict[str, list[Role]] = {}
        for role in ROLES:
            if role in way.roles:
                whom.setdefault(await scope(city, way, things[name], role), []).append(role)
        found[f"about {name}"] = whom
    return found


async def write(city: City, things: Mapping[str, Thing]) -> None:
    table = {way.name: await cells(city, way, things) for way in ways(city.house.services.values())}
    text = yaml.safe_dump(table, allow_unicode=True, sort_keys=False, width=120, default_flow_style=None)
    FILE.write_text(HEAD + "\n" + text, encoding="utf-8")
