"""A reception session through the secretary's and the mayor's pages, from calling it to printing its papers."""

from datetime import date, datetime, timedelta

from playwright.async_api import Page, expect

from libs.policy.shanghai import SHANGHAI
from tests.browser.people import People, barriers, picture
from tests.browser.place import Place
from tests.browser.seen import Seen, wrong_with

TITLE = "变压器增容迟迟未批"


async def test_a_session_is_called_prepared_heard_and_put_on_paper(people: People, place: Place) -> None:
    case, day = await for_a_session(place), next_day(place.now)
    seen, heard = Seen(), Seen()
    async with people.at("secretary") as page, people.at("mayor") as leader:
        await page.goto("/")
        await page.get_by_role("link", name="接待日活动").first.click()
        seen.note(page)
        await page.locator("#f-kind").select_option("chaozhou-direct-line:special")
        await page.get_by_label("日期").fill(str(next_saturday(place.now)))
        await page.get_by_label("主题").fill("用电保障")
        await done(page, "召集", "休息日", role="alert")
        await expect(page.get_by_label("主题")).to_have_value("用电保障")
        await page.get_by_label("日期").fill(str(day))
        await done(page, "召集", "活动已建立")
        here = page.url
        seen.note(page)

        await step(page, "确定出席领导")
        await page.locator("#f-leader").select_option("shi_shizhang")
        await page.locator("#f-reason").fill("专题事项")
        await done(page, "确定", "出席领导已确定")
        await step(page, "发布活动预告")
        await page.locator("#f-registration_from").fill(str(place.now.date()))
        await page.locator("#f-registration_until").fill(str(day))
        await page.locator("#f-ways").fill("政务服务大厅企业诉求窗口")
        await done(page, "发布预告", "预告已发布")
        await step(page, "整理并报送问题目录")
        seen.note(page)
        await done(page, "报送问题目录", "问题目录已报送")
        await step(page, "会前协调")
        await page.locator("#f-secretary").fill("值班副秘书长")
        await page.locator("input[name=units][value=shi_gongdian]").check()
        await page.locator("#f-record").fill("供电局、自然资源局到会")
        await done(page, "记录协调情况", "会前协调情况已记录")
        await step(page, "拟定议题报批")
        for box in await page.locator("input[name=cases]").all():
            await box.set_checked(await box.get_attribute("value") == case)
        seen.note(page)
        await done(page, "报领导审定", "议题已报领导审定")

        await leader.goto("/")
        await leader.get_by_role("link", name="我的活动与审批").click()
        heard.note(leader)
        await leader.get_by_role("link", name="审定议程").first.click()
        heard.note(leader)
        await done(leader, "审定议程", "议程已审定")

        await page.goto(here)
        await step(page, "发出邀请、登记回执")
        await page.locator("input[name=units][value=shi_gongdian]").check()
        await done(page, "发出邀请", "邀请已发出")
        await place.until(datetime.combine(day, datetime.min.time(), SHANGHAI).replace(hour=9))

        await leader.goto("/leader")
        await leader.get_by_role("link", name=TITLE).click()
        await leader.locator("input[name=outcome][value=resolved]").check()
        await leader.locator("#f-text").fill("月底前完成增容")
        await leader.locator("#f-lead").select_option("shi_gongdian")
        await done(leader, "记录意见", "完成时限", role="alert")
        await expect(leader.locator("#f-text")).to_have_value("月底前完成增容")
        assert await barriers(leader) == []
        await leader.locator("#f-due_on").fill(str(day + timedelta(days=20)))
        await done(leader, "记录意见", "意见已记录")
        await picture(leader, "reception-item-desk-zh")
        heard.note(leader)

        await page.goto(here)
        await step(page, "登记出席情况")
        await page.locator("#p1").fill("谢明")
        await page.locator("#o1").fill("局长")
        await done(page, "登记出席情况", "出席情况已登记")
        await step(page, "结束活动")
        await done(page, "结束活动", "活动已结束")
        await step(page, "起草并报送处理意见")
        await page.locator("#f-text").fill("供电局月底前完成增容。")
        await done(page, "保存为新版本", "已保存为新版本")
        await done(page, "报送领导审定", "处理意见已报送")

        await leader.goto("/leader")
        await leader.get_by_role("link", name="“直通车”专项专场").first.click()
        await leader.get_by_role("button", name="审定", exact=True).click()
        await expect(leader.get_by_role("status").first).to_contain_text("处理意见已审定")

        await page.goto(here)
        await step(page, "形成会议纪要")
        await page.locator("#f-text").fill("会议议定如下事项。")
        await done(page, "保存纪要", "会议纪要已形成")
        await page.get_by_role("link", name="处理意见和纪要（打印）").click()
        await expect(page.locator("article.paper")).to_contain_text("供电局月底前完成增容。")
        await expect(page.locator("article.paper")).to_contain_text("会议议定如下事项。")
        seen.note(page)
        await page.emulate_media(media="print")
        await expect(page.locator("header.site")).to_be_hidden()
        await picture(page, "office-paper-print-zh")
    await commits_itself(people, case, day)
    assert await wrong_with(people, "secretary", seen) == []
    assert await wrong_with(people, "mayor", heard) == []


async def commits_itself(people: People, case: str, day: date) -> None:
    """The unit that the session charged says in public who does what until when."""
    async with people.at("power-bureau") as page:
        await page.goto("/unit/owed")
        await page.locator(f"main a[href^='/unit/cases/{case}/'][href$='#commitment']").click()
        await page.fill("#f-leader", "局长 谢明")
        await page.fill("#f-person", "营销部 林强")
        await page.fill("#f-due_on", str(day + timedelta(days=60)))
        await page.fill("#f-measures", "完成变压器增容。")
        await done(page, "登录承诺", "领导", role="alert")
        await expect(page.locator("#f-measures")).to_have_value("完成变压器增容。")
        await page.fill("#f-due_on", str(day + timedelta(days=20)))
        assert await barriers(page) == []
        await done(page, "登录承诺", "承诺")
    async with people.at() as page:
        await page.goto("/commitments")
        await expect(page.locator("main")).to_contain_text("完成变压器增容。")


async def step(page: Page, name: str) -> None:
    await page.get_by_role("navigation", name="活动步骤").get_by_role("link", name=name).click()
    await expect(page.locator("#step")).to_have_text(name)


async def done(page: Page, button: str, said: str, *, role: str = "status") -> None:
    await page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
    await expect(page.get_by_role(role).first).to_contain_text(said)  # type: ignore[arg-type]


async def for_a_session(place: Place) -> str:
    """An appeal that its department could not solve: it waits for a session."""
    case, dispatch = await place.handed_over(title=TITLE)
    unit = (await place.ask("GET", "routing", f"/cases/{case}", roles={"ops"}))["dispatches"][dispatch]["unit"]
    here = f"/cases/{case}/dispatches/{dispatch}"
    await place.ask("POST", "routing", f"{here}/taking", roles={"unit"}, unit=unit, subject=unit)
    body = {"opinion": "需市级协调"}
    await place.ask("POST", "routing", f"{here}/unresolved", body=body, roles={"unit"}, unit=unit, subject=unit)
    await place.rest()
    return case


def next_day(now: datetime) -> date:
    """The next day from Monday to Friday."""
    return now.date() + timedelta(days={4: 3, 5: 2}.get(now.weekday(), 1))


def next_saturday(now: datetime) -> date:
    return now.date() + timedelta(days=(5 - now.weekday()) % 7 or 7)
