"""The open clocks of a whole page of cases, asked for at once."""

from typing import get_args

import pytest

from libs.identity import MAY, Act, Role
from tests.schemes.city import City, Turned
from tests.services.intake.counter import dossier

NOBODYS = "ZT-0000000000000000"


async def a_city() -> tuple[City, str, str]:
    """With one case in screening and one given to the unit for energy."""
    city = City()
    await city.start()
    cases: list[str] = []
    for nth in range(2):
        body = {"dossier": dossier(nth=nth), "channel": "portal", "scheme": "chaozhou-direct-line"}
        cases.append((await city.ask("intake", "POST", "/appeals", body, roles=("enterprise",)))["case"])
    accepted = {"category": "energy", "district": "445102", "level": "city", "lead": energy(city)}
    await city.ask("intake", "POST", f"/appeals/{cases[1]}/acceptance", accepted, roles=("screener",))
    return city, cases[0], cases[1]


def energy(city: City) -> str:
    return next(unit for unit in city.directory.units if "energy" in unit.categories).unit


async def clocks(city: City, *cases: str, roles: tuple[str, ...] = ("screener",), unit: str | None = None) -> dict:
    return await city.ask("deadline", "POST", "/clocks", {"cases": list(cases)}, roles=roles, unit=unit)


async def test_every_case_of_a_list_has_its_open_clocks_the_first_due_one_first() -> None:
    city, screening, given = await a_city()
    told = await clocks(city, screening, given, NOBODYS)
    assert [clock["clock"] for clock in told[screening]] == ["screening"]
    assert told[screening][0]["status"] == "running"
    assert told[given][0]["clock"] == "acceptance"
    assert [clock["due"] for clock in told[given]] == sorted(clock["due"] for clock in told[given])
    assert told[NOBODYS] == []


async def test_a_unit_is_told_of_its_own_cases_and_others_look_as_if_they_did_not_exist() -> None:
    city, screening, given = await a_city()
    own = await clocks(city, screening, given, roles=("unit",), unit=energy(city))
    assert (own[screening], bool(own[given])) == ([], True)
    for other in ("shi_jinrong", None):
        told = await clocks(city, screening, given, NOBODYS, roles=("unit",), unit=other)
        assert list(told.values()) == [[], [], []]


async def test_who_may_ask_and_how_many() -> None:
    city, screening, _ = await a_city()
    for role in get_args(Role):
        if role in MAY[Act.READ_DUE_TIMES]:
            await clocks(city, screening, roles=(role,), unit="shi_shuiwu")
        else:
            with pytest.raises(Turned, match="403"):
                await clocks(city, screening, roles=(role,))
    with pytest.raises(Turned, match="422"):
        await clocks(city, *[NOBODYS] * 1001)
