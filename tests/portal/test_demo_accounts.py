"""The demo's people: there only where a setting names their file, one for each role, of units that there are."""

from typing import get_args

import pytest

from libs.files import load_directory
from libs.identity import Role
from services.portal.identity.account import STAFF
from services.portal.identity.demo import read_demo_accounts
from tests.portal.door import Door
from tests.schemes.city import ROOT

FILE = ROOT / "deploy/demo/accounts.yaml"
DEMO = read_demo_accounts(FILE)
DIRECTORY = load_directory(ROOT / "deploy/directory/chaozhou.yaml")
UNSERVED: frozenset[Role] = frozenset({"proxy"})
"""Helpers at four levels, of whom the demo city has none."""


def test_every_role_of_staff_has_its_person() -> None:
    assert {role for one in DEMO.accounts for role in one.roles} == STAFF - UNSERVED
    assert frozenset(get_args(Role)) > STAFF


@pytest.mark.parametrize("one", DEMO.accounts, ids=lambda one: one.account)
def test_units_and_jurisdictions_are_the_directorys(one) -> None:
    assert one.jurisdiction in {place.jurisdiction for place in DIRECTORY.jurisdictions}
    if one.unit is not None:
        unit = DIRECTORY.by_unit[one.unit]
        assert ("leader" in one.roles) == (unit.kind == "leader")


async def test_in_a_demo_one_press_signs_in() -> None:
    door = Door(demo_accounts=FILE)
    await door.service.start()
    browser = door.browser()
    page = await browser.get("/sign-in")
    assert all(one.person in page.text for one in DEMO.accounts)
    for one in DEMO.accounts:
        another = door.browser()
        await another.get("/sign-in")
        assert (await another.post("/sign-in", demo=one.account)).status_code == 303
        assert one.person in (await another.get("/account")).text


async def test_starting_again_leaves_the_accounts_as_they_are() -> None:
    door = Door(demo_accounts=FILE)
    await door.service.start()
    before = await door.identity.accounts.every()
    await door.service.start()
    assert await door.identity.accounts.every() == before


async def test_outside_a_demo_there_are_none_and_none_can_be_pressed() -> None:
    door = Door()
    await door.service.start()
    browser = door.browser()
    page = await browser.get("/sign-in")
    assert DEMO.password not in page.text
    assert (await browser.post("/sign-in", demo="mayor")).status_code == 422
    assert await door.identity.accounts.every() == []


async def test_a_demo_without_second_factor_says_so(caplog: pytest.LogCaptureFixture) -> None:
    await Door(demo_accounts=FILE).service.start()
    assert "second_factor is off" in caplog.text
    assert "demo accounts" in caplog.text
