"""Words that would run as a script: three hundred of them, filed wherever words go, and shown as words everywhere."""

from collections.abc import Iterator
from typing import Any

from playwright.async_api import Page

from tests.browser.people import People
from tests.browser.place import ENTERPRISE, Place
from tests.browser.test_enterprise import sign_in

BODIES = (
    "<script>ran=1</script>",
    "<script src=//x.example/a.js></script>",
    "<ScRiPt>ran=1</sCrIpT>",
    "<scr<script>ipt>ran=1</scr</script>ipt>",
    "<img src=x onerror=ran=1>",
    "<img src=x onerror='ran=1'>",
    "<img/src/onerror=ran=1>",
    "<svg onload=ran=1>",
    "<svg><script>ran=1</script></svg>",
    "<svg/onload=alert(1)>",
    "<body onload=ran=1>",
    "<input autofocus onfocus=ran=1>",
    "<textarea autofocus onfocus=ran=1>",
    "<select autofocus onfocus=ran=1>",
    "<details open ontoggle=ran=1>",
    "<video><source onerror=ran=1></video>",
    "<audio src=x onerror=ran=1>",
    "<marquee onstart=ran=1>",
    "<iframe src=javascript:ran=1>",
    "<iframe srcdoc='<script>ran=1</script>'>",
    "<object data=javascript:ran=1>",
    "<embed src=javascript:ran=1>",
    "<a href=javascript:ran=1>x</a>",
    "<form action=javascript:ran=1><button>x</button></form>",
    "<base href=//x.example/>",
    "<link rel=stylesheet href=//x.example/a.css>",
    "<meta http-equiv=refresh content=0;url=//x.example>",
    "<style>@import'//x.example/a.css'</style>",
    "<b hx-get=/account hx-trigger=load>x</b>",
    "<b hx-on:load=ran=1 data-live=intake>x</b>",
)
BEFORE = ("", '">', "'>", "</textarea>", "</title>", "</script>", "-->", "]]>", "{{7*7}}", "&lt;/p&gt;")
"""What would end the place in the page where the words stand."""
IN_ALL = 300
CASES = 6
PHONE = "13500000041"
FIRST: dict[str, Any] = {**ENTERPRISE, "contact": {"name": "陈丽", "phone": PHONE}, "title": "停电", "text": "停电五次"}
ACCEPTED = {"category": "energy", "district": "445102", "level": "city"}


def strings() -> Iterator[str]:
    for before in BEFORE:
        for body in BODIES:
            yield before + body


def dossiers() -> Iterator[tuple[dict[str, Any], list[str]]]:
    """All of them over six appeals: each has one as its title, its enterprise and its contact's name, the rest as text."""
    every = list(strings())
    assert len(set(every)) == IN_ALL
    for nth in range(CASES):
        mine = every[nth::CASES]
        title, enterprise, name, *text = sorted(mine, key=len)
        yield (
            {
                "enterprise": enterprise,
                "credit_code": ENTERPRISE["credit_code"],
                "contact": {"name": name, "phone": PHONE},
                "title": title,
                "text": "\n".join(text),
            },
            mine,
        )


def as_shown(words: str) -> str:
    return " ".join(words.split())


async def shows_as_words(page: Page, path: str, words: list[str]) -> None:
    """Every string stands on the page as it was typed, and none of them did anything."""
    await page.goto(path)
    shown = as_shown(await page.locator("main").evaluate("main => main.textContent"))
    assert [one for one in words if as_shown(one) not in shown] == [], path
    assert await page.evaluate("typeof window.ran") == "undefined", path


async def test_three_hundred_hostile_strings_are_shown_as_words_and_none_runs(people: People, place: Place) -> None:
    harm: list[str] = []

    def watch(page: Page) -> None:
        page.on("dialog", lambda dialog: harm.append(f"dialog: {dialog.message}"))
        page.on("popup", lambda popup: harm.append(f"popup: {popup.url}"))

    await place.filed(dossier=FIRST)
    async with (
        people.at(size="phone") as enterprise,
        people.at("screener") as screener,
        people.at("registry") as office,
    ):
        # Before the number got its day's messages about the others.
        await sign_in(enterprise, PHONE)
        for page in (enterprise, screener, office):
            watch(page)
        cases: list[tuple[str, dict[str, Any], list[str]]] = []
        for dossier, mine in dossiers():
            cases.append((await place.filed(dossier=dossier, scheme="chaozhou-direct-line"), dossier, mine))
        for case, dossier, _ in cases:
            await shows_as_words(office, f"/screening/second-review/{case}", [dossier["enterprise"]])
            finding = {"matches": True, "registered_in": "445102", "reason": "已更名"}
            await place.ask("POST", "intake", f"/appeals/{case}/review", roles={"registry-reviewer"}, body=finding)
        await place.rest()
        heads = [dossier[part] for _, dossier, _ in cases for part in ("title", "enterprise")]
        await shows_as_words(screener, "/screening", heads)
        for case, _, mine in cases:
            await shows_as_words(screener, f"/screening/{case}", mine)
            await shows_as_words(enterprise, f"/my/{case}", mine)
            await place.ask("POST", "intake", f"/appeals/{case}/acceptance", roles={"screener"}, body=ACCEPTED)
    await place.rest()
    async with people.at("power-bureau") as unit:
        watch(unit)
        # A unit gets names and numbers masked, also within words, so only that nothing runs is looked at.
        for case, _, _ in cases:
            await shows_as_words(unit, f"/unit/cases/{case}", [])
    assert harm == []
