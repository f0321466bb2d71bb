"""Marks that the office and a third party give each unit month by month, beside the enterprises' ratings. 002-31"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import mean
from typing import Any, Literal

from contracts.record import Command, Record
from services.disclosure.part import Part
from services.disclosure.workings import Marks


class EnterMarks(Command):
    """Of 100 each; a mark entered again replaces the one before."""

    type: Literal["enter-marks"] = "enter-marks"
    unit: str
    office: int
    third_party: int


class MonthOfMarks(Part):
    key: str
    marks: dict[str, tuple[int, int]] = {}


def empty(key: str) -> MonthOfMarks:
    return MonthOfMarks(key=key)


def keys(month: MonthOfMarks) -> Mapping[str, Any]:
    return {}


def evolve(month: MonthOfMarks, record: Record) -> MonthOfMarks:
    if not isinstance(record, EnterMarks):
        return month
    return month.model_copy(update={"marks": month.marks | {record.unit: (record.office, record.third_party)}})


def marks_key(scheme: str, month: str) -> str:
    return f"marks:{scheme}:{month}"


def means(months: Iterable[MonthOfMarks]) -> Marks:
    """Each unit's mean marks over these months."""
    given: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for month in months:
        for unit, marks in month.marks.items():
            given[unit].append(marks)
    return {unit: (mean(o for o, _ in marks), mean(t for _, t in marks)) for unit, marks in given.items()}
