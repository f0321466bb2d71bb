"""How an appeal comes in, is verified, supplemented, doubted and taken back.

Regulation 001 二(二), 二(三); 000 三, 五; 002 二(一); 003 一(一), 一(八), 二(十二); decisions §3.6, §3.15, §3.24.
"""

from collections.abc import Iterator
from datetime import timedelta

from contracts.events import (
    AppealDoubted,
    AppealFiled,
    AppealLinked,
    AppealMismatched,
    AppealRepeated,
    AppealReturned,
    AppealSupplemented,
    AppealVerified,
    AppealWithdrawn,
    ClockMissed,
    Event,
    TransferAnswered,
    case_fact,
)
from contracts.record import Instant
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.intake.appeal import Appeal, scheme_name
from services.intake.commands import (
    AnswerTransfer,
    Doubt,
    FileAppeal,
    GiveSupplement,
    MatchRegistry,
    ReviewEnterprise,
    Withdraw,
)
from services.intake.grounds import fact, still_open, unknown

LINKED = 3
"""With so many of the same enterprise's like appeals a new one is linked."""


def file_appeal(appeal: Appeal, command: FileAppeal, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """An appeal comes in through a channel of the scheme (001-12…14, 000-11, 002-04…11). Where somebody types, they are
    named; what another level of government hands over carries its number there (000-08)."""
    if appeal.filed:
        raise Refused("already-filed", "this receipt number is taken by another filing; send a new key")
    if command.channel not in scheme.channels:
        unknown("channel", command.channel, scheme.channels)
    channel = scheme.channels[command.channel]
    if channel.entered_by and not command.entered_by and command.origin is None:
        raise Refused(
            "entered-by",
            f"who typed an appeal is recorded for the channel {command.channel}",
            field="entered_by",
            status=422,
        )
    if channel.kind == "transfer" and not command.upstream and command.origin is None:
        raise Refused(
            "upstream",
            f"what comes through {command.channel} has a number there; give it, so that it can be followed",
            field="upstream",
            status=422,
        )
    known = command.dossier.category
    if known is not None and known not in scheme.categories:
        unknown("category", known, scheme.categories)
    yield case_fact(
        AppealFiled,
        by=command, case=appeal.case, scheme=scheme.ref, at=now, channel=command.channel, scheme_hash=scheme.hash,
        origin=command.origin, receiver=command.receiver, urgent=command.urgent,
    )  # fmt: skip
    yield from _brought_before(appeal, command, now=now, scheme=scheme)


def _brought_before(appeal: Appeal, command: FileAppeal, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The same matter again is linked with the latest of those before it, which are linked in their turn, and at the
    scheme's own count said to be repeated; what another level of government has is linked only, never merged or counted
    (§3.15)."""
    for earlier in command.earlier[-LINKED:]:
        yield case_fact(
            AppealLinked,
            by=command, case=appeal.case, scheme=scheme.ref, at=now, subject=earlier.case, to=earlier.case,
        )  # fmt: skip
    if scheme.repeats is None:
        return
    since = now - timedelta(days=scheme.repeats.days)
    same = [e for e in command.earlier if e.counts and scheme_name(e.scheme) == scheme.scheme and e.filed_at >= since]
    if len(same) + 1 >= scheme.repeats.times:
        first = min(same, key=lambda e: (e.filed_at, e.case))
        yield case_fact(
            AppealRepeated,
            by=command, case=appeal.case, scheme=scheme.ref, at=now, first=first.case, times=len(same) + 1,
        )  # fmt: skip


def match_registry(appeal: Appeal, command: MatchRegistry, *, now: Instant) -> Iterator[Event]:
    """The registry knows the enterprise, or a second review is due (001-15, 001-16)."""
    if appeal.matched or appeal.over:
        return
    if command.registered_in is not None:
        yield fact(AppealVerified, appeal, command, now=now, through="registry")
    else:
        yield fact(AppealMismatched, appeal, command, now=now)


def review_enterprise(appeal: Appeal, command: ReviewEnterprise, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """市市场监督管理局 verifies what the registry did not match, or the appeal goes back (001-16)."""
    still_open(appeal)
    if not appeal.mismatched or appeal.verified:
        raise Refused("nothing-to-review", "this enterprise needs no second review")
    if command.matches:
        if command.registered_in is None:
            raise Refused("registered-in", "say where it is registered", field="registered_in", status=422)
        yield fact(AppealVerified, appeal, command, now=now, through="second-review")
    else:
        yield fact(AppealReturned, appeal, command, now=now, reason=scheme.eligibility.unverified)


def give_supplement(appeal: Appeal, command: GiveSupplement, *, now: Instant) -> Iterator[Event]:
    """The enterprise sends what it was asked for."""
    still_open(appeal)
    if appeal.supplement_wanted is None:
        raise Refused("no-supplement-asked", "nothing is asked for; file a new appeal for a new matter")
    yield fact(AppealSupplemented, appeal, command, now=now)


def return_unsupplemented(appeal: Appeal, event: ClockMissed, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """What was asked for did not come in time (§3.24)."""
    asked_for = event.clock in scheme.clocks_missed_with("return-unsupplemented")
    if asked_for and appeal.supplement_wanted is not None and not appeal.over:
        yield fact(AppealReturned, appeal, event, now=now, reason=scheme.eligibility.unsupplemented)


def withdraw(appeal: Appeal, command: Withdraw, *, now: Instant) -> Iterator[Event]:
    """The enterprise may withdraw at any time until its case is closed."""
    still_open(appeal)
    yield fact(AppealWithdrawn, appeal, command, now=now)


def doubt(appeal: Appeal, command: Doubt, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """Who still has doubts about the answer is worked for further, until the case is closed (000-24)."""
    still_open(appeal)
    if scheme.decisions is None or not scheme.decisions.doubts:
        raise Refused("no-doubts-here", f"{scheme.title.zh} has its own way to judge an answer; use its rating")
    if not appeal.stands_answered:
        raise Refused("not-answered", "there is no answer yet that could be doubted; wait for it")
    yield fact(AppealDoubted, appeal, command, now=now)


def answer_transfer(appeal: Appeal, command: AnswerTransfer, *, now: Instant) -> Iterator[Event]:
    """The other level of government is done with what was handed to it (000-18, 002-17)."""
    if appeal.filed and not appeal.withdrawn:
        yield fact(
            TransferAnswered, appeal, command, now=now,
            subject=command.answered_as, answered_as=command.answered_as, outcome=command.outcome,
        )  # fmt: skip
