"""The stretch of days that figures are counted over, by the name that events give it."""

from datetime import date

from libs.policy.recurring import Turn, turn_of
from libs.policy.refused import Refused


def named(period: str) -> Turn:
    """The half-month, month, quarter, half-year or year of this name (`2026-Q3`). Raises `Refused` for any other."""
    year, *rest = period.split("-")
    try:
        match rest:
            case []:
                return turn_of("year", date(int(year), 1, 1))
            case ["H1" | "H2" as half]:
                return turn_of("half-year", date(int(year), 1 if half == "H1" else 7, 1))
            case ["Q1" | "Q2" | "Q3" | "Q4" as quarter]:
                return turn_of("quarter", date(int(year), 3 * int(quarter[1]) - 2, 1))
            case [month]:
                return turn_of("month", date(int(year), int(month), 1))
            case [month, "A" | "B" as half]:
                return turn_of("half-month", date(int(year), int(month), 1 if half == "A" else 16))
            case _:
                raise ValueError(period)
    except ValueError:
        raise Refused("unknown-period", f"{period!r} is no period", field="period", status=422) from None
