"""Anybody, without an account: on a phone, on a desk, in both languages, with scripts off."""

import pytest

from tests.browser.people import People, Size, barriers, picture
from tests.browser.place import Place

PATHS = {
    "home": "/",
    "ledger": "/ledger",
    "commitments": "/commitments",
    "columns": "/columns",
    "publications": "/publications",
    "how-to-file": "/how-to-file",
    "accessibility": "/accessibility",
}


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_public_pages_have_no_barrier(people: People, size: Size, lang: str) -> None:
    async with people.at(size=size, lang=lang) as page:  # type: ignore[arg-type]
        for name, path in PATHS.items():
            await page.goto(path)
            assert await barriers(page) == []
            await picture(page, f"public-{name}-{size}-{lang}")


async def test_public_pages_are_whole_without_scripts(people: People, place: Place) -> None:
    async with people.at(scripts=False, size="phone") as page:
        for path in PATHS.values():
            await page.goto(path)
            assert await page.locator("h1").count() == 1
            assert await page.locator("header nav a[href='/ledger']").is_visible()
