from datetime import datetime

from libs.policy.shanghai import SHANGHAI
from tests.portal.town import Town, staff, typed
from tests.schemes.acts import Story

START = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
ADMINISTRATOR = staff("administrator", unit="shi_zhengshu", name="administrator")
SUPERIOR = staff("superior")


async def disputed(scheme: str = "chaozhou-direct-line", channel: str = "portal") -> tuple[Town, Story]:
    town = Town(start=START)
    await town.start()
    story = Story(town, scheme)
    await story.do(f"an enterprise files through {channel}")
    await story.do("the screener accepts it as energy for the city")
    await story.do("shi_gongdian objects, proposing shi_ziran")
    return town, story


async def test_the_administrator_sees_the_objection_with_its_reason_and_grants_it() -> None:
    town, story = await disputed()
    here = f"/arbitration/{story.case}/{await story.dispatch('shi_gongdian')}"
    async with town.browser(ADMINISTRATOR) as administrator:
        assert story.case in (await administrator.get("/arbitration")).text
        page = (await administrator.get(here)).text
        assert "非本单位职责" in page
        assert "13400000001" not in page
        bare = await administrator.post(f"{here}/decision", data=typed(grant="yes", unit="", reason="职责明确"))
        assert 'id="e-unit">请选择改派的单位' in bare.text
        own = await administrator.post(f"{here}/decision", data=typed(grant="yes", unit="shi_gongdian", reason="职责"))
        assert 'id="e-unit">异议成立的' in own.text
        done = await administrator.post(f"{here}/decision", data=typed(grant="yes", unit="shi_ziran", reason="职责"))
        assert "已改派" in done.text
        late = await administrator.post(
            f"{here}/decision", data=typed(grant="no", objector="shi_gongdian", reason="迟", once="2")
        )
        assert late.status_code == 422
        assert "其他人已经处理过" in late.text
        assert "已有结论" in late.text
    await town.until(town.now)
    assert await story.dispatch("shi_ziran")


async def test_a_refused_objection_leaves_the_case_with_its_unit() -> None:
    town, story = await disputed()
    dispatch = await story.dispatch("shi_gongdian")
    async with town.browser(ADMINISTRATOR) as administrator:
        body = typed(grant="no", objector="shi_gongdian", reason="属供电职责")
        page = await administrator.post(f"/arbitration/{story.case}/{dispatch}/decision", data=body)
        assert "由原单位办理" in page.text
    assert (await town.state("routing", 0, story.case)).dispatches[dispatch].status == "taken"


async def test_after_two_objections_the_superior_names_the_unit() -> None:
    town, story = await disputed()
    body = {
        "dispatch": await story.dispatch("shi_gongdian"), "grant": True, "unit": "shi_ziran", "reason": "职责",
    }  # fmt: skip
    await story.ask("routing", f"/cases/{story.case}/dispute-decision", body, roles="administrator")
    await story.do("shi_ziran objects, proposing shi_gongdian")
    here = f"/arbitration/{story.case}/{await story.dispatch('shi_ziran')}"
    async with town.browser(ADMINISTRATOR) as administrator:
        assert "由管理员的上级最终指定" in (await administrator.get(here)).text
    async with town.browser(SUPERIOR) as superior:
        assert "最终指定" in (await superior.get(here)).text
        bare = await superior.post(f"{here}/designation", data=typed(unit="shi_gongdian"))
        assert "请填写指定理由" in bare.text
        done = await superior.post(f"{here}/designation", data=typed(unit="shi_gongdian", reason="主责明确"))
        assert "已最终指定" in done.text
    assert (await town.state("routing", 0, story.case)).designated


async def test_what_is_unclear_goes_to_the_joint_meeting_and_onto_its_ledger() -> None:
    town, story = await disputed("suqian-12345", "hotline-12345")
    here = f"/arbitration/{story.case}/{await story.dispatch('shi_gongdian')}"
    async with town.browser(ADMINISTRATOR) as administrator:
        done = await administrator.post(f"{here}/joint-meeting", data=typed(why_unclear="两部门职责交叉"))
        assert "已提交联席会议" in done.text
        ledger = (await administrator.get("/arbitration/unclear-duties")).text
        assert story.case in ledger
        assert "等待联席会议" in ledger


async def test_arbitration_is_for_arbiters_and_speaks_english() -> None:
    town, story = await disputed()
    here = f"/arbitration/{story.case}/{await story.dispatch('shi_gongdian')}"
    async with town.browser(staff("unit", unit="shi_gongdian")) as clerk:
        assert (await clerk.get("/arbitration")).status_code == 403
        assert (await clerk.get(here)).status_code in (403, 404)
    async with town.browser(ADMINISTRATOR, lang="en") as administrator:
        for path in ("/arbitration", here, "/arbitration/unclear-duties"):
            page = await administrator.get(path)
            assert page.status_code == 200
            assert "分派异议" not in page.text
