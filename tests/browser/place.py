"""A really running city for the browser: broker, store, every service and the portal, and the people's telephones."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.catalogue import Service
from deploy.demo.player import Player
from deploy.demo.script import at
from deploy.demo.steering import Steering
from deploy.system import ROOT, System
from libs.files import load_notices
from libs.identity import Role
from libs.policy.calendar import Calendar
from libs.policy.shanghai import SHANGHAI
from services.portal.identity.rates import LIMITS

FIRST_DAY = date(2026, 1, 5)
ENTERPRISE = {"enterprise": "潮州市湘桥区瑞祥陶瓷有限公司", "credit_code": "91445102MA3AGYGLU6"}
FIRST_PHONE = "13400000001"
"""Of the contact whom the first appeal names."""
ACCOUNTS = ROOT / "deploy/demo/accounts.yaml"


class Place:
    """The city, with the demo's provider, mail server and steering, and nobody who plays."""

    def __init__(self, folder: Path, *, first_day: date = FIRST_DAY) -> None:
        self.outside = Player([], Calendar.from_years(load_notices(ROOT / "deploy/calendars")))
        self._steering = Steering(self.outside.postbag)
        self._filed = 0
        portal = {
            **self._steering.settings(),
            "demo_accounts": str(ACCOUNTS),
            "second_factor": "false",
            # One address is everybody here, again and again.
            "rate_limits": json.dumps(dict.fromkeys(LIMITS, "10000/minute")),
        }
        settings: dict[Service, dict[str, str]] = {**self.outside.settings(), "portal": portal}
        self.system = System(folder, start=at(first_day, 9), settings=settings, portal=0, listening=self._listen)

    async def _listen(self, system: System) -> None:
        await self.outside.listen(system)
        await self._steering.start(system)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Place"]:
        async with self.system:
            self._steering.hand_over(self.outside.tap, self.outside.rests)
            yield self

    @property
    def address(self) -> str:
        assert self.system.address
        return self.system.address

    @property
    def now(self) -> datetime:
        assert self.system.clock
        return self.system.clock.now().astimezone(SHANGHAI)

    def policy_reports(self) -> int:
        """How many breaches of the content security policy browsers reported to the portal so far."""
        return self.logs()["portal.log"].count(b"breach of the content security policy")

    def logs(self) -> dict[str, bytes]:
        """What every process wrote so far, by the file's name."""
        return {path.name: path.read_bytes() for path in (self.system.folder / "logs").iterdir() if path.is_file()}

    # Time -------------------------------------------------------------------------------------------------------------

    async def rest(self) -> None:
        """Until nothing is under way."""
        await self.system.quiet(outside=self.outside.rests)

    async def until(self, moment: datetime) -> None:
        """Live on, from due moment to due moment."""
        while True:
            wave = await self.system.quiet(outside=self.outside.rests)
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
        dossier = {**ENTERPRISE, "contact": contact, "title": title, "text": text}
        body = {"dossier": dossier, "channel": "portal", **more}
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
        return case, await self.link_for(case)

    async def link_for(self, case: str) -> str:
        """The newest link to rate that arrived for a case, as a path. A letter may have to wait for its next try, or for
        the morning."""
        last = self.now + timedelta(days=1)
        while True:
            wave = await self.system.quiet(outside=self.outside.rests)
            links = (link for message in self.outside.postbag.messages() for link in message["links"])
            if found := next((link for link in links if f"/r/{case}" in link), None):
                return found.removeprefix(self.address)
            due = wave.next_due or last
            assert due < last, f"no link arrived for {case}"
            self.system.step_to(max(due, self.now))
