"""The life of one case as evaluation sees it, for tests: what is heard and asked in turn, and what was said."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.events import CaseAnswered, CaseEvent, ClockMissed, ClockStopped, Event, LetterDelivered
from contracts.record import Command, Record, derive_id
from libs.files import load_schemes
from libs.policy.scheme import Scheme
from services.evaluation.case import Case
from services.evaluation.commands import CallBack, Rate, RateAgain
from services.evaluation.domain import empty, evolve, follows, with_consequences
from services.evaluation.judging import call_back, rate, rate_again

SCHEMES = load_schemes(Path("deploy/schemes"))
CASE = "ZT-7K3M9QXA2B4D6F8H"
START = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
UNIT = "shi_gongdian"


def scheme_called(name: str) -> Scheme:
    return next(scheme for scheme in SCHEMES.values() if scheme.scheme == name)


def varied(scheme: Scheme, **rating: Any) -> Scheme:
    """The scheme with other words about rating."""
    return scheme.model_copy(update={"rating": scheme.rating.model_copy(update=rating)})


class Life:
    """`day`: how many days after the start it is."""

    def __init__(self, scheme: Scheme, case: str = CASE) -> None:
        self.scheme = scheme
        self.case: Case = empty(case)
        self.said: list[Event] = []
        self.day = 0
        self._count = 0

    @property
    def now(self) -> datetime:
        return START + timedelta(days=self.day)

    @property
    def names(self) -> list[str]:
        return [_name(event) for event in self.said]

    def heard(self, kind: type[CaseEvent], /, **fields: Any) -> "Life":
        self._count += 1
        id = derive_id("test", str(self._count))
        event = kind(id=id, cause="test", case=self.case.case, scheme=self.scheme.ref, at=self.now, **fields)
        self._take(event, follows(self.case, event, now=self.now, scheme=self.scheme))
        return self

    def asked(
        self, rule: Callable[..., list[Event]], kind: type[Command], by: str = "somebody", **fields: Any
    ) -> "Life":
        self._count += 1
        command = kind(id=f"asked-{self._count}", at=self.now, by=by, **fields)
        self._take(command, with_consequences(rule, self.case, command, now=self.now, scheme=self.scheme))
        return self

    def _take(self, record: Record, said: list[Event]) -> None:
        for each in (record, *said):
            self.case = evolve(self.case, each)
        self.case = Case.model_validate(self.case.model_dump(mode="json"))
        self.said += said

    # What cases live through often ------------------------------------------------------------------------------------

    def answered(self, unit: str = UNIT) -> "Life":
        self.day += 1
        return self.heard(CaseAnswered, unit=unit, outcome="solved")

    def reached(self) -> "Life":
        """The invitation arrives."""
        template = next(one.template for one in self.scheme.letters if one.after == "rating.invited.v1")
        about = {"template": template, "audience": "enterprise", "about": "test", "way": "sms"}
        return self.heard(LetterDelivered, subject="letter", **about)

    def missed(self, clock: str, of: str = "", unit: str = UNIT) -> "Life":
        self.day += 10
        subject = f"{clock}:{of}" if of else clock
        return self.heard(ClockMissed, clock=clock, of=of, subject=subject, unit=unit, due=self.now)

    def stopped(self, clock: str, of: str = "", outcome: str = "late", due: datetime | None = None) -> "Life":
        subject = f"{clock}:{of}" if of else clock
        return self.heard(ClockStopped, clock=clock, of=of, subject=subject, unit=UNIT, outcome=outcome, due=due)

    def rated(self, word: str, way: str | None = None) -> "Life":
        self.day += 1
        way = way or self.scheme.rating.ways[0]
        return self.asked(rate, Rate, rating=word, way=way)

    def rated_again(self, word: str) -> "Life":
        self.day += 1
        return self.asked(rate_again, RateAgain, rating=word, way=self.scheme.rating.ways[0])

    def called_back(self, solved: bool, way: str = "phone", unit: str | None = None) -> "Life":
        self.day += 1
        return self.asked(call_back, CallBack, way=way, solved=solved, note="spoke with them", unit=unit)


def _name(event: Event) -> str:
    word = next((w for f in ("rating", "outcome", "round") if (w := getattr(event, f, None)) is not None), None)
    return event.type.removesuffix(".v1") + (f"({word})" if word is not None else "")
