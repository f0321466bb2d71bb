"""Intake alone, in one process without servers: its real routes, due work and handlers, under all five regulations."""

from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import httpx
import yaml
from pydantic import SecretStr

from contracts.events import CaseEvent, Event, fact
from contracts.record import Command
from libs.identity import Caller, Role
from libs.policy.shanghai import SHANGHAI
from libs.store import Collection
from services.intake.__main__ import IntakeSettings, build
from services.intake.appeal import Appeal
from services.intake.memory import Memory
from tests.schemes.house import SECRET, House

ROOT = Path(__file__).parents[3]
REGISTRY = ROOT / "tests/schemes/registry/registry.yaml"
ENTERPRISES: list[dict[str, str]] = yaml.safe_load(REGISTRY.read_text(encoding="utf-8"))
START = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
POWER = "园区白天电压偏低，球磨机每天停机两小时，请协调增容"
ROAD = "厂区门前道路破损，货车无法通行，请尽快修复路面"


class Turned(Exception):
    def __init__(self, problem: dict[str, Any], status: int) -> None:
        super().__init__(f"{status} {problem}")
        self.rule, self.field, self.status = problem.get("rule"), problem.get("field"), status


class Peer:
    """Another service, as far as intake asks it for something."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    async def call(self, caller: Caller, method: str, path: str) -> httpx.Response:
        known = self.answers.get(path.rpartition("/")[2])
        request = httpx.Request(method, f"http://peer{path}")
        return httpx.Response(200 if known is not None else 404, json=known, request=request)


@cache
def _built() -> House:
    house = House(START)
    settings = IntakeSettings(
        port=0,
        amqp_url=SecretStr(""),
        mongo_url=SecretStr(""),
        token_secret=SecretStr(SECRET),
        schemes=ROOT / "deploy/schemes",
        calendars=ROOT / "deploy/calendars",
        directory=ROOT / "deploy/directory/chaozhou.yaml",
        registry=f"file:{REGISTRY}",
    )
    build(settings, house.kind(), remember=_remember)
    return house


_memories: list[Memory] = []


def _remember(appeals: Collection[Appeal], like_from: float) -> Memory:
    _memories.append(Memory(appeals, like_from))
    return _memories[-1]


class Counter:
    """Each one is empty and stands at the same morning; building the service takes long, so all share one."""

    def __init__(self) -> None:
        self.house = _built()
        self.house.services = {"intake": self.house.services["intake"]}
        self.house.begin_again(START)
        self.house.services["deadline"] = Peer({"clocks": []})  # type: ignore[assignment]
        self.routing = Peer({})
        self.house.services["routing"] = self.routing  # type: ignore[assignment]
        self.service = self.house.services["intake"]
        self.blobs: dict[str, bytes] = self.service._blobs[0].kept
        for memory in _memories:
            memory.forget()
        self._asked = 0

    async def ask(
        self, path: str, body: Any = None, *, by: str = "", method: str = "", key: str | None = None, **who: Any
    ) -> Any:
        """`roles`: one or several, in one word each; POST where there is a body or nothing else is said."""
        roles = who.pop("roles", "operator").split()
        caller = Caller(subject=by or roles[0], roles=frozenset(cast(list[Role], roles)), **who)
        self._asked += 1
        answer = await self.service.call(caller, method or "POST", path, body, key=key or f"key-{self._asked}")
        if answer.is_error:
            raise Turned(answer.json(), answer.status_code)
        return answer.json()

    async def follow(self, number: str, **who: Any) -> Any:
        """What the one who asks reads of the case."""
        return await self.get(f"/appeals/{number}", **who)

    async def get(self, path: str, **who: Any) -> Any:
        return await self.ask(path, method="GET", **who)

    async def file(
        self, channel: str = "hotline-12345", scheme: str = "chaozhou-direct-line", *, nth: int = 0, **more: Any
    ) -> str:
        division, text = more.pop("division", "445102"), more.pop("text", POWER)
        who = {name: more.pop(name) for name in ("roles", "by", "unit", "key") if name in more}
        body = {
            "dossier": dossier(division, nth, text), "channel": channel, "scheme": scheme, "entered_by": "登记员", **more,
        }  # fmt: skip
        return (await self.ask("/appeals", body, **who))["case"]

    async def accept(self, case: str, *, category: str = "energy", level: str = "city", **more: Any) -> Any:
        body = {"category": category, "district": "445102", "level": level, **more}
        return await self.ask(f"/appeals/{case}/acceptance", body, roles="screener")

    async def hear(self, event: Event) -> None:
        """What another service says."""
        await self.service.handlers[event.type](event)

    async def about(self, kind: type[CaseEvent], case: str, **fields: Any) -> Any:
        """Another service says this of a case."""
        self._asked += 1
        cause = Command(type="test", id=f"cause-{self._asked}", at=self.now, by="test")
        scheme = (await self.appeal(case)).scheme
        event = partial(fact, kind, by=cause, scheme=scheme, at=self.now, case=case)(**fields)
        await self.hear(event)
        return event

    async def work(self) -> None:
        """Everything owed is done."""
        await self.service.due.do()

    async def wait(self, days: int) -> None:
        self.house.clock.instant += timedelta(days=days)

    async def appeal(self, case: str) -> Any:
        return await self.collection(0).get(case)

    def collection(self, nth: int) -> Any:
        return self.service._collections[nth]

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    def said(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.house.facts if isinstance(event, kind)]


def dossier(division: str = "445102", nth: int = 0, text: str = POWER) -> dict[str, Any]:
    one = [row for row in ENTERPRISES if row["registered_in"] == division][nth]
    return {
        "enterprise": one["name"],
        "credit_code": one["credit_code"],
        "contact": {"name": "陈明", "phone": "13400000001"},
        "title": "诉求",
        "text": text,
    }
