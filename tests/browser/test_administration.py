"""The administrator opens accounts, says who answers for what, takes in the State Council's notice, and reads which
regulations are in force."""

from playwright.async_api import expect

from deploy.system import ROOT
from tests.browser.begun import Begun
from tests.browser.people import People, picture
from tests.browser.seen import Seen, wrong_with

NOTICE = (ROOT / "tests/unit/notices/2025.txt").read_text(encoding="utf-8")
OWN_PASSWORD = "three quiet kingfishers"


async def test_an_account_is_opened_and_its_person_signs_in_with_a_password_of_their_own(people: People) -> None:
    seen = Seen()
    async with people.at("arbiter") as page:
        await page.goto("/")
        await page.get_by_role("link", name="人员与角色").click()
        seen.note(page)
        await page.get_by_role("link", name="开通账号").click()
        seen.note(page)
        await page.get_by_label("账号名").fill("li.wei")
        await page.get_by_label("姓名").fill("李伟")
        await page.locator("input[name=roles][value=unit]").check()
        await page.locator("#f-jurisdiction").select_option("chaozhou")
        await page.get_by_role("button", name="开通").click()
        await expect(page.get_by_role("alert")).to_contain_text("单位")
        await expect(page.get_by_label("姓名")).to_have_value("李伟")
        await page.locator("#f-unit").select_option("shi_shuiwu")
        await page.get_by_role("button", name="开通").click()
        given = await page.locator("code.secret").inner_text()
    seen.append("/admin/people/li.wei")
    async with people.at() as page:
        await page.goto("/sign-in")
        await page.fill("#f-account", "li.wei")
        await page.fill("#f-password", given)
        await page.click("main form button[type=submit]")
        await page.get_by_label("新密码").fill(OWN_PASSWORD)
        await page.get_by_role("button", name="保存并继续").click()
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        await page.get_by_role("link", name="待办诉求").click()
        await expect(page.locator("header .me")).to_have_text("李伟")
    assert await wrong_with(people, "arbiter", seen) == []


async def test_a_vacant_post_is_held_again_and_a_departments_matters_are_seen_before_they_are_moved(
    people: People,
) -> None:
    """000-34: 谁分管，谁负责"""
    seen = Seen()
    async with people.at("arbiter") as page:
        await page.goto("/admin")
        post = page.locator("#shi_fujiaotong")
        await expect(post).to_contain_text("空缺")
        await post.get_by_role("link", name="更改分工").click()
        seen.note(page)
        await page.locator("input[name=held][value=yes]").check()
        await page.locator("#f-turn").select_option("1")
        await picture(page, "administration-remit-desk-zh")
        await page.get_by_role("button", name="保存").click()
        await expect(page.get_by_role("status").first).to_contain_text("职责分工已更改")
        await expect(post).to_contain_text("在任")
        await expect(page.locator("#shi_fujiaotong ~ #shi_shizhang")).to_be_visible()
        await post.get_by_role("link", name="更改分工").click()
        await page.locator("input[name=held][value=no]").check()
        await page.locator("#f-turn").select_option("5")
        await page.get_by_role("button", name="保存").click()
        await expect(post).to_contain_text("空缺")
        await page.locator("#shi_gongdian").get_by_role("link", name="更改分工").click()
        seen.note(page)
        await page.locator("input[name=categories][value=energy]").uncheck()
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#e-categories")).to_contain_text("没有部门负责")
        await expect(page.locator("input[name=categories][value=energy]")).not_to_be_checked()
    assert await wrong_with(people, "arbiter", seen) == []


async def test_a_new_department_is_added_and_given_matters_and_everybody_knows_it(people: People) -> None:
    """000-13: the power supply's matters come to a new bureau, which answers an appeal, and go back."""
    accepted = ("an enterprise files through portal", "the screener accepts it as energy for the city")
    answered = ("shi_shuju takes it", "shi_shuju replies", "the enterprise rates it satisfied")
    async with people.at("arbiter") as page:
        await page.goto("/admin")
        await page.get_by_role("link", name="新增机构或领导职务").click()
        await page.get_by_label("代码").fill("shi_shuju")
        await page.get_by_label("中文名称").fill("市数据局")
        await page.get_by_label("英文名称").fill("Data Bureau")
        await page.get_by_label("联络人姓名").fill("金鑫")
        await page.get_by_label("电子邮箱").fill("jin@shuju.example")
        await page.get_by_role("button", name="新增").click()
        await expect(page.locator("#e-phone")).to_be_visible()
        await picture(page, "administration-new-unit-desk-zh")
        await expect(page.get_by_label("中文名称")).to_have_value("市数据局")
        await page.get_by_label("手机号码").fill("13700000009")
        await page.get_by_role("button", name="新增").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("更改职责分工")
        for unit, then in (("shi_shuju", answered), ("shi_gongdian", ())):
            await page.goto(f"/admin/units/{unit}/remit")
            await page.locator("input[name=categories][value=energy]").check()
            await page.get_by_role("button", name="保存").click()
            await expect(page.locator(f"#{unit}")).to_contain_text("用水用电用气")
            case = Begun(people.place, "chaozhou-direct-line")
            await case.lives(*accepted, *then)
            assert [one["unit"] for one in (await case.handling())["dispatches"].values()] == [unit]
        await page.goto("/admin/people/new")
        await expect(page.locator("#f-unit option[value=shi_shuju]")).to_have_text("市数据局")
    assert await wrong_with(people, "arbiter", ["/admin/units/new", "/admin/units/shi_shuju/remit"]) == []


async def test_a_notice_is_pasted_compared_and_taken_in(people: People) -> None:
    async with people.at("arbiter") as page:
        await page.goto("/")
        await page.get_by_role("link", name="工作日历").click()
        await page.get_by_label("通知全文").fill("放假通知")
        await page.get_by_role("button", name="看看系统理解得对不对").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.get_by_label("通知全文")).to_have_value("放假通知")
        await page.get_by_label("通知全文").fill(NOTICE)
        await page.get_by_role("button", name="看看系统理解得对不对").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("2025")
        await expect(page.get_by_role("row").filter(has_text="国庆节")).to_be_visible()
        await picture(page, "administration-notice-desk-zh")
        await page.get_by_role("button", name="核对无误，导入").click()
        await expect(page.get_by_role("status").first).to_be_visible()
        await page.goto("/admin/calendar?year=2025")
        await expect(page.locator("main")).to_contain_text("正式")
    assert await wrong_with(people, "arbiter", ["/admin/calendar?year=2025"]) == []


async def test_the_regulations_in_force_and_how_their_versions_differ_are_read(people: People) -> None:
    seen = Seen()
    async with people.at("arbiter") as page:
        await page.goto("/")
        await page.get_by_role("link", name="现行规则").click()
        seen.note(page)
        rows = page.locator("main tbody tr")
        newest = await rows.evaluate_all("rows => rows.map(row => +row.lastElementChild.innerText)")
        await rows.nth(newest.index(max(newest))).get_by_role("link").click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        seen.note(page)
    assert await wrong_with(people, "arbiter", seen) == []
