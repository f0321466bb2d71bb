"""A city without servers: the domains of all services wired by the catalogue, moved through time by hand.

It stands for the real system in tests of rules alone: same functions, same facts, no bus, no store, no clock. A letter
counts as delivered when the timeline says so.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from contracts.catalogue import CATALOGUE
from contracts.events import (
    AppealAccepted,
    AppealWithdrawn,
    CaseEvent,
    CaseRated,
    ClockMissed,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    Event,
    LetterDelivered,
    RatingInvited,
    case_fact,
)
from contracts.record import Record
from libs.files import load_directory, load_notices
from libs.policy.calendar import Calendar
from libs.policy.scheme import Scheme
from libs.policy.shanghai import SHANGHAI
from services.deadline import domain as deadline
from services.evaluation import domain as evaluation
from services.intake import domain as intake
from services.routing import domain as routing

ROOT = Path(__file__).parents[2]
DIRECTORY = load_directory(ROOT / "deploy/directory/chaozhou.yaml").running("chaozhou-direct-line")
CALENDAR = Calendar.from_years(load_notices(ROOT / "deploy/calendars"))
CASE = "ZT-0000000000000000"

Decide = Callable[[Any], Iterable[Event]]


@dataclass
class Book:
    """What one service keeps of the case: its state and the ids of everything in its history."""

    state: Any
    evolve: Callable[[Any, Record], Any]
    ids: set[str] = field(default_factory=set[str])

    def apply(self, cause: Record | None, decide: Decide) -> list[Event]:
        """As the store does it: known causes change nothing; facts that were said are not said again."""
        if cause is not None and cause.id in self.ids:
            return []
        said = [fact for fact in decide(self.state) if fact.id not in self.ids]
        for record in [*([] if cause is None else [cause]), *said]:
            self.state = self.evolve(self.state, record)
            self.ids.add(record.id)
        return said


class City:
    """One case in a city under one scheme."""

    def __init__(self, scheme: Scheme, *, calendar: Calendar = CALENDAR) -> None:
        self.scheme = scheme
        self.calendar = calendar
        schemes = {scheme.ref: scheme}
        self.now = datetime(2021, 11, 8, tzinfo=SHANGHAI)
        self.facts: list[Event] = []
        self._seen = 0
        self.books = {
            "intake": Book(intake.empty(CASE), intake.evolve),
            "routing": Book(routing.empty(CASE), routing.evolve),
            "deadline": Book(deadline.empty(CASE), partial(deadline.evolve, schemes=schemes)),
            "evaluation": Book(evaluation.empty(CASE), evaluation.evolve),
        }

    # Time and acts ----------------------------------------------------------------------------------------------------

    def until(self, moment: datetime) -> None:
        """Live on to a moment; what falls due on the way happens at its time, what is due at it has happened."""
        while (due := self._next_due()) is not None and due <= moment:
            self.now = max(due, self.now)
            fire = partial(deadline.fall_due, now=self.now, scheme=self.scheme, calendar=self.calendar)
            self._spread(self.books["deadline"].apply(None, fire))
        self.now = moment

    def ask(self, service: str, command: Record, decide: Decide) -> list[Event]:
        """Somebody asks a service for something. Raises `Refused`."""
        said = self.books[service].apply(command, decide)
        self._spread(said)
        return said

    def deliver_invitation(self) -> None:
        """The provider's receipt for the invitation to rate comes in."""
        invited = next(fact for fact in self.facts if isinstance(fact, RatingInvited))
        letter = case_fact(
            LetterDelivered, by=invited, case=CASE, scheme=self.scheme.ref, at=self.now, subject="letter",
            template="rating-invitation", audience="enterprise", about=invited.id, way="sms",
        )  # fmt: skip
        self._spread([letter])

    def fresh(self) -> list[Event]:
        """The facts since the last look."""
        facts, self._seen = self.facts[self._seen :], len(self.facts)
        return facts

    def due(self, clock: str) -> datetime | None:
        """When the last clock of this name that still runs, or last ran, is due."""
        clocks: list[deadline.Clock] = [known for known in self.books["deadline"].state.clocks if known.name == clock]
        return clocks[-1].due if clocks else None

    def _next_due(self) -> datetime | None:
        return deadline.next_due(self.books["deadline"].state, scheme=self.scheme, calendar=self.calendar)

    # The bus ----------------------------------------------------------------------------------------------------------

    def _spread(self, said: Iterable[Event]) -> None:
        waiting = deque(said)
        while waiting:
            fact = waiting.popleft()
            self.facts.append(fact)
            for service in sorted(CATALOGUE[fact.type].consumers):
                if service in self.books and isinstance(fact, CaseEvent):
                    waiting.extend(self.hear(service, fact))

    def hear(self, service: str, fact: CaseEvent) -> list[Event]:
        """One service hears one fact; what it says because of it."""
        return self.books[service].apply(fact, getattr(self, f"_{service}")(fact))

    def _intake(self, fact: CaseEvent) -> Decide:
        if isinstance(fact, ClockMissed):
            return partial(intake.return_unsupplemented, event=fact, now=self.now, scheme=self.scheme)
        return lambda state: ()

    def _routing(self, fact: CaseEvent) -> Decide:
        match fact:
            case AppealAccepted():
                return partial(routing.assign, event=fact, now=self.now, scheme=self.scheme, directory=DIRECTORY)
            case AppealWithdrawn():
                return partial(routing.withdraw, event=fact, now=self.now)
            case ClockMissed():
                return partial(routing.miss, event=fact, now=self.now, scheme=self.scheme)
            case CaseRated():
                return partial(routing.ask_for_final_decision, event=fact, now=self.now)
            case ClockStarted() | ClockResumed() | ClockRecomputed():
                return lambda state: ()
            case _:
                return lambda state: ()

    def _deadline(self, fact: CaseEvent) -> Decide:
        return partial(deadline.hear, event=fact, scheme=self.scheme, calendar=self.calendar)

    def _evaluation(self, fact: CaseEvent) -> Decide:
        return partial(evaluation.follows, by=fact, now=self.now, scheme=self.scheme)
