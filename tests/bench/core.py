"""Many cases through the pure core: the handlers, rules and limits of all deciding services, over dictionaries.

`python -m tests.bench.core [cases]`. Enterprises, screeners, units and leaders act by the rules of the domains; no HTTP,
no broker, no store, so what is measured is the core alone.
"""

import asyncio
import gc
import heapq
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from contracts.case_number import case_number
from contracts.events import CaseAssigned, Event, RatingInvited
from contracts.messages import Contact, Dossier
from contracts.record import Command, derive_id
from libs.policy.calendar import Calendar
from libs.policy.refused import Refused
from libs.policy.shanghai import SHANGHAI
from services.evaluation import judging
from services.evaluation.commands import Rate
from services.evaluation.domain import with_consequences
from services.intake.commands import Accept, FileAppeal
from services.intake.filing import file_appeal
from services.intake.screening import accept
from services.routing import domain
from services.routing.facts import Terms
from tests.schemes.city import CALENDAR, ENTERPRISES, City

START = datetime(2026, 3, 2, 8, tzinfo=SHANGHAI)
DAYS = 90
FILED_WITHIN = 60
DISTRICTS = {"county-reception-day": "445122", "kaihua-call-and-answer": "445103"}
SCHEMES = (
    "chaozhou-direct-line",
    "county-reception-day",
    "kaihua-call-and-answer",
    "suqian-12345",
    "suqian-enterprises",
    "suqian-window",
)

Act = Callable[[], Awaitable[None]]


class Core:
    """A city whose people act on facts, some days after them; they come to their desks once a day."""

    def __init__(self) -> None:
        self.city = City(start=START, faithful=False)
        self.chosen = random.Random(1)
        self.diary: list[tuple[datetime, int, Act]] = []
        self.written = 0
        self.turned_down: Counter[str] = Counter()
        calendars: dict[str, Calendar] = {"cn": CALENDAR}
        self.terms = {
            scheme.ref: Terms(scheme, self.city.directory.running(ref), self.city.schemes, calendars[scheme.calendar])
            for ref, scheme in self.city.schemes.items()
        }

    def later(self, days: float, act: Act) -> None:
        self.written += 1
        day = (self.city.now + timedelta(days=days)).astimezone(SHANGHAI)
        at = max(day.replace(hour=10, minute=0, second=0, microsecond=0), self.city.now)
        heapq.heappush(self.diary, (at, self.written, act))

    def collection(self, service: str) -> Any:
        return self.city.house.services[service]._collections[0]

    def command(self, kind: type[Command], **words: Any) -> Any:
        self.written += 1
        return kind(id=derive_id("bench", str(self.written)), at=self.city.now, by="bench", **words)

    async def ask(self, service: str, case: str, command: Any, decide: Callable[..., Any]) -> None:
        """A command carried out; what has gone on without whoever asks is counted and left alone."""
        try:
            await self.collection(service).apply(case, command, decide, kind="asked")
        except Refused as refused:
            self.turned_down[refused.rule] += 1

    async def files(self, number: int, name: str) -> None:
        scheme = self.city.schemes.in_force(name, self.city.now.date())
        assert scheme is not None
        channels = [c for c, way in scheme.channels.items() if way.kind not in ("transfer", "session")]
        who = [e for e in ENTERPRISES if e["registered_in"] == DISTRICTS.get(name, "445102")][number % 6]
        dossier = Dossier(
            enterprise=who["name"], credit_code=who["credit_code"], title="用电", text=f"频繁停电，第{number}件",
            contact=Contact(name="陈明", phone="13400000001"),
        )  # fmt: skip
        channel = channels[number % len(channels)]
        case = case_number(channel, f"bench:{number}")
        command = self.command(FileAppeal, channel=channel, dossier=dossier, entered_by="受理员")
        rule = partial(file_appeal, command=command, now=self.city.now, scheme=scheme)
        await self.ask("intake", case, command, rule)
        self.later(1, partial(self.accepts, case, name, number))

    async def accepts(self, case: str, name: str, number: int) -> None:
        scheme = self.city.schemes.in_force(name, self.city.now.date())
        assert scheme is not None
        view = self.city.directory.running(scheme.ref)
        departments = [unit for unit in view.place.units if unit.kind == "department"]
        category = list(scheme.categories)[number % len(scheme.categories)]
        lead = next((unit for unit in departments if category in unit.categories), departments[0])
        classes = list(scheme.complexities)
        command = self.command(
            Accept, category=category, district=DISTRICTS.get(name, "445102"), level=list(scheme.levels)[-1],
            lead=lead.unit, complexity=classes[number % len(classes)] if classes else None,
        )  # fmt: skip
        rule = partial(accept, command=command, now=self.city.now, scheme=scheme, directory=view)
        await self.ask("intake", case, command, rule)

    async def by_unit(self, fact: CaseAssigned, kind: Any, rule: Any, **words: Any) -> None:
        command = self.command(kind, dispatch=fact.subject, **words)
        decide = partial(rule, command=command, now=self.city.now, terms=self.terms[fact.scheme])
        await self.ask("routing", fact.case, command, decide)

    async def rates(self, fact: RatingInvited, rating: str) -> None:
        scheme = self.city.schemes[fact.scheme]
        command = self.command(Rate, rating=rating)
        await self.ask(
            "evaluation", fact.case, command,
            lambda case: with_consequences(judging.rate, case, command, now=self.city.now, scheme=scheme),
        )  # fmt: skip

    def hear(self, fact: Event) -> None:
        chance = self.chosen.random()
        if isinstance(fact, CaseAssigned) and not fact.is_session:
            words = {"outcome": next(iter(self.city.schemes[fact.scheme].outcomes)), "result": "已办", "answer": "答复"}
            if fact.task == "final-decision":
                self.later(
                    3,
                    partial(
                        self.by_unit, fact, domain.DecideFinally, domain.decide_finally, talk="已沟通", answer="维持"
                    ),
                )
            elif chance < 0.08:
                self.later(
                    1,
                    partial(self.by_unit, fact, domain.DeclareUnresolved, domain.declare_unresolved, opinion="需协调"),
                )
            else:
                self.later(0.1, partial(self.by_unit, fact, domain.Take, domain.take))
                days = 20 if chance > 0.93 else 1 + int(chance * 7)
                self.later(days, partial(self.by_unit, fact, domain.Reply, domain.reply, **words))
        if isinstance(fact, RatingInvited) and chance < 0.7:
            self.later(2, partial(self.rates, fact, "dissatisfied" if chance < 0.08 else "satisfied"))

    async def live(self, cases: int) -> dict[str, Any]:
        """So many cases, filed in the first days, until the last."""
        await self.city.start()
        for number in range(cases):
            scheme = SCHEMES[number % len(SCHEMES)]
            self.later(FILED_WITHIN * number / cases, partial(self.files, number, scheme))
        seen, end = 0, START + timedelta(days=DAYS)
        while self.diary and self.diary[0][0] < end:
            moment = self.diary[0][0]
            await self.city.until(moment)
            while self.diary and self.diary[0][0] <= moment:
                await heapq.heappop(self.diary)[2]()
            await self.city.house.settle()
            for fact in self.city.facts[seen:]:
                self.hear(fact)
            seen = len(self.city.facts)
        await self.city.until(end)
        said = Counter(fact.type.removesuffix(".v1") for fact in self.city.facts)
        return {"cases": said["appeal.filed"], "facts": len(self.city.facts), "answered": said["case.answered"],
                "closed": said["case.closed"], "missed": said["clock.missed"]}  # fmt: skip


def bench_core(cases: int) -> dict[str, Any]:
    """What was lived through, and the seconds of processor time that it took on one core.

    The collector rests meanwhile: it would walk again and again through all the documents, which services leave in a store.
    """
    core = Core()
    gc.disable()
    try:
        before = time.process_time()
        figures = asyncio.run(core.live(cases))
    finally:
        gc.enable()
    return figures | {"seconds": round(time.process_time() - before, 1), "turned_down": dict(core.turned_down)}


if __name__ == "__main__":
    print(bench_core(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
