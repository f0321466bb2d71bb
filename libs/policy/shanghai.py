"""Between stored instants (aware UTC, millisecond precision) and the days and hours of Asia/Shanghai. Pure."""

from datetime import UTC, date, datetime, time, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Fixed: China has kept no summer time since 1991."""


def local(instant: datetime) -> datetime:
    """The instant as clocks in China show it. Raises `ValueError` for one without a time zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant.astimezone(SHANGHAI)


def day_of(instant: datetime) -> date:
    """The day in China on which the instant falls; 24:00 is the day after's 0:00."""
    return local(instant).date()


def stored(instant: datetime) -> datetime:
    """The instant in UTC, cut to milliseconds. Raises `ValueError` for one without a time zone."""
    utc = local(instant).astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def midnight(day: date) -> datetime:
    """0:00 of the day in China, in UTC."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)
