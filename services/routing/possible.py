"""What a unit may do now with a hand-over, and why not the rest: every rule is asked about a specimen of its command, so that
no page knows a rule of its own. Pure.
"""

from collections.abc import Callable, Iterator
from typing import Any

from contracts.events import Event, SecondDisputeRefused
from contracts.record import Instant
from libs.policy.refused import Refused
from services.routing.case import Case, Dispatch
from services.routing.commands import (
    AskExtension,
    DecideFinally,
    DeclareUnresolved,
    FixPlan,
    Involve,
    ObjectTo,
    Reply,
    Report,
    Take,
    TellProgress,
    UnitCommand,
)
from services.routing.disputes import object_to
from services.routing.extensions import ask_extension, asked_until, longest
from services.routing.facts import Terms
from services.routing.ladder import declare_unresolved
from services.routing.units import decide_finally, fix_plan, involve, reply, report, take, tell_progress

Why = dict[str, str] | None
"""None: it is possible. Else the rule that is against it, and its sentence."""

_WORD = "?"


def possible(case: Case, dispatch: Dispatch, *, by: str, now: Instant, terms: Terms) -> dict[str, Any]:
    """Of each act whether it is possible; of an objection until when, of an opinion "unresolved" where to, of more time
    which limits, by when it is asked for and how many working days it may be at most."""
    busy = {one.unit for one in case.open_dispatches()} | {dispatch.unit}
    other = next(unit.unit for unit in terms.directory.place.units if unit.unit not in busy)

    def why(rule: Callable[..., Iterator[Event]], kind: type[UnitCommand], **words: Any) -> Why:
        command = kind(id="specimen", at=now, by=by, dispatch=dispatch.dispatch, **words)
        try:
            said = list(rule(case, command, now=now, terms=terms))
        except Refused as refused:
            return {"rule": refused.rule, "detail": refused.detail}
        if any(isinstance(fact, SecondDisputeRefused) for fact in said):
            return {"rule": "second-objection", "detail": "each unit may object to a case once"}
        return None

    outcome = next(iter(terms.scheme.outcomes))
    return {
        "acts": {
            "taking": why(take, Take),
            "objection": why(object_to, ObjectTo, reason=_WORD, proposed=other),
            "progress": why(tell_progress, TellProgress, text=_WORD),
            "co-handlers": why(involve, Involve, units=(other,)),
            "reply": why(reply, Reply, outcome=outcome, result=_WORD, answer=_WORD),
            "unresolved": why(declare_unresolved, DeclareUnresolved, opinion=_WORD),
            "final-decision": why(decide_finally, DecideFinally, talk=_WORD, answer=_WORD),
            "plan": why(fix_plan, FixPlan, plan=_WORD),
            "report": why(report, Report, text=_WORD),
        },
        "objection_until": _objection_until(case, dispatch, terms),
        "up": _up(dispatch, terms),
        "extension": [
            {
                "clock": clock,
                "due": _due(case, dispatch, clock),
                "until": asked_until(case, dispatch, clock, terms),
                "at_most": _at_most(clock, dispatch, terms),
                "refused": why(ask_extension, AskExtension, clock=clock, working_days=1, reason=_WORD),
            }
            for clock in _extendable(case, dispatch, terms)
        ],
    }


def _due(case: Case, dispatch: Dispatch, clock: str) -> Instant | None:
    limit = case.limits.get(f"{clock}:{dispatch.dispatch}")
    return limit and limit.due


def _extendable(case: Case, dispatch: Dispatch, terms: Terms) -> list[str]:
    """The limits of this hand-over for which the scheme knows more time."""
    rule = terms.scheme.extension
    return [clock for clock in (rule.clocks if rule else ()) if _due(case, dispatch, clock) is not None]


def _at_most(clock: str, dispatch: Dispatch, terms: Terms) -> int | None:
    try:
        return longest(clock, dispatch, terms)
    except Refused:
        return None


def _objection_until(case: Case, dispatch: Dispatch, terms: Terms) -> Instant | None:
    disputes = terms.scheme.disputes
    return _due(case, dispatch, disputes.clock) if disputes else None


def _up(dispatch: Dispatch, terms: Terms) -> list[str]:
    """The rungs above that may be chosen; the first is the one it climbs to unless another is."""
    rung = terms.scheme.rung(dispatch.rung)
    return [rung.up, *rung.skip_to] if rung.up else []
