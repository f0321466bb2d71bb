"""What a member of staff works under: the regulations that the own level of government runs, its units, its cases' titles."""

import asyncio
from collections.abc import Iterable
from typing import Any

from fastapi import Depends

from libs.identity import Role
from libs.policy.directory import Unit
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.portal.desk import AtDesk, Desk

TITLES = 60
"""So many cases of a list are called by their titles; the rest by their numbers."""


def desk_of(role: Role) -> Any:
    """The dependency of pages that are one role's work; whoever else comes is refused as the services would refuse."""

    async def check(desk: AtDesk) -> None:
        if role not in desk.visitor.roles:
            raise Refused("not-allowed", f"this page is the work of the role {role}", status=403)

    return Depends(check)


def own_schemes(desk: Desk) -> list[Scheme]:
    """The newest version of each regulation that the visitor's level of government runs."""
    run_by = desk.office.directory.run_by
    mine = [one for ref, one in desk.office.service.schemes.items() if run_by(ref) == desk.visitor.jurisdiction]
    return list({one.scheme: one for one in sorted(mine, key=lambda one: one.in_force.from_)}.values())


def units_for(desk: Desk, scheme: str, *kinds: str) -> list[tuple[str, str]]:
    """Units of the level that runs the scheme, to choose from; only of these kinds where some are named."""
    return [(one.unit, desk.t(one.zh, one.en)) for one in _units(desk, scheme) if not kinds or one.kind in kinds]


def workers_for(desk: Desk, scheme: str) -> list[tuple[str, str]]:
    """Units that can carry something out: everybody but leaders."""
    return units_for(desk, scheme, "department", "county", "township", "office")


def _units(desk: Desk, scheme: str) -> tuple[Unit, ...]:
    return desk.office.directory.running(scheme).place.units


async def titles_of(desk: Desk, cases: Iterable[str]) -> dict[str, str]:
    """What the appeals are called, of those that the visitor may read."""
    wanted = list(dict.fromkeys(cases))[:TITLES]
    read = await asyncio.gather(
        *(desk.get_or(None, "intake", f"/appeals/{case}/dossier", case=case) for case in wanted)
    )
    return {case: dossier["title"] for case, dossier in zip(wanted, read, strict=True) if dossier}


async def sessions_of(desk: Desk) -> list[dict[str, Any]]:
    """All sessions of the level's regulations: those still to be held first, the nearest on top; then the past."""
    lists = await asyncio.gather(
        *(desk.get_or([], "routing", "/sessions", scheme=one.scheme) for one in own_schemes(desk) if one.sessions)
    )
    every = [session for one in lists for session in one]
    ahead = [one for one in every if one["standing"] in ("proposed", "dated")]
    past = [one for one in every if one["standing"] not in ("proposed", "dated")]
    far = "9999"
    return sorted(ahead, key=lambda one: one["held_on"] or far) + sorted(
        past, key=lambda one: one["held_on"] or "", reverse=True
    )
