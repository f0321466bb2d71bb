"""What the office writes for everybody to read waits for a leader, and never for its author."""

from playwright.async_api import expect

from tests.browser.people import People, picture
from tests.browser.seen import Seen, wrong_with


async def test_a_report_is_written_by_the_office_and_published_by_a_leader(people: People) -> None:
    seen, approved = Seen(), Seen()
    async with people.at("secretary") as page:
        await page.goto("/")
        for name in ("待办", "月度专栏", "数据"):
            await page.get_by_role("navigation", name="主导航").get_by_role("link", name=name).click()
            seen.note(page)
        await page.get_by_role("navigation", name="主导航").get_by_role("link", name="通报与清单").click()
        seen.note(page)
        await page.goto("/office/publications/new/chaozhou-direct-line/leaders-report")
        await page.locator("#f-title").fill("一月诉求办理汇总")
        await page.locator("#f-text").fill("联系人13800000000")
        await page.locator("main form").get_by_role("button").last.click()
        await expect(page.get_by_role("alert")).to_contain_text("个人信息")
        await expect(page.locator("#f-text")).to_have_value("联系人13800000000")
        await page.locator("#f-text").fill("本月办理平稳。")
        await page.locator("main form").get_by_role("button").last.click()
        await expect(page.locator("main")).to_contain_text("等待领导审批")
        seen.note(page)
    async with people.at("mayor", size="phone") as page:
        await page.goto("/leader")
        await page.get_by_role("link", name="一月诉求办理汇总").click()
        await page.get_by_role("main").get_by_role("button").last.click()
        await expect(page.get_by_role("status").first).to_contain_text("已批准发布")
        await picture(page, "leader-home-phone-zh")
        approved.note(page)
    assert await wrong_with(people, "secretary", seen) == []
    assert await wrong_with(people, "mayor", approved) == []
