"""Facts and lives of cases for the tests of disclosure."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from contracts.case_number import case_number, number
from contracts.events import (
    AppealAccepted,
    AppealFiled,
    CaseAnswered,
    CaseClosed,
    CaseEvent,
    CaseRated,
    Event,
)
from contracts.record import Record, derive_id
from libs.files import load_notices, load_schemes
from libs.policy.calendar import Calendar
from services.disclosure import domain, duties, sessions
from services.disclosure.domain import Entry
from services.disclosure.duties import Noted
from services.disclosure.sessions import Session

SCHEMES = load_schemes(Path("deploy/schemes"))
SCHEME = SCHEMES["chaozhou-direct-line@2021-11-08"]
CALENDAR = Calendar.from_years(load_notices(Path("deploy/calendars")))
CASE = case_number("test", "0")
SESSION = number("HY", "test", "0")


def at(day: int, month: int = 3, hour: int = 2) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def fact(of: type[Event], when: datetime, /, **fields: Any) -> Any:
    if issubclass(of, CaseEvent):
        fields = {"case": CASE} | fields
    told = of.model_fields["type"].default
    id = derive_id("test", told, str(when), str(sorted(fields.items(), key=str)))
    return of(id=id, cause="test", scheme=SCHEME.ref, at=when, **fields)


def life(
    case: str = CASE,
    *,
    rating: str = "satisfied",
    unit: str = "shi_gongdian",
    outcome: str = "solved",
    day: datetime = at(20),
    level: str | None = None,
    closed: bool = True,
) -> list[Record]:
    ended = "finally-decided" if rating == "dissatisfied" else rating
    return [
        fact(AppealFiled, at(2), case=case, channel="portal", scheme_hash="0" * 16),
        fact(AppealAccepted, at(3), case=case, category="energy", district="445102", level="city", lead=unit),
        fact(CaseAnswered, at(15), case=case, unit=unit, outcome=outcome),
        fact(CaseRated, day, case=case, rating=rating, level=level),
        *([fact(CaseClosed, day, case=case, outcome=ended)] if closed else []),
    ]


def entry(records: Iterable[Record], case: str = CASE) -> Entry:
    known = domain.empty(case)
    for record in records:
        known = domain.evolve(known, record)
    return Entry.model_validate(known.model_dump(mode="json"))


def cases(count: int, **facts: Any) -> list[Entry]:
    """So many cases of one kind; `start` tells kinds apart."""
    start = facts.pop("start", "")
    named = [case_number("test", f"{start}{facts}{index}") for index in range(count)]
    return [entry(life(case, **facts), case) for case in named]


def session(records: Iterable[Record]) -> Session:
    known = sessions.empty(SESSION)
    for record in records:
        known = sessions.evolve(known, record)
    return Session.model_validate(known.model_dump(mode="json"))


def noted(*records: Event) -> Noted:
    known = duties.empty(records[0].key)
    for record in records:
        known = duties.evolve(known, record)
    return Noted.model_validate(known.model_dump(mode="json"))


TODAY = date(2026, 4, 1)


class Shelf:
    """A collection in memory: the same fold, no store. It keeps what was said."""

    def __init__(self, part: Any) -> None:
        self.part = part
        self.changes = 0
        self.states: dict[str, Any] = {}
        self.ids: set[str] = set()
        self.said: list[Any] = []

    async def get(self, key: str) -> Any:
        return self.states.get(key)

    async def apply(self, key: str, record: Record, decide: Callable[[Any], Any], *, kind: str = "heard") -> Any:
        before = self.states.get(key) or self.part.empty(key)
        if record.id in self.ids:
            return SimpleNamespace(state=before, said=(), known=True)
        said = [*decide(before)]
        for one in (record, *said):
            self.states[key] = self.part.evolve(self.states.get(key) or before, one)
            self.ids.add(one.id)
        self.said += said
        return SimpleNamespace(state=self.states[key], said=said, known=False)

    async def find(self, where: Mapping[str, Any], *, sort: str, limit: int) -> list[Any]:
        def fits(state: Any) -> bool:
            keys = {f"keys.{name}": value for name, value in self.part.keys(state).items()}
            return all(
                keys[name] > wanted["$gt"] if isinstance(wanted, dict) else keys[name] == wanted
                for name, wanted in where.items()
            )

        found = [state for state in self.states.values() if fits(state)]
        return sorted(found, key=lambda state: self.part.keys(state)[sort.removeprefix("keys.")])[:limit]

    async def every(self, where: Mapping[str, Any]) -> AsyncGenerator[Any]:
        for state in self.states.values():
            keys = {f"keys.{name}": value for name, value in self.part.keys(state).items()}
            if all(keys[name] == wanted for name, wanted in where.items()):
                yield state

    async def trace_of(self, key: str) -> str:
        return ""

    async def due(self, now: datetime) -> list[str]:
        dues = {key: self.part.keys(state)["next_due"] for key, state in self.states.items()}
        return sorted(key for key, due in dues.items() if due and due <= now)


def at_work(now: datetime, fetch: Any = None, schemes: Any = SCHEMES) -> Any:
    """A service as far as its work asks it; `fetch` answers for the others."""
    clock = SimpleNamespace(at=now)
    clock.now = lambda: clock.at
    tracer = SimpleNamespace(span=lambda *args, **more: nullcontext())
    return SimpleNamespace(
        name="disclosure", schemes=schemes, clock=clock, tracer=tracer, fetch=fetch, counted=lambda applied: applied
    )
