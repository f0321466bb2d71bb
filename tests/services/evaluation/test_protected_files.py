"""What only its own people see: inspection files and protected reports; every look is kept."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.events import Event, ReportReceived
from contracts.record import Record
from libs.identity import Caller
from libs.policy.refused import Refused
from services.evaluation import files, reports

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
CASE = "ZT-7K3M9QXA2B4D6F8H"
REPORT = "JB-7K3M9QXA2B4D6F8H"
SCHEME = "kaihua-call-and-answer@2024-03-04"
INSPECTOR = Caller(subject="inspector-of-discipline", roles=frozenset({"discipline"}))
CONDUCT = Caller(subject="conduct-officer", roles=frozenset({"conduct"}))
OTHERS = [
    Caller(subject="somebody", roles=frozenset({role}), unit="shi_gongdian")  # type: ignore[arg-type]
    for role in ("inspector", "office", "leader", "unit", "administrator", "ops", "screener", "service")
]


def of(kind: type[Any], by: str = "x", id: str = "1", **fields: Any) -> Any:
    return kind(id=id, at=NOW, by=by, **fields)


OPEN = of(files.OpenFile, scheme=SCHEME)
WEAK = of(files.NoteFinding, found="weak-handling", text="nobody called for two weeks")
CLOSE = of(files.CloseFile, result="the unit was pressed and acted")


def file_after(*records: Record) -> files.File:
    file = files.empty(CASE)
    for record in records:
        file = files.evolve(file, record)
    return files.File.model_validate(json.loads(file.model_dump_json()))


def types(said: list[Event]) -> list[str]:
    return [event.type for event in said]


# --- inspection files ----------------------------------------------------------------------------------------------


def test_a_file_is_opened_once_however_often_the_enterprise_is_dissatisfied() -> None:
    """002-25, §3.9"""
    assert types(files.open_file(files.empty(CASE), OPEN, now=NOW)) == ["inspection.opened.v1"]
    assert files.open_file(file_after(OPEN), OPEN, now=NOW) == []
    assert file_after(OPEN, of(files.OpenFile, id="2", scheme=SCHEME)) == file_after(OPEN)


def test_what_tracing_back_shows_and_what_came_of_it_stay_in_the_file() -> None:
    """002-26, 002-27"""
    file = file_after(OPEN, WEAK, CLOSE)
    assert [(noted.found, noted.text) for noted in file.findings] == [("weak-handling", "nobody called for two weeks")]
    assert file.result == "the unit was pressed and acted"


def test_a_file_is_closed_once_something_was_found_and_then_nothing_is_added() -> None:
    """002-26"""
    assert types(files.close_file(file_after(OPEN, WEAK), CLOSE, now=NOW)) == ["inspection.closed.v1"]
    with pytest.raises(Refused, match="no-finding"):
        files.close_file(file_after(OPEN), CLOSE, now=NOW)
    with pytest.raises(Refused, match="file-closed"):
        files.note_finding(file_after(OPEN, WEAK, CLOSE))
    with pytest.raises(Refused, match="file-closed"):
        files.close_file(file_after(OPEN, WEAK, CLOSE), CLOSE, now=NOW)


def test_every_look_into_a_file_is_kept_and_into_none_there_is_nothing_to_see() -> None:
    """002-26, §3.16"""
    looks = [of(files.Look, by=by, id=by) for by in ("first", "second", "first again")]
    assert [seen.by for seen in file_after(OPEN, *looks).looks] == ["first", "second", "first again"]
    with pytest.raises(Refused) as error:
        files.look(files.empty(CASE))
    assert error.value.status == 404


# --- protected reports ---------------------------------------------------------------------------------------------


def received(track: str) -> ReportReceived:
    return ReportReceived(id="r", cause="c", at=NOW, scheme=SCHEME, report=REPORT, track=track)  # type: ignore[arg-type]


def report_after(track: str, *records: Record) -> reports.Report:
    report = reports.empty(REPORT)
    for record in (received(track), *records):
        report = reports.evolve(report, record)
    return reports.Report.model_validate(json.loads(report.model_dump_json()))


CONFIRMED = of(reports.Verify, confirmed=True, note="two witnesses")
PROPOSED = of(reports.ProposeExposure, by="conduct-officer", text="a clerk refused to take papers")
APPROVED = of(reports.DecideExposure, by="head-of-conduct", approve=True)


@pytest.mark.parametrize(
    ("track", "own", "other"), [("retaliation", INSPECTOR, CONDUCT), ("conduct", CONDUCT, INSPECTOR)]
)
def test_each_track_has_its_own_people_and_for_everybody_else_there_is_nothing(
    track: str, own: Caller, other: Caller
) -> None:
    """004-13, 003-25, §3.16"""
    reports.look(report_after(track), own)
    for caller in [other, *OTHERS]:
        with pytest.raises(Refused) as error:
            reports.look(report_after(track), caller)
        assert (error.value.rule, error.value.status) == ("no-such-report", 404)
    with pytest.raises(Refused, match="no-such-report"):
        reports.look(reports.empty(REPORT), own)


def test_every_look_at_a_report_is_kept() -> None:
    """004-13"""
    assert [seen.by for seen in report_after("retaliation", of(files.Look, by="one")).looks] == ["one"]


def test_a_report_is_looked_into_before_it_is_concluded_and_then_it_is_closed() -> None:
    """004-13: 查处; 003-25: 核实查处"""
    with pytest.raises(Refused, match="not-verified"):
        reports.conclude(report_after("retaliation"), INSPECTOR)
    reports.conclude(report_after("retaliation", CONFIRMED), INSPECTOR)
    done = report_after("retaliation", CONFIRMED, of(reports.Conclude, result="the official was removed"))
    assert done.result == "the official was removed"
    with pytest.raises(Refused, match="concluded"):
        reports.verify(done, INSPECTOR)


def test_confirmed_conduct_is_exposed_when_another_person_approves() -> None:
    """003-25: 核实查处曝光"""
    reports.propose_exposure(report_after("conduct", CONFIRMED), CONDUCT)
    proposed = report_after("conduct", CONFIRMED, PROPOSED)
    assert not proposed.exposed
    reports.decide_exposure(proposed, APPROVED)
    assert report_after("conduct", CONFIRMED, PROPOSED, APPROVED).exposed
    with pytest.raises(Refused, match="own-proposal"):
        reports.decide_exposure(proposed, of(reports.DecideExposure, by="conduct-officer", approve=True))
    refused = report_after("conduct", CONFIRMED, PROPOSED, of(reports.DecideExposure, by="head", approve=False))
    assert not refused.exposed


def test_what_is_not_confirmed_and_retaliation_are_never_exposed() -> None:
    """003-25, 004-13"""
    with pytest.raises(Refused, match="not-confirmed"):
        reports.propose_exposure(report_after("conduct"), CONDUCT)
    unfounded = of(reports.Verify, confirmed=False, note="nothing in it")
    with pytest.raises(Refused, match="not-confirmed"):
        reports.propose_exposure(report_after("conduct", unfounded), CONDUCT)
    with pytest.raises(Refused, match="never-exposed"):
        reports.propose_exposure(report_after("retaliation", CONFIRMED), INSPECTOR)
    with pytest.raises(Refused, match="no-such-report"):
        reports.decide_exposure(report_after("conduct", CONFIRMED), APPROVED)
    with pytest.raises(Refused, match="already-proposed"):
        reports.propose_exposure(report_after("conduct", CONFIRMED, PROPOSED), CONDUCT)
