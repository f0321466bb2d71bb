"""How a case climbs when nobody below can solve it (§3.14, §3.24)."""

from collections.abc import Iterator

from contracts.events import (
    CaseClimbed,
    CaseListed,
    CaseSentBack,
    CaseUnresolved,
    Event,
    case_fact,
)
from contracts.record import Instant, Record
from libs.policy.directory import Unit, View
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.routing.case import Case, Dispatch
from services.routing.commands import DeclareUnresolved, ReviewClimb
from services.routing.facts import handed_to, known, of_hand_over, recall_others, taken_by_working, workable


def declare_unresolved(case: Case, command: DeclareUnresolved, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The lead cannot solve it and says so with its opinion (001-20). It climbs, after a review where one is due."""
    dispatch = workable(case, command)
    if dispatch.role != "lead" or dispatch.task != "handle":
        raise Refused("lead-only", "only the unit that leads can say that the matter is unresolved")
    if dispatch.status == "disputed":
        raise Refused("objection-pending", "you objected to this case; wait for the administrator's decision")
    yield from taken_by_working(case, command, dispatch, now=now)
    yield of_hand_over(CaseUnresolved, case, command, dispatch, now=now, rung=dispatch.rung)
    if not scheme.rung(dispatch.rung).review:
        yield from _climb(case, command, dispatch, now=now, scheme=scheme, lead=None)


def review_climb(case: Case, command: ReviewClimb, *, now: Instant, scheme: Scheme, directory: View) -> Iterator[Event]:
    """The office reviews what a county could not solve: on the city's list, or back to the county (001-20)."""
    dispatch = known(case, command.dispatch)
    if case.over or dispatch.status != "unresolved" or dispatch.rung != case.rung:
        raise Refused("nothing-to-review", "no unresolved case awaits a review here")
    if not command.climbs:
        yield of_hand_over(CaseSentBack, case, command, dispatch, now=now)
        return
    above = scheme.rung(scheme.rung(dispatch.rung).up or "")
    lead = None
    if above.holder == "department":
        lead = directory.unit(command.unit) if command.unit else directory.department_for(case.category)
    yield from _climb(case, command, dispatch, now=now, scheme=scheme, lead=lead)


def _climb(
    case: Case, by: Record, dispatch: Dispatch, *, now: Instant, scheme: Scheme, lead: Unit | None
) -> Iterator[Event]:
    above = scheme.rung(scheme.rung(dispatch.rung).up or "")
    yield from recall_others(case, by, dispatch, now=now, reason="climbed")
    yield case_fact(
        CaseClimbed, by=by, case=case.case, scheme=case.scheme, at=now, rung_from=dispatch.rung, rung_to=above.rung
    )
    if lead is None:
        yield case_fact(CaseListed, by=by, case=case.case, scheme=case.scheme, at=now, rung=above.rung)
    else:
        yield handed_to(case, by, lead.unit, now=now, scheme=case.scheme, rung=above.rung, role="lead")
