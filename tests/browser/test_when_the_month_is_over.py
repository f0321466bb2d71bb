"""The month's column drafts itself from what was done, waits for a leader, and stands before the public."""

from datetime import timedelta

from playwright.async_api import expect

from tests.browser.begun import Begun
from tests.browser.people import People, picture
from tests.browser.place import Place
from tests.browser.seen import wrong_with

SCHEME = "chaozhou-direct-line"


async def test_a_months_column_is_approved_by_a_leader_and_read_by_everybody(people: People, place: Place) -> None:
    story = Begun(place, SCHEME)
    story.case, _ = await place.answered(title="路灯不亮")
    await story.lives("the enterprise rates it satisfied")
    month, next_month = f"{place.now:%Y-%m}", (place.now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=10)
    public, approved = f"/columns/{SCHEME}/{month}", f"/leader/columns/{SCHEME}/{month}"
    await place.until(next_month)
    async with people.at() as page:
        answer = await page.goto(public)
        assert answer
        assert answer.status == 404, "nobody has approved it"
    async with people.at("secretary") as page:
        await page.goto("/office/columns")
        await page.locator(f"main a[href='/office/columns/{SCHEME}/{month}']").click()
        await expect(page.locator("main")).to_contain_text("等待领导审批")
    async with people.at("mayor") as page:
        await page.goto("/leader")
        await page.locator(f"main a[href='{approved}']").click()
        await page.get_by_role("button", name="批准公开").click()
        await expect(page.locator(".told")).to_contain_text("已批准公开")
    async with people.at(scripts=False) as page:
        await page.goto(public)
        await expect(page.locator("main")).to_contain_text("潮州供电局")
        await picture(page, "public-column-desk-zh")
        await page.goto("/ledger")
        await expect(page.locator("main")).to_contain_text("老化线路已更换")
    assert await wrong_with(people, "mayor", [approved]) == []
