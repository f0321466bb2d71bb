"""The freer sessions of the other regulations: half-monthly talks, joint handling, coordination meetings."""

import pytest

from tests.services.routing.town_hall import TownHall, Turned


def test_the_half_monthly_talk_is_proposed_confirmed_and_held_without_an_agenda() -> None:
    """002-06"""
    hall = TownHall("kaihua-call-and-answer")
    talk = hall.propose(hall.house.clock.instant.date(), "half-monthly-talk")
    hall.date(talk, hall.house.clock.instant.date(), place="enterprise")
    assert hall.ask(f"/sessions/{talk}/holding")["said"] == ["session.held.v1"]
    assert hall.last(talk, "session.held").items == 0


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [("suqian-enterprises", "joint-handling"), ("cadres-and-enterprises", "coordination")],
)
def test_what_a_unit_cannot_solve_waits_for_a_meeting_that_is_called_as_needed_and_decides_it(
    scheme: str, kind: str
) -> None:
    """003-38, 004-07, 003-11: whoever calls it chairs it; another leader than who asked approves"""
    hall = TownHall(scheme, start="2026-10-12 09:00")
    rules = hall.scheme
    case = hall.file("one")
    level = next(iter(rules.levels))
    lead = next(hall.view.each_unit()).unit
    hall.accept(case, category=next(iter(rules.categories)), level=level, lead=lead)
    while not hall.case(case).listed:
        last = hall.case(case).last_lead()
        assert last is not None
        path = f"/cases/{case}/dispatches/{last.dispatch}/unresolved"
        if last.open:
            hall.ask(path, {"opinion": "难以协调"}, role="unit", unit=last.unit)
        else:
            body = {"dispatch": last.dispatch, "climbs": True, "reason": "属实"}
            hall.ask(f"/cases/{case}/climb-review", body)
    assert hall.last(case, "case.listed").kind == kind
    meeting = hall.ask("/sessions", {"scheme": scheme, "kind": kind, "held_on": "2026-10-12"})["session"]
    assert [entry["case"] for entry in hall.get(f"/sessions/{meeting}/directory")] == [case]
    hall.ask(f"/sessions/{meeting}/agenda", {"cases": [case]}, by="wang")
    approval = f"/sessions/{meeting}/agenda-approval"
    with pytest.raises(Turned, match="approves-own-request"):
        hall.ask(approval, role="leader", by="wang")
    hall.ask(approval, role="leader", by="li")
    hall.opine(meeting, case, units=[lead], due_on="2026-10-30")
    hall.ask(f"/sessions/{meeting}/holding")
    document = f"/sessions/{meeting}/opinions-document"
    hall.ask(document, {"text": "意见"}, by="wang")
    hall.ask(f"{document}/submission")
    hall.ask(f"{document}/approval", {"version": 1, "approved": True}, role="leader", by="li")
    assert hall.last(case, "case.decided").session == meeting
    assert hall.last(case, "case.assigned").task == "carry-out"


def test_a_leader_in_charge_holds_the_relief_meeting_and_a_matter_may_be_split_there() -> None:
    """003-11: 提请政府分管领导召开…会办会,分办、批办、会办"""
    hall = TownHall("suqian-enterprises", start="2026-03-02 09:00")
    case = hall.file("one")
    hall.accept(case)
    body = {"scheme": "suqian-enterprises", "kind": "relief", "held_on": "2026-03-10"}
    meeting = hall.ask("/sessions", body)["session"]
    assert hall.view.unit(hall.leader_of(meeting)).rank == "deputy-mayor"
    hall.approve_agenda(meeting, case)
    hall.ask(f"/sessions/{meeting}/items/{case}/split", {"parts": ["用电", "用地"]})
    hall.clock("2026-03-10 09:00")
    hall.opine(meeting, case, part="用电")
    hall.opine(meeting, case, part="用地", units=["shi_ziran", "shi_huanjing"], lead="shi_ziran")
    hall.ask(f"/sessions/{meeting}/holding")
    hall.approve_opinions(meeting)
    charged = [(f.unit, f.role) for f in hall.facts(case) if f.type == "case.assigned.v1" and f.task == "carry-out"]  # type: ignore[attr-defined]
    assert charged == [("shi_gongdian", "lead"), ("shi_ziran", "lead"), ("shi_huanjing", "co-handler")]
