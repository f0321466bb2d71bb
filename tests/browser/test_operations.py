"""Whoever is on call at night: how the flow is, where a case hangs, what is dead, what is stuck."""

import aio_pika
from playwright.async_api import expect

from libs.topology import DEAD_EXCHANGE, VHOST
from tests.browser.people import People, picture
from tests.browser.place import Place
from tests.browser.seen import Seen, wrong_with
from tests.support import cause, fact


async def test_the_flow_and_what_is_stuck_are_read_at_a_glance(people: People) -> None:
    seen = Seen()
    async with people.at("night-shift") as page:
        await page.goto("/")
        await page.get_by_role("link", name="运行状态").click()
        await expect(page.locator("#flow tbody tr")).to_have_count(7)
        await expect(page.locator("#flow .badge.ok")).to_have_count(7)
        seen.note(page)
        await page.get_by_role("link", name="卡住的工作").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("卡住的工作")
        seen.note(page)
    assert await wrong_with(people, "night-shift", seen) == []


async def test_a_case_read_out_on_the_telephone_is_shown_with_its_whole_path(people: People, place: Place) -> None:
    case, _ = await place.answered()
    seen = Seen()
    async with people.at("night-shift") as page:
        await page.goto("/operations")
        await page.get_by_role("link", name="诉求链路").click()
        await page.get_by_label("受理编号").fill(f" {case.lower()} ")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1 .case-number")).to_have_text(case)
        await expect(page.locator(".fall section")).not_to_have_count(0)
        await expect(page.get_by_role("heading", name="错误")).to_contain_text("0")
        assert "陈丽" not in await page.content()
        await picture(page, "case-waterfall-desk-zh")
        seen.note(page)
    assert await wrong_with(people, "night-shift", seen) == []


async def test_a_dead_letter_is_read_and_replayed(people: People, place: Place) -> None:
    case = await place.filed()
    letter = await parked(place, case)
    seen = Seen()
    async with people.at("night-shift") as page:
        await page.goto("/operations")
        await page.get_by_role("link", name="死信").first.click()
        seen.note(page)
        await page.get_by_role("row").filter(has_text=case).get_by_role("link").last.click()
        await expect(page.locator("main")).to_contain_text(letter)
        seen.note(page)
        await page.get_by_role("button", name="重放这一条").click()
        await expect(page.get_by_role("status").first).to_contain_text("已重放")
        await expect(page.get_by_role("row").filter(has_text=case)).to_have_count(0)
    await place.rest()
    assert (await place.ask("GET", "gateway", "/dead", roles={"ops"}))["count"] == 0
    assert await wrong_with(people, "night-shift", seen[:1]) == []


async def parked(place: Place, case: str) -> str:
    """A fact that the gateway, as it seems, failed with again and again."""
    said = fact(cause(case, 1))
    headers = {"x-reason": "failed: RuntimeError", "x-parked-at": int(place.now.timestamp()), "x-attempt": 4}
    async with await aio_pika.connect(place.system.broker.url(VHOST)) as connection:
        exchange = await (await connection.channel()).get_exchange(DEAD_EXCHANGE, ensure=False)
        message = aio_pika.Message(
            said.model_dump_json().encode(), message_id=said.id, type=said.type, headers=headers,
            content_type="application/json", delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )  # fmt: skip
        await exchange.publish(message, routing_key="gateway", mandatory=True)
    return str(said.id)
