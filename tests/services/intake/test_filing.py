"""Filing under several regulations: channels, who typed, who was first asked, what comes from other governments."""

import pytest

from contracts.events import AppealAccepted, AppealFiled
from tests.services.intake.counter import Counter, Turned, dossier


@pytest.mark.parametrize(
    ("row", "channel", "scheme"),
    [
        ("000-11", "phone", "county-reception-day"),
        ("000-11", "fax", "county-reception-day"),
        ("000-11", "email", "county-reception-day"),
        ("000-11", "office-visit", "county-reception-day"),
        ("000-37", "visit", "county-reception-day"),
        ("001-12", "portal", "chaozhou-direct-line"),
        ("001-13", "window", "chaozhou-direct-line"),
        ("001-14", "hotline-12345", "chaozhou-direct-line"),
        ("002-02", "platform", "kaihua-call-and-answer"),
        ("002-04", "liaison-officer", "kaihua-call-and-answer"),
        ("002-06", "half-monthly-talk", "kaihua-call-and-answer"),
        ("002-07", "consulted", "kaihua-call-and-answer"),
        ("002-08", "industry-chain", "kaihua-call-and-answer"),
        ("002-09", "qr-code", "kaihua-call-and-answer"),
        ("002-10", "hotline-12345", "kaihua-call-and-answer"),
        ("002-39", "walk-in", "kaihua-call-and-answer"),
        ("003-02", "chief-officer", "suqian-enterprises"),
        ("003-05", "cannot-window", "suqian-window"),
        ("003-05", "cannot-online", "suqian-window"),
        ("003-10", "platform-yiqi", "suqian-enterprises"),
        ("003-10", "liaison-phone", "suqian-enterprises"),
        ("003-16", "association", "suqian-enterprises"),
        ("003-17", "supervisor", "suqian-enterprises"),
        ("003-23", "conduct-list", "suqian-enterprises"),
        ("003-26", "portal-column", "suqian-mayor-line"),
        ("003-26", "mayor-number", "suqian-mayor-line"),
        ("003-26", "mayor-mailbox", "suqian-mayor-line"),
        ("004-05", "specialist", "cadres-and-enterprises"),
    ],
)
async def test_an_appeal_comes_in_through_every_channel_of_its_regulation(row: str, channel: str, scheme: str) -> None:
    """000-11, 000-37, 001-12, 001-13, 001-14, 002-02, 002-04, 002-06, 002-07, 002-08, 002-09, 002-10, 002-39, 003-02,
    003-05, 003-10, 003-16, 003-17, 003-23, 003-26, 004-05"""
    counter = Counter()
    case = await counter.file(channel, scheme)
    (filed,) = counter.said(AppealFiled)
    assert (filed.case, filed.channel, filed.scheme.partition("@")[0]) == (case, channel, scheme)
    assert (await counter.appeal(case)).stage == "screening"


async def test_who_typed_an_appeal_is_named_where_somebody_types() -> None:
    """001-13, 001-14, 002-39"""
    counter = Counter()
    with pytest.raises(Turned) as turned:
        await counter.file("walk-in", "kaihua-call-and-answer", entered_by=None)
    assert (turned.value.rule, turned.value.field) == ("entered-by", "entered_by")
    case = await counter.file("hotline-12345", call="call-7")
    appeal = await counter.appeal(case)
    assert (appeal.entered_by, appeal.call) == ("登记员", "call-7")


@pytest.mark.parametrize("channel", ["window", "hotline-12345"])
async def test_staff_of_the_window_and_the_hotline_enter_appeals_in_their_own_name(channel: str) -> None:
    """001-13, 001-14: 做好登记并录入"""
    counter = Counter()
    with pytest.raises(Turned) as turned:
        await counter.file(channel, entered_by=None)
    assert turned.value.rule == "entered-by"
    case = await counter.file(channel, entered_by="话务员甲")
    assert (await counter.appeal(case)).entered_by == "话务员甲"


async def test_the_receipt_stands_at_the_instant_of_filing() -> None:
    """000-12"""
    counter = Counter()
    await counter.file("fax", "county-reception-day")
    assert counter.said(AppealFiled)[0].at == counter.now


async def test_what_the_city_hands_down_carries_its_number_there() -> None:
    """000-08, 002-11"""
    counter = Counter()
    for channel, scheme in (
        ("city-service-centre", "county-reception-day"),
        ("city-platform", "kaihua-call-and-answer"),
    ):
        with pytest.raises(Turned) as turned:
            await counter.file(channel, scheme)
        assert (turned.value.rule, turned.value.field) == ("upstream", "upstream")
        case = await counter.file(channel, scheme, upstream="市企服〔2026〕12号", nth=1)
        assert (await counter.appeal(case)).upstream == "市企服〔2026〕12号"


@pytest.mark.parametrize(
    ("category", "row"), [("suggestion", "05"), ("production", "06"), ("several-departments", "07"), ("other", "09")]
)
async def test_the_county_takes_opinions_difficulties_matters_of_several_departments_and_others(
    category: str, row: str
) -> None:
    """000-05, 000-06, 000-07, 000-09"""
    counter = Counter()
    case = await counter.file("phone", "county-reception-day", division="445122")
    body = {"category": category, "district": "445122", "level": "county"}
    await counter.ask(f"/appeals/{case}/acceptance", body, roles="screener")
    assert counter.said(AppealAccepted)[0].category == category
    scheme = counter.service.schemes[counter.said(AppealFiled)[0].scheme]
    assert scheme.categories[category].leader == (category == "several-departments")


async def test_the_unit_first_asked_is_known_from_the_filing_on() -> None:
    """003-37"""
    counter = Counter()
    case = await counter.file(
        "liaison-phone", "suqian-enterprises", roles="unit", unit="shi_gongxin", by="somebody of the bureau"
    )
    await counter.accept(case)
    assert counter.said(AppealFiled)[0].receiver == "shi_gongxin"
    assert counter.said(AppealAccepted)[0].receiver == "shi_gongxin"


async def test_a_receiver_that_no_level_of_the_regulation_knows_is_refused() -> None:
    counter = Counter()
    with pytest.raises(Turned) as turned:
        await counter.file("liaison-phone", "suqian-enterprises", receiver="nobody_here")
    assert turned.value.rule == "unknown-unit"


async def test_urgent_matters_are_screened_first() -> None:
    """000-30, 000-40"""
    counter = Counter()
    calm = await counter.file("phone", "county-reception-day", division="445122")
    await counter.wait(1)
    urgent = await counter.file("phone", "county-reception-day", division="445122", nth=1, urgent=True)
    queue = await counter.get("/queue/screening", roles="screener")
    assert [row["case"] for row in queue] == [urgent, calm]
    body = {"category": "production", "district": "445122", "level": "county"}
    await counter.ask(f"/appeals/{urgent}/acceptance", body, roles="screener")
    assert counter.said(AppealAccepted)[0].urgent


async def test_the_screener_finds_out_that_a_matter_is_urgent() -> None:
    """000-30"""
    counter = Counter()
    case = await counter.file()
    await counter.accept(case, urgent=True)
    assert counter.said(AppealAccepted)[0].urgent


async def test_a_helper_files_for_the_enterprise_and_says_at_which_level() -> None:
    """003-48"""
    counter = Counter()
    with pytest.raises(Turned) as turned:
        await counter.file("helper", "suqian-window", roles="proxy", by="helper-1")
    assert turned.value.rule == "proxy"
    for level in ("city", "county", "town", "village"):
        case = await counter.file(
            "helper", "suqian-window", roles="proxy", by="helper-1", proxy={"name": "帮办员", "level": level}
        )
        assert (await counter.appeal(case)).proxy.level == level


async def test_an_industry_s_problems_carry_its_tag() -> None:
    """002-08, 001-54"""
    counter = Counter()
    case = await counter.file("industry-chain", "kaihua-call-and-answer", tags=["silicon"])
    assert (await counter.appeal(case)).tags == ("silicon",)


async def test_a_problem_of_the_past_carries_its_tag() -> None:
    """001-54: 历史遗留问题"""
    counter = Counter()
    case = await counter.file(tags=["legacy"])
    assert (await counter.appeal(case)).tags == ("legacy",)


async def test_a_month_s_collection_gets_a_receipt_or_an_error_each() -> None:
    """003-02, 003-03"""
    counter = Counter()
    good = {"dossier": dossier(), "channel": "chief-officer", "entered_by": "首席服务员"}
    wrong = good | {"channel": "no-such-channel"}
    personal = good | {"dossier": dossier() | {"credit_code": "11010519491231002X"}}
    bodies = [good, wrong, {"channel": "chief-officer"}, personal, good | {"dossier": dossier(nth=1)}]
    asking = {"roles": "unit", "unit": "shi_shangwu", "by": "chief", "key": "november"}
    results = (await counter.ask("/appeals/batch", {"appeals": bodies}, **asking))["results"]
    assert [sorted(one) for one in results] == [["case"], ["error"], ["error"], ["error"], ["case"]]
    assert results[1]["error"]["field"] == "channel"
    assert results[2]["error"]["rule"] == "missing"
    assert results[3]["error"]["rule"] == "personal-id-number"
    again = (await counter.ask("/appeals/batch", {"appeals": bodies}, **asking))["results"]
    assert again == results
    assert len(counter.said(AppealFiled)) == 2


async def test_the_conduct_office_hands_over_its_list_of_problems() -> None:
    """003-23"""
    counter = Counter()
    good = {"dossier": dossier(), "channel": "conduct-list", "entered_by": "作风办"}
    (result,) = (await counter.ask("/appeals/batch", {"appeals": [good]}, roles="conduct"))["results"]
    assert (await counter.appeal(result["case"])).channel == "conduct-list"


async def test_who_hands_in_follows_what_they_handed_in_and_nothing_else() -> None:
    """003-17"""
    counter = Counter()
    own = await counter.file("supervisor", "suqian-enterprises", roles="supervisor", by="supervisor-1")
    assert [row["case"] for row in await counter.get("/appeals", roles="supervisor", by="supervisor-1")] == [own]
    assert await counter.get("/appeals", roles="supervisor", by="supervisor-2") == []
    appeal = await counter.follow(own, roles="supervisor", by="supervisor-1")
    assert appeal["stage"] == "screening"
    with pytest.raises(Turned) as turned:
        await counter.follow(own, roles="supervisor", by="supervisor-2")
    assert turned.value.status == 404
