"""Every place that the navigation offers, as every role."""

import pytest
import yaml
from playwright.async_api import Page

from tests.browser.keyboard import SHOWN
from tests.browser.people import People
from tests.browser.place import ACCOUNTS
from tests.browser.seen import wrong_with

ONE_A_ROLE = {
    tuple(one["roles"]): one["account"] for one in reversed(yaml.safe_load(ACCOUNTS.read_text("utf-8"))["accounts"])
}
"""The first of the demo's accounts with each set of roles."""


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
    assert await wrong_with(people, account, paths, whole=True) == []


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
