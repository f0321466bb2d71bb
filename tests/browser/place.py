"""A really running city for the browser: broker, store, every service and the portal, and the people's telephones."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from contracts.catalogue import Service
from deploy.demo.outside import MailServer, SmsProvider, letters_go_out_by
from deploy.demo.script import at
from deploy.system import ROOT, System
from libs.identity import Role
from libs.policy.shanghai import SHANGHAI

FIRST_DAY = date(2026, 1, 5)
LINK = re.compile(r"/r/ZT-[0-9A-Z]{16}\?c=[A-Za-z0-9_-]+")
RECEIPT_TRIES = 50
ENTERPRISE = {"enterprise": "潮州市湘桥区瑞祥陶瓷有限公司", "credit_code": "91445102MA3AGYGLU6"}
ACCOUNTS = ROOT / "deploy/demo/accounts.yaml"


class Place:
    """The city. `messages`: the short messages that arrived, the newest last."""

    def __init__(self, folder: Path) -> None:
        self._sms = SmsProvider(self._arrived)
        self._mail = MailServer(lambda mail: None)
        self._receipts: set[asyncio.Task[None]] = set()
        self._filed = 0
        self.messages: list[dict[str, Any]] = []
        portal = {
            "demo_accounts": str(ACCOUNTS),
            "second_factor": "false",
            # One address signs in as everybody here, again and again.
            "rate_limits": '{"sign-in by address": "10000/minute"}',
        }
        settings: dict[Service, dict[str, str]] = {**letters_go_out_by(self._sms, self._mail), "portal": portal}
        self.system = System(folder, start=at(FIRST_DAY, 9), settings=settings, portal=0)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Place"]:
        await asyncio.gather(self._sms.start(), self._mail.start())
        try:
            async with self.system:
                yield self
        finally:
            await asyncio.gather(self._sms.stop(), self._mail.stop())

    @property
    def address(self) -> str:
        assert self.system.address
        return self.system.address

    @property
    def now(self) -> datetime:
        assert self.system.clock
        return self.system.clock.now().astimezone(SHANGHAI)

    # Time -------------------------------------------------------------------------------------------------------------

    async def rest(self) -> None:
        """Until nothing is under way."""
        await self.system.quiet(outside=lambda wave: not self._receipts)

    async def until(self, moment: datetime) -> None:
        """Live on, from due moment to due moment."""
        while True:
            wave = await self.system.quiet(outside=lambda wave: not self._receipts)
            due = wave.next_due
            if due is None or due >= moment:
                break
            self.system.step_to(max(due, self.now))
        self.system.step_to(moment)
        await self.rest()

    async def days_on(self, days: int) -> None:
        await self.until(self.now + timedelta(days=days))

    # People's acts that a walk begins with ----------------------------------------------------------------------------

    async def ask(
        self, method: str, service: Service, path: str, *, roles: set[Role], body: Any = None, **who: Any
    ) -> Any:
        answer = await self.system.ask(method, service, path, roles=roles, body=body, **who)
        assert not answer.is_error, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def filed(
        self, *, title: str = "厂区频繁停电", text: str = "近一个月停电五次，请排查线路。", **more: Any
    ) -> str:
        """An appeal through the web, screened by nobody yet."""
        self._filed += 1
        contact = {"name": "陈丽", "phone": f"134{self._filed:08}"}
        body = {
            "dossier": {**ENTERPRISE, "contact": contact, "title": title, "text": text},
            "channel": "portal",
            **more,
        }
        answer = await self.ask("POST", "intake", "/appeals", roles={"enterprise"}, body=body)
        await self.rest()
        return answer["case"]

    async def handed_over(self, *, category: str = "energy", **more: Any) -> tuple[str, str]:
        """An appeal that lies before its unit, and the hand-over."""
        case = await self.filed(**more)
        body = {"category": category, "district": "445102", "level": "city"}
        await self.ask("POST", "intake", f"/appeals/{case}/acceptance", roles={"screener"}, body=body)
        await self.rest()
        handling = await self.ask("GET", "routing", f"/cases/{case}", roles={"ops"})
        return case, next(iter(handling["dispatches"]))

    async def answered(self, **more: Any) -> tuple[str, str]:
        """An appeal that its unit answered; the enterprise was invited to rate. The case and the link it got."""
        case, dispatch = await self.handed_over(**more)
        unit = (await self.ask("GET", "routing", f"/cases/{case}", roles={"ops"}))["dispatches"][dispatch]["unit"]
        at_work: dict[str, Any] = {"roles": {"unit"}, "unit": unit, "subject": unit}
        here = f"/cases/{case}/dispatches/{dispatch}"
        await self.ask("POST", "routing", f"{here}/taking", **at_work)
        body = {"outcome": "solved", "result": "已更换老化分支线路", "answer": "老化线路已更换，停电将提前七日通知。"}
        await self.ask("POST", "routing", f"{here}/reply", body=body, **at_work)
        await self.rest()
        return case, self.link_for(case)

    def link_for(self, case: str) -> str:
        """The newest link to rate that arrived for a case, as a path."""
        for message in reversed(self.messages):
            if (found := LINK.search(str(message["params"].get("link", "")))) and case in found[0]:
                return found[0]
        raise AssertionError(f"no link arrived for {case}")

    # Telephones -------------------------------------------------------------------------------------------------------

    def _arrived(self, sms: dict[str, Any]) -> None:
        self.messages.append(sms)
        task = asyncio.create_task(self._receipt(sms["id"]))
        self._receipts.add(task)
        task.add_done_callback(self._receipts.discard)

    async def _receipt(self, id: str) -> None:
        """The provider tells that it arrived, again until the letter that it is about is known to have left."""
        letter, _, way = id.rpartition(":")
        if not letter:
            return
        body = {"letter": letter, "way": way, "delivered": True, "reason": "arrived"}
        for _ in range(RECEIPT_TRIES):
            try:
                answer = await self.system.ask(
                    "POST", "notification", "/receipts", roles={"provider"}, body=body, key=f"receipt-{id}"
                )
                if answer.status_code < 400:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
