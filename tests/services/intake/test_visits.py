"""Whom a regulation serves, who came to them, and what was found there."""

from datetime import timedelta

import pytest

from contracts.events import AppealAccepted, AppealFiled, ServedAssigned, VisitLogged, fact
from contracts.record import Command
from tests.services.intake.counter import ENTERPRISES, POWER, Counter, Turned

CONTACT = {"name": "陈明", "phone": "13400000001"}


async def served(
    counter: Counter, scheme: str = "suqian-enterprises", *, nth: int = 0, tier: str = "other", **more: object
) -> str:
    one = ENTERPRISES[nth]
    body = {"scheme": scheme, "name": one["name"], "credit_code": one["credit_code"], "contact": CONTACT, "tier": tier}
    return (await counter.ask("/served", body | more, roles="office"))["served"]


async def project(counter: Counter, scheme: str = "cadres-and-enterprises", **more: object) -> str:
    body = {
        "scheme": scheme, "kind": "project", "name": "示例产业园二期", "project_code": "2026-445102-01",
        "contact": CONTACT, "tier": "key-project", "phase": "new", **more,
    }  # fmt: skip
    return (await counter.ask("/served", body, roles="office"))["served"]


def visit(number: str, kind: str = "visit", *, unit: str = "shi_gongxin", scheme: str = "suqian-enterprises", **more):
    return {"scheme": scheme, "kind": kind, "served": number, "unit": unit, "visitor": "林专员", **more}


# --- the register -----------------------------------------------------------------------------------------------------


async def test_the_same_code_keeps_its_number_and_what_is_known_of_it_is_brought_up_to_date() -> None:
    """003-08, 004-01"""
    counter = Counter()
    number = await served(counter)
    assert await served(counter, tier="key") == number
    assert await served(counter, nth=1) != number
    rows = await counter.get("/served?scheme=suqian-enterprises&tier=key", roles="office")
    assert [row["served"] for row in rows] == [number]
    assert await served(counter, "kaihua-call-and-answer", tier="served") != number


async def test_a_number_tells_nobody_the_code_and_services_get_no_names() -> None:
    counter = Counter()
    number = await served(counter)
    (row,) = await counter.get("/served?scheme=suqian-enterprises", roles="service")
    assert row["served"] == number
    assert not {"name", "credit_code", "contact"} & row.keys()
    assert not {"name", "credit_code", "contact"} & (await counter.get(f"/served/{number}", roles="service")).keys()
    assert (await counter.get(f"/served/{number}", roles="liaison"))["name"] == ENTERPRISES[0]["name"]


async def test_projects_are_listed_by_phase() -> None:
    """004-02"""
    counter = Counter()
    new = await project(counter)
    done = await project(counter, project_code="2026-445102-02", phase="completed")
    for phase, number in (("new", new), ("completed", done)):
        rows = await counter.get(f"/served?scheme=cadres-and-enterprises&phase={phase}", roles="unit")
        assert [row["served"] for row in rows] == [number]


async def test_signed_projects_that_have_not_landed_are_on_a_list_of_their_own() -> None:
    """004-03"""
    counter = Counter()
    number = await project(counter, phase="signed", agreement=True)
    rows = await counter.get("/served?scheme=cadres-and-enterprises&phase=signed", roles="office")
    assert [row["served"] for row in rows] == [number]


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"tier": "no-such-tier"}, "unknown-tier"),
        ({"phase": "no-such-phase"}, "unknown-phase"),
        ({"phase": None}, "phase"),
        ({"project_code": None}, "project_code"),
        ({"credit_code": "91445102MA5102109X"}, "credit-code"),
        ({"scheme": "chaozhou-direct-line"}, "serves-nobody"),
        ({"scheme": "no-such-scheme"}, "unknown-scheme"),
    ],
)
async def test_what_does_not_fit_the_register_is_refused_by_name(more: dict[str, object], rule: str) -> None:
    with pytest.raises(Turned) as turned:
        await project(Counter(), **more)
    assert turned.value.rule == rule


async def test_the_register_knows_who_serves_as_routing_says() -> None:
    """004-04, 003-08"""
    counter = Counter()
    number = await served(counter)
    scheme = next(ref for ref in counter.service.schemes if ref.startswith("suqian-enterprises"))
    for hours, unit in ((1, "shi_gongxin"), (0, "shi_shuiwu")):
        cause = Command(type="t", id=unit, at=counter.now, by="t")
        at = counter.now + timedelta(hours=hours)
        await counter.hear(fact(ServedAssigned, by=cause, scheme=scheme, at=at, served=number, tier="other", unit=unit))
    rows = await counter.get("/served?scheme=suqian-enterprises&unit=shi_gongxin", roles="office")
    assert [row["served"] for row in rows] == [number]


# --- visits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "scheme", "kind", "unit", "tier"),
    [
        ("000-37", "county-reception-day", "leader-visit", "rp_qiye", "signed-project"),
        ("003-09", "suqian-enterprises", "contact", "shi_gongxin", "other"),
        ("003-14", "suqian-enterprises", "visit", "shi_gongxin", "other"),
        ("003-13", "suqian-enterprises", "leader-visit", "shi_gongxin", "other"),
        ("003-01", "suqian-enterprises", "chief-officer", "shi_gongxin", "investment"),
        ("003-24", "suqian-enterprises", "entry", "shi_gongxin", "other"),
        ("003-47", "suqian-window", "walk-through", "shi_gongxin", "applicant"),
        ("004-06", "cadres-and-enterprises", "service", "xq_zhaoshang", "industry"),
        ("004-08", "cadres-and-enterprises", "operations", "xq_zhaoshang", "industry"),
        ("004-03", "cadres-and-enterprises", "survey", "xq_zhaoshang", "investment"),
    ],
)
async def test_each_way_of_being_with_an_enterprise_is_logged(
    row: str, scheme: str, kind: str, unit: str, tier: str
) -> None:
    """000-37, 003-01, 003-09, 003-13, 003-14, 003-24, 003-47, 004-03, 004-05, 004-06, 004-08"""
    counter = Counter()
    number = await served(counter, scheme, tier=tier)
    body = visit(number, kind, unit=unit, scheme=scheme)
    made = await counter.ask("/visits", body, roles="liaison")
    (logged,) = counter.said(VisitLogged)
    assert (logged.visit, logged.served, logged.kind, logged.unit, logged.raised) == (
        made["visit"], number, kind, unit, 0,
    )  # fmt: skip


async def test_a_visit_to_somebody_who_is_not_on_the_register_is_refused() -> None:
    """003-09, 004-06"""
    counter = Counter()
    elsewhere = await served(counter, "kaihua-call-and-answer", tier="served")
    for number in ("FW-0000000000000000", elsewhere):
        with pytest.raises(Turned) as turned:
            await counter.ask("/visits", visit(number), roles="liaison")
        assert (turned.value.rule, turned.value.field, turned.value.status) == ("no-such-served", "served", 404)


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"kind": "no-such-kind"}, "unknown-kind"),
        ({"visited_on": "2026-11-03"}, "not-yet"),
        ({"unit": "nobody_here"}, "unknown-unit"),
        ({"findings": [{"channel": "no-such", "title": "t", "text": "w"}]}, "unknown-channel"),
        ({"findings": [{"channel": "visit", "title": "t", "text": "w", "category": "no-such"}]}, "unknown-category"),
    ],
)
async def test_a_visit_that_does_not_hold_together_is_refused_whole(more: dict[str, object], rule: str) -> None:
    counter = Counter()
    number = await served(counter)
    with pytest.raises(Turned) as turned:
        await counter.ask("/visits", visit(number) | more, roles="liaison")
    assert turned.value.rule == rule
    assert not counter.said(VisitLogged)


async def test_a_unit_logs_its_own_visits_alone() -> None:
    counter = Counter()
    number = await served(counter)
    with pytest.raises(Turned) as turned:
        await counter.ask("/visits", visit(number), roles="unit", unit="shi_shuiwu")
    assert turned.value.status == 404
    await counter.ask("/visits", visit(number), roles="unit", unit="shi_gongxin")


async def test_what_a_visit_finds_becomes_appeals_of_the_enterprise_that_was_visited() -> None:
    """003-13, 003-14, 002-04, 000-37"""
    counter = Counter()
    number = await served(counter)
    findings = [
        {"channel": "visit", "title": "用电", "text": POWER, "category": "energy", "urgent": True},
        {"channel": "specialist", "title": "道路", "text": "门前道路破损", "tags": ["legacy"]},
    ]
    made = await counter.ask("/visits", visit(number, findings=findings), roles="liaison", by="lin", key="v-1")
    again = await counter.ask("/visits", visit(number, findings=findings), roles="liaison", by="lin", key="v-1")
    await counter.work()
    assert again == made
    assert counter.said(VisitLogged)[0].raised == 2
    assert [event.case for event in counter.said(AppealFiled)] == made["cases"]
    first, second = [await counter.appeal(case) for case in made["cases"]]
    assert (first.dossier.enterprise, first.dossier.contact.phone) == (ENTERPRISES[0]["name"], CONTACT["phone"])
    assert (first.channel, first.urgent, first.entered_by, first.visit) == ("visit", True, "林专员", made["visit"])
    assert (second.channel, second.tags, second.receiver) == ("specialist", ("legacy",), "shi_gongxin")
    await counter.accept(first.case)
    assert counter.said(AppealAccepted)[0].receiver == "shi_gongxin"


async def test_what_the_liaison_officer_s_enterprise_raised_is_followed_by_the_officer() -> None:
    """002-04"""
    counter = Counter()
    number = await served(counter, "kaihua-call-and-answer", tier="served")
    findings = [{"channel": "liaison-officer", "title": "用电", "text": POWER}]
    body = visit(number, "officer-visit", unit="ca_jingxin", scheme="kaihua-call-and-answer", findings=findings)
    made = await counter.ask("/visits", body, roles="liaison", by="lin")
    (case,) = made["cases"]
    assert (await counter.follow(case, roles="liaison", by="lin"))["stage"] == "screening"


async def test_a_project_s_problem_can_be_filed_when_its_builder_has_a_credit_code() -> None:
    """000-03, 004-02"""
    counter = Counter()
    body = {"findings": [{"channel": "visit", "title": "用地", "text": "红线未交付"}]}
    number = await project(counter)
    log = visit(number, "survey", unit="xq_zhaoshang", scheme="cadres-and-enterprises")
    with pytest.raises(Turned) as turned:
        await counter.ask("/visits", log | body, roles="liaison")
    assert turned.value.rule == "not-registered"
    assert await project(counter, credit_code=ENTERPRISES[0]["credit_code"]) == number
    made = await counter.ask("/visits", log | body, roles="liaison")
    assert (await counter.appeal(made["cases"][0])).project == number


async def test_officers_who_came_stand_in_the_enterprise_s_register() -> None:
    """003-24"""
    counter = Counter()
    number = await served(counter)
    entry = await counter.ask("/visits", visit(number, "entry", notes="消防检查"), roles="unit", unit="shi_gongxin")
    await counter.ask("/visits", visit(number, "contact"), roles="liaison")
    rows = await counter.get(f"/served/{number}/visits?official=true", roles="conduct")
    assert [(row["visit"], row["visitor"], row["notes"]) for row in rows] == [(entry["visit"], "林专员", "消防检查")]
    assert len(await counter.get(f"/served/{number}/visits", roles="conduct")) == 2


async def test_policies_brought_along_are_written_down() -> None:
    """004-24, 003-13"""
    counter = Counter()
    number = await served(counter, "cadres-and-enterprises", tier="industry")
    body = visit(number, "service", unit="xq_zhaoshang", scheme="cadres-and-enterprises", policies=["稳岗补贴"])
    await counter.ask("/visits", body, roles="liaison")
    (row,) = await counter.get(f"/served/{number}/visits", roles="office")
    assert row["policies"] == ["稳岗补贴"]
    (bare,) = await counter.get(f"/served/{number}/visits", roles="service")
    assert not {"policies", "notes", "visitor"} & bare.keys()


async def test_what_a_head_of_bureau_finds_on_the_spot_is_put_right_like_any_appeal() -> None:
    """003-47: “局长跑现场走流程”…推动服务流程优化"""
    counter = Counter()
    number = await served(counter, "suqian-window", tier="applicant")
    finding = {"channel": "cannot-window", "title": "流程", "text": "同一材料重复提交三次"}
    body = visit(number, "walk-through", unit="shi_shenpi", scheme="suqian-window", findings=[finding])
    made = await counter.ask("/visits", body, roles="unit", unit="shi_shenpi")
    await counter.work()
    assert (counter.said(VisitLogged)[0].kind, counter.said(VisitLogged)[0].raised) == ("walk-through", 1)
    appeal = await counter.appeal(made["cases"][0])
    assert (appeal.channel, appeal.visit, appeal.receiver) == ("cannot-window", made["visit"], "shi_shenpi")
    with pytest.raises(Turned) as turned:
        await counter.ask("/visits", body | {"unit": "shi_gongxin"}, roles="unit", unit="shi_shenpi", key="another")
    assert turned.value.status == 404


async def test_what_cannot_be_done_for_the_enterprise_is_told_with_a_way() -> None:
    """003-01"""
    counter = Counter()
    number = await served(counter, tier="investment")
    with pytest.raises(Turned) as turned:
        await counter.ask("/visits", visit(number, "chief-officer", help={"done": False}), roles="liaison")
    assert turned.value.rule == "way"
    for help in ({"done": True}, {"done": False, "way": "到综合窗口申请"}):
        await counter.ask("/visits", visit(number, "chief-officer", help=help), roles="liaison")


async def test_nobody_is_disturbed_but_a_call_is_always_answered() -> None:
    """002-05"""
    counter = Counter()
    number = await served(counter, "kaihua-call-and-answer", tier="served")
    body = visit(number, "officer-visit", unit="ca_jingxin", scheme="kaihua-call-and-answer")
    await counter.ask("/visits", body, roles="liaison")
    await counter.wait(3)
    with pytest.raises(Turned) as turned:
        await counter.ask("/visits", body, roles="liaison")
    assert turned.value.rule == "undisturbed"
    await counter.ask("/visits", body | {"called": True}, roles="liaison")
    await counter.ask("/visits", body | {"unit": "ca_shuiwu"}, roles="liaison")
    await counter.wait(20)
    await counter.ask("/visits", body, roles="liaison")
