"""Publications come round: each period's draft is written when the period ends, and the next period is awaited."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from opentelemetry.trace import SpanKind
from pydantic import BaseModel

from contracts.record import derive_id
from libs.policy.publication import PublicationKind
from libs.policy.recurring import Turn, turn_of
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of, midnight
from libs.service import Service
from libs.store import Collection
from services.disclosure import marks, publications
from services.disclosure.domain import Entry
from services.disclosure.duties import Noted
from services.disclosure.figures import Figures, count_within
from services.disclosure.marks import MonthOfMarks, marks_key
from services.disclosure.publications import AwaitTurn, Filled, Publication, WriteFigures, number_of, title_of
from services.disclosure.sessions import Session
from services.disclosure.span import named
from services.disclosure.workings import Known, Workings, scores, workings

S = TypeVar("S", bound=BaseModel)
READ_AT_ONCE = 100


class Library:
    """Everything that disclosure keeps, as it is read for figures."""

    def __init__(
        self,
        service: Service,
        entries: Collection[Entry],
        sessions: Collection[Session],
        noted: Collection[Noted],
        months: Collection[MonthOfMarks],
    ) -> None:
        self.service = service
        self.entries = entries
        self.sessions = sessions
        self.noted = noted
        self.months = months

    async def known(self, scheme: Scheme) -> Known:
        """All of one scheme, in whichever version."""
        refs = self.versions(scheme)
        return Known(
            entries=await _all(self.entries, refs, "case"),
            sessions=await _all(self.sessions, refs, "number"),
            noted=await _all(self.noted, refs, "key"),
        )

    @property
    def changes(self) -> int:
        """How often this process wrote to what figures are counted from: while it stays the same, so do they."""
        return self.entries.changes + self.sessions.changes + self.noted.changes

    def versions(self, scheme: Scheme) -> list[str]:
        return [ref for ref, other in self.service.schemes.items() if other.scheme == scheme.scheme]

    async def marks(self, scheme: Scheme, turn: Turn) -> marks.Marks:
        """The mean of the marks of the months that end in this stretch."""
        keys = [marks_key(scheme.scheme, month) for month in months_of(turn)]
        found = [month for key in keys if (month := await self.months.get(key))]
        return marks.means(found)

    async def filled(self, scheme: Scheme, kind: PublicationKind, period: str) -> tuple[Filled, Figures]:
        """The figures that this kind of publication has, and the rates they rest on."""
        turn = named(period)
        known = await self.known(scheme)
        today = day_of(self.service.clock.now())
        rates = count_within(known.entries, turn=turn, scheme=scheme)
        did = workings(known, scheme, when=within(turn), today=today)
        return fill(kind, scheme, rates, did, await self.marks(scheme, turn)), rates


async def _all(collection: Collection[S], refs: list[str], name: str) -> list[S]:
    """By the field that names a document."""
    found: list[S] = []
    for ref in refs:
        async for one in collection.every({"keys.scheme": ref}):
            found.append(one)
            if len(found) % READ_AT_ONCE == 0:
                await asyncio.sleep(0)  # others are served between
    return sorted(found, key=lambda one: getattr(one, name))


def within(turn: Turn | None) -> Callable[[date | None], bool]:
    """Whether a day lies in the stretch; every day does where none is named."""
    return lambda day: day is not None and (turn is None or day in turn)


def whole() -> Turn:
    """All days there are."""
    return Turn("year", date.min, date.max)


def months_of(turn: Turn) -> list[str]:
    """The months that end in the stretch."""
    months: list[str] = []
    month = turn_of("month", turn.first)
    while month.last <= turn.last:
        months.append(month.key)
        month = month.after
    return months


def fill(kind: PublicationKind, scheme: Scheme, rates: Figures, did: Workings, given: marks.Marks) -> Filled:
    """Only what the scheme names for this kind of publication."""
    found = {
        "rates": rates,
        "scores": scores(rates, given, scheme),
        "duties": did.duties,
        "corrections": did.corrections,
        "missed": did.missed,
        "recurring": did.recurring,
        "commitments": did.promises,
    }
    return Filled(**{name: found[name] for name in kind.figures})  # type: ignore[arg-type]


def samples_of(rates: Figures) -> dict[str, int]:
    """Explicit ratings, unit by unit."""
    return {one.unit: one.ratings.satisfied + one.ratings.dissatisfied for one in rates.departments}


def due_work(
    service: Service, published: Collection[Publication], library: Library
) -> Callable[[str], Awaitable[None]]:
    """What is called with a publication's number when its period is over."""

    async def work(number: str) -> None:
        known = await published.get(number)
        if known is None or known.due is None or known.period is None:
            return
        scheme, now = service.schemes[known.scheme], service.clock.now()
        kind = scheme.publications[known.kind]
        # First what comes after: should we die in between, this one is still due.
        await await_turn(service, published, scheme, known.kind, named(known.period).after)
        figures, _ = await library.filled(scheme, kind, known.period)
        command = WriteFigures(
            id=derive_id(number, "write-figures"),
            at=now,
            by=service.name,
            title=title_of(kind, known.period),
            figures=figures,
            for_public=kind.for_public,
        )
        with service.tracer.span("draft publication", kind=SpanKind.INTERNAL, at=now):
            decide = partial(publications.write_figures, command=command, now=now)
            await published.apply(number, command, decide, kind="asked")

    return work


async def await_turn(
    service: Service, published: Collection[Publication], scheme: Scheme, kind: str, turn: Turn
) -> None:
    """At the end of the period a draft is written, if this version of the scheme is in force then."""
    if service.schemes.in_force(scheme.scheme, turn.last) is not scheme:
        return
    number = number_of(scheme.ref, kind, turn.key)
    command = AwaitTurn(
        id=derive_id(number, "await-turn"),
        at=service.clock.now(),
        by=service.name,
        scheme=scheme.ref,
        kind=kind,
        period=turn.key,
        due=midnight(turn.last + timedelta(days=1)),
    )
    await published.apply(number, command, lambda before: (), kind="asked")


def first_turns(service: Service, published: Collection[Publication]) -> Callable[[], Awaitable[None]]:
    """Awaits the present period of everything that comes round, or the first under a version still to come."""

    async def begin() -> None:
        today = day_of(service.clock.now())
        for scheme in service.schemes.values():
            for name, kind in scheme.publications.items():
                if kind.every:
                    turn = turn_of(kind.every, max(today, scheme.in_force.from_))
                    await await_turn(service, published, scheme, name, turn)

    return begin
