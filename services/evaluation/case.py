"""What evaluation knows of a case (or, number HY-, of a session).

A round begins with an answer; a reopening ends it. What belongs to a round (`word`, `called_back`, the invitation) is
new in each; the first rating stays (§3.10).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.record import Instant, Party
from libs.policy.shanghai import midnight


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(Part):
    unit: Party
    at: Instant


class Limit(Part):
    """A limit that was missed, stopped or both. `due`: when it last ran out, None while it is not known to be missed;
    `stopped_due`: the due time with which it last ended, where that is known."""

    clock: str
    of: str = ""
    unit: str | None = None
    due: Instant | None = None
    stopped: bool = False
    stopped_due: Instant | None = None
    supervised: Literal["no", "open", "closed"] = "no"
    supervised_due: Instant | None = None

    @property
    def ended(self) -> bool:
        """The miss that is known has been made good, or is no longer owed."""
        if self.due is None or self.stopped_due is None:
            return self.stopped
        return self.stopped_due >= self.due


class Trouble(Part):
    """A letter that nobody got, or a rung that nobody holds. `reason`: why no way led there, the variable that had no
    value, or the rung; `audience`: whom it was for, or who stands in."""

    letter: str = ""
    template: str = ""
    audience: str
    kind: Literal["failed", "refused", "vacant"]
    reason: str
    at: Instant


class Call(Part):
    way: Literal["phone", "on-site"]
    solved: bool
    note: str
    by: str
    at: Instant


class Order(Part):
    """`done`: what the unit says it did."""

    unit: Party
    what: str
    due_on: date
    by: str
    done: str | None = None
    met: bool = False


class Item(Part):
    """Something a unit has to put right: a listed rectification or a correction."""

    unit: Party
    opened_at: Instant
    due_on: date | None = None
    ended_at: Instant | None = None
    evidence: str = ""


class Exclusion(Part):
    """`approved`: None while nobody decided."""

    reason: str
    grounds: str
    asked_by: str
    approved: bool | None = None
    decided_by: str = ""


class Decision(Part):
    rung: str
    outcome: str
    session: str | None
    lead: Party | None
    due_on: date | None
    at: Instant


class Commitment(Part):
    unit: Party
    due_on: date
    version: int


Word = Literal["satisfied", "dissatisfied", "defaulted", "unrated"]


class Case(Part):
    case: str
    scheme: str = ""
    answers: dict[str, Answer] = {}
    answers_before: tuple[str, ...] = ()
    """Answers of earlier rounds."""
    withdrawn: bool = False
    finally_decided: bool = False
    delivered: tuple[str, ...] = ()
    """Templates of the letters that arrived in this round."""
    invited_at: Instant | None = None
    invitation_delivered: bool = False
    rating: Word | None = None
    level: str | None = None
    rated_by_way: str | None = None
    rated_again: Literal["satisfied", "dissatisfied"] | None = None
    word: Word | None = None
    called_back: bool | None = None
    """Whether the call-back of this round found the matter solved; None while there was none."""
    calls: dict[str, Call] = {}
    round: int = 0
    closed: Literal["satisfied", "defaulted", "unrated", "finally-decided", "dissatisfied", "called-back"] | None = None
    closed_at: Instant | None = None
    sample: str | None = None
    """The sample for which it is to be called back."""
    limits: dict[str, Limit] = {}
    troubles: dict[str, Trouble] = {}
    orders: dict[str, Order] = {}
    correction: Item | None = None
    rectification: Item | None = None
    exclusion: Exclusion | None = None
    file_owed_at: Instant | None = None
    """Since when the inspection files are owed a 不满意."""
    unresolved: bool = False
    climbed: bool = False
    repeated: int = 0
    decisions: dict[str, Decision] = {}
    reports: dict[str, Instant] = {}
    commitments: dict[str, Commitment] = {}
    plan_fixed_at: Instant | None = None
    plan_unit: Party | None = None
    struck_off_at: Instant | None = None
    held_as: str = ""
    """Of a session: its kind, once it was held."""
    held_at: Instant | None = None

    @property
    def is_session(self) -> bool:
        return self.case.startswith("HY-")

    @property
    def answered(self) -> bool:
        """In this round."""
        return bool(self.answers.keys() - set(self.answers_before))

    @property
    def invited(self) -> bool:
        return self.invited_at is not None

    @property
    def unit(self) -> str | None:
        """Who answered last."""
        return max(self.answers.values(), key=lambda answer: (answer.at, answer.unit)).unit if self.answers else None

    @property
    def supervised(self) -> list[tuple[str, Limit]]:
        """The open items of the inspection office (督查室), the oldest first."""
        items = [(subject, limit) for subject, limit in self.limits.items() if limit.supervised == "open"]
        return sorted(items, key=lambda item: str(item[1].due))

    @property
    def on_problem_list(self) -> bool:
        """A complex matter whose solution is fixed and that is not struck off. 002-21"""
        return self.plan_fixed_at is not None and self.struck_off_at is None

    def missed(self, clocks: frozenset[str]) -> bool:
        """Whether one of these limits ran out, in a later round: since its invitation."""
        return any(
            limit.clock in clocks and limit.due is not None and (not self.round or self._since_invited(limit.due))
            for limit in self.limits.values()
        )

    def _since_invited(self, due: Instant) -> bool:
        return self.invited_at is not None and due > self.invited_at

    @property
    def rough(self) -> frozenset[str]:
        """What of this case could call for more than handling."""
        found = {
            "unresolved": self.unresolved,
            "repeated": self.repeated > 0,
            "slow": any(limit.supervised != "no" for limit in self.limits.values()),
            "climbed": self.climbed,
        }
        return frozenset(name for name, true in found.items() if true)


def empty(case: str) -> Case:
    return Case(case=case)


def asked_units(case: Case) -> set[str]:
    """Who has still to act: on an order, a listed rectification or a correction."""
    orders = {order.unit for order in case.orders.values() if order.done is None and not order.met}
    items = {item.unit for item in (case.rectification, case.correction) if item and item.ended_at is None}
    return orders | items


def end_of(day: date) -> Instant:
    """24:00 of the day in China."""
    return midnight(day + timedelta(1))


def keys(case: Case) -> Mapping[str, Any]:
    """`supervised_since`: due time of the oldest open item; `alarmed_at`: when the last thing went wrong; `lagging_at`:
    the due time of the oldest thing owed; `to_call`: its scheme, while a call-back of this round is possible."""
    owed = [limit.due for _, limit in case.supervised if limit.due]
    owed += [end_of(order.due_on) for order in case.orders.values() if not order.met]
    listed = case.rectification
    if listed and listed.ended_at is None and listed.due_on:
        owed.append(end_of(listed.due_on))
    decided = [decision.at for decision in case.decisions.values()]
    return {
        "scheme": case.scheme or None,
        "next_due": case.file_owed_at,
        "supervised_since": min((limit.due for _, limit in case.supervised if limit.due), default=None),
        "alarmed_at": max((trouble.at for trouble in case.troubles.values()), default=None),
        "lagging_at": min(owed, default=None),
        "to_call": case.scheme if case.answered and case.called_back is None and not case.withdrawn else None,
        "rough": case.scheme if case.rough - {"climbed"} and not case.closed and not case.withdrawn else None,
        "rectified": case.scheme if listed and listed.ended_at is None else None,
        "correction_at": case.correction.opened_at if case.correction else None,
        "closed_at": case.closed_at,
        "decided_at": max([*decided, *([case.held_at] if case.held_at else [])], default=None),
        "planned_at": case.plan_fixed_at if case.on_problem_list else None,
        "asked": sorted(asked_units(case)),
        "to_exclude": case.scheme if case.exclusion and case.exclusion.approved is None else None,
    }
