"""Reviews and signatures before the hand-over, under 003's line to the mayor."""

from typing import Any

import pytest

from contracts.events import AppealWithdrawn, CaseAssigned, CaseListed, CaseReviewed, Event, RungVacant
from libs.policy.refused import Refused
from services.routing import domain
from tests.services.routing.case_book import MAYOR_LINE, Book, handed, one, types

STEPS = (
    ("deputy-secretary", "shi_fumigongye", "li"),
    ("secretary-general", "shi_mishuzhang", "wang"),
    ("deputy-mayor", "shi_fugongye", "zhao"),
)


def line(**fields: Any) -> Book:
    book = Book(MAYOR_LINE)
    book.accept(**({"complexity": "general"} | fields))
    return book


def sign(book: Book, step: str, post: str, by: str, *, approved: bool = True, to_session: bool = False) -> list[Event]:
    words = {"step": step, "post": post, "approved": approved, "reason": "read", "to_session": to_session}
    return book.ask(domain.sign_review, domain.SignReview, by=by, **words)


def test_nothing_is_handed_over_before_the_last_signature_and_then_it_is() -> None:
    """003-27, 003-28"""
    book = line()
    assert book.said == []
    assert domain.keys(book.case)["waits_for"] == "review"
    for step in STEPS[:-1]:
        assert types(sign(book, *step)) == ["case.reviewed"]
    said = sign(book, *STEPS[-1])
    assert one(said, CaseReviewed).step == "deputy-mayor"
    assert handed(said) == [("shi_gongdian", "lead", "handle")]


def test_the_steps_come_in_their_order() -> None:
    """003-28"""
    with pytest.raises(Refused) as refused:
        sign(line(), *STEPS[1])
    assert refused.value.rule == "not-its-turn"


def test_only_who_holds_the_post_signs_and_of_several_the_one_in_charge_of_the_category() -> None:
    """003-27, 003-28: energy is another deputy mayor's than land"""
    book = line()
    with pytest.raises(Refused) as refused:
        sign(book, "deputy-secretary", "shi_zhengshu", "li")
    assert refused.value.rule == "not-your-step"
    sign(book, *STEPS[0])
    sign(book, *STEPS[1])
    with pytest.raises(Refused):
        sign(book, "deputy-mayor", "shi_fuchengjian", "zhao")


def test_the_first_step_is_for_the_deputy_secretary_general_in_charge_of_the_category() -> None:
    """003-27: 根据问题的类别,分送市政府对口联系副秘书长"""
    for category, matching, other in (
        ("energy", "shi_fumigongye", "shi_fumichengjian"), ("land", "shi_fumichengjian", "shi_fumigongye")
    ):  # fmt: skip
        book = line(category=category)
        with pytest.raises(Refused) as refused:
            sign(book, "deputy-secretary", other, "li")
        assert refused.value.rule == "not-your-step"
        assert types(sign(book, "deputy-secretary", matching, "li")) == ["case.reviewed"]


@pytest.mark.parametrize(("lead", "unit"), [(None, "shi_gongdian"), ("qu_xiangqiao", "qu_xiangqiao")])
def test_once_signed_a_general_matter_is_handed_to_a_county_or_a_department(lead: str | None, unit: str) -> None:
    """003-28: 签批后，转相关县（区）、功能区或部门办理"""
    book = line(lead=lead)
    for step in STEPS[:-1]:
        assert handed(sign(book, *step)) == []
    assert handed(sign(book, *STEPS[-1])) == [(unit, "lead", "handle")]


def test_nobody_signs_two_steps_of_one_case() -> None:
    """003-28"""
    book = line()
    sign(book, *STEPS[0])
    with pytest.raises(Refused) as refused:
        sign(book, "secretary-general", "shi_mishuzhang", "li")
    assert refused.value.rule == "signed-before"


def test_a_refused_review_goes_back_to_the_office_which_submits_it_again_from_the_first_step() -> None:
    """003-27"""
    book = line()
    sign(book, *STEPS[0])
    assert types(sign(book, *STEPS[1], approved=False)) == ["case.reviewed"]
    assert domain.refused_by(book.case) == "secretary-general"
    with pytest.raises(Refused) as waits:
        sign(book, *STEPS[1])
    assert waits.value.rule == "refused-before"
    book.ask(domain.resubmit, domain.Resubmit, lead="shi_ziran", reason="the right unit is named now")
    for step in STEPS[:-1]:
        assert handed(sign(book, *step)) == []
    assert handed(sign(book, *STEPS[-1])) == [("shi_ziran", "lead", "handle")]


def test_there_is_nothing_to_submit_again_where_nobody_refused() -> None:
    """003-27"""
    with pytest.raises(Refused) as refused:
        line().ask(domain.resubmit, domain.Resubmit, reason="again")
    assert refused.value.rule == "nothing-refused"


def test_a_major_matter_goes_straight_to_a_meeting_with_the_mayor() -> None:
    """003-29"""
    book = line()
    sign(book, *STEPS[0])
    said = sign(book, *STEPS[1], to_session=True)
    assert types(said) == ["case.reviewed", "case.listed"]
    assert one(said, CaseListed).kind == "consultation"
    assert domain.keys(book.case)["waits_for"] == "session"


def test_only_the_step_that_may_sends_a_case_to_a_meeting() -> None:
    """003-29"""
    with pytest.raises(Refused) as refused:
        sign(line(), *STEPS[0], to_session=True)
    assert refused.value.field == "to_session"


def test_while_a_post_is_vacant_the_office_signs_and_somebody_is_told() -> None:
    """003-28: a step without a holder must not hold the case up"""
    review = Book(MAYOR_LINE).scheme.reviews[0].model_copy(update={"who": "nobody-now"})
    book = Book(MAYOR_LINE, reviews=(review,))
    assert one(book.accept(complexity="general"), RungVacant).fallback == "shi_zhengshu"
    assert handed(sign(book, "deputy-secretary", "shi_zhengshu", "chen")) == [("shi_gongdian", "lead", "handle")]


def test_a_step_for_some_classes_is_left_out_for_the_others_also_after_a_change_of_class() -> None:
    """003-28, §3.25"""
    review = Book(MAYOR_LINE).scheme.reviews[0].model_copy(update={"when": {"complexity": ("complex",)}})
    simple = Book(MAYOR_LINE, reviews=(review,))
    assert handed(simple.accept(complexity="general")) == [("shi_gongdian", "lead", "handle")]
    book = Book(MAYOR_LINE, reviews=(review,))
    assert book.accept(complexity="complex") == []
    said = book.ask(domain.reclassify, domain.Reclassify, complexity="general", reason="one unit can do it")
    assert types(said) == ["case.reclassified", "case.assigned"]
    assert one(said, CaseAssigned).complexity == "general"


def test_a_case_that_was_withdrawn_meanwhile_is_signed_by_nobody() -> None:
    """003-28"""
    book = line()
    book.hear(AppealWithdrawn)
    with pytest.raises(Refused) as refused:
        sign(book, *STEPS[0])
    assert refused.value.rule == "case-withdrawn"
