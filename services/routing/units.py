"""What the units do with what they were handed, and what their silence means."""

from collections.abc import Iterator

from contracts.events import (
    CaseAnswered,
    CaseProgressed,
    CaseRated,
    CaseReplied,
    CaseTaken,
    ClockMissed,
    Event,
    FinalDecisionMade,
    case_fact,
)
from contracts.record import Instant
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.routing.case import Case
from services.routing.commands import DecideFinally, Reply, Take, TellProgress
from services.routing.facts import handed_to, of_hand_over, recall_others, taken_by_working, workable


def miss(case: Case, event: ClockMissed, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """Silence counts as taking, where the scheme says so: not signing buys no time (§3.2)."""
    dispatch = case.dispatches.get(event.of)
    if event.clock in scheme.clocks_missed_with("deem-taken") and dispatch and dispatch.status == "offered":
        yield of_hand_over(CaseTaken, case, event, dispatch, now=now, deemed=True)


def ask_for_final_decision(case: Case, event: CaseRated, *, now: Instant) -> Iterator[Event]:
    """A 不满意 goes back to the lead unit, which talks with the enterprise and decides once and for all (001-44)."""
    if event.rating == "dissatisfied" and not case.over and case.final_answer is None:
        lead = case.lead()
        yield handed_to(
            case, event, lead.unit, now=now, scheme=event.scheme, rung=lead.rung, role="lead", task="final-decision"
        )


def take(case: Case, command: Take, *, now: Instant) -> Iterator[Event]:
    """The unit takes the case (001-21)."""
    dispatch = workable(case, command)
    if dispatch.status == "taken":
        raise Refused("already-taken", "this case counts as taken; work on it and reply")
    if dispatch.status == "disputed":
        raise Refused("objection-pending", "you objected to this case; wait for the administrator's decision")
    yield of_hand_over(CaseTaken, case, command, dispatch, now=now, deemed=False)


def tell_progress(case: Case, command: TellProgress, *, now: Instant) -> Iterator[Event]:
    """What has been done so far, for the enterprise to read (001-49)."""
    yield of_hand_over(CaseProgressed, case, command, workable(case, command), now=now)


def reply(case: Case, command: Reply, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The unit's handling opinion (001-23, 001-48). The lead's answers the enterprise and ends everybody's work."""
    dispatch = workable(case, command)
    if dispatch.task != "handle":
        raise Refused(
            "wants-final-decision", "the enterprise was not satisfied: talk with it and send the final decision"
        )
    if dispatch.status == "disputed":
        raise Refused("objection-pending", "you objected to this case; wait for the administrator's decision")
    if command.outcome not in scheme.outcomes:
        known = ", ".join(scheme.outcomes)
        raise Refused("unknown-outcome", f"the outcome must be one of {known}", field="outcome", status=422)
    yield from taken_by_working(case, command, dispatch, now=now)
    yield of_hand_over(CaseReplied, case, command, dispatch, now=now, role=dispatch.role, outcome=command.outcome)
    if dispatch.role == "lead":
        yield case_fact(
            CaseAnswered,
            by=command,
            case=case.case,
            scheme=case.scheme,
            at=now,
            unit=dispatch.unit,
            outcome=command.outcome,
        )
        yield from recall_others(case, command, dispatch, now=now, reason="answered")


def decide_finally(case: Case, command: DecideFinally, *, now: Instant) -> Iterator[Event]:
    """The lead's last decision after talking with the enterprise (001-44). There is no further round."""
    dispatch = workable(case, command)
    if dispatch.task != "final-decision":
        raise Refused("not-asked", "a final decision follows a rating 不满意; this case has none")
    yield of_hand_over(FinalDecisionMade, case, command, dispatch, now=now)
