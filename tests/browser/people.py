"""People at their screens: a browser of their own each, watched for what no page may do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.place import ACCOUNTS, Place

Size = Literal["desk", "phone"]
SIZES: dict[Size, Any] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PICTURES = Path(__file__).with_name("pictures")
AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN_AXE = """tags => axe.run(document, {
  runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], iframes: false, preload: false})"""
"""There are no frames; what would be loaded first is for rules that are not among these, and for sound."""
EXPECTED = ("status of 4", "status of 422", "status of 503", "net::ERR_INTERNET_DISCONNECTED", "Failed to fetch")
"""What a browser writes into its console for an answer that a walk wants to see refused."""
BREACHES = """addEventListener('securitypolicyviolation', ({effectiveDirective, blockedURI, documentURI}) =>
  breach(`${effectiveDirective} forbids ${blockedURI} on ${documentURI}`))"""
"""Tells of each breach of the content security policy, whether or not a console or a report names it too."""


@dataclass
class People:
    """Everybody who looks at the city's pages. `faults`: what pages did that none may, by page."""

    place: Place
    browser: Browser
    faults: list[str] = field(default_factory=list[str])
    _states: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])

    @asynccontextmanager
    async def at(
        self, account: str = "", *, size: Size = "desk", lang: Literal["zh", "en"] = "zh", scripts: bool = True
    ) -> AsyncIterator[Page]:
        """Somebody's page: of a demo account, or of anybody."""
        context = await self._context(size=size, lang=lang, scripts=scripts, state=self._states.get((account, lang)))
        page = await context.new_page()
        try:
            if account and (account, lang) not in self._states:
                await self.sign_in(page, account)
                self._states[account, lang] = await context.storage_state()
            yield page
        finally:
            await context.close()

    async def sign_in(self, page: Page, account: str) -> None:
        """With account and password, as staff do."""
        await page.goto("/sign-in")
        await page.fill("#f-account", account)
        await page.fill("#f-password", yaml.safe_load(ACCOUNTS.read_text(encoding="utf-8"))["password"])
        await page.click("main form button[type=submit]")
        await page.wait_for_url(lambda url: "/sign-in" not in url)

    async def _context(self, *, size: Size, lang: str, scripts: bool, state: Any) -> BrowserContext:
        context = await self.browser.new_context(
            viewport=SIZES[size], is_mobile=size == "phone", has_touch=size == "phone", java_script_enabled=scripts,
            base_url=self.place.address, locale="zh-CN", timezone_id="Asia/Shanghai", storage_state=state,
        )  # fmt: skip
        await context.add_cookies([{"name": "lang", "value": lang, "url": self.place.address}])
        await context.expose_binding("breach", lambda _, told: self.faults.append(f"policy: {told}"))
        await context.add_init_script(BREACHES)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("console", self._wrote)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        return context

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.place.address, "data:", "blob:")):
            self.faults.append(f"asked for {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500 and response.status != 503:
            self.faults.append(f"{response.status} {response.request.method} {response.url}")

    def _wrote(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in EXPECTED):
            self.faults.append(f"console: {message.text}")


async def barriers(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, each with where it stands."""
    # Read once for a page: it takes as long as running does.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    found = await page.evaluate(RUN_AXE, RULES)
    return [
        f"{page.url}: {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


async def picture(page: Page, name: str) -> None:
    """Keep what a page looks like, for people to look at."""
    PICTURES.mkdir(exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
