"""How soon a visitor on a poor line sees a public page, and what it costs them."""

from typing import Any

import pytest
from playwright.async_api import CDPSession

from tests.browser.people import People
from tests.browser.test_public import PATHS

ROUND_TRIP_MS = 150
BYTES_A_SECOND = 1.6e6 / 8
SOON_ENOUGH_MS = 1500
SMALL_ENOUGH = 250_000
CHARTS = "echarts"
"""Charts come after everything else and only where there are some."""
LOOKS = 3
"""The median of so many first looks counts."""


@pytest.mark.long
@pytest.mark.parametrize("path", PATHS.values())
async def test_a_public_page_shows_itself_soon_and_is_small_on_a_poor_line(people: People, path: str) -> None:
    looks = sorted([await _first_look(people, path) for _ in range(LOOKS)])
    painted, received = looks[LOOKS // 2]
    assert painted <= SOON_ENOUGH_MS, looks
    assert received <= SMALL_ENOUGH, looks


async def _first_look(people: People, path: str) -> tuple[float, int]:
    """Milliseconds until the first content was painted, and bytes over the wire without charts; nothing is cached."""
    async with people.at(size="phone") as page:
        line = await page.context.new_cdp_session(page)
        received = await _poor(line)
        await page.goto(path, wait_until="load")
        painted: float = await page.evaluate(PAINTED)
        return painted, sum(received.values())


async def _poor(line: CDPSession) -> dict[str, int]:
    """Slow the line down; what it carried, filled as requests end."""
    received: dict[str, int] = {}
    charts: set[str] = set()

    def asked(told: dict[str, Any]) -> None:
        if CHARTS in told["request"]["url"]:
            charts.add(told["requestId"])

    def ended(told: dict[str, Any]) -> None:
        if told["requestId"] not in charts:
            received[told["requestId"]] = told["encodedDataLength"]

    line.on("Network.requestWillBeSent", asked)
    line.on("Network.loadingFinished", ended)
    await line.send("Network.enable")
    slow = {"latency": ROUND_TRIP_MS, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    await line.send("Network.emulateNetworkConditions", {"offline": False, **slow})
    return received


PAINTED = """() => new Promise(resolve => new PerformanceObserver(list => {
  for (const entry of list.getEntriesByName('first-contentful-paint')) resolve(entry.startTime)
}).observe({type: 'paint', buffered: true}))"""
