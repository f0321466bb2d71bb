"""Units and leaders at work on what is handed to them: taking, replying, giving up with an opinion, deciding."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from deploy.demo.year.desks import Desks
from deploy.demo.year.diary import Fact, Refusal, Town, chance, day_of

OVERTAKEN = {
    "not-yours-any-more", "already-answered", "case-closed", "case-withdrawn", "already-taken", "nothing-to-review",
    "objection-pending", "no-such-case", "nothing-to-judge", "asked-late", "asked-before", "answered-before",
    "answered-above", "no-such-limit", "top-of-the-ladder",
}  # fmt: skip
"""Rules by which somebody is told that the matter has gone on without them."""


class Units:
    def __init__(self, town: Town, desks: Desks) -> None:
        self.town = town
        self.desks = desks
        self._climbed: Counter[str] = Counter()
        self._offered: set[str] = set()

    def hears(self) -> Mapping[str, Any]:
        return {
            "case.assigned": self.assigned,
            "case.unresolved": self.unresolved,
            "case.sent_back": self.sent_back,
            "case.extension_asked": self.extension_asked,
            "case.answered": self.answered,
            "clock.missed": self.missed,
            "commitment.asked": self.commitment_asked,
        }

    def assigned(self, fact: Fact) -> None:
        unit = self.town.directory.unit(fact["unit"])
        case, story = fact["case"], self.desks.story_of(fact["case"])
        diary = self.town.diary
        if unit.kind == "leader":
            diary.later(2, case, lambda: self._decide(fact))
        elif fact["task"] == "final-decision":
            diary.later(
                3, case, lambda: self._act(fact, "final-decision", talk="已当面沟通", answer="维持原意见并增加回访")
            )
        elif fact["role"] == "co-handler":
            diary.later(1, case, lambda: self._reply(fact))
        elif fact["task"] == "handle" and self._gives_up(case):
            diary.later(0, case, lambda: self._act(fact, "taking"))
            diary.later(
                1, case, lambda: self._act(fact, "unresolved", opinion="现有权限和政策下无法单独解决，建议上级协调。")
            )
        elif story.late and fact["task"] == "handle":
            diary.later(13, case, lambda: self._reply(fact))
        else:
            diary.later(0, case, lambda: self._take(fact))
            days = 1 if fact.get("complexity") else 3 + int(chance(case, "days") * 4)
            if story.more_time and fact["task"] == "handle":
                days += 2
                diary.later(1, case, lambda: self._ask_time(fact))
            diary.later(days, case, lambda: self._reply(fact))

    def _gives_up(self, case: str) -> bool:
        if self._climbed[case] >= self.desks.story_of(case).climbs:
            return False
        self._climbed[case] += 1
        return True

    async def _act(self, fact: Fact, what: str, **body: Any) -> None:
        await self._do(fact, what, **body)

    async def _do(self, fact: Fact, what: str, **body: Any) -> bool:
        """Whether it was done; what has gone on without the unit is left alone."""
        path = f"/cases/{fact['case']}/dispatches/{fact['subject']}/{what}"
        unit = fact["unit"]
        try:
            await self.town.world.ask(
                "POST", "routing", path, roles={"unit"}, unit=unit, subject=unit, body=body or None
            )
        except Refusal as refusal:
            if refusal.rule not in OVERTAKEN:
                raise
            return False
        return True

    async def _take(self, fact: Fact) -> None:
        if fact["task"] == "handle":
            await self._do(fact, "taking")

    async def _reply(self, fact: Fact) -> None:
        scheme = self.town.scheme(fact["scheme"])
        outcome = next(iter(scheme.outcomes))
        if chance(fact["case"], "outcome") > 0.9 and len(scheme.outcomes) > 1:
            outcome = list(scheme.outcomes)[1]
        answer = "贵企业反映的事项已办理，专人跟进。"
        answered = await self._do(fact, "reply", outcome=outcome, result="已现场核实并办理", answer=answer)
        if answered and fact["task"] == "carry-out" and scheme.decisions and scheme.decisions.report:
            self.town.diary.later(1, fact["case"], lambda: self._report(fact))

    async def _report(self, fact: Fact) -> None:
        await self._do(fact, "report", text="会议决定事项已落实。")

    async def _ask_time(self, fact: Fact) -> None:
        scheme = self.town.scheme(fact["scheme"])
        assert scheme.extension
        for clock in scheme.extension.clocks:
            if clock in ("reply", "handling", "department"):
                await self._do(fact, "extension", clock=clock, working_days=1, reason="需要第三方检测")
                return

    def extension_asked(self, fact: Fact) -> None:
        async def decide() -> None:
            body = {
                "dispatch": fact["subject"],
                "clock": fact["clock"],
                "grant": chance(fact["case"], "time") < 0.7,
                "reason": "情况属实",
            }
            try:
                await self.town.world.ask(
                    "POST",
                    "routing",
                    f"/cases/{fact['case']}/extension-decision",
                    roles={"office"},
                    subject="office",
                    body=body,
                )
            except Refusal as refusal:
                if refusal.rule not in OVERTAKEN:
                    raise

        self.town.diary.later(0, fact["case"], decide)

    # Leaders ----------------------------------------------------------------------------------------------------------

    async def _decide(self, fact: Fact) -> None:
        case, unit = fact["case"], fact["unit"]
        plan = self.desks.plans[case]
        body: dict[str, Any] = {"outcome": "unresolved", "opinion": "超出职责范围，提请上级研究。", "tasks": []}
        if not self._gives_up(case):
            due = self.town.worked(self.town.today() + timedelta(days=1), 6)
            lead = self._department(fact["scheme"], plan.category, case)
            task = {"units": [lead], "lead": lead, "due_on": due.isoformat()}
            body = {"outcome": "resolved", "opinion": "请牵头单位限期办结。", "tasks": [task]}
        path = f"/cases/{case}/dispatches/{fact['subject']}/decision"
        try:
            await self.town.world.ask("POST", "routing", path, roles={"leader"}, unit=unit, subject=unit, body=body)
        except Refusal as refusal:
            if refusal.rule in ("top-of-the-ladder", "answered-above"):
                self.town.diary.later(1, case, lambda: self._decide(fact))
            elif refusal.rule not in OVERTAKEN:
                raise

    def _department(self, scheme: str, category: str, case: str) -> str:
        units = [unit for unit in self.town.view(scheme).place.units if unit.kind == "department"]
        fitting = [unit for unit in units if category in unit.categories] or units
        return fitting[int(chance(case, "department") * len(fitting))].unit

    # The office -------------------------------------------------------------------------------------------------------

    def unresolved(self, fact: Fact) -> None:
        scheme = self.town.scheme(fact["scheme"])
        if scheme.rung(fact["rung"]).review:
            self.town.diary.later(1, fact["case"], lambda: self._review_climb(fact))

    async def _review_climb(self, fact: Fact) -> None:
        climbs = chance(fact["case"], "climbs") < 0.85
        body = {"dispatch": fact["subject"], "climbs": climbs, "reason": "经审核属实" if climbs else "仍属本级职能范围"}
        scheme = self.town.scheme(fact["scheme"])
        above = scheme.rung(scheme.rung(fact["rung"]).up or "")
        if climbs and above.holder == "department":
            body["unit"] = self._department(fact["scheme"], self.desks.plans[fact["case"]].category, fact["case"])
        try:
            await self.town.world.ask(
                "POST", "routing", f"/cases/{fact['case']}/climb-review", roles={"office"}, body=body
            )
        except Refusal as refusal:
            if refusal.rule not in OVERTAKEN:
                raise

    def sent_back(self, fact: Fact) -> None:
        self.town.diary.later(3, fact["case"], lambda: self._reply(fact | {"task": "handle"}))

    def missed(self, fact: Fact) -> None:
        """The office judges what a unit let lie (000-15): mostly it lets the unit finish."""
        rule = self.town.scheme(fact["scheme"]).clocks[fact["clock"]]
        if "office-judges" in rule.missed and chance(fact["case"], "judged") < 0.5:
            self.town.diary.later(1, fact["case"], lambda: self._judge(fact))

    async def _judge(self, fact: Fact) -> None:
        body = {"dispatch": fact["of"], "opinion": "逾期未办结，认定尚未得到有效解决。"}
        try:
            await self.town.world.ask(
                "POST", "routing", f"/cases/{fact['case']}/judgement", roles={"office"}, body=body
            )
        except Refusal as refusal:
            if refusal.rule not in OVERTAKEN:
                raise

    def answered(self, fact: Fact) -> None:
        if self.desks.story_of(fact["case"]).doubted:
            case = fact["case"]
            self.town.diary.later(1, case, lambda: self._doubt(case))

    async def _doubt(self, case: str) -> None:
        try:
            await self.town.world.ask(
                "POST", "intake", f"/appeals/{case}/doubt", roles={"enterprise"}, case=case, body={"text": "仍有疑问"}
            )
        except Refusal as refusal:
            if refusal.rule not in OVERTAKEN | {"doubted-already", "not-answered"}:
                raise

    def commitment_asked(self, fact: Fact) -> None:
        """Units charged by a session publish what they promise within three working days (001-47); some are late."""
        days = 5 if chance(fact["subject"], "commitment") > 0.85 else 2
        self.town.diary.later(days, fact["case"], lambda: self._promise(fact))

    async def _promise(self, fact: Fact) -> None:
        due = self.town.worked(self.town.today() + timedelta(days=1), 8)
        if fact.get("due_on"):
            due = min(due, day_of(fact["due_on"]))
        body = {
            "leader": "分管副局长",
            "person": "业务科科长",
            "due_on": due.isoformat(),
            "measures": "成立专班，每周调度，限期办结。",
        }
        await self._do(fact, "commitment", **body)
