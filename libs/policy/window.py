"""When enterprises can register for a session (报名时间), as the limits of its scheme say. Pure."""

from datetime import date, timedelta

from libs.policy.calendar import Calendar
from libs.policy.scheme import Scheme


def last_day(scheme: Scheme, held_on: date, calendar: Calendar) -> date | None:
    """The last day on which an appeal still belongs to the session of this day: the platform closes at 0:00 of the day
    that the limit names (§5). None where nothing is closed before a session."""
    for clock in scheme.clocks.values():
        if "close-window" in clock.rings and clock.counted_from == "held_on":
            return clock.period.on(held_on, calendar) - timedelta(days=1)
    return None
