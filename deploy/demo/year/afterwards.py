"""After the answer: ratings, call-backs, inspection files, orders, corrections, listed rectification, accountability."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from deploy.demo.year.desks import Desks
from deploy.demo.year.diary import Fact, Refusal, Town, at, chance

OVER = {"not-called-back", "case-closed", "called-back-already", "not-answered", "no-such-case", "rated-already",
        "nothing-to-call-back", "case-withdrawn", "no-call-back-due", "already-closed", "already-rated"}  # fmt: skip

NOT_ON_RECORD = {"not-on-record", "needs-not-met", "nothing-missed", "not-missed"}


class Afterwards:
    def __init__(self, town: Town, desks: Desks) -> None:
        self.town = town
        self.desks = desks
        self._codes: dict[str, str] = {}
        self._called: set[str] = set()
        self._units: dict[str, str] = {}
        self.findings = 0

    def hears(self) -> Mapping[str, Any]:
        return {
            "case.answered": self.answered,
            "case.rated": self.rated,
            "inspection.opened": self.inspected,
            "correction.opened": self.to_correct,
            "supervision.opened": self.supervised,
            "supervision.ordered": self.ordered,
            "rectification.listed": self.rectified,
        }

    async def _ask(self, path: str, body: Any = None, *, roles: set[str], **who: Any) -> Any:
        """What evaluation answers; None where the matter has gone on meanwhile."""
        try:
            return await self.town.world.ask("POST", "evaluation", path, roles=roles, body=body, **who)
        except Refusal as refusal:
            if refusal.rule not in OVER:
                raise
            return None

    def invited(self, case: str, code: str) -> None:
        """The enterprise reads its invitation; it rates on the next day, a working day or not, or never."""
        rating = self.desks.story_of(case).rating
        if case in self._codes or rating == "silent":
            return
        self._codes[case] = code
        tomorrow = self.town.today() + timedelta(days=1)
        self.town.diary.at(at(tomorrow, 15), case, lambda: self._rate(case, code, rating))

    async def _rate(self, case: str, code: str, rating: str) -> None:
        body = {"code": code, "rating": self._word(case, rating)}
        await self._ask(f"/cases/{case}/rating", body, roles={"enterprise"}, case=case)

    def _word(self, case: str, rating: str) -> str:
        scale = self.town.rule(self.desks.plans[case].scheme).rating.scale
        words = [word for word, meaning in scale.items() if meaning.counts_as == rating]
        return words[int(chance(case, "word") * len(words))] if words else rating

    def answered(self, fact: Fact) -> None:
        case = fact["case"]
        self._units[case] = fact["unit"]
        call_back = self.town.scheme(fact["scheme"]).rating.call_back
        if call_back and call_back.when == "answered":
            for number, way in enumerate(call_back.by):
                self.town.diary.later(2 + number, case, lambda way=way: self._call_back(case, way))

    async def _call_back(self, case: str, way: str) -> None:
        unsolved = self.desks.story_of(case).unsolved and case not in self._called
        self._called.add(case)
        body = {"way": way, "solved": not unsolved, "note": "已回访"}
        await self._ask(f"/cases/{case}/call-back", body, roles={"office"})

    def rated(self, fact: Fact) -> None:
        call_back = self.town.scheme(fact["scheme"]).rating.call_back
        if fact["rating"] == "dissatisfied" and call_back and call_back.when == "dissatisfied":
            self.town.diary.later(1, fact["case"], lambda: self._call_back(fact["case"], call_back.by[0]))

    def inspected(self, fact: Fact) -> None:
        """Discipline looks into each dissatisfied case (002-26)."""
        case = fact["case"]

        async def close() -> None:
            roles = {"discipline"}
            found = "weak-handling" if chance(case, "found") < 0.3 else "in-order"
            body = {"found": found, "text": "倒查办理全过程。"}
            await self._ask(f"/inspections/{case}/findings", body, roles=roles)

        self.town.diary.later(6, case, close)

    def to_correct(self, fact: Fact) -> None:
        days = 4 if chance(fact["case"], "correct") < 0.8 else 20
        unit, case = fact["unit"], fact["case"]
        body = {"evidence": "整改回访记录"}
        self.town.diary.later(
            days, case, lambda: self._ask(f"/cases/{case}/correction", body, roles={"unit"}, unit=unit, subject=unit)
        )

    def supervised(self, fact: Fact) -> None:
        """Some of what is late is pressed by an order of the inspection office (督办单)."""
        if fact.get("unit") and fact["case"].startswith("ZT-") and chance(fact["id"], "order") < 0.3:
            self.town.diary.later(1, fact["case"], lambda: self._order(fact))

    async def _order(self, fact: Fact) -> None:
        due = self.town.worked(self.town.today() + timedelta(days=1), 4)
        body = {"unit": fact["unit"], "what": "限期办结并书面说明", "due_on": due.isoformat()}
        await self._ask(f"/cases/{fact['case']}/orders", body, roles={"inspector"})

    def ordered(self, fact: Fact) -> None:
        case, order, unit = fact["case"], fact["subject"], fact["unit"]
        late = chance(order, "late") > 0.8

        async def act() -> None:
            await self._ask(
                f"/cases/{case}/orders/{order}/answer", {"done": "已办结"}, roles={"unit"}, unit=unit, subject=unit
            )
            await self._ask(f"/cases/{case}/orders/{order}/done", roles={"inspector"})

        self.town.diary.later(8 if late else 3, case, act)

    # Rectification, samples, accountability ---------------------------------------------------------------------------

    async def list_candidates(self, scheme: str) -> None:
        """004's December stage: what is unresolved, keeps coming back or is slow is listed (挂牌整改)."""
        world = self.town.world
        ref = self.town.rule(scheme).ref
        found = await world.ask("GET", "evaluation", f"/rectification-candidates?scheme={ref}", roles={"office"})
        units = [unit.unit for unit in self.town.view(ref).place.units if unit.kind == "department"]
        for candidate in found["items"] if isinstance(found, dict) else found:
            due = self.town.worked(self.town.today() + timedelta(days=1), 5)
            unit = candidate.get("unit") or units[0]
            body = {"unit": unit, "due_on": due.isoformat()}
            await self._ask(f"/cases/{candidate['case']}/rectification", body, roles={"office"})

    def rectified(self, fact: Fact) -> None:
        days = 3 if chance(fact["case"], "lifted") < 0.8 else 7
        body = {"evidence": "整改到位，企业确认"}
        self.town.diary.later(
            days,
            fact["case"],
            lambda: self._ask(f"/cases/{fact['case']}/rectification/lifting", body, roles={"office"}),
        )

    async def draw_sample(self, scheme: str, first: str, last: str) -> None:
        ref = self.town.rule(scheme).ref
        sample = await self._ask("/samples", {"scheme": ref, "first": first, "last": last}, roles={"inspector"})
        for case in (sample or {}).get("cases", []):
            number = case["case"] if isinstance(case, dict) else case
            self.town.diary.later(2, number, lambda number=number: self._call_back(number, "phone"))

    async def call_to_account(self, scheme: str) -> None:
        """One of the scheme's measures, for a unit with what the trigger needs on record."""
        rule, world = self.town.rule(scheme), self.town.world
        triggers = {
            name: one
            for name, one in rule.oversight.accountability.items()
            if one.measures and "grave-effect" not in one.needs
        }
        plans = self.desks.plans
        cases = [case for case in self._units if case in plans and plans[case].scheme == scheme]
        if not triggers or not cases:
            return
        trigger, about = next(iter(triggers.items()))
        body = {
            "scheme": rule.ref, "unit": self._units[cases[-1]], "trigger": trigger, "cases": [cases[-1]],
            "grounds": "经核查属实", "states": [],
        }  # fmt: skip
        who: dict[str, Any] = {"roles": {"conduct"}, "subject": "conduct-office"}
        try:
            finding = (await world.ask("POST", "evaluation", "/findings", body=body, **who))["finding"]
        except Refusal as refusal:
            if refusal.rule not in NOT_ON_RECORD:
                raise
            return
        decision = {"approve": True, "measure": about.measures[0]}
        decider: dict[str, Any] = {"roles": {"leader", "inspector"}, "subject": "leader"}
        await world.ask("POST", "evaluation", f"/findings/{finding}/decision", body=decision, **decider)
        self.findings += 1
