"""How long the portal needs for each page of each role while the city has years of cases."""

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml

from tests.bench.lives import Lives, live
from tests.bench.stock import stock
from tests.browser.place import ACCOUNTS, ENTERPRISE, FIRST_PHONE, Place

WARMING = 3
COUNTING = 409
"""Figures are being counted for the first time; pages that are timed meanwhile would tell of that instead. Each answer waits a
little for the count, so whoever asks again at once does not ask too often."""
ANYBODY = ""
"""Who has no account."""
OWNER = "enterprise"
"""The enterprise whose appeals were copied, signed in with the code sent to its telephone."""
LINK = re.compile(r'<a [^>]*href="(/[^"#]*)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
NAMES_ONE = re.compile(r"/[^/]*[0-9@][^/]*")
"""A part of an address that names one of many."""
KNOWN = yaml.safe_load(ACCOUNTS.read_text("utf-8"))
ONE_A_ROLE = {tuple(one["roles"]): one["account"] for one in reversed(KNOWN["accounts"])}
"""The first of the demo's accounts with each set of roles."""


@dataclass(frozen=True)
class Served:
    """Milliseconds until the whole answer was there; bytes of the page, unpacked."""

    account: str
    path: str
    status: int
    times: int
    median: float
    p95: float
    size: int


async def bench_pages(folder: Path, *, cases: int, times: int, progress: Callable[[str], None] = print) -> list[Served]:
    """Every kind of page of every role, the slowest first."""
    async with Place(folder).open() as place:
        lives = await live(place)
        progress(f"{len(lives.ended) + len(lives.open)} cases lived through")
        await stock(place.system, lives, cases, progress)
        return await look(place, lives, times=times)


async def look(place: Place, lives: Lives, *, times: int, accounts: tuple[str, ...] = ()) -> list[Served]:
    found: list[Served] = []
    for account in accounts or (ANYBODY, OWNER, *ONE_A_ROLE.values()):
        async with httpx.AsyncClient(base_url=place.address, follow_redirects=True, timeout=60) as browser:
            if account == OWNER:
                await _sign_in_as_enterprise(browser, place)
            elif account:
                await _sign_in(browser, account)
            for path in await _pages(browser, _besides(account, lives)):
                found.append(await _timed(browser, account, path, times))
    return sorted(found, key=lambda page: page.p95, reverse=True)


async def _sign_in(browser: httpx.AsyncClient, account: str) -> None:
    form = dict(HIDDEN.findall((await browser.get("/sign-in")).text))
    answer = await browser.post("/sign-in", data=form | {"account": account, "password": KNOWN["password"]})
    assert answer.url.path != "/sign-in", answer.text


async def _sign_in_as_enterprise(browser: httpx.AsyncClient, place: Place) -> None:
    form = dict(HIDDEN.findall((await browser.get("/enterprise/sign-in")).text))
    pair = {"credit_code": ENTERPRISE["credit_code"], "phone": FIRST_PHONE}
    asked = await browser.post("/enterprise/sign-in", data=form | pair)
    await place.rest()
    code = next(sent["params"]["code"] for sent in place.outside.postbag.messages() if "code" in sent.get("params", {}))
    answer = await browser.post("/enterprise/sign-in/code", data=dict(HIDDEN.findall(asked.text)) | {"code": code})
    assert answer.url.path == "/my", answer.text


def _besides(account: str, lives: Lives) -> list[str]:
    """What is reached by typing a number."""
    return [f"/operations/cases/{lives.open[0]}"] if account == "night-shift" else []


async def _pages(browser: httpx.AsyncClient, besides: list[str]) -> list[str]:
    """What is linked from the first page, and what is linked from there: one of each kind."""
    found = {_kind(path): path for path in ("/", *besides)}
    for _ in range(2):
        for path in tuple(found.values()):
            for linked in LINK.findall((await browser.get(path)).text):
                found.setdefault(_kind(linked), linked.replace("&amp;", "&"))
    return list(found.values())


def _kind(path: str) -> str:
    """The same for every case, month and unit."""
    known = urlsplit(path)
    return NAMES_ONE.sub("/*", known.path) + "?" * bool(known.query)


async def _timed(browser: httpx.AsyncClient, account: str, path: str, times: int) -> Served:
    for _ in range(WARMING):
        while (await browser.get(path)).status_code == COUNTING:
            pass
    looks = [await _look(browser, path) for _ in range(times)]
    took = sorted(took for took, _ in looks)
    answer = looks[-1][1]
    p95 = took[max(0, round(times * 0.95) - 1)]
    return Served(account, path, answer.status_code, times, statistics.median(took), p95, len(answer.content))


async def _look(browser: httpx.AsyncClient, path: str) -> tuple[float, httpx.Response]:
    began = time.perf_counter()
    answer = await browser.get(path)
    return (time.perf_counter() - began) * 1000, answer


def table(pages: list[Served]) -> str:
    head = f"{'p95 ms':>8} {'median':>8} {'n':>4} {'bytes':>8} status {'account':20} page"
    rows = (
        f"{one.p95:8.0f} {one.median:8.0f} {one.times:4} {one.size:8} {one.status:6} {one.account or 'anybody':20} {one.path}"
        for one in pages
    )
    return "\n".join((head, *rows))
