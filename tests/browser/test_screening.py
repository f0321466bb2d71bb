"""The screener and who decides beside it: accept, return, ask for proof of an enterprise, settle whose a matter is."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.looking import look, look_at
from tests.browser.people import People
from tests.browser.place import Place

UNKNOWN = {"enterprise": "潮州市无名陶瓷有限公司", "credit_code": "91445102MA3AGYGLU6"}


async def stage_of(place: Place, case: str) -> str:
    await place.rest()
    return (await place.ask("GET", "intake", f"/appeals/{case}", roles={"screener"}))["stage"]


async def open_from(page: Page, area: str, case: str) -> None:
    """By the navigation and the queue, as one gets to it."""
    await page.goto("/")
    await page.locator(f"header nav a[href='{area}']").click()
    await page.locator(f"main tr:has-text('{case}') a").first.click()
    await page.wait_for_url(re.compile(case))


async def test_what_is_accepted_goes_to_the_unit_that_was_proposed(people: People, place: Place) -> None:
    case = await place.filed(title="专线电压不稳", text="专线电压不稳，设备停机。")
    async with people.at("screener") as page:
        await open_from(page, "/screening", case)
        await expect(page.get_by_text("法人库登记").first).to_be_visible()
        await page.select_option("#f-category", "energy")
        await page.select_option("#f-level", "city")
        await page.select_option("#f-district", "445102")
        await expect(page.locator("#proposal")).to_contain_text("供电局")
        await look(page, "screening-item")
        await look_at(page, {"screening": "/screening", "screening-one": f"/screening/{case}"})
        await open_from(page, "/screening", case)
        await page.select_option("#f-category", "energy")
        await page.select_option("#f-level", "city")
        await page.select_option("#f-district", "445102")
        await page.get_by_role("button", name="受理并看下一件").click()
        await expect(page.locator(".told")).to_be_visible()
    assert await stage_of(place, case) == "in-hand"


async def test_what_is_returned_says_why(people: People, place: Place) -> None:
    case = await place.filed(title="合同纠纷已起诉")
    async with people.at("screener") as page:
        await open_from(page, "/screening", case)
        await page.locator("summary", has_text="退回").click()
        await page.get_by_role("button", name="退回并看下一件").click()
        await expect(page.locator("#e-reason")).to_be_visible()
        await page.select_option("#f-reason", "litigation")
        await page.fill("#f-explanation", "该事项已进入诉讼程序，请依法向人民法院主张。")
        await look(page, "screening-return")
        await page.get_by_role("button", name="退回并看下一件").click()
        await expect(page.locator(".told")).to_be_visible()
    assert await stage_of(place, case) == "returned"


async def test_an_enterprise_that_the_registry_does_not_know_like_that_is_reviewed(
    people: People, place: Place
) -> None:
    contact = {"name": "陈丽", "phone": "13500000021"}
    body: dict[str, Any] = {
        "dossier": {**UNKNOWN, "contact": contact, "title": "厂房漏雨", "text": "厂房漏雨，请协调。"},
        "channel": "portal",
        "scheme": "chaozhou-direct-line",
    }
    case = (await place.ask("POST", "intake", "/appeals", roles={"enterprise"}, body=body))["case"]
    assert await stage_of(place, case) == "second-review"
    async with people.at("registry") as page:
        await open_from(page, "/screening/second-review", case)
        await look_at(page, {"second-review": "/screening/second-review"})
        await look_at(page, {"second-review-one": f"/screening/second-review/{case}"})
        await page.goto(f"/screening/second-review/{case}")
        await page.check("input[name=matches][value=yes]")
        await page.fill("#f-registered_in", "445102")
        await page.fill("#f-reason", "查档：企业已更名，登记机关一致。")
        await page.get_by_role("button", name="提交结论").click()
        await expect(page.locator(".told")).to_be_visible()
    assert await stage_of(place, case) == "screening"


async def test_an_objection_is_decided_and_the_matter_changes_hands(people: People, place: Place) -> None:
    case, dispatch = await place.handed_over(title="围墙占地争议")
    body = {"reason": "土地权属不属供电部门职责。", "proposed": "shi_ziran"}
    await place.ask(
        "POST", "routing", f"/cases/{case}/dispatches/{dispatch}/objection",
        roles={"unit"}, unit="shi_gongdian", subject="shi_gongdian", body=body,
    )  # fmt: skip
    await place.rest()
    async with people.at("arbiter") as page:
        await open_from(page, "/arbitration", case)
        await expect(page.get_by_text("土地权属不属供电部门职责。")).to_be_visible()
        paths = {"arbitration": "/arbitration", "arbitration-one": f"/arbitration/{case}/{dispatch}"}
        await look_at(page, paths)
        await open_from(page, "/arbitration", case)
        await page.check("input[name=grant][value=yes]")
        await page.select_option("#f-unit", "shi_ziran")
        await page.fill("#f-reason", "土地权属争议由自然资源部门负责。")
        await page.get_by_role("button", name="裁定并看下一件").click()
        await expect(page.locator(".told")).to_be_visible()
    await place.rest()
    handling = await place.ask("GET", "routing", f"/cases/{case}", roles={"ops"})
    assert any(one["unit"] == "shi_ziran" for one in handling["dispatches"].values())
