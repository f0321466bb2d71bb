"""Every place that the navigation offers, as every role; and nobody's personal data where it may not be."""

import pytest
import yaml
from playwright.async_api import Page

from tests.browser.people import People
from tests.browser.place import ACCOUNTS, ENTERPRISE, Place
from tests.browser.seen import wrong_with

ONE_A_ROLE = {
    tuple(one["roles"]): one["account"] for one in reversed(yaml.safe_load(ACCOUNTS.read_text("utf-8"))["accounts"])
}
"""The first of the demo's accounts with each set of roles."""
MAY_SEE = frozenset({"operator", "screener", "registry-reviewer", "office", "unit", "leader", "liaison"})


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


SHOWN = """() => {
  const box = document.activeElement.getBoundingClientRect(), look = getComputedStyle(document.activeElement)
  return box.width > 1 && box.top >= 0 && (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0
    || look.boxShadow !== 'none')
}"""

CANARIES = {
    "name": "欧阳金丝雀",
    "phone": "13987654321",
    "email": "canary@canary.example",
    "code": ENTERPRISE["credit_code"],
}
WORDS = "金丝雀正文莫外传"


async def test_no_canary_is_seen_by_who_may_not_nor_in_logs_spans_or_addresses(people: People, place: Place) -> None:
    contact = {name: CANARIES[name] for name in ("name", "phone", "email")}
    dossier = {**ENTERPRISE, "contact": contact, "title": "厂区道路积水", "text": WORDS}
    body = {"dossier": dossier, "channel": "portal"}
    case = (await place.ask("POST", "intake", "/appeals", roles={"enterprise"}, body=body))["case"]
    await place.rest()
    accept = {"category": "energy", "district": "445102", "level": "city"}
    await place.ask("POST", "intake", f"/appeals/{case}/acceptance", roles={"screener"}, body=accept)
    await place.rest()
    told, asked = [], []
    for account in ("", *(one for roles, one in ONE_A_ROLE.items() if not set(roles) & MAY_SEE)):
        async with people.at(account) as page:
            page.on("request", lambda request: asked.append(request.url))
            paths = await places_of(page)
            for path in [*paths, f"/cases/{case}", f"/operations/cases/{case}", f"/supervision/cases/{case}"]:
                await page.goto(path)
                seen = await page.content()
                told += [
                    f"{account} {path} {what}" for what, canary in {**CANARIES, "text": WORDS}.items() if canary in seen
                ]
    assert told == []
    assert [url for url in asked if any(canary in url for canary in CANARIES.values())] == []
    assert written_in(place) == []


def written_in(place: Place) -> list[str]:
    """Files of logs and spans that hold a canary, as UTF-8 or as JSON escapes it."""
    kept = [*(place.system.folder / "logs").rglob("*"), *place.system.folder.rglob("spans.sqlite*")]
    files = {path.name: path.read_bytes() for path in kept if path.is_file()}
    assert any(name.startswith("spans") for name in files)
    secrets = [form for word in (*CANARIES.values(), WORDS) for form in (word.encode(), word.encode("unicode_escape"))]
    return [name for name, text in files.items() if any(secret in text for secret in secrets)]
