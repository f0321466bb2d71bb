"""What comes round: duties and their evidence, visits, publications, summaries, samples, marks, protected reports."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from deploy.demo.year.afterwards import Afterwards
from deploy.demo.year.desks import Desks
from deploy.demo.year.diary import HOURS, Fact, Refusal, Town, at, chance, day_of

SERVED = {
    "suqian-enterprises": 4,
    "cadres-and-enterprises": 4,
    "kaihua-call-and-answer": 3,
}
"""How many enterprises each regulation's matrix serves in the demo."""
BY_THEMSELVES = {"session.held", "summary.published", "rectification.listed"}
"""Facts that meet a duty and come about without anybody thinking of the duty."""


class Seasons:
    def __init__(self, town: Town, desks: Desks, afterwards: Afterwards, registry: list[dict[str, str]]) -> None:
        self.town = town
        self.desks = desks
        self.afterwards = afterwards
        self._registry = registry

    def hears(self) -> Mapping[str, Any]:
        return {
            "duty.opened": self.opened,
            "publication.drafted": self.drafted,
            "summary.drafted": self.summarized,
        }

    def begin(self, first: date, last: date) -> None:
        for scheme in SERVED:
            rule = self.town.rule(scheme, last)
            day = max(first, rule.in_force.from_)
            self.town.diary.on(day, f"serve-{scheme}", lambda scheme=scheme: self._serve(scheme))
        for month in range(1, 13):
            day = date(first.year, month, 20)
            if month % 3 == 0:
                self._sampling(day, date(first.year, month - 2, 1), date(first.year, month, 10))
            self.town.diary.on(day, f"report-{month}", lambda month=month: self._report(month))
        for number in range(4):
            day = date(first.year, 12, 2) + timedelta(days=5 * number)
            self.town.diary.on(day, "rectify", lambda: self.afterwards.list_candidates("cadres-and-enterprises"))
        for scheme in ("suqian-mayor-line", "suqian-enterprises", "kaihua-call-and-answer"):
            self.town.diary.on(
                date(first.year, 9, 10), scheme, lambda scheme=scheme: self.afterwards.call_to_account(scheme)
            )
        for month in range(2, 13):
            self.town.diary.on(date(first.year, month, 3), f"marks-{month}", lambda month=month: self._mark(month))

    def _sampling(self, day: date, first: date, last: date) -> None:
        for scheme in ("suqian-mayor-line", "kaihua-call-and-answer"):
            self.town.diary.on(
                day,
                f"sample-{scheme}",
                lambda scheme=scheme: self.afterwards.draw_sample(scheme, first.isoformat(), last.isoformat()),
            )

    async def _mark(self, month: int) -> None:
        """The office and a third party mark beside the enterprises (002-31)."""
        scheme = "kaihua-call-and-answer"
        units = [unit for unit in self.town.view(scheme).place.units if unit.kind == "department"]
        for unit in units[:4]:
            marks = {
                "office": 80 + int(chance(unit.unit, f"o{month}") * 20),
                "third_party": 75 + int(chance(unit.unit, f"t{month}") * 20),
            }
            body = {"scheme": scheme, "month": f"{self.town.today().year}-{month - 1:02d}", "unit": unit.unit, **marks}
            await self.town.world.ask("POST", "disclosure", "/marks", roles={"office"}, body=body)

    async def _report(self, month: int) -> None:
        """A protected report every other month, of retaliation or of conduct; who is responsible concludes it."""
        if month % 2:
            return
        track = "retaliation" if month % 4 == 0 else "conduct"
        scheme = "cadres-and-enterprises" if track == "retaliation" and month >= 10 else "suqian-enterprises"
        rule = self.town.schemes.in_force(scheme, self.town.today())
        if rule is None or track not in rule.oversight.reports:
            return
        body = {"scheme": scheme, "track": track, "text": "有关情况如下，请予核查。"}
        await self.town.world.ask("POST", "intake", "/reports", roles={"enterprise"}, body=body, key=f"report-{month}")

    # Who serves whom --------------------------------------------------------------------------------------------------

    async def _serve(self, scheme: str) -> None:
        rule = self.town.rule(scheme)
        assert rule.matrix
        view = self.town.view(scheme)
        units = [unit.unit for unit in view.place.units if unit.kind == "department"]
        leader = next(unit.unit for unit in view.place.units if unit.kind == "leader" and not unit.vacant)
        tiers = [name for name, tier in rule.matrix.tiers.items() if not getattr(tier, "phases", False)]
        place = view.place.division
        enterprises = [row for row in self._registry if row["registered_in"].startswith(place)]
        for number in range(SERVED[scheme]):
            enterprise = enterprises[(number * 7 + 3) % len(enterprises)]
            tier = tiers[number % len(tiers)]
            body: dict[str, Any] = {
                "scheme": scheme, "kind": "enterprise", "name": enterprise["name"], "credit_code": enterprise["credit_code"],
                "contact": {"name": "林强", "phone": "13500000001"}, "tier": tier,
            }  # fmt: skip
            try:
                entered = await self.town.world.ask(
                    "POST", "intake", "/served", roles={"office"}, body=body, key=f"served-{scheme}-{number}"
                )
            except Refusal:
                continue
            served = entered["served"]
            who: dict[str, Any] = {
                "scheme": scheme, "kind": "enterprise", "tier": tier, "leader": leader, "unit": units[number % len(units)],
                "unit_leader": "分管负责人", "specialist": "服务专员",
            }  # fmt: skip
            if rule.matrix.ranks:
                who["specialist_rank"] = list(rule.matrix.ranks)[-1]
            await self.town.world.ask("PUT", "routing", f"/served/{served}", roles={"administrator"}, body=who)

    # Duties -----------------------------------------------------------------------------------------------------------

    def opened(self, fact: Fact) -> None:
        """Most duties are done in time, some late, a few not at all."""
        scheme = self.town.scheme(fact["scheme"])
        rule = scheme.duties[fact["duty"]]
        kept = chance(fact["occurrence"], "kept")
        due, today = day_of(fact["due_on"]), self.town.today()
        if kept > 0.94:
            return
        day = due + timedelta(days=4) if kept > 0.86 else max(today, due - timedelta(days=1 + int(kept * 8)))
        order = fact["occurrence"]
        if any(event.removesuffix(".v1") in BY_THEMSELVES | {"publication.published"} for event in rule.met_by):
            return
        moment = at(self.town.calendar.working_day_from(day), HOURS[0])
        if fact.get("served") and rule.met_by:
            for condition in rule.met_by.values():
                kind = next(iter(condition.get("kind", ())), None)
                for nth in range(rule.at_least):
                    self.town.diary.at(moment, order, lambda kind=kind, nth=nth: self._visit(fact, kind, nth))
        elif rule.met_by:
            return
        else:
            self.town.diary.at(moment, order, lambda: self._hand_in(fact, rule.evidence[0]))

    async def _hand_in(self, fact: Fact, kind: str) -> None:
        body = {"kind": kind, "reference": f"台账〔{fact['period']}〕"}
        path = f"/duties/{fact['occurrence']}/evidence"
        unit = fact["unit"]
        try:
            await self.town.world.ask("POST", "deadline", path, roles={"unit"}, unit=unit, subject=unit, body=body)
        except Refusal as refusal:
            if refusal.rule not in ("done-already", "already-met", "already-done"):
                raise

    async def _visit(self, fact: Fact, kind: str | None, nth: int) -> None:
        scheme = self.town.scheme(fact["scheme"])
        kind = kind or next(iter(scheme.visits))
        channel = next((name for name, one in scheme.channels.items() if one.kind == "officer"), None)
        finding = {
            "channel": channel,
            "title": "用工",
            "text": f"走访发现招工困难（{fact['occurrence']}，第{nth + 1}次）",
        }
        body = {
            "scheme": scheme.scheme, "kind": kind, "served": fact["served"], "unit": fact["unit"], "visitor": "服务专员",
            "findings": [finding] if channel and chance(fact["occurrence"], "finds") < 0.25 else [],
        }  # fmt: skip
        try:
            await self.town.world.ask(
                "POST", "intake", "/visits", roles={"unit"}, unit=fact["unit"], subject=fact["unit"], body=body,
                key=f"visit-{fact['occurrence']}-{kind}-{nth}",
            )  # fmt: skip
        except Refusal as refusal:
            if refusal.rule not in ("disturbs", "called-on-already", "no-nuisance"):
                raise

    # What is read -----------------------------------------------------------------------------------------------------

    def drafted(self, fact: Fact) -> None:
        number = fact["publication"]
        if chance(number, "approved") > 0.93:
            return

        self.town.diary.later(2 + int(chance(number, "days") * 6), number, lambda: self._approve(fact))

    async def _approve(self, fact: Fact) -> None:
        number = fact["publication"]
        form = self.town.scheme(fact["scheme"]).publications[fact["kind"]].form
        try:
            if form in ("positive-list", "negative-list"):
                await self._name(fact)
            await self.town.world.ask(
                "POST", "disclosure", f"/publications/{number}/approval", roles={"leader"}, subject="leader", body={}
            )
        except Refusal as refusal:
            # A draft that was written anew is told again.
            if refusal.rule != "approved-already":
                raise

    async def _name(self, fact: Fact) -> None:
        """A list is chosen by people: whom it names and what for."""
        units = [unit.unit for unit in self.town.view(fact["scheme"]).place.units if unit.kind == "department"]
        unit = units[int(chance(fact["publication"], "named") * len(units))]
        body = {
            "scheme": fact["scheme"], "kind": fact["kind"], "publication": fact["publication"], "basis": "selection",
            "listed": [{"unit": unit, "name": "服务专班", "why": "全程跟进，企业评价好"}],
        }  # fmt: skip
        await self.town.world.ask("POST", "disclosure", "/publications", roles={"office"}, subject="office", body=body)

    def summarized(self, fact: Fact) -> None:
        async def approve() -> None:
            body = {"leader": "分管负责同志", "scheme": fact["scheme"]}
            await self.town.world.ask(
                "POST", "disclosure", f"/summaries/{fact['month']}/approval", roles={"leader"}, body=body
            )

        late = chance(fact["id"], "column") > 0.9
        self.town.diary.later(8 if late else 3, fact["month"] + fact["scheme"], approve)
