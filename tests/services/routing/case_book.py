"""One case in routing, told in facts and commands: what it hears, who asks what, and what is said of it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from contracts.events import AppealAccepted, CaseAssigned, CaseEvent, ClockStarted, Event, case_fact
from contracts.record import Command
from libs.files import load_directory, load_notices, load_schemes
from libs.policy.calendar import Calendar
from libs.policy.shanghai import SHANGHAI
from services.routing import domain
from services.routing.facts import Terms

ROOT = Path(__file__).parents[3]
SCHEMES = load_schemes(ROOT / "deploy/schemes")
DIRECTORY = load_directory(ROOT / "deploy/directory/chaozhou.yaml")
CALENDAR = Calendar.from_years(load_notices(ROOT / "deploy/calendars"))
CASE = "ZT-0000000000000000"
OTHER = "ZT-1111111111111111"

CITY = "chaozhou-direct-line"
COUNTY_DAY = "county-reception-day"
CALL = "kaihua-call-and-answer"
DESK_12345 = "suqian-12345"
ENTERPRISES = "suqian-enterprises"
MAYOR_LINE = "suqian-mayor-line"
CADRES = "cadres-and-enterprises"


def at(day: str, hour: int = 9) -> datetime:
    """An hour of a day of 2026, `11-03`, in Asia/Shanghai."""
    return datetime.combine(date.fromisoformat(f"2026-{day}"), time(hour), SHANGHAI)


def scheme_of(name: str) -> Any:
    return next(scheme for scheme in SCHEMES.values() if scheme.scheme == name)


class Book:
    """The case under one scheme. `change`: words of the scheme that this story sets otherwise."""

    def __init__(self, scheme: str, **change: Any) -> None:
        self.scheme = scheme_of(scheme).model_copy(update=change)
        self.terms = Terms(self.scheme, DIRECTORY.running(self.scheme.ref), SCHEMES, CALENDAR)
        self.case = domain.empty(CASE)
        self.now = at("11-02")
        self.said: list[Event] = []
        self._ids = count()

    # What comes in ----------------------------------------------------------------------------------------------------

    def fact(self, kind: type[CaseEvent], **fields: Any) -> Any:
        by = Command(type="elsewhere", id=f"elsewhere-{next(self._ids)}", at=self.now, by="test")
        return case_fact(kind, by=by, case=CASE, scheme=self.scheme.ref, at=self.now, **fields)

    def hear(self, kind: type[CaseEvent], **fields: Any) -> list[Event]:
        return self.hear_it(self.fact(kind, **fields))

    def hear_it(self, event: Event) -> list[Event]:
        return self._fold(event, domain.follows(self.case, event, now=self.now, terms=self.terms))

    def accept(self, **fields: Any) -> list[Event]:
        wanted = {"category": "energy", "district": "445102", "level": next(iter(self.scheme.levels))}
        return self.hear(AppealAccepted, **(wanted | fields))

    def limit(self, clock: str, due: datetime, dispatch: str = "") -> None:
        """Deadline says when a clock of the hand-over is due."""
        of = dispatch or self.dispatch
        self.hear(ClockStarted, clock=clock, of=of, subject=f"{clock}:{of}", due=due, provisional=False)

    def ask(
        self, rule: Callable[..., Iterator[Event]], kind: type[Command], *, by: str = "somebody", **fields: Any
    ) -> list[Event]:
        """Somebody asks for something. Raises `Refused`, and then nothing has changed."""
        command = kind(id=f"ask-{next(self._ids)}", at=self.now, by=by, **fields)
        return self._fold(command, rule(self.case, command, now=self.now, terms=self.terms))

    def _fold(self, cause: Any, follows: Iterator[Event]) -> list[Event]:
        said = list(follows)
        for record in (cause, *said):
            self.case = domain.evolve(self.case, record)
        assert len({fact.id for fact in said}) == len(said), "two facts have one id"
        self.said += said
        return said

    # What units do, in short ------------------------------------------------------------------------------------------

    @property
    def dispatch(self) -> str:
        """The last open hand-over to a lead."""
        return [d.dispatch for d in self.case.open_dispatches() if d.role == "lead"][-1]

    def of(self, unit: str) -> str:
        """The last hand-over to this unit."""
        return [d.dispatch for d in self.case.dispatches.values() if d.unit == unit][-1]

    def reply(self, unit: str | None = None, *, outcome: str = "solved", answer: str = "done") -> list[Event]:
        dispatch = self.of(unit) if unit else self.dispatch
        return self.ask(
            domain.reply, domain.Reply, dispatch=dispatch, outcome=outcome, result="what was done", answer=answer
        )

    def unresolved(self, **fields: Any) -> list[Event]:
        rule = domain.declare_unresolved
        return self.ask(rule, domain.DeclareUnresolved, dispatch=self.dispatch, opinion="beyond us", **fields)

    def review(self, **fields: Any) -> list[Event]:
        """The office reviews the last unresolved hand-over."""
        last = [d.dispatch for d in self.case.dispatches.values() if d.status == "unresolved"][-1]
        words = {"dispatch": last, "climbs": True, "reason": "reviewed"} | fields
        return self.ask(domain.review_climb, domain.ReviewClimb, **words)

    def decide(self, outcome: str, *tasks: domain.DecidedTask) -> list[Event]:
        words = {"outcome": outcome, "opinion": "my opinion", "tasks": tasks}
        return self.ask(domain.decide, domain.Decide, dispatch=self.dispatch, **words)


def types(said: list[Event]) -> list[str]:
    return [fact.type.removesuffix(".v1") for fact in said]


def handed(said: list[Event]) -> list[tuple[str, str, str]]:
    """Unit, role and task of each hand-over."""
    return [(fact.unit, fact.role, fact.task) for fact in said if isinstance(fact, CaseAssigned)]


def one(said: list[Event], kind: type[Any]) -> Any:
    """The only fact of this kind."""
    found = [fact for fact in said if isinstance(fact, kind)]
    assert len(found) == 1, types(said)
    return found[0]


DAY = timedelta(days=1)
