"""What people do in the stories of all five regulations: sessions, leaders, reviews, duties, visits, oversight."""

from typing import Any

from contracts.events import CaseTransferred, SessionProposed
from tests.schemes.acts import Story, act, rated, registered_in

# --- coming in --------------------------------------------------------------------------------------------------------


@act("a {tier:CODE} in phase {phase:CODE} is registered")
async def project(story: Story, tier: str, phase: str) -> None:
    body = {
        "scheme": story.scheme, "kind": "project", "name": "滨海冷链二期", "project_code": "2603-445122-04-01-000001",
        "contact": {"name": "陈明", "phone": "13400000001"}, "tier": tier, "phase": phase,
        "agreement": True, "registered": True,
    }  # fmt: skip
    story.kept["served"] = (await story.ask("intake", "/served", body, roles="office"))["served"]


@act("the project files through {channel:CODE}")
async def file_project(story: Story, channel: str) -> None:
    await story.file(channel, enterprise=registered_in("445102"), project=story.kept["served"])


@act("an enterprise files through {channel:CODE} and {unit:UNIT} is asked first")
async def file_with(story: Story, channel: str, unit: str) -> None:
    await story.file(channel, enterprise=registered_in("445102"), receiver=unit)


@act("the same enterprise files the same through {channel:CODE}")
async def file_again(story: Story, channel: str) -> None:
    await story.file(channel, enterprise=story.kept["enterprise"])


@act("three enterprises raise the like through {channel:CODE} as {category:CODE} for the {level:CODE}")
async def file_alike(story: Story, channel: str, category: str, level: str) -> None:
    for nth in range(3):
        await story.file(channel, enterprise=registered_in("445102", nth))
        await story.do(f"the screener accepts it as {category} for the {level}")


@act("the operator answers it at once by {how:CODE}")
async def answer_at_once(story: Story, how: str) -> None:
    body = {"how": how, "answer": "已当场答复"}
    await story.ask("intake", f"/appeals/{story.case}/answer-at-once", body, roles="operator")


@act("the screener returns it as the duplicate of appeal {nth:N}")
async def give_back_duplicate(story: Story, nth: str) -> None:
    body = {"reason": "duplicate", "explanation": "说明", "duplicate_of": story.cases[int(nth) - 1]}
    await story.ask("intake", f"/appeals/{story.case}/return", body, roles="screener")


@act("the enterprise doubts it")
async def doubt(story: Story) -> None:
    body = {"text": "仍有疑问"}
    await story.ask("intake", f"/appeals/{story.case}/doubt", body, roles="enterprise", case=story.case)


@act("somebody reports {track:conduct|retaliation}")
async def report_on(story: Story, track: str) -> None:
    body = {"scheme": story.scheme, "track": track, "text": "有关情况如下"}
    await story.ask("intake", "/reports", body, roles="enterprise")


@act("the story turns to the case above")
async def turn_up(story: Story) -> None:
    story.kept["below"] = (story.case, story.kept.get("district"))
    left = [fact for fact in story.city.facts if isinstance(fact, CaseTransferred) and fact.case == story.case][-1]
    filed = [f for f in story.city.facts if f.type == "appeal.filed.v1" and getattr(f, "origin", None) == left.case]
    story.case = filed[-1].key
    story.cases.append(story.case)


@act("the story turns back")
async def turn_back(story: Story) -> None:
    story.case, _ = story.kept["below"]


# --- units, office and leaders ----------------------------------------------------------------------------------------


@act("{unit:UNIT} cannot solve it, and reports to {rung:CODE}")
async def unresolved_to(story: Story, unit: str, rung: str) -> None:
    await story.by_unit(unit, "unresolved", {"opinion": "需上级协调", "to": rung})


@act("{unit:UNIT} fixes the plan")
async def fix_plan(story: Story, unit: str) -> None:
    await story.by_unit(unit, "plan", {"plan": "分三步解决"})


@act("{unit:UNIT} reports in writing")
async def report(story: Story, unit: str) -> None:
    await story.by_unit(unit, "report", {"text": "已落实"})


@act("{unit:UNIT} asks for {days:N} more working days on {clock:CODE}")
async def ask_time(story: Story, unit: str, days: str, clock: str) -> None:
    await story.by_unit(unit, "extension", {"clock": clock, "working_days": int(days), "reason": "情况复杂"})


@act("the office {verdict:grants|refuses} {unit:UNIT} its extension of {clock:CODE}")
async def decide_time(story: Story, verdict: str, unit: str, clock: str) -> None:
    body = {"dispatch": await story.dispatch(unit), "clock": clock, "grant": verdict == "grants", "reason": "同意"}
    await story.ask("routing", f"/cases/{story.case}/extension-decision", body, roles="office")


@act("the office judges unresolved what {unit:UNIT} let lie")
async def judge_unresolved(story: Story, unit: str) -> None:
    body = {"dispatch": await story.dispatch(unit), "opinion": "尚未得到有效解决"}
    await story.ask("routing", f"/cases/{story.case}/judgement", body, roles="office")


@act("the office classes it {complexity:CODE}")
async def reclassify(story: Story, complexity: str) -> None:
    body = {"complexity": complexity, "reason": "情况有变"}
    await story.ask("routing", f"/cases/{story.case}/class", body, roles="office")


@act("the office strikes it off")
async def strike_off(story: Story) -> None:
    await story.ask("routing", f"/cases/{story.case}/striking-off", {"reason": "已解决"}, roles="office")


@act("the administrator sends what {unit:UNIT} objected to to the joint meeting")
async def joint_meeting(story: Story, unit: str) -> None:
    body = {"dispatch": await story.dispatch(unit), "reason": "职责交叉"}
    await story.ask("routing", f"/cases/{story.case}/joint-meeting", body, roles="administrator")


@act("{leader:UNIT} decides it {outcome:CODE}[ with {lead:UNIT} in the lead][ by {due:DATE}]")
async def decide(story: Story, leader: str, outcome: str, lead: str | None = None, due: str | None = None) -> None:
    task: dict[str, Any] = {"units": [lead], "lead": lead} | ({"due_on": due} if due else {})
    body = {"outcome": outcome, "opinion": "意见", "tasks": [task] if lead else []}
    path = f"/cases/{story.case}/dispatches/{await story.dispatch(leader)}/decision"
    await story.ask("routing", path, body, roles="leader", unit=leader)


@act("{post:UNIT} {verdict:approves|refuses} the step {step:CODE}")
async def sign(story: Story, post: str, verdict: str, step: str) -> None:
    body = {"step": step, "approved": verdict == "approves", "reason": "审签"}
    await story.ask("routing", f"/cases/{story.case}/review", body, roles="leader", unit=post)


@act("{post:UNIT} sends it from the step {step:CODE} to the session")
async def sign_to_session(story: Story, post: str, step: str) -> None:
    body = {"step": step, "approved": True, "reason": "重大问题", "to_session": True}
    await story.ask("routing", f"/cases/{story.case}/review", body, roles="leader", unit=post)


@act("all steps are approved")
async def sign_all(story: Story) -> None:
    await story.do("shi_fumigongye approves the step deputy-secretary")
    await story.do("shi_mishuzhang approves the step secretary-general")
    await story.do("shi_fugongye approves the step deputy-mayor")


# --- sessions ---------------------------------------------------------------------------------------------------------


@act("the office calls a {kind:CODE} for {day:DATE}[ at the {place:enterprise}][ on {theme:.+}]")
async def call(story: Story, kind: str, day: str, place: str | None = None, theme: str | None = None) -> None:
    body = {"scheme": story.scheme, "kind": kind, "held_on": day, "place": place or "hall", "theme": theme or ""}
    story.session = (await story.ask("routing", "/sessions", body, roles="office"))["session"]


@act("the office confirms the {kind:CODE} for {day:DATE}")
async def confirm(story: Story, kind: str, day: str) -> None:
    proposed = [
        fact for fact in story.city.facts
        if isinstance(fact, SessionProposed) and fact.kind == kind and fact.scheme.startswith(story.scheme)
    ]  # fmt: skip
    nearest = min(proposed, key=lambda fact: abs((fact.held_on - type(fact.held_on).fromisoformat(day)).days))
    story.session = nearest.case
    await story.ask("routing", f"/sessions/{story.session}/date", {"held_on": day}, roles="office")


@act("{leader:UNIT} attends the session")
async def attend(story: Story, leader: str) -> None:
    body = {"leader": leader, "reason": "分管"}
    await story.ask("routing", f"/sessions/{story.session}/leader", body, roles="office")


@act("the office puts it on the agenda")
async def put_on_agenda(story: Story) -> None:
    await story.ask("routing", f"/sessions/{story.session}/agenda", {"cases": [story.case]}, roles="office")


@act("{leader:UNIT} approves the agenda")
async def approve_agenda(story: Story, leader: str) -> None:
    await story.ask("routing", f"/sessions/{story.session}/agenda-approval", roles="leader", unit=leader)


async def opinion(story: Story, outcome: str, units: list[str], lead: str | None, due: str | None) -> None:
    body = {"outcome": outcome, "text": "意见", "units": units, "lead": lead, "due_on": due}
    path = f"/sessions/{story.session}/items/{story.case}/opinion"
    await story.ask("routing", path, body, roles="leader", unit=await chair(story))


async def chair(story: Story) -> str:
    known = await story.ask("routing", f"/sessions/{story.session}", method="GET", roles="office")
    return str(known["leader"])


@act("the leader finds it {outcome:CODE}[ with {lead:UNIT} in the lead][ and {other:UNIT}][ by {due:DATE}]")
async def opine(
    story: Story, outcome: str, lead: str | None = None, other: str | None = None, due: str | None = None
) -> None:
    await opinion(story, outcome, [unit for unit in (lead, other) if unit], lead, due)


@act("the leader finds it {outcome:CODE} without a lead by {due:DATE} through {one:UNIT} and {other:UNIT}")
async def opine_leaderless(story: Story, outcome: str, due: str, one: str, other: str) -> None:
    await opinion(story, outcome, [one, other], None, due)


@act("the session is held")
async def hold(story: Story) -> None:
    await story.ask("routing", f"/sessions/{story.session}/holding", roles="office")


@act("the opinions are put to {leader:UNIT}")
async def submit_opinions(story: Story, leader: str) -> None:
    path = f"/sessions/{story.session}/opinions-document"
    await story.ask("routing", path, {"text": "企业请求协调解决事项处理意见"}, roles="office")
    await story.ask("routing", f"{path}/submission", roles="office")


@act("{leader:UNIT} approves the opinions")
async def approve_opinions(story: Story, leader: str) -> None:
    path = f"/sessions/{story.session}/opinions-document/approval"
    await story.ask("routing", path, {"version": 1, "approved": True}, roles="leader", unit=leader)


@act("the minutes are kept")
async def keep_minutes(story: Story) -> None:
    await story.ask("routing", f"/sessions/{story.session}/minutes", {"text": "会议纪要"}, roles="office")


@act("the office announces the session, with registration until {until:DATE}")
async def announce(story: Story, until: str) -> None:
    body = {"registration_from": story.city.now.date().isoformat(), "registration_until": until, "ways": ["办事窗口"]}
    await story.ask("routing", f"/sessions/{story.session}/announcement", body, roles="office")


@act("the office submits the directory")
async def submit_directory(story: Story) -> None:
    await story.ask("routing", f"/sessions/{story.session}/directory", roles="office")


@act("the duty secretary coordinates and proposes to hear it")
async def coordinate(story: Story) -> None:
    proposals = [{"case": story.case, "proposal": "增容改造", "to_be_heard": True}]
    body = {"secretary": "值班副秘书长", "units": ["shi_gongdian"], "record": "会前协调", "proposals": proposals}
    await story.ask("routing", f"/sessions/{story.session}/coordination", body, roles="office")


@act("the office invites {unit:UNIT} and the enterprise")
async def invite(story: Story, unit: str) -> None:
    body = {"units": [unit], "guests": [story.case]}
    await story.ask("routing", f"/sessions/{story.session}/invitations", body, roles="office")


@act("the session is cancelled")
async def cancel(story: Story) -> None:
    await story.ask("routing", f"/sessions/{story.session}/cancellation", {"reason": "防汛"}, roles="office")


@act("{unit:UNIT} commits itself to {due:DATE}")
async def commit(story: Story, unit: str, due: str) -> None:
    case = await story.city.state("routing", 0, story.case)
    charge = next(dispatch for dispatch, charge in case.issue.charges.items() if charge.unit == unit)
    body = {"leader": "局长 谢明", "person": "营销部 林强", "due_on": due, "measures": "完成线路增容"}
    await story.ask("routing", f"/cases/{story.case}/dispatches/{charge}/commitment", body, roles="unit", unit=unit)


@act("the story turns to appeal {nth:N}")
async def turn_to(story: Story, nth: str) -> None:
    story.case = story.cases[int(nth) - 1]


# --- after the answer, and oversight ----------------------------------------------------------------------------------


@act("{who:ANYBODY} calls back {way:by phone|on-site} and finds it {found:solved|unsolved}")
async def call_back(story: Story, who: str, way: str, found: str) -> None:
    body = {"way": way.removeprefix("by "), "solved": found == "solved", "note": "已回访"}
    speaker: dict[str, Any] = {"roles": "office"} if who == "the office" else {"roles": "unit", "unit": who}
    await story.ask("evaluation", f"/cases/{story.case}/call-back", body, **speaker)


@act("the enterprise rates it {rating:CODE} by {way:CODE}")
async def rate_by(story: Story, rating: str, way: str) -> None:
    await rated(story, rating, "rating", way=way)


@act("{unit:UNIT} corrects it")
async def correct(story: Story, unit: str) -> None:
    body = {"evidence": "已整改"}
    await story.ask("evaluation", f"/cases/{story.case}/correction", body, roles="unit", unit=unit)


@act("the inspection office orders {unit:UNIT} to act by {due:DATE}")
async def order(story: Story, unit: str, due: str) -> None:
    body = {"unit": unit, "what": "限期办结", "due_on": due}
    await story.ask("evaluation", f"/cases/{story.case}/orders", body, roles="inspector")


@act("{leader:UNIT} orders {unit:UNIT} to act by {due:DATE}")
async def order_as_leader(story: Story, leader: str, unit: str, due: str) -> None:
    body = {"unit": unit, "what": "抓好推进落实", "due_on": due}
    await story.ask("evaluation", f"/cases/{story.case}/orders", body, roles="leader", unit=leader)


@act("the office lists it for rectification with {unit:UNIT} by {due:DATE}")
async def list_for_rectification(story: Story, unit: str, due: str) -> None:
    body = {"unit": unit, "due_on": due}
    await story.ask("evaluation", f"/cases/{story.case}/rectification", body, roles="office")


@act("the office lifts its rectification")
async def lift(story: Story) -> None:
    body = {"evidence": "整改到位"}
    await story.ask("evaluation", f"/cases/{story.case}/rectification/lifting", body, roles="office")


@act("{who:UNIT} proposes {trigger:CODE} of {unit:UNIT}[ with {measure:CODE}][ on {stated:CODE}]")
async def propose(
    story: Story, who: str, trigger: str, unit: str, measure: str | None = None, stated: str | None = None
) -> None:
    body = {
        "scheme": story.filed().scheme, "unit": unit, "trigger": trigger, "cases": [story.case], "grounds": "核查情况",
        "states": [stated] if stated else [],
    }  # fmt: skip
    answer = await story.ask("evaluation", "/findings", body, roles="conduct", unit=who)
    story.kept["finding"] = answer["finding"]


@act("the government decides {measure:MEASURE}")
async def decide_finding(story: Story, measure: str) -> None:
    body = {"approve": True} | ({} if measure == "the referral" else {"measure": measure})
    await story.ask("evaluation", f"/findings/{story.kept['finding']}/decision", body, roles="leader")


# --- duties, visits ---------------------------------------------------------------------------------------------------


@act("{unit:UNIT} hands in a[n] {evidence:CODE} for {duty:CODE} of {period:PERIOD}")
async def hand_in(story: Story, unit: str, evidence: str, duty: str, period: str) -> None:
    path = f"/duties?scheme={story.scheme}&duty={duty}&unit={unit}&period={period}"
    found = await story.ask("deadline", path, method="GET", roles="office")
    rows = found["duties"] if isinstance(found, dict) else found
    assert len(rows) == 1, f"{unit} owes {duty} of {period} {len(rows)} times"
    body = {"kind": evidence, "reference": "卷〔2026〕1号"}
    await story.ask("deadline", f"/duties/{rows[0]['number']}/evidence", body, roles="unit", unit=unit)


@act("an enterprise is served in tier {tier:CODE} by {unit:UNIT}[ without a {missing:specialist}]")
async def serve(story: Story, tier: str, unit: str, missing: str | None = None) -> None:
    enterprise = registered_in("445102")
    body: dict[str, Any] = {
        "scheme": story.scheme, "kind": "enterprise", "name": enterprise["name"],
        "credit_code": enterprise["credit_code"], "contact": {"name": "陈明", "phone": "13400000001"}, "tier": tier,
    }  # fmt: skip
    number = (await story.ask("intake", "/served", body, roles="office"))["served"]
    story.kept["served"] = number
    who: dict[str, Any] = {"unit": unit, "unit_leader": "分管领导", "specialist": "专员", "leader": leader_of(story)}
    if missing:
        who.pop(missing)
    matrix = story.city.schemes.in_force(story.scheme, story.city.now.date()).matrix  # pyright: ignore[reportOptionalMemberAccess]
    if matrix is not None and matrix.ranks:
        who["specialist_rank"] = list(matrix.ranks)[-1]
    more = {"scheme": story.scheme, "kind": "enterprise", "tier": tier}
    await story.ask("routing", f"/served/{number}", more | who, roles="administrator", method="PUT")


def leader_of(story: Story) -> str:
    leaders = [unit for unit in story.place.units if unit.kind == "leader" and not unit.vacant]
    return leaders[0].unit


@act("{unit:UNIT} logs a[n] {kind:CODE}[ that {found:finds} a problem][ to an enterprise that {nobody:nobody} serves]")
async def log_visit(story: Story, unit: str, kind: str, found: str | None = None, nobody: str | None = None) -> None:
    finding = {"channel": "visit", "title": "用电", "text": "频繁停电，影响生产"}
    body = {
        "scheme": story.scheme, "kind": kind, "served": "FW-0000000000000000" if nobody else story.kept["served"],
        "unit": unit, "visitor": "张三", "findings": [finding] if found else [],
    }  # fmt: skip
    await story.ask("intake", "/visits", body, roles="unit", unit=unit)
