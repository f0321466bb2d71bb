"""What the matrix made visible, as sentences: looks at protected papers, guests' invitations, units' lists."""

from typing import Any

import pytest

from tests.matrix.cells import owner
from tests.matrix.conftest import Place


def tells(place: Place, service: str, path: str, role: Any, thing: str, **who: Any) -> Any:
    caller = owner(place.city, role, place.things[thing]).model_copy(update=who)
    answer = place.run(place.city.house.services[service].call(caller, "GET", path))
    return answer.json() if answer.status_code == 200 else answer.status_code


@pytest.mark.parametrize("service", ["intake", "evaluation"])
def test_every_look_at_a_report_is_kept_and_told_to_the_people_of_its_track(place: Place, service: str):
    """004-13, §3.16"""
    path = f"/reports/{place.things['retaliation'].values['report']}"
    before = looks(tells(place, service, f"{path}/looks", "discipline", "retaliation"))
    place.city.house.stands_still = False
    try:
        tells(place, service, path, "discipline", "retaliation", subject="inspector-a")
        tells(place, service, path, "conduct", "retaliation", subject="conduct-b")
    finally:
        place.city.house.stands_still = True
    after = looks(tells(place, service, f"{path}/looks", "discipline", "retaliation"))
    assert [look["by"] for look in after[len(before) :]] == ["inspector-a"]
    assert tells(place, service, f"{path}/looks", "conduct", "retaliation") == 404
    assert tells(place, service, f"{path}/looks", "discipline", "retaliation", jurisdiction="chaozhou") == 404


def looks(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else answer["items"]


def test_a_unit_sees_of_the_cases_that_wait_for_a_session_those_that_it_was_handed(place: Place):
    case = place.things["listed"].case
    assert case in tells(place, "routing", "/waiting-for-session", "unit", "listed")
    assert case not in tells(place, "routing", "/waiting-for-session", "unit", "listed", unit="shi_gongxin")
    assert case in tells(place, "routing", "/waiting-for-session", "office", "listed")
