"""Served enterprises and projects, put together of what intake knows of them and what routing says of who serves them."""

import asyncio
from collections.abc import Iterable
from typing import Any

from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.portal.desk import Desk
from services.portal.pages import here

MOST = 500
"""So many of one regulation are listed on a page."""


def serving_schemes(desk: Desk) -> list[Scheme]:
    """The regulations in force here that keep a register of whom they serve."""
    return [scheme for scheme in here.schemes(desk) if scheme.matrix is not None]


async def served_by(desk: Desk, unit: str | None) -> list[dict[str, Any]]:
    """Whom a unit serves (None: whom anybody or nobody serves), under each regulation, with who does it: `serving`."""
    schemes = serving_schemes(desk)
    registered, matrices = await asyncio.gather(
        asyncio.gather(*(_registered(desk, scheme, unit) for scheme in schemes)),
        asyncio.gather(*(_matrix(desk, scheme, unit) for scheme in schemes)),
    )
    return [
        one | {"serving": matrix.get(one["served"])}
        for rows, matrix in zip(registered, matrices, strict=True)
        for one in rows
    ]


async def _registered(desk: Desk, scheme: Scheme, unit: str | None) -> list[dict[str, Any]]:
    return await desk.get("intake", "/served", scheme=scheme.scheme, unit=unit, limit=MOST)


async def _matrix(desk: Desk, scheme: Scheme, unit: str | None) -> dict[str, Any]:
    rows = await desk.get_or([], "routing", "/served", scheme=scheme.scheme, unit=unit)
    return {row["served"]: row for row in rows}


async def served_of(desk: Desk, number: str) -> dict[str, Any]:
    """One, with who serves it (`serving`: None while nobody does), the visits, and the duties owed to it. Raises `Refused`
    (404) where there is none at the visitor's level."""
    one, serving, visits = await asyncio.gather(
        desk.get("intake", f"/served/{number}"),
        desk.get_or(None, "routing", f"/served/{number}"),
        desk.get_or([], "intake", f"/served/{number}/visits", limit=50),
    )
    scheme = desk.scheme(one["scheme"])
    if scheme.scheme not in {known.scheme for known in here.schemes(desk)}:
        raise Refused("no-such-served", "nobody is served under this number", status=404)
    return {"served": one, "serving": serving, "visits": visits, "scheme": scheme, "words": desk.words(one["scheme"])}


def gaps(one: dict[str, Any], scheme: Scheme) -> list[str]:
    """Which of those whom the regulation wants for everyone served are missing (004-19)."""
    assert scheme.matrix is not None
    serving = one["serving"]
    return [need for need in scheme.matrix.needs if not (serving and serving[need])]


def by_scheme(desk: Desk, rows: Iterable[dict[str, Any]]) -> list[tuple[Scheme, list[dict[str, Any]]]]:
    """In the regulations' order, those without anybody too."""
    found = list(rows)
    return [
        (scheme, [one for one in found if one["scheme"].partition("@")[0] == scheme.scheme])
        for scheme in serving_schemes(desk)
    ]
