"""Plays the year on the real system: people act over HTTP, letters arrive by SMS and e-mail, facts are heard at the bus."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

import aio_pika
import httpx
import yaml

from contracts.catalogue import Service
from deploy.demo.outside import (
    RATING_LINK,
    FactsTap,
    MailServer,
    SmsProvider,
    is_letter,
    letters_go_out_by,
    outside_opens,
)
from deploy.demo.player import Stuck
from deploy.demo.postbag import Postbag
from deploy.demo.year.diary import Due, Fact, Refusal, at
from deploy.demo.year.people import People
from deploy.demo.year.plans import FOLDER, LAST_DAY, Plan
from deploy.demo.year.tally import Tally
from deploy.system import System, Wave
from libs.identity import Role
from libs.policy.calendar import Calendar
from libs.policy.scheme import Schemes
from services.notification.templates import load_templates

AT_ONCE = 8
"""So many cases are acted on at the same time."""
RECEIPT_TRIES = 20
RECEIPT_AGAIN_SECONDS = 0.2


class YearTap(FactsTap):
    """Keeps every fact until it is taken."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.tally = Tally()
        self._fresh: list[Fact] = []

    async def _on_message(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        if message.type != "mark":
            fact = json.loads(message.body)
            if fact["id"] not in self.facts.ids:
                self._fresh.append(fact)
                self.tally.passes(fact)
        await super()._on_message(message)

    async def take(self) -> list[Fact]:
        """Every fact that was published up to now and not taken yet."""
        await self.up_to_now()
        fresh, self._fresh = self._fresh, []
        return fresh


class YearPlayer:
    """Plays `plans` on a system with a stepped clock; `told` hears when it is, how many appeals are filed, how many acts
    done."""

    def __init__(
        self,
        plans: list[Plan],
        calendar: Calendar,
        schemes: Schemes,
        *,
        told: Callable[[datetime, int, int], None] = lambda now, filed, acts: None,
    ) -> None:
        self._plans = plans
        self._calendar = calendar
        self._schemes = schemes
        self._told = told
        self._receipts: set[asyncio.Task[None]] = set()
        self._unexpected: list[str] = []
        self._links: list[tuple[str, str]] = []
        self.postbag = Postbag(load_templates(), self.now)
        self.sms = SmsProvider(self._sms_taken, self.postbag)
        self.mail = MailServer(self._mail_arrived, self.postbag)

    def settings(self) -> dict[Service, dict[str, str]]:
        """What the services must know of the demo's world."""
        return letters_go_out_by(self.sms, self.mail)

    async def listen(self, system: System) -> None:
        """Before any service says its first fact."""
        self._system = system
        self.tap = YearTap(system.broker.url("zhitongche"))
        await outside_opens(system, self.tap, self.sms, self.mail)

    async def play(self, system: System) -> YearTap:
        """Until the last day is over and everything is at rest. Raises `Stuck` with what hangs."""
        registry = yaml.safe_load((FOLDER / "registry.yaml").read_text(encoding="utf-8"))
        self.people = People(
            self, self._plans, schemes=self._schemes, directory=system.directory, calendar=self._calendar, registry=registry
        )  # fmt: skip
        # Duties of the year that nobody did are missed when it is over.
        await self._live_through(at(LAST_DAY + timedelta(days=2), 0))
        return self.tap

    def rests(self, wave: Wave) -> bool:
        """Whether no receipt is on its way; also when the year is over."""
        return not self._receipts

    async def _live_through(self, end: datetime) -> None:
        diary = self.people.diary
        while True:
            wave = await self._system.quiet(outside=self.rests)
            if self._unexpected:
                raise Stuck("; ".join(self._unexpected))
            for fact in await self.tap.take():
                self.people.hear(fact)
            links, self._links = self._links, []
            for case, code in sorted(links):
                self.people.afterwards.invited(case, code)
            now = self.now()
            self._told(now, len(self.people.desks.plans), diary.done)
            if wave.next_due is not None and wave.next_due <= now:
                raise Stuck(f"something has been due since {wave.next_due.isoformat()} and is not done")
            moment = min((m for m in (diary.next, wave.next_due) if m is not None), default=end)
            if moment >= end:
                return
            self._system.step_to(max(moment, now))
            await self._act(diary.ripe(moment))

    async def _act(self, ripe: list[Due]) -> None:
        """What concerns one case is done in its order, different ones at the same time; sessions, which look at many
        cases, when those have come to rest."""
        sessions = [due for due in ripe if due.order.startswith("HY-")]
        await self._together([due for due in ripe if not due.order.startswith("HY-")])
        for due in sessions:
            await self._system.quiet(outside=self.rests)
            await due.act()

    async def _together(self, ripe: list[Due]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def in_order(dues: list[Due]) -> None:
            async with gate:
                for due in dues:
                    await due.act()

        await asyncio.gather(*(in_order(list(dues)) for _, dues in groupby(ripe, key=lambda due: due.order[:19])))

    # The world that people meet ---------------------------------------------------------------------------------------

    def now(self) -> datetime:
        assert self._system.clock
        return self._system.clock.now()

    async def ask(
        self,
        method: str,
        service: str,
        path: str,
        *,
        roles: set[str],
        body: Any = None,
        unit: str | None = None,
        case: str | None = None,
        key: str | None = None,
        subject: str = "demo",
    ) -> Any:
        answer = await self._system.ask(
            method, cast(Service, service), path, roles=cast(set[Role], roles), body=body, unit=unit, case=case, key=key,
            subject=subject,
        )  # fmt: skip
        if answer.is_error:
            problem = answer.json() if answer.headers.get("content-type", "").endswith("json") else {}
            raise Refusal(f"{method} {path}: {answer.status_code} {answer.text[:300]}", str(problem.get("rule", "")))
        return answer.json() if answer.content else None

    # Letters arrive ---------------------------------------------------------------------------------------------------

    def _sms_taken(self, sms: dict[str, Any]) -> None:
        if is_letter(sms):
            task = asyncio.create_task(self._receipt(sms["id"]))
            self._receipts.add(task)
            task.add_done_callback(self._receipts.discard)
        self._read(str(sms["params"].get("link", "")))

    def _mail_arrived(self, mail: dict[str, Any]) -> None:
        self._read(mail["text"])

    def _read(self, text: str) -> None:
        if found := RATING_LINK.search(text):
            self._links.append((found["case"], found["code"]))

    async def _receipt(self, id: str) -> None:
        """The provider tells that a message arrived, and again until it is taken, as providers do."""
        letter, _, way = id.rpartition(":")
        body = {"letter": letter, "way": way, "delivered": True, "reason": "arrived"}
        for _ in range(RECEIPT_TRIES):
            with suppress(httpx.TransportError):
                answer = await self._system.ask(
                    "POST", "notification", "/receipts", roles={"provider"}, body=body, key=f"receipt-{id}"
                )
                if not answer.is_error:
                    return
            await asyncio.sleep(RECEIPT_AGAIN_SECONDS)
        self._unexpected.append(f"the receipt of {id} was not taken")
