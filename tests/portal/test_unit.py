"""A unit's workbench, each act done through its page as a clerk of the unit."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import httpx
import pytest_asyncio

from tests.portal.town import Town, staff, typed
from tests.schemes.acts import Story

UNIT, OTHER = "shi_gongdian", "shi_shuiwu"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town() -> Town:
    """One for all: each test has a case of its own."""
    town = Town()
    await town.start()
    return town


@pytest_asyncio.fixture(loop_scope="session")
async def clerk(town: Town) -> AsyncGenerator[httpx.AsyncClient]:
    async with town.browser(staff("unit", unit=UNIT)) as browser:
        yield browser


async def handed_over(town: Town, *acts: str) -> Story:
    story = Story(town, "chaozhou-direct-line")
    await story.do("an enterprise files through portal")
    await story.do("the screener accepts it as energy for the city")
    for act in acts:
        await story.do(act)
    return story


async def path_of(story: Story, unit: str = UNIT) -> str:
    return f"/unit/cases/{story.case}/{await story.dispatch(unit)}"


async def standing(town: Town, story: Story) -> str:
    case = await town.state("routing", 0, story.case)
    return case.dispatches[await story.dispatch(UNIT)].status


def seen_on(page: str) -> str:
    """What a form says the clerk has seen."""
    return page.split('name="seen" value="')[1].split('"')[0].replace("&#34;", '"')


async def test_a_unit_takes_a_case_from_its_queue_with_one_button(town: Town, clerk: httpx.AsyncClient) -> None:
    story = await handed_over(town)
    assert story.case in (await clerk.get("/unit")).text
    page = await clerk.post(f"{await path_of(story)}/taking", data=typed())
    assert page.status_code == 200
    assert "已接收" in page.text
    assert await standing(town, story) == "taken"


async def test_the_queue_says_what_each_appeal_is_about_to_its_unit_alone(town: Town, clerk: httpx.AsyncClient) -> None:
    story = await handed_over(town)
    title = (await town.state("intake", 0, story.case)).dossier.title
    assert f'<span class="title">{title}</span>' in (await clerk.get("/unit")).text
    asked = {"cases": [story.case]}
    assert await story.ask("intake", "/appeals/titles", asked, roles="unit", unit=UNIT) == {story.case: title}
    assert await story.ask("intake", "/appeals/titles", asked, roles="unit", unit=OTHER) == {}
    assert await story.ask("intake", "/appeals/titles", {"cases": []}, roles="unit", unit=UNIT) == {}


async def test_of_the_cases_that_it_names_a_unit_is_told_its_own(town: Town) -> None:
    first, second = [await handed_over(town) for _ in range(2)]
    for unit, told in ((UNIT, [second.case]), (OTHER, [])):
        path = f"/units/{unit}/queue?case={second.case}"
        rows = await town.ask("routing", "GET", path, roles=("unit",), unit=unit)
        assert [row["case"] for row in rows] == told
    whole = await town.ask("routing", "GET", f"/units/{UNIT}/queue", roles=("unit",), unit=UNIT)
    assert {first.case, second.case} <= {row["case"] for row in whole}


async def test_a_taken_case_shows_the_limit_that_still_runs(town: Town, clerk: httpx.AsyncClient) -> None:
    story = await handed_over(town, f"{UNIT} takes it")
    row = (await clerk.get("/unit")).text.split(story.case)[0].rsplit("<tr", 1)[1]
    assert "个工作日" in row, "the reply's ten days, not the acceptance's hours"


async def test_the_queue_can_be_narrowed_to_what_is_to_be_taken(town: Town, clerk: httpx.AsyncClient) -> None:
    offered, taken = await handed_over(town), await handed_over(town, f"{UNIT} takes it")
    page = (await clerk.get("/unit?show=offered")).text
    assert offered.case in page
    assert taken.case not in page


async def test_a_long_queue_is_shown_from_the_top_and_the_rest_at_asking(town: Town, clerk: httpx.AsyncClient) -> None:
    for _ in range(2):
        await handed_over(town)
    whole = (await clerk.get("/unit")).text
    assert "再显示" not in whole
    short = (await clerk.get("/unit?show=all&rows=1")).text
    assert short.count("<tr data-row") == 1
    more = short.split('class="btn" href="/unit?')[1].split('"')[0].replace("&amp;", "&")
    assert (await clerk.get(f"/unit?{more}")).text.count("<tr data-row") == whole.count("<tr data-row")


async def test_a_reply_without_an_answer_comes_back_with_what_was_typed_and_says_what_is_missing(
    town: Town, clerk: httpx.AsyncClient
) -> None:
    story = await handed_over(town)
    page = await clerk.post(f"{await path_of(story)}/reply", data=typed(outcome="solved", result="已更换老化线路"))
    assert page.status_code == 422
    assert "已更换老化线路" in page.text
    assert "请填写给企业的答复" in page.text


async def test_a_reply_answers_the_enterprise(town: Town, clerk: httpx.AsyncClient) -> None:
    story = await handed_over(town)
    words = typed(outcome="solved", result="已更换线路", answer="供电已恢复正常，请放心生产。")
    page = await clerk.post(f"{await path_of(story)}/reply", data=words)
    assert "答复已提交" in page.text
    assert await standing(town, story) == "replied"
    assert "供电已恢复正常" in (await clerk.get(await path_of(story))).text
    assert story.case in (await clerk.get("/unit/outcomes")).text


async def test_an_answer_with_a_phone_in_it_is_not_sent_before_the_clerk_confirmed(
    town: Town, clerk: httpx.AsyncClient
) -> None:
    story = await handed_over(town)
    words = {"outcome": "solved", "result": "已办", "answer": "请致电 13812345678 联系张工。"}
    page = await clerk.post(f"{await path_of(story)}/reply", data=typed(**words))
    assert page.status_code == 422
    assert "我已核对" in page.text
    assert await standing(town, story) == "offered"
    live = await clerk.post("/unit/answer-check", data={"answer": words["answer"]})
    assert "请删去" in live.text
    await clerk.post(f"{await path_of(story)}/reply", data=typed(**words, sure="yes"))
    assert await standing(town, story) == "replied"


async def test_whoever_acts_on_a_page_that_is_old_sees_what_changed_and_decides_again(
    town: Town, clerk: httpx.AsyncClient
) -> None:
    story = await handed_over(town)
    seen = seen_on((await clerk.get(await path_of(story))).text)
    await story.do(f"{UNIT} tells its progress")
    words = {"opinion": "需上级协调", "seen": seen}
    page = await clerk.post(f"{await path_of(story)}/unresolved", data=typed(**words))
    assert page.status_code == 422
    assert "正在核实" in page.text, "the progress that the other clerk told"
    assert "需上级协调" in page.text, "what was typed"
    assert await standing(town, story) != "unresolved"
    again = await clerk.post(
        f"{await path_of(story)}/unresolved", data=typed(**words | {"seen": seen_on(page.text)}, once="again")
    )
    assert again.status_code == 200
    assert await standing(town, story) == "unresolved"


async def test_a_reply_sent_twice_is_one(town: Town, clerk: httpx.AsyncClient) -> None:
    story = await handed_over(town)
    words = typed(
        outcome="solved", result="已办", answer="已办", seen=seen_on((await clerk.get(await path_of(story))).text)
    )
    first = await clerk.post(f"{await path_of(story)}/reply", data=words)
    second = await clerk.post(f"{await path_of(story)}/reply", data=words)
    assert (first.status_code, second.status_code) == (200, 200)


async def test_an_objection_names_the_unit_it_proposes(town: Town, clerk: httpx.AsyncClient) -> None:
    story = await handed_over(town)
    path = f"{await path_of(story)}/objection"
    assert "请选择建议承办单位" in (await clerk.post(path, data=typed(reason="非本单位职责"))).text
    page = await clerk.post(path, data=typed(reason="非本单位职责", proposed=OTHER, once="second"))
    assert "异议已提交" in page.text
    assert await standing(town, story) == "disputed"


async def test_progress_co_handlers_and_more_time_are_asked_on_the_same_page(
    town: Town, clerk: httpx.AsyncClient
) -> None:
    story = await handed_over(town, f"{UNIT} takes it")
    path = await path_of(story)
    assert "进展已记录" in (await clerk.post(f"{path}/progress", data=typed(progress="已到现场"))).text
    joined = await clerk.post(f"{path}/co-handlers", data=typed(units="shi_ziran", once="2"))
    assert "已邀请协办单位" in joined.text
    more = {"clock": "reply", "working_days": "3", "why": "备件未到"}
    assert "延期申请已提交" in (await clerk.post(f"{path}/extension", data=typed(**more, once="3"))).text
    assert "延期待批" in (await clerk.get("/unit")).text


async def test_more_time_than_the_regulation_allows_is_refused_at_the_field(
    town: Town, clerk: httpx.AsyncClient
) -> None:
    story = await handed_over(town)
    more = {"clock": "reply", "working_days": "99", "why": "备件未到"}
    page = await clerk.post(f"{await path_of(story)}/extension", data=typed(**more))
    assert page.status_code == 422
    assert 'id="e-working_days"' in page.text


async def test_the_contact_is_masked_until_a_purpose_is_given(town: Town, clerk: httpx.AsyncClient) -> None:
    story = await handed_over(town)
    assert "13400000001" not in (await clerk.get(await path_of(story))).text
    path = f"{await path_of(story)}/unmasking"
    assert "请填写查看用途" in (await clerk.post(path, data=typed())).text
    assert "13400000001" in (await clerk.post(path, data=typed(purpose="约企业现场核实", once="2"))).text


async def test_a_hand_over_that_was_the_units_before_says_where_it_is_now(town: Town, clerk: httpx.AsyncClient) -> None:
    story = await handed_over(
        town, f"{UNIT} objects, proposing {OTHER}", f"the administrator grants {UNIT} its objection, to {OTHER}"
    )
    page = await clerk.get(await path_of(story))
    assert page.status_code == 200
    assert "已不由本单位办理" in page.text
    assert town.directory.by_unit[OTHER].zh in page.text
    assert "/reply" not in page.text


async def test_another_units_case_is_answered_like_one_that_does_not_exist(town: Town) -> None:
    story = await handed_over(town)
    dispatch = await story.dispatch(UNIT)
    async with town.browser(staff("unit", unit=OTHER)) as stranger:
        others = await stranger.get(f"/unit/cases/{story.case}/{dispatch}")
        nobodys = await stranger.get(f"/unit/cases/ZT-0000000000000000/{dispatch}")
        acted = await stranger.post(f"/unit/cases/{story.case}/{dispatch}/reply", data=typed(outcome="x", result="x"))
    assert others.status_code == nobodys.status_code == acted.status_code == 404
    assert others.text.replace(story.case, "") == nobodys.text.replace("ZT-0000000000000000", "")


async def test_an_order_is_answered_and_leaves_the_list(town: Town, clerk: httpx.AsyncClient) -> None:
    story = await handed_over(town)
    due = (town.now + timedelta(days=20)).date().isoformat()
    body = {"unit": UNIT, "what": "请限期恢复供电", "due_on": due}
    order = (await story.ask("evaluation", f"/cases/{story.case}/orders", body, roles="inspector"))["order"]
    assert "请限期恢复供电" in (await clerk.get("/unit/owed")).text
    path = f"/unit/cases/{story.case}/orders/{order}"
    assert "请写明办理情况" in (await clerk.post(path, data=typed())).text
    assert "督办单已回复" in (await clerk.post(path, data=typed(done="已恢复", once="2"))).text


async def test_the_contact_person_is_changed_and_thereby_confirmed(clerk: httpx.AsyncClient) -> None:
    assert "尚未确认" in (await clerk.get("/unit/contact")).text
    wrong = await clerk.post("/unit/contact", data=typed(person="林强", phone="123", email="a@b.example"))
    assert wrong.status_code == 422
    assert "林强" in wrong.text
    right = {"person": "林强", "phone": "13800000009", "email": "lin@gongdian.example"}
    page = await clerk.post("/unit/contact", data=typed(**right, once="2"))
    assert "最近确认" in page.text
    assert "林强" in page.text


async def test_every_page_of_the_unit_speaks_both_languages(town: Town) -> None:
    story = await handed_over(town)
    pages = ("/unit", "/unit/owed", "/unit/outcomes", "/unit/contact", await path_of(story))
    async with town.browser(staff("unit", unit=UNIT), lang="en") as reader:
        english = [await reader.get(page) for page in pages]
    assert [page.status_code for page in english] == [200] * len(pages)
    assert "To do" in english[0].text
    assert "待办诉求" not in english[0].text
