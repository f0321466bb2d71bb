"""The hotline at its desk: no mouse from the call to the receipt, and questions answered while the caller waits."""

from playwright.async_api import Page, expect

from tests.browser.keyboard import choose, press, to, write
from tests.browser.looking import look, look_at
from tests.browser.people import People
from tests.browser.place import ENTERPRISE, Place


async def choose_channel(page: Page, value: str) -> None:
    """From wherever one is: Shift+Tab back to the channel, then arrows."""
    await to(page, page.locator("#f-channel"), "Shift+Tab")
    await choose(page, "#f-channel", value)


async def enter(page: Page, *, channel: str, phone: str, title: str) -> str:
    """An appeal by keyboard alone; its number."""
    await page.goto("/counter")
    await choose_channel(page, channel)
    await to(page, page.locator("#f-enterprise"))
    await page.keyboard.type("瑞祥陶瓷")
    await expect(page.locator("#found .choice").first).to_contain_text(ENTERPRISE["enterprise"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#f-credit_code")).to_have_value(ENTERPRISE["credit_code"])
    await expect(page.locator("#f-name")).to_be_focused()
    for words in ("陈丽", phone, title, "企业来电反映，请答复。"):
        await page.keyboard.type(words)
        await page.keyboard.press("Tab")
    await expect(page.locator("#similar")).not_to_contain_text("选中企业或写下内容后")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url("**/counter/receipts/*")
    return (await page.locator(".receipt .number").inner_text()).strip()


async def test_an_appeal_is_entered_by_keyboard_alone(people: People, place: Place) -> None:
    await place.filed(title="电费单据有误")
    async with people.at("hotline") as page:
        case = await enter(
            page, channel="chaozhou-direct-line:hotline-12345", phone="13500000011", title="电费单据有误"
        )
        await place.rest()
        appeal = await place.ask("GET", "intake", f"/appeals/{case}", roles={"screener"})
        assert appeal["channel"] == "hotline-12345"
        await page.goto("/counter")
        await page.fill("#f-enterprise", ENTERPRISE["enterprise"])
        await page.fill("#f-credit_code", ENTERPRISE["credit_code"])
        await page.fill("#f-title", "电费单据有误")
        await page.fill("#f-text", "电费单据有误")
        await expect(page.locator("#similar")).to_contain_text("同一企业")
        await look(page, "counter-similar")
        paths = {"counter": "/counter", "counter-mine": "/counter/mine", "counter-case": f"/counter/cases/{case}"}
        await look_at(page, paths)


async def test_a_wrong_field_keeps_what_was_typed_and_takes_the_focus(people: People) -> None:
    async with people.at("hotline") as page:
        await page.goto("/counter")
        await page.fill("#f-enterprise", ENTERPRISE["enterprise"])
        await page.fill("#f-credit_code", "91445102MA3AGYGLU7")
        await page.fill("#f-name", "陈丽")
        await page.fill("#f-phone", "13500000012")
        await page.fill("#f-title", "电费")
        await page.fill("#f-text", "电费")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("alert").first).to_be_visible()
        await expect(page.locator("#f-credit_code")).to_be_focused()
        await expect(page.locator("#f-text")).to_have_value("电费")


async def test_a_question_is_answered_on_the_spot_by_keyboard(people: People, place: Place) -> None:
    async with people.at("hotline") as page:
        case = await enter(page, channel="suqian-12345:hotline-12345", phone="13500000013", title="咨询峰谷电价")
        await look(page, "counter-receipt")
        await to(page, page.locator("input[name=how]"))
        await page.keyboard.press("Space")
        await write(page, "#f-answer", "峰谷电价按现行目录执行，可在营业厅申请。")
        await press(page, page.locator("main form[action$='/answer'] button[type=submit]"))
        await page.wait_for_url("**/counter")
        await expect(page.locator(".told")).to_contain_text("已当场答复")
    await place.rest()
    appeal = await place.ask("GET", "intake", f"/appeals/{case}", roles={"screener"})
    assert appeal["answered"] or appeal["stage"] in ("answered", "closed")
