"""What the units do with what they were handed, and what their silence means."""

from collections.abc import Iterator

from contracts.events import (
    CaseAnswered,
    CasePlanFixed,
    CaseProgressed,
    CaseReplied,
    CaseReported,
    CaseTaken,
    ClockMissed,
    Event,
    FinalDecisionMade,
)
from contracts.record import Instant
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.routing.case import Case, Dispatch, owes_report
from services.routing.commands import DecideFinally, FixPlan, Involve, Reply, Report, Take, TellProgress
from services.routing.facts import (
    Terms,
    about,
    fits_several,
    handed_to,
    known,
    of_hand_over,
    recall_open,
    taken_by_working,
    undisputed,
    workable,
)


def take(case: Case, command: Take, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The unit takes the case (001-21)."""
    dispatch = workable(case, command)
    if dispatch.status == "taken":
        raise Refused("already-taken", "this case counts as taken; work on it and reply")
    undisputed(dispatch)
    yield of_hand_over(CaseTaken, case, command, dispatch, now=now, deemed=False)


def deem_taken(case: Case, event: ClockMissed, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """Silence counts as taking, where the scheme says so: not signing buys no time (§3.2)."""
    dispatch = case.dispatches.get(event.of)
    if event.clock in terms.scheme.clocks_missed_with("deem-taken") and dispatch and dispatch.status == "offered":
        yield of_hand_over(CaseTaken, case, event, dispatch, now=now, deemed=True)


def tell_progress(case: Case, command: TellProgress, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """What has been done so far, for the enterprise to read (001-49, 000-23)."""
    yield of_hand_over(CaseProgressed, case, command, workable(case, command), now=now)


def reply(case: Case, command: Reply, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The unit's handling opinion (001-23, 001-48). The lead's answers the enterprise and ends everybody's work; of a
    matter that was split, the last lead's does (003-11)."""
    dispatch = workable(case, command)
    if dispatch.task == "final-decision":
        raise Refused(
            "wants-final-decision", "the enterprise was not satisfied: talk with it and send the final decision"
        )
    undisputed(dispatch)
    _worded(command, terms.scheme)
    yield from taken_by_working(case, command, dispatch, now=now)
    yield of_hand_over(CaseReplied, case, command, dispatch, now=now, role=dispatch.role, outcome=command.outcome)
    if dispatch.role == "lead" and not _other_leads(case, dispatch):
        yield about(CaseAnswered, case, command, now=now, unit=dispatch.unit, outcome=command.outcome)
        yield from recall_open(case, command, now=now, reason="answered", but=dispatch)


def decide_finally(case: Case, command: DecideFinally, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The lead's last decision after talking with the enterprise (001-44). There is no further round."""
    dispatch = workable(case, command)
    if dispatch.task != "final-decision":
        raise Refused("not-asked", "a final decision follows a rating 不满意; this case has none")
    yield of_hand_over(FinalDecisionMade, case, command, dispatch, now=now)


def fix_plan(case: Case, command: FixPlan, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The solution of a complex matter is fixed within its limit; it goes on the problem list (002-21)."""
    dispatch = workable(case, command)
    undisputed(dispatch)
    if dispatch.role != "lead":
        raise Refused("lead-only", "only the unit that leads fixes how the matter will be solved")
    if terms.scheme.problem_list is None or case.complexity not in terms.scheme.problem_list.complexity:
        raise Refused(
            "no-problem-list", "only complex matters of the scheme's problem list are planned; solve this one"
        )
    if case.plan is not None:
        raise Refused("planned-before", "the plan is fixed; solve the matter and reply")
    yield from taken_by_working(case, command, dispatch, now=now)
    yield of_hand_over(CasePlanFixed, case, command, dispatch, now=now)


def report(case: Case, command: Report, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The lead reports in writing that what was decided is done (000-26). It may come after the case is closed."""
    dispatch = known(case, command.dispatch)
    if terms.scheme.decisions is None or not terms.scheme.decisions.report:
        raise Refused("no-report-wanted", "this regulation asks for no written report")
    if any(known_report.unit == dispatch.unit for known_report in case.reports):
        raise Refused("reported-before", "you have reported on this case")
    if not owes_report(case, dispatch):
        raise Refused("nothing-to-report", "a report follows when the lead has carried out and answered a decision")
    yield of_hand_over(CaseReported, case, command, dispatch, now=now)


def involve(case: Case, command: Involve, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The lead convenes other units (002-20), or asks them for their opinions (000-16). They work with it, it answers."""
    dispatch = workable(case, command)
    undisputed(dispatch)
    if dispatch.role != "lead" or dispatch.task == "final-decision":
        raise Refused("lead-only", "only the unit that leads brings in others")
    fits_several(terms.scheme, case.complexity)
    busy = {one.unit for one in case.open_dispatches()}
    for unit in command.units:
        if terms.directory.unit(unit).unit in busy:
            raise Refused("works-on-it", f"{unit} works on this case already", field="units", status=422)
    yield from taken_by_working(case, command, dispatch, now=now)
    for unit in dict.fromkeys(command.units):
        yield handed_to(case, command, unit, now=now, rung=dispatch.rung, role="co-handler", task=dispatch.task)


def _worded(command: Reply, scheme: Scheme) -> None:
    if command.outcome not in scheme.outcomes:
        known_outcomes = ", ".join(scheme.outcomes)
        raise Refused("unknown-outcome", f"the outcome must be one of {known_outcomes}", field="outcome", status=422)
    explained = scheme.decisions.explained if scheme.decisions else None
    if command.outcome == explained and not command.answer.strip():
        raise Refused(
            "unexplained", "say to the enterprise why policy does not allow it (000-25)", field="answer", status=422
        )


def _other_leads(case: Case, dispatch: Dispatch) -> bool:
    """Whether another part of a matter that was split is still to be answered."""
    return any(
        other.role == "lead" and other.cause == dispatch.cause and other.dispatch != dispatch.dispatch
        for other in case.open_dispatches()
    )
