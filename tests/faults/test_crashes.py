"""Any service may be killed anywhere: after it is started again, every appeal has exactly one effect of each kind."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import yaml
from pymongo import AsyncMongoClient

from contracts.catalogue import SERVICES, Service
from deploy.system import System
from libs.files import load_schemes
from libs.identity import Role
from libs.topology import VHOST, dead_queue, queues
from services.gateway import domain as gateway
from services.notification import counters
from services.notification import domain as notification
from tests.faults.invariants import Documents, Fold, all_broken, dead_without_reason
from tests.schemes.city import City as HousedCity
from tests.support import eventually, peek_at

ROOT = Path(__file__).parents[2]
ENTERPRISES: list[dict[str, str]] = [
    row
    for row in yaml.safe_load((ROOT / "deploy/demo/registry.yaml").read_text(encoding="utf-8"))
    if row["registered_in"].startswith("4451")
]
NOON = datetime(2024, 3, 5, 4, 0, tzinfo=UTC)
FIRST_OF_APRIL = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)
UNIT = "shi_shuiwu"
SCHEMES = load_schemes(ROOT / "deploy/schemes")

FOLDS: dict[str, Fold] = {
    "notification.mail": (notification.empty, partial(notification.evolve, schemes=SCHEMES)),
    "notification.counters": (counters.empty, counters.evolve),
    "gateway.tellings": (gateway.empty, gateway.evolve),
} | {place: fold for service in HousedCity().house.services.values() for place, fold in service.folds.items()}
"""How every document of every service is made of its records."""

# The gateway says nothing on the inner exchange, disclosure only when a month is published.
SAYING: tuple[Service, ...] = ("intake", "routing", "deadline", "notification", "evaluation")
CRASHES: list[tuple[Service, str]] = [
    *((service, f"after-write:{nth}") for service in SERVICES for nth in (1, 2)),
    *((service, f"after-publish:{nth}") for service in SAYING for nth in (1, 2)),
    *((service, f"before-ack:{nth}") for service in SERVICES for nth in (1, 2)),
    ("notification", "before-send:1"),
    ("notification", "after-send:1"),
    ("gateway", "after-telling:1"),
]


class City:
    """The running system, the appeals of this test, and the people who carry them on, however often they must ask."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.receipts: dict[str, str] = {}
        self._numbers = count()

    async def ask(self, method: str, service: Service, path: str, role: Role, body: Any = None, **who: Any) -> Any:
        """As a patient person would: the same request, under the same key, until there is an answer."""

        async def answered() -> Any:
            try:
                answer = await self.system.ask(method, service, path, roles={role}, body=body, **who)
            except httpx.TransportError:
                return None
            return answer if answer.status_code < 500 else None

        answer: httpx.Response = await eventually(answered, 60)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    async def wait_for(self, holds: Callable[[], Awaitable[Any]]) -> Any:
        return await eventually(holds, 60)

    async def one_appeal(self) -> None:
        """From filing to the ledger."""
        number = next(self._numbers)
        enterprise = ENTERPRISES[number % len(ENTERPRISES)]
        dossier = {
            "enterprise": enterprise["name"],
            "credit_code": enterprise["credit_code"],
            "contact": {"name": "陈敏", "phone": f"139{number:08}", "email": None},
            "title": "纳税申报系统报错",
            "text": "申报时系统一直提示错误，多次联系未果。",
        }
        key = f"appeal-{number}"
        body = {"dossier": dossier, "channel": "window", "entered_by": "窗口3号"}
        case = (await self.ask("POST", "intake", "/appeals", "operator", body, key=key))["case"]
        self.receipts[key] = case
        await self.wait_for(partial(self._at_stage, case, "screening"))
        accepted = {"category": "tax", "district": enterprise["registered_in"], "level": "city"}
        await self.ask("POST", "intake", f"/appeals/{case}/acceptance", "screener", accepted, key=f"{key}-accept")
        dispatch = await self.wait_for(partial(self._dispatch_of, case))
        path = f"/cases/{case}/dispatches/{dispatch}"
        await self.ask("POST", "routing", f"{path}/taking", "unit", unit=UNIT, key=f"{key}-take")
        opinion = {"outcome": "solved", "result": "已联系企业并修复。", "answer": "问题已解决，可正常申报。"}
        await self.ask("POST", "routing", f"{path}/reply", "unit", opinion, unit=UNIT, key=f"{key}-reply")
        invited = await self.wait_for(partial(self._invited, case))
        rating = {"code": invited["code"], "rating": "satisfied"}
        await self.ask(
            "POST", "evaluation", f"/cases/{case}/rating", "enterprise", rating, case=case, key=f"{key}-rate"
        )

    async def _at_stage(self, case: str, stage: str) -> bool:
        told = await self.ask("GET", "intake", f"/appeals/{case}", "operator")
        return told["stage"] == stage

    async def _dispatch_of(self, case: str) -> str | None:
        queue = await self.ask("GET", "routing", f"/units/{UNIT}/queue", "unit", unit=UNIT)
        return next((entry["dispatch"] for entry in queue if entry["case"] == case), None)

    async def _invited(self, case: str) -> Any:
        try:
            answer = await self.system.ask("GET", "evaluation", f"/cases/{case}/invitation", roles={"service"})
        except httpx.TransportError:
            return None
        return answer.json() if answer.is_success else None

    async def kill(self, service: Service, where: str, meanwhile: Callable[[], Awaitable[object]]) -> None:
        """Let the service run until it is killed there, with work on its way; then start it again."""
        await self.system.processes[service].stop()
        self.system.start_service(service, ZTC_CRASH_AT=where)
        flowing = asyncio.ensure_future(meanwhile())
        try:
            async with asyncio.timeout(60):
                code = await self.system.processes[service].ended()
        except TimeoutError:
            pytest.fail(f"{service} never came to {where}")
        assert code == -signal.SIGKILL
        await self.system.restart(service)
        await flowing

    async def two_appeals(self) -> None:
        await asyncio.gather(self.one_appeal(), self.one_appeal())

    async def step_to_april(self) -> None:
        if self.system.clock and self.system.clock.now() < FIRST_OF_APRIL:
            self.system.step_to(FIRST_OF_APRIL)

    async def come_to_rest(self) -> None:
        """Nothing is being handled, waits to be published, waits in a queue, or for a later try; seen twice."""
        calm = 0
        async with asyncio.timeout(120), peek_at(self.system.broker.url(VHOST)) as peek:
            while calm < 2:
                wave = self.system.wave()
                busy = any(figures["in_flight"] or figures["unsent"] for figures in wave.figures.values())
                waiting = [await peek.depth(queue) for queue in queues() if not queue.endswith(".dead")]
                calm = 0 if busy or any(waiting) else calm + 1
                await asyncio.sleep(0.05)

    async def dump(self) -> Documents:
        """Every document of every service."""
        found: dict[str, list[Any]] = {}
        client: AsyncMongoClient[dict[str, Any]]
        async with AsyncMongoClient(self.system.store.admin_url, tz_aware=True) as client:
            for service in SERVICES:
                for name in await client[service].list_collection_names():
                    found[f"{service}.{name}"] = [row async for row in client[service][name].find({})]
        return found

    def letters(self) -> list[str]:
        """What the provider of short messages took."""
        file = self.system.folder / "sms.jsonl"
        return [json.loads(line)["id"] for line in file.read_text(encoding="utf-8").splitlines()]

    async def dead_letters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with peek_at(self.system.broker.url(VHOST)) as peek:
            for service in SERVICES:
                while (message := await peek.take(dead_queue(service))) is not None:
                    found.append(dict(message.headers) | {"type": message.type, "queue": service})
        return found

    async def assert_sound(self) -> None:
        await self.come_to_rest()
        documents = await self.dump()
        broken = all_broken(documents, receipts=self.receipts, folds=FOLDS, sent=self.letters())
        assert broken == []
        dead = await self.dead_letters()
        assert list(dead_without_reason(dead)) == []
        assert dead == [], "no innocent message may end there"
        said = [entry for rows in documents.values() for row in rows for entry in row.get("history", ())]
        for effect in ("case.assigned.v1", "case.answered.v1", "rating.invited.v1", "case.closed.v1"):
            times = sum(entry["kind"] == "said" and entry["type"] == effect for entry in said)
            assert times == len(self.receipts), effect


@pytest_asyncio.fixture(scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    folder = tmp_path_factory.mktemp("city")
    told_nowhere = {"smtp_host": "127.0.0.1", "smtp_port": "9", "smtp_tls": "none", "smtp_from": "ztc@zhengfu.example"}
    letters = {"public_url": "https://ztc.example", "sms_provider": "log", "sms_log": str(folder / "sms.jsonl")}
    async with System(folder, start=NOON, settings={"notification": letters | told_nowhere}) as system:
        yield City(system)


def test_every_service_is_killed_somewhere():
    assert {service for service, _ in CRASHES} == set(SERVICES)


@pytest.mark.long
async def test_a_month_is_published_once_though_disclosure_is_killed_at_it(city: City):
    # Before the kills of senders: whom one left in doubt is written to again when time goes on, under the same id.
    await city.two_appeals()
    await city.come_to_rest()
    await city.kill("disclosure", "after-publish:1", city.step_to_april)
    approval = {"leader": "市政务服务数据管理局分管负责人", "scheme": "chaozhou-direct-line@2021-11-08"}
    path = "/summaries/2024-03/approval"
    # In stepped time what is approved is published at once, so the approval itself meets the kill.
    await city.kill(
        "disclosure",
        "after-publish:2",
        partial(city.ask, "POST", "disclosure", path, "leader", approval, key="approve"),
    )
    await city.assert_sound()
    published = [
        entry["body"]["case"]
        for row in (await city.dump())["disclosure.entries"]
        for entry in row["history"]
        if entry["type"] == "entry.published.v1"
    ]
    assert sorted(published) == sorted(city.receipts.values())
    ledger = await city.ask("GET", "disclosure", "/ledger.json", "ops")
    assert len(ledger["entries"]) == len(city.receipts)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_kills_at_every_point_of_every_service_lose_nothing_and_double_nothing(city: City):
    for service, where in CRASHES:
        await city.kill(service, where, city.two_appeals)
    await city.assert_sound()
