"""Reports that nobody else sees, and reception days that one registers for."""

import re
from datetime import datetime
from typing import Any

import pytest

from libs.policy.shanghai import SHANGHAI
from tests.portal.town import Town, enterprise, typed
from tests.schemes import acts_more as acts_more
from tests.schemes.acts import Story

TELLS = {"what": "retaliation:cadres-and-enterprises", "text": "投诉之后，检查组一周来了五次"}


async def _town(*start: int) -> Town:
    town = Town(start=datetime(*start, tzinfo=SHANGHAI))  # type: ignore[arg-type,misc]
    await town.start()
    return town


async def _received(town: Town, track: str, reader: str) -> list[Any]:
    return await town.ask("intake", "GET", f"/reports?track={track}", roles=(reader,))


async def test_a_report_is_made_without_a_name_and_its_number_stands_nowhere_else() -> None:
    """004-13"""
    town = await _town(2026, 10, 20)
    async with town.browser(enterprise()) as browser:
        before = await browser.get("/report")
        assert "只有" in before.text
        assert "12388" not in before.text
        page = await browser.post("/report", data=typed(**TELLS))
        number = re.findall(r"JB-[0-9A-Z]{16}", page.text)[0]
        assert "data-keep" not in before.text, "nothing of it stays in the browser"
        assert not [value for value in browser.cookies.values() if number in value]
        for path in ("/my", "/", "/report", "/sessions"):
            assert number not in (await browser.get(path)).text
    assert [one["report"] for one in await _received(town, "retaliation", "discipline")] == [number]
    report = await town.state("intake", 2, number)
    assert report is None or report.made.reporter is None


async def test_the_same_report_sent_twice_is_one() -> None:
    town = await _town(2026, 10, 20)
    async with town.browser() as browser:
        numbers = {
            re.findall(r"JB-[0-9A-Z]{16}", (await browser.post("/report", data=typed(**TELLS))).text)[0]
            for _ in range(2)
        }
    assert len(numbers) == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"text": ""}, "请写明时间、单位和经过"),
        ({"what": ""}, "请选择要反映的问题"),
        ({"what": "retaliation:nowhere"}, "请选择要反映的问题"),
        ({"what": "police"}, "拨打 110"),
        ({"case": "12345"}, "受理编号形如"),
        ({"phone": "13400000001"}, "也请填写称呼"),
        ({"name": "陈", "phone": "1340"}, "11 位手机号码"),
    ],
)
async def test_a_wrong_report_comes_back_with_what_was_typed_and_nothing_is_kept(changed: Any, says: str) -> None:
    town = await _town(2026, 10, 20)
    async with town.browser() as browser:
        page = await browser.post("/report", data=typed(**TELLS | changed))
    assert page.status_code == 422
    assert says in page.text
    assert (changed.get("text", TELLS["text"])) in page.text
    assert await _received(town, "retaliation", "discipline") == []


async def test_where_no_mechanism_takes_reports_the_page_says_whom_to_call() -> None:
    town = await _town(2021, 11, 8)
    async with town.browser() as browser:
        assert "12388" in (await browser.get("/report")).text
        assert (await browser.post("/report", data=typed(**TELLS))).status_code == 422


async def _announced() -> tuple[Town, str]:
    """The reception of 13 May, announced on 10 April."""
    town = await _town(2026, 4, 1)
    await town.until(datetime(2026, 4, 1, 9, tzinfo=SHANGHAI))
    story = Story(town, "chaozhou-direct-line")
    await story.do("the office confirms the reception for 2026-04-08")
    await story.do("the office confirms the reception for 2026-05-13")
    await town.until(datetime(2026, 4, 10, 16, tzinfo=SHANGHAI))
    await story.do("the office announces the session, with registration until 2026-05-06")
    return town, story.session


async def test_an_enterprise_registers_for_the_next_reception_day_which_files_nothing() -> None:
    """001-07, 001-08, 001-55"""
    town, session = await _announced()
    async with town.browser() as browser:
        page = await browser.get("/sessions")
        assert "2026-05-13" in page.text
        assert "登记不等于提交诉求" in page.text
        assert "/feeds/sessions.ics" in page.text
        form = await browser.get(f"/sessions/{session}/registration")
        assert "不会生成诉求" in form.text
        about = {"enterprise": "潮州市明德陶瓷有限公司", "person": "陈明", "phone": "134 0000 0001"}
        wrong = await browser.post(f"/sessions/{session}/registration", data=typed(**about | {"phone": "134"}))
        assert wrong.status_code == 422
        assert "潮州市明德陶瓷有限公司" in wrong.text
        done = await browser.post(f"/sessions/{session}/registration", data=typed(**about))
        await browser.post(f"/sessions/{session}/registration", data=typed(**about))
    assert "已登记" in done.text
    known = await town.ask("routing", "GET", f"/sessions/{session}", roles=("office",))
    assert [one["person"] for one in known["registrations"].values()] == ["陈明"]
    assert not [fact for fact in town.facts if fact.type == "appeal.filed.v1"]


async def test_after_the_days_of_registration_the_page_says_so() -> None:
    town, session = await _announced()
    await town.until(datetime(2026, 5, 7, 9, tzinfo=SHANGHAI))
    about = {"enterprise": "某陶瓷厂", "person": "陈明", "phone": "13400000001"}
    async with town.browser(lang="zh") as browser:
        page = await browser.post(f"/sessions/{session}/registration", data=typed(**about))
        gone = await browser.get("/sessions/HY-0000000000000000/registration")
    assert page.status_code == 422
    assert "不在报名时间内" in page.text
    assert gone.status_code == 404
