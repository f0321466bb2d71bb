"""Routing alone, without servers: its own handlers, due work and routes (`tests/schemes/house.py`), and a stand-in that
knows which days are worked. Facts of other services are said by hand."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from contracts.case_number import case_number, number
from contracts.events import (
    AppealAccepted,
    AppealFiled,
    AppealReturned,
    AppealWithdrawn,
    CaseEvent,
    ClockRang,
    CommitmentPublished,
    Event,
    SessionProposed,
    case_fact,
)
from contracts.record import Command
from libs.files import load_directory, load_notices, load_schemes
from libs.identity import Caller, Role
from libs.policy.calendar import Calendar
from libs.policy.shanghai import SHANGHAI
from libs.service import Settings
from services.routing.__main__ import build
from services.routing.case import Case
from services.routing.session import Session
from tests.schemes.house import SECRET, House

ROOT = Path(__file__).parents[3]
SCHEMES = ROOT / "deploy/schemes"
DIRECTORY_FILE = ROOT / "deploy/directory/chaozhou.yaml"
RULES = {scheme.scheme: scheme for scheme in load_schemes(SCHEMES).values()}
CALENDAR = Calendar.from_years(load_notices(ROOT / "deploy/calendars"))
DIRECTORY = load_directory(DIRECTORY_FILE)
CHAOZHOU = "chaozhou-direct-line"
MARCH, APRIL = date(2026, 3, 11), date(2026, 4, 8)


def at(text: str) -> datetime:
    """`2026-03-04 09:00` in China."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class Turned(Exception):
    """What was asked was refused. `rule`: why; `detail`: the sentence."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('rule')}: {problem.get('detail')}")
        self.rule, self.detail = problem.get("rule"), str(problem.get("detail"))


class TownHall:
    """One scheme's cases and sessions. Each fact of others is delivered `copies` times, in the order that `pick` says."""

    def __init__(
        self,
        scheme: str = CHAOZHOU,
        *,
        start: str = "2026-02-12 09:00",
        pick: Callable[[int], int] = lambda waiting: 0,
        copies: int = 1,
    ) -> None:
        self.house = House(at(start), pick=pick, copies=copies)
        common: dict[str, Any] = {
            "port": 0,
            "amqp_url": SecretStr(""),
            "mongo_url": SecretStr(""),
            "token_secret": SecretStr(SECRET),
            "schemes": SCHEMES,
            "calendars": ROOT / "deploy/calendars",
            "directory": DIRECTORY_FILE,
        }
        self.routing: Any = build(Settings(**common), self.house.kind())
        days: Any = self.house.kind()("deadline", Settings(**common))

        @days.app.get("/days/{scheme}/{day}")
        async def show_day(scheme: str, day: date) -> dict[str, bool]:
            return {"working": CALENDAR.is_working_day(day)}

        self.scheme = RULES[scheme]
        self.view = DIRECTORY.running(scheme)
        self.leaders = self.view.leaders
        self._told = 0

    # Time and facts of others -----------------------------------------------------------------------------------------

    def clock(self, moment: str) -> None:
        asyncio.run(self.house.until(at(moment)))

    def told(self, said: type[CaseEvent], about: str, /, *, when: str | None = None, **fields: Any) -> CaseEvent:
        """Another service says this."""
        self._told += 1
        by = Command(type="told", id=f"{about}-{said.__name__}-{self._told}", at=self.house.clock.now(), by="test")
        instant = at(when) if when else self.house.clock.now()
        fact = case_fact(said, by=by, case=about, scheme=self.scheme.ref, at=instant, **fields)
        self.tell(fact)
        return fact

    def tell(self, *facts: Event) -> None:
        self.house.said(facts)
        self.settle()

    def settle(self) -> None:
        asyncio.run(self.house.until(self.house.clock.now()))

    def propose(self, day: date, kind: str = "reception") -> str:
        session = number("HY", self.scheme.scheme, kind, f"{day:%Y-%m}")
        self.told(SessionProposed, session, kind=kind, period=f"{day:%Y-%m}", held_on=day, provisional=False)
        return session

    def file(self, name: str, *, when: str | None = None) -> str:
        case = case_number("portal", name)
        channel = next(iter(self.scheme.channels))
        self.told(AppealFiled, case, when=when, channel=channel, scheme_hash="0" * 16)
        return case

    def accept(self, case: str, *, category: str = "energy", level: str = "city", **fields: Any) -> None:
        self.told(AppealAccepted, case, category=category, district="445102", level=level, **fields)

    def withdrawn(self, case: str) -> None:
        self.told(AppealWithdrawn, case)

    def returned(self, case: str) -> None:
        self.told(AppealReturned, case, reason="litigation")

    def rang(self, clock: str, session: str, when: str) -> None:
        """The bell of this instant, which has come."""
        self.clock(max(when, f"{self.house.clock.instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"))
        self.told(ClockRang, session, clock=clock, subject=clock, due=at(when))

    def published(self, case: str, dispatch: str, unit: str, version: int) -> None:
        self.told(CommitmentPublished, case, subject=dispatch, unit=unit, due_on=APRIL, version=version)

    # Acts -------------------------------------------------------------------------------------------------------------

    def ask(
        self, path: str, body: Any = None, *, role: str = "office", by: str = "", unit: str | None = None,
        method: str = "POST", key: str | None = None, case: str | None = None,
    ) -> Any:  # fmt: skip
        async def calling() -> Any:
            caller = Caller(subject=by or unit or role, roles=frozenset({cast(Role, role)}), unit=unit, case=case)
            answer = await self.routing.call(caller, method, path, body, key=key)
            await self.house.until(self.house.clock.now())
            return answer

        answer = asyncio.run(calling())
        if answer.is_error:
            raise Turned(answer.json())
        return answer.json()

    def get(self, path: str, *, role: str = "office", unit: str | None = None, case: str | None = None) -> Any:
        return self.ask(path, role=role, unit=unit, case=case, method="GET")

    def session(self, session: str) -> Session:
        return asyncio.run(self.routing._collections[3].get(session))

    def case(self, case: str) -> Case:
        return asyncio.run(self.routing._collections[0].get(case))

    def of(self, number: str) -> list[str]:
        """The names of our own facts about a case or session."""
        return [fact.type.removesuffix(".v1") for fact in self.facts(number)]

    def facts(self, number: str) -> list[CaseEvent]:
        ours = (CaseEvent,)
        told = ("appeal.", "clock.", "session.proposed", "commitment.published")
        return [f for f in self.house.facts if isinstance(f, ours) and f.case == number and not f.type.startswith(told)]

    def last(self, number: str, kind: str) -> Any:
        return [fact for fact in self.facts(number) if fact.type == f"{kind}.v1"][-1]

    # A session as 001 holds it ----------------------------------------------------------------------------------------

    def date(self, session: str, day: date, **more: Any) -> Any:
        return self.ask(f"/sessions/{session}/date", {"held_on": day.isoformat(), **more})

    def waiting_case(self, name: str, *, category: str = "energy") -> str:
        """A case that its department could not solve: it waits for the reception session."""
        case = self.file(name)
        self.accept(case, category=category)
        dispatch = self.case(case).open_dispatches()[0]
        self.ask(
            f"/cases/{case}/dispatches/{dispatch.dispatch}/unresolved", {"opinion": "无权解决"},
            role="unit", unit=dispatch.unit,
        )  # fmt: skip
        return case

    def leader_of(self, session: str) -> str:
        leader = self.session(session).leader
        assert leader is not None
        return leader

    def approve_agenda(self, session: str, *cases: str) -> None:
        self.ask(f"/sessions/{session}/agenda", {"cases": list(cases)})
        self.ask(f"/sessions/{session}/agenda-approval", role="leader", unit=self.leader_of(session))

    def opine(self, session: str, case: str, **opinion: Any) -> Any:
        body = {"outcome": "resolved", "text": "限期办理", **opinion}
        if body["outcome"] == "resolved":
            body = {"units": ["shi_gongdian"], "due_on": "2026-04-10"} | body
        return self.ask(f"/sessions/{session}/items/{case}/opinion", body)

    def approve_opinions(self, session: str) -> None:
        document = f"/sessions/{session}/opinions-document"
        self.ask(document, {"text": "处理意见"})
        self.ask(f"{document}/submission")
        version = self.session(session).document[-1].version
        self.ask(
            f"{document}/approval", {"version": version, "approved": True}, role="leader", unit=self.leader_of(session)
        )
