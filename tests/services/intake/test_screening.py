"""Screening: classes and their proposal, returns, supplements, eligibility, answers on the spot."""

import pytest

from contracts.events import (
    AppealAccepted,
    AppealAnsweredAtOnce,
    AppealLinked,
    AppealMismatched,
    AppealReturned,
    AppealVerified,
    CaseReclassified,
)
from tests.services.intake.counter import POWER, ROAD, Counter, Turned

KAIHUA = {"category": "energy", "district": "445103", "level": "county"}
COUNTY = {"category": "project", "district": "445122", "level": "county"}


async def kaihua(counter: Counter, *, nth: int = 0, text: str = POWER) -> str:
    return await counter.file("platform", "kaihua-call-and-answer", division="445103", nth=nth, text=text)


async def test_the_registry_matches_or_a_second_review_is_due() -> None:
    """001-15, 001-16, 002-13"""
    counter = Counter()
    await counter.file()
    assert counter.said(AppealVerified)[0].through == "registry"
    unknown = {"dossier": {
        "enterprise": "潮州市某陶瓷有限公司", "credit_code": "91445102MA3AGYGLU6", "title": "诉求", "text": POWER,
        "contact": {"name": "陈明", "phone": "13400000001"},
    }, "channel": "portal", "scheme": "chaozhou-direct-line"}  # fmt: skip
    case = (await counter.ask("/appeals", unknown))["case"]
    assert (counter.said(AppealMismatched)[0].case, (await counter.appeal(case)).stage) == (case, "second-review")
    body = {"matches": False, "reason": "查无此企业"}
    assert (await counter.ask(f"/appeals/{case}/review", body, roles="registry-reviewer"))["stage"] == "returned"


async def test_the_service_centre_verifies_an_enterprise_before_its_matter_is_handed_over() -> None:
    """002-13: 核实"""
    counter = Counter()
    unknown = {"dossier": {
        "enterprise": "某陶瓷有限公司", "credit_code": "91445102MA3AGYGLU6", "title": "诉求", "text": POWER,
        "contact": {"name": "陈明", "phone": "13400000001"},
    }, "channel": "platform", "scheme": "kaihua-call-and-answer"}  # fmt: skip
    case = (await counter.ask("/appeals", unknown))["case"]
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/acceptance", KAIHUA | {"complexity": "simple"}, roles="screener")
    assert turned.value.rule == "not-verified"
    body = {"matches": True, "registered_in": "445103", "reason": "营业执照相符"}
    await counter.ask(f"/appeals/{case}/review", body, roles="registry-reviewer")
    await counter.ask(f"/appeals/{case}/acceptance", KAIHUA | {"complexity": "simple"}, roles="screener")
    assert counter.said(AppealAccepted)[0].case == case


async def test_a_class_is_set_on_acceptance_where_the_regulation_has_classes() -> None:
    """002-19, 002-20, 002-21, 003-30, 003-31, 003-32"""
    counter = Counter()
    case = await kaihua(counter)
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/acceptance", KAIHUA, roles="screener")
    assert (turned.value.rule, turned.value.field) == ("complexity", "complexity")
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/acceptance", KAIHUA | {"complexity": "hard"}, roles="screener")
    assert turned.value.rule == "unknown-complexity"
    await counter.ask(f"/appeals/{case}/acceptance", KAIHUA | {"complexity": "simple"}, roles="screener")
    assert counter.said(AppealAccepted)[0].complexity == "simple"
    direct = await counter.file()
    with pytest.raises(Turned) as turned:
        await counter.accept(direct, complexity="simple")
    assert turned.value.rule == "unknown-complexity"


async def test_a_matter_of_several_units_is_never_of_the_simplest_class() -> None:
    """002-20, 003-30, 003-32"""
    counter = Counter()
    case = await kaihua(counter)
    several = KAIHUA | {"lead": "ca_gongdian", "co_handlers": ["ca_ziran"]}
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/acceptance", several | {"complexity": "simple"}, roles="screener")
    assert turned.value.rule == "several-units"
    await counter.ask(f"/appeals/{case}/acceptance", several | {"complexity": "general"}, roles="screener")
    mayor = await counter.file("mayor-number", "suqian-mayor-line")
    with pytest.raises(Turned) as turned:
        await counter.accept(mayor, lead="shi_gongdian", co_handlers=["shi_ziran"], complexity="urgent")
    assert turned.value.rule == "several-units"


async def test_a_class_is_proposed_by_the_units_named_and_by_what_the_category_was_before() -> None:
    """002-19, 002-20, 002-21"""
    counter = Counter()
    case = await kaihua(counter)

    async def proposed(units: int = 1) -> tuple[str, str]:
        answer = await counter.get(f"/appeals/{case}/proposal?category=energy&units={units}", roles="screener")
        return answer["complexity"], answer["because"]

    assert await proposed() == ("simple", "first-class")
    assert await proposed(2) == ("general", "several-units")
    for nth in (1, 2):
        other = await kaihua(counter, nth=nth, text=ROAD)
        await counter.ask(f"/appeals/{other}/acceptance", KAIHUA | {"complexity": "simple"}, roles="screener")
        await counter.about(CaseReclassified, other, complexity="complex")
    assert await proposed() == ("complex", "category-history")
    direct = await counter.file()
    answer = await counter.get(f"/appeals/{direct}/proposal?category=energy", roles="screener")
    assert (answer["complexity"], answer["because"]) == (None, "no-classes")


async def test_a_duplicate_is_returned_only_with_the_case_that_it_repeats() -> None:
    """002-14"""
    counter = Counter()
    first, second = await kaihua(counter), await kaihua(counter, text=ROAD)
    others = await kaihua(counter, nth=1)
    body = {"reason": "duplicate", "explanation": "与前次诉求重复"}
    for named in (None, second, others):
        with pytest.raises(Turned) as turned:
            await counter.ask(f"/appeals/{second}/return", body | {"duplicate_of": named}, roles="screener")
        assert (turned.value.rule, turned.value.field) == ("duplicate-of", "duplicate_of")
    await counter.ask(f"/appeals/{second}/return", body | {"duplicate_of": first}, roles="screener")
    assert counter.said(AppealReturned)[0].reason == "duplicate"
    assert [link.to for link in counter.said(AppealLinked) if link.case == second] == [first]
    assert (await counter.appeal(second)).linked == (first,)


async def test_what_is_unclear_is_asked_about_before_it_is_returned() -> None:
    """002-14"""
    counter = Counter()
    case = await kaihua(counter)
    body = {"reason": "unclear", "explanation": "描述不清"}
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/return", body, roles="screener")
    assert turned.value.rule == "ask-first"
    await counter.ask(f"/appeals/{case}/supplement-request", {"text": "请说明地点"}, roles="screener")
    await counter.ask(f"/appeals/{case}/supplement", {"text": "就在那里"})
    await counter.ask(f"/appeals/{case}/return", body, roles="screener")
    assert counter.said(AppealReturned)[0].reason == "unclear"


async def test_what_is_no_matter_of_the_business_environment_goes_back_with_a_reason() -> None:
    """002-14"""
    counter = Counter()
    case = await kaihua(counter)
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/return", {"reason": "unheard-of", "explanation": "x"}, roles="screener")
    assert turned.value.rule == "unknown-reason"
    body = {"reason": "not-business-environment", "explanation": "个人纠纷"}
    await counter.ask(f"/appeals/{case}/return", body, roles="screener")
    assert (await counter.appeal(case)).explanation == "个人纠纷"


async def test_litigation_and_the_registered_elsewhere_are_returned_or_taken_with_a_reason_and_a_name() -> None:
    """001-18, 001-24, 001-25"""
    counter = Counter()
    case = await counter.file()
    body = {"reason": "litigation", "explanation": "已由法院受理"}
    await counter.ask(f"/appeals/{case}/return", body, roles="screener")
    assert counter.said(AppealReturned)[0].reason == "litigation"
    foreign = await counter.file(division="440511")
    with pytest.raises(Turned) as turned:
        await counter.accept(foreign)
    assert (turned.value.rule, turned.value.field) == ("not-local", "override")
    await counter.accept(foreign, override="在潮投资重点企业")
    assert counter.said(AppealAccepted)[0].overridden == "not-local"


async def test_a_regulation_that_asks_for_no_registration_hears_enterprises_from_anywhere() -> None:
    """002-01, 002-13"""
    counter = Counter()
    case = await counter.file("platform", "kaihua-call-and-answer", division="321302")
    await counter.ask(f"/appeals/{case}/acceptance", KAIHUA | {"complexity": "simple"}, roles="screener")
    assert counter.said(AppealAccepted)[0].overridden is None


async def project(counter: Counter, **more: object) -> str:
    body = {
        "scheme": "county-reception-day", "kind": "project", "name": "示例产业园二期", "project_code": "2026-445122-01",
        "contact": {"name": "陈明", "phone": "13400000001"}, "tier": "signed-project", "phase": "under-construction",
        "agreement": True, "registered": True, **more,
    }  # fmt: skip
    return (await counter.ask("/served", body, roles="office"))["served"]


async def test_a_signed_and_registered_project_is_heard_wherever_its_builder_is_registered() -> None:
    """000-03"""
    counter = Counter()
    number = await project(counter)
    case = await counter.file("phone", "county-reception-day", division="440511", project=number)
    await counter.ask(f"/appeals/{case}/acceptance", COUNTY, roles="screener")
    assert counter.said(AppealAccepted)[0].overridden is None


@pytest.mark.parametrize("lacking", ["agreement", "registered", "project"])
async def test_others_are_heard_only_with_a_recorded_reason(lacking: str) -> None:
    """000-03"""
    counter = Counter()
    number = await project(counter, **({} if lacking == "project" else {lacking: False}))
    named = {} if lacking == "project" else {"project": number}
    case = await counter.file("phone", "county-reception-day", division="440511", **named)
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/acceptance", COUNTY, roles="screener")
    assert turned.value.rule == "not-an-object"
    await counter.ask(f"/appeals/{case}/acceptance", COUNTY | {"override": "县重点招商对象"}, roles="screener")
    assert counter.said(AppealAccepted)[0].overridden == "not-an-object"


async def test_a_project_that_nobody_registered_cannot_be_named() -> None:
    """000-03"""
    with pytest.raises(Turned) as turned:
        await Counter().file("phone", "county-reception-day", project="FW-0000000000000000")
    assert turned.value.rule == "no-such-project"


@pytest.mark.parametrize("how", ["directly", "three-way-call", "transferred"])
async def test_whoever_receives_a_question_answers_it_on_the_spot_without_a_case(how: str) -> None:
    """003-18"""
    counter = Counter()
    case = await counter.file("hotline-12345", "suqian-12345")
    body = {"how": how, "answer": "可在政务服务网直接申请"}
    assert (await counter.ask(f"/appeals/{case}/answer-at-once", body))["stage"] == "answered"
    assert counter.said(AppealAnsweredAtOnce)[0].how == how
    assert (await counter.follow(case))["answered"] == "可在政务服务网直接申请"
    with pytest.raises(Turned) as turned:
        await counter.accept(case)
    assert turned.value.rule == "answered-at-once"
    assert not counter.said(AppealAccepted)


async def test_only_channels_of_first_receivers_are_answered_at_once_and_only_by_them() -> None:
    """003-18"""
    counter = Counter()
    body = {"how": "directly", "answer": "可以"}
    direct = await counter.file()
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{direct}/answer-at-once", body)
    assert turned.value.rule == "not-at-once"
    asked = await counter.file("hotline-12345", "suqian-12345", nth=1, receiver="shi_gongxin")
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{asked}/answer-at-once", body, roles="unit", unit="shi_shuiwu")
    assert turned.value.status == 404
    await counter.ask(f"/appeals/{asked}/answer-at-once", body, roles="unit", unit="shi_gongxin")


async def test_the_business_environment_line_answers_what_it_can_as_it_hears_it() -> None:
    """002-10"""
    counter = Counter()
    case = await counter.file("hotline-12345", "kaihua-call-and-answer")
    await counter.ask(f"/appeals/{case}/answer-at-once", {"how": "directly", "answer": "可在线办理"})
    assert counter.said(AppealAnsweredAtOnce)[0].case == case


async def test_what_was_accepted_is_not_answered_at_once_any_more() -> None:
    """003-18"""
    counter = Counter()
    case = await counter.file("hotline-12345", "suqian-12345")
    await counter.accept(case)
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/answer-at-once", {"how": "directly", "answer": "可以"})
    assert turned.value.rule == "already-accepted"


# --- what is proposed, and the registry beside it ---------------------------------------------------------------------


async def test_a_category_is_proposed_by_what_the_words_name_and_the_reason_is_told() -> None:
    counter = Counter()
    case = await counter.file(text="用电负荷不足，停电频繁")
    told = await counter.get(f"/appeals/{case}/proposal", roles="screener")
    assert (told["category"], told["category_because"]) == ("energy", "named-in-words")


async def test_the_same_matter_is_proposed_as_it_was_accepted_before() -> None:
    counter = Counter()
    first = await counter.file()
    await counter.accept(first, category="industry")
    again = await counter.file()
    told = await counter.get(f"/appeals/{again}/proposal", roles="screener")
    assert (told["category"], told["category_because"]) == ("industry", "same-matter")


async def test_what_the_enterprise_says_of_itself_stands_beside_what_the_registry_says() -> None:
    counter = Counter()
    case = await counter.file()
    for role in ("screener", "registry-reviewer"):
        told = await counter.get(f"/appeals/{case}/enterprise", roles=role)
        assert told["registry"] == {"answers": True, "name": told["name"], "registered_in": "445102"}
        assert told["matched"]
        assert told["verified"]
        assert told["eligible"]
    with pytest.raises(Turned, match="not-allowed"):
        await counter.get(f"/appeals/{case}/enterprise", roles="operator")
