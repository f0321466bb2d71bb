"""What a unit owes beside its queue: last words after a bad rating, call-backs, corrections, evidence of its duties."""

from datetime import datetime, time, timedelta

from playwright.async_api import expect

from libs.policy.shanghai import SHANGHAI
from tests.browser.begun import Begun
from tests.browser.people import People
from tests.browser.place import Place
from tests.browser.test_decisions import send
from tests.browser.test_office import next_day


async def test_a_bad_rating_leads_to_a_final_decision(people: People, place: Place) -> None:
    case, _ = await place.answered(title="停电补偿")
    story = Begun(place, "chaozhou-direct-line")
    story.case = case
    await story.lives("the enterprise rates it dissatisfied")
    async with people.at("power-bureau") as page:
        await page.goto("/unit")
        await page.locator("#queue a.case-number", has_text=case).click()
        await page.fill("#f-talk", "一月二十日与企业面谈，企业表示理解。")
        await page.fill("#f-final_answer", "补偿标准依照供用电合同执行。")
        await send(page, "提交最后处理决定", "决定")
    await place.rest()
    assert (await story.handling())["closed"]


async def test_whoever_solved_it_calls_back(people: People, place: Place) -> None:
    story = Begun(place, "county-reception-day")
    case = await story.lives(
        "an enterprise registered in 445122 files through phone",
        "the screener accepts it as production for the county for rp_gongdian",
        "rp_gongdian replies",
    )
    async with people.at("raoping-power") as page:
        await page.goto("/unit/owed")
        await page.locator(f"main a[href='/unit/cases/{case}/call-back']").click()
        await page.locator("input[name=way][value=phone]").check()
        await page.locator("input[name=solved][value=yes]").check()
        await page.fill("#f-note", "企业表示已恢复供电。")
        await send(page, "登记回访", "回访情况已登记")
    await place.rest()
    assert (await story.handling())["closed"]


async def test_a_bad_rating_is_corrected(people: People, place: Place) -> None:
    story = Begun(place, "suqian-window")
    case = await story.lives(
        "an enterprise files through cannot-online",
        "the screener accepts it as energy for the city in class simple",
        "shi_gongdian replies",
        "the enterprise rates it very-dissatisfied by window-device",
    )
    async with people.at("power-bureau") as page:
        await page.goto("/unit/owed")
        await page.locator(f"main a[href='/unit/cases/{case}/correction']").click()
        await page.fill("#f-evidence", "已上门致歉，业务当日办结。")
        await send(page, "提交整改情况", "差评整改情况已提交")
        await expect(page.locator(f"main a[href='/unit/cases/{case}/correction']")).to_have_count(0)


async def test_evidence_of_a_duty_is_handed_in(people: People, place: Place) -> None:
    async with people.at("power-bureau") as page:
        await page.goto("/unit/owed")
        duty = page.locator("main a[href^='/unit/duties/']").first
        number = (await duty.get_attribute("href") or "").rpartition("/")[2]
        await duty.click()
        await page.locator("input[name=kind]").first.check()
        await page.fill("#f-reference", "潮供电〔2026〕3号")
        await send(page, "提交材料", "履职材料已提交")
    await place.rest()
    known = await place.ask("GET", "deadline", f"/duties/{number}", roles={"office"})
    assert [one["reference"] for one in known["evidence"]] == ["潮供电〔2026〕3号"]


async def test_what_a_reception_day_charged_a_unit_with_is_reported_in_writing(people: People, place: Place) -> None:
    story, day = Begun(place, "county-reception-day"), next_day(place.now)
    case = await story.lives(
        "an enterprise registered in 445122 files through phone",
        "the screener accepts it as production for the county for rp_gongdian",
        "rp_gongdian cannot solve it",
        "the office sends up what rp_gongdian could not solve",
        "rp_fuban cannot solve it",
        f"the office calls a deputy-day for {day}",
        "rp_fuchengjian attends the session",
        "the office puts it on the agenda",
        "rp_fuchengjian approves the agenda",
    )
    await place.until(datetime.combine(day, time(15), SHANGHAI))
    await story.lives(
        f"the leader finds it resolved with rp_gongdian in the lead by {day + timedelta(days=40)}",
        "the session is held",
        "the opinions are put to rp_fuchengjian",
        "rp_fuchengjian approves the opinions",
        "rp_gongdian replies",
    )
    async with people.at("raoping-power") as page:
        await page.goto(f"/unit/cases/{case}")
        await page.fill("#f-report", "增容已完成，企业已恢复生产。")
        await send(page, "报送", "报告")
    assert [one["text"] for one in (await story.handling())["reports"]] == ["增容已完成，企业已恢复生产。"]
