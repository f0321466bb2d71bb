from datetime import datetime

from libs.policy.shanghai import SHANGHAI
from tests.portal.town import Town, staff, typed
from tests.schemes.acts import Story

START = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
SCREENER, REVIEWER = staff("screener"), staff("registry-reviewer")
SCHEME = "chaozhou-direct-line"
GOOD = {"category": "energy", "level": "city", "district": "445102", "urgent": "no"}


async def filed(*, times: int = 1, act: str = "an enterprise files through portal") -> tuple[Town, Story]:
    town = Town(start=START)
    await town.start()
    story = Story(town, SCHEME)
    for _ in range(times):
        await story.do(act)
    return town, story


async def test_the_queue_has_the_time_left_and_the_item_what_is_proposed_with_reasons() -> None:
    town, story = await filed()
    async with town.browser(SCREENER) as screener:
        queue = (await screener.get("/screening")).text
        assert story.case in queue
        assert "还剩" in queue
        item = (await screener.get(f"/screening/{story.case}")).text
    assert "匹配" in item
    assert "湘桥区第一制造有限公司" in item
    assert "诉求内容提到" in item
    assert '<option value="energy" selected>' in item


async def test_the_unit_is_proposed_by_the_rule_that_hands_over() -> None:
    town, story = await filed()
    async with town.browser(SCREENER) as screener:
        part = await screener.post(f"/screening/{story.case}/proposal", data=typed(**GOOD))
        assert "潮州供电局" in part.text
        assert "主管该类事项" in part.text
        county = await screener.post(f"/screening/{story.case}/proposal", data=typed(**GOOD | {"level": "county"}))
        assert "属地管辖" in county.text
        named = await screener.post(f"/screening/{story.case}/proposal", data=typed(**GOOD, lead="shi_ziran"))
        assert "由您指定" in named.text


async def test_accepting_leads_to_the_next_item() -> None:
    town, story = await filed(times=2)
    first, second = story.cases
    async with town.browser(SCREENER) as screener:
        assert (await screener.get(f"/screening/{first}/next")).url.path == f"/screening/{second}"
        page = await screener.post(f"/screening/{first}/acceptance", data=typed(**GOOD))
        assert page.url.path == f"/screening/{second}"
        assert f"{first} 已受理" in page.text
        await town.until(town.now)
        assert (await screener.get(f"/screening/{second}/next")).url.path == "/screening"
        last = await screener.post(f"/screening/{second}/acceptance", data=typed(**GOOD, co_handlers="shi_ziran"))
        assert last.url.path == "/screening"
    await town.until(town.now)
    assert {d.unit for d in (await town.state("routing", 0, second)).dispatches.values()} == {
        "shi_gongdian",
        "shi_ziran",
    }


async def test_whoever_comes_second_sees_what_changed_and_decides_again() -> None:
    town, story = await filed()
    async with town.browser(SCREENER) as one, town.browser(staff("screener", name="other")) as other:
        page = (await other.get(f"/screening/{story.case}")).text
        seen = page.partition('name="seen" value="')[2].partition('"')[0]
        await one.post(f"/screening/{story.case}/supplement-request", data=typed(text="请补电表照片", seen=seen))
        late = await other.post(f"/screening/{story.case}/acceptance", data=typed(**GOOD, seen=seen))
        assert late.status_code == 422
        assert "其他人已经处理过" in late.text
        assert "请补电表照片" in late.text
        returned = await other.post(
            f"/screening/{story.case}/return", data=typed(reason="litigation", explanation="法院已立案")
        )
        assert "已退回" in returned.text
    assert (await town.state("intake", 0, story.case)).returned == "litigation"


async def test_what_is_missing_or_not_eligible_comes_back_at_its_field() -> None:
    town, story = await filed(act="an enterprise registered in 440511 files through portal")
    async with town.browser(SCREENER) as screener:
        missing = await screener.post(
            f"/screening/{story.case}/acceptance", data=typed(district="445102", level="city")
        )
        assert 'id="e-category">请选择类别' in missing.text
        assert "仍予受理的理由" in missing.text
        elsewhere = await screener.post(f"/screening/{story.case}/acceptance", data=typed(**GOOD, override=""))
        assert 'id="e-override">企业登记地不在' in elsewhere.text
        bare = await screener.post(f"/screening/{story.case}/return", data=typed(reason="not-local"))
        assert 'id="e-explanation">请向企业说明' in bare.text
        done = await screener.post(
            f"/screening/{story.case}/acceptance", data=typed(**GOOD, override="主要生产基地在本市")
        )
        assert "已受理" in done.text


async def test_the_second_review_compares_and_decides() -> None:
    town, story = await filed(act="an unregistered enterprise files through portal")
    here = f"/screening/second-review/{story.case}"
    async with town.browser(REVIEWER) as reviewer:
        assert story.case in (await reviewer.get("/screening/second-review")).text
        item = (await reviewer.get(here)).text
        assert "查无此码" in item
        without = await reviewer.post(here, data=typed(matches="yes", reason="查档", registered_in=""))
        assert 'id="e-registered_in">请填写登记机关' in without.text
        done = await reviewer.post(here, data=typed(matches="yes", reason="查档", registered_in="445102"))
        assert "已进入甄别" in done.text
        again = await reviewer.post(here, data=typed(matches="no", reason="查档", once="other"))
        assert "可能已由他人审核" in again.text
        assert (await reviewer.get("/screening")).status_code == 403


async def test_repeats_stand_together_and_are_returned_at_once_where_the_regulation_returns_repeats() -> None:
    town = Town(start=START)
    await town.start()
    story = Story(town, "kaihua-call-and-answer")
    for _ in range(3):
        await story.do("an enterprise registered in 445103 files through platform")
    first, *repeats = story.cases
    screener = staff("screener", jurisdiction="chaoan")
    async with town.browser(screener) as browser:
        page = (await browser.get("/screening/repeats")).text
        assert all(case in page for case in story.cases)
        nothing = await browser.post("/screening/repeats", data=typed(original=first, reason="duplicate"))
        assert "请先勾选" in nothing.text
        done = await browser.post(
            "/screening/repeats",
            data=typed(original=first, reason="duplicate", explanation="合并办理", cases=repeats),
        )
        assert "已退回 2 件" in done.text
    for case in repeats:
        assert (await town.state("intake", 0, case)).returned == "duplicate"


async def test_an_accepted_matter_is_classed_anew_and_others_see_no_foreign_queue() -> None:
    town = Town(start=START)
    await town.start()
    story = Story(town, "kaihua-call-and-answer")
    await story.do("an enterprise registered in 445103 files through platform")
    async with town.browser(staff("screener", jurisdiction="raoping", name="elsewhere")) as elsewhere:
        assert story.case not in (await elsewhere.get("/screening")).text
    await story.do("the screener accepts it as energy for the county in class simple")
    async with town.browser(staff("screener", jurisdiction="chaoan")) as screener:
        here = f"/screening/{story.case}"
        assert "调整分级" in (await screener.get(here)).text
        assert "请填写调整理由" in (await screener.post(f"{here}/class", data=typed(complexity="complex"))).text
        done = await screener.post(f"{here}/class", data=typed(complexity="complex", why="牵涉三个部门"))
        assert "分级已调整" in done.text


async def test_screening_speaks_english() -> None:
    town, story = await filed()
    async with town.browser(SCREENER, lang="en") as screener:
        for path in ("/screening", f"/screening/{story.case}", "/screening/repeats", "/screening/matters"):
            page = await screener.get(path)
            assert page.status_code == 200, path
            assert "甄别诉求" not in page.text, path
    async with town.browser(REVIEWER, lang="en") as reviewer:
        assert "Second review" in (await reviewer.get("/screening/second-review")).text
