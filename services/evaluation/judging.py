"""How the enterprise judges and what follows: invitations, silence, call-backs, rework, corrections, the close.

Regulation 001 二(十); 002 二(三); 003 一(二), 一(六); 000 五(四); decisions §3.7-3.10. Every number is invited to judge once
for each answer that ends a round; an enterprise that used two regulations has two numbers and judges each.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from contracts.events import (
    CaseCalledBack,
    CaseClosed,
    CaseRated,
    CaseRatedAgain,
    CaseReopened,
    CorrectionMade,
    CorrectionOpened,
    Event,
    InvitationDelivered,
    RatingInvited,
    case_fact,
)
from contracts.record import Record
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.evaluation.case import Case
from services.evaluation.commands import CallBack, MakeCorrection, Rate, RateAgain

Owed = Iterator[tuple[type[Any], dict[str, Any]]]


def invite(case: Case, by: Record, scheme: Scheme) -> Owed:
    """Whoever was answered is invited to judge, once in a round, where the scheme rates; who withdrew is not.
    001 二(十), 002-22"""
    if scheme.rating.levels and case.answered and not case.invited and not case.withdrawn and case.closed is None:
        yield RatingInvited, {}


def tell_delivery(case: Case, by: Record, scheme: Scheme) -> Owed:
    """The days to judge run from the invitation that arrived, by whichever way first. §3.8"""
    invitations = {letter.template for letter in scheme.letters if letter.after == "rating.invited.v1"}
    if (
        case.invited
        and not case.invitation_delivered
        and not case.withdrawn
        and invitations.intersection(case.delivered)
    ):
        yield InvitationDelivered, {}


def judge_silence(case: Case, by: Record, scheme: Scheme) -> Owed:
    """Silence of who was reached counts as satisfied and is called defaulted; who was never reached stays unrated.
    二(十), §3.7, §3.8"""
    if case.rating is None and (word := _silence(case, scheme)):
        yield CaseRated, {"rating": word, "unit": case.unit}


def _silence(case: Case, scheme: Scheme) -> str | None:
    if not case.invited or case.withdrawn:
        return None
    if case.missed(scheme.clocks_missed_with("default-satisfied")):
        return "defaulted"
    unrated = scheme.clocks_missed_with("close-unrated")
    if case.invitation_delivered:
        # That the letter was long on its way says nothing of who got it in the end.
        unrated = {name for name in unrated if "rating.invitation_delivered.v1" in scheme.clocks[name].from_}
    return "unrated" if case.missed(frozenset(unrated)) else None


def open_correction(case: Case, by: Record, scheme: Scheme) -> Owed:
    """A bad rating is an item to correct, for the unit that answered, once. 003-07"""
    if "correction" in scheme.rating.after_dissatisfied and case.word == "dissatisfied" and case.correction is None:
        yield CorrectionOpened, {"unit": case.unit}


def conclude(case: Case, by: Record, scheme: Scheme) -> Owed:
    """A judgement or call-back closes the case, or begins a round of rework while the scheme has one left.
    二(十), §3.9, 003-20"""
    if case.withdrawn or not case.answered:
        return
    again = case.round < scheme.rating.rework_rounds
    outcome = _outcome(case, scheme, again)
    # A bad word may also come after a call-back closed the case.
    if (case.called_back is False and again) or (outcome == "rework" and case.closed in (None, "called-back")):
        yield CaseReopened, {"round": case.round + 1}
    elif outcome and outcome != "rework" and case.closed is None:
        yield CaseClosed, {"outcome": outcome}


def _outcome(case: Case, scheme: Scheme, again: bool) -> str | None:
    """How the case ends now, or `rework`; None while something is still to come."""
    after = scheme.rating.after_dissatisfied
    call_back = scheme.rating.call_back
    word = case.word or _silence(case, scheme)
    called = {None: None, True: "called-back", False: "dissatisfied"}[case.called_back]
    if case.word is None and called and call_back is not None and call_back.closes:
        return called
    if word != "dissatisfied":
        return word
    if "final-decision" in after:
        return "finally-decided" if case.finally_decided else None
    if "rework" in after and again:
        return "rework"
    if _calls_after_bad_word(scheme):
        return called
    return "dissatisfied"


def _calls_after_bad_word(scheme: Scheme) -> bool:
    call_back = scheme.rating.call_back
    return "call-back" in scheme.rating.after_dissatisfied or (
        call_back is not None and call_back.when == "dissatisfied"
    )


def owes_file(case: Case, scheme: Scheme) -> bool:
    """Whether a bad word opens an inspection file under this scheme. 002-25"""
    return case.file_owed_at is not None and "inspection-file" in scheme.rating.after_dissatisfied


def call_back_due(case: Case, scheme: Scheme) -> bool:
    """Whether the enterprise is to be called back in this round: after each answer, after a bad word, or because a
    sample drew the case. 000-36, 002-24, 003-20, 003-41"""
    if case.withdrawn or not case.answered or case.called_back is not None:
        return False
    if case.sample is not None:
        return True
    rule = scheme.rating.call_back
    if rule is None:
        return False
    return rule.when == "answered" or (case.word == "dissatisfied" and _calls_after_bad_word(scheme))


def rate(case: Case, command: Rate, *, now: datetime, scheme: Scheme) -> list[Event]:
    """The enterprise's judgement. Raises `Refused` before the answer, after a judgement, its default or a withdrawal,
    for a word that the scheme does not have, and for a way it does not offer."""
    if case.withdrawn:
        raise Refused("withdrawn", "the appeal was withdrawn, so there is nothing to rate")
    counts_as, level = _counted(command, scheme)
    if not case.answered:
        raise Refused("not-answered", "the appeal is not answered yet; rate it once the answer is there")
    if case.rating in ("defaulted", "unrated"):
        raise Refused("rating-late", "the days for rating are over and the case is closed")
    if case.rating is not None:
        raise Refused("already-rated", "this case is rated; a rating is given once")
    return [_fact(CaseRated, case, command, scheme, now, rating=counts_as, level=level, unit=case.unit)]


def rate_again(case: Case, command: RateAgain, *, now: datetime, scheme: Scheme) -> list[Event]:
    """How the enterprise judges the final decision, or the rework, once each; the first rating stays. Raises `Refused`
    when neither was there. §3.10"""
    counts_as, _ = _counted(command, scheme)
    decided = case.closed == "finally-decided"
    reworked = case.round > 0 and case.answered and case.closed is None and case.rating is not None
    if not decided and not reworked:
        raise Refused("no-final-decision", "a second rating follows a final decision or a rework, and there is none")
    if (decided and case.rated_again is not None) or (reworked and case.word is not None):
        raise Refused("already-rated", "this case is rated a second time; there is no third")
    return [_fact(CaseRatedAgain, case, command, scheme, now, rating=counts_as, unit=case.unit)]


def _counted(command: Rate | RateAgain, scheme: Scheme) -> tuple[str, str | None]:
    """What the word counts as, and the word of the finer scale where the scheme has one. 003-06"""
    rule = scheme.rating
    if not rule.levels:
        raise Refused("not-rated", "under this regulation nothing is rated; the enterprise is called back")
    if command.way not in rule.ways:
        ways = ", ".join(rule.ways)
        raise Refused("no-such-way", f"there is no rating by {command.way}; there is {ways}", field="way", status=422)
    word = command.rating
    if word not in (rule.scale or rule.levels):
        words = ", ".join(rule.scale or rule.levels)
        raise Refused("unknown-word", f"say one of {words}", field="rating", status=422)
    return (rule.scale[word].counts_as, word) if rule.scale else (word, None)


def call_back(case: Case, command: CallBack, *, now: datetime, scheme: Scheme) -> list[Event]:
    """Somebody called the enterprise back. Raises `Refused` when none is due, by a way the scheme does not have, and
    for a unit, unless the scheme has the solver call back and it is the solver. 000-36, 002-24, 003-20"""
    rule = scheme.rating.call_back
    if command.unit is not None and command.unit != case.unit:
        raise Refused("no-such-case", "there is no such case for you", status=404)
    if command.unit is not None and (case.sample is not None or not (rule and rule.solver)):
        raise Refused("own-case", "whoever handled a case does not call back about it", status=403)
    if not call_back_due(case, scheme):
        raise Refused("no-call-back-due", "nobody is to be called back about this case now")
    if rule and case.sample is None and command.way not in rule.by:
        raise Refused("no-such-way", f"call back by {' or '.join(rule.by)}", field="way", status=422)
    return [_fact(CaseCalledBack, case, command, scheme, now, way=command.way, solved=command.solved)]


def make_correction(case: Case, command: MakeCorrection, *, now: datetime, scheme: Scheme) -> list[Event]:
    """The unit that answered, or the office, shows what was corrected. Raises `Refused` where nothing is open. 003-07"""
    item = case.correction
    if item is None or (command.unit is not None and command.unit != item.unit):
        raise Refused("no-such-case", "there is no correction of this case for you", status=404)
    if item.ended_at is not None:
        raise Refused("already-corrected", "what this rating was about is corrected")
    return [_fact(CorrectionMade, case, command, scheme, now, unit=item.unit)]


def _fact(kind: type[Any], case: Case, by: Record, scheme: Scheme, now: datetime, **fields: Any) -> Any:
    return case_fact(kind, by=by, case=case.case, scheme=scheme.ref, at=now, **fields)
