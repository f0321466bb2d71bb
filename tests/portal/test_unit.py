from tests.portal.town import Town, staff, typed
from tests.schemes.acts import Story


async def _handed_over() -> tuple[Town, Story]:
    town = Town()
    await town.start()
    story = Story(town, "chaozhou-direct-line")
    await story.do("an enterprise files through portal")
    await story.do("the screener accepts it as energy for the city")
    return town, story


async def test_a_unit_takes_a_case_from_its_queue_with_one_button() -> None:
    town, story = await _handed_over()
    async with town.browser(staff("unit", unit="shi_gongdian")) as clerk:
        assert story.case in (await clerk.get("/unit")).text
        dispatch = await story.dispatch("shi_gongdian")
        page = await clerk.post(f"/unit/cases/{story.case}/{dispatch}/taking", data=typed())
        assert page.status_code == 200
        assert "已接收" in page.text
    assert (await town.state("routing", 0, story.case)).dispatches[dispatch].status == "taken"


async def test_a_reply_without_an_answer_comes_back_with_what_was_typed_and_says_what_is_missing() -> None:
    town, story = await _handed_over()
    dispatch = await story.dispatch("shi_gongdian")
    async with town.browser(staff("unit", unit="shi_gongdian")) as clerk:
        page = await clerk.post(
            f"/unit/cases/{story.case}/{dispatch}/reply", data=typed(outcome="solved", result="已更换老化线路")
        )
    assert page.status_code == 422
    assert "已更换老化线路" in page.text
    assert "请填写给企业的答复" in page.text


async def test_another_units_case_is_answered_like_one_that_does_not_exist() -> None:
    town, story = await _handed_over()
    dispatch = await story.dispatch("shi_gongdian")
    async with town.browser(staff("unit", unit="shi_shuiwu")) as clerk:
        others = await clerk.get(f"/unit/cases/{story.case}/{dispatch}")
        nobodys = await clerk.get(f"/unit/cases/ZT-0000000000000000/{dispatch}")
    assert others.status_code == nobodys.status_code == 404
    assert others.text.replace(story.case, "") == nobodys.text.replace("ZT-0000000000000000", "")


async def test_pages_speak_english_to_who_asks_for_it() -> None:
    town, _ = await _handed_over()
    async with town.browser(staff("unit", unit="shi_gongdian"), lang="en") as clerk:
        page = (await clerk.get("/unit")).text
    assert "To do" in page
    assert "待办诉求" not in page
