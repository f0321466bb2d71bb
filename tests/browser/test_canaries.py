"""Personal data that nothing else contains, filed once and then looked for: where it may not be, it is not."""

import re
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import closing
from urllib.parse import quote

from playwright.async_api import APIRequestContext

from tests.browser.people import People
from tests.browser.place import Place
from tests.browser.test_everywhere import ONE_A_ROLE

CANARIES = {
    "name": "欧阳金丝雀",
    "phone": "13987654321",
    "email": "canary@canary.example",
    "code": "91445103MA3E0TWMF6",
}
WORDS = {"title": "金丝雀标题莫外传", "text": "金丝雀正文莫外传"}
EVERYTHING = {**CANARIES, **WORDS}
MAY_SEE: dict[str, Collection[str]] = {
    # Compares the enterprise with the registry, reaches whoever filed, and decides: nothing is masked for this role.
    "screener": EVERYTHING,
    # Looks the enterprise up by its code in the registry, and learns neither what it says nor who says it.
    "registry-reviewer": {"code"},
    # Work on appeals: they read what one says; contact and credit code are masked for them, in its words too.
    **dict.fromkeys(("operator", "administrator", "superior", "office", "unit", "leader", "inspector"), WORDS),
    # Traces back what an enterprise was dissatisfied with.
    "discipline": WORDS,
}
"""What of an appeal each role may see; who is not named, nothing: the public, whoever is on call for the system, liaison
officers and supervisors of efficiency, who read their own cases alone, and whoever hears reports of conduct."""
OF_A_CASE = ("/cases/{case}", "/operations/cases/{case}", "/supervision/cases/{case}", "/office/cases/{case}",
             "/leader/cases/{case}", "/unit/cases/{case}", "/screening/{case}", "/screening/second-review/{case}",
             "/counter/cases/{case}", "/inspection/files/{case}", "/my/{case}", "/my/{case}/receipt")  # fmt: skip

ADDRESS = re.compile(r'(?:href|src|action|hx-get|hx-post)="([^"]*)"')
LINK = re.compile(r'href="(/[^"#]*)"')
NAVIGATION = re.compile("<nav.*?</nav>", re.DOTALL)


async def test_no_canary_is_seen_by_who_may_not_nor_in_logs_spans_or_addresses(people: People, place: Place) -> None:
    dossier = {
        "enterprise": "潮州市潮安区嘉美水族器材有限公司",
        "credit_code": CANARIES["code"],
        "contact": {name: CANARIES[name] for name in ("name", "phone", "email")},
        "title": WORDS["title"],
        "text": f"{WORDS['text']}，请找{CANARIES['name']}，电话{CANARIES['phone']}，代码{CANARIES['code']}。",
    }
    case, _ = await place.handed_over(dossier=dossier)
    seen: set[tuple[str, str]] = set()
    hits: set[tuple[str, str, str]] = set()
    for account, roles in (("", ()), *((one, roles) for roles, one in ONE_A_ROLE.items())):
        may_see = {what for role in roles for what in MAY_SEE.get(role, ())}
        async with people.at(account) as page:
            async for path, html in pages(page.request, case):
                hits |= {(account, path, what) for what in EVERYTHING.keys() - may_see if EVERYTHING[what] in html}
                addresses = " ".join(ADDRESS.findall(html))
                hits |= {
                    (account, path, f"{what} in an address") for what in EVERYTHING if EVERYTHING[what] in addresses
                }
                seen |= {(account, what) for what in EVERYTHING if EVERYTHING[what] in html}
    assert hits == set()
    assert seen >= {("screener", what) for what in EVERYTHING if what != "email"}, "who may see them does"
    assert list(written_in(place, case)) == []


async def pages(request: APIRequestContext, case: str) -> AsyncIterator[tuple[str, str]]:
    """Every place that the navigation offers and the ways below it, every page of a case, and what these link to about it;
    as they are sent, with the addresses in them."""
    depths = {"/": 0} | {path.format(case=case): 2 for path in OF_A_CASE}
    waiting = list(depths)
    for path in waiting:
        answer = await request.get(path)
        assert answer.status in (200, 403, 404), f"{path}: {answer.status}"
        html = await answer.text()
        yield path, html
        navigation = " ".join(NAVIGATION.findall(html)) if depths[path] < 2 else ""
        for found in {*LINK.findall(navigation), *(link for link in LINK.findall(html) if case in link)}:
            if found not in depths:
                depths[found] = depths[path] + 1
                waiting.append(found)


def written_in(place: Place, case: str) -> Iterator[str]:
    """Files of logs and of spans that have a canary, as it is, as JSON escapes it or as an address does."""
    with closing(sqlite3.connect(place.system.folder / "spans.sqlite")) as spans:
        written = {"spans": "\n".join(spans.iterdump()).encode()} | place.logs()
    assert case.encode() in written["spans"]
    assert {"portal.log", "intake.log"} <= set(written)
    words = EVERYTHING.values()
    secrets = [form for one in words for form in (one.encode(), one.encode("unicode_escape"), quote(one).encode())]
    for name, text in written.items():
        if any(secret in text for secret in secrets):
            yield name
