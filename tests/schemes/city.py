"""A city without servers: all services that decide something, in one process (`house.py`), moved through time by hand.

Letters are not sent here; one counts as delivered when the timeline says so.
"""

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import SecretStr

from contracts.events import CaseEvent, Event, LetterDelivered, RatingInvited, case_fact
from libs.files import load_directory, load_notices, load_schemes
from libs.identity import Caller, Role
from libs.policy.calendar import Calendar
from libs.policy.shanghai import SHANGHAI
from libs.service import Settings
from libs.store import Collection
from services.deadline.__main__ import build as build_deadline
from services.disclosure.__main__ import build as build_disclosure
from services.evaluation.__main__ import build as build_evaluation
from services.intake.__main__ import IntakeSettings
from services.intake.__main__ import build as build_intake
from services.intake.appeal import Appeal
from services.intake.memory import Memory
from services.routing.__main__ import build as build_routing
from tests.schemes.house import SECRET, House

ROOT = Path(__file__).parents[2]
SCHEMES = ROOT / "deploy/schemes"
DIRECTORY_FILE = ROOT / "deploy/directory/chaozhou.yaml"
REGISTRY = Path(__file__).parent / "registry/registry.yaml"
DIRECTORY = load_directory(DIRECTORY_FILE).running("chaozhou-direct-line")
CALENDAR = Calendar.from_years(load_notices(ROOT / "deploy/calendars"))
CASE = "ZT-0000000000000000"

ENTERPRISES: list[dict[str, str]] = yaml.safe_load(REGISTRY.read_text(encoding="utf-8"))
UNREGISTERED = {"credit_code": "91445102MA3AGYGLU6", "name": "潮州市某陶瓷有限公司"}


class Turned(Exception):
    """What was asked was turned down. `rule`: by which rule."""

    def __init__(self, answer: Any) -> None:
        problem = answer.json()
        super().__init__(f"{answer.status_code} {problem.get('rule')}: {problem.get('detail')}")
        self.rule = str(problem.get("rule"))
        self.status = answer.status_code


class Order:
    """Which of the facts on their way is delivered next."""

    def __init__(self) -> None:
        self.random = random.Random(0)

    def __call__(self, waiting: int) -> int:
        return self.random.randrange(waiting)


class City:
    """Every scheme of a folder at work under one directory."""

    def __init__(
        self,
        *,
        start: datetime = datetime(2021, 11, 8, tzinfo=SHANGHAI),
        schemes: Path = SCHEMES,
        directory: Path = DIRECTORY_FILE,
        pick: Callable[[int], int] = lambda waiting: 0,
        copies: int = 1,
        faithful: bool = True,
    ) -> None:
        self.house = House(start, pick=pick, copies=copies, faithful=faithful)
        common: dict[str, Any] = {
            "port": 0,
            "amqp_url": SecretStr(""),
            "mongo_url": SecretStr(""),
            "token_secret": SecretStr(SECRET),
            "schemes": schemes,
            "calendars": ROOT / "deploy/calendars",
            "directory": directory,
        }
        kind = self.house.kind()
        self._memories: list[Memory] = []
        build_intake(IntakeSettings(**common, registry=f"file:{REGISTRY}"), kind, remember=self._remember)
        for build in (build_routing, build_deadline, build_evaluation, build_disclosure):
            build(Settings(**common), kind)
        self.schemes = load_schemes(schemes)
        self.directory = load_directory(directory)
        self._seen = 0
        self._asked = 0

    def _remember(self, appeals: Collection[Appeal], like_from: float) -> Memory:
        self._memories.append(Memory(appeals, like_from))
        return self._memories[-1]

    def begin_again(self, start: datetime) -> None:
        """Nothing has happened yet."""
        self.house.begin_again(start)
        for memory in self._memories:
            memory.forget()
        self._seen = self._asked = 0

    @property
    def now(self) -> datetime:
        return self.house.clock.instant

    @property
    def facts(self) -> list[Event]:
        return self.house.facts

    async def start(self) -> None:
        for service in self.house.services.values():
            await service.start()
        await self.house.settle()

    async def until(self, moment: datetime) -> None:
        await self.house.until(moment)

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        roles: tuple[str, ...],
        by: str = "",
        unit: str | None = None,
        case: str | None = None,
        key: str | None = None,
    ) -> Any:
        """Somebody asks a service for something. Raises `Turned`."""
        named = frozenset(cast(tuple[Role, ...], roles))
        caller = Caller(subject=by or unit or roles[0], roles=named, unit=unit, case=case)
        self._asked += 1
        key = key or f"asked-{self._asked}"  # the same story has the same numbers every time
        answer = await self.house.services[service].call(caller, method, path, body, key=key)
        await self.until(self.now)
        if answer.is_error:
            raise Turned(answer)
        return answer.json() if answer.content else None

    async def deliver(self, case: str, template: str, after: type[Event] = RatingInvited) -> None:
        """The provider's receipt for a letter comes in."""
        cause = [fact for fact in self.facts if isinstance(fact, after) and fact.key == case][-1]
        self.house.said(
            [
                case_fact(
                    LetterDelivered, by=cause, case=case, scheme=cause.scheme, at=self.now, subject="letter",
                    template=template, audience="enterprise", about=cause.id, way="sms",
                )
            ]
        )  # fmt: skip
        await self.house.settle()

    def fresh(self) -> list[Event]:
        """The facts since the last look."""
        facts, self._seen = self.facts[self._seen :], len(self.facts)
        return facts

    def of_case(self, case: str) -> list[CaseEvent]:
        return [fact for fact in self.facts if isinstance(fact, CaseEvent) and fact.case == case]

    async def state(self, service: str, collection: int, key: str) -> Any:
        """What a service keeps under a key, in its first, second, … collection."""
        return await self.house.services[service]._collections[collection].get(key)
