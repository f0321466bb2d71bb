"""The inspection office sees what is late, orders it done, keeps the board of duties, and learns who looked at contacts."""

from datetime import timedelta

from playwright.async_api import expect

from tests.browser.people import People, picture
from tests.browser.place import Place
from tests.browser.seen import Seen, wrong_with

PURPOSE = "核实停电时段"


async def test_what_is_late_is_ordered_done_and_the_unit_is_called_to_account(people: People, place: Place) -> None:
    case, _ = await place.handed_over(title="督办：线路老化")
    unit = {"purpose": PURPOSE}
    await place.ask(
        "POST", "intake", f"/appeals/{case}/unmasking", roles={"unit"}, unit="shi_gongdian", subject="shi_gongdian",
        body=unit,
    )  # fmt: skip
    await place.days_on(18)
    seen = Seen()
    async with people.at("inspector") as page:
        await page.goto("/")
        await page.get_by_role("link", name="督查督办").click()
        await page.locator("#f-kind").select_option("limit")
        await page.locator("#f-unit").select_option("shi_gongdian")
        await page.get_by_role("button", name="筛选").click()
        seen.note(page)
        await page.get_by_role("link", name=case).first.click()
        assert "陈丽" not in await page.content()
        await page.get_by_text("发督办单").click()
        await page.locator("#f-unit").select_option("shi_gongdian")
        await page.locator("#f-what").fill("限期抢修线路")
        await page.get_by_role("button", name="发出督办单").click()
        await expect(page.get_by_role("alert")).to_contain_text("请填写办结日期")
        await expect(page.locator("#f-what")).to_have_value("限期抢修线路")
        await page.locator("#f-due_on").fill(str((place.now + timedelta(days=7)).date()))
        await page.get_by_role("button", name="发出督办单").click()
        await expect(page.get_by_role("status").first).to_contain_text("督办单已发出")
        await expect(page.locator(".order").first).to_contain_text("待反馈")
        seen.note(page)
        await picture(page, "supervision-case-desk-zh")
        await page.get_by_role("link", name="督查督办").click()
        await page.get_by_role("link", name="工作责任").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("工作责任")
        seen.note(page)
        await page.get_by_role("link", name="联系方式查看记录").click()
        await expect(page.get_by_role("row").filter(has_text=case)).to_contain_text(PURPOSE)
        seen.note(page)
        await page.get_by_role("link", name="问责").click()
        seen.note(page)
    assert await wrong_with(people, "inspector", seen) == []
