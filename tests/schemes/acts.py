"""What people do in the stories: a sentence, and the HTTP call that it stands for."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from contracts.events import AppealFiled
from libs.policy.directory import Jurisdiction
from tests.schemes.city import ENTERPRISES, UNREGISTERED, City

Act = Callable[..., Awaitable[None]]
ACTS: list[tuple[re.Pattern[str], Act]] = []
NAMES = {
    "UNIT": r"[a-z]+_[a-z_]+",
    "CODE": r"[a-z0-9-]+",
    "DATE": r"\d{4}-\d\d-\d\d",
    "N": r"\d+",
    "PERIOD": r"[0-9A-Z-]+",
    "ANYBODY": r"[a-z]+_[a-z_]+|the office",
    "MEASURE": r"[a-z0-9-]+|the referral",
}


def act(sentence: str) -> Callable[[Act], Act]:
    """The sentence that a function lives through; `{unit:UNIT}` names a part, `[ so]` may be left out, `(a|b)` are choices."""
    pattern = re.sub(r"\[([^\[\]]+)\]", r"(?:\1)?", sentence)
    pattern = re.sub(r"\{(\w+):(\w+)\}", lambda m: f"(?P<{m[1]}>{NAMES.get(m[2], m[2])})", pattern)
    pattern = re.sub(r"\{(\w+):([^{}]+)\}", lambda m: f"(?P<{m[1]}>{m[2]})", pattern)

    def keep(function: Act) -> Act:
        ACTS.append((re.compile(pattern), function))
        return function

    return keep


class Story:
    """One story as it is lived through. `cases`: in the order in which they were filed; `case`: the one that it is about."""

    def __init__(self, city: City, scheme: str) -> None:
        self.city = city
        self.scheme = scheme
        self.cases: list[str] = []
        self.case = ""
        self.session = ""
        self.kept: dict[str, Any] = {}

    async def do(self, sentence: str) -> None:
        for pattern, function in ACTS:
            if match := pattern.fullmatch(sentence):
                await function(self, **match.groupdict())
                return
        raise AssertionError(f"nobody knows how to “{sentence}”; see tests/schemes/acts.py")

    async def ask(self, service: str, path: str, body: Any = None, *, method: str = "POST", **who: Any) -> Any:
        roles = who.pop("roles")
        return await self.city.ask(
            service, method, path, body, roles=(roles,) if isinstance(roles, str) else roles, **who
        )

    async def file(
        self,
        channel: str,
        *,
        enterprise: dict[str, str],
        district: str = "445102",
        text: str = "频繁停电，影响生产",
        **more: Any,
    ) -> str:
        dossier = {
            "enterprise": enterprise["name"],
            "credit_code": enterprise["credit_code"],
            "contact": {"name": "陈明", "phone": "13400000001"},
            "title": "用电",
            "text": text,
        }
        self.kept["enterprise"] = enterprise
        body = {"dossier": dossier, "channel": channel, "scheme": self.scheme, "entered_by": "话务员", **more}
        answer = await self.ask("intake", "/appeals", body, roles="operator")
        self.case = answer["case"]
        self.cases.append(self.case)
        return self.case

    async def dispatch(self, unit: str, *, task: str | None = None) -> str:
        """The unit's last hand-over in the case."""
        case = await self.city.state("routing", 0, self.case)
        of_unit = [d for d in case.dispatches.values() if d.unit == unit and task in (None, d.task)]
        assert of_unit, f"{unit} has no hand-over; there are {[d.unit for d in case.dispatches.values()]}"
        return of_unit[-1].dispatch

    async def by_unit(self, unit: str, what: str, body: Any = None) -> Any:
        path = f"/cases/{self.case}/dispatches/{await self.dispatch(unit)}/{what}"
        return await self.ask("routing", path, body, roles="unit", unit=unit)

    @property
    def place(self) -> Jurisdiction:
        """The level of government that the case is before."""
        directory = self.city.directory
        return directory.jurisdiction_of(self.filed().scheme if self.case else self.scheme)

    @property
    def district(self) -> str:
        """A district of the place: its own division where it has no districts below."""
        division = self.place.division
        return division if len(division) == 6 else "445102"

    def filed(self) -> AppealFiled:
        return next(f for f in self.city.facts if isinstance(f, AppealFiled) and f.case == self.case)


def registered_in(division: str, nth: int = 0) -> dict[str, str]:
    return [row for row in ENTERPRISES if row["registered_in"] == division][nth]


# --- filing and screening ---------------------------------------------------------------------------------------------


@act("an enterprise files through {channel:CODE}")
async def file(story: Story, channel: str) -> None:
    await story.file(channel, enterprise=registered_in("445102"))


@act("an enterprise registered in {division:N} files through {channel:CODE}")
async def file_registered(story: Story, division: str, channel: str) -> None:
    await story.file(channel, enterprise=registered_in(division))


@act("an unregistered enterprise files through {channel:CODE}")
async def file_unregistered(story: Story, channel: str) -> None:
    await story.file(channel, enterprise=UNREGISTERED)


@act("the second review {verdict:verifies|refuses} it")
async def review(story: Story, verdict: str) -> None:
    verified = verdict == "verifies"
    body = {"matches": verified, "registered_in": "445102" if verified else None, "reason": "查档"}
    await story.ask("intake", f"/appeals/{story.case}/review", body, roles="registry-reviewer")


@act(
    "the screener accepts it as {category:CODE} for the {level:CODE}"
    "[ (?:in class|as class) {complexity:CODE}][ for {lead:UNIT}][ with {with_:UNIT}][ {override:all the same}]"
)
async def accept(
    story: Story,
    category: str,
    level: str,
    complexity: str | None = None,
    lead: str | None = None,
    with_: str | None = None,
    override: str | None = None,
) -> None:
    body: dict[str, Any] = {"category": category, "level": level, "district": story.district}
    if complexity:
        body["complexity"] = complexity
    if lead:
        body["lead"] = lead
    if with_:
        body["co_handlers"] = [with_]
    if override:
        body["override"] = "主要生产基地在本市"
    await story.ask("intake", f"/appeals/{story.case}/acceptance", body, roles="screener")


@act("the screener returns it as {reason:CODE}")
async def give_back(story: Story, reason: str) -> None:
    await story.ask(
        "intake", f"/appeals/{story.case}/return", {"reason": reason, "explanation": "说明"}, roles="screener"
    )


@act("the screener asks for a supplement")
async def ask_supplement(story: Story) -> None:
    await story.ask("intake", f"/appeals/{story.case}/supplement-request", {"text": "请补充"}, roles="screener")


@act("the enterprise supplements it")
async def supplement(story: Story) -> None:
    await story.ask(
        "intake", f"/appeals/{story.case}/supplement", {"text": "补充"}, roles="enterprise", case=story.case
    )


@act("the enterprise withdraws it")
async def withdraw(story: Story) -> None:
    await story.ask("intake", f"/appeals/{story.case}/withdrawal", roles="enterprise", case=story.case)


# --- units ------------------------------------------------------------------------------------------------------------


@act("{unit:UNIT} takes it")
async def take(story: Story, unit: str) -> None:
    await story.by_unit(unit, "taking")


@act("{unit:UNIT} objects, proposing {proposed:UNIT}")
async def object_to(story: Story, unit: str, proposed: str) -> None:
    await story.by_unit(unit, "objection", {"reason": "非本单位职责", "proposed": proposed})


@act("{unit:UNIT} tells its progress")
async def progress(story: Story, unit: str) -> None:
    await story.by_unit(unit, "progress", {"text": "正在核实"})


@act("{unit:UNIT} replies[ as {outcome:CODE}]")
async def reply(story: Story, unit: str, outcome: str | None = None) -> None:
    await story.by_unit(unit, "reply", {"outcome": outcome or "solved", "result": "结果", "answer": "答复"})


@act("{unit:UNIT} replies that it goes by law")
async def reply_by_law(story: Story, unit: str) -> None:
    await story.by_unit(unit, "reply", {"outcome": "by-law", "result": "结果", "answer": "答复"})


@act("{unit:UNIT} cannot solve it")
async def unresolved(story: Story, unit: str) -> None:
    await story.by_unit(unit, "unresolved", {"opinion": "需上级协调"})


@act("{unit:UNIT} decides finally")
async def decide_finally(story: Story, unit: str) -> None:
    await story.by_unit(unit, "final-decision", {"talk": "已沟通", "answer": "维持"})


# --- administrator, superior, office ----------------------------------------------------------------------------------


@act("the administrator grants {unit:UNIT} its objection, to {to:UNIT}")
async def grant(story: Story, unit: str, to: str) -> None:
    body = {"dispatch": await story.dispatch(unit), "grant": True, "unit": to, "reason": "职责"}
    await story.ask("routing", f"/cases/{story.case}/dispute-decision", body, roles="administrator")


@act("the administrator refuses {unit:UNIT} its objection")
async def refuse(story: Story, unit: str) -> None:
    body = {"dispatch": await story.dispatch(unit), "grant": False, "unit": unit, "reason": "职责"}
    await story.ask("routing", f"/cases/{story.case}/dispute-decision", body, roles="administrator")


@act("the superior designates {to:UNIT}")
async def designate(story: Story, to: str) -> None:
    case = await story.city.state("routing", 0, story.case)
    disputed = next(d for d in case.dispatches.values() if d.status == "disputed")
    body = {"dispatch": disputed.dispatch, "unit": to, "reason": "指定"}
    await story.ask("routing", f"/cases/{story.case}/designation", body, roles="superior")


@act("the office {verdict:lists|gives back|sends up} what {unit:UNIT} could not solve")
async def office(story: Story, verdict: str, unit: str) -> None:
    body = {
        "dispatch": await story.dispatch(unit),
        "climbs": verdict in ("lists", "sends up"),
        "unit": None,
        "reason": "审核",
    }
    await story.ask("routing", f"/cases/{story.case}/climb-review", body, roles="office")


# --- the enterprise judges --------------------------------------------------------------------------------------------


@act("the invitation is delivered")
async def invitation(story: Story) -> None:
    letters = story.city.schemes[story.filed().scheme].letters
    template = next(letter.template for letter in letters if letter.after == "rating.invited.v1")
    await story.city.deliver(story.case, template)


async def rated(story: Story, rating: str, path: str, way: str = "sms-link") -> None:
    code = (await story.ask("evaluation", f"/cases/{story.case}/invitation", method="GET", roles="service"))["code"]
    body = {"code": code, "rating": rating, "way": way}
    await story.ask("evaluation", f"/cases/{story.case}/{path}", body, roles="enterprise", case=story.case)


@act("the enterprise rates it {rating:CODE}")
async def rate(story: Story, rating: str) -> None:
    await rated(story, rating, "rating")


@act("the enterprise rates it again, {rating:CODE}")
async def rate_again(story: Story, rating: str) -> None:
    await rated(story, rating, "second-rating")
