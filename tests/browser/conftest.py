"""One running city and one browser for all walks; each walk fails when a page did what none may."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.browser.people import People
from tests.browser.place import Place

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium-headless-shell"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_SECONDS = 30
"""How long a walk waits for what a page should show: machines that test are busy."""


WALK_SECONDS = 400


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A walk takes as long as its pages; the first one also waits for the city."""
    for item in items:
        if item.path.is_relative_to(HERE) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(WALK_SECONDS))


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with Place(tmp_path_factory.mktemp("place")).open() as place:
        yield place


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def everybody(place: Place) -> AsyncIterator[People]:
    async with people_of(place) as people:
        yield people


@asynccontextmanager
async def people_of(place: Place) -> AsyncIterator[People]:
    """Whoever looks at this city, with a browser of their own."""
    async with async_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield People(place, browser)
        await browser.close()


@pytest.fixture
def people(everybody: People) -> Iterator[People]:
    """Everybody; at the end no page has asked another machine for anything, broken its policy or thrown an error, and no
    browser, with scripts or without, has reported a breach of the policy to the portal."""
    everybody.faults.clear()
    reported = everybody.place.policy_reports()
    yield everybody
    assert everybody.faults == []
    assert everybody.place.policy_reports() == reported
