"""What becomes of each caller at each route: found by asking, and written as a word that a person can check."""

import re
from dataclasses import dataclass, replace
from typing import Any, get_args

from libs.identity import Caller, Role
from tests.matrix.routes import Way, address, body
from tests.matrix.world import Thing
from tests.schemes.city import City
from tests.services.intake.papers import png

ROLES: tuple[Role, ...] = get_args(Role)
ABOUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"^gateway ", ("message",)),
    (r"^notification ", ("letter",)),
    (r"^evaluation \w+ /inspections-done", ("list",)),
    (r"^evaluation \w+ /inspections", ("file",)),
    (r"^evaluation \w+ /cases/\{case\}/(call-back|rating|second-rating|invitation)", ("file",)),
    (r"^evaluation \w+ /cases/\{case\}/correction", ("bad",)),
    (r"^evaluation GET /call-backs", ("file",)),
    (r"^evaluation GET /corrections", ("bad",)),
    (r"^evaluation GET /(problem-list|inspection-material)", ("planned",)),
    (r"^evaluation GET /supervision", ("late",)),
    (r"^evaluation GET /alarms", ("listed",)),
    (r"^evaluation POST /samples", ("sample",)),
    (r"^evaluation GET /samples", ("sample",)),
    (r"/findings/", ("finding", "grave finding")),
    (r"/reports(/|$)", ("conduct", "retaliation")),
    (r"^deadline POST /clocks", ("some clocks",)),
    (r"^intake \w+ /(unmaskings|appeals/open-like)", ("open",)),
    (r"/visits$", ("visit",)),
    (r"/(served|coverage)", ("served",)),
    (r"/matters", ("matter",)),
    (r"^deadline \w+ /duties", ("duty",)),
    (r"^disclosure \w+ /publications/", ("publication", "draft")),
    (r"^disclosure \w+ /publications$", ("publication",)),
    (r"^disclosure \w+ /summaries", ("file",)),
    (r"^evaluation GET /lagging", ("late",)),
    (r"/(marks|figures|personnel|findings)", ("list",)),
    (r"^routing GET /waiting-for-session", ("listed",)),
    (r"^routing GET /waiting-for-review", ("signed",)),
    (r"^routing GET /waiting-for-judgement", ("late",)),
    (r"^routing GET /problem-list", ("planned",)),
    (r"^routing GET /unclear-duties", ("unclear",)),
    (r"^routing GET /disputes", ("disputed",)),
    (r"^routing GET /copies", ("file",)),
    (r"^routing GET /(stale-)?contacts", ("listed",)),
    (r"/dispatches/\{dispatch\}/decision", ("decision",)),
    (r"/dispatches/\{dispatch\}/commitment", ("case",)),
    (r"/dispatches/", ("hand-over",)),
    (r"/invitations/", ("invitation", "guest")),
    (r"/answer-at-once", ("received",)),
    (r"/queue/\{stage\}", ("first screening", "second review")),
)
"""Which of the world's things a route is asked about, the first that fits; else the case."""
UNBOUND = frozenset({"service", "enterprise", "channel", "provider", "ops"})
"""Roles that belong to no level of government."""


@dataclass(frozen=True)
class Answer:
    status: int
    rule: str
    text: str

    @property
    def refused(self) -> bool:
        """By policy, not by what the rules of a regulation say."""
        missing = self.rule.startswith("no-such") or self.rule in ("unknown-scheme", "not-served")
        return self.status in (401, 403) or (self.status == 404 and missing)


def about(way: Way) -> tuple[str, ...]:
    return next((things for pattern, things in ABOUT if re.search(pattern, way.name)), ("case",))


async def ask(city: City, way: Way, thing: Thing, caller: Caller) -> Answer:
    """Ask as a caller. Raises `AssertionError` when what was sent could not be read: then nobody looked at whose it is."""
    service: Any = city.house.services[way.service]
    raw: dict[str, Any] = {"content": png(), "more": {"x-file-name": "a.png"}} if way.takes_file else {}
    answer = await service.call(caller, way.method, address(way, thing), body(way, thing), **raw)
    problem = answer.json() if answer.is_error else {}
    assert "problems" not in problem, f"{way.name}: give tests/matrix/routes.py what this asks for: {answer.text}"
    return Answer(answer.status_code, str(problem.get("rule", "")), answer.text)


def owner(city: City, role: Role, thing: Thing) -> Caller:
    """Whoever of this role the thing belongs to, but somebody who did not hand it in."""
    unit = {"channel": thing.channel, "enterprise": "", "service": "", "provider": "", "ops": ""}.get(role, thing.unit)
    level = "" if role in UNBOUND else city.directory.run_by(thing.scheme)
    case = thing.case if role == "enterprise" else None
    return Caller(subject="somebody", roles=frozenset({role}), unit=unit or None, jurisdiction=level, case=case)


def strangers(mine: Caller, role: Role) -> dict[str, Caller]:
    """For each thing that ownership may add: a caller whom it does not belong to in just that respect."""
    level = "xiangqiao" if mine.jurisdiction != "xiangqiao" else "raoping"
    bound = role not in UNBOUND
    changes: dict[str, dict[str, Any]] = {
        "own level": {"jurisdiction": level} if bound else {},
        "own unit": {"unit": "rp_fagai"} if bound or role == "channel" else {},
        "own case": {"case": "ZT-0000000000000000"} if role == "enterprise" else {},
    }
    return {word: mine.model_copy(update=change) for word, change in changes.items() if change}


async def scope(city: City, way: Way, thing: Thing, role: Role) -> str:
    """Whom of this role the route serves: nobody, those of the own level, unit or case, who handed it in, or all."""
    if role == "operator" and way.name == "notification POST /receipts":
        thing = replace(thing, values=thing.values | {"way": "call"})
    mine = owner(city, role, thing)
    given = await ask(city, way, thing, mine)
    filer = mine.model_copy(update={"subject": thing.filer})
    if given.refused:
        filed = await ask(city, way, thing, filer)
        return "handed in" if thing.filer and not filed.refused else f"nobody ({given.status} {given.rule})"
    found: list[str] = []
    for word, other in strangers(mine, role).items():
        answer = await ask(city, way, thing, other)
        if answer.status == 404 and answer.refused:
            found.append(word)
        elif answer.refused:
            found.append(f"{word} ({answer.status} {answer.rule})")
        elif given.status == 200 and _ids(answer.text) < _ids(given.text):
            found.append(f"{word} shown")
    if way.method == "GET" and thing.filer and _ids((await ask(city, way, thing, filer)).text) > _ids(given.text):
        found.append("handed in shown")
    return ", ".join(found) or "all"


def _ids(text: str) -> set[str]:
    """Everything and everybody that is named."""
    return {*re.findall(r'[A-Z]{2}-[0-9A-HJKMNP-TV-Z]{16}|"unit":"[a-z_]+"', text)}
