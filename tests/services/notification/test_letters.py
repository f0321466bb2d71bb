"""What becomes of letters, as values: given these records, when this happens, then these facts."""

from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from contracts.events import (
    AppealFiled,
    AppealWithdrawn,
    CaseAssigned,
    CaseClosed,
    CaseRated,
    CaseRatedAgain,
    ClockMissed,
    Event,
    LetterDelivered,
    LetterFailed,
    LetterRefused,
    LetterSent,
    RatingInvited,
    SummaryDrafted,
)
from contracts.record import Record, derive_id
from libs.files import load_schemes
from libs.policy.refused import Refused
from libs.policy.shanghai import SHANGHAI
from services.notification import counters, domain
from services.notification.domain import Mail, Rules
from services.notification.letter import Letter, LetterCommand, Outcome

SCHEMES = load_schemes(Path("deploy/schemes"))
SCHEME = "chaozhou-direct-line@2021-11-08"
CASE = "ZT-7K3M9QXA2B4D6F8H"
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULES = Rules(
    quiet_from=time(21),
    quiet_until=time(8),
    cap=10,
    back_off=(MINUTE, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE),
    receipt_wait=timedelta(hours=72),
)


def fact(kind: type[Event], name: str = "", **fields: Any) -> Any:
    fields = {"case": CASE, **fields} if "case" in kind.model_fields else fields
    return kind(id=derive_id(kind.__name__, name), cause="", scheme=SCHEME, at=NOON, **fields)


FILED = fact(AppealFiled, channel="portal", scheme_hash="0" * 16)
INVITED = fact(RatingInvited)


def heard(*events: Record) -> Mail:
    mail = domain.empty(CASE)
    for event in events:
        mail = domain.evolve(mail, event, schemes=SCHEMES)
    return mail


def happens(mail: Mail, record: LetterCommand) -> tuple[Mail, list[Event]]:
    """The mail after it, and what is told of it."""
    said = domain.follow(mail, record, schemes=SCHEMES)
    for one in (record, *said):
        mail = domain.evolve(mail, one, schemes=SCHEMES)
    return mail, said


def only(mail: Mail) -> Letter:
    (letter,) = mail.letters.values()
    return letter


def attempted(mail: Mail, outcome: Outcome, now: datetime = NOON) -> tuple[Mail, list[Event]]:
    """One try of the only letter, and what came of it."""
    mail, _ = happens(mail, domain.reserve(only(mail), worker="me", now=now, rules=RULES))
    return happens(mail, domain.note_outcome(only(mail), outcome, "said-so", now=now, rules=RULES))


def receipt(mail: Mail, way: Any, delivered: bool, now: datetime = NOON) -> tuple[Mail, list[Event]]:
    return happens(mail, domain.report_receipt(only(mail).id, way, delivered, "said-so", by="provider", now=now))


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


# Which letters --------------------------------------------------------------------------------------------------------


def test_the_enterprise_gets_a_short_message_when_its_appeal_is_received() -> None:
    """001-26"""
    letter = only(heard(FILED))
    assert (letter.template, letter.audience, letter.by, letter.not_before) == ("receipt", "enterprise", ("sms",), NOON)


def test_the_unit_is_told_that_a_case_was_assigned_to_it() -> None:
    """001-26"""
    assigned = fact(CaseAssigned, unit="water_bureau", rung="department", role="lead", task="handle")
    letter = only(heard(assigned))
    assert (letter.template, letter.audience, letter.unit) == ("assigned", "unit", "water_bureau")


def test_an_event_after_which_the_scheme_writes_nothing_leaves_no_trace() -> None:
    assert heard(fact(ClockMissed, clock="rating", due=NOON)) == domain.empty(CASE)


def test_the_same_event_twice_is_one_letter() -> None:
    once = heard(FILED)
    sent, _ = attempted(once, "delivered")
    assert heard(FILED, FILED) == once
    assert domain.evolve(sent, FILED, schemes=SCHEMES) == sent


def test_any_order_of_the_same_events_leads_to_the_same_letters() -> None:
    events = [FILED, INVITED, fact(CaseRated, rating="satisfied"), fact(AppealWithdrawn)]
    assert all(heard(*order) == heard(*events) for order in permutations(events))


def test_a_letter_is_found_by_its_id_alone() -> None:
    assert domain.document_of(only(heard(FILED)).id) == CASE
    summary = fact(SummaryDrafted, month="2026-03", entries=4)
    assert domain.document_of(only(heard(summary)).id) == summary.key


# Ways -----------------------------------------------------------------------------------------------------------------


def test_an_invitation_goes_by_message_then_mail_then_call_and_then_fails() -> None:
    """001-41, §3.8"""
    mail, said = attempted(heard(INVITED), "sent")
    assert [(type(f), getattr(f, "way", "")) for f in said] == [(LetterSent, "sms")]
    mail, said = receipt(mail, "sms", False)
    assert (only(mail).way, only(mail).not_before, said) == ("email", NOON, [])
    mail, said = attempted(mail, "rejected")
    assert (only(mail).way, said) == ("call", [])
    mail, said = attempted(mail, "sent")
    assert [f.way for f in said if isinstance(f, LetterSent)] == ["call"]
    assert [letter.id for letter in mail.calls()] == [only(mail).id]
    mail, said = receipt(mail, "call", False)
    (failed,) = said
    assert isinstance(failed, LetterFailed)
    assert (failed.reason, failed.about, failed.template) == ("exhausted", INVITED.id, "rating-invitation")
    assert domain.keys(mail) == {"next_due": None, "calls_since": None, "undelivered": INVITED.at}


def test_sent_is_not_delivered() -> None:
    """Zammad #5428: only the receipt says that a letter arrived."""
    mail, said = attempted(heard(INVITED), "sent")
    assert not any(isinstance(f, LetterDelivered) for f in said)
    _, said = receipt(mail, "sms", True)
    (delivered,) = said
    assert isinstance(delivered, LetterDelivered)
    assert delivered.way == "sms"


def test_an_address_that_is_missing_makes_the_next_way_due_at_once() -> None:
    mail, said = happens(
        heard(INVITED), domain.note_outcome(only(heard(INVITED)), "rejected", "no-address", now=NOON, rules=RULES)
    )
    assert (only(mail).way, only(mail).not_before, only(mail).tried_by, said) == ("email", NOON, (), [])


def test_a_letter_without_receipt_is_taken_for_undelivered_after_three_days() -> None:
    mail, _ = attempted(heard(INVITED), "sent")
    assert domain.keys(mail)["next_due"] == NOON + timedelta(hours=72)
    assert domain.due(mail, NOON + timedelta(hours=71)) == []
    late = NOON + timedelta(hours=72)
    lapse = domain.report_receipt(only(mail).id, "sms", False, "no-receipt", by=domain.HERE, now=late)
    assert only(happens(mail, lapse)[0]).way == "email"


# Receipts -------------------------------------------------------------------------------------------------------------


def test_a_receipt_that_comes_twice_is_told_once() -> None:
    mail, _ = attempted(heard(INVITED), "sent")
    mail, _ = receipt(mail, "sms", True)
    again, said = receipt(mail, "sms", True)
    assert (again, said) == (mail, [])


def test_a_late_good_receipt_counts_even_after_the_letter_had_gone_on_or_failed() -> None:
    mail, _ = attempted(heard(INVITED), "sent")
    on_email, _ = receipt(mail, "sms", False)
    mail, said = receipt(on_email, "sms", True)
    assert [type(f) for f in said] == [LetterDelivered]
    assert domain.due(mail, NOON + timedelta(days=9)) == []
    filed, _ = attempted(heard(FILED), "sent")
    failed, _ = receipt(filed, "sms", False)
    assert only(failed).status == "failed"
    assert only(receipt(failed, "sms", True)[0]).status == "delivered"


def test_a_late_bad_receipt_does_not_stop_the_way_that_is_used_now() -> None:
    mail, _ = attempted(heard(INVITED), "sent")
    mail, _ = receipt(mail, "sms", False)
    mail, _ = attempted(mail, "sent")
    assert receipt(mail, "sms", False) == (mail, [])


def test_a_delivered_letter_stays_delivered_whatever_is_reported_later() -> None:
    mail, _ = attempted(heard(INVITED), "delivered")
    assert receipt(mail, "sms", False) == (mail, [])


def test_a_receipt_may_overtake_the_providers_own_answer() -> None:
    mail, _ = happens(heard(INVITED), domain.reserve(only(heard(INVITED)), worker="me", now=NOON, rules=RULES))
    reserved = only(mail)
    mail, said = receipt(mail, "sms", True)
    assert [type(f) for f in said] == [LetterSent, LetterDelivered]
    after, said = happens(mail, domain.note_outcome(reserved, "sent", "said-so", now=NOON, rules=RULES))
    assert (after, said) == (mail, [])


def test_a_receipt_for_an_unknown_letter_or_a_way_never_taken_is_refused() -> None:
    mail = heard(INVITED)
    unknown = domain.report_receipt(f"{CASE}:nobody", "sms", True, "said-so", by="provider", now=NOON)
    with pytest.raises(Refused) as refused:
        domain.follow(mail, unknown, schemes=SCHEMES)
    assert refused.value.status == 404
    with pytest.raises(Refused, match="never-sent"):
        receipt(mail, "email", True)


# Trying again ---------------------------------------------------------------------------------------------------------


def test_temporary_failures_are_tried_again_ever_later_and_then_by_the_next_way() -> None:
    mail, now, waits = heard(INVITED), NOON, []
    for outcome in ("unavailable", "unknown", "unavailable", "unknown"):
        mail, said = attempted(mail, outcome, now)
        assert said == []
        waits.append(only(mail).not_before - now)  # type: ignore[operator]
        now = only(mail).not_before or now
    assert waits == list(RULES.back_off)
    mail, _ = attempted(mail, "unavailable", now)
    assert (only(mail).way, only(mail).tries, only(mail).attempts, only(mail).not_before) == ("email", 0, 5, now)


def test_throttling_is_a_delay_and_never_a_failure() -> None:
    """Zammad #4432"""
    mail, now = heard(FILED), NOON
    for _ in range(20):
        mail, said = attempted(mail, "throttled", now)
        assert said == []
        now = only(mail).not_before or now
    assert (only(mail).status, only(mail).tries) == ("queued", 0)


def test_a_letter_is_reserved_before_it_leaves_and_looked_at_again_if_we_die_then() -> None:
    mail, said = happens(heard(FILED), domain.reserve(only(heard(FILED)), worker="me", now=NOON, rules=RULES))
    assert (only(mail).status, said, domain.due(mail, NOON)) == ("sending", [], [])
    assert domain.due(mail, NOON + MINUTE) == [only(mail)]
    again, said = attempted(mail, "sent", NOON + MINUTE)
    assert (only(again).attempts, len(said)) == (2, 1)


def test_two_processes_cannot_reserve_the_same_try() -> None:
    mail = heard(FILED)
    mine, theirs = (domain.reserve(only(mail), worker=name, now=NOON, rules=RULES) for name in ("me", "they"))
    assert mine.id != theirs.id
    reserved, _ = happens(mail, mine)
    with pytest.raises(Refused, match="moved-on"):
        domain.follow(reserved, theirs, schemes=SCHEMES)


def test_nobody_sends_what_was_settled_while_he_was_looking() -> None:
    mail, _ = attempted(heard(FILED), "delivered")
    stale = domain.reserve(only(mail).model_copy(update={"status": "queued"}), worker="me", now=NOON, rules=RULES)
    with pytest.raises(Refused, match="moved-on"):
        domain.follow(mail, stale, schemes=SCHEMES)


def test_the_late_failure_of_an_earlier_try_does_not_undo_a_letter_that_went_out() -> None:
    mail, _ = happens(heard(INVITED), domain.reserve(only(heard(INVITED)), worker="me", now=NOON, rules=RULES))
    first = only(mail)
    mail, _ = attempted(mail, "sent", NOON + MINUTE)
    assert happens(mail, domain.note_outcome(first, "unavailable", "slow", now=NOON, rules=RULES)) == (mail, [])


# What is never sent ---------------------------------------------------------------------------------------------------


def test_a_missing_variable_refuses_the_letter_and_says_which() -> None:
    """DIGIT CMS: no letter with a gap."""
    mail, said = happens(heard(INVITED), domain.refuse(only(heard(INVITED)), "link", now=NOON))
    (refused,) = said
    assert isinstance(refused, LetterRefused)
    assert (refused.missing, only(mail).status, domain.keys(mail)["next_due"]) == ("link", "refused", None)


def test_nobody_is_invited_any_more_once_the_case_is_rated() -> None:
    mail, _ = attempted(heard(INVITED), "sent")
    mail = domain.evolve(mail, fact(CaseRated, rating="satisfied"), schemes=SCHEMES)
    assert domain.due(mail, NOON + timedelta(days=9)) == []
    assert heard(FILED, fact(CaseRated, rating="satisfied")).waiting() == [only(heard(FILED))]


def test_after_rework_the_enterprise_is_invited_anew_until_it_has_judged_that_too() -> None:
    """§3.10, 002-22"""
    later = {"at": NOON + timedelta(days=3)}
    rated = fact(CaseRated, rating="dissatisfied")
    closed = fact(CaseClosed, outcome="called-back")
    invited = fact(RatingInvited, "again").model_copy(update=later)
    for order in permutations((INVITED, rated, closed, invited)):
        assert [letter.about for letter in heard(*order).waiting()] == [invited]
    again = fact(CaseRatedAgain, rating="satisfied").model_copy(update=later)
    assert heard(INVITED, rated, closed, invited, again).waiting() == []


def test_after_a_withdrawal_nothing_that_still_waits_is_sent() -> None:
    assert heard(fact(AppealWithdrawn), FILED, INVITED).waiting() == []


def test_a_call_that_nobody_needs_any_more_leaves_the_list() -> None:
    mail = heard(INVITED)
    for _ in ("sms", "email"):
        mail, _ = attempted(mail, "rejected")
    mail, _ = attempted(mail, "sent")
    assert domain.keys(mail)["calls_since"] == NOON
    rated = domain.evolve(mail, fact(CaseRated, rating="satisfied"), schemes=SCHEMES)
    assert (rated.calls(), domain.keys(rated)["calls_since"]) == ([], None)


def test_a_letter_about_no_case_is_followed_without_facts() -> None:
    mail, said = attempted(heard(fact(SummaryDrafted, month="2026-03", entries=4)), "delivered")
    assert (only(mail).status, said) == ("delivered", [])


# Night and daily cap --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (shanghai(2, 20, 59), None),
        (shanghai(2, 21), shanghai(3, 8)),
        (shanghai(2, 23, 59), shanghai(3, 8)),
        (shanghai(3, 0), shanghai(3, 8)),
        (shanghai(3, 7, 59), shanghai(3, 8)),
        (shanghai(3, 8), None),
    ],
)
def test_nobody_is_disturbed_between_nine_in_the_evening_and_eight(now: datetime, until: datetime | None) -> None:
    """§4, SMS providers' rules; over midnight, in Asia/Shanghai."""
    assert domain.quiet_until("sms", now, RULES) == until
    assert domain.quiet_until("call", now, RULES) == until
    assert domain.quiet_until("email", now, RULES) is None


def test_quiet_hours_may_also_lie_within_a_day() -> None:
    noon_rest = Rules(time(12), time(14), 10, RULES.back_off, RULES.receipt_wait)
    assert domain.quiet_until("sms", shanghai(2, 13), noon_rest) == shanghai(2, 14)
    assert domain.quiet_until("sms", shanghai(2, 14), noon_rest) is None
    assert domain.quiet_until("sms", shanghai(2, 11), noon_rest) is None


def test_a_letter_put_off_is_due_when_the_night_is_over() -> None:
    letter = only(heard(FILED))
    mail, said = happens(
        heard(FILED), domain.postpone(letter, "quiet-hours", now=NOON, until=shanghai(3, 8), rules=RULES)
    )
    assert (said, domain.keys(mail)["next_due"]) == ([], shanghai(3, 8))


def test_a_number_that_had_its_share_waits_for_the_next_morning() -> None:
    share = counters.empty("")
    letters = [only(heard(fact(AppealFiled, str(n), channel="portal", scheme_hash="0" * 16))) for n in range(10)]
    for letter in letters:
        counters.admit(share, cap=10)
        share = counters.evolve(share, counters.count_message(letter.id, now=NOON))
    with pytest.raises(Refused, match="daily-cap"):
        counters.admit(share, cap=10)
    assert domain.tomorrow(NOON, RULES) == shanghai(3, 8)
    assert counters.keys(share) == {"next_due": shanghai(3, 0)}


def test_a_number_is_counted_without_being_known() -> None:
    day = shanghai(2, 12).date()
    key = counters.share_of("13800138000", day, secret="s" * 32)
    assert "13800138000" not in key
    assert key == counters.share_of("13800138000", day, secret="s" * 32)
    others = [
        ("13800138001", day, "s" * 32),
        ("13800138000", day + timedelta(1), "s" * 32),
        ("13800138000", day, "t" * 32),
    ]
    assert key != counters.share_of("13800138000", day, of="codes", secret="s" * 32), "letters use up no codes"
    assert key not in {counters.share_of(phone, on, secret=secret) for phone, on, secret in others}
