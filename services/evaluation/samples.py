"""Looking again: a share of the closed cases of a period is drawn and each is called back (回头看). 003 三(十四)

The draw follows from scheme, period and case alone: who repeats it draws the same, and nobody can choose.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, Literal

from contracts.case_number import number
from contracts.events import Event, SampleDrawn, fact
from contracts.record import Command, Instant, Record, SchemeRef
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from services.evaluation.case import Part


class Draw(Command):
    """`closed`: the cases of the period, from which is drawn."""

    type: Literal["draw"] = "draw"
    scheme: SchemeRef
    first: date
    last: date
    closed: tuple[str, ...]


class Told(Command):
    """A drawn case knows of it."""

    type: Literal["told"] = "told"
    case: str


class Sample(Part):
    sample: str
    scheme: str = ""
    first: date | None = None
    last: date | None = None
    drawn_at: Instant | None = None
    drawn: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    """Drawn cases that do not know of it yet."""


def sample_number(scheme: str, first: date, last: date) -> str:
    return number("CY", scheme, first.isoformat(), last.isoformat())


def chosen(scheme: Scheme, first: date, last: date, closed: Iterable[str]) -> tuple[str, ...]:
    """The share of the scheme's closed cases, at least one of any. 003-41"""
    assert scheme.oversight.sampling is not None
    cases = sorted(set(closed), key=lambda case: _lot(scheme.ref, first, last, case))
    count = -(-len(cases) * scheme.oversight.sampling.percent // 100)
    return tuple(sorted(cases[:count]))


def _lot(*parts: object) -> bytes:
    return blake2b(":".join(map(str, parts)).encode(), digest_size=16).digest()


def empty(sample: str) -> Sample:
    return Sample(sample=sample)


def keys(sample: Sample) -> Mapping[str, Any]:
    return {
        "scheme": sample.scheme or None,
        "drawn_at": sample.drawn_at,
        "next_due": sample.drawn_at if sample.owed else None,
    }


def evolver(schemes: Mapping[str, Scheme]) -> Any:
    """The fold of samples; which cases are drawn follows from the command and the scheme."""

    def evolve(sample: Sample, record: Record) -> Sample:
        match record:
            case Draw():
                drawn = chosen(schemes[record.scheme], record.first, record.last, record.closed)
                changes = record.model_dump(include={"scheme", "first", "last"})
                return sample.model_copy(update=changes | {"drawn_at": record.at, "drawn": drawn, "owed": drawn})
            case Told():
                return sample.model_copy(update={"owed": tuple(c for c in sample.owed if c != record.case)})
            case _:
                return sample

    return evolve


def draw(sample: Sample, command: Draw, *, now: datetime, scheme: Scheme) -> list[Event]:
    """Raises `Refused` where the scheme draws no samples, for a period that is not over, that was drawn from, or in
    which nothing was closed. 003-41"""
    if scheme.oversight.sampling is None:
        raise Refused("no-sampling", "under this regulation nothing is looked at again by lot")
    if sample.drawn_at is not None:
        raise Refused("already-drawn", f"the sample {sample.sample} of this period is drawn; there is no second draw")
    if command.last < command.first or command.last >= day_of(now):
        raise Refused("period-open", "draw from a period that is over", field="to", status=422)
    if not command.closed:
        raise Refused("nothing-closed", "no case was closed in this period")
    drawn = chosen(scheme, command.first, command.last, command.closed)
    return [fact(SampleDrawn, by=command, scheme=scheme.ref, at=now, sample=sample.sample, cases=len(drawn))]
