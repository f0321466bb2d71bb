"""Who is told what under 000 and 004, and where in the county each letter goes."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.events import (
    AccountabilityRecorded,
    AppealRepeated,
    CaseProgressed,
    CaseReported,
    ClockMissed,
    DutyMissed,
    Event,
    PublicationDrafted,
    RectificationListed,
    SummaryDrafted,
)
from contracts.record import derive_id
from libs.files import load_directory, load_schemes
from services.notification import domain
from services.notification.letter import Letter
from services.notification.sources import Sources

NOON = datetime(2026, 12, 2, 4, tzinfo=UTC)
CASE = "ZT-7K3M9QXA2B4D6F8H"
SCHEMES = load_schemes(Path("deploy/schemes"))
DIRECTORY = load_directory(Path("deploy/directory/chaozhou.yaml"))
COUNTY, CADRES = (
    next(scheme for scheme in SCHEMES.values() if scheme.scheme == name)
    for name in ("county-reception-day", "cadres-and-enterprises")
)


def told(scheme: Any, of: type[Event], /, **fields: Any) -> list[Letter]:
    """The letters that follow this fact."""
    fields = {"case": CASE, **fields} if "case" in of.model_fields else fields
    event: Any = of(id=derive_id(of.__name__), cause="", scheme=scheme.ref, at=NOON, **fields)
    return domain.called_for(event, scheme)


def audiences(letters: list[Letter]) -> set[str]:
    return {letter.audience for letter in letters}


async def receiver(letter: Letter, category: str | None = None) -> str:
    """The unit of the directory that the letter goes to."""
    asked: list[str] = []

    async def fetch(peer: str, path: str) -> Any:
        asked.append(path)
        return {"name": "单位", "phone": "13800000001", "email": "a@b.example"}

    await Sources(fetch, DIRECTORY, public_url="https://ztc.example").contact(letter, category)
    _, kind, name, *rest = asked[-1].split("/")
    return name if kind == "units" else DIRECTORY.running(name).audience(rest[1]).unit


# --- 000 --------------------------------------------------------------------------------------------------------------


def test_the_enterprise_is_told_of_progress() -> None:
    """000-23: 及时向企业反映办理情况"""
    letters = told(COUNTY, CaseProgressed, subject="d1", unit="rp_zhujian")
    assert audiences(letters) == {"enterprise"}


async def test_the_report_goes_to_the_bureau_the_county_s_office_the_county_head_and_the_deputy_in_charge() -> None:
    """000-26: 书面报告县工业信息化和商务局并报县人民政府办公室，向县长、分管副县长报告"""
    letters = told(COUNTY, CaseReported, subject="d1", unit="rp_zhujian")
    assert {await receiver(letter, "project") for letter in letters} == {
        "rp_gongxin",
        "rp_fuban",
        "rp_xianzhang",
        "rp_fuchengjian",
    }


@pytest.mark.parametrize(
    ("category", "deputy"),
    [("production", "rp_fugongye"), ("project", "rp_fuchengjian"), ("several-departments", "rp_fuchengjian")],
)
async def test_each_deputy_answers_for_the_matters_of_his_own_portfolio(category: str, deputy: str) -> None:
    """000-34: 谁分管，谁负责"""
    letters = told(COUNTY, CaseReported, subject="d1", unit="rp_zhujian")
    (charged,) = [letter for letter in letters if letter.audience == "leader-in-charge"]
    assert await receiver(charged, category) == deputy


async def test_the_bureau_is_told_which_department_let_its_limit_pass_so_that_it_judges() -> None:
    """000-15: 由县工业信息化和商务局汇总"""
    letters = told(COUNTY, ClockMissed, clock="reply", of="d1", subject="reply:d1", unit="rp_qiye", due=NOON)
    assert {await receiver(letter) for letter in letters} == {"rp_qiye", "rp_gongxin"}


async def test_the_county_head_is_asked_to_approve_what_the_column_will_show() -> None:
    """000-28: 报经县人民政府领导批准"""
    letters = told(COUNTY, SummaryDrafted, month="2026-11", entries=3)
    assert {await receiver(letter) for letter in letters} == {"rp_xianzhang"}


async def test_the_county_head_is_told_of_the_quarter_s_inspection_report() -> None:
    """000-27: 督查情况形成报告及时报县长、分管副县长"""
    (letter,) = told(COUNTY, PublicationDrafted, publication="TB-7K3M9QXA2B4D6F8H", kind="inspection-report")
    assert await receiver(letter) == "rp_xianzhang"


async def test_the_bureau_owes_the_column_and_is_told_when_it_is_late() -> None:
    """000-10: 由县工业信息化和商务局负责…通报"""
    who = DIRECTORY.running(COUNTY.ref).audience(COUNTY.duties["column"].who).unit
    assert who == "rp_gongxin"
    about = {"duty": "column", "occurrence": "ZR-7K3M9QXA2B4D6F8H", "period": "2026-12", "due_on": date(2026, 12, 10)}
    letters = told(COUNTY, DutyMissed, unit=who, **about)
    assert {await receiver(letter) for letter in letters} == {"rp_gongxin"}


# --- 004 --------------------------------------------------------------------------------------------------------------


def test_who_answers_for_a_listed_matter_is_told_until_when() -> None:
    """004-17: 明确责任主体和解决时限"""
    (letter,) = told(CADRES, RectificationListed, unit="xq_guijian", due_on=date(2026, 12, 20))
    assert (letter.audience, letter.unit, letter.template) == ("unit", "xq_guijian", "rectification-listed")


async def test_what_comes_up_again_and_again_is_told_to_the_inspection_office() -> None:
    """004-17: 反复出现、反映多次"""
    letters = told(CADRES, AppealRepeated, first="ZT-7K3M9QXA2B4D6F8J", times=3)
    assert {await receiver(letter) for letter in letters} == {DIRECTORY.running(CADRES.ref).audience("inspection").unit}


def test_who_is_called_to_account_is_told() -> None:
    """004-18: 严肃问责相关责任单位和责任人"""
    measure = {"finding": "WZ-7K3M9QXA2B4D6F8H", "trigger": "delay", "measure": "called-to-account"}
    (letter,) = told(CADRES, AccountabilityRecorded, unit="xq_guijian", **measure)
    assert (letter.audience, letter.unit) == ("unit", "xq_guijian")
