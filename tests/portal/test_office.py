"""The secretary's pages over a city in one process: sessions step by step, what waits for the office, what is published."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from httpx import AsyncClient

from libs.policy.shanghai import SHANGHAI
from tests.portal.town import Town, staff, typed
from tests.schemes import acts_more
from tests.schemes.acts import Story

assert acts_more  # the sentences about sessions

OFFICE = staff("office", unit="shi_zhengshu", name="secretary")
MAYOR = staff("leader", unit="shi_shizhang", name="mayor")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


async def town_with_a_session() -> tuple[Town, Story]:
    """A reception proposed for May, and an appeal that came in for it and that its department answered not yet."""
    town = Town(start=at("2026-04-15 09:00"))
    await town.start()
    story = Story(town, "chaozhou-direct-line")
    await town.until(at("2026-04-15 12:00"))  # the calendar proposes the sessions
    await story.do("the office confirms the reception for 2026-05-13")
    await story.do("an enterprise files through portal")
    await story.do("the screener accepts it as energy for the city")
    return town, story


@pytest.fixture
async def prepared() -> AsyncIterator[tuple[Town, Story, AsyncClient, AsyncClient]]:
    town, story = await town_with_a_session()
    async with town.browser(OFFICE) as secretary, town.browser(MAYOR) as mayor:
        yield town, story, secretary, mayor


Prepared = tuple[Town, Story, AsyncClient, AsyncClient]


async def session_of(town: Town, story: Story) -> object:
    return await town.state("routing", 3, story.session)


async def test_the_secretary_walks_a_session_through_its_steps_and_the_mayor_hears_and_approves(
    prepared: Prepared,
) -> None:
    town, story, secretary, mayor = prepared
    here = f"/office/sessions/{story.session}"

    async def do(deed: str, **fields: object) -> str:
        page = await secretary.post(f"{here}/{deed}", data=typed(once=f"{deed}-{town.now}", **fields))
        assert page.status_code == 200, page.text
        return page.text

    home = (await secretary.get("/office")).text
    assert "发布活动预告" in home or "确定出席领导" in home
    assert "出席领导已确定" in await do("leader", leader="shi_shizhang", reason="按轮值")
    assert "分工已保存" in await do("duties", **{"duty-order": "shi_zhengshu"})
    assert "预告已发布" in await do(
        "announcement", registration_from="2026-04-16", registration_until="2026-05-10", ways="窗口\n电话"
    )
    await town.until(at("2026-05-06 09:00"))
    assert "待处理意见" in (await secretary.get(f"{here}?step=directory")).text
    assert "问题目录已报送" in await do("directory")
    proposal = {f"proposal-{story.case}": "增容改造", f"heard-{story.case}": "yes", "items": story.case}
    assert "会前协调情况已记录" in await do(
        "coordination", secretary="值班副秘书长", units=["shi_gongdian"], record="到会协调", **proposal
    )
    agenda = (await secretary.get(f"{here}?step=agenda")).text
    assert "协调建议列入" in agenda
    assert "领导审定" in await do("agenda", cases=[story.case])

    leader_s = (await mayor.get("/leader")).text
    assert "审定议程" in leader_s
    approved = await mayor.post(f"/leader/sessions/{story.session}/agenda", data=typed())
    assert "议程已审定" in approved.text

    assert "邀请已发出" in await do("invitations", units=["shi_gongdian"], guests=[story.case])
    invited = await session_of(town, story)
    for number in invited.invitations:  # pyright: ignore[reportAttributeAccessIssue]
        page = await secretary.post(
            f"{here}/invitations/{number}/receipt", data=typed(once=number, comes="yes", person="谢明")
        )
        assert "回执已登记" in page.text

    item = f"/leader/items/{story.session}/{story.case}"
    assert "活动当天可以填写意见" in (await mayor.get(item)).text
    await town.until(at("2026-05-13 09:00"))
    page = await mayor.post(item, data=typed(outcome="resolved", text="六月底前完成", lead="shi_gongdian"))
    assert page.status_code == 422
    assert "完成时限" in page.text
    assert "六月底前完成" in page.text
    page = await mayor.post(
        item, data=typed(once="2", outcome="resolved", text="六月底前完成", lead="shi_gongdian", due_on="2026-06-30")
    )
    assert "意见已记录" in page.text
    row = "unit:shi_gongdian"
    assert "出席情况已登记" in await do(
        "attendance", row=row, **{f"person-{row}": "谢明", f"post-{row}": "局长", f"principal-{row}": "yes"}
    )
    assert "活动已结束" in await do("holding")
    assert "已保存为新版本" in await do("opinions-document", text="供电局六月底前完成增容。")
    assert "已报送领导审定" in await do("submission")

    judged = f"/leader/sessions/{story.session}/opinions-document"
    page = await mayor.post(judged, data=typed(version="1", approved="no"))
    assert page.status_code == 422
    assert "说明需要修改的内容" in page.text
    page = await mayor.post(judged, data=typed(once="3", version="1", approved="yes"))
    assert "处理意见已审定" in page.text
    assert "会议纪要已形成" in await do("minutes", text="会议议定如下事项。")
    paper = (await secretary.get(f"{here}/paper")).text
    assert "供电局六月底前完成增容" in paper
    assert "会议议定如下事项" in paper
    assert "data-print" in paper
    assert "全部步骤已完成" in (await secretary.get(here)).text


async def test_every_step_s_page_renders_in_both_languages(prepared: Prepared) -> None:
    town, story, secretary, _ = prepared
    async with town.browser(OFFICE, lang="en") as reader:
        for step in ("date", "leader", "duties", "announcement", "registrations", "directory", "coordination", "agenda",
                     "agenda-approval", "invitations", "attendance", "opinions", "holding", "document",
                     "document-approval", "minutes", "items", "cancellation"):  # fmt: skip
            for browser in (secretary, reader):
                page = await browser.get(f"/office/sessions/{story.session}?step={step}&case={story.case}")
                assert page.status_code == 200, step


async def test_an_item_is_split_moved_or_taken_out(prepared: Prepared) -> None:
    _town, story, secretary, _ = prepared
    at_item = f"/office/sessions/{story.session}/items/{story.case}"
    page = await secretary.post(f"{at_item}/split", data=typed(parts="只有一项"))
    assert page.status_code == 422
    assert "至少填写两个" in page.text
    assert "只有一项" in page.text
    page = await secretary.post(f"{at_item}/split", data=typed(once="2", parts="用电\n用地"))
    assert "分项听取意见" in page.text
    page = await secretary.post(f"{at_item}/withdrawal", data=typed(once="3"))
    assert page.status_code == 422
    page = await secretary.post(f"{at_item}/withdrawal", data=typed(once="4", reason="已协调解决"))
    assert "已移出本次活动" in page.text


async def test_a_session_is_called_on_a_working_day_only_and_cancelled_with_a_reason(prepared: Prepared) -> None:
    _, _, secretary, _ = prepared
    asked = {"kind": "chaozhou-direct-line:special", "theme": "用电保障", "place": "hall"}
    page = await secretary.post("/office/sessions", data=typed(held_on="2026-05-17", **asked))
    assert page.status_code == 422
    assert "休息日" in page.text
    assert "用电保障" in page.text
    page = await secretary.post("/office/sessions", data=typed(once="2", held_on="2026-05-20", **asked))
    assert "活动已建立" in page.text
    here = str(page.url.path)
    page = await secretary.post(f"{here}/cancellation", data=typed(once="3"))
    assert page.status_code == 422
    assert "请填写取消原因" in page.text
    page = await secretary.post(f"{here}/cancellation", data=typed(once="4", reason="防汛"))
    assert "活动已取消" in page.text


async def test_what_a_county_could_not_solve_climbs_or_goes_back_as_the_office_finds() -> None:
    town = Town(start=at("2026-04-15 09:00"))
    await town.start()
    story = Story(town, "chaozhou-direct-line")
    await story.do("an enterprise files through portal")
    await story.do("the screener accepts it as energy for the county")
    county = next(iter((await town.state("routing", 0, story.case)).dispatches.values())).unit
    await story.do(f"{county} cannot solve it")
    async with town.browser(OFFICE) as secretary:
        assert story.case in (await secretary.get("/office/lists/climbs")).text
        dispatch = await story.dispatch(county)
        form = f"/office/cases/{story.case}/climb-review"
        page = await secretary.post(form, data=typed(dispatch=dispatch, climbs="yes"))
        assert page.status_code == 422
        assert "请填写理由" in page.text
        page = await secretary.post(form, data=typed(once="2", dispatch=dispatch, climbs="yes", reason="需市级协调"))
        assert "审核结果已登记" in page.text
        assert story.case not in (await secretary.get("/office/lists/climbs")).text


async def test_more_time_is_decided_by_somebody_other_than_the_asker(prepared: Prepared) -> None:
    town, story, secretary, _ = prepared
    await story.do("shi_gongdian takes it")
    await story.do("shi_gongdian asks for 3 more working days on reply")
    assert "申请延期" in (await secretary.get("/office/lists/extensions")).text
    dispatch = await story.dispatch("shi_gongdian")
    page = await secretary.get(f"/office/cases/{story.case}?decide=extension-decision&dispatch={dispatch}")
    assert "情况复杂" in page.text
    told = typed(dispatch=dispatch, clock="reply", grant="yes", reason="情况属实")
    asker = staff("office", "unit", unit="shi_gongdian", name="shi_gongdian")
    async with town.browser(asker) as unit:
        page = await unit.post(f"/office/cases/{story.case}/extension-decision", data=told)
        assert page.status_code == 422
        assert "申请人以外" in page.text
    page = await secretary.post(f"/office/cases/{story.case}/extension-decision", data=typed(**{**told, "once": "2"}))
    assert "延期申请已审批" in page.text


async def test_leaving_a_case_out_of_the_rates_needs_another_s_approval(prepared: Prepared) -> None:
    _, story, secretary, mayor = prepared
    page = await secretary.post(
        f"/office/cases/{story.case}/exclusion", data=typed(reason="malicious", grounds="经核实无此事")
    )
    assert "等待审批" in page.text
    assert "剔除审批" in (await mayor.get("/leader")).text
    page = await mayor.post(f"/leader/cases/{story.case}/exclusion-approval", data=typed(approve="yes"))
    assert "剔除申请已审批" in page.text


async def test_a_report_is_written_by_the_office_and_approved_by_a_leader_never_by_its_author(
    prepared: Prepared,
) -> None:
    town, _, secretary, mayor = prepared
    write = "/office/publications/new/chaozhou-direct-line/leaders-report"
    page = await secretary.post(write, data=typed(title="三月汇总", text="联系人13800000000"))
    assert page.status_code == 422
    assert "个人信息" in page.text
    assert "13800000000" in page.text
    page = await secretary.post(write, data=typed(once="2", title="三月汇总", text="本月办理平稳。"))
    assert "等待领导审批" in page.text
    number = page.url.path.rpartition("/")[2]
    both = staff("office", "leader", unit="shi_shizhang", name="secretary")
    async with town.browser(both) as author:
        page = await author.post(f"/leader/publications/{number}", data=typed(version="1"))
        assert page.status_code == 422
        assert "起草人不能自己批准" in page.text
    town.visitors[OFFICE.name] = OFFICE
    assert "三月汇总" in (await mayor.get("/leader")).text
    page = await mayor.post(f"/leader/publications/{number}", data=typed(once="3", version="1"))
    assert "已批准发布" in page.text


async def test_a_month_s_column_is_read_by_the_office_and_made_public_by_a_leader() -> None:
    town = Town(start=at("2026-03-02 09:00"))
    await town.start()
    story = Story(town, "chaozhou-direct-line")
    for act in ("an enterprise files through portal", "the screener accepts it as energy for the city",
                "shi_gongdian takes it", "shi_gongdian replies", "the invitation is delivered",
                "the enterprise rates it satisfied"):  # fmt: skip
        await story.do(act)
    await town.until(at("2026-04-02 09:00"))
    async with town.browser(OFFICE) as secretary, town.browser(MAYOR) as mayor:
        assert "待领导审批" in (await secretary.get("/office/columns")).text
        column = "chaozhou-direct-line/2026-03"
        assert "解决率" in (await secretary.get(f"/office/columns/{column}")).text
        assert "2026-03" in (await mayor.get("/leader")).text
        page = await mayor.post(f"/leader/columns/{column}", data=typed(version="1"))
        assert "已批准公开" in page.text
        assert "版已公开" in (await secretary.get("/office/columns")).text
        assert "data-chart" in (await secretary.get("/office/figures/chaozhou-direct-line?period=2026-03")).text
        csv = await secretary.get("/office/personnel/chaozhou-direct-line.csv?period=2026-03")
        assert csv.headers["content-type"].startswith("text/csv")


async def test_another_level_s_secretary_sees_nothing_of_the_city_s_cases_and_sessions(prepared: Prepared) -> None:
    town, story, _, _ = prepared
    async with town.browser(staff("office", unit="rp_gongxin", jurisdiction="raoping", name="raoping")) as other:
        assert (await other.get(f"/office/sessions/{story.session}")).status_code == 404
        assert (await other.get(f"/office/cases/{story.case}")).status_code == 404
        assert story.session not in (await other.get("/office/sessions")).text
    async with town.browser(staff("unit", unit="shi_gongdian")) as unit:
        assert (await unit.post(f"/office/sessions/{story.session}/holding", data=typed())).status_code == 403


async def test_all_lists_and_pages_of_the_office_and_leaders_speak_english(prepared: Prepared) -> None:
    town, story, _, _ = prepared
    async with town.browser(OFFICE, lang="en") as office, town.browser(MAYOR, lang="en") as leader:
        for path in ("", "/lists/climbs", "/lists/extensions", "/lists/judgements", "/lists/reviews", "/lists/sessions",
                     "/lists/problems", "/lists/unclear", "/sessions", "/columns", "/figures", "/publications",
                     "/figures/chaozhou-direct-line", f"/cases/{story.case}", f"/cases/{story.case}?decide=exclusion",
                     "/publications/new/chaozhou-direct-line/leaders-report"):  # fmt: skip
            page = await office.get(f"/office{path}")
            assert page.status_code == 200, path
        for path in ("", f"/sessions/{story.session}", f"/cases/{story.case}"):
            assert (await leader.get(f"/leader{path}")).status_code == 200, path
