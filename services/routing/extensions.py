"""More time for a handling limit (§3.11): asked for in time and with a reason, once, decided by somebody else."""

from collections.abc import Iterator

from contracts.events import Event, ExtensionAsked, ExtensionGranted, ExtensionRefused
from contracts.record import Instant
from libs.identity import same_person
from libs.policy.counting import NaturalDays, WorkingDays
from libs.policy.judging import Extension as Rule
from libs.policy.period import Period
from libs.policy.refused import Refused
from libs.policy.scheme import AS_DECIDED
from libs.policy.shanghai import day_of
from services.routing.case import Case, Dispatch, Extension
from services.routing.commands import AskExtension, DecideExtension
from services.routing.facts import Terms, known, of_hand_over, still_open, undisputed, workable


def ask_extension(case: Case, command: AskExtension, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The unit asks for more time. Of a one-day limit that is on the day of the hand-over, whose next day is the last."""
    dispatch = workable(case, command)
    undisputed(dispatch)
    rule = terms.scheme.extension
    if rule is None or command.clock not in rule.clocks:
        raise Refused("not-extendable", "this limit cannot be extended", field="clock", status=422)
    limit = case.limits.get(f"{command.clock}:{dispatch.dispatch}")
    if limit is None:
        raise Refused("no-such-limit", "this limit does not run for you", field="clock")
    if sum(one.clock == command.clock for one in dispatch.extensions) >= rule.times:
        raise Refused("extended-before", "more time was asked for as often as the regulation allows")
    if command.at >= _latest(rule, limit.due, terms):
        raise Refused("asked-late", f"more time is asked for at least {rule.before} before the limit")
    most = longest(command.clock, dispatch, terms)
    if not 1 <= command.working_days <= most:
        raise Refused(
            "too-long", f"ask for 1 to {most} working days: the original length at most",
            field="working_days", status=422,
        )  # fmt: skip
    yield of_hand_over(
        ExtensionAsked, case, command, dispatch, now=now, clock=command.clock, working_days=command.working_days
    )


def decide_extension(case: Case, command: DecideExtension, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """Somebody other than the asker decides; of a limit that a leader set, that leader."""
    dispatch = known(case, command.dispatch)
    still_open(case)
    asked = _pending(dispatch, command.clock)
    if same_person(command.by, asked.asked_by) or command.leader == dispatch.unit:
        raise Refused("asked-by-you", "somebody other than the asker decides on more time", status=403)
    if dispatch.due_on is not None and command.leader is None:
        raise Refused("leader-decides", "a leader set this limit; that leader decides on more time", status=403)
    if dispatch.limited_by is not None and command.leader != dispatch.limited_by:
        raise Refused("leader-decides", "another leader set this limit; that leader decides on more time", status=403)
    if command.grant:
        yield of_hand_over(
            ExtensionGranted, case, command, dispatch, now=now, clock=asked.clock, working_days=asked.working_days
        )
    else:
        yield of_hand_over(ExtensionRefused, case, command, dispatch, now=now, clock=asked.clock)


def _pending(dispatch: Dispatch, clock: str) -> Extension:
    for asked in dispatch.extensions:
        if asked.clock == clock and asked.status == "asked" and dispatch.open:
            return asked
    raise Refused("nothing-to-decide", "nobody asked for more time here")


def asked_until(case: Case, dispatch: Dispatch, clock: str, terms: Terms) -> Instant | None:
    """Before when more time is asked for; None while the limit does not run or cannot be extended."""
    rule, limit = terms.scheme.extension, case.limits.get(f"{clock}:{dispatch.dispatch}")
    return _latest(rule, limit.due, terms) if rule and limit else None


def _latest(rule: Rule, due: Instant, terms: Terms) -> Instant:
    return Period.parse(rule.before).warn_at(due, terms.calendar)


def longest(clock: str, dispatch: Dispatch, terms: Terms) -> int:
    """How many working days more may be asked for: the original length; the days of a limit that a leader set are
    counted by the calendar. Raises `Refused` (422) for a limit that is not in days."""
    limit = terms.scheme.clocks[clock]
    if limit.within == AS_DECIDED and dispatch.due_on is not None:
        return terms.calendar.working_days_between(day_of(dispatch.at), dispatch.due_on)
    period = limit.period_for(dispatch.complexity)
    if period is not None and isinstance(period.counted, WorkingDays | NaturalDays):
        return period.counted.count
    raise Refused("not-extendable", "only a limit in days can be extended", field="clock", status=422)
