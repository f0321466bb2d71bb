"""The last stage of the cadres' campaign, which the other walks' winter does not reach: listed for rectification, and lifted."""

from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import expect

from deploy.demo.script import at
from tests.browser.begun import Begun
from tests.browser.conftest import people_of
from tests.browser.place import Place
from tests.browser.test_decisions import open_decision, send

NOVEMBER = date(2026, 11, 9)


@pytest.mark.long
async def test_what_stays_undone_is_listed_in_december_and_lifted_when_it_is_put_right(tmp_path: Path) -> None:
    async with Place(tmp_path, first_day=NOVEMBER).open() as place, people_of(place) as people:
        story = Begun(place, "cadres-and-enterprises")
        case = await story.lives(
            "an enterprise files through visit",
            "the screener accepts it as construction for the district",
            "the inspection office orders xq_guijian to act by 2026-11-13",
        )
        await place.until(at(date(2026, 11, 30), 10))
        async with people.at("xiangqiao-office") as page:
            await open_decision(page, case, "列入挂牌整改")
            await page.select_option("#f-unit", "xq_guijian")
            await page.fill("#f-due_on", "2026-12-20")
            await page.get_by_role("button", name="挂牌", exact=True).click()
            await expect(page.get_by_role("alert")).to_contain_text("尚未到挂牌整改阶段")
            await place.until(at(date(2026, 12, 1), 10))
            await expect(page.locator("#f-due_on")).to_have_value("2026-12-20")
            await send(page, "挂牌", "已挂牌")
        async with people.at("xiangqiao-construction", size="phone") as page:
            await page.goto("/unit/owed")
            await expect(page.locator("main")).to_contain_text("挂牌整改")
        await story.lives("xq_guijian replies")
        async with people.at("xiangqiao-office") as page:
            await open_decision(page, case, "整改摘牌")
            await page.fill("#f-evidence", "材料已补齐，许可已发。")
            await send(page, "摘牌", "已摘牌")
        assert not (await story.handling())["up_for_rectification"]
        assert people.faults == []
