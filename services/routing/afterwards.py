"""What follows when the enterprise has been answered, and what the office changes on the way."""

from collections.abc import Iterator

from contracts.events import (
    AppealDoubted,
    CaseRated,
    CaseReclassified,
    CaseReopened,
    CaseStruckOff,
    Event,
)
from contracts.record import Instant
from libs.policy.refused import Refused
from services.routing.case import Case
from services.routing.commands import Reclassify, StrikeOff
from services.routing.evolving import evolve
from services.routing.facts import Terms, about, fits_several, handed_to, still_open
from services.routing.handing_over import hand_over
from services.routing.reviews import next_review, refused_by


def ask_for_final_decision(case: Case, event: CaseRated, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """A 不满意 goes back to the lead unit, which talks with the enterprise and decides once and for all (001-44)."""
    if "final-decision" not in terms.scheme.rating.after_dissatisfied or event.rating != "dissatisfied":
        return
    lead = case.answering()
    if lead is not None and not case.over and case.final_answer is None:
        yield handed_to(case, event, lead.unit, now=now, rung=lead.rung, task="final-decision")


def rework(case: Case, event: CaseReopened, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """A bad word or a call-back reopened the case: who answered works on it again (003-20)."""
    lead = case.answering()
    if lead is not None and not evolve(case, event).over and not case.open_dispatches():
        yield handed_to(case, event, lead.unit, now=now, rung=lead.rung, task="rework")


def go_on_tracking(case: Case, event: AppealDoubted, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The answered enterprise still has doubts: who answered continues, as far as the matter is in its power (000-24)."""
    lead = case.answering()
    doubts = terms.scheme.decisions is not None and terms.scheme.decisions.doubts
    if doubts and lead is not None and not case.over and not case.open_dispatches():
        yield handed_to(case, event, lead.unit, now=now, rung=lead.rung)


def strike_off(case: Case, command: StrikeOff, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The office strikes a matter off the problem list when it is solved (002-21)."""
    if case.plan is None or case.plan.struck_off:
        raise Refused("not-listed", "this case is not on the problem list")
    if case.answered_by is None and not case.over:
        raise Refused("not-solved", "it is followed until the unit that leads has answered it")
    yield about(CaseStruckOff, case, command, now=now)


def reclassify(case: Case, command: Reclassify, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The case is simpler or more complex than it was taken for; its limits count anew from the hand-over (§3.25)."""
    still_open(case)
    if not case.accepted:
        raise Refused("not-accepted", "only an accepted appeal has a class")
    if case.answered_by is not None and not case.open_dispatches():
        raise Refused("answered-before", "the enterprise has been answered; its class changes no more")
    if command.complexity not in terms.scheme.complexities:
        classes = ", ".join(terms.scheme.complexities) or "none"
        raise Refused("unknown-class", f"the classes are {classes}", field="complexity", status=422)
    if command.complexity == case.complexity:
        raise Refused("same-class", "this is its class already", field="complexity")
    if any(dispatch.role == "co-handler" for dispatch in case.open_dispatches()):
        fits_several(terms.scheme, command.complexity)
    yield about(CaseReclassified, case, command, now=now, complexity=command.complexity)
    changed = case.model_copy(update={"complexity": command.complexity})
    if not case.handed_over and refused_by(case) is None and next_review(changed, terms) is None:
        yield from hand_over(changed, command, now=now, terms=terms)
