"""Findings against a unit: what must be on record, one measure of several, who decides, and the only way to a referral."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from evaluation_life import START, UNIT, Life, scheme_called
from pydantic import ValidationError

from contracts.events import AppealRepeated, CaseClimbed, DutyMet, DutyMissed, DutyOpened, ServedAssigned
from libs.identity import Caller
from libs.policy.judging import Accountable, Oversight
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.evaluation import findings, records, samples
from services.evaluation.commands import LookAgain
from services.evaluation.domain import evolve
from services.evaluation.judging import call_back_due

NOW = datetime(2026, 12, 20, 1, 0, tzinfo=UTC)
SUQIAN = scheme_called("suqian-enterprises")
KAIHUA = scheme_called("kaihua-call-and-answer")
CADRES = scheme_called("cadres-and-enterprises")
CASE = "ZT-7K3M9QXA2B4D6F8H"
NUMBER = "WZ-7K3M9QXA2B4D6F8H"


def who(subject: str, *roles: Any) -> Caller:
    return Caller(subject=subject, roles=frozenset(roles))


MAYOR, CONDUCT, INSPECTOR = who("mayor", "leader"), who("conduct", "conduct"), who("inspector", "inspector")
DISCIPLINE = who("discipline", "discipline")


def proposal(trigger: str, *, scheme: Scheme = SUQIAN, by: str = "inspector", **fields: Any) -> findings.Propose:
    known: dict[str, Any] = {"scheme": scheme.ref, "unit": UNIT, "trigger": trigger, "cases": (CASE,)}
    return findings.Propose(id="p", at=NOW, by=by, grounds="as the record shows", **known | fields)


def proposed(trigger: str, scheme: Scheme = SUQIAN, **fields: Any) -> findings.Finding:
    command = proposal(trigger, scheme=scheme, **fields)
    assert findings.propose(findings.empty(NUMBER), command, scheme=scheme) == []
    return findings.evolve(findings.empty(NUMBER), command)


def decided(
    finding: findings.Finding, caller: Caller, measure: str | None, *, approve: bool = True, scheme: Scheme = SUQIAN
) -> tuple[findings.Finding, list[str]]:
    command = findings.Decide(id="d", at=NOW, by=caller.subject, approve=approve, measure=measure)
    said = findings.decide(finding, command, caller, now=NOW, scheme=scheme)
    return findings.evolve(finding, command), [event.type for event in said]


# --- what must be on record ----------------------------------------------------------------------------------------


def test_the_record_of_the_named_cases_shows_repeats_climbs_and_the_units_own_missed_limits() -> None:
    """003-45, 003-44"""
    repeated = Life(SUQIAN).heard(AppealRepeated, first="ZT-0000000000000000", times=3).case
    climbed = Life(SUQIAN).heard(CaseClimbed, rung_from="department", rung_to="business-office").case
    late, others = Life(SUQIAN).missed("reply", "d1").case, Life(SUQIAN).missed("reply", "d1", unit="another").case
    assert findings.on_record([repeated, climbed, late], UNIT) == ("climbed", "missed", "repeated")
    assert findings.on_record([others], UNIT) == ()


@pytest.mark.parametrize("shown", ["repeated", "climbed"])
def test_repeats_or_matters_pushed_up_with_grave_effect_are_called_to_account(shown: str) -> None:
    """003-45: 导致企业重复反映、问题上交,造成严重影响的"""
    finding = proposed("repeated-or-pushed-up", on_record=(shown,), states=("grave-effect",))
    assert decided(finding, CONDUCT, "called-to-account")[1] == ["accountability.recorded.v1"]


@pytest.mark.parametrize(("shown", "states"), [((), ("grave-effect",)), (("repeated",), ()), ((), ())])
def test_without_a_repeat_or_climb_on_record_and_a_grave_effect_stated_there_is_no_such_finding(
    shown: Any, states: Any
) -> None:
    """003-45"""
    with pytest.raises(Refused, match="not-on-record"):
        proposed("repeated-or-pushed-up", on_record=shown, states=states)


# --- one measure ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", ["summons", "ordered-check", "circular"])
def test_as_the_case_requires_one_of_three_is_chosen(measure: str) -> None:
    """003-44: 约谈、责令检查或通报批评"""
    finding, said = decided(proposed("poor-service"), MAYOR, measure)
    assert said == ["accountability.recorded.v1"]
    assert (finding.decided, finding.measure) == ("measure", measure)


def test_the_measures_are_alternatives_and_not_steps_never_two_of_them() -> None:
    """003-44"""
    finding, _ = decided(proposed("poor-service"), MAYOR, "summons")
    with pytest.raises(Refused, match="already-decided"):
        decided(finding, MAYOR, "circular")
    with pytest.raises(Refused, match="already-proposed"):
        findings.propose(finding, proposal("poor-service"), scheme=SUQIAN)
    number = findings.finding_number(SUQIAN.ref, UNIT, "poor-service", [CASE, "ZT-1"])
    assert number == findings.finding_number(SUQIAN.ref, UNIT, "poor-service", ["ZT-1", CASE])


@pytest.mark.parametrize("measure", ["called-to-account", "flogging", None])
def test_a_measure_of_another_trigger_or_none_is_refused(measure: str | None) -> None:
    """003-44"""
    with pytest.raises(Refused, match="unknown-measure"):
        decided(proposed("poor-service"), MAYOR, measure)


def test_an_irresponsible_officer_is_criticised_in_a_circular() -> None:
    """003-04: 予以通报批评"""
    assert decided(proposed("weak-service"), MAYOR, "circular")[1] == ["accountability.recorded.v1"]


def test_whoever_proposed_a_finding_does_not_decide_it_and_only_the_roles_of_the_scheme_do() -> None:
    """003-44: 提请市政府"""
    with pytest.raises(Refused, match="own-finding"):
        decided(proposed("poor-service", by="mayor"), MAYOR, "summons")
    with pytest.raises(Refused, match="not-allowed"):
        decided(proposed("poor-service"), CONDUCT, "summons")
    with pytest.raises(Refused, match="not-allowed"):
        decided(proposed("poor-service", by="somebody"), INSPECTOR, "summons")


def test_a_dropped_finding_leads_to_nothing() -> None:
    """003-44"""
    finding, said = decided(proposed("poor-service"), MAYOR, None, approve=False)
    assert (finding.decided, said) == ("dropped", [])


def test_an_unknown_trigger_and_a_finding_that_nobody_proposed_are_refused() -> None:
    with pytest.raises(Refused, match="unknown-trigger"):
        proposed("bad-luck")
    with pytest.raises(Refused, match="no-such-finding"):
        decided(findings.empty(NUMBER), MAYOR, "summons")


# --- the only way to a referral ------------------------------------------------------------------------------------


def test_only_a_suspected_violation_is_referred_and_no_measure_goes_with_it() -> None:
    """003-46: 按程序移送市纪委监委"""
    finding = proposed("suspected-violation", states=("suspected-violation",))
    assert decided(finding, CONDUCT, None)[1] == ["referral.made.v1"]
    with pytest.raises(Refused, match="unknown-measure"):
        decided(finding, CONDUCT, "circular")
    with pytest.raises(Refused, match="not-on-record"):
        proposed("suspected-violation")
    graver = proposed("repeated-or-pushed-up", on_record=("climbed",), states=("grave-effect", "suspected-violation"))
    assert decided(graver, CONDUCT, "called-to-account")[1] == ["accountability.recorded.v1"]


def test_shirking_and_abuse_are_referred_to_discipline() -> None:
    """002-27: 推诿塞责、滥用职权等行为,依纪依法进行处置"""
    finding = proposed("shirking", KAIHUA, states=("suspected-violation",))
    assert decided(finding, DISCIPLINE, None, scheme=KAIHUA)[1] == ["referral.made.v1"]
    with pytest.raises(Refused, match="not-on-record"):
        proposed("shirking", KAIHUA)


@pytest.mark.parametrize(
    ("scheme", "trigger"), [(KAIHUA, "shirking"), (CADRES, "violation"), (SUQIAN, "suspected-violation")]
)
def test_what_leads_to_discipline_is_seen_by_discipline_its_proposer_and_who_decides_alone(
    scheme: Scheme, trigger: str
) -> None:
    """002-27, 004-11, 003-46, §3.16"""
    finding = proposed(trigger, scheme, states=("suspected-violation",))
    for caller in (DISCIPLINE, INSPECTOR, MAYOR):
        findings.look(finding, caller, scheme=scheme)
    with pytest.raises(Refused) as error:
        findings.look(finding, who("clerk", "office", "inspector"), scheme=scheme)
    assert error.value.status == 404


def test_delay_and_late_rectification_are_called_to_account() -> None:
    """004-18, 004-11"""
    assert decided(proposed("delay", CADRES), MAYOR, "called-to-account", scheme=CADRES)[1] == [
        "accountability.recorded.v1"
    ]
    assert decided(proposed("obstruction", CADRES), DISCIPLINE, "corrected", scheme=CADRES)[1] == [
        "accountability.recorded.v1"
    ]


def test_weak_handling_is_pressed_or_named_in_a_circular() -> None:
    """002-26, 002-37: 予以通报"""
    for measure in ("urging", "circular"):
        finding = proposed("weak-handling", KAIHUA)
        assert decided(finding, DISCIPLINE, measure, scheme=KAIHUA)[1] == ["accountability.recorded.v1"]


def test_a_scheme_with_a_trigger_that_leads_to_nothing_or_two_that_refer_does_not_load() -> None:
    words: Any = {"zh": "x", "en": "x", "law": "x"}
    with pytest.raises(ValidationError, match="it leads to nothing"):
        Oversight(accountability={"empty": Accountable(**words)})
    with pytest.raises(ValidationError, match="only one trigger"):
        Oversight(accountability={name: Accountable(**words, refers=True) for name in ("one", "two")})


def test_facts_of_accountability_carry_no_words() -> None:
    finding = proposed("poor-service", unit=UNIT)
    command = findings.Decide(id="d", at=NOW, by="mayor", approve=True, measure="summons")
    said = findings.decide(finding, command, MAYOR, now=NOW, scheme=SUQIAN)
    assert all("record shows" not in event.model_dump_json() for event in said)


# --- records of inspections, coverage, duties ----------------------------------------------------------------------


def test_what_inspectors_found_of_a_unit_is_recorded_and_slowness_is_marked() -> None:
    """004-20, 002-37, 003-15, 004-21, 000-33"""
    for what in ("inspection", "covert-visit", "policy-inspection", "visit-verification", "joint-meeting"):
        logged = records.LogInspection(
            id="i", at=NOW, by="x", scheme=CADRES.ref, what=what, unit=UNIT, findings="nobody in", slow=True
        )
        kept = records.evolve_inspection(records.empty_inspection("DC-1"), logged)
        assert (kept.what, kept.unit, kept.findings, kept.slow, kept.by) == (what, UNIT, "nobody in", True, "x")


def test_the_coverage_list_shows_of_all_served_who_was_checked() -> None:
    """004-12: 效能检查全覆盖"""
    number = "FW-7K3M9QXA2B4D6F8H"
    with pytest.raises(Refused, match="not-served"):
        records.check(records.empty_served(number))
    at: Any = {"id": "s", "cause": "c", "at": NOW, "scheme": CADRES.ref}
    served = records.evolve_served(
        records.empty_served(number), ServedAssigned(**at, served=number, tier="scale", unit=UNIT)
    )
    assert served.checks == ()
    records.check(served)
    served = records.evolve_served(served, records.Check(id="c", at=NOW, by="discipline", findings="well served"))
    assert [one.findings for one in served.checks] == ["well served"]
    older = ServedAssigned(**at | {"at": START}, served=number, tier="scale", unit="another_unit")
    assert records.evolve_served(served, older).unit == UNIT


def test_a_missed_duty_lags_until_it_is_done_in_whatever_order_that_is_heard() -> None:
    """000-33, 003-36, 004-12, 001-51"""
    about: dict[str, Any] = {
        "cause": "c",
        "scheme": SUQIAN.ref,
        "duty": "analysis-meeting",
        "occurrence": "ZR-7K3M9QXA2B4D6F8H",
        "period": "2026-11",
        "unit": UNIT,
        "due_on": date(2026, 12, 5),
    }
    opened = DutyOpened(id="o", at=START, **about)
    missed, met = DutyMissed(id="m", at=NOW, **about), DutyMet(id="n", at=NOW + timedelta(1), late=True, **about)

    def after(*events: Any) -> Any:
        duty = records.empty_duty("ZR-7K3M9QXA2B4D6F8H")
        for event in events:
            duty = records.evolve_duty(duty, event)
        return records.keys_of_duty(duty)["lagging_at"]

    assert (after(opened), after(opened, missed)) == (None, NOW)
    assert after(opened, missed, met) is None
    assert after(met, missed, opened) is None


# --- samples -------------------------------------------------------------------------------------------------------

CLOSED = tuple(f"ZT-{n:016d}" for n in range(25))
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def draw(**fields: Any) -> samples.Draw:
    known: dict[str, Any] = {"scheme": SUQIAN.ref, "first": FIRST, "last": LAST, "closed": CLOSED}
    return samples.Draw(id="x", at=NOW, by="inspector", **known | fields)


def test_a_share_of_the_closed_cases_is_drawn_the_same_by_whoever_draws() -> None:
    """003-41: 抽选部分企业开展满意度回头看"""
    drawn = samples.chosen(SUQIAN, FIRST, LAST, CLOSED)
    assert len(drawn) == 3, "10 per cent of 25, rounded up"
    assert samples.chosen(SUQIAN, FIRST, LAST, reversed(CLOSED)) == drawn
    assert samples.chosen(SUQIAN, FIRST, date(2026, 11, 29), CLOSED) != drawn
    assert len(samples.chosen(SUQIAN, FIRST, LAST, CLOSED[:1])) == 1


def test_a_period_is_drawn_from_once_when_it_is_over_and_something_was_closed_in_it() -> None:
    """003-41"""
    fresh = samples.empty("CY-7K3M9QXA2B4D6F8H")
    assert [event.cases for event in samples.draw(fresh, draw(), now=NOW, scheme=SUQIAN)] == [3]  # type: ignore[attr-defined]
    drawn = samples.evolver({SUQIAN.ref: SUQIAN})(fresh, draw())
    for refused, sample, command in [
        ("already-drawn", drawn, draw()),
        ("period-open", fresh, draw(last=date(2026, 12, 20))),
        ("nothing-closed", fresh, draw(closed=())),
    ]:
        with pytest.raises(Refused, match=refused):
            samples.draw(sample, command, now=NOW, scheme=SUQIAN)
    with pytest.raises(Refused, match="no-sampling"):
        samples.draw(fresh, draw(), now=NOW, scheme=CADRES)


def test_a_drawn_case_is_told_and_owed_until_it_knows() -> None:
    """003-41"""
    evolve_sample = samples.evolver({SUQIAN.ref: SUQIAN})
    sample = evolve_sample(samples.empty("CY-1"), draw())
    assert samples.keys(sample)["next_due"] == NOW
    for case in sample.drawn:
        sample = evolve_sample(sample, samples.Told(id=case, at=NOW, by="evaluation", case=case))
    assert samples.keys(sample)["next_due"] is None


def test_a_drawn_case_is_called_back_though_it_is_closed_and_never_by_its_handler_and_may_be_reopened() -> None:
    """003-41, 003-20"""
    life = Life(SUQIAN).answered().rated("satisfied")
    assert not call_back_due(life.case, SUQIAN)
    life.case = evolve(life.case, LookAgain(id="l", at=NOW, by="evaluation", sample="CY-1"))
    assert call_back_due(life.case, SUQIAN)
    with pytest.raises(Refused, match="own-case"):
        life.called_back(True, unit=UNIT)
    life.called_back(False)
    assert life.names[-1] == "case.reopened(1)"
    assert life.case.sample is None
