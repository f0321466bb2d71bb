"""Evaluation: given what was heard, said and asked, when this comes, then these facts follow."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import (
    AppealWithdrawn,
    CaseAnswered,
    CaseAssigned,
    CaseEvent,
    ClockMissed,
    ClockStopped,
    Event,
    FinalDecisionMade,
    LetterDelivered,
    LetterFailed,
    LetterRefused,
)
from contracts.record import Record, derive_id
from libs.files import load_schemes
from libs.policy.refused import Refused
from services.evaluation.commands import Rate, RateAgain
from services.evaluation.domain import Case, empty, evolve, follows, keys, with_consequences
from services.evaluation.judging import rate, rate_again

SCHEME = load_schemes(Path("deploy/schemes"))["chaozhou-direct-line@2021-11-08"]
CASE = "ZT-7K3M9QXA2B4D6F8H"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HEARD = START + timedelta(days=60)


def fact(kind: type[CaseEvent], *, day: int = 0, **fields: Any) -> Any:
    name = kind.model_fields["type"].default
    return kind(
        id=derive_id("test", name, str(sorted(fields.items()))),
        cause="test",
        case=CASE,
        scheme=SCHEME.ref,
        at=START + timedelta(days=day),
        **fields,
    )


def clock(kind: type[CaseEvent], name: str, of: str = "", **fields: Any) -> Any:
    return fact(kind, clock=name, of=of, subject=f"{name}:{of}" if of else name, unit="shi_gongdian", **fields)


def missed(name: str, of: str = "", *, day: int = 20) -> ClockMissed:
    return clock(ClockMissed, name, of, due=START + timedelta(days=day), day=day)


def letter(kind: type[CaseEvent], template: str, **fields: Any) -> Any:
    return fact(kind, subject=template, template=template, audience="enterprise", about="test", **fields)


ANSWERED: CaseAnswered = fact(CaseAnswered, unit="shi_gongdian", outcome="solved", day=5)
WITHDRAWN: AppealWithdrawn = fact(AppealWithdrawn, day=6)
FINAL: FinalDecisionMade = fact(FinalDecisionMade, unit="shi_gongdian", subject="d2", day=12)
DELIVERED: LetterDelivered = letter(LetterDelivered, "rating-invitation", way="sms", day=6)
BY_EMAIL_TOO: LetterDelivered = letter(LetterDelivered, "rating-invitation", way="email", day=7)
SILENT = missed("rating", day=12)
UNREACHED = missed("reach", day=30)
LATE_REPLY = missed("reply", "d1", day=14)
REPLIED_LATE: ClockStopped = clock(ClockStopped, "reply", "d1", outcome="late", day=16)
ASSIGNED: CaseAssigned = fact(
    CaseAssigned, subject="d1", unit="shi_gongdian", rung="department", role="lead", task="handle"
)


def rating(word: str, id: str = "r1") -> Rate:
    return Rate(id=id, at=START + timedelta(days=8), by="enterprise", rating=word)  # type: ignore[arg-type]


def again(word: str, id: str = "r2") -> RateAgain:
    return RateAgain(id=id, at=START + timedelta(days=15), by="enterprise", rating=word)  # type: ignore[arg-type]


def decide(case: Case, record: Record) -> list[Event]:
    now = HEARD
    if isinstance(record, Rate):
        return with_consequences(rate, case, record, now=now, scheme=SCHEME)
    if isinstance(record, RateAgain):
        return with_consequences(rate_again, case, record, now=now, scheme=SCHEME)
    return follows(case, record, now=now, scheme=SCHEME)


def live(*records: Record) -> tuple[Case, list[Event]]:
    """The case after these records, as the store folds it, and everything that was said."""
    case, said = empty(CASE), list[Event]()
    known: set[str] = set()
    for record in records:
        if record.id in known:
            continue
        known.add(record.id)
        facts = decide(case, record)
        for each in [record, *facts]:
            case = evolve(case, each)
        said += facts
    return Case.model_validate(case.model_dump(mode="json")), said


def names(said: Iterable[Event]) -> list[str]:
    return [f"{event.type.removesuffix('.v1')}{_of(event)}" for event in said]


def _of(event: Event) -> str:
    word = getattr(event, "rating", None) or getattr(event, "outcome", None)
    return f"({word})" if word else ""


# --- the invitation -----------------------------------------------------------------------------------------------------


def test_whoever_was_answered_is_invited_to_rate() -> None:
    """001-41"""
    assert names(live(ANSWERED)[1]) == ["rating.invited"]


def test_the_days_to_rate_run_from_the_first_invitation_that_arrives() -> None:
    """001-41, §3.8"""
    assert names(live(ANSWERED, DELIVERED, BY_EMAIL_TOO)[1]) == ["rating.invited", "rating.invitation_delivered"]


def test_any_other_letter_that_arrives_starts_nothing() -> None:
    other = letter(LetterDelivered, "answered", way="sms")
    assert names(live(ANSWERED, other)[1]) == ["rating.invited"]


def test_an_invitation_delivered_before_the_answer_is_heard_is_not_forgotten() -> None:
    assert names(live(DELIVERED, ANSWERED)[1]) == ["rating.invited", "rating.invitation_delivered"]


# --- judging ------------------------------------------------------------------------------------------------------------


def test_satisfied_closes_the_case_at_once() -> None:
    """001-42"""
    assert names(live(ANSWERED, rating("satisfied"))[1])[1:] == ["case.rated(satisfied)", "case.closed(satisfied)"]


def test_silence_for_the_days_to_rate_is_defaulted_and_never_an_explicit_satisfied() -> None:
    """001-43, §3.7"""
    said = names(live(ANSWERED, DELIVERED, SILENT)[1])
    assert said[2:] == ["case.rated(defaulted)", "case.closed(defaulted)"]


def test_who_could_not_be_reached_at_all_is_unrated_never_satisfied() -> None:
    """§3.8"""
    assert names(live(ANSWERED, UNREACHED)[1])[1:] == ["case.rated(unrated)", "case.closed(unrated)"]


def test_who_was_reached_is_not_closed_as_unrated() -> None:
    """§3.8"""
    case, _ = live(ANSWERED, DELIVERED, UNREACHED)
    assert case.rating is None


def test_dissatisfied_closes_nothing_until_the_final_decision() -> None:
    """001-44, §3.9"""
    assert names(live(ANSWERED, rating("dissatisfied"))[1])[1:] == ["case.rated(dissatisfied)"]
    said = names(live(ANSWERED, rating("dissatisfied"), FINAL)[1])
    assert said[1:] == ["case.rated(dissatisfied)", "case.closed(finally-decided)"]


def test_a_final_decision_heard_before_the_rating_closes_with_the_rating() -> None:
    said = names(live(ANSWERED, FINAL, rating("dissatisfied"))[1])
    assert said[1:] == ["case.rated(dissatisfied)", "case.closed(finally-decided)"]


def test_silence_after_dissatisfied_changes_nothing() -> None:
    case, _ = live(ANSWERED, DELIVERED, rating("dissatisfied"), SILENT)
    assert (case.rating, case.closed) == ("dissatisfied", None)


@pytest.mark.parametrize(
    ("before", "rule"),
    [
        ([DELIVERED], "not-answered"),
        ([ANSWERED, rating("satisfied")], "already-rated"),
        ([ANSWERED, rating("dissatisfied")], "already-rated"),
        ([ANSWERED, DELIVERED, SILENT], "rating-late"),
        ([ANSWERED, UNREACHED], "rating-late"),
        ([ANSWERED, WITHDRAWN], "withdrawn"),
    ],
)
def test_a_rating_that_cannot_count_is_refused_with_its_rule(before: list[Record], rule: str) -> None:
    case, _ = live(*before)
    with pytest.raises(Refused) as refused:
        decide(case, rating("dissatisfied", id="another"))
    assert (refused.value.rule, refused.value.status) == (rule, 409)


def test_after_the_final_decision_the_enterprise_judges_once_more_beside_the_first_rating() -> None:
    """§3.10"""
    case, said = live(ANSWERED, rating("dissatisfied"), FINAL, again("satisfied"))
    assert names(said)[-1] == "case.rated_again(satisfied)"
    assert (case.rating, case.rated_again, case.closed) == ("dissatisfied", "satisfied", "finally-decided")


@pytest.mark.parametrize(
    ("before", "rule"),
    [
        ([ANSWERED, rating("satisfied")], "no-final-decision"),
        ([ANSWERED, rating("dissatisfied")], "no-final-decision"),
        ([ANSWERED, rating("dissatisfied"), FINAL, again("satisfied")], "already-rated"),
    ],
)
def test_a_second_judgement_needs_a_final_decision_and_is_given_once(before: list[Record], rule: str) -> None:
    case, _ = live(*before)
    with pytest.raises(Refused) as refused:
        decide(case, again("satisfied", id="another"))
    assert refused.value.rule == rule


# --- withdrawal ---------------------------------------------------------------------------------------------------------


@given(st.permutations([ANSWERED, DELIVERED, BY_EMAIL_TOO, SILENT, UNREACHED, FINAL]))
def test_once_withdrawn_nothing_is_invited_rated_or_closed(order: list[Record]) -> None:
    assert live(WITHDRAWN, *order)[1] == []


def test_a_withdrawal_ends_a_pending_rating() -> None:
    case, said = live(ANSWERED, DELIVERED, WITHDRAWN, SILENT)
    assert names(said) == ["rating.invited", "rating.invitation_delivered"]
    assert case.closed is None


# --- supervision --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rung", "registered"), [("county", True), ("department", True), ("session", False)])
def test_what_goes_to_a_county_or_department_is_registered_at_the_transfer(rung: str, registered: bool) -> None:
    """001-40, 001-36"""
    handed: CaseAssigned = fact(CaseAssigned, subject="d1", unit="shi_gongdian", rung=rung, role="lead", task="handle")
    _, said = live(handed)
    assert names(said) == (["supervision.registered"] if registered else [])
    assert all((event.subject, event.unit) == ("d1", "shi_gongdian") for event in said)  # type: ignore[attr-defined]


def test_a_missed_limit_is_an_open_item_until_it_is_made_good() -> None:
    """001-39, 001-51"""
    case, said = live(LATE_REPLY)
    assert names(said) == ["supervision.opened"]
    assert [(subject, item.due) for subject, item in case.supervised] == [("reply:d1", LATE_REPLY.due)]
    case, said = live(LATE_REPLY, REPLIED_LATE)
    assert names(said) == ["supervision.opened", "supervision.closed"]
    assert case.supervised == []


@pytest.mark.parametrize("outcome", ["met", "late", "void"])
def test_however_a_limit_ends_its_item_is_closed(outcome: str) -> None:
    """001-39"""
    assert live(LATE_REPLY, clock(ClockStopped, "reply", "d1", outcome=outcome))[0].supervised == []


def test_a_stop_heard_before_its_miss_leaves_nothing_open() -> None:
    case, said = live(REPLIED_LATE, LATE_REPLY)
    assert names(said) == ["supervision.opened", "supervision.closed"]
    assert case.supervised == []


def test_a_limit_met_in_time_or_one_that_nobody_supervises_opens_no_item() -> None:
    assert live(clock(ClockStopped, "reply", "d1", outcome="met"), missed("objection", "d1"))[1] == []


def test_the_oldest_open_item_decides_where_a_case_stands_in_the_list() -> None:
    """001-51"""
    case, _ = live(missed("reply", "d2", day=20), LATE_REPLY, missed("acceptance", "d3", day=17))
    assert keys(case)["supervised_since"] == LATE_REPLY.due
    assert [subject for subject, _ in case.supervised] == ["reply:d1", "acceptance:d3", "reply:d2"]
    assert not any(keys(empty(CASE)).values())


# --- alarms -------------------------------------------------------------------------------------------------------------


def test_a_letter_nobody_got_is_kept_as_an_alarm_and_changes_nothing_else() -> None:
    """§4: one missing variable refuses the letter and raises an alarm"""
    failed: LetterFailed = letter(LetterFailed, "answered", reason="unreachable", day=3)
    refused: LetterRefused = letter(LetterRefused, "accepted", missing="unit-name", day=4)
    case, said = live(failed, refused)
    assert said == []
    assert [(t.kind, t.letter, t.reason) for t in case.troubles.values()] == [
        ("failed", "answered", "unreachable"),
        ("refused", "accepted", "unit-name"),
    ]
    assert keys(case)["alarmed_at"] == refused.at


# --- any order, any repetition --------------------------------------------------------------------------------------------

AROUND = [
    ASSIGNED,
    LATE_REPLY,
    REPLIED_LATE,
    missed("acceptance", "d1", day=1),
    letter(LetterFailed, "progressed", reason="unreachable"),
    letter(LetterRefused, "accepted", missing="unit-name"),
    letter(LetterDelivered, "receipt", way="sms"),
]
LIVES = {
    "defaulted": [ANSWERED, DELIVERED, SILENT],
    "unrated": [ANSWERED, UNREACHED],
    "answered, not judged yet": [ANSWERED, DELIVERED, BY_EMAIL_TOO],
}


@given(data=st.data())
@pytest.mark.parametrize("life", LIVES)
def test_any_order_of_the_same_events_ends_in_the_same_state(life: str, data: st.DataObject) -> None:
    straight = [*AROUND, *LIVES[life]]
    shuffled = data.draw(st.permutations(straight + straight[::2]))
    case, said = live(*straight)
    other_case, other_said = live(*shuffled)
    assert other_case == case
    assert sorted(names(other_said)) == sorted(names(said))


@given(data=st.data(), word=st.sampled_from(["satisfied", "dissatisfied"]))
def test_whatever_comes_around_a_judgement_it_stands(data: st.DataObject, word: str) -> None:
    straight = [*AROUND, DELIVERED, BY_EMAIL_TOO, FINAL, rating(word)]
    order = data.draw(st.permutations(straight))
    assert live(ANSWERED, *order)[0] == live(ANSWERED, *straight)[0]


def test_facts_carry_codes_and_ids_but_no_words() -> None:
    _, said = live(ASSIGNED, LATE_REPLY, ANSWERED, DELIVERED, rating("dissatisfied"), FINAL, again("dissatisfied"))
    assert all(event.model_dump_json().isascii() for event in said)
