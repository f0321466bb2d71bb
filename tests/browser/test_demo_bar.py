"""Whoever looks at the demo moves business time on from the bar above every page, and reads what was sent."""

from datetime import timedelta

from playwright.async_api import expect

from tests.browser.people import People
from tests.browser.place import Place
from tests.browser.seen import Seen, wrong_with


async def test_a_visitor_moves_time_on_sees_what_happened_and_reads_the_messages(people: People, place: Place) -> None:
    case = await place.filed(title="演示栏：停电")
    before, seen = place.now, Seen()
    async with people.at("screener") as page:
        await page.goto("/screening")
        await page.get_by_role("button", name="到下一时限").click()
        await expect(page.get_by_role("status").first).to_contain_text("时间已推进")
        assert place.now > before
        assert page.url.endswith("/screening")
        step = place.now
        await page.get_by_role("button", name="一天后").click()
        await expect(page.get_by_role("status").first).to_contain_text("时间已推进")
        assert (place.now - step).days == 1
        await page.get_by_role("link", name="刚才发生了什么").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("刚才发生了什么")
        await expect(page.locator("main")).to_contain_text("推进到")
        seen.note(page)
        await page.get_by_role("link", name="已发短信和邮件").first.click()
        await expect(page.locator("article").filter(has_text=case).first).to_be_visible()
        seen.note(page)
    assert await wrong_with(people, "screener", seen) == []
    # The next limit may have been midnight, when no short message goes out: the walks after this one want the day.
    await place.until(place.now.replace(hour=9, minute=0) + timedelta(days=1))
