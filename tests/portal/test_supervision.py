"""Supervision, each act done through its page: what is late, orders, duties, inspections, accountability, looks."""

from collections.abc import AsyncGenerator
from datetime import datetime

import httpx
import pytest
import pytest_asyncio

import tests.schemes.acts_more  # noqa: F401  # more sentences
from libs.policy.shanghai import SHANGHAI
from tests.portal.town import Town, staff, typed
from tests.schemes.acts import Story

LINE = "chaozhou-direct-line@2021-11-08"
ENTERPRISES = "suqian-enterprises@2024-02-23"
ROOMS = (
    "/supervision",
    "/supervision/alarms",
    "/supervision/matters",
    "/supervision/duties",
    f"/supervision/duties?scheme={ENTERPRISES}&duty=ledger",
    f"/supervision/duties?scheme={ENTERPRISES}&duty=contact",
    f"/supervision/inspections?scheme={ENTERPRISES}",
    f"/supervision/material?scheme={LINE}&quarter=2026-Q4",
    f"/supervision/samples?scheme={ENTERPRISES}",
    f"/supervision/accountability?scheme={ENTERPRISES}",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town() -> Town:
    """In it one case that a unit let lie, an enterprise that is served, and months of duties."""
    town = Town(start=datetime(2026, 9, 28, 9, tzinfo=SHANGHAI), faithful=False)
    await town.start()
    served = Story(town, "suqian-enterprises")
    await served.do("an enterprise is served in tier key by shi_gongxin")
    await served.do("an enterprise files through platform-yiqi")
    await served.do("the screener accepts it as energy for the city")
    late = Story(town, "chaozhou-direct-line")
    await late.do("an enterprise files through portal")
    await late.do("the screener accepts it as energy for the city")
    town.late, town.served = late, served  # type: ignore[attr-defined]
    await town.until(datetime(2026, 11, 27, 9, tzinfo=SHANGHAI))
    return town


@pytest_asyncio.fixture(loop_scope="session")
async def inspector(town: Town) -> AsyncGenerator[httpx.AsyncClient]:
    async with town.browser(staff("inspector", unit="shi_ducha", name="inspector")) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def leader(town: Town) -> AsyncGenerator[httpx.AsyncClient]:
    async with town.browser(staff("leader", unit="shi_shizhang", name="mayor")) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def office(town: Town) -> AsyncGenerator[httpx.AsyncClient]:
    async with town.browser(staff("office", unit="shi_zhengshu", name="office")) as browser:
        yield browser


def late(town: Town) -> Story:
    return town.late  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("role", ["inspector", "leader", "office"])
async def test_every_room_of_supervision_is_there_in_both_languages(town: Town, role: str, lang: str) -> None:
    async with town.browser(staff(role, unit="shi_ducha", name=role), lang=lang) as browser:
        for path in ROOMS:
            page = await browser.get(path)
            assert page.status_code == 200, (path, page.text)
            assert page.text.count("<h1") == 1, path


@pytest.mark.parametrize("path", ROOMS)
async def test_whoever_does_not_oversee_is_turned_away(town: Town, path: str) -> None:
    async with town.browser(staff("unit", unit="shi_gongdian")) as clerk:
        assert (await clerk.get(path)).status_code in (403, 404)


async def test_what_is_late_stands_with_its_unit_and_is_filtered_by_kind_and_unit(
    town: Town, inspector: httpx.AsyncClient
) -> None:
    case = late(town).case
    assert case in (await inspector.get("/supervision")).text
    assert case in (await inspector.get("/supervision?kind=limit&unit=shi_gongdian")).text
    assert case not in (await inspector.get("/supervision?kind=duty")).text
    assert case not in (await inspector.get("/supervision?kind=limit&unit=shi_shuiwu")).text
    assert "已逾期" in (await inspector.get("/supervision?kind=limit&unit=shi_gongdian")).text


async def test_an_order_is_given_answered_and_found_met(town: Town, inspector: httpx.AsyncClient) -> None:
    case, here = late(town).case, f"/supervision/cases/{late(town).case}"
    before = (await inspector.get(here)).text
    assert "频繁停电" in before
    assert "13400000001" not in before
    forgot = await inspector.post(f"{here}/orders", data=typed(unit="shi_gongdian", what="限期抢修线路", due_on=""))
    assert forgot.status_code == 422
    assert "限期抢修线路" in forgot.text
    assert "请填写办结日期" in forgot.text
    past = await inspector.post(
        f"{here}/orders", data=typed(unit="shi_gongdian", what="限期抢修线路", due_on="2026-11-01")
    )
    assert past.status_code == 422
    assert "完成时限已过" in past.text
    given = await inspector.post(
        f"{here}/orders", data=typed(unit="shi_gongdian", what="限期抢修线路", due_on="2026-12-04")
    )
    assert "督办单已发出" in given.text
    order = next(iter((await town.state("evaluation", 0, case)).orders))
    early = await inspector.post(f"{here}/orders/{order}/done", data=typed())
    assert early.status_code == 422
    assert "责任单位尚未反馈" in early.text
    await town.ask(
        "evaluation", "POST", f"/cases/{case}/orders/{order}/answer", {"done": "线路已经抢修"}, roles=("unit",),
        unit="shi_gongdian",
    )  # fmt: skip
    assert "线路已经抢修" in (await inspector.get(here)).text
    done = await inspector.post(f"{here}/orders/{order}/done", data=typed(once="again"))
    assert "督办单已办结" in done.text
    assert (await town.state("evaluation", 0, case)).orders[order].met


async def test_another_levels_case_is_answered_like_one_that_does_not_exist(town: Town) -> None:
    case = late(town).case
    stranger = staff("inspector", unit="rp_ducha", jurisdiction="raoping", name="county inspector")
    async with town.browser(stranger) as browser:
        others = await browser.get(f"/supervision/cases/{case}")
        nobodys = await browser.get("/supervision/cases/ZT-0000000000000000")
    assert others.status_code == nobodys.status_code == 404
    assert others.text.replace(case, "") == nobodys.text.replace("ZT-0000000000000000", "")


async def test_the_office_asks_to_leave_a_case_out_and_another_approves(
    town: Town, office: httpx.AsyncClient, leader: httpx.AsyncClient
) -> None:
    case = late(town).case
    asked = await office.post(
        f"/supervision/cases/{case}/exclusion", data=typed(reason="malicious", grounds="查无此事")
    )
    assert "等待他人审批" in asked.text
    assert "查无此事" in (await office.get("/supervision/matters")).text
    assert "查无此事" in (await leader.get("/supervision/matters")).text
    decided = await leader.post(f"/supervision/matters/exclusions/{case}", data=typed(approve="yes"))
    assert "已批准剔除" in decided.text
    assert (await town.state("evaluation", 0, case)).exclusion.approved is True


async def test_who_owes_a_ledger_stands_on_the_board_and_hands_in_evidence(town: Town) -> None:
    board = f"/supervision/duties?scheme={ENTERPRISES}&duty=ledger"
    async with town.browser(staff("office", unit="shi_gongxin", name="gongxin")) as mine:
        page = (await mine.get(f"{board}&unit=shi_gongxin&period=2026-11")).text
        assert "市工业和信息化局" in page
        number = page.split('data-label="责任"><a href="/supervision/duties/')[1].split('"')[0]
        here = f"/supervision/duties/{number}"
        wrong = await mine.post(f"{here}/evidence", data=typed(kind="plan", reference="工信〔2026〕9号"))
        assert wrong.status_code == 422
        assert "不接受这类佐证材料" in wrong.text
        right = await mine.post(
            f"{here}/evidence", data=typed(kind="ledger", reference="工信〔2026〕9号", once="right")
        )
        assert "佐证材料已提交" in right.text
        assert "工信〔2026〕9号" in right.text
    async with town.browser(staff("inspector", unit="shi_ducha", name="inspector")) as other:
        shown = (await other.get(here)).text
        assert "工信〔2026〕9号" in shown
        assert "/evidence" not in shown


async def test_an_inspection_is_logged_and_stands_first(inspector: httpx.AsyncClient) -> None:
    for nth, text in enumerate(("窗口无人值守", "整改到位")):
        page = await inspector.post(
            "/supervision/inspections",
            data=typed(
                scheme=ENTERPRISES, what="covert-visit", unit="shi_gongxin", findings=text, slow="yes", once=f"n{nth}"
            ),
        )
        assert "督查记录已登记" in page.text
    assert page.text.index("整改到位") < page.text.index("窗口无人值守")
    assert "暗访" in page.text


async def test_a_sample_is_drawn_once_from_days_that_are_over(town: Town, inspector: httpx.AsyncClient) -> None:
    asked = {"scheme": ENTERPRISES, "first": "2026-11-01", "last": "2026-11-27"}
    still_open = await inspector.post("/supervision/samples", data=typed(**asked))
    assert still_open.status_code == 422
    nothing = await inspector.post("/supervision/samples", data=typed(**asked | {"last": "2026-11-26"}))
    assert nothing.status_code == 422


async def test_a_finding_is_proposed_by_one_and_decided_by_another(
    town: Town, inspector: httpx.AsyncClient, leader: httpx.AsyncClient
) -> None:
    case, home = town.served.case, "/supervision/accountability"  # type: ignore[attr-defined]
    body = {"scheme": ENTERPRISES, "unit": "shi_gongdian", "cases": case, "grounds": "三次催办无回应"}
    lacking = await inspector.post(home, data=typed(**body, trigger="repeated-or-pushed-up"))
    assert lacking.status_code == 422
    assert "三次催办无回应" in lacking.text
    proposed = await inspector.post(home, data=typed(**body, trigger="poor-service", once="2"))
    assert "由他人决定" in proposed.text
    finding = str(proposed.url).rpartition("/")[2]
    assert "您提出的建议由他人决定" in proposed.text
    listed = (await leader.get(f"{home}?scheme={ENTERPRISES}")).text
    assert finding in listed
    assert "三次催办无回应" not in listed
    undecided = await leader.post(f"{home}/{finding}/decision", data=typed())
    assert undecided.status_code == 422
    no_measure = await leader.post(f"{home}/{finding}/decision", data=typed(approve="yes"))
    assert "没有该项措施" in no_measure.text
    decided = await leader.post(f"{home}/{finding}/decision", data=typed(approve="yes", measure="summons", once="3"))
    assert "已作出决定" in decided.text
    assert "约谈" in decided.text


async def test_a_finding_that_refers_is_not_on_the_list_of_who_may_not_look(
    town: Town, inspector: httpx.AsyncClient, office: httpx.AsyncClient, leader: httpx.AsyncClient
) -> None:
    home = "/supervision/accountability"
    body = {
        "scheme": ENTERPRISES,
        "unit": "shi_gongxin",
        "trigger": "suspected-violation",
        "states": "suspected-violation",
    }
    proposed = await inspector.post(home, data=typed(**body, grounds="线索甲"))
    finding = str(proposed.url).rpartition("/")[2]
    lists = f"{home}?scheme={ENTERPRISES}"
    assert finding in (await inspector.get(lists)).text
    assert finding in (await leader.get(lists)).text
    assert finding not in (await office.get(lists)).text
    assert (await office.get(f"{home}/{finding}")).status_code == 404


async def test_who_looked_at_a_contact_for_what_is_shown_to_the_supervisor(
    town: Town, inspector: httpx.AsyncClient, office: httpx.AsyncClient
) -> None:
    case = late(town).case
    await town.ask(
        "intake",
        "POST",
        f"/appeals/{case}/unmasking",
        {"purpose": "核实停电时段"},
        roles=("unit",),
        unit="shi_gongdian",
    )
    page = (await inspector.get("/supervision/unmaskings")).text
    assert case in page
    assert "核实停电时段" in page
    assert "13400000001" not in page
    assert (await office.get("/supervision/unmaskings")).status_code == 403


async def test_what_people_wrote_is_shown_as_text(town: Town, inspector: httpx.AsyncClient) -> None:
    evil = "<script>alert(1)</script>"
    page = await inspector.post(
        "/supervision/inspections",
        data=typed(scheme=LINE, what="inspection", unit="shi_gongxin", findings=evil, once="evil"),
    )
    assert evil not in page.text
    assert "&lt;script&gt;" in page.text
