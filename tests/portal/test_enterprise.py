"""The enterprise's pages, each act done as its person would, by plain forms."""

import io
import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from PIL import Image

from contracts.events import AppealFiled
from tests.portal.town import Town, enterprise, staff, typed
from tests.schemes.acts import Story

MATTER = {"category": "energy", "title": "厂区频繁停电", "text": "每周停电三次，影响生产，希望更换线路"}
ABOUT = {
    "enterprise": "潮州市明德陶瓷有限公司",
    "credit_code": "91445102MA3AGYGLU6",
    "name": "陈明",
    "phone": "13400000001",
}


async def _town() -> Town:
    town = Town()
    await town.start()
    return town


async def _filed(town: Town, *acts: str) -> Story:
    story = Story(town, "chaozhou-direct-line")
    await story.do("an enterprise files through portal")
    for act in acts:
        await story.do(act)
    return story


async def _answered(town: Town, outcome: str = "replies") -> Story:
    return await _filed(
        town,
        "the screener accepts it as energy for the city",
        "shi_gongdian takes it",
        f"shi_gongdian {outcome}",
    )


def _carried(page: httpx.Response) -> dict[str, str]:
    """The hidden fields and the text of a page's main form, as a browser would send them back."""
    main = page.text[page.text.index("<main") :]
    form = main[main.index("<form") :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


async def _file(browser: httpx.AsyncClient, **changed: str) -> httpx.Response:
    """The three steps, each page sending back what it carries and what is typed."""
    given: Mapping[str, str] = MATTER | ABOUT | changed
    first = await browser.get("/file")
    second = await browser.post("/file/matter", data=_carried(first) | {name: given[name] for name in MATTER})
    assert second.status_code == 200, second.text
    third = await browser.post("/file/enterprise", data=_carried(second) | {name: given[name] for name in ABOUT})
    assert third.status_code == 200, third.text
    return await browser.post("/file/send", data=_carried(third))


def _filings(town: Town) -> list[AppealFiled]:
    return [fact for fact in town.facts if isinstance(fact, AppealFiled)]


# --- filing -----------------------------------------------------------------------------------------------------------


async def test_anybody_files_in_three_steps_and_gets_a_number_that_this_browser_may_follow() -> None:
    town = await _town()
    async with town.browser() as browser:
        receipt = await _file(browser)
        case = _filings(town)[0].case
        assert case in receipt.text
        assert "<svg" in receipt.text
        assert "工作日" in receipt.text, "what happens next, by when"
        assert "已" in (await browser.get(f"/my/{case}")).text
        assert case in (await browser.get("/my")).text
    kept = await town.state("intake", 0, case)
    assert kept.channel == "portal"
    assert kept.dossier.contact.phone == ABOUT["phone"]
    async with town.browser() as stranger:
        assert case not in (await stranger.get("/my")).text


async def test_filing_asks_for_eight_fields_at_most_and_puts_none_into_an_address() -> None:
    town = await _town()
    asked: list[str] = []
    addresses: list[str] = []
    async with town.browser() as browser:
        browser.event_hooks["request"] = [_noting(addresses)]
        first = await browser.get("/file")
        second = await browser.post("/file/matter", data=_carried(first) | MATTER)
        third = await browser.post("/file/enterprise", data=_carried(second) | ABOUT)
        await browser.post("/file/send", data=_carried(third))
    for page in (first, second, third):
        shown = re.findall(r'<(?:input|textarea|select)[^>]*id="f-([^"]+)"|<fieldset[^>]*id="f-([^"]+)"', page.text)
        asked += [one or other for one, other in shown]
    assert len(set(asked)) <= 8, asked
    assert not [one for one in addresses if ABOUT["phone"] in one or ABOUT["credit_code"] in one]


def _noting(addresses: list[str]) -> Any:
    async def note(request: httpx.Request) -> None:
        addresses.append(str(request.url))

    return note


async def test_a_double_click_files_once_and_what_was_changed_after_going_back_is_another() -> None:
    town = await _town()
    async with town.browser() as browser:
        first = await browser.get("/file")
        second = await browser.post("/file/matter", data=_carried(first) | MATTER)
        third = await browser.post("/file/enterprise", data=_carried(second) | ABOUT)
        sent = _carried(third)
        await browser.post("/file/send", data=sent)
        await browser.post("/file/send", data=sent)
        assert len(_filings(town)) == 1
        await browser.post("/file/send", data=sent | {"title": "厂房漏雨"})
    assert len(_filings(town)) == 2


@pytest.mark.parametrize(
    ("code", "says", "in_english"),
    [
        ("91445102MA3AGYGLU", "您填了 17 位", "you typed 17"),
        ("9144510ZMA3AGYGLU6", "不会出现“Z”", "never has “Z”"),
        ("91995102MA3AGYGLU6", "没有这个区划", "name the division"),
        ("91445102MA3AGYGLU7", "最后一位校验码", "last character"),
        ("11010519491231002X", "个人身份证号码", "identity number"),
    ],
)
async def test_a_wrong_credit_code_says_which_part_is_wrong(code: str, says: str, in_english: str) -> None:
    town = await _town()
    for lang, words in (("zh", says), ("en", in_english)):
        async with town.browser(lang=lang) as browser:
            page = await browser.post("/file/enterprise", data=typed(**MATTER, **ABOUT | {"credit_code": code}))
        assert page.status_code == 422
        assert words in page.text
        assert ABOUT["enterprise"] in page.text, "what was typed is kept"
        assert MATTER["text"] in page.text


async def test_small_letters_and_blanks_in_a_credit_code_are_read_as_they_are_meant() -> None:
    town = await _town()
    async with town.browser() as browser:
        await _file(browser, credit_code="9144 5102 ma3agyglu6", phone="+86 134-0000-0001")
    assert (await town.state("intake", 0, _filings(town)[0].case)).dossier.contact.phone == "13400000001"


async def test_every_empty_field_is_named_at_the_field() -> None:
    town = await _town()
    async with town.browser() as browser:
        matter = await browser.post("/file/matter", data=typed())
        about = await browser.post("/file/enterprise", data=typed(**MATTER))
    assert matter.status_code == about.status_code == 422
    assert matter.text.count('class="wrong"') == 3
    assert about.text.count('class="wrong"') == 4


async def test_who_cannot_name_a_category_files_without_one() -> None:
    town = await _town()
    async with town.browser() as browser:
        await _file(browser, category="unsure")
    assert (await town.state("intake", 0, _filings(town)[0].case)).dossier.category is None


async def test_whether_it_was_asked_before_is_said_with_how_it_ended() -> None:
    town = await _town()
    await _answered(town)
    like = typed(category="energy", title="用电", text="频繁停电，影响生产")
    async with town.browser() as browser:
        page = await browser.post("/file/matter", data={**like, "go": "look"})
        part = await browser.post("/file/similar", data=like)
    for answer in (page, part):
        assert "近期有 1 件类似诉求" in answer.text
        assert "已解决" in answer.text
    assert "<html" not in part.text


async def test_staff_are_sent_to_their_own_counter() -> None:
    town = await _town()
    async with town.browser(staff("screener")) as screener:
        assert (await screener.get("/file")).status_code == 403
        assert (await screener.get("/report")).status_code == 403


# --- following --------------------------------------------------------------------------------------------------------


async def test_a_case_is_followed_station_by_station_with_its_limit_in_plain_words() -> None:
    town = await _town()
    story = await _filed(town, "the screener accepts it as energy for the city", "shi_gongdian takes it")
    async with town.browser(enterprise(story.case)) as owner:
        page = (await owner.get(f"/my/{story.case}")).text
        listed = (await owner.get("/my")).text
    assert re.search(r'class="now" aria-current="step"><span[^>]*>4</span><span>办理', page)
    assert "须在10个工作日内完成" in page
    assert "接收诉求" in page
    assert story.case in listed


async def test_others_cases_are_answered_like_numbers_that_do_not_exist() -> None:
    town = await _town()
    story = await _filed(town)
    async with town.browser(enterprise("ZT-7K3M9QXA2B4D6F8H")) as other:
        for path in ("", "/receipt", "/withdrawal"):
            others = await other.get(f"/my/{story.case}{path}")
            nobodys = await other.get(f"/my/ZT-0000000000000000{path}")
            assert others.status_code == nobodys.status_code == 404
            assert others.text.replace(story.case, "") == nobodys.text.replace("ZT-0000000000000000", "")
        assert (await other.post(f"/my/{story.case}/withdrawal", data=typed())).status_code == 404
        assert (await other.post(f"/my/{story.case}/rating", data=typed(rating="satisfied"))).status_code == 404
    assert (await town.state("intake", 0, story.case)).stage == "screening"


async def test_what_is_asked_for_is_supplemented_on_the_case_page() -> None:
    town = await _town()
    story = await _filed(town, "the screener asks for a supplement")
    async with town.browser(enterprise(story.case)) as owner:
        assert "请补充" in (await owner.get(f"/my/{story.case}")).text
        empty = await owner.post(f"/my/{story.case}/supplement", data=typed())
        assert empty.status_code == 422
        assert "请写明补充的内容" in empty.text
        done = await owner.post(f"/my/{story.case}/supplement", data=typed(supplement="附上电费单号"))
    assert "补充内容已提交" in done.text
    assert (await town.state("intake", 0, story.case)).supplements == ("附上电费单号",)


async def test_withdrawing_is_asked_once_more_before_it_is_done() -> None:
    town = await _town()
    story = await _filed(town)
    async with town.browser(enterprise(story.case)) as owner:
        assert "确定撤回" in (await owner.get(f"/my/{story.case}/withdrawal")).text
        assert (await town.state("intake", 0, story.case)).stage == "screening"
        done = await owner.post(f"/my/{story.case}/withdrawal", data=typed())
        again = await owner.post(f"/my/{story.case}/withdrawal", data=typed(once="again"))
    assert "诉求已撤回" in done.text
    assert (await town.state("intake", 0, story.case)).stage == "withdrawn"
    assert again.status_code == 422
    assert "企业已撤回该诉求" in again.text


async def test_a_suggestion_is_passed_on() -> None:
    town = await _town()
    story = await _filed(town)
    async with town.browser(enterprise(story.case)) as owner:
        await owner.post(f"/my/{story.case}/suggestion", data=typed(suggestion="希望提前通知停电"))
    assert (await town.state("intake", 0, story.case)).suggestions == ("希望提前通知停电",)


async def test_the_answer_is_read_on_the_case_page_and_in_the_readers_language() -> None:
    town = await _town()
    story = await _answered(town)
    async with town.browser(enterprise(story.case), lang="en") as owner:
        page = (await owner.get(f"/my/{story.case}")).text
    assert "答复</blockquote>" in page, "its words stay as they were written"
    assert "solved" in page
    assert "What happened" in page


async def test_a_returned_appeal_says_why_and_what_to_do() -> None:
    town = await _town()
    story = await _filed(town, "the screener returns it as litigation")
    async with town.browser(enterprise(story.case)) as owner:
        page = (await owner.get(f"/my/{story.case}")).text
    assert "涉及司法诉讼问题" in page
    assert "重新提交" in page


# --- files ------------------------------------------------------------------------------------------------------------


def _picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(drawn, "PNG")
    return drawn.getvalue()


async def test_files_go_with_the_filing_and_a_wrong_one_is_named_while_the_right_one_stays() -> None:
    town = await _town()
    async with town.browser() as browser:
        third = await browser.post("/file/enterprise", data=typed(**MATTER, **ABOUT))
        both = [
            ("files", ("现场.png", _picture(), "image/png")),
            ("files", ("合同.pdf", b"MZ this is no pdf", "application/pdf")),
        ]
        wrong = await browser.post("/file/send", data=_carried(third) | {"go": "send"}, files=both)
        assert wrong.status_code == 422
        assert "“合同.pdf”：文件内容与后缀不符" in wrong.text
        assert _filings(town) == []
        kept = re.findall(r'name="attached" value="([^"]+)" checked', wrong.text)
        assert [one.partition(" ")[2] for one in kept] == ["现场.png"]
        await browser.post("/file/send", data=_carried(wrong) | {"go": "send", "attached": kept})
        case = _filings(town)[0].case
        page = await browser.get(f"/my/{case}")
        assert "现场.png" in page.text
        address = re.findall(rf"/my/{case}/attachments/[0-9a-f-]+", page.text)[0]
        file = await browser.get(address)
    assert file.content.startswith(b"\x89PNG")
    assert file.headers["content-disposition"].startswith("attachment")
    async with town.browser(enterprise("ZT-7K3M9QXA2B4D6F8H")) as other:
        assert (await other.get(address)).status_code == 404


async def test_files_are_added_on_the_case_page_as_long_as_it_is_open() -> None:
    town = await _town()
    story = await _filed(town)
    picture = [("files", ("现场.png", _picture(), "image/png"))]
    async with town.browser(enterprise(story.case)) as owner:
        done = await owner.post(f"/my/{story.case}/attachments", data=typed(), files=picture)
        assert "现场.png" in done.text
        none = await owner.post(f"/my/{story.case}/attachments", data=typed())
        assert "请选择要上传的文件" in none.text
        await owner.post(f"/my/{story.case}/withdrawal", data=typed(once="w"))
        late = await owner.post(f"/my/{story.case}/attachments", data=typed(once="late"), files=picture)
    assert late.status_code == 422
    assert "企业已撤回该诉求" in late.text
