"""Every page and form of the portal, as nobody and as every role: 100 % of the cells of pages.yaml."""

from typing import Any

import pytest
import pytest_asyncio

from tests.matrix.pages import Page, pages, read, who_gets_in
from tests.portal.town import Town

TABLE = read()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town() -> Town:
    town = Town()
    await town.start()
    return town


def test_every_page_is_listed(town: Town) -> None:
    names = {page.name for page in pages(town)}
    assert names == TABLE.keys(), "run `python -m tests.matrix` and read what changed"


async def test_every_page_lets_in_whom_the_table_says(town: Town) -> None:
    assert await _wrong(town, [page for page in pages(town) if page.method == "GET"]) == {}


@pytest.mark.long
async def test_every_form_lets_in_whom_the_table_says(town: Town) -> None:
    assert await _wrong(town, [page for page in pages(town) if page.method == "POST"]) == {}


async def _wrong(town: Town, asked: list[Page]) -> dict[str, Any]:
    """Page → what the table says, and what was found."""
    found = {page.name: await who_gets_in(town, page) for page in asked}
    return {name: (TABLE.get(name), cell) for name, cell in found.items() if cell != TABLE.get(name)}
