"""Those who bring appeals, and the desks that take them in: filing, second review, screening, signatures, answers at once."""

from collections.abc import Mapping
from typing import Any

from deploy.demo.year.diary import Act, Fact, Refusal, Town, chance
from deploy.demo.year.plans import Plan, Story


class Desks:
    """`plans`: by case, those of cases that the system filed itself included."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.plans: dict[str, Plan] = {}
        self.by_phone: dict[str, Plan] = {}

    def hears(self) -> Mapping[str, Any]:
        return {
            "appeal.filed": self.filed,
            "appeal.mismatched": self.mismatched,
            "appeal.accepted": self.accepted,
        }

    def begin(self, plans: list[Plan]) -> None:
        for plan in plans:
            self.by_phone[plan.dossier["contact"]["phone"]] = plan
            if plan.filed_at is not None:
                self.town.diary.at(plan.filed_at, plan.key, self._filing(plan))

    def _filing(self, plan: Plan) -> Act:
        async def file() -> None:
            body: dict[str, Any] = {"dossier": plan.dossier, "channel": plan.channel, "scheme": plan.scheme}
            scheme = self.town.schemes.in_force(plan.scheme, self.town.today())
            if scheme is None:
                return
            if scheme.channels[plan.channel].entered_by:
                body["entered_by"] = "受理员3号"
            receipt = await self.town.world.ask(
                "POST", "intake", "/appeals", roles={"operator"}, body=body, key=plan.key
            )
            self.plans[receipt["case"]] = plan

        return file

    def filed(self, fact: Fact) -> None:
        case = fact["case"]
        if case not in self.plans:
            self.town.diary.later(0, case, lambda: self._first_look(case, fact))
        else:
            self._to_screen(case)

    async def _first_look(self, case: str, fact: Fact) -> None:
        """A case that the system filed: handed over by another level, or found on a visit."""
        if case not in self.plans:
            scheme = self.town.scheme(fact["scheme"])
            place = self.town.view(fact["scheme"]).place
            first_level = list(scheme.levels)[-1]
            category = sorted(scheme.categories)[int(chance(case, "category") * len(scheme.categories))]
            district = place.division if len(place.division) == 6 else "445102"
            self.plans[case] = Plan(
                key=case, scheme=scheme.scheme, story=Story("of its own"), channel=fact["channel"], level=first_level,
                district=district, category=category,
            )  # fmt: skip
        self._to_screen(case)

    def _to_screen(self, case: str) -> None:
        plan = self.plans[case]
        if plan.story.withdrawn:
            self.town.diary.later(0, case, lambda: self._withdraw(case))
        else:
            self.town.diary.later(1, case, lambda: self._screen(case))

    async def _withdraw(self, case: str) -> None:
        await self.town.world.ask("POST", "intake", f"/appeals/{case}/withdrawal", roles={"enterprise"}, case=case)

    def mismatched(self, fact: Fact) -> None:
        case = fact["case"]

        async def review() -> None:
            body = {"matches": True, "registered_in": self.plans[case].district, "reason": "经核查登记档案"}
            await self.town.world.ask(
                "POST", "intake", f"/appeals/{case}/review", roles={"registry-reviewer"}, body=body
            )

        self.town.diary.at(self.town.diary.moment(0), case, review)

    async def _screen(self, case: str) -> None:
        plan, world = self.plans[case], self.town.world
        scheme = self.town.schemes.in_force(plan.scheme, self.town.today())
        if scheme is None:
            return
        if plan.story.returned:
            body = {"reason": self._reason(scheme), "explanation": "经甄别不属于受理范围，请循其他途径反映"}
            await world.ask("POST", "intake", f"/appeals/{case}/return", roles={"screener"}, body=body)
            return
        body: dict[str, Any] = {"category": plan.category, "district": plan.district, "level": plan.level}
        if scheme.complexities:
            names = list(scheme.complexities)
            body["complexity"] = names[int(chance(case, "class") * len(names))]
        if lead := self._lead(plan, scheme):
            body["lead"] = lead
        await world.ask("POST", "intake", f"/appeals/{case}/acceptance", roles={"screener"}, body=body)

    def _reason(self, scheme: Any) -> str:
        given = {
            scheme.eligibility.unverified,
            scheme.eligibility.unsupplemented,
            scheme.eligibility.otherwise,
            "duplicate",
        }
        return next((reason for reason in scheme.returns if reason not in given), scheme.eligibility.unverified)

    def _lead(self, plan: Plan, scheme: Any) -> str | None:
        """Named where no department answers for the category by the directory."""
        rung = scheme.rung(scheme.levels[plan.level].rung)
        if rung.holder != "department":
            return None
        units = [unit for unit in self.town.view(scheme.ref).place.units if unit.kind == "department"]
        if any(plan.category in unit.categories for unit in units):
            return None
        return units[int(chance(plan.key, "lead") * len(units))].unit

    def accepted(self, fact: Fact) -> None:
        """What must be reviewed and signed before the hand-over (003-27, 003-28)."""
        case = fact["case"]
        scheme = self.town.scheme(fact["scheme"])
        for number, review in enumerate(scheme.reviews):
            self.town.diary.later(
                0 if number < 2 else 1, f"{case}-{number}", self._signing(case, review.step, review.who)
            )
        if self.plans[case].story.reclassified and scheme.complexities:
            self.town.diary.later(2, case, lambda: self._reclassify(case, list(scheme.complexities)[-1]))

    def _signing(self, case: str, step: str, who: str) -> Act:
        async def sign() -> None:
            view = self.town.view(self.plans[case].scheme)
            # While the post is vacant the office signs.
            signer = view.leader_for(who, self.plans[case].category) or view.audience("office")
            body = {"step": step, "approved": True, "reason": "同意"}
            role = "leader" if signer.kind == "leader" else "office"
            await self.town.world.ask(
                "POST",
                "routing",
                f"/cases/{case}/review",
                roles={role},
                unit=signer.unit,
                subject=signer.unit,
                body=body,
            )

        return sign

    async def _reclassify(self, case: str, complexity: str) -> None:
        body = {"complexity": complexity, "reason": "经核实情况较为复杂"}
        try:
            await self.town.world.ask("POST", "routing", f"/cases/{case}/class", roles={"office"}, body=body)
        except Refusal as refusal:
            if refusal.rule not in ("case-closed", "answered-before", "same-class"):
                raise

    def story_of(self, case: str) -> Story:
        plan = self.plans.get(case)
        return plan.story if plan else Story("of its own")
