"""The visitor's own level of government: the regulations it runs, its units and districts, its sessions and cases' titles."""

import asyncio
from collections.abc import Iterable
from typing import Any

from libs.policy.directory import Jurisdiction
from libs.policy.scheme import Scheme
from services.portal.desk import Desk

Options = list[tuple[str, str]]

HANDLING = ("department", "county", "township")
"""Kinds of units that a case can be handed to."""
WORKING = (*HANDLING, "office")
"""Kinds of units that can carry something out: everybody but leaders."""
AHEAD = ("proposed", "dated")
TITLES = 60
"""So many cases of a list are called by their titles; the rest by their numbers."""


def place(desk: Desk) -> Jurisdiction | None:
    """The level that the visitor's account is of, else that of the unit for which it acts; None for who belongs to none."""
    places = desk.office.directory.jurisdictions
    named = next((one for one in places if one.jurisdiction == desk.visitor.jurisdiction), None)
    return named or next((one for one in places if any(unit.unit == desk.visitor.unit for unit in one.units)), None)


def schemes(desk: Desk) -> list[Scheme]:
    """The regulations in force today that the visitor's level runs; all of them for who belongs to none."""
    here, known = place(desk), desk.office.service.schemes
    names = [name for one in desk.office.directory.jurisdictions if here in (None, one) for name in one.schemes]
    return [scheme for name in names if (scheme := known.in_force(name, desk.today)) is not None]


def newest_schemes(desk: Desk) -> list[Scheme]:
    """The newest version of each regulation that the visitor's level runs, in force or not."""
    run_by = desk.office.directory.run_by
    mine = [one for ref, one in desk.office.service.schemes.items() if run_by(ref) == desk.visitor.jurisdiction]
    return list({one.scheme: one for one in sorted(mine, key=lambda one: one.in_force.from_)}.values())


def runs(desk: Desk, ref: str) -> bool:
    """Whether a case of this regulation, in whatever version, is the visitor's own level's."""
    place = desk.office.directory.by_scheme.get(ref.partition("@")[0])
    return place is not None and desk.visitor.jurisdiction in ("", place.jurisdiction)


def districts(desk: Desk, ref: str) -> Options:
    """The districts of the level of government that runs a regulation, by their codes (GB/T 2260)."""
    directory = desk.office.directory
    place = directory.jurisdiction_of(ref)
    named = {one.division: desk.t(one.zh, one.en) for one in directory.jurisdictions}
    found = {place.division.ljust(6, "0"): desk.t(f"{place.zh}（本级）", f"{place.en} itself")}
    for unit in place.units:
        found |= {code: named.get(code, desk.t(unit.zh, unit.en)) for code in unit.districts if code not in found}
    return list(found.items())


def units(desk: Desk, ref: str, *kinds: str, but: str | None = None) -> Options:
    """Units of these kinds (`WORKING` without) of the level that runs a regulation, to choose from."""
    return units_in(desk, desk.office.directory.jurisdiction_of(ref), *kinds, but=but)


def units_in(desk: Desk, place: Jurisdiction, *kinds: str, but: str | None = None) -> Options:
    """Units of these kinds (`WORKING` without) of a level, to choose from."""
    wanted = kinds or WORKING
    return [(one.unit, desk.t(one.zh, one.en)) for one in place.units if one.kind in wanted and one.unit != but]


async def titles_of(desk: Desk, cases: Iterable[str]) -> dict[str, str]:
    """What the appeals are called, of those that the visitor may read."""
    wanted = list(dict.fromkeys(cases))[:TITLES]
    read = await asyncio.gather(
        *(desk.get_or(None, "intake", f"/appeals/{case}/dossier", case=case) for case in wanted)
    )
    return {case: dossier["title"] for case, dossier in zip(wanted, read, strict=True) if dossier}


async def sessions_of(desk: Desk) -> list[dict[str, Any]]:
    """All sessions of the level's regulations: those to come first, the nearest on top; then those whose proposed day
    passed without anybody's confirming it; then the past, the latest first."""
    lists = await asyncio.gather(
        *(desk.get_or([], "routing", "/sessions", scheme=one.scheme) for one in newest_schemes(desk) if one.sessions)
    )
    every = [session for one in lists for session in one]
    today = desk.today.isoformat()

    def order(one: dict[str, Any]) -> tuple[int, str]:
        ahead, day = one["standing"] in AHEAD, one["held_on"] or ""
        return (0 if ahead and day >= today else 1 if ahead else 2, day)

    ordered = sorted(every, key=order)
    over = [one for one in ordered if one["standing"] not in AHEAD]
    return [one for one in ordered if one["standing"] in AHEAD] + over[::-1]
