"""Every place that the navigation offers, as every role; and nobody's personal data where it may not be."""

import pytest
import yaml
from playwright.async_api import Page

from tests.browser.keyboard import SHOWN
from tests.browser.people import People
from tests.browser.place import ACCOUNTS, Place
from tests.browser.seen import wrong_with

ONE_A_ROLE = {
    tuple(one["roles"]): one["account"] for one in reversed(yaml.safe_load(ACCOUNTS.read_text("utf-8"))["accounts"])
}
"""The first of the demo's accounts with each set of roles."""
SEES_WHOLE = frozenset({"screener"})
"""Whose work is the enterprise's data itself; everybody else has it masked."""
NO_CASES = frozenset({"ops", "registry-reviewer"})
"""Who reads nothing of what an appeal says, as the public does not."""


async def places_of(page: Page) -> list[str]:
    """Where the navigation leads, and the ways to more below it."""
    await page.goto("/")
    links = page.locator("header nav a, main nav a")
    found: list[str] = [str(await links.nth(n).get_attribute("href")) for n in range(await links.count())]
    for path in tuple(found):
        await page.goto(path)
        tabs = page.locator("main nav a")
        found += [str(await tabs.nth(n).get_attribute("href")) for n in range(await tabs.count())]
    return [path for path in dict.fromkeys(found) if path.startswith("/")]


@pytest.mark.long
@pytest.mark.parametrize("account", sorted(ONE_A_ROLE.values()))
async def test_every_place_of_every_role_is_whole_at_both_sizes_in_both_languages(people: People, account: str) -> None:
    async with people.at(account) as page:
        paths = await places_of(page)
    assert len(paths) >= 1
    assert await wrong_with(people, account, paths) == []


@pytest.mark.parametrize("account", sorted(ONE_A_ROLE.values()))
async def test_the_tabulator_reaches_the_way_to_the_content_and_shows_where_it_stands(
    people: People, account: str
) -> None:
    async with people.at(account) as page:
        await page.goto("/")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        assert await page.evaluate(SHOWN)
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        while await page.evaluate("!document.activeElement.closest('header nav a')"):
            await page.keyboard.press("Shift+Tab")
        assert await page.evaluate(SHOWN)


CANARIES = {
    "name": "欧阳金丝雀",
    "phone": "13987654321",
    "email": "canary@canary.example",
    "code": "91445103MA3E0TWMF6",
}
WORDS = "金丝雀正文莫外传"


async def test_no_canary_is_seen_by_who_may_not_nor_in_logs_spans_or_addresses(people: People, place: Place) -> None:
    contact = {name: CANARIES[name] for name in ("name", "phone", "email")}
    dossier = {
        "enterprise": "潮州市潮安区嘉美水族器材有限公司",
        "credit_code": CANARIES["code"],
        "contact": contact,
        "title": "厂区道路积水",
        "text": f"{WORDS}，请找{CANARIES['name']}，电话{CANARIES['phone']}。",
    }
    case, _ = await place.handed_over(dossier=dossier)
    told: list[str] = []
    asked: list[str] = []
    for account in ("", *(one for roles, one in ONE_A_ROLE.items() if not SEES_WHOLE & set(roles))):
        roles = next((set(roles) for roles, one in ONE_A_ROLE.items() if one == account), set())
        hidden = CANARIES if roles - NO_CASES else {**CANARIES, "text": WORDS}
        async with people.at(account) as page:
            page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
            paths = await places_of(page)
            for path in (*paths, *(path.format(case=case) for path in OF_A_CASE)):
                await page.goto(path)
                seen = await page.content()
                told += [f"{account} {path}: {what}" for what, canary in hidden.items() if canary in seen]
    assert told == []
    assert [url for url in asked if any(canary in url for canary in (*CANARIES.values(), WORDS))] == []
    assert written_in(place) == []


OF_A_CASE = ("/cases/{case}", "/operations/cases/{case}", "/supervision/cases/{case}", "/office/cases/{case}",
             "/leader/cases/{case}", "/unit/cases/{case}", "/screening/{case}", "/my/{case}")  # fmt: skip


def written_in(place: Place) -> list[str]:
    """Files of logs and spans that hold a canary, as UTF-8 or as JSON escapes it."""
    kept = [*(place.system.folder / "logs").rglob("*"), *place.system.folder.rglob("spans.sqlite*")]
    files = {path.name: path.read_bytes() for path in kept if path.is_file()}
    assert any(name.startswith("spans") for name in files)
    assert "portal.log" in files
    secrets = [form for word in (*CANARIES.values(), WORDS) for form in (word.encode(), word.encode("unicode_escape"))]
    return [name for name, text in files.items() if any(secret in text for secret in secrets)]
