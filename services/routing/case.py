"""A case as routing knows it. `evolving.py` says how it comes about."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.record import Instant
from services.routing.issue import Issue

Task = Literal["handle", "carry-out", "rework", "final-decision"]


class State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Extension(State):
    """More time that was asked for one limit (§3.11)."""

    clock: str
    working_days: int
    reason: str
    asked_by: str
    status: Literal["asked", "granted", "refused"] = "asked"


class Dispatch(State):
    """One hand-over to one unit or leader. `cause`: what led to it; hand-overs of one decision have the same. `due_on`:
    the last day that a leader set, `limited_by`: that leader. `proposed`, `objection`: whose the matter is instead, and why.
    `answered_at`: when it was replied to, or finally decided."""

    dispatch: str
    unit: str
    rung: str
    role: Literal["lead", "co-handler"]
    task: Task
    at: Instant
    cause: str = ""
    complexity: str | None = None
    urgent: bool = False
    due_on: date | None = None
    limited_by: str | None = None
    status: Literal["offered", "taken", "disputed", "replied", "unresolved", "decided", "recalled"] = "offered"
    deemed: bool = False
    proposed: str | None = None
    objection: str | None = None
    disputed_at: Instant | None = None
    extensions: tuple[Extension, ...] = ()
    outcome: str | None = None
    result: str | None = None
    answer: str | None = None
    answered_at: Instant | None = None

    @property
    def open(self) -> bool:
        return self.status in ("offered", "taken", "disputed")


class Limit(State):
    """When a clock of a hand-over is due, as deadline said `at` this instant."""

    due: Instant
    at: Instant


class Said(State):
    """What a unit or leader said of the case, for people to read."""

    unit: str
    at: Instant
    text: str


class Signature(State):
    """A review or signature before the hand-over; `by`: the person."""

    step: str
    by: str
    approved: bool
    reason: str


class Transfer(State):
    """To which level of government the case went, and what it was answered there (None: not yet)."""

    channel: str
    to_scheme: str
    direction: Literal["up", "down"]
    at: Instant
    answered_as: str | None = None
    outcome: str | None = None


class Plan(State):
    """How a complex matter will be solved; on the problem list until struck off (002-21)."""

    unit: str
    at: Instant
    text: str
    struck_off: bool = False


class CallBack(State):
    at: Instant
    way: str
    solved: bool


class Rectification(State):
    """Listed for rectification, by whom and to when (004-17)."""

    unit: str
    due_on: date
    at: Instant


class Case(State):
    """`rung`: where it stands on the ladder, once it was handed over. `limits`, `missed`: of hand-overs."""

    case: str
    scheme: str = ""
    level: str = ""
    category: str = ""
    district: str = ""
    complexity: str | None = None
    urgent: bool = False
    named_lead: str | None = None
    co_handlers: tuple[str, ...] = ()
    receiver: str | None = None
    signatures: tuple[Signature, ...] = ()
    rung: str = ""
    dispatches: dict[str, Dispatch] = {}
    objectors: tuple[str, ...] = ()
    designated: bool = False
    limits: dict[str, Limit] = {}
    missed: dict[str, tuple[str, ...]] = {}
    progress: tuple[Said, ...] = ()
    opinions: tuple[str, ...] = ()
    decisions: tuple[Said, ...] = ()
    reports: tuple[Said, ...] = ()
    unclear_since: Instant | None = None
    listed: bool = False
    listed_for: str | None = None
    transfer: Transfer | None = None
    plan: Plan | None = None
    answered_by: str | None = None
    outcome: str | None = None
    answer: str | None = None
    final_answer: str | None = None
    rating: str | None = None
    rework_round: int = 0
    linked: tuple[str, ...] = ()
    repeated: int = 0
    called_back: tuple[CallBack, ...] = ()
    rectification: Rectification | None = None
    rectified_at: Instant | None = None
    withdrawn: bool = False
    returned: bool = False
    answered_at_once: bool = False
    issue: Issue = Issue()
    closed_at: Instant | None = None
    reopened_at: Instant | None = None

    @property
    def accepted(self) -> bool:
        return bool(self.level)

    @property
    def handed_over(self) -> bool:
        """Somebody works on it, or it waits where nobody below could solve it."""
        return bool(self.rung)

    @property
    def closed(self) -> bool:
        """Whatever came first: closed, and not reopened since."""
        return self.closed_at is not None and (self.reopened_at is None or self.reopened_at <= self.closed_at)

    @property
    def over(self) -> bool:
        return self.withdrawn or self.returned or self.answered_at_once or self.closed

    @property
    def up_for_rectification(self) -> bool:
        """Listed for rectification and not lifted since (004-17)."""
        listed = self.rectification
        return listed is not None and (self.rectified_at is None or self.rectified_at < listed.at)

    def open_dispatches(self) -> list[Dispatch]:
        return [dispatch for dispatch in self.dispatches.values() if dispatch.open]

    def to_review(self) -> Dispatch | None:
        """The hand-over that says it is still unresolved, where an office looks before it climbs (001-20)."""
        away = self.transfer is not None and self.transfer.answered_as is None
        if self.over or self.listed or away or self.answered_by is not None:
            return None
        said = (d for d in reversed(self.dispatches.values()) if d.status == "unresolved" and d.rung == self.rung)
        return next(said, None)

    def asking_time(self) -> list[tuple[Dispatch, Extension]]:
        """Open hand-overs with the requests for more time that nobody decided yet."""
        return [(d, one) for d in self.open_dispatches() for one in d.extensions if one.status == "asked"]

    def last_lead(self) -> Dispatch | None:
        """The hand-over to the unit that leads, or led last."""
        led = [d for d in self.dispatches.values() if d.role == "lead" and d.task != "final-decision"]
        return next((d for d in reversed(led) if d.status != "recalled"), led[-1] if led else None)

    def answering(self) -> Dispatch | None:
        """The hand-over whose reply answered the enterprise last."""
        replied = (d for d in reversed(self.dispatches.values()) if d.role == "lead" and d.status == "replied")
        return next((d for d in replied if d.task != "final-decision"), None)

    def due(self, dispatch: str) -> Instant | None:
        """The next limit of a hand-over, as far as deadline has said."""
        return min(
            (limit.due for subject, limit in self.limits.items() if subject.endswith(f":{dispatch}")), default=None
        )


def by_priority(hand_overs: Iterable[tuple[Case, Dispatch]]) -> list[tuple[Case, Dispatch]]:
    """Urgent matters first (急事快办), then what is due first, then what came first (000-30, 000-40)."""

    def place(one: tuple[Case, Dispatch]) -> tuple[bool, bool, Instant, Instant]:
        case, dispatch = one
        due = case.due(dispatch.dispatch)
        return (not dispatch.urgent, due is None, due or dispatch.at, dispatch.at)

    return sorted(hand_overs, key=place)


def last_answer(case: Case, unit: str) -> Dispatch | None:
    """The hand-over that the unit answered last."""
    mine = [one for one in case.dispatches.values() if one.unit == unit and one.answered_at is not None]
    return max(mine, key=lambda one: str(one.answered_at), default=None)


def owes_report(case: Case, dispatch: Dispatch) -> bool:
    """The lead has carried out and answered a decision, and has not reported on it (000-26)."""
    carried_out = dispatch.task == "carry-out" and dispatch.role == "lead" and dispatch.status == "replied"
    return carried_out and all(report.unit != dispatch.unit for report in case.reports)


def empty(case: str) -> Case:
    return Case(case=case)


def keys(case: Case) -> dict[str, Any]:
    """What lists of cases are found by."""
    answered = [one for one in case.dispatches.values() if one.answered_at is not None]
    return {
        "scheme": case.scheme.partition("@")[0],
        "answerers": sorted({one.unit for one in answered}),
        "answered_at": max((one.answered_at for one in answered if one.answered_at), default=None),
        "units": sorted({dispatch.unit for dispatch in case.open_dispatches()}),
        "waits_for": _waits_for(case),
        "open": not case.over,
        "late": not case.over and any(dispatch.dispatch in case.missed for dispatch in case.open_dispatches()),
        "problem": case.plan is not None and not case.plan.struck_off,
        "unclear": case.unclear_since is not None,
        "disputed": not case.over and any(dispatch.status == "disputed" for dispatch in case.open_dispatches()),
        "answered": case.answered_by is not None,
        "to_review": case.to_review() is not None,
        "asks_time": not case.over and bool(case.asking_time()),
        "listed_for": case.listed_for if case.listed and not case.over else None,
        "charged": sorted({charge.unit for charge in case.issue.charges.values()}),
    }


def _waits_for(case: Case) -> str | None:
    if case.over:
        return None
    if case.listed:
        return "session"
    return "review" if case.accepted and not case.handed_over else None
