"""What a mechanism did, in figures: counters, times, duties, scores, rates against their lines."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from facts import CASE, SCHEME, SCHEMES, SESSION, TODAY, at, cases, entry, fact, life, noted, session
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import heard_by
from contracts.events import (
    EVENTS,
    AccountabilityRecorded,
    AppealAnsweredAtOnce,
    AppealReturned,
    CaseCalledBack,
    CaseClimbed,
    CaseClosed,
    CaseDecided,
    CaseExcluded,
    CaseRated,
    CaseRatedAgain,
    CaseReopened,
    ClockMeasured,
    ClockMissed,
    CorrectionMade,
    DutyMet,
    DutyMissed,
    DutyOpened,
    MatterRecurred,
    RectificationListed,
    SessionHeld,
    SupervisionOpened,
    SupervisionOrdered,
)
from contracts.record import Record
from libs.files import load_directory
from libs.policy.directory import Directory, PublicContact
from libs.policy.judging import Scale
from libs.policy.publication import PublicationKind, Score
from libs.policy.refused import Refused
from services.disclosure import domain, marks
from services.disclosure.figures import Figures, Rate, count, count_within
from services.disclosure.inside import personnel_csv
from services.disclosure.marks import EnterMarks
from services.disclosure.open_pages import contacts_of
from services.disclosure.press import fill, months_of, samples_of, within
from services.disclosure.span import named
from services.disclosure.workings import Elapsed, Known, Workings, personnel, scores, workings

MARCH = named("2026-03")
DIRECTORY = load_directory(Path("deploy/directory/chaozhou.yaml"))
UNIT = "shi_gongdian"


def did(known: Known, period: str | None = None) -> Workings:
    return workings(known, SCHEME, when=within(named(period) if period else None), today=TODAY)


# --- counters -----------------------------------------------------------------------------------------------------------

HAPPENED = [
    fact(CaseClimbed, at(16), rung_from="county", rung_to="department"),
    fact(CaseClimbed, at(17), rung_from="department", rung_to="session"),
    fact(CaseDecided, at(18), rung="session", outcome="resolved", session=SESSION, lead=UNIT),
    fact(ClockMissed, at(18), clock="reply", subject="reply:d1", of="d1", unit=UNIT, due=at(18)),
    fact(SupervisionOpened, at(18), clock="reply", unit=UNIT),
    fact(SupervisionOrdered, at(19), subject="o1", unit=UNIT, due_on=date(2026, 3, 25)),
    fact(RectificationListed, at(20), unit=UNIT, due_on=date(2026, 3, 31)),
    fact(CorrectionMade, at(21), unit=UNIT),
]


def test_the_way_up_decisions_orders_rectifications_and_corrections_are_counted() -> None:
    """003-12, 003-07"""
    found = did(Known([entry(HAPPENED)], [], []))
    assert found.climbed == {"department": 1, "session": 1}
    assert found.decisions == {"resolved": 1}
    assert found.missed == {"reply": 1}
    counted = (found.supervised, found.supervision_orders, found.rectifications, found.corrections)
    assert counted == (1, 1, 1, 1)


@given(st.permutations([*HAPPENED, *HAPPENED[:3]]))
def test_any_order_and_any_repetition_counts_the_same(order: list[Record]) -> None:
    assert entry(order) == entry(HAPPENED)


def test_only_what_happened_in_the_period_is_counted() -> None:
    known = Known([entry(HAPPENED)], [], [])
    assert did(known, "2026-04").climbed == {}
    assert did(known, "2026-03").climbed == {"department": 1, "session": 1}
    assert did(known, "2026-Q1").corrections == 1


def test_sessions_that_were_held_are_counted_and_their_missed_limits_with_those_of_cases() -> None:
    """001-01"""
    held = fact(SessionHeld, at(11), case=SESSION, kind="reception", items=3)
    late = fact(ClockMissed, at(16), case=SESSION, clock="minutes", subject="minutes:", due=at(16))
    found = did(Known([], [session([held, late])], []), "2026-03")
    assert (found.sessions, found.missed) == ({"reception": 1}, {"minutes": 1})


def test_what_is_only_measured_is_told_by_median_and_slowest_and_never_missed() -> None:
    """§3.19: 立即、第一时间、及时."""

    def took(seconds: int) -> Any:
        return fact(ClockMeasured, at(10), clock="first-contact", subject=f"c:{seconds}", since=at(9), seconds=seconds)

    found = did(Known([entry([took(60), took(120), took(9000)])], [], []))
    assert found.elapsed == {"first-contact": Elapsed(times=3, median=120, slowest=9000)}
    assert found.missed == {}


# --- duties -------------------------------------------------------------------------------------------------------------


def duty(kind: type[Any], unit: str = UNIT, when: Any = at(25), **fields: Any) -> Any:
    number = {"shi_gongdian": "ZR-7K3M9QXA2B4D6F8H", "shi_renshe": "ZR-7K3M9QXA2B4D6F8J"}[unit]
    told = {"duty": "ledger", "occurrence": number, "period": "2026-03", "unit": unit, "due_on": date(2026, 3, 25)}
    return fact(kind, when, **told, **fields)


def test_duties_met_and_missed_are_counted_with_the_list_of_what_is_missing() -> None:
    """003-35: the 25th's ledgers, with their missing list."""
    met = noted(duty(DutyOpened), duty(DutyMet, late=False))
    missed = noted(duty(DutyOpened, "shi_renshe"), duty(DutyMissed, "shi_renshe"))
    found = did(Known([], [], [met, missed])).duties["ledger"]
    assert (found.met, found.late, found.missed) == (1, 0, 1)
    (missing,) = found.missing
    assert (missing.unit, missing.period, missing.due_on) == ("shi_renshe", "2026-03", date(2026, 3, 25))


@given(st.permutations([duty(DutyOpened), duty(DutyMissed), duty(DutyMet, when=at(27), late=True)]))
def test_what_was_done_after_it_was_missed_is_late_in_whatever_order_it_is_heard(order: list[Any]) -> None:
    assert noted(*order).outcome == "late"
    found = did(Known([], [], [noted(*order)])).duties["ledger"]
    assert (found.late, found.missed, found.missing) == (1, 0, ())


def test_an_open_duty_is_neither_met_nor_missed() -> None:
    assert did(Known([], [], [noted(duty(DutyOpened))])).duties == {}


def test_recurring_matters_are_told_the_most_frequent_first() -> None:
    """002-28, 002-35, 003-22: 苗头性、共性问题."""

    def matter(last: str, enterprises: int, times: int) -> Any:
        number = f"ML-7K3M9QXA2B4D6F8{last}"
        return fact(MatterRecurred, at(9 + times), matter=number, category="land", enterprises=enterprises, times=times)

    grown = noted(matter("H", 3, 3), matter("H", 5, 6))
    found = did(Known([], [], [noted(matter("J", 4, 4)), grown])).recurring
    assert [(one.enterprises, one.times) for one in found] == [(5, 6), (4, 4)]


# --- rates --------------------------------------------------------------------------------------------------------------


def march(known: list[Any], **changes: Any) -> Figures:
    return count(known, month="2026-03", scheme=SCHEME.model_copy(update=changes))


KAIHUA = SCHEMES["kaihua-call-and-answer@2024-03-04"]
TARGETS = KAIHUA.targets


def test_rates_are_set_against_the_schemes_line() -> None:
    """002-03: 解决率、满意率达98%以上."""
    good, bad = cases(49), cases(1, rating="dissatisfied", outcome="explained")
    assert march(good + bad, targets=TARGETS).against_target == {"resolved": "met", "satisfied": "met"}
    worse = cases(2, rating="dissatisfied", outcome="explained")
    assert march(good + worse, targets=TARGETS).against_target == {"resolved": "below", "satisfied": "below"}
    assert march(good).against_target == {}
    assert march([], targets=TARGETS).against_target == {}


def test_silence_helps_no_rate_over_its_line_and_the_response_rate_stands_beside() -> None:
    """002-03, §3.7"""
    known = cases(9) + cases(1, rating="dissatisfied") + cases(89, rating="defaulted") + cases(1, rating="unrated")
    found = march(known, targets=TARGETS)
    assert found.satisfied_explicitly == Rate(count=9, among=10, percent=90.0)
    assert found.satisfied_or_defaulted.percent == 99.0
    assert found.against_target["satisfied"] == "below"
    assert found.responded == Rate(count=10, among=100, percent=10.0)


def test_a_matter_that_is_unsolved_when_called_back_is_not_solved() -> None:
    """002-24"""
    solved, unsolved = cases(1)[0], cases(1, start="b")[0]
    for on, is_solved in ((21, False), (22, True), (23, False)):
        called = fact(CaseCalledBack, at(on), case=unsolved.case, way="phone", solved=is_solved)
        unsolved = entry_after(unsolved, called)
    assert march([solved, unsolved]).resolved == Rate(count=1, among=2, percent=50.0)
    again = entry_after(unsolved, fact(CaseCalledBack, at(24), case=unsolved.case, way="on-site", solved=True))
    assert march([solved, again]).resolved.percent == 100.0


def entry_after(known: Any, *records: Record) -> Any:
    for record in records:
        known = domain.evolve(known, record)
    return known


def test_the_returned_the_excluded_and_those_answered_at_once_improve_no_rate() -> None:
    """§3.17; 003-18: consultations answered on the spot are no cases."""
    bad = cases(1, rating="dissatisfied")[0]
    excluded = entry_after(bad, fact(CaseExcluded, at(22), case=bad.case, reason="malicious"))
    returned = entry([fact(AppealReturned, at(5), reason="litigation")])
    asked = entry([fact(AppealAnsweredAtOnce, at(5), how="three-way-call")])
    found = march([*cases(4), excluded, returned, asked])
    assert found.ratings.dissatisfied == 0
    assert (found.closed, found.excluded) == (4, {"malicious": 1})
    assert (found.returned, found.answered_at_once) == ({"litigation": 1}, {"three-way-call": 1})
    assert found.satisfied_explicitly.among == found.resolved.among == 4


def test_five_words_are_counted_as_they_were_said() -> None:
    """002-22, 002-31: a finer scale, where the scheme has one."""
    levels = {word: Scale(zh=word, en=word, counts_as="satisfied") for word in ("excellent", "good")}
    known = cases(2, level="excellent") + cases(1, level="good") + cases(1)
    found = march(known, rating=SCHEME.rating.model_copy(update={"scale": levels}))
    assert found.by_level == {"excellent": 2, "good": 1}


FIRST = fact(CaseRated, at(20), rating="dissatisfied")
REWORKED = [
    *life(closed=False)[:3],
    FIRST,
    fact(CaseReopened, at(21), round=1),
    fact(CaseRated, at(27), rating="satisfied"),
    fact(CaseClosed, at(27), outcome="satisfied"),
]


@given(st.permutations(REWORKED))
def test_the_first_bad_word_stays_in_the_rates_whatever_comes_after_rework(order: list[Record]) -> None:
    """§3.10"""
    known = entry(order)
    assert (known.rating, known.rated_again, known.rated_on) == ("dissatisfied", "satisfied", date(2026, 3, 20))
    assert known == entry(REWORKED)


@given(st.permutations([*life(rating="dissatisfied"), fact(CaseRatedAgain, at(25), rating="satisfied")]))
def test_a_word_after_the_final_decision_stands_beside_the_first(order: list[Record]) -> None:
    """001-44, §3.10"""
    assert (entry(order).rating, entry(order).rated_again) == ("dissatisfied", "satisfied")


def test_a_word_after_the_final_decision_is_never_taken_for_the_first() -> None:
    """§3.10"""
    again = entry([fact(CaseRatedAgain, at(25), rating="satisfied")])
    assert (again.rating, again.rated_again) == (None, "satisfied")


def test_a_case_that_is_worked_on_again_has_not_ended() -> None:
    closed = life(rating="dissatisfied")
    reopened = entry([*closed, fact(CaseReopened, at(21), round=1)])
    assert reopened.ended is None
    assert march([reopened]).closed == 0
    again = fact(CaseClosed, at(28), outcome="satisfied")
    assert entry([*closed, fact(CaseReopened, at(21), round=1), again]).ended == ("closed", date(2026, 3, 28))


def test_the_monthly_column_lists_handling_and_ratings_department_by_department() -> None:
    """000-28: 各部门办理和评价情况."""
    known = cases(2) + cases(1, rating="dissatisfied") + cases(3, unit="shi_renshe", rating="defaulted")
    found = {one.unit: one for one in march(known).departments}
    assert (found[UNIT].closed, found[UNIT].ratings.satisfied, found[UNIT].ratings.dissatisfied) == (3, 2, 1)
    assert (found["shi_renshe"].closed, found["shi_renshe"].ratings.defaulted) == (3, 3)
    assert found["shi_renshe"].satisfied.percent is None
    assert samples_of(march(known)) == {UNIT: 3, "shi_renshe": 0}


def test_quarters_and_years_are_counted_like_months() -> None:
    """001-45: periodic."""
    known = cases(2) + cases(1, day=at(3, 4))
    for period, closed in {"2026-03": 2, "2026-Q1": 2, "2026-Q2": 1, "2026-H1": 3, "2026": 3, "2026-03-B": 2}.items():
        assert count_within(known, turn=named(period), scheme=SCHEME).closed == closed
    assert months_of(named("2026-Q2")) == ["2026-04", "2026-05", "2026-06"]
    assert (months_of(named("2026-03-A")), months_of(named("2026-03-B"))) == ([], ["2026-03"])


@pytest.mark.parametrize("period", ["2026-13", "2026-Q5", "2026-H3", "2026-03-C", "2026-03-31"])
def test_a_period_that_is_none_is_refused(period: str) -> None:
    with pytest.raises(Refused, match="unknown-period"):
        named(period)


# --- scores -------------------------------------------------------------------------------------------------------------

WEIGHED = SCHEME.model_copy(update={"score": Score(enterprise=70, office=20, third_party=10, law="五")})


def entered(unit: str = UNIT, office: int = 80, third_party: int = 60, again: str = "") -> EnterMarks:
    return EnterMarks(id=f"{unit}{again}", at=at(31), by="wang", unit=unit, office=office, third_party=third_party)


def test_a_score_weighs_the_enterprises_word_first_and_the_others_beside_it() -> None:
    """002-31: 以企业评价为主,营商部门和第三方评价为辅."""
    rates = march(cases(4) + cases(1, rating="dissatisfied"))
    (found,) = scores(rates, {UNIT: (80, 60)}, WEIGHED)
    # 70 % of 80 (four of five satisfied), 20 % of 80, 10 % of 60.
    assert (found.score, found.enterprise.percent, found.office) == (78.0, 80.0, 80)
    assert scores(rates, {UNIT: (80, 60)}, SCHEME) == ()


def test_in_the_county_the_enterprises_word_weighs_more_than_all_others_together() -> None:
    """002-31: 以企业评价为主,营商部门和第三方评价为辅."""
    weights = KAIHUA.score
    assert weights is not None
    assert weights.enterprise > weights.office + weights.third_party
    assert min(weights.office, weights.third_party) > 0
    assert "scores" in KAIHUA.publications["service-report"].figures


def test_no_score_below_the_sample_nor_without_marks() -> None:
    """002-31, §3.18"""
    (few,) = scores(march(cases(4)), {UNIT: (80, 60)}, WEIGHED)
    assert (few.score, few.why) == (None, "样本不足")
    (markless,) = scores(march(cases(5)), {}, WEIGHED)
    assert (markless.score, markless.why) == (None, "评分未录齐")


def test_silence_is_no_part_of_a_score() -> None:
    """§3.7"""
    rates = march(cases(4) + cases(1, rating="dissatisfied") + cases(50, rating="defaulted"))
    (found,) = scores(rates, {UNIT: (80, 60)}, WEIGHED)
    assert found.score == 78.0


def test_marks_entered_again_replace_those_before_and_months_are_averaged() -> None:
    """002-31"""
    first = marks.evolve(marks.evolve(marks.empty("a"), entered()), entered(office=90, again="2"))
    second = marks.evolve(marks.empty("b"), entered(office=70, third_party=80))
    assert first.marks == {UNIT: (90, 60)}
    assert marks.means([first, second]) == {UNIT: (80, 70)}


# --- what is filled in and handed on ------------------------------------------------------------------------------------


def test_only_the_figures_that_the_scheme_names_are_filled_in() -> None:
    """003-07, 003-12"""
    kind = PublicationKind.model_validate(
        {"form": "circular", "zh": "通报", "en": "c", "law": "x", "figures": ["corrections", "duties", "missed"]}
    )
    known = Known([entry(HAPPENED)], [], [noted(duty(DutyMissed))])
    found = fill(kind, SCHEME, march(known.entries), did(known), {})
    assert (found.corrections, found.missed) == (1, {"reply": 1})
    assert found.duties
    assert found.duties["ledger"].missing
    assert (found.rates, found.scores, found.recurring, found.commitments) == (None, None, None, None)


def test_the_personnel_department_reads_duties_rates_and_corrections_of_each_unit() -> None:
    """002-34: 考核结果应用."""
    account = fact(
        AccountabilityRecorded, at(22), finding="WZ-7K3M9QXA2B4D6F8H", trigger="slow", measure="circular", unit=UNIT
    )
    busy = [*cases(5), entry(HAPPENED)]
    known = Known(busy, [], [noted(duty(DutyMet, late=False)), noted(duty(DutyMissed, "shi_renshe")), noted(account)])
    rows = personnel(known, march(busy), when=within(MARCH))
    found = {row.unit: row for row in rows}
    first = found[UNIT]
    assert (first.met, first.missed, first.closed, first.corrections, first.limits_missed) == (1, 0, 5, 1, 1)
    assert first.called_to_account == 1
    assert (found["shi_renshe"].missed, found["shi_renshe"].closed) == (1, 0)
    lines = personnel_csv(rows, SCHEME, "2026-03", DIRECTORY).splitlines()
    assert lines[0].startswith("\ufeff单位,单位名称,考核期")
    assert lines[1] == "shi_gongdian,潮州供电局,2026-03,1,0,0,5,100.0%,100.0%,100.0%,5,0,1,1,1"
    assert lines[2] == "shi_renshe,市人力资源和社会保障局,2026-03,0,0,1,0,,,样本不足,0,0,0,0,0"


def test_anybody_reads_how_to_reach_the_office_and_nobodys_own_number() -> None:
    """000-11: 主动公开联系方式."""
    public = {"phone": "0768-1234567", "fax": "0768-7654321", "email": "office@gov.example", "address": "市政府大院"}
    place = DIRECTORY.jurisdiction_of("chaozhou-direct-line")
    office = DIRECTORY.unit(place.audiences["office"])
    told = office.model_copy(update={"public": PublicContact(**public)})
    units = tuple(told if unit.unit == office.unit else unit for unit in place.units)
    places = tuple(
        one.model_copy(update={"units": units}) if one.jurisdiction == place.jurisdiction else one
        for one in DIRECTORY.jurisdictions
    )
    directory = Directory(DIRECTORY.file.model_copy(update={"jurisdictions": places}))
    (found,) = contacts_of(directory, [SCHEME])
    assert {name: found[name] for name in public} == public
    assert office.contact
    assert office.contact.phone not in str(found)
    assert office.contact.person not in str(found)


# --- what never comes here ----------------------------------------------------------------------------------------------


def test_neither_reports_of_retaliation_nor_files_of_discipline_reach_what_publishes() -> None:
    """004-13, 002-26, §3.16"""
    protected = {name for name in EVENTS if name.startswith(("report.", "inspection.", "referral."))}
    assert len(protected) >= 4
    assert not protected & set(heard_by("disclosure"))


def test_a_session_is_no_entry_of_the_ledger() -> None:
    late = fact(ClockMissed, at(16), case=SESSION, clock="minutes", subject="minutes:", due=at(16))
    assert late.is_session
    assert not fact(ClockMissed, at(16), case=CASE, clock="reply", subject="reply:d1", due=at(16)).is_session
