"""What anybody reads, without signing in and without scripts."""

from datetime import datetime
from html.parser import HTMLParser

import pytest

from libs.policy.shanghai import SHANGHAI
from tests.portal.town import Town, typed
from tests.schemes.acts import Story

PLACES = ("/", "/ledger", "/commitments", "/columns", "/publications", "/how-to-file", "/accessibility")


@pytest.fixture(scope="module")
async def town() -> Town:
    """Six answered appeals, one of them about a thing of its own, in a month that was approved."""
    town = Town(start=datetime(2026, 1, 5, 9, tzinfo=SHANGHAI))
    await town.start()
    for nth in range(6):
        story = Story(town, "chaozhou-direct-line")
        await story.do("an enterprise files through portal")
        await story.do("the screener accepts it as energy for the city")
        await story.do("shi_gongdian takes it")
        answer = "窑炉专线已经改造" if nth == 3 else "线路已经更换"
        await story.by_unit("shi_gongdian", "reply", {"outcome": "solved", "result": "内部结果", "answer": answer})
        await story.do("the invitation is delivered")
        await story.do(f"the enterprise rates it {'dissatisfied' if nth == 5 else 'satisfied'}")
    await town.until(datetime(2026, 2, 2, 9, tzinfo=SHANGHAI))
    body = {"leader": "分管领导", "scheme": "chaozhou-direct-line@2021-11-08"}
    await town.ask("disclosure", "POST", "/summaries/2026-01/approval", body, roles=("leader",))
    return town


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_public_page_is_there_for_anybody_in_both_languages(town: Town, path: str, lang: str) -> None:
    async with town.browser(lang=lang) as anybody:
        page = await anybody.get(path)
    assert page.status_code == 200
    assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in page.text
    assert page.text.count("<h1") == 1


async def test_the_ledger_lists_what_was_approved_and_leads_to_each_entry(town: Town) -> None:
    async with town.browser() as anybody:
        ledger = await anybody.get("/ledger")
        links = _links(ledger.text, "/ledger/GK-")
        assert len(links) == 5
        entry = await anybody.get(links[0])
    assert "线路已经更换" in entry.text or "窑炉专线已经改造" in entry.text
    assert "内部结果" not in entry.text


async def test_the_ledger_is_read_by_level_and_by_month_page_by_page(town: Town) -> None:
    everything = await _numbers(town, "")
    assert len(everything) == len(set(everything)) == 5
    for asked in ("jurisdiction=chaozhou", "month=2026-01", "jurisdiction=chaozhou&month=2026-01"):
        assert await _numbers(town, asked) == everything, asked
    for asked in ("jurisdiction=raoping", "month=2025-12", "jurisdiction=raoping&month=2026-01"):
        assert await _numbers(town, asked) == [], asked


async def _numbers(town: Town, asked: str) -> list[str]:
    """Of all entries, two at a time."""
    numbers: list[str] = []
    page = {"next": ""}
    while page["next"] is not None:
        before = f"&before={page['next']}" if page["next"] else ""
        page = await town.ask("disclosure", "GET", f"/ledger.json?limit=2&{asked}{before}", None, roles=("ops",))
        numbers += [entry["entry"] for entry in page["entries"]]
    return numbers


async def test_the_ledger_is_searched_by_words_which_stand_in_no_address(town: Town) -> None:
    async with town.browser() as anybody:
        found = await anybody.post("/ledger", data=typed(text="窑炉专线"))
    assert len(_links(found.text, "/ledger/GK-")) == 1
    assert "窑炉" not in str(found.url)


async def test_a_search_by_one_character_says_what_to_do_and_keeps_it(town: Town) -> None:
    async with town.browser() as anybody:
        page = await anybody.post("/ledger", data=typed(text="电"))
    assert page.status_code == 422
    assert "请至少输入两个字" in page.text
    assert 'value="电"' in page.text


async def test_a_month_shows_its_rates_with_what_they_are_made_of(town: Town) -> None:
    async with town.browser() as anybody:
        column = await anybody.get("/columns/chaozhou-direct-line@2021-11-08/2026-01")
    assert column.status_code == 200
    assert "83.3%" in column.text
    assert "默认满意" in column.text


@pytest.mark.parametrize("name", ["ledger.csv", "ledger.atom", "ledger.json", "publications.atom", "sessions.ics"])
async def test_open_data_is_served_under_its_own_name_and_kept_by_readers(town: Town, name: str) -> None:
    async with town.browser() as anybody:
        first = await anybody.get(f"/feeds/{name}")
        again = await anybody.get(f"/feeds/{name}", headers={"if-none-match": first.headers["etag"]})
    assert first.status_code == 200
    assert again.status_code == 304


async def test_what_is_not_there_says_so_and_leads_back(town: Town) -> None:
    async with town.browser() as anybody:
        for path in ("/ledger/GK-0000000000000000", "/publications/none", "/feeds/secrets", "/nowhere"):
            page = await anybody.get(path)
            assert page.status_code == 404, path
            assert 'href="/"' in page.text


def _links(html: str, start: str) -> list[str]:
    found: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            href = dict(attrs).get("href") or ""
            if tag == "a" and href.startswith(start) and href not in found:
                found.append(href)

    Links().feed(html)
    return found
