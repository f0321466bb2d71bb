"""What becomes of each caller at each route: found by asking, and written as a word that a person can check."""

import re
from dataclasses import dataclass
from typing import Any, get_args

from libs.identity import Caller, Role
from tests.matrix.routes import Way, address, body
from tests.matrix.world import Thing
from tests.schemes.city import City

ROLES: tuple[Role, ...] = get_args(Role)
ELSEWHERE = {"": "raoping"}
ABOUT: tuple[tuple[str, str], ...] = (
    (r"^gateway ", "message"),
    (r"^notification ", "letter"),
    (r"^evaluation GET /cases/\{case\}/invitation", "file"),
    (r"^evaluation .*/inspections", "file"),
    (r"^evaluation \w+ /(call-backs|rectification|supervision|problem|corrections|exclusions|alarms|lagging)", "file"),
    (r"^evaluation .*/samples", "sample"),
    (r"^evaluation .*/findings", "finding"),
    (r"^evaluation .*/inspections-done", "list"),
    (r"/reports", "report"),
    (r"/(served|visits|coverage)", "served"),
    (r"/matters", "matter"),
    (r"/duties", "duty"),
    (r"^disclosure .*/publications", "publication"),
    (r"/(marks|figures|personnel)", "list"),
    (r"/dispatches/\{dispatch\}/commitment", "commitment"),
    (r"/dispatches/\{dispatch\}/decision", "decision"),
    (r"/invitations/", "invitation"),
)
"""Which of the world's things a route is asked about, the first that fits; else the case."""


@dataclass(frozen=True)
class Answer:
    status: int
    rule: str
    text: str

    @property
    def refused(self) -> bool:
        """By policy, not by what the rules of a regulation say."""
        return self.status in (401, 403) or (self.status == 404 and (self.rule.startswith("no-such") or self.rule == "unknown-scheme"))


def thing_for(way: Way, things: dict[str, Thing]) -> Thing:
    return things[next((thing for pattern, thing in ABOUT if re.search(pattern, way.name)), "case")]


async def ask(city: City, way: Way, thing: Thing, caller: Caller | None, token: str | None = None) -> Answer:
    service: Any = city.house.services[way.service]
    path, given = address(way, thing), body(way, thing)
    if caller is not None:
        answer = await service.call(caller, way.method, path, given, key="matrix")
    else:
        headers = {"authorization": f"Bearer {token}"} if token is not None else {}
        answer = await service._http.request(way.method, path, json=given, headers=headers)
    problem = answer.json() if answer.is_error and answer.content else {}
    return Answer(answer.status_code, str(problem.get("rule", "")), answer.text)


def owner(role: Role, thing: Thing, jurisdiction: str) -> Caller:
    """Whoever of this role the thing belongs to in every respect."""
    unit = thing.channel if role == "channel" else thing.unit
    case = thing.case if role == "enterprise" else None
    level = jurisdiction if role not in UNBOUND else ""
    return Caller(
        subject=thing.filer or "somebody", roles=frozenset({role}), unit=unit or None, jurisdiction=level, case=case
    )


UNBOUND = frozenset({"service", "enterprise", "channel", "provider", "ops"})
"""Roles that belong to no level of government."""
OTHER: dict[str, dict[str, Any]] = {
    "own level": {"jurisdiction": "xiangqiao"},
    "own unit": {"unit": "rp_fagai"},
    "own case": {"case": "ZT-0000000000000000"},
    "handed in": {"subject": "somebody-else"},
}
"""What ownership adds, and a caller whom the thing does not belong to in just that respect."""


async def scope(city: City, way: Way, thing: Thing, role: Role) -> str:
    """Whom of this role the route serves: nobody, those of the own level, unit, case, or all."""
    place = city.directory.run_by(thing.scheme)
    mine = owner(role, thing, place)
    given = await ask(city, way, thing, mine)
    if given.refused:
        return f"refused ({given.status} {given.rule})"
    found: list[str] = []
    for word, change in OTHER.items():
        if not applies(word, role):
            continue
        other = await ask(city, way, thing, mine.model_copy(update=change))
        if other.status == 404 and other.refused:
            found.append(word)
        elif other.refused:
            found.append(f"{word} ({other.status} {other.rule})")
        elif way.method == "GET" and given.status == other.status == 200 and _ids(other.text) < _ids(given.text):
            found.append(f"{word} shown")
    return ", ".join(found) or "all"


def applies(word: str, role: Role) -> bool:
    match word:
        case "own level":
            return role not in UNBOUND
        case "own unit":
            return role not in UNBOUND or role == "channel"
        case "own case":
            return role == "enterprise"
        case _:
            return True


def _ids(text: str) -> set[str]:
    return {*re.findall(r"[A-Z]{2}-[0-9A-HJKMNP-TV-Z]{16}", text)}
