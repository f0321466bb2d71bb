"""What follows in a case from a fact that routing hears."""

from collections.abc import Iterator

from contracts.events import (
    AppealAccepted,
    AppealDoubted,
    AppealWithdrawn,
    CaseRated,
    CaseReopened,
    ClockMissed,
    Event,
    TransferAnswered,
)
from contracts.record import Instant
from libs.policy.scheme import Scheme
from services.routing.afterwards import ask_for_final_decision, go_on_tracking, rework
from services.routing.case import Case
from services.routing.facts import Terms
from services.routing.handing_over import accept, withdraw
from services.routing.ladder import climb_by_time
from services.routing.transfers import answer_passed_on
from services.routing.units import deem_taken


def follows(case: Case, event: Event, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The facts that a fact leads to; none for those that are only kept and shown."""
    match event:
        case AppealAccepted():
            yield from accept(case, event, now=now, terms=terms)
        case AppealWithdrawn():
            yield from withdraw(case, event, now=now)
        case AppealDoubted():
            yield from go_on_tracking(case, event, now=now, terms=terms)
        case TransferAnswered():
            yield from answer_passed_on(case, event, now=now, terms=terms)
        case ClockMissed():
            yield from deem_taken(case, event, now=now, terms=terms)
            yield from climb_by_time(case, event, now=now, terms=terms)
        case CaseRated():
            yield from ask_for_final_decision(case, event, now=now, terms=terms)
        case CaseReopened():
            yield from rework(case, event, now=now, terms=terms)
        case _:
            return


def followed_clocks(scheme: Scheme) -> frozenset[str]:
    """The limits of hand-overs that a rule or a queue here goes by: to object, to extend, to answer."""
    named = {scheme.disputes.clock} if scheme.disputes else set[str]()
    extendable = set(scheme.extension.clocks) if scheme.extension else set[str]()
    answering = {
        name
        for name, clock in scheme.clocks.items()
        if "case.assigned.v1" in clock.from_ and "case.replied.v1" in clock.until
    }
    return frozenset(named | extendable | answering)
