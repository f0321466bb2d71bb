"""Whoever is on call: the flow, a case's path, dead letters, quarantine, what is stuck, errors."""

from datetime import timedelta
from typing import Any

import pytest

from libs.policy.refused import Refused
from services.portal.pages.operations import PLACES
from tests.portal.night import PARKED, QUARANTINED, Night, span
from tests.portal.town import Town, enterprise, staff, typed
from tests.schemes.acts import Story

WHY_NOT = {"playing": "还在播放", "moving": "正在推进", "nothing-due": "没有待到期", "stuck": "还没有做完"}
OPS = staff("ops", jurisdiction="")


@pytest.fixture(scope="module")
async def filed() -> tuple[Night, str]:
    town = Town()
    await town.start()
    story = Story(town, "chaozhou-direct-line")
    await story.do("an enterprise files through portal")
    await story.do("the screener accepts it as energy for the city")
    return Night(town), story.case


@pytest.fixture
def night(filed: tuple[Night, str]) -> Night:
    """Nothing is wrong yet."""
    night = filed[0]
    for kept in (night.flows, night.dead, night.discarded, night.stuck, night.letters):
        kept.clear()
    for many in (night.replayed, night.quarantine, night.spans, night.steps):
        many.clear()
    return night


async def test_when_all_is_well_the_first_line_says_so(night: Night) -> None:
    async with night.town.browser(OPS) as ops:
        page = (await ops.get("/operations")).text
    assert "一切正常" in page
    assert page.count("badge ok") >= 7
    assert 'hx-trigger="every 5s"' in page


async def test_what_is_wrong_stands_on_top_in_words_with_what_to_do(night: Night) -> None:
    night.flows = {"notification": None, "routing": {"dead": 2}, "intake": {"queue": {"depth": 7, "consumers": 0}}}
    async with night.town.browser(OPS) as ops:
        page = (await ops.get("/operations")).text
    assert "一切正常" not in page
    top = page.partition("<table")[0]
    for said in ("没有回应", "重新启动", "没有人在取消息", "有 2 条死信"):
        assert said in top
    assert top.index("没有人在取消息") < top.index("有 2 条死信"), "what stands still first"


async def test_a_case_is_found_by_its_number_however_it_was_read_out(night: Night, filed: tuple[Night, str]) -> None:
    case = filed[1]
    async with night.town.browser(OPS) as ops:
        page = await ops.post("/operations/cases", data=typed(number=case.lower().replace("-", " ")))
        wrong = await ops.post("/operations/cases", data=typed(number="ZT-12"))
        nobodys = await ops.get("/operations/cases/ZT-0000000000000000")
    assert str(page.url).endswith(f"/operations/cases/{case}")
    assert wrong.status_code == 422
    assert "16 位" in wrong.text
    assert nobodys.status_code == 404


async def test_a_cases_page_draws_its_whole_path_and_says_where_it_hangs(
    night: Night, filed: tuple[Night, str]
) -> None:
    case, now = filed[1], night.town.now
    night.spans = [
        span("routing", "appeal.accepted.v1", now, case, error="KeyError"),
        span("intake", "accept", now, case),
    ]
    night.dead = {"routing": [PARKED | {"case": case}]}
    night.stuck = {"deadline": [_stuck(case)]}
    night.letters = {case: [_letter(now.isoformat())]}
    async with night.town.browser(OPS) as ops:
        page = (await ops.get(f"/operations/cases/{case}")).text
    for said in ("卡在这里", "KeyError", "分派通知", "供电", 'class="k-error"', 'class="k-due"', "同样内容的表格"):
        assert said in page, said


async def test_a_dead_letter_is_looked_at_replayed_or_discarded_with_a_reason(night: Night) -> None:
    night.dead = {"routing": [dict(PARKED), PARKED | {"id": "second"}, PARKED | {"id": "third"}]}
    async with night.town.browser(OPS) as ops:
        assert "KeyError after 5 tries" in (await ops.get("/operations/dead")).text
        assert "KeyError" in (await ops.get("/operations/dead/routing/second")).text
        silent = await ops.post("/operations/dead/routing/second/discard", data=typed(reason=""))
        assert silent.status_code == 422
        assert "请写明" in silent.text
        done = await ops.post("/operations/dead/routing/second/discard", data=typed(reason="测试数据"))
        assert "已丢弃" in done.text
        assert "测试数据" in (await ops.get("/operations/dead/discarded")).text
        assert "已重放" in (await ops.post("/operations/dead/routing/third/replay", data=typed())).text
        rest = await ops.post("/operations/dead/replay", data=typed(service="routing", type="case.taken.v1"))
        assert "已重放 1 条" in rest.text
        gone = await ops.get("/operations/dead/routing/third")
    assert night.replayed == ["third", PARKED["id"]]
    assert gone.status_code == 404


async def test_a_refused_message_shows_its_shape_and_is_judged_again(night: Night) -> None:
    night.quarantine = [dict(QUARANTINED)]
    async with night.town.browser(OPS) as ops:
        assert "12345" in (await ops.get("/operations/quarantine")).text
        assert "xxxx 999" in (await ops.get("/operations/quarantine/q-1")).text
        assert "这次收下了" in (await ops.post("/operations/quarantine/q-1/replay", data=typed())).text
    assert night.quarantine == []


async def test_what_is_stuck_and_what_failed_is_listed_with_what_to_do(night: Night, filed: tuple[Night, str]) -> None:
    night.stuck = {"deadline": [_stuck(filed[1])]}
    night.spans = [span("intake", "accept", night.town.now, filed[1], error="TimeoutError")]
    async with night.town.browser(OPS) as ops:
        stuck, errors = (await ops.get("/operations/stuck")).text, (await ops.get("/operations/errors")).text
    assert "到期工作反复失败" in stuck
    assert "系统会继续尝试" in stuck
    assert "TimeoutError" in errors


@pytest.mark.parametrize("place", [place.path for place in PLACES])
async def test_operations_are_for_operators_alone(night: Night, place: str) -> None:
    async with night.town.browser(staff("unit", unit="shi_gongdian")) as clerk:
        assert (await clerk.get(place)).status_code == 403
    async with night.town.browser(enterprise()) as owner:
        assert (await owner.get(place)).status_code == 403
    async with night.town.browser(OPS, lang="en") as ops:
        page = await ops.get(place)
    assert page.status_code == 200
    assert "运行" not in page.text


# The demo's time ------------------------------------------------------------------------------------------------------


async def test_after_a_step_the_demo_says_in_words_what_happened(night: Night) -> None:
    now = night.town.now
    night.moved = {
        "from": now.isoformat(), "now": (now + timedelta(days=1)).isoformat(), "next_due": None,
        "facts": {"clock.missed": 2, "case.taken": 1}, "cases": ["ZT-7K3M9QXA2B4D6F8H"], "cases_touched": 1,
    }  # fmt: skip
    async with night.town.browser(OPS) as visitor:
        page = await visitor.post("/demo/step", data=typed(to="day", back="/operations/stuck"))
        assert str(page.url).endswith("/operations/stuck")
        assert "其间发生 3 件事" in page.text
        happened = (await visitor.get("/demo/happened")).text
    assert night.steps == ["day"]
    assert "接收诉求" in happened
    assert "/operations/cases/ZT-7K3M9QXA2B4D6F8H" in happened


async def test_when_time_cannot_move_the_demo_says_why(night: Night) -> None:
    async with night.town.browser(OPS) as visitor:
        for rule, said in (
            ("playing", "还在播放"),
            ("moving", "正在推进"),
            ("nothing-due", "没有待到期"),
            ("stuck", "还没有做完"),
        ):
            night.moved = Refused(rule, "why", status=409)
            page = await visitor.post("/demo/step", data=typed(to="day", back="//evil.example"))
            assert page.status_code == 409
            assert said in page.text
            assert "evil" not in page.text


async def test_messages_that_left_can_be_read_and_their_links_opened(night: Night) -> None:
    night.messages = [
        {"at": night.town.now.isoformat(), "way": "sms", "to": "138****0001", "text": "请评价", "template": "receipt",
         "params": {}, "links": ["http://portal/r/x"]},
        {"at": night.town.now.isoformat(), "way": "email", "to": "c***@a.example", "text": "t", "subject": "新诉求", "links": []},
    ]  # fmt: skip
    async with night.town.browser() as anybody:
        page = (await anybody.get("/demo/messages")).text
    assert 'href="http://portal/r/x"' in page
    assert "新诉求" in page


def _stuck(case: str) -> dict[str, Any]:
    since = "2026-02-04T19:30:00+00:00"
    return {"what": "due-work", "key": case, "reason": "KeyError", "since": since, "tries": 9, "id": ""}


def _letter(at: str) -> dict[str, Any]:
    return {
        "letter": "l", "about": "case.assigned.v1", "template": "assigned", "audience": "unit", "unit": "shi_gongdian",
        "status": "failed", "way": "email", "attempts": 3, "reason": "no-route", "queued_at": at, "sent_at": at,
        "delivered_at": None, "next_at": None,
    }  # fmt: skip


async def test_replaying_all_of_no_type_replays_nothing(night: Night) -> None:
    night.dead = {"routing": [PARKED | {"type": ""}, dict(PARKED)]}
    async with night.town.browser(OPS) as ops:
        page = (await ops.get("/operations/dead")).text
        await ops.post("/operations/dead/replay", data=typed(service="routing", type=""))
    assert page.count('action="/operations/dead/replay"') == 1
    assert night.replayed == []
