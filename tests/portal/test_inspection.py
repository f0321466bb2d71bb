"""Inspection files and protected reports: their own people work on them, each opening is kept, nobody else learns of them."""

from collections.abc import AsyncGenerator
from datetime import datetime

import httpx
import pytest
import pytest_asyncio

import tests.schemes.acts_more  # noqa: F401  # more sentences
from libs.policy.shanghai import SHANGHAI
from services.portal.visitor import Visitor
from tests.portal.town import Town, enterprise, staff, typed
from tests.schemes.acts import Story

CANARIES = ("翠鸟甲", "翠鸟乙", "翠鸟丙", "翠鸟丁", "翠鸟戊", "13900009999")
KAIHUA = "kaihua-call-and-answer@2024-03-04"
ROLES = (
    *(
        "operator",
        "screener",
        "registry-reviewer",
        "administrator",
        "superior",
        "office",
        "unit",
        "leader",
        "inspector",
    ),
    *("liaison", "supervisor", "ops", "discipline", "conduct", "enterprise"),
)


class Kept:
    """What the town holds: a case with a file, a report of each track."""

    town: Town
    case: str
    reports: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept() -> Kept:
    kept = Kept()
    kept.town = town = Town(start=datetime(2026, 10, 12, 9, tzinfo=SHANGHAI), faithful=False)
    await town.start()
    story = Story(town, "kaihua-call-and-answer")
    for act in (
        "an enterprise registered in 445103 files through platform",
        "the screener accepts it as energy for the county in class simple",
        "ca_gongdian replies",
        "the invitation is delivered",
        "the enterprise rates it dissatisfied",
    ):
        await story.do(act)
    kept.case = story.case
    kept.reports = {}
    for scheme, track, word in (
        ("suqian-enterprises", "conduct", "翠鸟甲"),
        ("cadres-and-enterprises", "retaliation", "翠鸟乙"),
    ):
        body = {
            "scheme": scheme,
            "track": track,
            "text": f"{word}：有关情况如下",
            "reporter": {"name": "翠鸟丙", "phone": "13900009999"},
        }
        made = await story.ask("intake", "/reports", body, roles="enterprise")
        kept.reports[track] = made["report"]
    await town.until(datetime(2026, 10, 13, 9, tzinfo=SHANGHAI))
    return kept


def of_conduct(name: str) -> Visitor:
    return staff("conduct", unit="shi_zuofeng", name=name)


def level_of(kept: Kept, track: str) -> str:
    scheme = {
        "conduct": "suqian-enterprises",
        "retaliation": "cadres-and-enterprises",
        "file": "kaihua-call-and-answer",
    }[track]
    return kept.town.directory.run_by(scheme)


@pytest_asyncio.fixture(loop_scope="session")
async def discipline(kept: Kept) -> AsyncGenerator[httpx.AsyncClient]:
    visitor = staff("discipline", unit="ca_jiwei", jurisdiction=level_of(kept, "file"), name="discipline")
    async with kept.town.browser(visitor) as browser:
        yield browser


async def test_a_file_says_that_opening_is_recorded_before_it_opens(kept: Kept, discipline: httpx.AsyncClient) -> None:
    here = f"/inspection/files/{kept.case}"
    assert kept.case in (await discipline.get("/inspection")).text
    shut = await discipline.get(here)
    assert "打开会被登记" in shut.text
    assert "记录倒查结果" not in shut.text
    before = (await kept.town.state("evaluation", 1, kept.case)).looks
    opened = await discipline.post(here, data=typed())
    assert "记录倒查结果" in opened.text
    after = (await kept.town.state("evaluation", 1, kept.case)).looks
    assert [look.by for look in after[len(before) :]] == ["discipline"]
    assert "discipline" in (await discipline.get(here)).text


async def test_what_tracing_back_showed_is_noted_and_the_file_closed(kept: Kept, discipline: httpx.AsyncClient) -> None:
    here = f"/inspection/files/{kept.case}"
    lacking = await discipline.post(f"{here}/findings", data=typed(text="翠鸟丁：两周无人联系"))
    assert lacking.status_code == 422
    assert "翠鸟丁" in lacking.text
    early = await discipline.post(f"{here}/closing", data=typed(result="x"))
    assert "请先记录倒查结果" in early.text
    noted = await discipline.post(f"{here}/findings", data=typed(found="weak-handling", text="翠鸟丁：两周无人联系"))
    assert "已记入案卷" in noted.text
    assert "翠鸟丁" not in noted.text
    assert "翠鸟丁" in (await discipline.post(here, data=typed())).text
    closed = await discipline.post(f"{here}/closing", data=typed(result="翠鸟丁：督促整改", once="close"))
    assert "案卷已办结" in closed.text


async def test_discipline_reads_the_case_that_it_traces_back(kept: Kept, discipline: httpx.AsyncClient) -> None:
    page = (await discipline.get(f"/cases/{kept.case}")).text
    assert "频繁停电" in page
    assert "13400000001" not in page


async def test_retaliation_is_verified_and_concluded_by_discipline(kept: Kept) -> None:
    report = kept.reports["retaliation"]
    here = f"/inspection/reports/{report}"
    visitor = staff(
        "discipline", unit="shi_jiwei", jurisdiction=level_of(kept, "retaliation"), name="against retaliation"
    )
    async with kept.town.browser(visitor) as browser:
        assert report in (await browser.get("/inspection/reports")).text
        shut = (await browser.get(here)).text
        assert "打开会被登记" in shut
        assert "翠鸟乙" not in shut
        opened = (await browser.post(here, data=typed())).text
        assert "翠鸟乙" in opened
        assert "against retaliation" in (await browser.get(here)).text
        lacking = await browser.post(f"{here}/verification", data=typed(note="翠鸟乙核实"))
        assert lacking.status_code == 422
        assert "请选择核实结论" in lacking.text
        assert (
            "核实情况已记录"
            in (await browser.post(f"{here}/verification", data=typed(confirmed="yes", note="翠鸟乙核实"))).text
        )
        assert "举报已办结" in (await browser.post(f"{here}/conclusion", data=typed(result="翠鸟乙查处"))).text
        assert (await browser.get(f"/conduct/{report}")).status_code == 404


async def test_conduct_is_verified_and_exposed_when_another_approves(kept: Kept) -> None:
    report = kept.reports["conduct"]
    here = f"/conduct/{report}"
    async with kept.town.browser(of_conduct("zuofeng.one")) as one, kept.town.browser(of_conduct("zuofeng.two")) as two:
        assert "翠鸟甲" in (await one.post(here, data=typed())).text
        await one.post(f"{here}/verification", data=typed(confirmed="yes", note="翠鸟甲核实"))
        proposed = await one.post(f"{here}/exposure", data=typed(text="某单位窗口推诿"))
        assert "由他人审批" in proposed.text
        assert "请由另一位作风办人员审批" in (await one.post(here, data=typed())).text
        own = await one.post(f"{here}/exposure/approval", data=typed(approve="yes"))
        assert own.status_code == 422
        assert "approve" in (await two.post(here, data=typed())).text
    leader = staff("leader", unit="shi_shizhang", name="mayor")
    async with kept.town.browser(leader) as browser:
        other = await browser.post("/supervision/exposures", data=typed(report=kept.reports["retaliation"]))
        assert other.status_code == 422
        assert "没有等待您审批" in other.text
        waiting = await browser.post("/supervision/exposures", data=typed(report=report))
        assert "某单位窗口推诿" in waiting.text
        assert "翠鸟" not in waiting.text
        assert "已批准曝光" in (await browser.post(f"/supervision/exposures/{report}", data=typed(approve="yes"))).text
    assert (await kept.town.state("evaluation", 2, report)).exposed


async def test_who_is_served_is_checked_and_whom_nobody_checked_comes_first(kept: Kept) -> None:
    story = Story(kept.town, "suqian-enterprises")
    await story.do("an enterprise is served in tier key by shi_gongxin")
    served = story.kept["served"]
    async with kept.town.browser(staff("discipline", unit="shi_jiwei", name="checker")) as browser:
        coverage = (await browser.get("/inspection/coverage")).text
        assert served in coverage
        assert "0 / 1" in coverage
        assert (await browser.get(f"/inspection/coverage/{served}")).status_code == 200
        checked = await browser.post(f"/inspection/coverage/{served}", data=typed(findings="服务到位"))
        assert "效能检查已登记" in checked.text
        assert "1 / 1" in checked.text


@pytest.mark.parametrize("role", ROLES)
async def test_nothing_of_a_protected_file_shows_on_any_page_of_others(kept: Kept, role: str) -> None:
    """Whatever address is asked for: a file or report answers as one that does not exist, and no list holds a word."""
    conduct, retaliation = kept.reports["conduct"], kept.reports["retaliation"]
    nobodys = "JB-0000000000000000"
    levels = ("chaozhou", level_of(kept, "file"), level_of(kept, "retaliation"))
    for level in dict.fromkeys(levels):
        visitor = (
            enterprise(kept.case)
            if role == "enterprise"
            else staff(role, unit="shi_ducha", jurisdiction=level, name=role)
        )
        async with kept.town.browser(visitor) as browser:
            pages = [
                await browser.get(path)
                for path in (
                    "/", "/supervision", "/supervision/alarms", "/supervision/matters", "/supervision/accountability",
                    f"/supervision/accountability?scheme={KAIHUA}", f"/supervision/cases/{kept.case}", f"/cases/{kept.case}",
                    "/supervision/inspections", "/supervision/unmaskings", "/inspection", "/inspection/reports", "/conduct",
                    f"/inspection/files/{kept.case}", f"/inspection/reports/{retaliation}", f"/conduct/{conduct}",
                )
            ]  # fmt: skip
            for page in pages:
                assert not [canary for canary in CANARIES if canary in page.text], (role, level, str(page.url))
            if role not in ("discipline", "conduct"):
                for number in (conduct, retaliation):
                    assert not [page for page in pages if number in page.text and number not in str(page.url)], (
                        role,
                        level,
                    )
            if role != "conduct":
                given, missing = await browser.post(f"/conduct/{conduct}"), await browser.post(f"/conduct/{nobodys}")
                assert given.status_code == missing.status_code == 404
                assert given.text.replace(conduct, "") == missing.text.replace(nobodys, "")
            if role != "discipline":
                given = await browser.post(f"/inspection/files/{kept.case}", data=typed())
                missing = await browser.post("/inspection/files/ZT-0000000000000000", data=typed())
                assert given.status_code == missing.status_code == 404
                assert given.text.replace(kept.case, "") == missing.text.replace("ZT-0000000000000000", "")


async def test_who_is_not_signed_in_is_asked_to(kept: Kept) -> None:
    async with kept.town.browser() as anybody:
        for path in (
            "/inspection",
            f"/inspection/files/{kept.case}",
            f"/conduct/{kept.reports['conduct']}",
            "/supervision/exposures",
        ):
            answer = await anybody.get(path, follow_redirects=False)
            assert answer.status_code in (302, 303, 307), path
            assert answer.headers["location"].startswith("/sign-in?next=")
