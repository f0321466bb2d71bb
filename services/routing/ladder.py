"""How a case climbs when nobody below can solve it, and comes back (§3.14, §3.24)."""

from collections.abc import Iterator

from contracts.events import CaseClimbed, CaseSentBack, CaseUnresolved, ClockMissed, Event
from contracts.record import Instant, Record
from libs.policy.refused import Refused
from libs.policy.scheme import Rung, Scheme
from services.routing.case import Case, Dispatch
from services.routing.commands import DeclareUnresolved, JudgeUnresolved, ReviewClimb
from services.routing.facts import (
    Terms,
    about,
    known,
    of_hand_over,
    recall_open,
    still_open,
    taken_by_working,
    undisputed,
    workable,
)
from services.routing.handing_over import enter


def declare_unresolved(case: Case, command: DeclareUnresolved, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The lead, or the leader, cannot solve it and says so with an opinion (001-20, 002-16). It climbs, after a review
    where one is due."""
    dispatch = workable(case, command)
    if dispatch.role != "lead" or dispatch.task not in ("handle", "carry-out"):
        raise Refused("lead-only", "only the unit that leads can say that the matter is unresolved")
    undisputed(dispatch)
    yield from cannot_solve(case, command, dispatch, now=now, terms=terms, chosen=command.to)


def cannot_solve(
    case: Case, by: Record, dispatch: Dispatch, *, now: Instant, terms: Terms, chosen: str | None = None
) -> Iterator[Event]:
    """Still unresolved at this rung: it climbs, or waits for the office's review."""
    rung = terms.scheme.rung(dispatch.rung)
    above = rung_above(case, rung, terms.scheme, chosen=chosen)
    yield from taken_by_working(case, by, dispatch, now=now)
    yield of_hand_over(CaseUnresolved, case, by, dispatch, now=now, rung=dispatch.rung)
    if not rung.review:
        yield from climb(case, by, rung, above, now=now, terms=terms, but=dispatch)


def judge_unresolved(case: Case, command: JudgeUnresolved, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """A unit let the limit pass after which the office judges, and the office finds the matter unresolved: a silent
    department cannot stall the ladder (000-15)."""
    dispatch = known(case, command.dispatch)
    still_open(case)
    if not awaits_judgement(case, dispatch, terms.scheme):
        raise Refused("nothing-to-judge", "its limit has not passed, or it has been answered")
    rung = terms.scheme.rung(dispatch.rung)
    above = rung_above(case, rung, terms.scheme)
    yield of_hand_over(CaseUnresolved, case, command, dispatch, now=now, rung=dispatch.rung, judged=True)
    if not rung.review:
        yield from climb(case, command, rung, above, now=now, terms=terms, but=dispatch)


def awaits_judgement(case: Case, dispatch: Dispatch, scheme: Scheme) -> bool:
    """Whether the office may judge this hand-over unresolved: it is late by a limit that says so."""
    late = set(case.missed.get(dispatch.dispatch, ()))
    return dispatch.open and dispatch.role == "lead" and bool(late & scheme.clocks_missed_with("office-judges"))


def climb_by_time(case: Case, event: ClockMissed, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """A missed limit moves the case by itself where, and only where, the scheme says so (§3.14)."""
    dispatch = case.dispatches.get(event.of)
    if event.clock not in terms.scheme.clocks_missed_with("climb") or case.over:
        return
    if dispatch is None or not dispatch.open or dispatch.role != "lead" or dispatch.rung != case.rung:
        return
    rung = terms.scheme.rung(dispatch.rung)
    if rung.up is not None:
        yield from climb(case, event, rung, terms.scheme.rung(rung.up), now=now, terms=terms)


def review_climb(case: Case, command: ReviewClimb, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The office reviews what was not solved below: up, to the rung it chooses, or back to the unit (001-20, 003-38)."""
    dispatch = known(case, command.dispatch)
    still_open(case)
    if dispatch.status != "unresolved" or dispatch.rung != case.rung or case.listed or _away(case):
        raise Refused("nothing-to-review", "no unresolved case awaits a review here")
    if not command.climbs:
        yield of_hand_over(CaseSentBack, case, command, dispatch, now=now)
        return
    rung = terms.scheme.rung(dispatch.rung)
    above = rung_above(case, rung, terms.scheme, chosen=command.to)
    named = terms.directory.unit(command.unit) if command.unit else None
    if named is not None and above.holder not in ("department", "county", "township", "office"):
        raise Refused("not-yours-to-name", f"who works at {above.rung} is fixed; name nobody", field="unit", status=422)
    yield from climb(case, command, rung, above, now=now, terms=terms, but=dispatch, lead=command.unit)


def rung_above(case: Case, rung: Rung, scheme: Scheme, *, chosen: str | None = None) -> Rung:
    """The next rung, or one that the office may choose instead. Raises `Refused` at the top."""
    if rung.up is None:
        raise Refused("top-of-the-ladder", f"{rung.rung} is the last rung: work on the case and answer it")
    if chosen is not None and chosen not in (rung.up, *rung.skip_to):
        possible = " or ".join((rung.up, *rung.skip_to))
        raise Refused("no-such-rung", f"from {rung.rung} it climbs to {possible}", field="to", status=422)
    above = scheme.rung(chosen or rung.up)
    if above.holder == "superior" and case.transfer and case.transfer.direction == "up" and case.transfer.answered_as:
        raise Refused("answered-above", "the level above has answered this case; pass its answer on")
    return above


def climb(
    case: Case,
    by: Record,
    rung: Rung,
    above: Rung,
    *,
    now: Instant,
    terms: Terms,
    but: Dispatch | None = None,
    lead: str | None = None,
) -> Iterator[Event]:
    """From one rung to one above: nobody below works on it any more (`but`: who has said its last word), and it comes
    before the holder above, or before `lead`."""
    yield from recall_open(case, by, now=now, reason="climbed", but=but)
    yield about(CaseClimbed, case, by, now=now, rung_from=rung.rung, rung_to=above.rung)
    named = terms.directory.unit(lead) if lead else None
    yield from enter(case, by, above, now=now, terms=terms, named=named)


def _away(case: Case) -> bool:
    return case.transfer is not None and case.transfer.answered_as is None
