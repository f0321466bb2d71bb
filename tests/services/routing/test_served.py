"""Who serves whom: four names without a gap."""

from typing import Any

import pytest

from contracts.events import Event, ServedAssigned
from libs.policy.refused import Refused
from services.routing import served
from services.routing.served import AssignServed, Served
from tests.services.routing.case_book import CADRES, CITY, DIRECTORY, ENTERPRISES, at, one, scheme_of

FOUR = {"leader": "xq_fugongye", "unit": "xq_qiaodong", "unit_leader": "李主任", "specialist": "小王"}


def number(last: int) -> str:
    return f"FW-000000000000000{last}"


def assign(name: str = CADRES, known: Served | None = None, **fields: Any) -> tuple[Served, list[Event]]:
    scheme = scheme_of(name)
    words: dict[str, Any] = {"kind": "enterprise", "tier": "industry"} | (FOUR if name == CADRES else {}) | fields
    command = AssignServed(id=str(words), at=at("11-02"), by="admin", scheme=scheme.ref, **words)
    before = known or served.empty(number(1))
    said = list(
        served.assign_served(before, command, now=command.at, scheme=scheme, directory=DIRECTORY.running(scheme.ref))
    )
    after = before
    for record in (command, *said):
        after = served.evolve(after, record)
    return after, said


def test_an_enterprise_has_a_leader_a_unit_its_leader_and_a_specialist() -> None:
    """004-19, 004-01, 004-04"""
    state, said = assign()
    assert (state.leader, state.unit, state.unit_leader, state.specialist) == tuple(FOUR.values())
    fact = one(said, ServedAssigned)
    assert (fact.served, fact.tier, fact.unit) == (number(1), "industry", "xq_qiaodong")


@pytest.mark.parametrize("gap", ["leader", "unit_leader", "specialist"])
def test_a_gap_is_refused_by_its_name(gap: str) -> None:
    """004-19"""
    without: dict[str, Any] = {gap: None}
    with pytest.raises(Refused) as refused:
        assign(**without)
    assert refused.value.field == gap
    assert gap in refused.value.detail


def test_two_gaps_are_both_named() -> None:
    """004-19"""
    with pytest.raises(Refused, match="leader, specialist"):
        assign(leader=None, specialist=None)


def test_nobody_of_too_low_a_rank_serves_the_biggest() -> None:
    """003-08"""
    one_to_one: dict[str, Any] = {"tier": "top-hundred", "unit": "shi_gongxin", "specialist": "小陈"}
    with pytest.raises(Refused) as refused:
        assign(ENTERPRISES, **one_to_one, specialist_rank="section")
    assert refused.value.rule == "rank-too-low"
    assert assign(ENTERPRISES, **one_to_one, specialist_rank="deputy-division")[1]
    assert assign(ENTERPRISES, **one_to_one, specialist_rank="division")[1]
    with pytest.raises(Refused) as unsaid:
        assign(ENTERPRISES, **one_to_one)
    assert unsaid.value.field == "specialist_rank"


def test_a_county_s_key_enterprise_is_served_by_somebody_with_a_rank() -> None:
    """003-08: 副科级以上"""
    with pytest.raises(Refused) as refused:
        assign(ENTERPRISES, tier="key", unit="shi_gongxin", specialist="小陈")
    assert refused.value.field == "specialist_rank"
    assert assign(ENTERPRISES, tier="key", unit="shi_gongxin", specialist="小陈", specialist_rank="deputy-section")[1]


def test_the_others_are_served_one_to_one_whatever_the_rank() -> None:
    """003-08, 003-49"""
    assert assign(ENTERPRISES, tier="other", unit="shi_gongxin", specialist="小陈")[1]
    assert assign(ENTERPRISES, tier="investment", unit="shi_zhaoshang", specialist="首席服务员")[1]


def test_each_enterprise_names_one_liaison_and_a_new_name_replaces_the_old() -> None:
    """003-10, 003-08 动态调整"""
    state, _ = assign(liaison="张会计")
    assert state.liaison == "张会计"
    assert assign(known=state, liaison="刘会计", specialist="小赵")[0].liaison == "刘会计"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"tier": "no-tier"}, "tier"),
        ({"phase": "no-phase"}, "phase"),
        ({"kind": "project"}, "phase"),
        ({"unit": "shi_gongxin"}, "unit"),
        ({"leader": "xq_qiaodong"}, "leader"),
    ],
)
def test_unknown_words_and_who_is_not_of_this_level_are_refused(fields: dict[str, Any], field: str) -> None:
    """004-19, 004-02"""
    with pytest.raises(Refused) as refused:
        assign(**fields)
    assert refused.value.field == field


def test_a_regulation_without_a_matrix_names_nobody() -> None:
    """004-19"""
    with pytest.raises(Refused) as refused:
        assign(CITY, tier="industry", unit="shi_gongxin")
    assert refused.value.rule == "serves-nobody"


def project(last: int, phase: str, **fields: Any) -> Served:
    return assign(known=served.empty(number(last)), kind="project", tier="key-project", phase=phase, **fields)[0]


def test_projects_are_listed_by_phase_in_the_schemes_order() -> None:
    """004-02"""
    phases = served.projects_by_phase(
        [project(1, "signed"), project(2, "new"), project(3, "signed"), assign()[0]], scheme_of(CADRES)
    )
    assert list(phases) == ["signed", "prepared", "new", "under-way", "completed"]
    assert (phases["signed"], phases["new"], phases["completed"]) == ([number(1), number(3)], [number(2)], [])


def test_the_sheet_of_what_is_signed_and_not_landed_names_who_is_responsible_and_what_is_missing() -> None:
    """004-03"""
    sheet = served.responsibility_sheet(
        [project(1, "signed", measures="每周调度"), project(2, "signed"), project(3, "new")], "signed"
    )
    assert [line["missing"] for line in sheet] == [[], ["measures"]]
    assert sheet[0]["unit"] == "xq_qiaodong"
    assert sheet[0]["unit_leader"] == "李主任"
