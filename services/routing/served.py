"""Who serves whom (服务机制): of every enterprise and project a leader, a unit, its leader and a specialist, as the scheme
wants them, without a gap (003-08, 003-49, 004-01, 004-04, 004-19).

Whom a number stands for is intake's to know; here are the numbers, and the officials' names.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.events import Event, ServedAssigned, fact
from contracts.record import Code, Command, Instant, Party, Record, SchemeRef
from libs.policy.directory import View
from libs.policy.refused import Refused
from libs.policy.scheme import Matrix, Scheme


class AssignServed(Command):
    """Who serves it from now on. `leader`: a leader of the directory; `unit_leader`, `specialist`: officials by name;
    `specialist_rank`: the official rank of who serves it; `liaison`: the enterprise's own person (003-10);
    `measures`: what is done about a project that has not landed (004-03)."""

    type: Literal["assign-served"] = "assign-served"
    scheme: SchemeRef
    kind: Literal["enterprise", "project"]
    tier: Code
    phase: Code | None = None
    leader: Party | None = None
    unit: Party
    unit_leader: str | None = None
    specialist: str | None = None
    specialist_rank: Code | None = None
    liaison: str | None = None
    measures: str | None = None


class Served(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    served: str
    scheme: str = ""
    kind: Literal["enterprise", "project"] = "enterprise"
    tier: str = ""
    phase: str | None = None
    leader: str | None = None
    unit: str = ""
    unit_leader: str | None = None
    specialist: str | None = None
    specialist_rank: str | None = None
    liaison: str | None = None
    measures: str | None = None
    assigned_at: Instant | None = None


def empty(served: str) -> Served:
    return Served(served=served)


def keys(served: Served) -> dict[str, Any]:
    return {
        "scheme": served.scheme.partition("@")[0],
        "units": [served.unit] if served.unit else [],
        "kind": served.kind,
    }


def evolve(served: Served, record: Record) -> Served:
    if not isinstance(record, AssignServed):
        return served
    return Served(served=served.served, assigned_at=record.at, **record.model_dump(exclude={"id", "at", "by", "type"}))


def assign_served(
    served: Served, command: AssignServed, *, now: Instant, scheme: Scheme, directory: View
) -> Iterator[Event]:
    """Who serves it is named, or named anew (动态调整). Raises `Refused` naming the gap, the unknown word, or the rank."""
    matrix = _matrix(scheme)
    _fits_lists(command, matrix)
    gaps = [need for need in matrix.needs if not getattr(command, need)]
    if gaps:
        raise Refused(
            "incomplete", f"every one served has all of them; missing: {', '.join(gaps)}", field=gaps[0], status=422
        )
    directory.unit(command.unit)
    if command.leader is not None:
        leader = directory.unit(command.leader)
        if leader.kind != "leader" or leader.vacant:
            raise Refused("no-leader", f"{leader.zh} is no leader who holds a post", field="leader", status=422)
    _high_enough(command, matrix)
    yield fact(
        ServedAssigned, by=command, scheme=command.scheme, at=now, again=served.served,
        served=served.served, tier=command.tier, unit=command.unit,
    )  # fmt: skip


def projects_by_phase(served: Iterable[Served], scheme: Scheme) -> dict[str, list[str]]:
    """Every phase of the scheme, in its order, with the projects that are in it (004-02)."""
    phases: dict[str, list[str]] = {phase: [] for phase in _matrix(scheme).phases}
    for one in served:
        if one.kind == "project" and one.phase is not None:
            phases.setdefault(one.phase, []).append(one.served)
    return phases


def responsibility_sheet(served: Iterable[Served], phase: str) -> list[dict[str, Any]]:
    """Projects of a phase (such as signed and not landed) with who is responsible and what is done (004-03). `missing`:
    what the sheet still wants."""
    sheet = [one for one in served if one.kind == "project" and one.phase == phase]
    return [
        {word: getattr(one, word) for word in ("served", *_SHEET)}
        | {"missing": [word for word in _SHEET if not getattr(one, word)]}
        for one in sheet
    ]


_SHEET = ("unit", "unit_leader", "specialist", "measures")


def _matrix(scheme: Scheme) -> Matrix:
    if scheme.matrix is None:
        raise Refused(
            "serves-nobody", f"{scheme.title.zh} has no matrix of who serves whom", field="scheme", status=422
        )
    return scheme.matrix


def _fits_lists(command: AssignServed, matrix: Matrix) -> None:
    if command.tier not in matrix.tiers:
        raise Refused("unknown-tier", f"the tiers are {', '.join(matrix.tiers)}", field="tier", status=422)
    if command.phase is not None and command.phase not in matrix.phases:
        known = ", ".join(matrix.phases) or "none"
        raise Refused("unknown-phase", f"the phases are {known}", field="phase", status=422)
    if command.kind == "project" and matrix.phases and command.phase is None:
        raise Refused("no-phase", f"say how far it is: {', '.join(matrix.phases)}", field="phase", status=422)


def _high_enough(command: AssignServed, matrix: Matrix) -> None:
    least = matrix.tiers[command.tier].rank
    if least is None:
        return
    ranks = list(matrix.ranks)
    if command.specialist_rank not in ranks:
        raise Refused(
            "unknown-rank", f"say the rank of who serves it: {', '.join(ranks)}", field="specialist_rank", status=422
        )
    if ranks.index(command.specialist_rank) < ranks.index(least):
        wanted = matrix.ranks[least].zh
        raise Refused(
            "rank-too-low", f"of this tier {wanted} or above serves each", field="specialist_rank", status=422
        )
