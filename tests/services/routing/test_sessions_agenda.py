"""What a session hears, who comes, and what it says of each item."""

from collections.abc import Callable

import pytest

from tests.services.routing.town_hall import MARCH, TownHall, Turned

NOTICE = {"registration_from": "2026-02-12", "registration_until": "2026-03-03", "ways": ["办事窗口"]}
GUEST = {"enterprise": "潮州市某陶瓷有限公司", "person": "陈明", "phone": "13400000001"}


@pytest.fixture
def hall() -> TownHall:
    return TownHall()


@pytest.fixture
def march(hall: TownHall) -> str:
    session = hall.propose(MARCH)
    hall.date(session, MARCH)
    return session


Refuses = Callable[..., str]


@pytest.fixture
def refused(hall: TownHall) -> Refuses:
    return lambda path, body=None, **who: refusal(hall, path, body, **who)


def refusal(hall: TownHall, path: str, body: object = None, **who: str) -> str:
    with pytest.raises(Turned) as turned:
        hall.ask(path, body, **who)
    return str(turned.value.rule)


# --- directory --------------------------------------------------------------------------------------------------------


def test_the_directory_lists_appeals_with_their_replies_and_those_whose_reply_is_pending(
    hall: TownHall, march: str
) -> None:
    """001-28, 001-29, §3.1"""
    unsolved = hall.waiting_case("unsolved")
    pending = hall.file("pending")
    hall.accept(pending)
    hall.ask(f"/sessions/{march}/directory")
    submitted = hall.last(march, "session.directory_submitted")
    assert (submitted.items, submitted.pending) == (2, 1)
    assert not hall.last(unsolved, "case.scheduled").reply_pending
    assert hall.last(pending, "case.scheduled").reply_pending


def test_what_the_county_handles_and_what_was_not_accepted_is_not_in_the_citys_directory(
    hall: TownHall, march: str
) -> None:
    """001-28: 对纳入市级“直通车”平台办理的企业诉求"""
    county, filed = hall.file("county"), hall.file("filed")
    hall.accept(county, level="county")
    hall.ask(f"/sessions/{march}/directory")
    assert hall.last(march, "session.directory_submitted").items == 0
    assert "case.scheduled" not in hall.of(county) + hall.of(filed)


def test_a_case_that_waits_for_a_session_is_in_the_next_directory_whenever_it_was_filed(hall: TownHall) -> None:
    """§3.24"""
    waiting = hall.waiting_case("before any session")
    march = hall.propose(MARCH)
    hall.date(march, MARCH)
    hall.ask(f"/sessions/{march}/directory")
    assert hall.last(waiting, "case.scheduled").session == march


# --- coordination and agenda ------------------------------------------------------------------------------------------


def test_the_duty_secretary_coordinates_and_proposes_what_is_heard(
    hall: TownHall, march: str, refused: Refuses
) -> None:
    """001-30"""
    case = hall.waiting_case("one")
    hall.ask(f"/sessions/{march}/directory")
    proposals = [{"case": case, "proposal": "增容改造", "to_be_heard": True}]
    record = {"secretary": "值班副秘书长", "units": ["shi_gongdian"], "record": "会前协调", "proposals": proposals}
    hall.ask(f"/sessions/{march}/coordination", record)
    assert "session.coordinated" in hall.of(march)
    assert hall.session(march).items[case].chosen
    strangers = [{"case": "ZT-0000000000000000", "proposal": "?", "to_be_heard": True}]
    assert refused(f"/sessions/{march}/coordination", record | {"proposals": strangers}) == "no-such-item"


def test_a_unit_keeps_a_record_of_its_talk_with_the_enterprise(hall: TownHall, march: str, refused: Refuses) -> None:
    """001-53"""
    case = hall.waiting_case("one")
    hall.ask(f"/sessions/{march}/directory")
    talk = {"unit": "shi_gongdian", "record": "措施可操作"}
    hall.ask(f"/sessions/{march}/items/{case}/talk", talk, role="unit", unit="shi_gongdian")
    assert hall.session(march).items[case].talks[0].unit == "shi_gongdian"
    assert refused(f"/sessions/{march}/items/{case}/talk", talk, role="unit", unit="shi_shuiwu") == "no-such-case"


def test_the_leader_who_attends_approves_the_agenda_and_never_who_asked(
    hall: TownHall, march: str, refused: Refuses
) -> None:
    """001-31: 报出席…领导审定"""
    case, leader = hall.waiting_case("one"), hall.leader_of(march)
    approval = f"/sessions/{march}/agenda-approval"
    assert refused(approval, role="leader", unit=leader) == "nothing-to-approve"
    hall.ask(f"/sessions/{march}/agenda", {"cases": [case]}, by="wang")
    assert refused(approval, role="leader", unit="shi_fugongye") == "not-attending"
    assert refused(approval, role="leader", unit=leader, by="wang") == "approves-own-request"
    assert refused(approval) == "not-allowed"
    hall.ask(approval, role="leader", unit=leader)
    assert hall.last(march, "session.agenda_approved").items == 1
    assert hall.last(case, "case.put_on_agenda").session == march


def test_the_agenda_holds_only_open_cases_of_this_regulation(hall: TownHall, march: str, refused: Refuses) -> None:
    """001-31, 000-16"""
    agenda = f"/sessions/{march}/agenda"
    assert refused(agenda, {"cases": []}) == "agenda-empty"
    assert refused(agenda, {"cases": ["ZT-0000000000000000"]}) == "not-eligible"
    gone = hall.waiting_case("one")
    hall.withdrawn(gone)
    assert refused(agenda, {"cases": [gone]}) == "not-eligible"


# --- guests -----------------------------------------------------------------------------------------------------------


def test_unit_heads_and_the_principals_of_the_enterprises_are_invited_by_the_agenda_and_answer(
    hall: TownHall, march: str, refused: Refuses
) -> None:
    """001-05, 001-33, 000-04"""
    case = hall.waiting_case("one")
    hall.ask(f"/sessions/{march}/directory")
    wanted = {"units": ["shi_gongdian"], "guests": [case]}
    assert refused(f"/sessions/{march}/invitations", wanted) == "agenda-first"
    hall.approve_agenda(march, case)
    assert refused(f"/sessions/{march}/invitations", {"guests": ["ZT-0000000000000000"]}) == "not-on-agenda"
    hall.ask(f"/sessions/{march}/invitations", wanted)
    hall.ask(f"/sessions/{march}/invitations", wanted)
    invited = [fact for fact in hall.facts(march) if fact.type == "session.invited.v1"]
    assert [(fact.unit, fact.guest) for fact in invited] == [("shi_gongdian", None), (None, case)]  # type: ignore[attr-defined]
    receipt = f"/sessions/{march}/invitations/{invited[0].subject}/receipt"
    body = {"comes": True, "person": "谢明"}
    assert refused(receipt, body, role="unit", unit="shi_shuiwu") == "no-such-invitation"
    hall.ask(receipt, body, role="unit", unit="shi_gongdian")
    assert hall.session(march).invitations[invited[0].subject].comes


def test_registering_to_attend_files_nothing_and_filing_registers_nobody(
    hall: TownHall, march: str, refused: Refuses
) -> None:
    """001-55"""
    hall.file("one")
    registrations = f"/sessions/{march}/registrations"
    assert refused(registrations, GUEST, role="enterprise") == "not-announced"
    hall.ask(f"/sessions/{march}/announcement", NOTICE)
    before = len(hall.session(march).items)
    hall.ask(registrations, GUEST, role="enterprise")
    session = hall.session(march)
    assert (len(session.registrations), len(session.items)) == (1, before)
    hall.clock("2026-03-04 09:00")
    assert refused(registrations, GUEST, role="enterprise") == "registration-closed"


def test_who_registered_is_shown_to_the_office_alone(hall: TownHall, march: str) -> None:
    """001-55"""
    hall.ask(f"/sessions/{march}/announcement", NOTICE)
    hall.ask(f"/sessions/{march}/registrations", GUEST, role="operator")
    assert "registrations" in hall.get(f"/sessions/{march}")
    assert "registrations" not in hall.get(f"/sessions/{march}", role="unit", unit="shi_gongdian")


def test_guests_of_the_forum_propose_themselves_or_are_proposed_and_are_then_chosen() -> None:
    """003-40: 企业自荐和部门推荐"""
    hall = TownHall("suqian-enterprises")
    body = {"scheme": "suqian-enterprises", "kind": "forum", "held_on": "2026-03-18"}
    forum = hall.ask("/sessions", body)["session"]
    hall.ask(f"/sessions/{forum}/announcement", NOTICE)
    hall.ask(f"/sessions/{forum}/registrations", GUEST, role="operator")
    named = hall.ask(f"/sessions/{forum}/registrations", GUEST, role="unit", unit="shi_gongxin")["registration"]
    hall.ask(f"/sessions/{forum}/registrations/{named}/screening", {"accepted": True, "reason": "行业代表"})
    guests = hall.session(forum).registrations
    assert sorted(guest.nominated_by for guest in guests.values()) == ["self", "unit"]
    assert guests[named].accepted is True
    assert [guest.accepted for guest in guests.values() if guest.registration != named] == [None]


def test_nobody_is_nominated_where_the_scheme_knows_no_nominations(
    hall: TownHall, march: str, refused: Refuses
) -> None:
    """003-40"""
    hall.ask(f"/sessions/{march}/announcement", NOTICE)
    path = f"/sessions/{march}/registrations"
    assert refused(path, GUEST, role="unit", unit="shi_gongxin") == "nomination"


def test_who_came_when_and_in_which_office_is_recorded_on_the_day(hall: TownHall, march: str, refused: Refuses) -> None:
    """000-04, 000-31"""
    head = {"person": "谢明", "post": "局长", "principal": True, "on_time": True, "unit": "shi_gongdian"}
    path = f"/sessions/{march}/attendance"
    assert refused(path, {"attendance": [head]}) == "not-yet-held"
    hall.clock("2026-03-11 09:00")
    hall.ask(path, {"attendance": [head]})
    assert hall.session(march).attendance[0].principal


# --- opinions ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def item(hall: TownHall, march: str) -> str:
    """A case on the agenda, on the day of the session."""
    case = hall.waiting_case("one")
    hall.approve_agenda(march, case)
    return case


def on_the_day(hall: TownHall) -> None:
    hall.clock("2026-03-11 10:00")


def test_no_item_closes_without_an_explicit_opinion(hall: TownHall, march: str, item: str) -> None:
    """000-19: 提出明确意见"""
    on_the_day(hall)
    with pytest.raises(Turned) as turned:
        hall.ask(f"/sessions/{march}/holding")
    assert turned.value.rule == "item-without-opinion"
    assert item in turned.value.detail
    hall.opine(march, item)
    assert hall.ask(f"/sessions/{march}/holding")["said"] == ["session.held.v1"]


def test_a_session_is_not_over_before_its_day(hall: TownHall, march: str, item: str, refused: Refuses) -> None:
    """000-19"""
    assert refused(f"/sessions/{march}/holding") == "not-yet-held"


def test_of_several_units_one_leads(hall: TownHall, march: str, item: str) -> None:
    """000-22: 指定牵头部门"""
    on_the_day(hall)
    with pytest.raises(Turned, match="decision-without-lead"):
        hall.opine(march, item, units=["shi_gongdian", "shi_ziran"])
    with pytest.raises(Turned, match="lead-not-named"):
        hall.opine(march, item, units=["shi_gongdian", "shi_ziran"], lead="shi_shuiwu")
    hall.opine(march, item, units=["shi_gongdian", "shi_ziran"], lead="shi_ziran")
    opinion = hall.session(march).items[item].opinions[""]
    assert (opinion.lead, opinion.co_handlers) == ("shi_ziran", ("shi_gongdian",))


def test_a_decision_names_who_does_it_and_until_when(hall: TownHall, march: str, item: str) -> None:
    """001-02: 限期办理"""
    on_the_day(hall)
    with pytest.raises(Turned, match="decision-without-unit"):
        hall.opine(march, item, units=[])
    with pytest.raises(Turned, match="decision-without-limit"):
        hall.opine(march, item, due_on=None)
    with pytest.raises(Turned, match="limit-past"):
        hall.opine(march, item, due_on="2026-03-10")


def test_only_what_is_on_the_agenda_gets_an_opinion(hall: TownHall, march: str, item: str) -> None:
    """000-19"""
    other = hall.waiting_case("two")
    on_the_day(hall)
    with pytest.raises(Turned, match="not-on-agenda"):
        hall.opine(march, other)


def test_an_item_that_was_split_needs_an_opinion_on_each_part(
    hall: TownHall, march: str, item: str, refused: Refuses
) -> None:
    """003-11: 分办"""
    hall.ask(f"/sessions/{march}/items/{item}/split", {"parts": ["用电", "用地"]})
    on_the_day(hall)
    hall.opine(march, item, part="用电")
    assert refused(f"/sessions/{march}/holding") == "item-without-opinion"
    hall.opine(march, item, part="用地", units=["shi_ziran"])
    hall.ask(f"/sessions/{march}/holding")
    hall.approve_opinions(march)
    leads = [f.unit for f in hall.facts(item) if f.type == "case.assigned.v1" and f.task == "carry-out"]  # type: ignore[attr-defined]
    assert leads == ["shi_gongdian", "shi_ziran"]


def test_an_item_is_moved_to_another_session_or_withdrawn(
    hall: TownHall, march: str, item: str, refused: Refuses
) -> None:
    """000-17: 择时"""
    body = {"scheme": "chaozhou-direct-line", "kind": "special", "held_on": "2026-03-18", "theme": "用电"}
    special = hall.ask("/sessions", body)["session"]
    other = hall.waiting_case("two")
    hall.approve_agenda(march, item, other)
    hall.ask(f"/sessions/{march}/items/{item}/move", {"to": special, "reason": "专题研究"})
    assert hall.last(item, "case.scheduled").session == special
    hall.ask(f"/sessions/{march}/items/{other}/withdrawal", {"reason": "已解决"})
    on_the_day(hall)
    assert hall.ask(f"/sessions/{march}/holding")["said"] == ["session.held.v1"]
    assert hall.last(march, "session.held").items == 0
    assert refused(f"/sessions/{march}/items/{item}/move", {"to": special, "reason": "?"}) == "session-held"


def test_the_minutes_stand_after_the_session(hall: TownHall, march: str, item: str, refused: Refuses) -> None:
    """000-20"""
    assert refused(f"/sessions/{march}/minutes", {"text": "纪要"}) == "not-held"
    on_the_day(hall)
    hall.opine(march, item)
    hall.ask(f"/sessions/{march}/holding")
    assert hall.ask(f"/sessions/{march}/minutes", {"text": "会议纪要"})["said"] == ["session.minuted.v1"]
