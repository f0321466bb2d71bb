"""To whom a letter goes: whom the scheme names, wherever that person or office is to be found."""

from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from contracts.events import (
    EVENTS,
    AppealAccepted,
    DutyMissed,
    Event,
    MatterRecurred,
    ReportReceived,
    RungVacant,
    SessionCancelled,
    SessionDated,
    SessionInvited,
)
from contracts.record import derive_id
from libs.files import load_schemes
from libs.policy.directory import Directory, DirectoryFile
from libs.policy.scheme import Letter as WantedLetter
from services.notification import domain
from services.notification.domain import Mail
from services.notification.letter import Letter
from services.notification.sources import Sources

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
REF = "chaozhou-direct-line@2021-11-08"
SCHEME = load_schemes(Path("deploy/schemes"))[REF]
CASE, GUEST, SESSION = "ZT-7K3M9QXA2B4D6F8H", "ZT-7K3M9QXA2B4D6F8J", "HY-7K3M9QXA2B4D6F8H"

DIRECTORY = Directory(
    DirectoryFile.model_validate(
        yaml.safe_load(
            """
jurisdictions:
  - jurisdiction: city
    zh: 市
    en: city
    division: "4451"
    schemes: [chaozhou-direct-line]
    audiences: {office: the_office, head: mayor, discipline: discipline_office}
    units:
      - &unit
        unit: the_office
        kind: office
        zh: 办公室
        en: office
        contact: {person: 甲, phone: "13800000001", email: a@b.example}
      - {<<: *unit, unit: discipline_office}
      - {<<: *unit, unit: mayor, kind: leader, rank: mayor}
      - {<<: *unit, unit: vice_land, kind: leader, rank: vice, portfolio: [land]}
      - {<<: *unit, unit: vice_tax, kind: leader, rank: vice, portfolio: [tax], vacant: true}
"""
        )
    )
)


def fact(of: type[Event], /, **fields: Any) -> Any:
    fields = {"case": CASE, **fields} if "case" in of.model_fields else fields
    at = fields.pop("at", NOON)
    return of(id=derive_id(of.__name__, str(fields)), cause="", scheme=REF, at=at, **fields)


def accepted(category: str) -> Event:
    return fact(AppealAccepted, category=category, district="445102", level="city", lead="the_office")


def letters(to: str, event: Event) -> list[Letter]:
    wanted = WantedLetter.model_validate(
        {"after": event.type.removesuffix(".v1"), "to": to, "template": "t", "by": ("email",), "law": "test"}
    )
    return domain.called_for(event, SCHEME.model_copy(update={"letters": (wanted,)}))


def letter(to: str, event: Event) -> Letter:
    (only,) = letters(to, event)
    return only


async def asked(letter: Letter, category: str | None = None, above: str | None = "vice_land") -> list[str]:
    """What is asked of whom to find out where this letter goes."""
    paths: list[str] = []

    async def fetch(peer: str, path: str) -> Any:
        paths.append(f"{peer}{path}")
        if path.endswith("/above"):
            if above is None:
                request = httpx.Request("GET", "http://routing")
                raise httpx.HTTPStatusError("", request=request, response=httpx.Response(404, request=request))
            return {"unit": above}
        return {"name": "单位", "enterprise": "企业", "phone": "13800000001", "email": "a@b.example"}

    contact = await Sources(fetch, DIRECTORY, public_url="https://ztc.example").contact(letter, category)
    assert contact.addressee in ("单位", "企业", None)
    return paths


VACANT = fact(RungVacant, rung="department", fallback="the_office")


async def test_a_letter_to_the_leader_in_charge_goes_to_whose_portfolio_the_case_falls_in() -> None:
    """000-26, 002-16: 分管领导."""
    assert await asked(letter("leader-in-charge", VACANT), "land") == ["routing/units/vice_land/contact"]


@pytest.mark.parametrize("category", ["tax", "energy", None])
async def test_while_nobody_is_in_charge_of_a_matter_its_letter_goes_to_the_head(category: str | None) -> None:
    """§4: a vacancy has a fallback."""
    found = await asked(letter("leader-in-charge", VACANT), category)
    assert found == [f"routing/schemes/{REF}/audiences/head/contact"]


@pytest.mark.parametrize("audience", ["head", "government-office", "discipline", "conduct", "office", "inspection"])
async def test_the_other_audiences_are_those_of_the_directory(audience: str) -> None:
    """000-26, 002-25"""
    assert await asked(letter(audience, VACANT)) == [f"routing/schemes/{REF}/audiences/{audience}/contact"]


async def test_a_letter_to_who_is_above_goes_to_the_holder_of_the_next_rung() -> None:
    """§3.14: a breach is told to the rung above."""
    missed = EVENTS["clock.missed.v1"]
    late = fact(missed, clock="reply", of="d1", unit="the_office", due=NOON)
    assert await asked(letter("above", late)) == [f"routing/cases/{CASE}/above", "routing/units/vice_land/contact"]


async def test_a_letter_to_who_is_above_has_no_address_at_the_top_of_the_ladder() -> None:
    assert await asked(letter("above", VACANT), above=None) == [f"routing/cases/{CASE}/above"]


async def test_a_guest_is_the_principal_of_the_enterprise_that_is_invited_and_not_of_any_other() -> None:
    """001-05: 企业主要负责人."""
    invited = fact(SessionInvited, case=SESSION, kind="reception", guest=GUEST)
    assert await asked(letter("guest", invited)) == [f"intake/appeals/{GUEST}/contact"]


def test_an_invitation_to_a_unit_is_no_letter_to_a_guest_and_the_other_way_round() -> None:
    """001-05"""
    unit = fact(SessionInvited, case=SESSION, kind="reception", unit="the_office")
    guest = fact(SessionInvited, case=SESSION, kind="reception", guest=GUEST)
    assert (len(letters("unit", unit)), len(letters("guest", unit))) == (1, 0)
    assert (len(letters("unit", guest)), len(letters("guest", guest))) == (0, 1)


async def test_a_missed_duty_is_told_to_the_unit_that_owes_it_under_the_dutys_own_number() -> None:
    """003-35"""
    missed = fact(
        DutyMissed,
        duty="ledger",
        occurrence="ZR-7K3M9QXA2B4D6F8H",
        period="2026-03",
        unit="the_office",
        due_on=date(2026, 3, 25),
    )
    told = letter("unit", missed)
    assert domain.document_of(told.id) == "ZR-7K3M9QXA2B4D6F8H"
    assert await asked(told) == ["routing/units/the_office/contact"]


async def test_an_early_warning_of_a_recurring_matter_is_told_to_the_office() -> None:
    """002-35: 苗头性问题提前研判."""
    recurred = fact(MatterRecurred, matter="ML-7K3M9QXA2B4D6F8H", category="land", enterprises=3, times=4)
    assert await asked(letter("office", recurred)) == [f"routing/schemes/{REF}/audiences/office/contact"]


async def test_a_report_of_retaliation_is_told_to_discipline_by_its_number_alone() -> None:
    """004-13, §3.16"""
    reported = fact(ReportReceived, report="JB-7K3M9QXA2B4D6F8H", track="retaliation")
    told = letter("discipline", reported)
    assert told.about.key == "JB-7K3M9QXA2B4D6F8H"
    assert await asked(told) == [f"routing/schemes/{REF}/audiences/discipline/contact"]


def heard(*events: Event) -> Mail:
    mail = domain.empty(SESSION)
    for event in events:
        mail = domain.evolve(mail, event, schemes={REF: SCHEME})
    return Mail.model_validate(mail.model_dump(mode="json"))


def dated(day: int, hour: int) -> Event:
    at = NOON.replace(hour=hour)
    held_on = date(2026, 3, day)
    return fact(SessionDated, case=SESSION, kind="reception", held_on=held_on, place="hall", moved=day != 11, at=at)


def test_the_date_of_a_session_is_the_one_last_set_in_whatever_order_it_is_heard() -> None:
    """001-01, §3.22"""
    for order in permutations([dated(11, 1), dated(12, 2), dated(18, 3)]):
        mail = heard(*order)
        assert mail.dated
        assert mail.dated.held_on == date(2026, 3, 18)


def test_once_a_session_is_cancelled_nobody_is_invited_to_it_any_more() -> None:
    wanted = WantedLetter.model_validate(
        {"after": "session.invited", "to": "unit", "template": "t", "by": ("email",), "law": "test"}
    )
    scheme = SCHEME.model_copy(update={"letters": (wanted,)})
    invited = fact(SessionInvited, case=SESSION, kind="reception", unit="the_office")
    cancelled = fact(SessionCancelled, case=SESSION, kind="reception")
    for order in permutations([invited, cancelled]):
        mail = domain.empty(SESSION)
        for event in order:
            mail = domain.evolve(mail, event, schemes={REF: scheme})
        assert len(mail.letters) == 1
        assert not mail.waiting()


def test_the_category_of_a_case_is_kept_to_know_whose_portfolio_it_falls_in() -> None:
    assert heard(accepted("land")).category == "land"


def test_a_letter_about_a_case_of_a_session_knows_which_session() -> None:
    listed = fact(EVENTS["case.put_on_agenda.v1"], session=SESSION)
    assert domain.session_of(listed) == SESSION
    assert domain.session_of(dated(11, 1)) == SESSION
    assert domain.session_of(VACANT) is None
