"""A year's days as a small calendar: off by notice, worked to make up, weekends. Pure."""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Kind = Literal["off", "work", "weekend", "plain"]


@dataclass(frozen=True)
class Day:
    """`name`: the festival, of a day that a notice sets apart."""

    day: int
    kind: Kind
    name: str = ""


@dataclass(frozen=True)
class Month:
    """`weeks`: from Monday to Sunday, None outside the month."""

    month: int
    weeks: tuple[tuple[Day | None, ...], ...]


def laid_out(year: int, special: Mapping[str, Mapping[str, Any]]) -> list[Month]:
    """`special`: the days that notices set apart by ISO date, each with `working` and `name`."""
    return [
        Month(
            month,
            tuple(
                tuple(_day(date(year, month, day), special) if day else None for day in week)
                for week in months.monthcalendar(year, month)
            ),
        )
        for month in range(1, 13)
    ]


def working_days(year: int, special: Mapping[str, Mapping[str, Any]]) -> int:
    """How many days of the year are worked."""
    days = (day for month in laid_out(year, special) for week in month.weeks for day in week if day)
    return sum(day.kind in ("work", "plain") for day in days)


def _day(day: date, special: Mapping[str, Mapping[str, Any]]) -> Day:
    set_apart = special.get(day.isoformat())
    if set_apart is None:
        return Day(day.day, "weekend" if day.weekday() >= 5 else "plain")
    return Day(day.day, "work" if set_apart["working"] else "off", set_apart["name"])
