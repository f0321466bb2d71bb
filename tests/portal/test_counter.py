from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

import pytest

from libs.policy.shanghai import SHANGHAI
from tests.portal.town import Town, staff, typed
from tests.schemes.acts import Story, registered_in

OPERATOR = staff("operator")
HOTLINE = "chaozhou-direct-line:hotline-12345"
SUPERVISOR = "suqian-enterprises:supervisor"
FORMS = count()


@cache
def _town() -> Town:
    """One for all: what they enter disturbs nobody."""
    return Town(start=datetime(2026, 11, 2, 9, tzinfo=SHANGHAI))


async def opened() -> Town:
    await _town().start()
    return _town()


def entered(**changed: Any) -> Any:
    enterprise = registered_in("445102")
    told = {
        "channel": HOTLINE, "call": "T-7", "enterprise": enterprise["name"], "credit_code": enterprise["credit_code"],
        "name": "陈明", "phone": "13400000001", "title": "园区频繁停电", "text": "每天下午停电两小时，影响生产",
    }  # fmt: skip
    return typed(**{"once": f"form-{next(FORMS)}"} | told | changed)


async def test_what_is_entered_has_a_receipt_and_the_channel_is_remembered() -> None:
    town = await opened()
    async with town.browser(OPERATOR) as operator:
        page = await operator.post("/counter", data=entered())
        assert page.status_code == 200
        assert "已登记" in page.text
        case = page.url.path.rpartition("/")[2]
        assert case.startswith("ZT-")
        assert "短信发送至联系人手机" in page.text
        assert f'value="{HOTLINE}" selected' in (await operator.get("/counter")).text
        assert case in (await operator.get("/counter/mine")).text
    appeal = await town.state("intake", 0, case)
    assert (appeal.channel, appeal.call, appeal.entered_by) == ("hotline-12345", "T-7", "operator")


async def test_the_same_form_sent_twice_is_one_appeal() -> None:
    town = await opened()
    async with town.browser(OPERATOR) as operator:
        form = entered()
        first = await operator.post("/counter", data=form)
        second = await operator.post("/counter", data=form)
    assert first.url.path == second.url.path


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("phone", "12345", "格式不正确"),
        ("credit_code", "1234", "格式不正确"),
        ("credit_code", "", "请填写统一社会信用代码"),
        ("text", "", "请记录诉求内容"),
    ],
)
async def test_a_wrong_field_comes_back_with_all_that_was_typed_and_the_message_at_it(
    field: str, value: str, says: str
) -> None:
    town = await opened()
    async with town.browser(OPERATOR) as operator:
        page = await operator.post("/counter", data=entered(**{field: value}))
    assert page.status_code == 422
    assert "园区频繁停电" in page.text
    assert f'id="e-{field}">{says}' in page.text


async def test_enterprises_are_found_while_typing_and_similar_open_appeals_stand_beside() -> None:
    town = await opened()
    async with town.browser(OPERATOR) as operator:
        first = (await operator.post("/counter", data=entered())).url.path.rpartition("/")[2]
        await town.until(town.now)
        found = await operator.post("/counter/enterprises", data=entered(enterprise="湘桥区第一"))
        assert "湘桥区第一制造有限公司" in found.text
        assert "data-fill" in found.text
        beside = await operator.post("/counter/similar", data=entered())
        assert first in beside.text
        assert "同一企业" in beside.text
        assert "登记信息" in (await operator.post("/counter/enterprises", data=entered(enterprise="（（"))).text


async def test_a_consultation_is_answered_on_the_spot_where_the_regulation_says_so() -> None:
    town = await opened()
    async with town.browser(OPERATOR) as operator:
        page = await operator.post("/counter", data=entered(channel="suqian-12345:hotline-12345"))
        assert "咨询类：当场答复" in page.text
        case = page.url.path.rpartition("/")[2]
        again = await operator.post(f"{page.url.path}/answer", data=typed(how="directly", answer=""))
        assert again.status_code == 422
        assert "请记录答复内容" in again.text
        done = await operator.post(f"{page.url.path}/answer", data=typed(how="directly", answer="可网上办理"))
        assert done.url.path == "/counter"
        assert "已当场答复" in done.text
    assert (await town.state("intake", 0, case)).stage == "answered"


async def test_a_caller_is_told_where_it_stands_and_the_operator_supplements_and_withdraws_for_it() -> None:
    town = await opened()
    story = Story(town, "chaozhou-direct-line")
    await story.do("an enterprise files through portal")
    await story.do("the screener asks for a supplement")
    here = f"/counter/cases/{story.case}"
    async with town.browser(staff("operator", name="another")) as operator:
        typed_by_ear = story.case.lower().replace("zt-", "")
        page = await operator.post("/counter/look-up", data=typed(case=f" {typed_by_ear} "))
        assert page.url.path == here
        assert "请补充" in page.text
        assert "13400000001" not in page.text, "what another typed is masked"
        empty = await operator.post(f"{here}/supplement", data=typed(text=""))
        assert empty.status_code == 422
        assert "补充材料已转交" in (await operator.post(f"{here}/supplement", data=typed(text="电表照片"))).text
        unsure = await operator.post(f"{here}/withdrawal", data=typed())
        assert "请先与企业确认" in unsure.text
        assert "已为企业撤回" in (await operator.post(f"{here}/withdrawal", data=typed(sure="yes"))).text
        assert "没有这个受理编号" in (await operator.post("/counter/look-up", data=typed(case="ZT-1"))).text
    assert (await town.state("intake", 0, story.case)).stage == "withdrawn"


async def test_only_operators_enter_and_pages_speak_english() -> None:
    town = await opened()
    async with town.browser(staff("unit", unit="shi_gongdian")) as clerk:
        assert (await clerk.post("/counter", data=entered())).status_code in (403, 422)
        assert (await clerk.get("/counter/mine")).status_code == 403
    async with town.browser(OPERATOR, lang="en") as operator:
        for path in ("/counter", "/counter/mine"):
            page = (await operator.get(path)).text
            assert "登记诉求" not in page, path


# Supervisors ----------------------------------------------------------------------------------------------------------


async def test_a_supervisor_brings_in_what_an_enterprise_tells_and_follows_it() -> None:
    town = await opened()
    async with town.browser(staff("supervisor", unit="shi_yingshang", name="supervisor")) as supervisor:
        entry = (await supervisor.get("/counter")).text
        assert f'value="{SUPERVISOR}" selected' in entry
        assert HOTLINE not in entry
        assert "相似的在办诉求" not in entry, "looking into others' appeals is not a supervisor's"
        receipt = await supervisor.post("/counter", data=entered(channel=SUPERVISOR))
        assert "已登记" in receipt.text
        case = receipt.url.path.rpartition("/")[2]
        assert case in (await supervisor.get("/liaison/appeals")).text
        assert "园区频繁停电" in (await supervisor.get(f"/cases/{case}")).text
    appeal = await town.state("intake", 0, case)
    assert (appeal.channel, appeal.entered_by) == ("supervisor", "supervisor")
