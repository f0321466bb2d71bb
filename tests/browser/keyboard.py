"""Hands on the keys alone: Tab leads to whatever one wants, and shows at each stop where one stands."""

from datetime import date

from playwright.async_api import Locator, Page

FAR = 400
"""So many stops no page has."""
SHOWN = """() => {
  const here = document.activeElement, look = getComputedStyle(here), box = here.getClientRects()[0]
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth)
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight)
  return right - left > 1 && bottom - top > 1
    && here.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2))
    && (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0 || look.boxShadow !== 'none')
}"""
"""Whether what has the focus shows it, stands in the window and lies under nothing else, as soon as it has come to rest."""
PLACES_OF = "(field, value) => [field.selectedIndex, [...field.options].findIndex(one => one.value === value)]"


async def to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """On to one of these, from wherever one stands."""
    await wanted.first.wait_for()
    for _ in range(FAR):
        if await wanted.evaluate_all("all => all.includes(document.activeElement)"):
            await page.wait_for_function(SHOWN)
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {wanted} on {page.url}")


async def enter(page: Page) -> None:
    """What one stands on, until the page it leads to is there."""
    async with page.expect_event("load"):
        await page.keyboard.press("Enter")


async def press(page: Page, wanted: Locator) -> None:
    """A link or a button that leads to a page."""
    await to(page, wanted)
    await enter(page)


async def unfold(page: Page, wanted: Locator) -> None:
    """What is folded away behind a summary."""
    await to(page, wanted)
    await page.keyboard.press("Enter")


async def go(page: Page, path: str) -> None:
    """From the home page through the navigation."""
    await page.goto("/")
    await press(page, page.locator(f"header nav a[href='{path}']"))
    await page.wait_for_url(f"**{path}")


async def write(page: Page, field: str, words: str) -> None:
    """Words into a field, in place of what stood there."""
    await to(page, page.locator(field))
    await page.keyboard.press("Control+A")
    await page.keyboard.type(words)


async def write_day(page: Page, field: str, day: date) -> None:
    """A day as the browser wants its digits."""
    await to(page, page.locator(field))
    await page.keyboard.type(f"{day:%m%d%Y}")
    assert await page.input_value(field) == str(day)


async def choose(page: Page, field: str, value: str) -> None:
    """One of a list, by arrows."""
    await to(page, page.locator(field))
    now, there = await page.locator(field).evaluate(PLACES_OF, value)
    assert there >= 0, f"{field} does not offer {value}"
    for _ in range(abs(there - now)):
        await page.keyboard.press("ArrowDown" if there > now else "ArrowUp")
    assert await page.input_value(field) == value


async def tick(page: Page, name: str, value: str) -> None:
    """One of several that exclude each other, by arrows; or one that stands alone, by the space bar."""
    wanted = page.locator(f"input[name='{name}'][value='{value}']")
    if await wanted.get_attribute("type") == "checkbox":
        await to(page, wanted)
        await page.keyboard.press("Space")
    else:
        every = page.locator(f"input[name='{name}']")
        await to(page, every)
        await page.keyboard.press("Space")
        for _ in range(await every.count()):
            if await wanted.is_checked():
                break
            await page.keyboard.press("ArrowDown")
    assert await wanted.is_checked()
