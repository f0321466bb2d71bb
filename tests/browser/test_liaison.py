"""A liaison officer on the way: the visit logged on the phone, and what it found handed in as an appeal."""

from playwright.async_api import expect

from tests.browser.looking import go, look, look_at
from tests.browser.people import People
from tests.browser.place import Place

SCHEME = "suqian-enterprises"
ENTERPRISE = {"name": "潮州市韩江建材有限公司", "credit_code": "91445102MABRCPGL2F"}


async def served(place: Place) -> str:
    """An enterprise that the officer's unit serves."""
    body = {
        "scheme": SCHEME,
        "kind": "enterprise",
        **ENTERPRISE,
        "contact": {"name": "陈明", "phone": "13500000031"},
        "tier": "key",
    }
    number = (await place.ask("POST", "intake", "/served", roles={"office"}, body=body))["served"]
    who = {
        "scheme": SCHEME,
        "kind": "enterprise",
        "tier": "key",
        "unit": "shi_zhaoshang",
        "unit_leader": "分管领导",
        "specialist": "袁晓",
        "specialist_rank": "division",
        "leader": "shi_fugongye",
    }
    await place.ask("PUT", "routing", f"/served/{number}", roles={"administrator"}, body=who)
    await place.rest()
    return number


async def test_a_visit_is_logged_on_the_phone_and_what_it_found_becomes_an_appeal(people: People, place: Place) -> None:
    number = await served(place)
    async with people.at("liaison", size="phone") as page:
        await go(page, "/liaison")
        await page.locator(f"main a[href='/liaison/served/{number}/visit']").first.tap()
        await page.locator("input[name=kind][value=visit]").tap()
        await page.fill("#f-visited_on", place.now.date().isoformat())
        await page.fill("#f-visitor", "袁晓")
        await page.locator("input[name=help][value=none]").tap()
        await page.fill("#f-title_1", "厂区道路破损")
        await page.get_by_role("button", name="提交登记").tap()
        await expect(page.locator("#e-text_1")).to_be_visible()
        await expect(page.locator("#f-visitor")).to_have_value("袁晓")
        await look(page, "liaison-visit-refused")
        await page.fill("#f-text_1", "厂区外道路破损，货车无法通行，请协调修复。")
        await page.get_by_role("button", name="提交登记").tap()
        await expect(page.locator(".told")).to_contain_text("已转为诉求")
        case = (await page.locator("main a.case-number").first.inner_text()).strip()
        await place.rest()
        appeal = await place.ask("GET", "intake", f"/appeals/{case}", roles={"screener"})
        assert appeal["scheme"].startswith(SCHEME)
        await look_at(
            page,
            {
                "liaison": "/liaison",
                "liaison-served": f"/liaison/served/{number}",
                "liaison-visit": f"/liaison/served/{number}/visit",
                "liaison-appeals": "/liaison/appeals",
            },
        )
