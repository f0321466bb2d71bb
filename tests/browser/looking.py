"""Looking at a page as everybody may see it: on a desk and on a phone, in Chinese and in English."""

from collections.abc import Mapping
from urllib.parse import urljoin

from playwright.async_api import Page

from tests.browser.people import SIZES, picture
from tests.browser.seen import LANGUAGES, Lang, wrong_on


async def go(page: Page, path: str) -> None:
    """To a page of the navigation, as one gets there: through the menu, where it is folded."""
    await page.goto("/")
    link = page.locator(f"header nav a[href='{path}']")
    if not await link.is_visible():
        await page.locator("details.menu > summary").click()
    await link.click()
    await page.wait_for_url(f"**{path}")


async def look(page: Page, name: str, lang: Lang = "zh") -> None:
    """The page as it stands, at both sizes: nothing that may not be; a picture of each."""
    before = page.viewport_size
    for size, viewport in SIZES.items():
        await page.set_viewport_size(viewport)
        assert await wrong_on(page, lang, size) == []
        await picture(page, f"{name}-{size}-{lang}")
    if before:
        await page.set_viewport_size(before)


async def look_at(page: Page, paths: Mapping[str, str]) -> None:
    """Pages by name, opened again by the same person in both languages and looked at in both sizes."""
    everywhere = urljoin(page.url, "/")
    for lang in LANGUAGES:
        await page.context.add_cookies([{"name": "lang", "value": lang, "url": everywhere}])
        for name, path in paths.items():
            answer = await page.goto(path)
            assert answer is not None
            assert answer.ok, f"{path}: {answer.status}"
            await look(page, name, lang)
    await page.context.add_cookies([{"name": "lang", "value": "zh", "url": everywhere}])
