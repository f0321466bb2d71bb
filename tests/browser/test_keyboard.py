"""Each person's chief task with the keys alone: no mouse, no tap, and always seen where one stands."""

import re
from datetime import timedelta
from typing import Any

import yaml
from playwright.async_api import Page, expect

from tests.browser.keyboard import choose, enter, go, press, tick, to, unfold, write, write_day
from tests.browser.people import People
from tests.browser.place import ACCOUNTS, ENTERPRISE, Place
from tests.browser.test_inspection import dissatisfied
from tests.browser.test_liaison import served
from tests.browser.test_office import next_day
from tests.browser.test_operations import parked

UNIT: dict[str, Any] = {"roles": {"unit"}, "unit": "shi_gongdian", "subject": "shi_gongdian"}


def button(page: Page, name: str) -> Any:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


async def told(page: Page, words: str) -> None:
    await expect(page.locator(".told")).to_contain_text(words)


async def test_an_enterprise_files_an_appeal(people: People, place: Place) -> None:
    async with people.at() as page:
        await page.goto("/")
        await press(page, page.locator("main a[href='/file']"))
        await tick(page, "category", "energy")
        await write(page, "#f-title", "夜间停电")
        await write(page, "#f-text", "夜间停电三次，窑炉停产。")
        await press(page, button(page, "下一步"))
        await write(page, "#f-enterprise", ENTERPRISE["enterprise"])
        await write(page, "#f-credit_code", ENTERPRISE["credit_code"])
        await write(page, "#f-name", "陈丽")
        await write(page, "#f-phone", "13500000051")
        await press(page, button(page, "下一步"))
        await press(page, button(page, "提交诉求"))
        await page.wait_for_url("**/receipt")
        case = (await page.locator(".big-number").inner_text()).strip()
    await place.rest()
    assert (await place.ask("GET", "intake", f"/appeals/{case}", roles={"screener"}))["channel"] == "portal"


async def test_a_screener_signs_in_and_accepts(people: People, place: Place) -> None:
    case = await place.filed(title="专线电压忽高忽低", text="专线电压忽高忽低，设备停机。")
    async with people.at() as page:
        await page.goto("/")
        await press(page, page.get_by_role("link", name="工作人员登录"))
        await write(page, "#f-account", "screener")
        await write(page, "#f-password", yaml.safe_load(ACCOUNTS.read_text(encoding="utf-8"))["password"])
        await enter(page)
        await go(page, "/screening")
        await page.keyboard.press("/")
        await page.keyboard.type(case)
        await enter(page)
        await page.wait_for_url(f"**/screening/{case}")
        await choose(page, "#f-category", "energy")
        await choose(page, "#f-level", "city")
        await choose(page, "#f-district", "445102")
        await expect(page.locator("#proposal")).to_contain_text("供电局")
        await press(page, button(page, "受理并看下一件"))
        await told(page, "受理")
    await place.rest()
    assert (await place.ask("GET", "intake", f"/appeals/{case}", roles={"screener"}))["stage"] == "in-hand"


async def test_a_unit_takes_replies_and_keeps_its_contact(people: People, place: Place) -> None:
    case, dispatch = await place.handed_over(title="表箱渗水")
    async with people.at("power-bureau") as page:
        await go(page, "/unit")
        await to(page, page.locator("[data-row]", has_text=case), "j")
        await page.keyboard.press("t")
        await told(page, "已接收")
        await press(page, page.locator("#queue a.case-number", has_text=case))
        await page.wait_for_url(re.compile(rf"/unit/cases/{case}/"))
        if not await page.locator("#reply").is_visible():
            await unfold(page, page.locator("details:has(#reply) > summary"))
        await choose(page, "#f-outcome", "solved")
        await write(page, "#f-result", "更换表箱，依据供电规则。")
        await write(page, "#f-answer", "表箱已更换。")
        await press(page, button(page, "提交答复"))
        await told(page, "答复已提交")
        await go(page, "/unit/contact")
        await write(page, "#f-person", "谢明")
        await press(page, button(page, "保存并确认"))
        await expect(page.locator("main")).to_contain_text("最近确认")
    handling = await place.ask("GET", "routing", f"/cases/{case}", roles={"ops"})
    assert handling["dispatches"][dispatch]["outcome"] == "solved"


async def test_a_leader_approves_the_agenda(people: People, place: Place) -> None:
    case, dispatch = await place.handed_over(title="用地指标不足")
    here = f"/cases/{case}/dispatches/{dispatch}"
    await place.ask("POST", "routing", f"{here}/taking", **UNIT)
    await place.ask("POST", "routing", f"{here}/unresolved", body={"opinion": "需市级协调"}, **UNIT)
    await place.rest()
    session = await agenda_for(place, case)
    async with people.at("vice-mayor") as page:
        await go(page, "/leader")
        await press(page, page.locator(f"main a[href='/leader/sessions/{session}']"))
        await press(page, button(page, "审定议程"))
        await expect(page.get_by_role("status").first).to_contain_text("审定")
    known = await place.ask("GET", "routing", f"/sessions/{session}", roles={"office"})
    assert known["agenda_approved"]


async def agenda_for(place: Place, case: str) -> str:
    """A session of the deputy mayor's whose agenda waits for approval."""
    day = next_day(place.now + timedelta(days=20))
    office: dict[str, Any] = {"roles": {"office"}}
    wanted = {
        "scheme": "chaozhou-direct-line",
        "kind": "special",
        "held_on": str(day),
        "place": "hall",
        "theme": "用地",
    }
    session = (await place.ask("POST", "routing", "/sessions", body=wanted, **office))["session"]
    here = f"/sessions/{session}"
    await place.ask("POST", "routing", f"{here}/leader", body={"leader": "shi_fugongye", "reason": "分管"}, **office)
    await place.ask("POST", "routing", f"{here}/directory", **office)
    talked = {"secretary": "值班副秘书长", "units": ["shi_ziran"], "record": "会前协调"}
    await place.ask("POST", "routing", f"{here}/coordination", body=talked, **office)
    await place.ask("POST", "routing", f"{here}/agenda", body={"cases": [case]}, **office)
    await place.rest()
    return session


async def test_a_liaison_officer_logs_a_visit(people: People, place: Place) -> None:
    number = await served(place)
    async with people.at("liaison") as page:
        await go(page, "/liaison")
        await press(page, page.locator(f"main a[href='/liaison/served/{number}/visit']"))
        await tick(page, "kind", "visit")
        await write_day(page, "#f-visited_on", place.now.date())
        await write(page, "#f-visitor", "袁晓")
        await tick(page, "help", "none")
        await press(page, button(page, "提交登记"))
        await told(page, "登记")


async def test_whoever_is_on_call_replays_one_dead_letter_and_discards_another(people: People, place: Place) -> None:
    case = await place.filed(title="变电站检修")
    async with people.at("night-shift") as page:
        for act, words in (("replay", "已重放"), ("discard", "已丢弃")):
            letter = await parked(place, case)
            await go(page, "/operations/dead")
            await to(page, page.locator("[data-row]", has_text=case), "j")
            await enter(page)
            await page.wait_for_url(f"**{letter}")
            if act == "discard":
                await write(page, "#f-reason", "重复的消息，已另行处理。")
            await press(page, page.locator(f"main form[action$='/{act}'] button"))
            await expect(page.get_by_role("status").first).to_contain_text(words)
    await place.rest()


async def test_an_administrator_opens_an_account(people: People) -> None:
    async with people.at("arbiter") as page:
        await go(page, "/admin/people")
        await press(page, page.get_by_role("link", name="开通账号"))
        await write(page, "#f-account", "he.ping")
        await write(page, "#f-person", "何平")
        await tick(page, "roles", "unit")
        await choose(page, "#f-jurisdiction", "chaozhou")
        await choose(page, "#f-unit", "shi_shuiwu")
        await press(page, button(page, "开通"))
        await expect(page.locator("code.secret")).to_be_visible()


async def test_an_inspector_opens_a_file(people: People, place: Place) -> None:
    case = await dissatisfied(place)
    async with people.at("chaoan-discipline") as page:
        await go(page, "/inspection")
        await to(page, page.locator("[data-row]", has_text=case), "j")
        await enter(page)
        await press(page, button(page, "打开并登记"))
        await tick(page, "found", "weak-handling")
        await write(page, "#f-text", "两周无人联系企业")
        await press(page, button(page, "记入案卷"))
        await expect(page.get_by_role("status").first).to_contain_text("已记入案卷")


async def test_a_supervisor_gives_an_order(people: People, place: Place) -> None:
    case, _ = await place.handed_over(title="线路老化未修")
    async with people.at("inspector") as page:
        await go(page, "/supervision")
        await choose(page, "#f-kind", "limit")
        await choose(page, "#f-unit", "shi_gongdian")
        await press(page, button(page, "筛选"))
        # Nothing is late yet; whoever types the address gets to the case all the same.
        await page.goto(f"/supervision/cases/{case}")
        await unfold(page, page.locator("summary", has_text="发督办单"))
        await choose(page, "#f-unit", "shi_gongdian")
        await write(page, "#f-what", "限期抢修线路")
        await write_day(page, "#f-due_on", (place.now + timedelta(days=7)).date())
        await press(page, button(page, "发出督办单"))
        await told(page, "督办单已发出")
