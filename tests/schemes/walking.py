"""Who could do what with a case as it stands, in the sentences of the stories; and what a case waits for."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml

import tests.schemes.acts_more  # noqa: F401  # more sentences
from contracts.catalogue import CATALOGUE
from contracts.events import AppealFiled, Event, SessionProposed
from libs.policy.scheme import Scheme
from libs.policy.shanghai import SHANGHAI, day_of
from services.evaluation.judging import call_back_due
from tests.schemes.acts import Story, act
from tests.schemes.city import CALENDAR, SCHEMES, City, Turned

NO_CASE_NEEDS_THEM = ("duties", "publications")


def without_duties(folder: Path) -> Path:
    """The schemes as far as cases and sessions go: their duties run beside them all year and would only take time."""
    for file in SCHEMES.glob("*.yaml"):
        told = yaml.safe_load(file.read_text("utf-8"))
        for part in NO_CASE_NEEDS_THEM:
            told.pop(part, None)
        # 004 lives three months of one year: here it lives as long as the others.
        told["in_force"].pop("to", None)
        (folder / file.name).write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


def worked(day: date, days: int) -> date:
    return CALENDAR.add_working_days(day, days)


@act("the office submits it again")
async def resubmit(story: Story) -> None:
    await story.ask("routing", f"/cases/{story.case}/resubmission", {"reason": "已补正"}, roles="office")


@act("the office sends what {unit:UNIT} could not solve up to {rung:CODE}")
async def send_up_to(story: Story, unit: str, rung: str) -> None:
    body = {"dispatch": await story.dispatch(unit), "climbs": True, "to": rung, "reason": "审核"}
    await story.ask("routing", f"/cases/{story.case}/climb-review", body, roles="office")


@act("the office hands it down to {scheme:CODE} through {channel:CODE}")
async def hand_down(story: Story, scheme: str, channel: str) -> None:
    body = {"to_scheme": scheme, "channel": channel, "reason": "属地办理"}
    await story.ask("routing", f"/cases/{story.case}/transfer", body, roles="office")


@act("the day {day:DATE} comes")
async def day_comes(story: Story, day: str) -> None:
    await story.city.until(max(story.city.now, datetime.combine(date.fromisoformat(day), time(10), SHANGHAI)))


@act("the inspection office finds its order done")
async def order_done(story: Story) -> None:
    known = await story.city.state("evaluation", 0, story.case)
    order, about = next((number, one) for number, one in known.orders.items() if not one.met)
    answer = f"/cases/{story.case}/orders/{order}/answer"
    await story.ask("evaluation", answer, {"done": "已办结"}, roles="unit", unit=about.unit)
    await story.ask("evaluation", f"/cases/{story.case}/orders/{order}/done", roles="inspector")


@dataclass
class Standing:
    """A case in every service, and what of it is worth a look."""

    story: Story
    scheme: Scheme
    appeal: Any
    routed: Any
    judged: Any
    clocks: Any
    facts: list[Event] = field(default_factory=list[Event])

    @property
    def over(self) -> bool:
        return self.appeal.over or (self.routed is not None and self.routed.over)

    @property
    def open(self) -> list[Any]:
        return self.routed.open_dispatches() if self.routed else []

    @property
    def accepted(self) -> bool:
        return self.routed is not None and self.routed.accepted

    @property
    def departments(self) -> list[Any]:
        return [unit for unit in self.story.place.units if unit.kind == "department"]

    def to_review(self) -> list[Any]:
        """Hand-overs whose unit could not solve it, and whose rung wants the office to look first."""
        if not self.accepted or self.routed.listed or self.away:
            return []
        last = [d for d in self.routed.dispatches.values() if d.status == "unresolved" and d.rung == self.routed.rung]
        return [d for d in last if self.scheme.rung(d.rung).review]

    @property
    def away(self) -> bool:
        return self.routed.transfer is not None and self.routed.transfer.answered_as is None


async def standing(story: Story, case: str) -> Standing:
    story.case = case
    city = story.city
    appeal, routed, judged, clocks = [
        await city.state(service, 0, case) for service in ("intake", "routing", "evaluation", "deadline")
    ]
    # What is asked of a case that went to another level is asked under the scheme there.
    story.scheme = story.filed().scheme.partition("@")[0]
    return Standing(story, city.schemes[story.filed().scheme], appeal, routed, judged, clocks)


# --- what it waits for ------------------------------------------------------------------------------------------------


def waits_for(one: Standing) -> list[str]:
    """Everybody and everything that a case which is not over waits for; empty: it is stuck."""
    found: list[str] = []
    routed, judged = one.routed, one.judged
    if not one.accepted:
        found.append("screening")
    else:
        found += [f"{dispatch.unit} to act" for dispatch in one.open]
        found += ["the office's review of a climb"] if one.to_review() else []
        found += ["another level of government"] if one.away else []
        found += ["a review or signature"] if not routed.handed_over and not routed.listed else []
        if routed.listed and (routed.listed_for is None or routed.listed_for in one.scheme.sessions):
            found.append("a session")
    if one.clocks and any(not c.paused and not c.ran_out for c in one.clocks.running):
        found.append("a limit")
    if judged is not None and judged.answered:
        found += ["a call-back"] if call_back_due(judged, one.scheme) else []
    return found


# --- who could do what ------------------------------------------------------------------------------------------------


async def possible(one: Standing) -> list[str]:
    """What somebody could do now, legal by its looks. Several sentences, one after the other, are parted by ` / `."""
    acts = [*_intake(one), *_after_the_answer(one)]
    if one.accepted:
        acts += [*_units(one), *_office(one), *await _reviews(one), *await _sessions(one)]
    return acts


def _intake(one: Standing) -> list[str]:
    appeal, scheme = one.appeal, one.scheme
    if one.over:
        return []
    if appeal.category is not None:
        doubts = scheme.decisions is not None and scheme.decisions.doubts and appeal.stands_answered
        return ["the enterprise doubts it"] if doubts else ["the enterprise withdraws it"]
    acts = ["the enterprise withdraws it"]
    if appeal.mismatched and not appeal.verified:
        acts += ["the second review verifies it", "the second review refuses it"]
    if appeal.supplement_wanted is not None:
        return [*acts, "the enterprise supplements it"]
    acts.append("the screener asks for a supplement")
    acts += [f"the screener returns it as {reason}" for reason in scheme.returns]
    if scheme.at_once and appeal.channel in scheme.at_once.channels:
        acts.append("the operator answers it at once by directly")
    acts += accepting(one)
    return acts


def accepting(one: Standing) -> list[str]:
    """For each level and class, one category of each kind of leader's portfolio."""
    acts: list[str] = []
    for level in one.scheme.levels:
        for name in one.scheme.complexities or ("",):
            for category in list(one.scheme.categories)[:6]:
                fitting = [u for u in one.departments if category in u.categories] or one.departments
                kind = f" as class {name}" if name else ""
                rung = one.scheme.rung(one.scheme.levels[level].rung)
                lead = f" for {fitting[0].unit}" if rung.holder == "department" else ""
                acts.append(f"the screener accepts it as {category} for the {level}{kind}{lead} all the same")
    return acts


def _units(one: Standing) -> list[str]:
    acts: list[str] = []
    scheme, today = one.scheme, day_of(one.story.city.now)
    for d in one.open:
        unit = one.story.city.directory.unit(d.unit)
        lead = one.departments[len(one.routed.dispatches) % len(one.departments)].unit
        if unit.kind == "leader":
            acts += [
                f"{d.unit} decides it resolved with {lead} in the lead by {worked(today, 5)}",
                f"{d.unit} decides it unresolved",
            ]
            if scheme.decisions and scheme.decisions.explained:
                acts.append(f"{d.unit} decides it explained")
            continue
        if d.task == "final-decision":
            acts.append(f"{d.unit} decides finally")
            continue
        if d.status == "disputed":
            acts += [
                f"the administrator grants {d.unit} its objection, to {lead}",
                f"the administrator refuses {d.unit} its objection",
                f"the superior designates {lead}",
            ]
            if scheme.disputes and scheme.disputes.unclear_to:
                acts.append(f"the administrator sends what {d.unit} objected to to the joint meeting")
        if d.status == "offered":
            acts += [f"{d.unit} takes it"]
            acts += [f"{d.unit} objects, proposing {lead}"] if scheme.disputes else []
        acts += [f"{d.unit} tells its progress", f"{d.unit} cannot solve it"]
        acts += [f"{d.unit} replies as {outcome}" for outcome in scheme.outcomes]
        acts += [f"{d.unit} cannot solve it, and reports to {rung}" for rung in scheme.rung(d.rung).skip_to]
        if scheme.problem_list:
            acts.append(f"{d.unit} fixes the plan")
        if scheme.extension:
            acts += [f"{d.unit} asks for 2 more working days on {clock}" for clock in scheme.extension.clocks]
            asked = [asking for asking in d.extensions if asking.status == "asked"]
            for verdict in ("grants", "refuses"):
                acts += [f"the office {verdict} {d.unit} its extension of {asking.clock}" for asking in asked]
        late = set(one.routed.missed.get(d.dispatch, ()))
        if late & scheme.clocks_missed_with("office-judges"):
            acts.append(f"the office judges unresolved what {d.unit} let lie")
    if scheme.decisions and scheme.decisions.report:
        done = [d for d in one.routed.dispatches.values() if d.task == "carry-out" and d.status != "recalled"]
        acts += [f"{d.unit} reports in writing" for d in done]
    acts += [f"{c.unit} commits itself to {worked(today, 3)}" for c in one.routed.issue.charges.values()]
    return acts


def _office(one: Standing) -> list[str]:
    acts: list[str] = []
    if one.over:
        return acts
    acts += [f"the office classes it {name}" for name in one.scheme.complexities if name != one.routed.complexity]
    if one.routed.plan is not None:
        acts.append("the office strikes it off")
    for d in one.to_review():
        acts += [f"the office {verdict} what {d.unit} could not solve" for verdict in ("gives back", "sends up")]
        acts += [f"the office sends what {d.unit} could not solve up to {r}" for r in one.scheme.rung(d.rung).skip_to]
    if one.routed.answered_by is None and not one.away:
        acts += [f"the office hands it down to {name} through {channel}" for name, channel in _below(one)]
    return acts


def _below(one: Standing) -> list[tuple[str, str]]:
    city = one.story.city
    return [
        (name, channel)
        for place in city.directory.jurisdictions
        if place.under == one.story.place.jurisdiction
        for name in place.schemes
        if (scheme := city.schemes.in_force(name, day_of(city.now))) is not None
        for channel, way in scheme.channels.items()
        if way.kind == "transfer"
    ]


async def _reviews(one: Standing) -> list[str]:
    if one.over or one.routed.handed_over or one.routed.listed or not one.scheme.reviews:
        return []
    waiting = await one.story.ask("routing", "/waiting-for-review", method="GET", roles="office")
    mine = [entry for entry in waiting if entry["case"] == one.story.case]
    if not mine:
        return []
    if mine[0]["refused_by"]:
        return ["the office submits it again"]
    step = next(review for review in one.scheme.reviews if review.step == mine[0]["step"])
    acts = [
        f"{post} {verdict} the step {step.step}" for post in mine[0]["posts"] for verdict in ("approves", "refuses")
    ]
    if step.to_session:
        acts += [f"{post} sends it from the step {step.step} to the session" for post in mine[0]["posts"]]
    return acts


async def _sessions(one: Standing) -> list[str]:
    if one.over or not one.routed.listed:
        return []
    kind = one.routed.listed_for or next(r.of for r in one.scheme.ladder if r.rung == one.routed.rung)
    rule = one.scheme.sessions[str(kind)]
    today = day_of(one.story.city.now)
    leaders = [u for u in one.story.place.units if u.kind == "leader" and not u.vacant]
    chair = next((u.unit for rank in rule.chair for u in leaders if u.rank == rank), leaders[0].unit)
    theme = " on 用电保障" if rule.theme else ""
    scheme = one.scheme.scheme
    coming = [
        fact.held_on
        for fact in one.story.city.facts
        if isinstance(fact, SessionProposed)
        and fact.kind == kind
        and fact.scheme.startswith(f"{scheme}@")
        and fact.held_on > today
    ]
    day = min(coming, default=worked(today, 2))
    called = f"the office {'confirms the' if coming else 'calls a'} {kind} for {day}{'' if coming else theme}"
    lead = one.departments[0].unit
    prepared = (
        f"{called} / {chair} attends the session / the office puts it on the agenda / {chair} approves the agenda"
    )
    prepared += f" / the day {day} comes"
    held = "the session is held / the opinions are put to {0} / {0} approves the opinions / the minutes are kept"
    held = held.format(chair)
    return [
        called,
        f"{prepared} / the leader finds it resolved with {lead} in the lead by {worked(day, 5)} / {held}",
        f"{prepared} / the leader finds it unresolved / {held}",
        f"{prepared} / the leader finds it explained / {held}",
        f"{called} / the session is cancelled",
    ]


def meetings(one: Standing) -> list[str]:
    """Sessions of every kind that the scheme knows, whether or not a case waits for them."""
    today = day_of(one.story.city.now)
    day = worked(today, 2)
    leader = next(u.unit for u in one.story.place.units if u.kind == "leader" and not u.vacant)
    return [
        f"the office calls a {kind} for {day}{' on 用电保障' if rule.theme else ''} / {leader} attends the session"
        f" / the day {day} comes / the session is held"
        for kind, rule in one.scheme.sessions.items()
    ]


def _after_the_answer(one: Standing) -> list[str]:
    judged, scheme = one.judged, one.scheme
    if judged is None or not judged.answered or judged.withdrawn:
        return []
    today = day_of(one.story.city.now)
    acts: list[str] = []
    words = list(scheme.rating.scale) or list(scheme.rating.levels)
    if judged.invited:
        acts += [] if judged.invitation_delivered or judged.rating else ["the invitation is delivered"]
        acts += [f"the enterprise rates it {word}" for word in words] if judged.rating is None else []
        acts += [f"the enterprise rates it again, {word}" for word in words] if judged.rating is not None else []
    if call_back_due(judged, scheme):
        assert scheme.rating.call_back
        ways = {"phone": "by phone", "on-site": "on-site"}
        for way in scheme.rating.call_back.by:
            for found in ("solved", "unsolved"):
                who = judged.unit if scheme.rating.call_back.solver and found == "solved" else "the office"
                acts.append(f"{who} calls back {ways[way]} and finds it {found}")
    if judged.correction and judged.correction.ended_at is None:
        acts.append(f"{judged.correction.unit} corrects it")
    if scheme.oversight.orders and not judged.orders:
        acts.append(f"the inspection office orders {judged.unit} to act by {worked(today, 3)}")
    if any(not order.met for order in judged.orders.values()):
        acts.append("the inspection office finds its order done")
    if scheme.oversight.rectification:
        listed = judged.rectification is not None and judged.rectification.ended_at is None
        by = f"the office lists it for rectification with {judged.unit} by {worked(today, 3)}"
        acts.append("the office lifts its rectification" if listed else by)
    return acts


async def do(story: Story, sentences: str) -> str | None:
    """Lives through an act. By which rule it was turned down, or None; then nothing more of it is done."""
    for sentence in sentences.split(" / "):
        try:
            await story.do(sentence)
        except Turned as turned:
            refusal = turned
        else:
            continue
        assert 400 <= refusal.status < 500, refusal
        assert refusal.rule not in ("", "None"), refusal
        assert len(str(refusal)) > len(f"{refusal.status} {refusal.rule}: ") + 10, f"{refusal.rule} tells no sentence"
        return refusal.rule
    return None


def follow(story: Story, facts: list[Event]) -> None:
    """Cases that were filed because another was transferred belong to the story too."""
    for fact in facts:
        if isinstance(fact, AppealFiled) and fact.origin in story.cases and fact.case not in story.cases:
            story.cases.append(fact.case)


def said_by_others(city: City) -> list[str]:
    """Facts that a service said although the catalogue gives them to another."""
    return [
        f"{record.type} by {name}"
        for name, service in city.house.services.items()
        for collection in service._collections
        for history in collection._histories.values()
        for kind, record in history.values()
        if kind == "said" and (record.type not in CATALOGUE or CATALOGUE[record.type].producer != name)
    ]
