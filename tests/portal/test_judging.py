"""The link in a letter: it opens a page, and only a tap rates."""

from datetime import datetime
from typing import Any

from contracts.events import CaseRated, CaseRatedAgain
from libs.policy.shanghai import SHANGHAI
from tests.portal.town import Town, enterprise, staff, typed
from tests.schemes.acts import Story


async def _answered() -> tuple[Town, Story, str]:
    """A case whose enterprise is invited to judge, and the code of its link."""
    return await _lived(
        "chaozhou-direct-line",
        "an enterprise files through portal",
        "the screener accepts it as energy for the city",
        "shi_gongdian takes it",
        "shi_gongdian replies",
    )


async def _lived(scheme: str, *acts: str, **given: Any) -> tuple[Town, Story, str]:
    town = Town(**given)
    await town.start()
    story = Story(town, scheme)
    for act in acts:
        await story.do(act)
    return town, story, await _code(story)


async def _code(story: Story) -> str:
    invited = await story.ask("evaluation", f"/cases/{story.case}/invitation", method="GET", roles="service")
    return str(invited["code"])


def _rated(town: Town) -> list[str]:
    return [fact.rating for fact in town.facts if isinstance(fact, CaseRated | CaseRatedAgain)]


async def test_the_link_shows_the_answer_and_its_scale_and_rates_nothing_however_often_it_is_opened() -> None:
    town, story, code = await _answered()
    async with town.browser() as phone:
        for _ in range(2):
            await phone.get(f"/r/{story.case}?c={code}")
        page = await phone.get(f"/r/{story.case}?c={code}")
        head = await phone.head(f"/r/{story.case}?c={code}")
    assert "答复</blockquote>" in page.text
    assert page.text.count('class="tap ') == 2
    assert "默认为“满意”" in page.text
    assert page.headers["x-robots-tag"].startswith("noindex")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert head.status_code in (200, 404, 405)
    assert _rated(town) == []


async def test_one_tap_rates_without_signing_in_and_a_second_says_that_it_is_done() -> None:
    town, story, code = await _answered()
    async with town.browser() as phone:
        tap = typed(c=code, way="", what="rating", rating="satisfied")
        thanks = await phone.post(f"/r/{story.case}", data=tap)
        again = await phone.post(f"/r/{story.case}", data={**tap, "once": "another", "rating": "dissatisfied"})
        shown = await phone.get(f"/r/{story.case}?c={code}")
    assert "评价已收到" in thanks.text
    assert again.status_code == 422
    assert "每件只评价一次" in again.text
    assert 'class="tap ' not in shown.text
    assert "满意" in shown.text
    assert _rated(town) == ["satisfied"]


async def test_a_wrong_code_is_answered_like_a_case_that_does_not_exist_and_rates_nothing() -> None:
    town, story, code = await _answered()
    async with town.browser() as phone:
        wrong = await phone.get(f"/r/{story.case}?c=AAAAAAAAAAAAAAAA")
        none = await phone.get(f"/r/{story.case}")
        nobodys = await phone.get(f"/r/ZT-0000000000000000?c={code}")
        tap = typed(c="AAAAAAAAAAAAAAAA", way="", what="rating", rating="satisfied")
        assert (await phone.post(f"/r/{story.case}", data=tap)).status_code == 404
    assert {page.status_code for page in (wrong, none, nobodys)} == {404}
    texts = {page.text.replace(story.case, "").replace("ZT-0000000000000000", "") for page in (wrong, none, nobodys)}
    assert len(texts) == 1
    assert _rated(town) == []


async def test_after_a_bad_word_and_a_final_decision_the_link_asks_once_more() -> None:
    town, story, code = await _answered()
    async with town.browser() as phone:
        told = await phone.post(f"/r/{story.case}", data=typed(c=code, way="", what="rating", rating="dissatisfied"))
        assert "最后处理决定" in told.text
        await town.until(town.now)
        await story.do("shi_gongdian decides finally")
        page = await phone.get(f"/r/{story.case}?c={code}")
        assert "对最后处理决定" in page.text
        assert "维持" in page.text
        second = typed(once="second", c=code, way="", what="second-rating", rating="satisfied")
        await phone.post(f"/r/{story.case}", data=second)
    assert _rated(town) == ["dissatisfied", "satisfied"]


async def test_a_unit_with_the_link_does_not_rate_its_own_case() -> None:
    town, story, code = await _answered()
    async with town.browser(staff("unit", unit="shi_gongdian")) as clerk:
        page = await clerk.post(f"/r/{story.case}", data=typed(c=code, way="", what="rating", rating="satisfied"))
    assert page.status_code == 422
    assert "评价自己办理的诉求" in page.text
    assert _rated(town) == []


async def test_a_tap_on_no_word_says_so_at_the_field() -> None:
    town, story, code = await _answered()
    async with town.browser(lang="en") as phone:
        page = await phone.post(f"/r/{story.case}", data=typed(c=code, way="", what="rating"))
    assert page.status_code == 422
    assert "Tap one of the words" in page.text


async def test_the_enterprise_judges_on_its_own_page_where_the_scheme_has_that_way_else_it_is_told_of_its_letter() -> (
    None
):
    town, story, _ = await _answered()
    async with town.browser(enterprise(story.case)) as owner:
        page = await owner.get(f"/my/{story.case}")
        refused = await owner.post(f"/my/{story.case}/rating", data=typed(what="rating", rating="satisfied"))
    assert "评价链接已发送到您的手机" in page.text
    assert refused.status_code == 422
    assert _rated(town) == []


async def test_the_hall_s_device_shows_the_five_words_big_and_one_tap_counts() -> None:
    """003-06"""
    town, story, code = await _lived(
        "suqian-window",
        "an enterprise files through cannot-online",
        "the screener accepts it as tax for the city in class simple",
        "shi_shuiwu replies",
        start=datetime(2026, 3, 2, 9, tzinfo=SHANGHAI),
    )
    async with town.browser() as device:
        page = await device.get(f"/r/{story.case}?c={code}&way=device")
        assert page.text.count('class="tap ') == 5
        assert 'class="device"' in page.text
        assert "不会算作满意" in page.text
        done = await device.post(f"/r/{story.case}", data=typed(c=code, way="device", what="rating", rating="fair"))
    assert "基本满意" in done.text
    assert (await town.state("evaluation", 0, story.case)).rated_by_way == "window-device"
