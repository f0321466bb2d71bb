"""When limits run out: as the Civil Code (arts. 200-204) counts, checked against a model that counts day by day."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from libs.policy.calendar import Calendar
from libs.policy.notice import parse, parse_notice
from libs.policy.period import ANCHORS, WEEKDAYS, WORDINGS, Due, Pause, Period
from libs.policy.shanghai import SHANGHAI, day_of, local, midnight

CALENDARS = Path(__file__).parents[2] / "deploy" / "calendars"
OFFICIAL = [parse(path.read_text(encoding="utf-8")) for path in sorted(CALENDARS.glob("cn.*.yaml"))]
CN = Calendar.from_years(notice for notice in OFFICIAL if notice.year <= 2026)

DAY = timedelta(days=1)
thorough = settings(max_examples=400, database=None)


def at(text: str) -> datetime:
    """`2026-02-13 17:30`, in China, as stored; 24:00 is the evening's end."""
    day, clock = text.split()
    hours, minutes = map(int, clock.split(":"))
    return midnight(date.fromisoformat(day)) + timedelta(hours=hours, minutes=minutes)


def due(words: str, start: str, *pauses: tuple[str, str]) -> datetime:
    return Period.parse(words).due_with_pauses(at(start), [(at(a), at(b)) for a, b in pauses], CN).at


# --- words -----------------------------------------------------------------------------------------------------------


def ordinal(number: int) -> str:
    return f"{number}{'th' if number in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def plural(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


counts = st.integers(1, 99)
dates_of_month = st.integers(1, 28).map(ordinal)
or_next = st.sampled_from(["", ", or the next working day"])
durations = st.one_of(
    st.builds(plural, counts, st.just("hour")),
    st.builds(lambda n, or_next: plural(n, "natural day") + or_next, counts, or_next),
    st.builds(plural, counts, st.just("working day")),
)
dated = st.one_of(
    st.builds(lambda day, or_next: f"the {day}{or_next}", dates_of_month, or_next),
    st.builds(lambda day, or_next: f"by the {day} of next month{or_next}", dates_of_month, or_next),
    st.builds(
        lambda n, day, or_next: f"{ordinal(n)} {day}{or_next}", st.integers(1, 4), st.sampled_from([*WEEKDAYS]), or_next
    ),
    st.builds(
        lambda n, day: f"{plural(n, 'working day')} before {day}", st.integers(1, 20), st.sampled_from([*ANCHORS])
    ),
    st.builds(lambda n, day: f"{ordinal(n)} working day after {day}", st.integers(1, 20), st.sampled_from([*ANCHORS])),
)
same_hour = st.builds(lambda n: plural(n, "hour") + ", or the same hour of the next working day", counts)
wordings = durations | dated | same_hour
instants = st.integers(0, 144_000_000_000).map(lambda n: at("2021-11-08 00:00") + timedelta(milliseconds=n))


@thorough
@given(wordings)
def test_a_period_gives_back_the_words_it_was_parsed_from(words: str) -> None:
    period = Period.parse(words)
    assert str(period) == period.en == words
    assert Period.parse(str(period)) == period


def test_every_wording_shown_in_an_error_is_understood() -> None:
    for words in WORDINGS:
        assert str(Period.parse(words)) == words


@pytest.mark.parametrize(
    ("words", "zh"),
    [
        ("24 hours", "24小时"),
        (
            "24 hours, or the same hour of the next working day",
            "24小时，届满之时在非工作日的，顺延至下一工作日同一时刻",
        ),
        ("5 natural days", "5个自然日"),
        ("10 working days", "10个工作日"),
        ("the 25th, or the next working day", "25日，遇非工作日顺延至下一工作日"),
        ("by the 10th of next month", "次月10日前（含当日）"),
        ("2nd wednesday", "当月第2个星期三"),
        ("5 working days before the session", "现场活动日前5个工作日"),
        ("2nd working day after the last session", "上一期现场活动日后第2个工作日"),
    ],
)
def test_a_period_is_worded_in_chinese(words: str, zh: str) -> None:
    assert Period.parse(words).zh == zh


@pytest.mark.parametrize(
    "words",
    [
        *(
            "",
            "10",
            "10 workdays",
            "10 Working days",
            "010 working days",
            "0 hours",
            "-1 hours",
            "1０ hours",
            "1000 hours",
        ),
        *("1 hours", "2 hour", "1 working days", "the 2th", "the 29th", "the 31st", "5th friday", "2th wednesday"),
        *("24 hours, or the next working day", "10 working days, or the next working day", "10 working days "),
        *("5 working days before DATE", "2 working days after the session", "at once", "within 10 working days"),
    ],
)
def test_unknown_words_are_refused_with_the_words_there_are(words: str) -> None:
    with pytest.raises(ValueError, match=r"unknown period .*; the words there are.*10 working days.*the last session"):
        Period.parse(words)


# --- counting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        # the day of the event is not counted, and the last one ends at 24:00
        ("3 working days", "2026-03-02 09:00", "2026-03-05 24:00"),
        ("3 working days", "2026-03-02 23:59", "2026-03-05 24:00"),
        ("3 working days", "2026-03-02 00:00", "2026-03-05 24:00"),
        # filed before, on and after the Spring Festival of 2026 (off 15-23 February, 14 and 28 worked)
        ("1 working day", "2026-02-13 17:30", "2026-02-14 24:00"),
        ("1 working day", "2026-02-14 10:00", "2026-02-24 24:00"),
        ("1 working day", "2026-02-17 12:00", "2026-02-24 24:00"),
        ("10 working days", "2026-02-13 17:30", "2026-03-05 24:00"),
        ("10 working days", "2026-02-17 12:00", "2026-03-06 24:00"),
        ("5 working days", "2026-02-23 12:00", "2026-02-28 24:00"),
        # filed on a plain Saturday: Monday is the first day
        ("1 working day", "2026-03-07 10:00", "2026-03-09 24:00"),
        # New Year's Eve
        ("1 working day", "2025-12-31 23:00", "2026-01-04 24:00"),
        ("3 working days", "2025-12-31 23:00", "2026-01-06 24:00"),
        # natural days are taken at their word
        ("5 natural days", "2026-02-13 17:30", "2026-02-18 24:00"),
        ("5 natural days, or the next working day", "2026-02-13 17:30", "2026-02-24 24:00"),
        ("5 natural days, or the next working day", "2026-03-02 17:30", "2026-03-09 24:00"),
        # hours run through nights and days off
        ("24 hours", "2026-02-14 17:30", "2026-02-15 17:30"),
        ("24 hours, or the same hour of the next working day", "2026-02-14 17:30", "2026-02-24 17:30"),
        ("24 hours, or the same hour of the next working day", "2026-02-13 17:30", "2026-02-14 17:30"),
        ("24 hours, or the same hour of the next working day", "2026-03-06 17:30", "2026-03-09 17:30"),
        # 24:00 of a Friday is still Friday's
        ("24 hours, or the same hour of the next working day", "2026-03-06 00:00", "2026-03-06 24:00"),
        # dates
        ("the 25th", "2026-11-01 00:00", "2026-11-25 24:00"),
        ("the 25th", "2026-11-25 12:00", "2026-11-25 24:00"),
        ("the 25th", "2025-12-26 12:00", "2026-01-25 24:00"),
        ("the 25th, or the next working day", "2026-01-03 12:00", "2026-01-26 24:00"),
        ("by the 10th of next month", "2026-01-31 12:00", "2026-02-10 24:00"),
        ("by the 10th of next month", "2025-12-01 12:00", "2026-01-10 24:00"),
        ("2nd wednesday", "2026-03-01 12:00", "2026-03-11 24:00"),
        ("2nd wednesday", "2026-04-01 12:00", "2026-04-08 24:00"),
        ("2nd wednesday", "2026-04-09 12:00", "2026-05-13 24:00"),
        ("2nd wednesday, or the next working day", "2024-02-01 12:00", "2024-02-18 24:00"),
        ("1st friday, or the next working day", "2026-05-01 08:00", "2026-05-06 24:00"),
        ("5 working days before the session", "2026-03-11 09:00", "2026-03-04 24:00"),
        ("5 working days before the session", "2026-03-04 09:00", "2026-02-26 24:00"),
        ("2nd working day after the last session", "2026-02-11 16:00", "2026-02-13 24:00"),
    ],
)
def test_a_limit_runs_out(words: str, start: str, end: str) -> None:
    assert due(words, start) == at(end)


def test_what_opens_or_closes_on_a_day_does_so_at_its_first_moment() -> None:
    session = at("2026-03-11 09:00")
    assert Period.parse("5 working days before the session").opens(session, CN).at == at("2026-03-04 00:00")
    assert Period.parse("2nd working day after the session").opens(session, CN).at == at("2026-03-13 00:00")


def test_a_date_can_be_asked_of_a_day() -> None:
    assert Period.parse("2nd wednesday").on(date(2026, 3, 1), CN) == date(2026, 3, 11)
    assert Period.parse("3 working days").on(date(2026, 3, 6), CN) == date(2026, 3, 11)
    with pytest.raises(ValueError, match="24 hours: hours name an instant, not a day"):
        Period.parse("24 hours").on(date(2026, 3, 1), CN)


@pytest.mark.parametrize(
    ("lead", "end", "warned"),
    [
        ("2 working days", "2026-03-06 24:00", "2026-03-05 00:00"),
        ("1 working day", "2026-03-09 24:00", "2026-03-09 00:00"),
        ("3 working days", "2026-02-24 24:00", "2026-02-13 00:00"),
        ("1 working day", "2026-03-08 24:00", "2026-03-06 00:00"),  # natural days that end on a Sunday
        ("1 working day", "2026-03-09 15:00", "2026-03-06 15:00"),
        ("2 hours", "2026-03-09 01:00", "2026-03-08 23:00"),
        ("1 natural day", "2026-03-09 24:00", "2026-03-08 24:00"),
    ],
)
def test_a_warning_leaves_whole_working_days(lead: str, end: str, warned: str) -> None:
    assert Period.parse(lead).warn_at(at(end), CN) == at(warned)


def test_a_date_is_no_lead_for_a_warning() -> None:
    with pytest.raises(ValueError, match="the 25th: a date has no length"):
        Period.parse("the 25th").warn_at(at("2026-03-09 24:00"), CN)


def test_instants_without_a_zone_are_refused() -> None:
    naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001
    aware = at("2026-03-02 09:00")
    calls: list[Callable[[Period], object]] = [
        lambda period: period.due(naive, CN),
        lambda period: period.due_with_pauses(aware, [(naive, naive)], CN),
        lambda period: period.warn_at(naive, CN),
    ]
    for call in calls:
        for words in ("24 hours", "5 natural days", "10 working days"):
            with pytest.raises(ValueError, match="has no time zone"):
                call(Period.parse(words))


@thorough
@given(wordings, instants)
def test_a_due_time_is_utc_in_whole_milliseconds(words: str, start: datetime) -> None:
    end = Period.parse(words).due(start.astimezone(SHANGHAI) + timedelta(microseconds=7), CN).at
    assert end.tzinfo is UTC
    assert end.microsecond % 1000 == 0
    if "hour" not in words:
        assert local(end).strftime("%H:%M:%S.%f") == "00:00:00.000000"


@thorough
@given(durations | dated, instants, instants)
def test_a_later_start_never_runs_out_earlier(words: str, one: datetime, other: datetime) -> None:
    # `or the same hour` is excepted by its own words: Friday 15:00 + 24 hours is Monday 15:00, Saturday 12:00's is 12:00.
    early, late = sorted((one, other))
    assert Period.parse(words).due(early, CN).at <= Period.parse(words).due(late, CN).at


@thorough
@given(wordings, instants)
def test_only_what_lies_before_a_date_runs_out_before_it_starts(words: str, start: datetime) -> None:
    assert (Period.parse(words).due(start, CN).at <= start) == ("before" in words)


@thorough
@given(wordings.filter(lambda words: "working day" in words), instants)
def test_a_limit_in_working_days_or_put_off_ends_on_a_working_day(words: str, start: datetime) -> None:
    assert CN.is_working_day(day_of(Period.parse(words).due(start, CN).at - timedelta(milliseconds=1)))


# --- years whose notice is not out -----------------------------------------------------------------------------------

NEXT_YEAR = """国务院办公厅关于2027年部分节假日安排的通知（本文为测试所拟，并非公布的通知）
一、元旦：1月1日（周五）至3日（周日）放假，共3天。1月9日（周六）上班。
国务院办公厅
2026年11月30日
"""


def test_a_due_time_in_a_year_without_a_notice_is_provisional_and_moves_when_the_notice_comes() -> None:
    reply, filed = Period.parse("10 working days"), at("2026-12-28 10:00")
    before = reply.due(filed, CN)
    assert before == Due(at("2027-01-11 24:00"), provisional=True), "1 January is a Friday: worked, as far as is known"
    known = Calendar.from_years([*OFFICIAL, parse_notice(NEXT_YEAR, 2027)])
    assert reply.due(filed, known) == Due(at("2027-01-11 24:00"), provisional=False), "a day lost, a Saturday won"
    assert Period.parse("5 working days").due(filed, CN) == Due(at("2027-01-04 24:00"), provisional=True)
    assert Period.parse("5 working days").due(filed, known) == Due(at("2027-01-05 24:00"), provisional=False)


@pytest.mark.parametrize(
    ("words", "start", "provisional"),
    [
        ("10 working days", "2026-12-01 10:00", False),
        ("10 working days", "2026-12-15 10:00", True),  # to 29 December, which the next notice may set apart
        ("5 working days before the session", "2027-01-04 10:00", True),  # 28 December, over days not known yet
        ("5 natural days", "2026-12-30 10:00", False),  # no notice moves it
        ("24 hours", "2027-01-01 10:00", False),
        ("2nd wednesday", "2027-01-01 10:00", False),
        ("2nd wednesday, or the next working day", "2027-01-01 10:00", True),
        ("24 hours, or the same hour of the next working day", "2026-12-31 10:00", True),
        ("24 hours, or the same hour of the next working day", "2026-12-14 10:00", False),
    ],
)
def test_a_due_time_is_provisional_where_a_notice_still_to_come_may_move_it(
    words: str, start: str, provisional: bool
) -> None:
    assert Period.parse(words).due(at(start), CN).provisional is provisional


# --- pauses ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "start", "pauses", "end"),
    [
        # due Friday the 6th; paused Tuesday to Thursday, two working days
        ("4 working days", "2026-03-02 09:00", [("2026-03-03 09:00", "2026-03-05 17:00")], "2026-03-10 24:00"),
        # within one day
        ("4 working days", "2026-03-02 09:00", [("2026-03-03 09:00", "2026-03-03 17:00")], "2026-03-06 24:00"),
        # over a weekend: Monday is lost, the days off are nobody's
        ("4 working days", "2026-03-02 09:00", [("2026-03-06 09:00", "2026-03-09 17:00")], "2026-03-09 24:00"),
        ("4 working days", "2026-03-02 09:00", [("2026-03-05 09:00", "2026-03-08 17:00")], "2026-03-09 24:00"),
        # paused on the last day, resumed on a Sunday: not late at once
        ("4 working days", "2026-03-02 09:00", [("2026-03-06 09:00", "2026-03-08 17:00")], "2026-03-09 24:00"),
        # overlapping pauses are one, a pause before the start none, nor one that begins when it is over
        (
            "4 working days",
            "2026-03-02 09:00",
            [("2026-03-04 09:00", "2026-03-05 17:00"), ("2026-03-03 09:00", "2026-03-04 12:00")],
            "2026-03-10 24:00",
        ),
        ("4 working days", "2026-03-02 09:00", [("2026-02-03 09:00", "2026-03-02 08:00")], "2026-03-06 24:00"),
        ("4 working days", "2026-03-02 09:00", [("2026-02-03 09:00", "2026-03-03 08:00")], "2026-03-09 24:00"),
        ("4 working days", "2026-03-02 09:00", [("2026-03-06 24:00", "2026-03-20 08:00")], "2026-03-06 24:00"),
        ("5 natural days", "2026-03-02 09:00", [("2026-03-03 09:00", "2026-03-05 17:00")], "2026-03-09 24:00"),
        (
            "5 natural days, or the next working day",
            "2026-03-02 09:00",  # due Saturday the 7th, put off to Monday; paused on that Monday
            [("2026-03-09 09:00", "2026-03-11 09:00")],
            "2026-03-11 24:00",
        ),
        ("24 hours", "2026-03-02 09:00", [("2026-03-02 10:00", "2026-03-02 11:30")], "2026-03-03 10:30"),
        (
            "24 hours, or the same hour of the next working day",
            "2026-03-05 09:00",
            [("2026-03-05 10:00", "2026-03-06 10:00")],
            "2026-03-09 09:00",
        ),
        ("the 25th", "2026-03-02 09:00", [("2026-03-03 09:00", "2026-03-20 09:00")], "2026-03-25 24:00"),
    ],
)
def test_a_pause_moves_the_due_time(words: str, start: str, pauses: list[tuple[str, str]], end: str) -> None:
    assert due(words, start, *pauses) == at(end)


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        due("4 working days", "2026-03-02 09:00", ("2026-03-05 09:00", "2026-03-04 09:00"))


pause_lengths = st.tuples(st.integers(-72, 24 * 40), st.integers(0, 24 * 12))
pause_lists = st.lists(pause_lengths, max_size=4)


def pauses_from(start: datetime, lengths: Sequence[tuple[int, int]]) -> list[Pause]:
    """Each as hours from the start and hours long."""
    return [(start + timedelta(hours=a), start + timedelta(hours=a + b)) for a, b in lengths]


@thorough
@given(durations | dated, instants, pause_lists, pause_lengths)
def test_one_more_pause_never_shortens(
    words: str, start: datetime, lengths: list[tuple[int, int]], more: tuple[int, int]
) -> None:
    period = Period.parse(words)
    without = period.due_with_pauses(start, pauses_from(start, lengths), CN).at
    assert (
        period.due_with_pauses(start, pauses_from(start, [*lengths, more]), CN).at
        >= without
        >= period.due(start, CN).at
    )


@thorough
@given(same_hour, instants, pause_lists)
def test_pauses_never_shorten_the_right_to_object(words: str, start: datetime, lengths: list[tuple[int, int]]) -> None:
    period = Period.parse(words)
    assert period.due_with_pauses(start, pauses_from(start, lengths), CN).at >= period.due(start, CN).at


@thorough
@given(wordings, instants, pause_lists, st.randoms())
def test_the_order_of_pauses_is_irrelevant(words: str, start: datetime, lengths: list[tuple[int, int]], random) -> None:
    pauses = pauses_from(start, lengths)
    shuffled = random.sample(pauses, len(pauses))
    period = Period.parse(words)
    assert period.due_with_pauses(start, shuffled, CN) == period.due_with_pauses(start, pauses, CN)


@thorough
@given(wordings, instants, pause_lists)
def test_a_pause_cut_in_two_is_the_same_pause(words: str, start: datetime, lengths: list[tuple[int, int]]) -> None:
    pauses = pauses_from(start, lengths)
    halves = [part for a, b in pauses for part in ((a, a + (b - a) / 2), (a + (b - a) / 2, b))]
    period = Period.parse(words)
    assert period.due_with_pauses(start, halves, CN) == period.due_with_pauses(start, pauses, CN)


@thorough
@given(durations, instants, pause_lists)
def test_a_limit_never_runs_out_during_a_pause(words: str, start: datetime, lengths: list[tuple[int, int]]) -> None:
    pauses = [(since, until) for since, until in pauses_from(start, lengths) if until > start]
    end = Period.parse(words).due_with_pauses(start, pauses, CN).at
    assert not any(since < end < until for since, until in pauses)


# --- a second opinion ------------------------------------------------------------------------------------------------
# Written without looking at how the period counts: it lives through the days (or hours) one by one, asks another
# library which days are worked, and never computes a difference of dates.


def lived_through_in_days(
    count: int, start: datetime, pauses: list[Pause], *, working: bool, put_off: bool = False
) -> datetime:
    day, spent = local(start).date(), 0
    running = [(max(local(a), local(start)), local(b)) for a, b in pauses if b > start]
    while True:
        day += DAY
        lost = any(a.date() < day <= b.date() for a, b in running)
        worked = chinese_calendar.is_workday(day)
        if not lost and (worked or not working):
            spent += 1
        evening = midnight(day + DAY)
        paused_that_evening = any(a < evening <= b for a, b in running)
        may_end = worked or not (working or put_off)
        if spent >= count and may_end and not paused_that_evening:
            return evening


def lived_through_in_hours(count: int, start: datetime, pauses: list[Pause]) -> datetime:
    now, spent = start, 0
    while spent < count:
        spent += not any(a <= now < b for a, b in pauses)
        now += timedelta(hours=1)
    return now


long_counts = st.integers(1, 40)
on_the_hour = instants.map(lambda instant: instant.replace(minute=0, second=0, microsecond=0))
very_thorough = settings(max_examples=1500, database=None)


@very_thorough
@given(long_counts, on_the_hour, pause_lists)
def test_working_days_are_what_living_through_them_gives(
    count: int, start: datetime, lengths: list[tuple[int, int]]
) -> None:
    pauses = pauses_from(start, lengths)
    ours = Period.parse(plural(count, "working day")).due_with_pauses(start, pauses, CN)
    assert ours == Due(lived_through_in_days(count, start, pauses, working=True), provisional=False)


@very_thorough
@given(long_counts, on_the_hour, pause_lists, st.booleans())
def test_natural_days_are_what_living_through_them_gives(
    count: int, start: datetime, lengths: list[tuple[int, int]], put_off: bool
) -> None:
    pauses = pauses_from(start, lengths)
    words = plural(count, "natural day") + (", or the next working day" if put_off else "")
    ours = Period.parse(words).due_with_pauses(start, pauses, CN)
    assert ours.at == lived_through_in_days(count, start, pauses, working=False, put_off=put_off)


@thorough
@given(st.integers(1, 96), on_the_hour, pause_lists)
def test_hours_are_what_living_through_them_gives(count: int, start: datetime, lengths: list[tuple[int, int]]) -> None:
    pauses = pauses_from(start, lengths)
    ours = Period.parse(plural(count, "hour")).due_with_pauses(start, pauses, CN)
    assert ours.at == lived_through_in_hours(count, start, pauses)


@thorough
@given(st.integers(1, 96), on_the_hour)
def test_the_same_hour_is_what_walking_on_to_a_working_day_gives(count: int, start: datetime) -> None:
    end = local(start) + timedelta(hours=count)
    assume(end.hour != 0)  # 24:00 has its own example above
    while not chinese_calendar.is_workday(end.date()):
        end += DAY
    words = plural(count, "hour") + ", or the same hour of the next working day"
    assert Period.parse(words).due(start, CN).at == end


def test_a_hundred_thousand_due_times_are_computed(capsys: pytest.CaptureFixture[str]) -> None:
    reply, first = Period.parse("10 working days"), at("2022-01-01 00:00")
    began = time.monotonic()
    ends = [reply.due(first + timedelta(minutes=17 * n), CN).at for n in range(100_000)]
    took = time.monotonic() - began
    assert ends == sorted(ends)
    with capsys.disabled():
        sys.stdout.write(f"\n100,000 due times of 10 working days in {took:.2f} s\n")
