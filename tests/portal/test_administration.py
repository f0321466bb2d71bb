"""Administrators: units and their contacts, people and roles, the calendar, the regulations in force."""

import re
from datetime import date

import pytest

from services.portal.identity.accounts import Accounts
from services.portal.pages.administration import PLACES
from services.portal.visitor import Visitor
from tests.portal.town import Town, staff, typed
from tests.support import TEXT_2027

ADMINISTRATOR = staff("administrator", unit="shi_zhengshu", name="administrator")
LI = {
    "account": "li.wei", "person": "李伟", "roles": "unit", "unit": "shi_gongdian", "jurisdiction": "chaozhou",
}  # fmt: skip
CONTACT = "/admin/units/shi_huanjing/contact"
ZHOU = {"person": "周明", "phone": "13900000077", "email": "zhou@huanjing.example"}
NOTICE = """国务院办公厅关于2022年部分节假日安排的通知
国办发明电〔2021〕11号
一、元旦：2022年1月1日至3日放假，共3天。
二、春节：1月31日至2月6日放假调休，共7天。1月29日（星期六）、1月30日（星期日）上班。
三、清明节：4月3日至5日放假调休，共3天。4月2日（星期六）上班。
四、劳动节：4月30日至5月4日放假调休，共5天。4月24日（星期日）、5月7日（星期六）上班。
五、端午节：6月3日至5日放假，共3天。
六、中秋节：9月10日至12日放假，共3天。
七、国庆节：10月1日至7日放假调休，共7天。10月8日（星期六）、10月9日（星期日）上班。
国务院办公厅
2021年10月25日
"""


async def started() -> Town:
    town = Town()
    await town.start()
    return town


@pytest.fixture(scope="module")
async def town() -> Town:
    return await started()


def accounts(town: Town) -> Accounts:
    return town.portal.app.state.office.identity.accounts


# Units ----------------------------------------------------------------------------------------------------------------


async def test_units_stand_with_what_they_answer_for_their_masked_contact_and_vacancies(town: Town) -> None:
    async with town.browser(ADMINISTRATOR) as admin:
        page = (await admin.get("/admin")).text
    assert "空缺" in page
    assert "未确认" in page
    assert re.search(r"138\*{4}\d{4}", page)
    assert not re.search(r"1380000\d{4}", page)


async def test_an_administrator_sees_the_own_level_alone(town: Town) -> None:
    async with town.browser(staff("administrator", jurisdiction="raoping", name="county")) as admin:
        page = (await admin.get("/admin")).text
    assert "饶平" in page
    assert "市供电" not in page


async def test_an_administrator_names_a_contact_where_the_unit_cannot_and_the_unit_still_confirms(town: Town) -> None:
    async with town.browser(ADMINISTRATOR) as admin:
        assert "138****" in (await admin.get(CONTACT)).text
        wrong = await admin.post(CONTACT, data=typed(**ZHOU | {"phone": "12"}))
        assert (wrong.status_code, "周明" in wrong.text, "zhou@huanjing" in wrong.text) == (422, True, True)
        page = (await admin.post(CONTACT, data=typed(**ZHOU, once="2"))).text
    assert "周明" in page
    assert "待单位确认" in page
    assert "13900000077" not in page
    async with town.browser(staff("unit", unit="shi_huanjing")) as clerk:
        own = (await clerk.get("/unit/contact")).text
    assert "13900000077" in own
    assert "尚未确认" in own


async def test_a_units_contact_is_no_other_levels_and_no_other_roles_to_change(town: Town) -> None:
    async with town.browser(staff("administrator", jurisdiction="raoping", name="county")) as admin:
        assert (await admin.get(CONTACT)).status_code == 404
        assert (await admin.post(CONTACT, data=typed(**ZHOU))).status_code == 404
    async with town.browser(staff("office", unit="shi_zhengshu")) as clerk:
        assert (await clerk.get(CONTACT)).status_code == 403


async def test_an_administrator_changes_a_remit_and_everybody_goes_by_it(town: Town) -> None:
    """The power supply bureau's matters come to the industry bureau; a vacant post is held again and moves up in the rota."""
    async with town.browser(ADMINISTRATOR) as admin:
        form = (await admin.get("/admin/units/shi_gongxin/remit")).text
        assert "现由 <span" not in form
        assert re.search(r'value="energy">.*?现由潮州供电局', form, re.DOTALL)
        kept = {"categories": ["industry", "energy"], "first_responsible": "局长", "seen": "0"}
        assert "职责分工已更改" in (await admin.post("/admin/units/shi_gongxin/remit", data=typed(**kept))).text
        post = {"held": "yes", "portfolio": ["transport"], "turn": "1", "seen": "1"}
        page = await admin.post("/admin/units/shi_fujiaotong/remit", data=typed(**post, once="2"))
        assert page.url.path == "/admin"
        assert "空缺" not in page.text
        assert page.text.index('id="shi_fujiaotong"') < page.text.index('id="shi_shizhang"')
        assert "administrator" in (await admin.get("/admin/units/shi_fujiaotong/remit")).text
    for service in town.house.services.values():
        await service.read_again()
    city = town.portal.directory.running("chaozhou-direct-line")
    assert city.department_for("energy").unit == "shi_gongxin"
    leader = city.leader_for("portfolio", "transport")
    assert leader
    assert leader.unit == "shi_fujiaotong"


async def test_a_remit_that_somebody_changed_meanwhile_comes_back_as_typed_beside_what_stands_now() -> None:
    town = await started()
    path, first, second = "/admin/units/shi_gongdian/remit", {"categories": ["energy"]}, {"categories": []}
    async with town.browser(ADMINISTRATOR) as admin:
        await admin.post(path, data=typed(**first, first_responsible="甲局长", seen="0"))
        late = await admin.post(path, data=typed(**first, first_responsible="乙局长", seen="0", once="2"))
        assert (late.status_code, "乙局长" in late.text, "甲局长" in late.text) == (422, True, True)
        assert 'name="seen" value="1"' in late.text
        nobodys = await admin.post(path, data=typed(**second, seen="1", once="3"))
        assert (nobodys.status_code, "无人负责" in nobodys.text or "没有部门负责" in nobodys.text) == (422, True)
        again = await admin.post(path, data=typed(**first, first_responsible="乙局长", seen="1", once="4"))
        assert again.url.path == "/admin"


async def test_a_new_unit_is_added_with_its_contact_and_gets_its_matters_and_people() -> None:
    town = await started()
    new = {
        "jurisdiction": "chaozhou", "kind": "department", "unit": "shi_shuju", "zh": "市数据局", "en": "Data Bureau",
        "person": "金鑫", "phone": "13700000009", "email": "jin@shuju.example",
    }  # fmt: skip
    async with town.browser(ADMINISTRATOR) as admin:
        assert "/admin/units/new" in (await admin.get("/admin")).text
        for field, value, said in (
            ("unit", "", "请填写代码"),
            ("phone", "12", "手机"),
            ("unit", "shi_gongxin", "已被其他机构使用"),
        ):
            wrong = await admin.post("/admin/units/new", data=typed(**new | {field: value}, once=f"{field}{value}"))
            assert (wrong.status_code, "市数据局" in wrong.text, said in wrong.text) == (422, True, True), field
            assert f'id="e-{field}"' in wrong.text
        page = await admin.post("/admin/units/new", data=typed(**new))
        assert page.url.path == "/admin/units/shi_shuju/remit"
        assert "市数据局" in page.text
        units = (await admin.get("/admin")).text
        assert "137****0009" in units
        assert "13700000009" not in units
        assert 'value="shi_shuju"' in (await admin.get("/admin/people/new")).text, "at once where it was added"
        for service in town.house.services.values():
            await service.read_again()
            assert service.directory.unit("shi_shuju").zh == "市数据局"
    async with town.browser(staff("administrator", jurisdiction="raoping", name="county")) as county:
        assert (await county.post("/admin/units/new", data=typed(**new | {"unit": "shi_er"}))).status_code == 404


async def test_a_remit_is_no_other_levels_and_no_other_roles_to_change(town: Town) -> None:
    path = "/admin/units/shi_huanjing/remit"
    async with town.browser(staff("administrator", jurisdiction="raoping", name="county")) as admin:
        assert (await admin.get(path)).status_code == 404
        assert (await admin.post(path, data=typed(seen="0"))).status_code == 404
        assert (await admin.get("/admin/units/nobody/remit")).status_code == 404
    async with town.browser(staff("office", unit="shi_zhengshu")) as clerk:
        assert (await clerk.get(path)).status_code == 403


@pytest.mark.parametrize("place", [place.path for place in PLACES])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_administration_is_for_administrators_alone_in_both_languages(town: Town, place: str, lang: str) -> None:
    async with town.browser(staff("unit", unit="shi_gongdian"), lang=lang) as clerk:
        assert (await clerk.get(place)).status_code == 403
    async with town.browser(ADMINISTRATOR, lang=lang) as admin:
        assert (await admin.get(place)).status_code == 200


# People ---------------------------------------------------------------------------------------------------------------


async def test_an_account_is_opened_and_its_password_is_shown_once(town: Town) -> None:
    async with town.browser(ADMINISTRATOR) as admin:
        page = await admin.post("/admin/people/new", data=typed(**LI | {"account": "first.one"}))
        (password,) = re.findall(r'class="secret">([a-z0-9-]{19})<', page.text)
        again = (await admin.get("/admin/people/first.one")).text
    assert page.headers["cache-control"] == "no-store"
    assert password not in again
    account = await accounts(town).check_password("first.one", password)
    assert account.must_change


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"account": "李伟"}, "账号名以小写字母开头"),
        ({"roles": ""}, "至少选择一个角色"),
        ({"roles": "service"}, "角色"),
        ({"unit": ""}, "所属单位"),
        ({"jurisdiction": "raoping", "unit": ""}, "您管理的层级"),
        ({"unit": "rp_fagai"}, "单位"),
    ],
)
async def test_a_wrong_account_comes_back_as_typed_with_what_is_wrong(
    town: Town, wrong: dict[str, str], said: str
) -> None:
    async with town.browser(ADMINISTRATOR) as admin:
        page = await admin.post("/admin/people/new", data=typed(**LI | {"account": "wrong.one"} | wrong))
    assert page.status_code == 422
    assert said in page.text
    assert "李伟" in page.text
    assert await accounts(town).get("wrong.one") is None


async def test_roles_are_changed_accounts_closed_and_opened_and_all_of_it_is_kept(town: Town) -> None:
    async with town.browser(ADMINISTRATOR) as admin:
        await admin.post("/admin/people/new", data=typed(**LI | {"account": "wang.fang"}))
        await admin.post("/admin/people/wang.fang", data=typed(**LI | {"roles": ["unit", "liaison"]}))
        closed = await admin.post("/admin/people/wang.fang/disabled", data=typed(disabled="yes"))
        assert "已停用" in closed.text
        page = (await admin.post("/admin/people/wang.fang/disabled", data=typed(disabled="no"))).text
    account = await accounts(town).get("wang.fang")
    assert account
    assert account.roles == {"unit", "liaison"}
    assert not account.disabled
    for said in ("开通账号", "挂钩联络员", "停用", "恢复"):
        assert said in page


async def test_who_typed_a_wrong_password_too_often_is_let_in_again_at_once(town: Town) -> None:
    async with town.browser(ADMINISTRATOR) as admin:
        await admin.post("/admin/people/new", data=typed(**LI | {"account": "zhao.lei"}))
        for _ in range(5):
            with pytest.raises(Exception, match="not right"):
                await accounts(town).check_password("zhao.lei", "wrong wrong wrong")
        assert "锁定" in (await admin.get("/admin/people/zhao.lei")).text
        await admin.post("/admin/people/zhao.lei/unlocking", data=typed())
        page = await admin.post("/admin/people/zhao.lei/password", data=typed())
    (password,) = re.findall(r'class="secret">([a-z0-9-]{19})<', page.text)
    assert await accounts(town).check_password("zhao.lei", password)


@pytest.mark.parametrize("subject", ["administrator", "zhao.lei for administrator", "administrator for chen.jie"])
async def test_nobody_changes_their_own_roles_not_even_through_a_substitute(town: Town, subject: str) -> None:
    if await accounts(town).get("administrator") is None:
        await accounts(town).create(
            "administrator", person="管理员", roles=frozenset({"administrator"}), password="kettle drum lantern",
            unit="shi_zhengshu", jurisdiction="chaozhou", by="test",
        )  # fmt: skip
    me = Visitor(**{**vars(ADMINISTRATOR), "subject": subject, "name": subject.replace(" ", "-")})
    async with town.browser(me) as admin:
        assert "须由其他管理员变更" in (await admin.get("/admin/people/administrator")).text
        page = await admin.post("/admin/people/administrator", data=typed(**LI | {"roles": "leader"}))
        closed = await admin.post("/admin/people/administrator/disabled", data=typed(disabled="yes"))
    assert page.status_code == closed.status_code == 422
    kept = await accounts(town).get("administrator")
    assert kept
    assert kept.roles == {"administrator"}
    assert not kept.disabled


async def test_another_levels_account_is_like_none(town: Town) -> None:
    await accounts(town).create(
        "rao.ping", person="饶平", roles=frozenset({"unit"}), password="kettle drum lantern", unit="rp_fagai",
        jurisdiction="raoping", by="test",
    )  # fmt: skip
    async with town.browser(ADMINISTRATOR) as admin:
        assert (await admin.get("/admin/people/rao.ping")).status_code == 404
        assert (await admin.post("/admin/people/rao.ping/password", data=typed())).status_code == 404
        assert "rao.ping" not in (await admin.get("/admin/people")).text


# Calendar -------------------------------------------------------------------------------------------------------------


async def test_a_pasted_notice_is_shown_as_understood_before_it_is_taken_in(town: Town) -> None:
    async with town.browser(ADMINISTRATOR) as admin:
        preview = await admin.post("/admin/calendar/preview", data=typed(text=NOTICE))
        assert "系统这样理解 2022 年的通知" in preview.text
        assert "2022-01-29" in preview.text
        done = await admin.post("/admin/calendar", data=typed(text=NOTICE))
    assert "已导入 2022 年安排" in done.text
    assert str(done.url).endswith("year=2022")


async def test_a_notice_that_was_taken_in_is_counted_by_in_every_service(town: Town) -> None:
    """§3.22: sessions, columns, letters and pages count the same days as the limits do."""
    make_up_day = date(2027, 1, 31)
    async with town.browser(ADMINISTRATOR) as admin:
        done = await admin.post("/admin/calendar", data=typed(text=TEXT_2027, once="everywhere"))
        assert "已导入 2027 年安排" in done.text
    for name, service in town.house.services.items():
        await service.read_again()
        follows = name in ("deadline", "routing", "disclosure", "portal")
        assert service.calendars["cn"].is_working_day(make_up_day) == follows, name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "请粘贴通知全文"),
        ("今天天气很好", "哪一年"),
        (NOTICE.replace("1月29日（星期六）", "1月29日（星期五）"), "没有读懂"),
        (NOTICE.replace("国办发明电〔2021〕11号", ""), "不像国务院办公厅的正式通知"),
    ],
)
async def test_a_notice_that_is_not_understood_comes_back_as_pasted(town: Town, text: str, said: str) -> None:
    async with town.browser(ADMINISTRATOR) as admin:
        page = await admin.post("/admin/calendar/preview", data=typed(text=text))
    assert page.status_code == 422
    assert said in page.text
    assert (text[:6] or "<textarea") in page.text


async def test_a_year_without_a_notice_is_said_to_be_provisional(town: Town) -> None:
    async with town.browser(ADMINISTRATOR) as admin:
        page = (await admin.get("/admin/calendar?year=2031")).text
    assert "2031 年的通知还没有导入" in page
    assert page.count('class="month"') == 12


# Regulations ----------------------------------------------------------------------------------------------------------


async def test_a_regulation_is_readable_with_articles_limits_ladder_and_hash(town: Town) -> None:
    scheme = town.portal.schemes["chaozhou-direct-line@2021-11-08"]
    async with town.browser(ADMINISTRATOR) as admin:
        page = (await admin.get("/admin/schemes/chaozhou-direct-line")).text
        other = await admin.get("/admin/schemes/county-reception-day")
    assert scheme.hash in page
    assert scheme.law.number in page
    for clock in scheme.clocks.values():
        assert clock.law in page
    assert other.status_code == 404, "another level runs it"


async def test_every_regulation_can_be_read(town: Town) -> None:
    every = staff("administrator", jurisdiction="", name="every")
    async with town.browser(every) as admin:
        for ref in town.portal.schemes:
            for lang in ("zh", "en"):
                admin.cookies.set("lang", lang)
                name, _, since = ref.partition("@")
                assert (await admin.get(f"/admin/schemes/{name}/{since}")).status_code == 200


async def test_an_amendment_stands_with_what_it_changes() -> None:
    town = Town()
    known = dict(town.portal.schemes)
    old = known["chaozhou-direct-line@2021-11-08"]
    later = old.in_force.model_copy(update={"from_": old.in_force.from_.replace(year=2024)})
    clocks = {**old.clocks, "reply": old.clocks["reply"].model_copy(update={"within": "7 working days"})}
    new = old.model_copy(update={"in_force": later, "clocks": clocks})
    town.portal.schemes = known | {new.ref: new}
    await town.start()
    async with town.browser(ADMINISTRATOR) as admin:
        page = (await admin.get("/admin/schemes/chaozhou-direct-line/2024-11-08")).text
    assert "与 2021-11-08 版的不同" in page
    assert "7个工作日" in page
    assert "这不是今天施行的版本" in page


# What the pages ask ---------------------------------------------------------------------------------------------------


async def test_contacts_are_told_for_the_callers_level_with_numbers_masked(town: Town) -> None:
    rows = (await town.house.services["routing"].call(ADMINISTRATOR.caller(), "GET", "/contacts")).json()
    city = town.portal.directory.jurisdictions[0]
    assert {row["unit"] for row in rows} == {unit.unit for unit in city.units}
    assert all("****" in row["phone"] and "***@" in row["email"] for row in rows)


async def test_a_years_days_are_told_with_whether_its_notice_is_out(town: Town) -> None:
    deadline, caller = town.house.services["deadline"], ADMINISTRATOR.caller()
    known = (await deadline.call(caller, "GET", "/calendars/cn/2026")).json()
    unknown = (await deadline.call(caller, "GET", "/calendars/cn/2031")).json()
    assert known["official"]
    assert known["days"]["2026-02-17"] == {"working": False, "name": "春节"}
    assert (unknown["official"], unknown["days"]) == (False, {})
    assert (await deadline.call(caller, "GET", "/calendars/fr/2026")).status_code == 404
