"""A unit's clerk at the desk: the queue by keyboard, what others do meanwhile, and nothing typed lost."""

import re
import time
from contextlib import suppress
from typing import Any

import yaml
from playwright.async_api import Error, Page, expect

from deploy.demo.outside import PartySystems
from tests.browser.looking import look, look_at
from tests.browser.people import People
from tests.browser.place import ACCOUNTS, Place

CLERK = "power-bureau"
UNIT = "shi_gongdian"
LIVE_SECONDS = 2.0
ANSWER = "老化线路已更换，停电将提前七日通知。"


async def dispatch_of(place: Place, case: str) -> dict[str, Any]:
    """The unit's hand-over as routing has it."""
    handling = await place.ask("GET", "routing", f"/cases/{case}", roles={"ops"})
    return next(one for one in handling["dispatches"].values() if one["unit"] == UNIT)


async def open_queue(page: Page) -> None:
    await page.goto("/")
    await page.locator("header nav a[href='/unit']").click()
    await expect(page.locator("#queue")).to_be_visible()


async def open_case(page: Page, case: str) -> None:
    await open_queue(page)
    await page.locator("#queue a.case-number", has_text=case).click()
    await page.wait_for_url(re.compile(rf"/unit/cases/{case}/"))


async def unfold(page: Page, act: str) -> None:
    """Open an act's form, if it is not open already."""
    if not await page.locator(f"#{act}").is_visible():
        await page.locator(f"details:has(#{act}) > summary").click()


async def fill_reply(page: Page) -> None:
    await unfold(page, "reply")
    await page.select_option("#f-outcome", "solved")
    await page.fill("#f-result", "更换分支线路，依据供电规则。")
    await page.fill("#f-answer", ANSWER)


async def test_a_case_is_taken_from_the_queue_with_two_keys(people: People, place: Place) -> None:
    case, _ = await place.handed_over(title="停电未通知", urgent=True)
    async with people.at(CLERK) as page:
        await open_queue(page)
        row = page.locator("[data-row]", has_text=case)
        for _ in range(await page.locator("[data-row]").count()):
            await page.keyboard.press("j")
            if await row.evaluate("row => row === document.activeElement"):
                break
        await expect(row).to_be_focused()
        await page.keyboard.press("t")
        await expect(page.locator(".told")).to_contain_text("已接收")
        assert (await dispatch_of(place, case))["status"] == "taken"
        await look_at(page, {"unit-queue": "/unit", "unit-owed": "/unit/owed", "unit-outcomes": "/unit/outcomes"})
        await look_at(page, {"unit-contact": "/unit/contact", "unit-case": f"/unit/cases/{case}"})


async def test_what_a_units_own_system_takes_shows_on_the_open_queue_within_two_seconds(
    people: People, place: Place
) -> None:
    told: list[dict[str, Any]] = []
    systems = PartySystems("unit_system.py", {UNIT: place.system.party_url(UNIT)}, told.append)
    await systems.start()
    try:
        case, dispatch = await place.handed_over(title="线路跳闸")
        async with people.at(CLERK) as page:
            await open_queue(page)
            take = page.locator(f"form[action$='/{case}/{dispatch}/taking']")
            await expect(take).to_have_count(1)
            await page.evaluate("window.stayed = true")
            began = time.monotonic()
            await systems.order(UNIT, "take", case=case, dispatch=dispatch)
            await expect(take).to_have_count(0)
            took = time.monotonic() - began
            await expect(page.locator("#queue a.case-number", has_text=case)).to_have_count(1)
            assert await page.evaluate("window.stayed"), "the page was not loaded again"
            assert took <= LIVE_SECONDS, f"it took {took:.2f} s"
    finally:
        await systems.stop()


async def test_an_objection_names_whose_the_matter_is(people: People, place: Place) -> None:
    case, _ = await place.handed_over(title="厂区边界争议")
    async with people.at(CLERK) as page:
        await open_case(page, case)
        await unfold(page, "objection")
        await page.locator("#objection").get_by_role("button", name="提交异议").click()
        await expect(page.locator("#e-reason")).to_be_visible()
        await page.fill("#objection #f-reason", "土地权属不属供电部门职责。")
        await page.select_option("#objection #f-proposed", "shi_ziran")
        await look(page, "unit-objection")
        await page.locator("#objection").get_by_role("button", name="提交异议").click()
        await expect(page.locator(".told")).to_contain_text("异议已提交")
    assert (await dispatch_of(place, case))["status"] == "disputed"


async def test_a_reply_is_sent_once_however_often_its_button_is_pressed(people: People, place: Place) -> None:
    case, _ = await place.handed_over(title="变压器噪声")
    async with people.at(CLERK) as page:
        await open_case(page, case)
        await fill_reply(page)
        await page.fill("#f-answer", "请联系经办人 13812345678。")
        await page.get_by_role("button", name="提交答复").click()
        await expect(page.locator("#e-answer")).to_contain_text("电话")
        await expect(page.locator("#f-result")).to_have_value("更换分支线路，依据供电规则。")
        await look(page, "unit-reply-refused")
        await page.fill("#f-answer", ANSWER)
        await page.get_by_role("button", name="提交答复").dblclick()
        await expect(page.locator(".told")).to_contain_text("答复已提交")
        # The form that came back with its fault may be kept nowhere: the browser then asks before it would send it again.
        with suppress(Error):
            await page.go_back()
        await place.rest()
        steps = (await place.ask("GET", "intake", f"/appeals/{case}", roles={"screener"}))["steps"]
        assert len([step for step in steps if step["what"].startswith("case.answered")]) == 1
    async with people.at(CLERK) as page:
        await page.goto("/unit")
        await expect(page.locator("#queue a.case-number", has_text=case)).to_have_count(0)


async def test_the_second_of_two_clerks_sees_what_changed_and_decides_again(people: People, place: Place) -> None:
    case, _ = await place.handed_over(title="配电房漏雨")
    async with people.at(CLERK) as slow, people.at(CLERK) as quick:
        await open_case(slow, case)
        await fill_reply(slow)
        await open_case(quick, case)
        await unfold(quick, "progress")
        await quick.fill("#f-progress", "已到现场查勘。")
        await quick.get_by_role("button", name="提交进展").click()
        await expect(quick.locator(".told")).to_contain_text("进展已记录")
        await slow.get_by_role("button", name="提交答复").click()
        await expect(slow.locator("#changed")).to_contain_text("已到现场查勘。")
        await expect(slow.locator("#f-answer")).to_have_value(ANSWER)
        await look(slow, "unit-changed-meanwhile")
        assert (await dispatch_of(place, case))["status"] in ("offered", "taken")
        await slow.get_by_role("button", name="提交答复").click()
        await expect(slow.locator(".told")).to_contain_text("答复已提交")


async def test_a_lost_connection_loses_nothing_that_was_typed(people: People, place: Place) -> None:
    case, _ = await place.handed_over(title="电表故障")
    async with people.at(CLERK) as page:
        await open_case(page, case)
        address = page.url
        await fill_reply(page)
        await page.context.set_offline(True)
        await page.get_by_role("button", name="提交答复").click()
        await page.wait_for_url(lambda url: "/unit/cases/" not in url or "/reply" in url)
        await page.context.set_offline(False)
        await page.goto(address)
        await unfold(page, "reply")
        await expect(page.locator("#f-answer")).to_have_value(ANSWER)
        await expect(page.locator("#f-outcome")).to_have_value("solved")
        await page.get_by_role("button", name="提交答复").click()
        await expect(page.locator(".told")).to_contain_text("答复已提交")


async def test_after_a_session_ended_what_was_typed_is_back(people: People, place: Place) -> None:
    case, _ = await place.handed_over(title="增容申请搁置")
    async with people.at(CLERK) as page:
        await open_case(page, case)
        address = page.url
        await fill_reply(page)
        await page.context.clear_cookies()
        await page.get_by_role("button", name="提交答复").click()
        await page.wait_for_url(lambda url: "/sign-in" in url)
        await page.fill("#f-account", CLERK)
        await page.fill("#f-password", yaml.safe_load(ACCOUNTS.read_text(encoding="utf-8"))["password"])
        await page.locator("main form button[type=submit]").first.click()
        await page.wait_for_url(address)
        await unfold(page, "reply")
        await expect(page.locator("#f-answer")).to_have_value(ANSWER)
        await page.get_by_role("button", name="提交答复").click()
        await expect(page.locator(".told")).to_contain_text("答复已提交")
