"""县长服务企业接待日: who chairs it and comes, what it leads to, and what the bureau keeps of it. Without servers."""

from typing import Any

import pytest

from tests.services.routing.town_hall import TownHall, Turned

DAY = "2026-02-12"


@pytest.fixture
def hall() -> TownHall:
    return TownHall("county-reception-day")


def refusal(hall: TownHall, path: str, body: object = None, **who: str) -> str:
    with pytest.raises(Turned) as turned:
        hall.ask(path, body, **who)
    return str(turned.value.rule)


def case_in_hand(hall: TownHall, category: str = "project", **fields: Any) -> str:
    case = hall.file("one")
    hall.accept(case, category=category, level="county", **fields)
    return case


def said_by(hall: TownHall, case: str, unit: str, what: str, body: dict[str, Any]) -> None:
    """The unit's word on what it was handed last."""
    dispatch = [d for d in hall.case(case).dispatches.values() if d.unit == unit][-1].dispatch
    hall.ask(f"/cases/{case}/dispatches/{dispatch}/{what}", body, role="unit", unit=unit)


def before_the_deputy(hall: TownHall) -> tuple[str, str]:
    """A case that the department and the county's office could not solve, and the deputy's day today."""
    case = case_in_hand(hall)
    said_by(hall, case, "rp_zhujian", "unresolved", {"opinion": "需县领导协调"})
    last = hall.case(case).last_lead()
    assert last is not None
    hall.ask(f"/cases/{case}/climb-review", {"dispatch": last.dispatch, "climbs": True, "reason": "属实"})
    said_by(hall, case, "rp_fuban", "unresolved", {"opinion": "各部门意见已汇总"})
    session = called(hall, "deputy-day")
    hall.ask(f"/sessions/{session}/leader", {"leader": "rp_fuchengjian", "reason": "分管城建"})
    hall.approve_agenda(session, case)
    return case, session


def called(hall: TownHall, kind: str, place: str = "hall") -> str:
    body = {"scheme": "county-reception-day", "kind": kind, "held_on": DAY, "place": place}
    return str(hall.ask("/sessions", body)["session"])


def reply(answer: str = "已完成") -> dict[str, Any]:
    return {"outcome": "solved", "result": "已协调落实", "answer": answer}


# --- the day ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["hall", "enterprise"])
@pytest.mark.parametrize("kind", ["deputy-day", "head-day"])
def test_each_day_is_held_together_or_at_the_enterprise(hall: TownHall, kind: str, place: str) -> None:
    """000-02: 可集中研究，也可到企业现场办公"""
    assert hall.last(called(hall, kind, place), "session.dated").place == place


def test_the_county_head_or_a_deputy_who_holds_the_post_chairs_it_and_nobody_else(hall: TownHall) -> None:
    """000-04: 由县长或副县长主持"""
    deputys, heads = called(hall, "deputy-day"), called(hall, "head-day")
    for stranger in ("rp_zhujian", "rp_gongxin", "rp_xianzhang", "rp_funongye"):
        assert refusal(hall, f"/sessions/{deputys}/leader", {"leader": stranger}) == "not-on-the-rota"
    assert refusal(hall, f"/sessions/{heads}/leader", {"leader": "rp_fugongye"}) == "not-on-the-rota"
    hall.ask(f"/sessions/{deputys}/leader", {"leader": "rp_fuchengjian", "reason": "分管城建"})
    assert (hall.leader_of(deputys), hall.leader_of(heads)) == ("rp_fuchengjian", "rp_xianzhang")


def test_heads_of_departments_are_called_as_needed_and_it_is_kept_who_came_and_when(hall: TownHall) -> None:
    """000-04, 000-31: 根据需要由县直有关部门主要领导配合接待，按时到位"""
    case, session = before_the_deputy(hall)
    hall.ask(f"/sessions/{session}/invitations", {"units": ["rp_zhujian"], "guests": [case]})
    invited = [fact for fact in hall.facts(session) if fact.type == "session.invited.v1"]
    assert [(fact.unit, fact.guest) for fact in invited] == [("rp_zhujian", None), (None, case)]  # type: ignore[attr-defined]
    head = {"person": "戴宏", "post": "局长", "principal": True, "on_time": True, "unit": "rp_zhujian"}
    other = {"person": "夏学军", "post": "副局长", "principal": False, "on_time": False, "unit": "rp_ziran"}
    hall.ask(f"/sessions/{session}/attendance", {"attendance": [head, other]})
    kept = hall.get(f"/sessions/{session}")["attendance"]
    assert [(one["unit"], one["principal"], one["on_time"]) for one in kept] == [
        ("rp_zhujian", True, True),
        ("rp_ziran", False, False),
    ]


# --- what comes in, and who has it ------------------------------------------------------------------------------------


def test_a_matter_for_a_leader_is_marked_so_and_goes_to_the_department_first(hall: TownHall) -> None:
    """000-07: 涉及多部门，需要县长、副县长协调理顺"""
    case = case_in_hand(hall, "several-departments")
    assert hall.get(f"/cases/{case}")["for_leader"]
    assert hall.last(case, "case.assigned").rung == "department"
    assert "case.listed" not in hall.of(case)
    plain = hall.file("two")
    hall.accept(plain, category="production", level="county")
    assert not hall.get(f"/cases/{plain}")["for_leader"]


def test_with_each_hand_over_it_is_known_who_is_first_and_who_directly_responsible(hall: TownHall) -> None:
    """000-35: 主要领导是第一责任人，分管领导是直接责任人"""
    case = case_in_hand(hall)
    dispatch = hall.case(case).open_dispatches()[0].dispatch
    told = hall.get(f"/cases/{case}/dispatches/{dispatch}", role="service")
    assert told["first_responsible"] == "县住房和城乡建设局局长"
    assert told["directly_responsible"] == "县住房和城乡建设局分管副局长"


# --- what the bureau keeps --------------------------------------------------------------------------------------------


def test_the_bureau_has_on_file_what_came_of_each_appeal(hall: TownHall) -> None:
    """000-14: 诉求及解决工作情况要报县工业和信息化局备案"""
    case = case_in_hand(hall, co_handlers=("rp_ziran",))
    assert hall.get("/copies") == []
    said_by(hall, case, "rp_ziran", "reply", reply() | {"result": "已出具用地意见"})
    said_by(hall, case, "rp_zhujian", "reply", reply())
    (copy,) = hall.get("/copies")
    assert copy["case"] == case
    assert {(one["unit"], one["result"]) for one in copy["solutions"]} == {
        ("rp_zhujian", "已协调落实"),
        ("rp_ziran", "已出具用地意见"),
    }
    assert refusal(hall, "/copies", method="GET", role="unit", unit="rp_ziran") == "not-allowed"


def test_the_written_report_is_read_by_the_bureau_and_by_every_department_that_took_part(hall: TownHall) -> None:
    """000-21, 000-22, 000-26: 及时书面报告，按照职责抄送县直相关部门"""
    case, session = before_the_deputy(hall)
    hall.opine(session, case, units=["rp_zhujian", "rp_ziran"], lead="rp_zhujian")
    hall.ask(f"/sessions/{session}/holding")
    hall.approve_opinions(session)
    handed = [(f.unit, f.role) for f in hall.facts(case) if getattr(f, "task", "") == "carry-out"]  # type: ignore[attr-defined]
    assert handed == [("rp_zhujian", "lead"), ("rp_ziran", "co-handler")]
    said_by(hall, case, "rp_zhujian", "reply", reply())
    said_by(hall, case, "rp_zhujian", "report", {"text": "决定事项已落实"})
    assert hall.last(case, "case.reported").unit == "rp_zhujian"
    assert [one["text"] for one in hall.get("/copies")[0]["reports"]] == ["决定事项已落实"]
    copied = hall.get(f"/cases/{case}", role="unit", unit="rp_ziran")
    assert [one["text"] for one in copied["reports"]] == ["决定事项已落实"]
    assert refusal(hall, f"/cases/{case}", method="GET", role="unit", unit="rp_renshe") == "no-such-case"


def test_the_day_ends_with_minutes(hall: TownHall) -> None:
    """000-20: 形成会议决定或会议纪要"""
    case, session = before_the_deputy(hall)
    assert refusal(hall, f"/sessions/{session}/minutes", {"text": "会议纪要"}) == "not-held"
    hall.opine(session, case, units=["rp_zhujian"])
    hall.ask(f"/sessions/{session}/holding")
    hall.ask(f"/sessions/{session}/minutes", {"text": "会议纪要"})
    assert hall.of(session)[-1] == "session.minuted"
    assert hall.get(f"/sessions/{session}")["minutes"] == "会议纪要"


def test_what_the_leader_does_not_give_an_explicit_opinion_on_keeps_the_day_open(hall: TownHall) -> None:
    """000-19: 根据实际情况提出明确意见"""
    case, session = before_the_deputy(hall)
    assert refusal(hall, f"/sessions/{session}/holding") == "item-without-opinion"
    hall.opine(session, case, outcome="unresolved", units=[], due_on=None)
    hall.ask(f"/sessions/{session}/holding")
    assert "session.held" in hall.of(session)


def test_what_policy_does_not_allow_is_explained_to_the_enterprise(hall: TownHall) -> None:
    """000-25: 若政策不允许的，要做好宣传解释工作"""
    case = case_in_hand(hall)
    with pytest.raises(Turned):
        said_by(hall, case, "rp_zhujian", "reply", reply(" ") | {"outcome": "explained"})
    said_by(hall, case, "rp_zhujian", "reply", reply("规划不允许在此建设") | {"outcome": "explained"})
    told = hall.get(f"/cases/{case}/answer", role="service")
    assert (told["outcome"], told["answer"]) == ("explained", "规划不允许在此建设")
