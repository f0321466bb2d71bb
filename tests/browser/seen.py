"""Pages seen again: each at both sizes and in both languages, where nothing may stand in anybody's way."""

from collections.abc import Iterable
from typing import Literal
from urllib.parse import urlsplit

from playwright.async_api import Page

from tests.browser.people import SIZES, People, Size, barriers

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


class Seen(list[str]):
    """The addresses that a walk passed, once each."""

    def note(self, page: Page) -> None:
        address = urlsplit(page.url)
        path = address.path + (f"?{address.query}" if address.query else "")
        if path not in self:
            self.append(path)


async def wrong_on(page: Page, lang: Lang, size: Size, *, whole: bool = False) -> list[str]:
    """What a page has that none may: a barrier, a second headline or none, another language, a way sideways.

    Other words change no structure: unless the look is `whole`, barriers are looked for in English on the phone alone,
    where there is least room.
    """
    found = [] if (lang, size) == ("en", "desk") and not whole else await barriers(page)
    told = await page.evaluate(
        "() => [document.querySelectorAll('h1').length, document.documentElement.lang,"
        " document.documentElement.scrollWidth - innerWidth]"
    )
    if told[0] != 1:
        found.append(f"{page.url}: {told[0]} h1")
    if told[1] != {"zh": "zh-CN", "en": "en"}[lang]:
        found.append(f"{page.url}: lang {told[1]}")
    if told[2] > 0:
        found.append(f"{page.url}: {told[2]} px too wide")
    return found


async def wrong_with(people: People, account: str, paths: Iterable[str], *, whole: bool = False) -> list[str]:
    """What is wrong with the account's pages at these paths, in either language and at either size."""
    wrong: list[str] = []
    for lang in LANGUAGES:
        async with people.at(account, lang=lang) as page:
            for path in paths:
                answer = await page.goto(path)
                if answer is None or answer.status != 200:
                    wrong.append(f"{path}: {answer and answer.status}")
                for size, room in SIZES.items():
                    await page.set_viewport_size(room)
                    wrong += [f"{size} {lang} {one}" for one in await wrong_on(page, lang, size, whole=whole)]
    return wrong
