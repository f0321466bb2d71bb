"""An enterprise with its phone: it files, follows, supplements, withdraws, judges, reports, and comes to a reception day."""

import io
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.looking import go, look, look_at
from tests.browser.people import People
from tests.browser.place import ENTERPRISE, Place

CODE = "91445102MA3AGYGLU6"
CODE_ALONE = re.compile(r"^\s*\d{6}\s*$|验证码")
RELOADS = 200
"""So often at most is looked whether a message came."""
MATTER = {"title": "厂区频繁停电", "text": "十二月以来停电五次，窑炉停产，希望更换线路。"}


def photograph() -> Any:
    """A picture as a phone takes it."""
    kept = io.BytesIO()
    Image.new("RGB", (320, 240), "#7a8").save(kept, "JPEG")
    return {"name": "停电现场.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


async def file_on_a_phone(page: Page, *, phone: str, matter: Mapping[str, str] = MATTER, wrong_code: str = "") -> str:
    """Home page to receipt, by taps; the number."""
    await page.goto("/")
    await page.locator("main a[href='/file']").first.tap()
    if await page.locator("ul.choices").count():
        await page.locator("ul.choices a").first.tap()
    await page.locator("input[name=category][value=energy]").tap()
    for name, value in matter.items():
        await page.fill(f"#f-{name}", value)
    await page.get_by_role("button", name="下一步").tap()
    await page.fill("#f-enterprise", ENTERPRISE["enterprise"])
    await page.fill("#f-name", "陈丽")
    await page.fill("#f-phone", phone)
    if wrong_code:
        await page.fill("#f-credit_code", wrong_code)
        await page.get_by_role("button", name="下一步").tap()
        await expect(page.locator("#e-credit_code")).to_contain_text("校验码")
        await expect(page.locator("#f-credit_code")).to_be_focused()
        await expect(page.locator("#f-credit_code")).to_have_value(wrong_code)
        await expect(page.locator("#f-phone")).to_have_value(phone)
        await look(page, "enterprise-wrong-code")
    await page.fill("#f-credit_code", CODE)
    await page.get_by_role("button", name="下一步").tap()
    await page.set_input_files("#f-files", [photograph()])
    await look(page, "enterprise-check")
    await page.get_by_role("button", name="提交诉求").tap()
    await page.wait_for_url("**/receipt")
    return (await page.locator(".big-number").inner_text()).strip()


async def sign_in(page: Page, phone: str) -> None:
    """With the credit code and the code that came to the phone, read where the demo shows what was sent."""
    await page.goto("/")
    await page.get_by_role("link", name="企业登录").first.tap()
    await page.fill("#f-credit_code", CODE)
    await page.fill("#f-phone", phone)
    await page.get_by_role("button", name="发送验证码").tap()
    await page.wait_for_url("**/enterprise/sign-in/code")
    messages = await page.context.new_page()
    to_me = messages.locator("article", has_text=f"{phone[:3]}****{phone[-4:]}").locator(".text", has_text=CODE_ALONE)
    await messages.goto("/demo/messages")
    for _ in range(RELOADS):
        if await to_me.count():
            break
        await messages.reload()
    found = re.search(r"\d{6}", await to_me.first.inner_text())
    assert found
    await messages.close()
    await page.fill("#f-code", found[0])
    await page.get_by_role("button", name="登录").last.tap()
    await page.wait_for_url("**/my")


async def test_an_appeal_is_filed_on_a_phone_in_three_steps_and_followed_from_another_device(
    people: People, place: Place
) -> None:
    async with people.at(size="phone") as page:
        case = await file_on_a_phone(page, phone="13500000001", wrong_code="91445102MA3AGYGLU7")
        await expect(page.locator(".receipt svg")).to_be_visible()
        await look(page, "enterprise-receipt")
    await place.rest()
    async with people.at(size="phone") as page:
        await sign_in(page, "13500000001")
        await page.get_by_role("link", name=case).tap()
        await expect(page.locator("ol.track [aria-current=step]")).to_be_visible()
        await page.get_by_text("附件").first.tap()
        await expect(page.get_by_role("link", name="停电现场.jpg")).to_be_visible()

        wanted = {"text": "请补充近三个月的停电时间。"}
        await place.ask("POST", "intake", f"/appeals/{case}/supplement-request", roles={"screener"}, body=wanted)
        await place.rest()
        await page.reload()
        await page.get_by_label("补充内容").fill("十月三次，十一月四次，十二月五次。")
        await look(page, "enterprise-supplement")
        await page.get_by_role("button", name="提交补充").tap()
        await expect(page.get_by_role("status").first).to_contain_text("补充内容已提交")
        await look_at(page, {"enterprise-mine": "/my", "enterprise-case": f"/my/{case}"})

        await page.goto(f"/my/{case}")
        await page.get_by_role("link", name="撤回诉求").tap()
        await look(page, "enterprise-withdrawal")
        await page.get_by_role("button", name="确定撤回").tap()
        await expect(page.get_by_role("status").first).to_contain_text("诉求已撤回")
    appeal = await place.ask("GET", "intake", f"/appeals/{case}", roles={"screener"})
    assert appeal["stage"] == "withdrawn"


async def test_the_link_in_the_message_opens_a_page_and_only_a_tap_judges(people: People, place: Place) -> None:
    case, link = await place.answered(title="厂区电压不稳")

    async def judgement() -> Any:
        known = await place.ask("GET", "evaluation", f"/cases/{case}/judgement", roles={"enterprise"}, case=case)
        return known["rating"]

    async with people.at(size="phone", scripts=False) as page:
        for _ in range(2):
            await page.goto(link)
            assert await judgement() is None, "opening the page is no judgement"
        await expect(page.get_by_text("老化线路已更换")).to_be_visible()
        await page.locator("button.tap.good").tap()
        await expect(page.locator("#judged")).to_be_visible()
        assert await judgement() == "satisfied"
    async with people.at(size="phone") as page:
        await page.goto("/")
        await look_at(page, {"rating-judged": link})
    _, link = await place.answered(title="厂区电压过低")
    async with people.at(size="phone") as page:
        await page.goto("/")
        await look_at(page, {"rating-open": link})


async def test_a_report_is_sent_unnamed_and_its_number_is_shown_once(people: People, place: Place) -> None:
    async with people.at(size="phone", scripts=False) as page:
        await go(page, "/report")
        await page.get_by_role("button", name="提交举报").tap()
        await expect(page.locator("#e-text")).to_be_visible()
        await page.locator("input[name=what][value^='conduct:']").tap()
        await page.fill("#f-text", "提出诉求后被要求提供与办理无关的资料。")
        await page.get_by_role("button", name="提交举报").tap()
        report = (await page.locator(".big-number").inner_text()).strip()
        assert report
        assert report not in page.url
        await page.goto("/my")
        assert report not in await page.content()
    async with people.at(size="phone") as page:
        await page.goto("/")
        await look_at(page, {"enterprise-report": "/report"})


async def test_a_guest_registers_for_the_next_reception_day_and_takes_its_calendar_file(
    people: People, place: Place
) -> None:
    wanted = {
        "scheme": "chaozhou-direct-line",
        "kind": "special",
        "held_on": "2026-01-28",
        "place": "hall",
        "theme": "用电保障",
    }
    session = (await place.ask("POST", "routing", "/sessions", roles={"office"}, body=wanted))["session"]
    open_for = {"registration_from": "2026-01-05", "registration_until": "2026-01-20", "ways": ["办事窗口"]}
    await place.ask("POST", "routing", f"/sessions/{session}/announcement", roles={"office"}, body=open_for)
    await place.rest()
    async with people.at(size="phone") as page:
        await go(page, "/sessions")
        await page.locator(f"a[href='/sessions/{session}/registration']").tap()
        await page.fill("#f-enterprise", ENTERPRISE["enterprise"])
        await page.fill("#f-person", "陈丽")
        await page.fill("#f-phone", "12")
        await page.get_by_role("button", name="登记", exact=True).tap()
        await expect(page.locator("#f-phone")).to_be_focused()
        await expect(page.locator("#f-person")).to_have_value("陈丽")
        await page.fill("#f-phone", "13500000002")
        await page.get_by_role("button", name="登记", exact=True).tap()
        await expect(page.get_by_role("status").first).to_be_visible()
        calendar = await page.request.get("/feeds/sessions.ics")
        assert "20260128" in await calendar.text()
        await look_at(page, {"sessions": "/sessions", "session-registration": f"/sessions/{session}/registration"})
    known = await place.ask("GET", "routing", f"/sessions/{session}", roles={"office"})
    assert len(known["registrations"]) == 1
