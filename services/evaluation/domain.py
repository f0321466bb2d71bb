"""Evaluation's rules of one case, put together: what is owed once something is known, and what a command leads to.

`follows` draws every fact that is owed and not yet said. So a fact that comes before the one it belongs to waits in the
state for it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from contracts.events import Event, case_fact
from contracts.record import Command, Record
from libs.policy.scheme import Scheme
from services.evaluation import judging, oversight
from services.evaluation.case import Case, empty, keys
from services.evaluation.folding import evolve

__all__ = ["Case", "empty", "evolve", "follows", "keys", "with_consequences"]

C = TypeVar("C", bound=Command)
_OF_BOTH = (oversight.supervise,)
_OF_CASES = (
    judging.invite,
    judging.tell_delivery,
    judging.judge_silence,
    judging.open_correction,
    judging.conclude,
    oversight.register,
    *_OF_BOTH,
)


def follows(case: Case, by: Record, *, now: datetime, scheme: Scheme) -> list[Event]:
    """Everything that is owed once `by` is known and has not been said before. A session is supervised, never rated."""
    case = evolve(case, by)
    said: list[Event] = []
    for rule in _OF_BOTH if case.is_session else _OF_CASES:
        for kind, fields in rule(case, by, scheme):
            fact = case_fact(kind, by=by, case=case.case, scheme=scheme.ref, at=now, **fields)
            case = evolve(case, fact)
            said.append(fact)
    return said


def with_consequences(
    rule: Callable[..., list[Event]], case: Case, command: Command, *, now: datetime, scheme: Scheme
) -> list[Event]:
    """What the rule says to the command, and all that is owed then."""
    said = rule(case, command, now=now, scheme=scheme)
    for fact in (command, *said):
        case = evolve(case, fact)
    return [*said, *follows(case, command, now=now, scheme=scheme)]
