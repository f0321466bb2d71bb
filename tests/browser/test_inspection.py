"""Discipline inspection: a file is opened by its own people alone, each opening is kept, others learn of nothing."""

from typing import Any

from playwright.async_api import expect

from tests.browser.people import People
from tests.browser.place import Place
from tests.browser.seen import Seen, wrong_with

NOBODYS = "ZT-0000000000000000"
OTHERS = ("mayor", "inspector", "secretary", "night-shift", "conduct", "discipline")
DOSSIER = {
    "enterprise": "潮州市潮安区嘉美水族器材有限公司",
    "credit_code": "91445103MA3E0TWMF6",
    "contact": {"name": "陈丽", "phone": "13400000998"},
    "title": "用电",
    "text": "频繁停电，影响生产",
}


async def test_each_opening_of_a_file_is_recorded_and_anybody_else_hears_what_one_hears_of_none(
    people: People, place: Place
) -> None:
    case, seen = await dissatisfied(place), Seen()
    async with people.at("chaoan-discipline") as page:
        await page.goto("/")
        await page.get_by_role("link", name="倒查案卷").click()
        seen.note(page)
        await page.get_by_role("link", name=case).click()
        await expect(page.locator("main")).to_contain_text("打开会被登记")
        await expect(page.locator("main")).to_contain_text("还没有人打开过")
        seen.note(page)
        await page.get_by_role("button", name="打开并登记").click()
        await page.locator("input[name=found][value=weak-handling]").check()
        await page.get_by_label("情况").fill("两周无人联系企业")
        await page.get_by_role("button", name="记入案卷").click()
        await expect(page.get_by_role("status").first).to_contain_text("已记入案卷")
        looks = page.locator("section[aria-labelledby=looks] tbody tr")
        await expect(looks.first).to_contain_text("chaoan-discipline")
        before = await looks.count()
        await page.get_by_role("button", name="打开并登记").click()
        await expect(page.locator("main")).to_contain_text("两周无人联系企业")
        await page.goto(seen[-1])
        assert await looks.count() > before
    for account in OTHERS:
        async with people.at(account) as page:
            said: list[str] = []
            for number in (case, NOBODYS):
                answer = await page.goto(f"/inspection/files/{number}")
                assert answer
                assert answer.status == 404, account
                said.append(await page.locator("main").inner_text())
            assert said[0].replace(case, NOBODYS) == said[1], account
    assert await wrong_with(people, "chaoan-discipline", seen) == []


async def dissatisfied(place: Place) -> str:
    """A case of Chao'an that its enterprise was dissatisfied with."""
    more: dict[str, Any] = {"scheme": "kaihua-call-and-answer", "channel": "platform", "entered_by": "话务员"}
    filed = {"dossier": DOSSIER, **more}
    case = (await place.ask("POST", "intake", "/appeals", roles={"operator"}, body=filed))["case"]
    await place.rest()
    accept = {"category": "energy", "level": "county", "district": "445103", "complexity": "simple"}
    await place.ask("POST", "intake", f"/appeals/{case}/acceptance", roles={"screener"}, body=accept)
    await place.rest()
    known = (await place.ask("GET", "routing", f"/cases/{case}", roles={"ops"}))["dispatches"]
    dispatch, unit = next((one, told["unit"]) for one, told in known.items())
    reply = {"outcome": "solved", "result": "已更换线路", "answer": "线路已更换。"}
    await place.ask(
        "POST",
        "routing",
        f"/cases/{case}/dispatches/{dispatch}/reply",
        body=reply,
        roles={"unit"},
        unit=unit,
        subject=unit,
    )
    await place.rest()
    invited = await place.ask("GET", "evaluation", f"/cases/{case}/invitation", roles={"service"})
    rating = {"code": invited["code"], "rating": "dissatisfied", "way": "sms-link"}
    await place.ask("POST", "evaluation", f"/cases/{case}/rating", body=rating, roles={"enterprise"}, case=case)
    await place.rest()
    return str(case)
