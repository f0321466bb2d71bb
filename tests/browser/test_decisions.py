"""What the office, leaders and administrators decide about one case, each through its page."""

from datetime import timedelta

from playwright.async_api import Page, expect

from tests.browser.begun import Begun
from tests.browser.people import People, barriers
from tests.browser.place import Place

ON_THE_MAYORS_LINE = (
    "an enterprise files through mayor-mailbox",
    "the screener accepts it as energy for the city in class general",
)


async def send(page: Page, button: str, told: str) -> None:
    """The form as it is filled, which is without barriers; and what is said then."""
    assert await barriers(page) == []
    await page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
    await expect(page.locator(".told")).to_contain_text(told)


async def open_decision(page: Page, case: str, name: str) -> None:
    """From the case that the office looks at."""
    await page.goto(f"/office/cases/{case}")
    await page.get_by_role("navigation", name="可以作出的决定").get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()


async def test_a_review_that_is_refused_goes_back_to_the_office_and_comes_again(people: People, place: Place) -> None:
    story = Begun(place, "suqian-mayor-line")
    case = await story.lives(*ON_THE_MAYORS_LINE, "shi_fumigongye approves the step deputy-secretary")
    async with people.at("secretary-general") as page:
        await page.goto("/leader")
        await page.locator(f"main a[href='/leader/cases/{case}?decide=review']").click()
        await page.locator("input[name=approved][value=no]").check()
        await page.fill("#f-reason", "请补充停电记录。")
        await send(page, "签批", "签批意见已登记")
    async with people.at("secretary") as page:
        await open_decision(page, case, "完善后重新报审")
        await page.fill("#f-reason", "停电记录已补充。")
        await send(page, "重新报审", "已重新报审")
    waiting = await story.ask("routing", "/waiting-for-review", method="GET", roles="office")
    assert next(one["step"] for one in waiting if one["case"] == case) == "deputy-secretary"


async def test_the_office_classes_a_case_anew(people: People, place: Place) -> None:
    story = Begun(place, "suqian-mayor-line")
    case = await story.lives(*ON_THE_MAYORS_LINE, "all steps are approved")
    async with people.at("secretary") as page:
        await open_decision(page, case, "调整难易分级")
        await page.select_option("#f-complexity", "complex")
        await page.fill("#f-reason", "涉及多个单位。")
        await send(page, "调整分级", "分级已调整")
    assert (await story.handling())["complexity"] == "complex"


async def test_the_office_hands_a_case_down(people: People, place: Place) -> None:
    case, _ = await place.handed_over(title="县道限高")
    async with people.at("secretary") as page:
        await open_decision(page, case, "交下级办理")
        await page.select_option("#f-below", index=1)
        await page.fill("#f-reason", "属县级事权。")
        await send(page, "交下级办理", "已交下级办理")
    await place.rest()
    assert (await place.ask("GET", "intake", f"/appeals/{case}", roles={"screener"}))["stage"] == "transferred"


async def test_a_leader_decides_what_lies_on_the_own_desk(people: People, place: Place) -> None:
    story = Begun(place, "suqian-mayor-line")
    case = await story.lives(
        *ON_THE_MAYORS_LINE,
        "all steps are approved",
        "shi_gongdian cannot solve it, and reports to business-office",
        "shi_yingshang cannot solve it",
    )
    async with people.at("executive-vice-mayor") as page:
        await page.goto("/leader")
        await page.locator(f"main a[href^='/leader/cases/{case}?decide=decision']").click()
        await page.locator("input[name=outcome][value=resolved]").check()
        await page.fill("#f-opinion", "供电局牵头，限期完成增容。")
        await page.select_option("#f-lead1", "shi_gongdian")
        await page.fill("#f-due_on1", str((place.now + timedelta(days=21)).date()))
        await send(page, "作出决定", "决定已作出")
    await place.rest()
    assert any(
        one["unit"] == "shi_gongdian" and one["task"] == "carry-out"
        for one in (await story.handling())["dispatches"].values()
    )


async def test_a_matter_whose_duty_is_unclear_goes_to_the_joint_meeting(people: People, place: Place) -> None:
    story = Begun(place, "suqian-12345")
    case = await story.lives(
        "an enterprise files through one-net-platform",
        "the screener accepts it as energy for the city",
        "shi_gongdian objects, proposing shi_gongxin",
    )
    async with people.at("arbiter") as page:
        await page.goto("/arbitration")
        await page.locator(f"main tr:has-text('{case}') a").first.click()
        await page.locator("summary", has_text="责任不明").click()
        await page.fill("#f-why_unclear", "供电与工信职责交叉。")
        await send(page, "提交联席会议", "联席会议")
        await page.goto("/arbitration/unclear-duties")
        await expect(page.locator(f"main tr:has-text('{case}')")).to_contain_text("等待联席会议")


async def test_a_leader_decides_on_accountability(people: People, place: Place) -> None:
    story = Begun(place, "suqian-mayor-line")
    case = await story.lives(*ON_THE_MAYORS_LINE, "all steps are approved")
    body = {
        "scheme": (await story.handling())["scheme"], "unit": "shi_gongdian", "trigger": "poor-service",
        "cases": [case], "grounds": "两周无人联系企业",
    }  # fmt: skip
    asked = await story.ask("evaluation", "/findings", body, roles="conduct", unit="shi_zuofeng")
    async with people.at("mayor") as page:
        await page.goto(f"/supervision/accountability/{asked['finding']}")
        await page.locator("input[name=approve][value=yes]").check()
        await page.locator("input[name=measure][value=ordered-check]").check()
        await send(page, "决定", "已作出决定")
        await expect(page.locator("main")).to_contain_text("责令检查")


async def test_a_plan_is_fixed_by_the_unit_and_struck_off_by_the_office(people: People, place: Place) -> None:
    story = Begun(place, "kaihua-call-and-answer")
    case = await story.lives(
        "an enterprise registered in 445103 files through walk-in",
        "the screener accepts it as energy for the county in class complex",
    )
    async with people.at("chaoan-power") as page:
        await page.goto(f"/unit/cases/{case}")
        await page.locator("summary", has_text="明确解决方案").click()
        await page.fill("#f-plan", "一月底前换线，二月底前增容。")
        await send(page, "提交方案", "方案")
    await story.lives("ca_gongdian replies")
    async with people.at("chaoan-office") as page:
        await open_decision(page, case, "问题清单销号")
        await expect(page.locator("main")).to_contain_text("一月底前换线")
        await page.fill("#f-reason", "线路已更换，企业确认。")
        await send(page, "销号", "已销号")
    assert (await story.handling())["plan"]["struck_off"]
