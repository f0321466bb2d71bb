"""Liaison officers at their pages: who is due, the visit on the phone, what it found, the register, the matrix."""

from collections.abc import AsyncGenerator
from datetime import datetime

import httpx
import pytest_asyncio

from libs.policy.shanghai import SHANGHAI
from tests.portal.town import Town, staff, typed
from tests.schemes import acts_more as acts_more
from tests.schemes.acts import Story, registered_in

UNIT = "shi_gongxin"
GAP = 'badge bad">空白'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def story() -> Story:
    """An enterprise that the unit serves, on the last day of the month in which it began to."""
    town = Town(start=datetime(2026, 11, 30, 9, tzinfo=SHANGHAI))
    await town.start()
    story = Story(town, "suqian-enterprises")
    await story.do(f"an enterprise is served in tier key by {UNIT}")
    return story


def town_of(story: Story) -> Town:
    assert isinstance(story.city, Town)
    return story.city


@pytest_asyncio.fixture(loop_scope="session")
async def officer(story: Story) -> AsyncGenerator[httpx.AsyncClient]:
    async with town_of(story).browser(staff("liaison", unit=UNIT, name="officer")) as browser:
        yield browser


def visit_path(story: Story) -> str:
    return f"/liaison/served/{story.kept['served']}/visit"


async def test_an_officer_sees_whom_the_unit_serves(story: Story, officer: httpx.AsyncClient) -> None:
    assert registered_in("445102")["name"] in (await officer.get("/liaison")).text


async def test_what_a_visit_finds_becomes_an_appeal_that_the_officer_follows(
    story: Story, officer: httpx.AsyncClient
) -> None:
    visit = {"kind": "visit", "visited_on": "2026-11-30", "visitor": "张三", "notes": "订单增加", "help": "none"}
    found = {"title_1": "用电不稳", "text_1": "一周停电三次", "channel_1": "visit"}
    page = await officer.post(visit_path(story), data=typed(**visit, **found))
    assert page.status_code == 200
    assert "1 个问题已转为诉求" in page.text
    assert "订单增加" in page.text
    case = page.text.split('href="/cases/')[1].split('"')[0]
    assert case in (await officer.get("/liaison/appeals")).text
    assert (await officer.get(f"/cases/{case}")).status_code == 200


async def test_a_visit_without_its_kind_keeps_what_was_typed(story: Story, officer: httpx.AsyncClient) -> None:
    page = await officer.post(visit_path(story), data=typed(visited_on="2026-11-30", visitor="张三", notes="一切正常"))
    assert page.status_code == 422
    assert "请选择联系方式" in page.text
    assert "一切正常" in page.text


async def test_a_problem_with_a_title_alone_is_not_filed(story: Story, officer: httpx.AsyncClient) -> None:
    half = {"kind": "visit", "visited_on": "2026-11-30", "visitor": "张三", "title_2": "只有标题"}
    page = await officer.post(visit_path(story), data=typed(**half, once="half"))
    assert page.status_code == 422
    assert 'id="e-text_2"' in page.text


async def test_a_visit_of_tomorrow_is_refused_at_its_day(story: Story, officer: httpx.AsyncClient) -> None:
    ahead = {"kind": "visit", "visited_on": "2027-01-05", "visitor": "张三"}
    page = await officer.post(visit_path(story), data=typed(**ahead, once="ahead"))
    assert page.status_code == 422
    assert 'id="e-visited_on"' in page.text


async def test_what_is_registered_is_a_gap_of_the_matrix_until_the_administrator_names_who_serves_it(
    story: Story, officer: httpx.AsyncClient
) -> None:
    enterprise = registered_in("445102", 1)
    body = {
        "scheme": "suqian-enterprises", "kind": "enterprise", "name": enterprise["name"], "tier": "other",
        "credit_code": enterprise["credit_code"].lower(), "contact_name": "陈明", "phone": "13400000001",
    }  # fmt: skip
    made = await officer.post("/liaison/register", data=typed(**body))
    assert made.status_code == 200
    number = made.url.path.rpartition("/")[2]
    assert GAP in (await officer.get("/liaison/matrix")).text
    async with town_of(story).browser(staff("administrator", unit="shi_zhengshu", name="admin")) as administrator:
        path = f"/liaison/served/{number}/serving"
        refused = await administrator.post(path, data=typed(unit=UNIT))
        assert refused.status_code == 422, "a specialist is wanted"
        who = {"unit": UNIT, "specialist": "李四", "specialist_rank": "section"}
        named = await administrator.post(path, data=typed(**who, once="2"))
        assert "李四" in named.text
        assert GAP not in (await administrator.get("/liaison/matrix")).text


async def test_a_wrong_credit_code_comes_back_at_its_field(officer: httpx.AsyncClient) -> None:
    body = {"scheme": "suqian-enterprises", "kind": "enterprise", "name": "某公司", "tier": "other"}
    wrong = typed(**body, credit_code="914451000000000000", contact_name="陈明", phone="13400000001")
    page = await officer.post("/liaison/register", data=wrong)
    assert page.status_code == 422
    assert 'id="e-credit_code"' in page.text
    assert "某公司" in page.text


async def test_who_is_due_a_call_or_a_visit_this_month_leaves_the_list_when_it_was_made(
    story: Story, officer: httpx.AsyncClient
) -> None:
    await town_of(story).until(datetime(2026, 12, 1, 9, tzinfo=SHANGHAI))
    due = (await officer.get("/liaison")).text.split('id="due"')[1].split("</section>")[0]
    before = due.count("/visit")
    assert before
    call = {"kind": "contact", "visited_on": "2026-12-01", "visitor": "张三"}
    assert "已登记" in (await officer.post(visit_path(story), data=typed(**call, once="call"))).text
    await town_of(story).until(town_of(story).now)
    after = (await officer.get("/liaison")).text.split('id="due"')[1].split("</section>")[0].count("/visit")
    assert after < before


async def test_every_page_speaks_english(story: Story) -> None:
    pages = ("/liaison", "/liaison/appeals", "/liaison/register", "/liaison/matrix", visit_path(story))
    async with town_of(story).browser(staff("liaison", unit=UNIT, name="reader"), lang="en") as reader:
        assert [(await reader.get(page)).status_code for page in pages] == [200] * len(pages)
