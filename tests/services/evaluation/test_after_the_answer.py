"""What follows an answer under each scheme: ways and scales of rating, call-backs, rework, corrections."""

import pytest
from evaluation_life import UNIT, Life, scheme_called, varied

from contracts.events import CaseAnswered, CaseRated, CaseRatedAgain, FinalDecisionMade
from libs.policy.judging import CallBack as CallBackRule
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.evaluation.commands import MakeCorrection
from services.evaluation.judging import call_back_due, make_correction, owes_file

CITY = scheme_called("chaozhou-direct-line")
COUNTY = scheme_called("county-reception-day")
KAIHUA = scheme_called("kaihua-call-and-answer")
WINDOW = scheme_called("suqian-window")
DESK = scheme_called("suqian-12345")
CADRES = scheme_called("cadres-and-enterprises")
UNRATED = varied(
    COUNTY,
    levels=(),
    rework_rounds=1,
    call_back=CallBackRule(by=("phone", "on-site"), when="answered", closes=True, solver=True, law="五(四)"),
)


def silence_of(scheme: Scheme, since: str = "rating.invitation_delivered.v1") -> str:
    """The limit at whose end silence counts."""
    return next(name for name, clock in scheme.clocks.items() if since in clock.from_ and clock.missed)


def refused(life: Life, *args: object, act: str = "rated", **fields: object) -> str:
    with pytest.raises(Refused) as error:
        getattr(life, act)(*args, **fields)
    return error.value.rule


# --- how it is rated ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "counts_as"),
    [("very-satisfied", "satisfied"), ("fair", "satisfied"), ("very-dissatisfied", "dissatisfied")],
)
def test_a_word_of_the_finer_scale_counts_as_one_of_the_two_and_is_kept(word: str, counts_as: str) -> None:
    """003-06"""
    life = Life(WINDOW).answered().rated(word)
    rated = next(event for event in life.said if isinstance(event, CaseRated))
    assert (rated.level, rated.rating) == (word, counts_as)


def test_a_word_that_the_scheme_does_not_have_is_refused() -> None:
    """003-06"""
    assert refused(Life(WINDOW).answered(), "splendid") == "unknown-word"
    assert refused(Life(KAIHUA).answered(), "very-satisfied") == "unknown-word"


@pytest.mark.parametrize("way", ["window-device", "qr", "web", "sms-link"])
def test_halls_rate_by_device_code_page_and_message(way: str) -> None:
    """003-06: 评价器、二维码、PC端、短信"""
    assert Life(WINDOW).answered().rated("fair", way=way).case.rated_by_way == way


def test_a_way_that_the_scheme_does_not_have_is_refused() -> None:
    """003-06"""
    assert refused(Life(WINDOW).answered(), "fair", way="hotline") == "no-such-way"


def test_the_rating_names_the_unit_that_answered_so_that_it_is_told_at_once() -> None:
    """002-22, 002-23"""
    rated = next(event for event in Life(KAIHUA).answered().rated("satisfied").said if isinstance(event, CaseRated))
    assert rated.unit == UNIT
    told = [letter for letter in KAIHUA.letters if letter.after == "case.rated.v1" and letter.to == "unit"]
    assert told, "the handler's letter"


def test_how_the_rework_is_judged_is_told_to_the_handler_too() -> None:
    """002-23"""
    life = Life(KAIHUA).answered().rated("dissatisfied").called_back(False).answered().rated_again("satisfied")
    again = next(event for event in life.said if isinstance(event, CaseRatedAgain))
    assert again.unit == UNIT
    assert [letter.to for letter in KAIHUA.letters if letter.after == "case.rated_again.v1"] == ["unit"]


def test_where_nothing_defaults_to_satisfied_silence_leaves_the_case_unrated() -> None:
    """§3.7: only 001 has the default"""
    clock = silence_of(KAIHUA)
    life = Life(KAIHUA).answered().reached().missed(clock)
    assert life.names[-2:] == ["case.rated(unrated)", "case.closed(unrated)"]


def test_a_letter_long_on_its_way_leaves_nobody_unrated_who_got_it() -> None:
    """§3.8"""
    clock = silence_of(KAIHUA, "rating.invited.v1")
    assert Life(KAIHUA).answered().reached().missed(clock).case.rating is None


# --- calling back ---------------------------------------------------------------------------------------------------------


def test_who_was_answered_is_called_back_and_a_solved_matter_closes_where_nothing_is_rated() -> None:
    """000-36"""
    life = Life(UNRATED).answered()
    assert call_back_due(life.case, UNRATED)
    assert life.names == []
    life.called_back(True, unit=UNIT)
    assert life.names == ["case.called_back", "case.closed(called-back)"]
    assert not call_back_due(life.case, UNRATED)


def test_who_solves_the_problem_calls_back_and_no_other_unit_does() -> None:
    """000-36: 谁解决问题…谁回访"""
    assert COUNTY.rating.call_back is not None
    assert COUNTY.rating.call_back.solver
    life = Life(COUNTY).answered()
    assert refused(life, True, act="called_back", unit="another_unit") == "no-such-case"
    assert "case.called_back" in life.called_back(True, unit=UNIT).names


@pytest.mark.parametrize("scheme", [KAIHUA, DESK])
def test_elsewhere_the_handler_never_calls_back_about_its_own_case(scheme: object) -> None:
    """002-24, 003-20"""
    life = Life(scheme).answered()  # type: ignore[arg-type]
    assert refused(life, True, act="called_back", unit=UNIT) == "own-case"
    assert "case.called_back" in life.called_back(True).names


@pytest.mark.parametrize("way", ["phone", "on-site"])
def test_the_office_calls_back_by_telephone_and_on_the_spot(way: str) -> None:
    """002-24: “电话+现场”"""
    assert [call.way for call in Life(KAIHUA).answered().called_back(True, way=way).case.calls.values()] == [way]


def test_a_hotline_does_not_call_on_the_spot() -> None:
    """003-20"""
    assert refused(Life(DESK).answered(), True, way="on-site", act="called_back") == "no-such-way"


def test_a_solved_call_back_closes_what_nobody_rated_and_a_later_word_still_counts() -> None:
    """000-36, 002-24"""
    life = Life(KAIHUA).answered().reached().called_back(True)
    assert life.names[-1] == "case.closed(called-back)"
    assert life.rated("satisfied").names[-1] == "case.rated(satisfied)"
    assert Life(KAIHUA).answered().rated("satisfied").called_back(True).case.closed == "satisfied"


def test_a_bad_word_after_a_solved_call_back_is_followed_like_any_other() -> None:
    """000-24, 002-25"""
    assert Life(COUNTY).answered().called_back(True, unit=UNIT).rated("dissatisfied").names[-1] == "case.reopened(1)"
    life = Life(KAIHUA).answered().called_back(True).rated("dissatisfied")
    assert owes_file(life.case, KAIHUA)
    assert life.called_back(False).names[-1] == "case.reopened(1)"


def test_an_unsolved_matter_is_reopened_even_when_it_was_closed() -> None:
    """003-20: 回头看核查"""
    life = Life(DESK).answered().rated("satisfied")
    assert life.case.closed == "satisfied"
    life.called_back(False)
    assert life.names[-1] == "case.reopened(1)"
    assert (life.case.closed, life.case.rating) == (None, "satisfied")


def test_a_matter_is_reopened_as_often_as_the_scheme_has_rounds_and_then_closed_dissatisfied() -> None:
    """§3.9"""
    life = Life(UNRATED).answered().called_back(False).answered().called_back(False)
    assert life.names == ["case.called_back", "case.reopened(1)", "case.called_back", "case.closed(dissatisfied)"]


def test_while_a_case_is_reworked_nobody_calls_back_and_its_new_answer_is_called_back_again() -> None:
    """000-36"""
    life = Life(UNRATED).answered().called_back(False)
    assert not call_back_due(life.case, UNRATED)
    assert call_back_due(life.answered().case, UNRATED)


def test_nobody_calls_back_twice_about_one_answer() -> None:
    """002-24"""
    assert refused(Life(KAIHUA).answered().called_back(True), True, act="called_back") == "no-call-back-due"
    assert refused(Life(CITY).answered(), True, act="called_back") == "no-call-back-due"


# --- after a bad word -------------------------------------------------------------------------------------------------------


def test_only_where_the_scheme_says_so_does_a_bad_word_wait_for_a_final_decision() -> None:
    """001-44"""
    life = Life(CITY).answered().rated("dissatisfied")
    assert life.case.closed is None
    final = {"unit": UNIT, "subject": "d2"}
    assert life.heard(FinalDecisionMade, **final).case.closed == "finally-decided"
    assert Life(KAIHUA).answered().rated("dissatisfied").heard(FinalDecisionMade, **final).case.closed is None


def test_a_bad_word_opens_an_inspection_file_only_where_the_scheme_says_so() -> None:
    """002-25"""
    assert owes_file(Life(KAIHUA).answered().rated("dissatisfied").case, KAIHUA)
    assert not owes_file(Life(KAIHUA).answered().rated("satisfied").case, KAIHUA)
    assert not owes_file(Life(CITY).answered().rated("dissatisfied").case, CITY)


def test_after_a_bad_word_the_enterprise_is_called_back_anew_though_it_was_called_before() -> None:
    """002-24, 002-25: in parallel"""
    life = Life(KAIHUA).answered().called_back(True).rated("dissatisfied")
    assert call_back_due(life.case, KAIHUA)


def test_a_call_back_after_a_bad_word_closes_or_reopens() -> None:
    """002-24, §3.9"""
    bad = lambda: Life(KAIHUA).answered().rated("dissatisfied")  # noqa: E731
    assert bad().called_back(True).names[-1] == "case.closed(called-back)"
    assert bad().called_back(False).names[-1] == "case.reopened(1)"
    worked = bad().called_back(False).answered().rated_again("dissatisfied").called_back(False)
    assert worked.names[-1] == "case.closed(dissatisfied)"


def test_where_a_bad_word_means_rework_the_case_is_reopened_at_once_and_a_second_one_ends_it() -> None:
    """000-24: 继续跟踪办理"""
    scheme = varied(COUNTY, call_back=None)
    life = Life(scheme).answered().rated("dissatisfied")
    assert life.names[-1] == "case.reopened(1)"
    life.answered().rated_again("dissatisfied")
    assert life.names[-2:] == ["case.rated_again(dissatisfied)", "case.closed(dissatisfied)"]


def test_a_reworked_case_is_invited_again_and_its_second_word_stands_beside_the_first() -> None:
    """§3.10: the first 不满意 stays in the rates"""
    life = Life(varied(COUNTY, call_back=None)).answered().rated("dissatisfied").answered().rated_again("satisfied")
    assert life.names.count("rating.invited") == 2
    assert (life.case.rating, life.case.rated_again, life.case.closed) == ("dissatisfied", "satisfied", "satisfied")
    assert life.names.count("case.rated(dissatisfied)") == 1


def test_silence_after_rework_closes_the_case_and_says_nothing_new_of_how_it_was_rated() -> None:
    """§3.9, §3.10"""
    scheme = varied(COUNTY, call_back=None)
    clock = silence_of(scheme)
    life = Life(scheme).answered().rated("dissatisfied").answered().reached().missed(clock)
    assert life.names[-1] == "case.closed(unrated)"
    assert (life.case.rating, life.case.rated_again) == ("dissatisfied", None)


def test_the_limit_of_the_first_round_says_nothing_of_the_second() -> None:
    """§3.9"""
    scheme = varied(DESK, rework_rounds=1)
    clock = silence_of(scheme)
    life = Life(scheme).answered().reached().missed(clock).called_back(False)
    assert life.names[-1] == "case.reopened(1)"
    assert life.answered().reached().case.closed is None


def test_a_second_word_is_asked_for_once_in_a_round() -> None:
    """§3.10"""
    life = Life(varied(COUNTY, call_back=None)).answered().rated("dissatisfied")
    assert refused(life, "satisfied", act="rated_again") == "no-final-decision"
    assert refused(life.answered().rated_again("satisfied"), "satisfied", act="rated_again") == "no-final-decision"


def test_who_was_answered_several_times_in_a_round_is_invited_once() -> None:
    """002-22"""
    life = Life(KAIHUA).answered().heard(CaseAnswered, unit=UNIT, outcome="solved")
    assert life.names == ["rating.invited"]


@pytest.mark.parametrize("scheme", [COUNTY, KAIHUA, WINDOW, DESK, CADRES], ids=lambda scheme: scheme.scheme)
def test_under_every_scheme_a_bad_word_comes_to_an_end(scheme: object) -> None:
    """§3.9: whatever follows a 不满意, nothing stays stuck"""
    life = Life(scheme).answered().rated("dissatisfied")  # type: ignore[arg-type]
    for _ in range(10):
        if life.case.closed:
            break
        if call_back_due(life.case, life.scheme):
            life.called_back(False)
        elif not life.case.answered:
            life.answered()
        else:
            life.rated_again("dissatisfied")
    assert life.case.closed == "dissatisfied"
    assert life.case.rating == "dissatisfied"


# --- corrections ------------------------------------------------------------------------------------------------------------


def test_a_bad_rating_is_an_item_to_correct_for_the_unit_that_answered_once() -> None:
    """003-07"""
    life = Life(varied(WINDOW, rework_rounds=1)).answered().rated("very-dissatisfied")
    opened = [event for event in life.said if event.type == "correction.opened.v1"]
    assert [event.unit for event in opened] == [UNIT]  # type: ignore[attr-defined]
    life.called_back(False).answered().rated_again("dissatisfied")
    assert life.names.count("correction.opened") == 1
    assert Life(WINDOW).answered().rated("fair").case.correction is None


def test_a_correction_is_made_with_evidence_by_its_unit_or_the_office_once() -> None:
    """003-07"""
    life = Life(WINDOW).answered().rated("dissatisfied")
    correct = {"rule": make_correction, "kind": MakeCorrection, "evidence": "the counter now has two clerks"}
    assert refused(life, act="asked", **correct, unit="another_unit") == "no-such-case"
    life.asked(**correct, unit=UNIT)  # type: ignore[arg-type]
    assert life.names[-1] == "correction.made"
    assert life.case.correction is not None
    assert life.case.correction.evidence == "the counter now has two clerks"
    assert refused(life, act="asked", **correct) == "already-corrected"
    assert refused(Life(KAIHUA).answered(), act="asked", **correct) == "no-such-case"
