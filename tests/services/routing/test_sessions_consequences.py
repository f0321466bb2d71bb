"""What becomes of the cases when a session was held: carried out, explained, up, left off; and what units promise."""

import pytest

from contracts.events import SupervisionRegistered
from services.evaluation import domain as evaluation
from services.evaluation import oversight
from tests.services.routing.town_hall import MARCH, TownHall, Turned

SHEET = {"leader": "局长 谢明", "person": "营销部 林强", "due_on": "2026-04-08", "measures": "四月前完成线路增容"}


@pytest.fixture
def hall() -> TownHall:
    return TownHall()


@pytest.fixture
def march(hall: TownHall) -> str:
    session = hall.propose(MARCH)
    hall.date(session, MARCH)
    return session


@pytest.fixture
def decided(hall: TownHall, march: str, item: str) -> str:
    """A case on which the leader's opinion is approved."""
    hall.opine(march, item, text="限期增容")
    hold(hall, march)
    hall.approve_opinions(march)
    return item


@pytest.fixture
def item(hall: TownHall, march: str) -> str:
    """A case on the agenda, on the day of the session."""
    case = hall.waiting_case("one")
    hall.approve_agenda(march, case)
    hall.clock("2026-03-11 10:00")
    return case


def refusal(hall: TownHall, path: str, body: object = None, **who: str) -> str:
    with pytest.raises(Turned) as turned:
        hall.ask(path, body, **who)
    return str(turned.value.rule)


def hold(hall: TownHall, session: str) -> None:
    hall.ask(f"/sessions/{session}/holding")


# --- the opinions document --------------------------------------------------------------------------------------------


def test_the_leader_who_attended_approves_the_opinions_document_and_never_its_author(
    hall: TownHall, march: str, item: str
) -> None:
    """001-35: 审核修改形成…呈市政府领导审定"""
    document, leader = f"/sessions/{march}/opinions-document", hall.leader_of(march)
    assert refusal(hall, document, {"text": "一"}) == "not-held"
    hall.opine(march, item)
    hold(hall, march)
    assert refusal(hall, f"{document}/submission") == "no-document"
    hall.ask(document, {"text": "一"}, by="wang")
    judge = {"version": 1, "approved": True}
    assert refusal(hall, f"{document}/approval", judge, role="leader", unit=leader) == "nothing-to-approve"
    hall.ask(f"{document}/submission")
    assert refusal(hall, f"{document}/approval", judge, role="leader", unit="shi_fugongye") == "not-attending"
    own = refusal(hall, f"{document}/approval", judge, role="leader", unit=leader, by="wang")
    assert own == "approves-own-request"
    hall.ask(f"{document}/approval", judge, role="leader", unit=leader)
    assert hall.last(march, "session.opinions_approved").version == 1
    assert refusal(hall, document, {"text": "二"}) == "document-stands"


def test_a_document_that_is_given_back_becomes_a_new_version(hall: TownHall, march: str, item: str) -> None:
    """001-35"""
    document, leader = f"/sessions/{march}/opinions-document", hall.leader_of(march)
    hall.opine(march, item)
    hold(hall, march)
    hall.ask(document, {"text": "一"})
    hall.ask(f"{document}/submission")
    back = {"version": 1, "approved": False, "reason": "补充时限"}
    hall.ask(f"{document}/approval", back, role="leader", unit=leader)
    assert "session.opinions_approved" not in hall.of(march)
    hall.approve_opinions(march)
    assert hall.last(march, "session.opinions_approved").version == 2
    assert [version.judged for version in hall.session(march).document] == ["refused", "approved"]


def test_on_approval_each_decision_is_told_handed_over_and_so_supervised(hall: TownHall, march: str, item: str) -> None:
    """001-36, 000-21, 000-22, 001-02: the three effects; supervision hears `case.assigned`"""
    hall.opine(march, item, units=["shi_gongdian", "shi_ziran"], lead="shi_ziran", text="限期增容")
    hold(hall, march)
    assert "case.decided" not in hall.of(item)
    hall.approve_opinions(march)
    decided = hall.last(item, "case.decided")
    assert (decided.outcome, decided.session, decided.lead) == ("resolved", march, "shi_ziran")
    assert decided.due_on.isoformat() == "2026-04-10"
    tasks = [(f.unit, f.role, f.due_on) for f in hall.facts(item) if getattr(f, "task", "") == "carry-out"]  # type: ignore[attr-defined]
    assert tasks == [("shi_ziran", "lead", decided.due_on), ("shi_gongdian", "co-handler", decided.due_on)]
    assert hall.get(f"/cases/{item}/decisions")[0]["opinions"][0]["text"] == "限期增容"
    assert hall.case(item).issue.decisions[0].session == march


def test_the_inspection_office_has_every_decision_that_a_session_hands_over(
    hall: TownHall, march: str, item: str
) -> None:
    """001-36: 同时转市政府督查室跟踪督办"""
    hall.opine(march, item)
    hold(hall, march)
    hall.approve_opinions(march)
    handed_over = hall.last(item, "case.assigned")
    registered = list(oversight.register(evaluation.empty(item), handed_over, hall.scheme))
    assert registered == [(SupervisionRegistered, {"subject": handed_over.subject, "unit": "shi_gongdian"})]


def test_the_enterprise_and_the_charged_unit_read_what_was_decided_and_no_others(hall: TownHall, decided: str) -> None:
    """001-36: 在平台上回复企业"""
    path = f"/cases/{decided}/decisions"
    for who in ({"role": "enterprise", "case": decided}, {"role": "unit", "unit": "shi_gongdian"}):
        assert hall.get(path, **who)[0]["opinions"][0]["text"] == "限期增容"
    for other in ({"role": "enterprise", "case": "ZT-0000000000000000"}, {"role": "unit", "unit": "shi_shuiwu"}):
        with pytest.raises(Turned, match="no-such-case"):
            hall.get(path, **other)


def test_the_lead_carries_the_decision_out_and_its_reply_answers_the_enterprise(
    hall: TownHall, march: str, item: str
) -> None:
    """000-21, 001-36"""
    hall.opine(march, item)
    hold(hall, march)
    hall.approve_opinions(march)
    dispatch = hall.case(item).open_dispatches()[0]
    reply = {"outcome": "solved", "result": "已增容", "answer": "已完成增容"}
    hall.ask(f"/cases/{item}/dispatches/{dispatch.dispatch}/reply", reply, role="unit", unit="shi_gongdian")
    assert hall.of(item)[-1] == "case.answered"


def test_what_policy_does_not_allow_is_explained_with_the_leaders_words(hall: TownHall, march: str, item: str) -> None:
    """000-25, 001-48"""
    hall.opine(march, item, outcome="explained", text="不符合国家政策")
    hold(hall, march)
    hall.approve_opinions(march)
    assert (hall.case(item).outcome, hall.case(item).answer) == ("explained", "不符合国家政策")
    assert hall.last(item, "case.answered").outcome == "explained"


def test_what_the_last_rung_leaves_unresolved_waits_for_the_next_session(hall: TownHall, march: str, item: str) -> None:
    """§3.24"""
    hall.opine(march, item, outcome="unresolved")
    hold(hall, march)
    hall.approve_opinions(march)
    assert hall.last(item, "case.decided").outcome == "unresolved"
    assert hall.last(item, "case.listed").kind == "reception"
    april = hall.propose(MARCH.replace(month=4, day=8))
    assert item in {entry["case"] for entry in hall.get(f"/sessions/{april}/directory")}


def test_what_the_deputys_session_leaves_unresolved_goes_to_the_county_heads() -> None:
    """000-16, 000-17"""
    hall = TownHall("county-reception-day")
    case = hall.file("one")
    hall.accept(case, category="production", level="county")
    for _ in range(2):  # the department, then the county government's office
        dispatch = hall.case(case).last_lead()
        assert dispatch is not None
        path = f"/cases/{case}/dispatches/{dispatch.dispatch}"
        hall.ask(f"{path}/unresolved", {"opinion": "需县领导协调"}, role="unit", unit=dispatch.unit)
        if not hall.case(case).listed and hall.case(case).open_dispatches() == []:
            hall.ask(f"/cases/{case}/climb-review", {"dispatch": dispatch.dispatch, "climbs": True, "reason": "属实"})
    assert hall.last(case, "case.listed").kind == "deputy-day"
    body = {"scheme": "county-reception-day", "kind": "deputy-day", "held_on": "2026-02-12"}
    session = hall.ask("/sessions", body)["session"]
    hall.approve_agenda(session, case)
    hall.opine(session, case, outcome="unresolved")
    hold(hall, session)
    hall.approve_opinions(session)
    climbed = hall.last(case, "case.climbed")
    assert (climbed.rung_from, climbed.rung_to) == ("deputy-county-head", "county-head")
    assert hall.last(case, "case.listed").kind == "head-day"


# --- left off ---------------------------------------------------------------------------------------------------------


def test_what_the_session_did_not_hear_is_left_off_and_its_unit_is_asked_for_an_answer(
    hall: TownHall, march: str
) -> None:
    """001-30, 001-37"""
    unsolved, pending, heard = hall.waiting_case("unsolved"), hall.file("pending"), hall.waiting_case("heard")
    hall.accept(pending)
    hall.ask(f"/sessions/{march}/directory")
    hall.approve_agenda(march, heard)
    hall.clock("2026-03-11 10:00")
    hall.opine(march, heard)
    hold(hall, march)
    assert hall.last(unsolved, "case.left_off_agenda").held_on == MARCH
    again = hall.last(unsolved, "case.assigned")
    assert (again.task, again.unit) == ("rework", "shi_gongdian")
    assert hall.of(pending)[-1] == "case.left_off_agenda"  # its unit still works on it
    assert "case.left_off_agenda" not in hall.of(heard)


def test_a_case_that_was_answered_before_the_session_is_not_left_off(hall: TownHall, march: str) -> None:
    """001-37"""
    case = hall.file("one")
    hall.accept(case)
    hall.ask(f"/sessions/{march}/directory")
    dispatch = hall.case(case).open_dispatches()[0]
    reply = {"outcome": "solved", "result": "已办", "answer": "已办结"}
    hall.ask(f"/cases/{case}/dispatches/{dispatch.dispatch}/reply", reply, role="unit", unit=dispatch.unit)
    hall.clock("2026-03-11 10:00")
    hold(hall, march)
    assert "case.left_off_agenda" not in hall.of(case)


def test_a_withdrawn_case_gets_nothing_from_the_session(hall: TownHall, march: str, item: str) -> None:
    """001-36"""
    hall.opine(march, item)
    hold(hall, march)
    hall.withdrawn(item)
    hall.approve_opinions(march)
    assert "case.decided" not in hall.of(item)


# --- commitments ------------------------------------------------------------------------------------------------------


def charged(hall: TownHall, march: str, item: str) -> str:
    hall.opine(march, item)
    hold(hall, march)
    return str(hall.last(item, "commitment.asked").subject)


def test_each_charged_unit_owes_its_commitment_from_the_session_before_the_document_is_approved(
    hall: TownHall, march: str, item: str
) -> None:
    """001-47, §3.22"""
    hall.opine(march, item, units=["shi_gongdian", "shi_ziran"], lead="shi_ziran")
    hold(hall, march)
    asked = [fact for fact in hall.facts(item) if fact.type == "commitment.asked.v1"]
    assert [(f.unit, f.held_on) for f in asked] == [("shi_ziran", MARCH), ("shi_gongdian", MARCH)]  # type: ignore[attr-defined]
    path = f"/cases/{item}/dispatches/{asked[0].subject}/commitment"
    hall.ask(path, SHEET, role="unit", unit="shi_ziran")
    assert hall.last(item, "commitment.entered").version == 1
    hall.approve_opinions(march)
    carrying_out = [f for f in hall.facts(item) if getattr(f, "task", "") == "carry-out"]
    assert {fact.subject for fact in carrying_out} == {fact.subject for fact in asked}


def test_a_changed_commitment_is_a_new_version_with_its_own_wording(hall: TownHall, march: str, item: str) -> None:
    """001-47, §3.22: a change is published as a change"""
    dispatch = charged(hall, march, item)
    path = f"/cases/{item}/dispatches/{dispatch}/commitment"
    hall.ask(path, SHEET, role="unit", unit="shi_gongdian")
    hall.published(item, dispatch, "shi_gongdian", 1)
    hall.ask(path, SHEET | {"measures": "分两期完成"}, role="unit", unit="shi_gongdian")
    public = hall.get(path, role="service")
    assert (public["version"], public["measures"], public["unit_name"]) == (2, "分两期完成", "潮州供电局")
    assert set(public) == {"unit", "unit_name", "leader", "person", "due_on", "measures", "version"}
    assert hall.case(item).issue.commitments[dispatch].published == 1
    assert hall.get("/units/shi_gongdian/commitments-owed", role="unit", unit="shi_gongdian")[0]["version"] == 2


def test_a_commitment_is_the_charged_units_own_and_within_the_leaders_limit(
    hall: TownHall, march: str, item: str
) -> None:
    """001-47"""
    path = f"/cases/{item}/dispatches/{charged(hall, march, item)}/commitment"
    assert refusal(hall, path, SHEET, role="unit", unit="shi_shuiwu") == "no-such-case"
    late, past = SHEET | {"due_on": "2026-04-11"}, SHEET | {"due_on": "2026-03-10"}
    assert refusal(hall, path, late, role="unit", unit="shi_gongdian") == "beyond-the-limit"
    assert refusal(hall, path, past, role="unit", unit="shi_gongdian") == "day-past"


# --- once ---------------------------------------------------------------------------------------------------------


def test_a_command_that_is_sent_twice_has_its_consequences_once(hall: TownHall, march: str, item: str) -> None:
    """001-36"""
    hall.opine(march, item)
    for _ in range(2):
        hall.ask(f"/sessions/{march}/holding", key="once")
    hall.approve_opinions(march)
    assert hall.of(item).count("case.decided") == 1
    assert hall.of(item).count("commitment.asked") == 1
    assert hall.session(march).owed == ()
