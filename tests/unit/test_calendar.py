"""Working days are what the official notices say, checked against two independent libraries and the notices' text."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.files import load_notices
from libs.policy.calendar import Calendar
from libs.policy.notice import YearNotice, parse, parse_notice, render
from tests.support import TEXT_2027

CALENDARS = Path(__file__).parents[2] / "deploy" / "calendars"
NOTICES = (
    Path(__file__).parent / "notices"
)  # the State Council's texts, which are no work under the Copyright Law (art. 5)

OFFICIAL = [parse(path.read_text(encoding="utf-8")) for path in sorted(CALENDARS.glob("cn.*.yaml"))]
CN = Calendar.from_years(notice for notice in OFFICIAL if notice.year <= 2026)

BEFORE_2027 = date(2026, 12, 28)
days = st.dates(date(2021, 1, 1), BEFORE_2027)
thorough = settings(max_examples=300, database=None)


def each(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def notice_text(year: int) -> str:
    return (NOTICES / f"{year}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("year", range(2021, 2027))
def test_every_day_is_what_two_independent_libraries_say(year: int) -> None:
    china = holidays.country_holidays("CN", years=[year, year + 1])
    for day in each(date(year, 1, 1), date(year, 12, 31)):
        assert CN.is_working_day(day) == chinese_calendar.is_workday(day), day
        assert CN.is_working_day(day) == china.is_working_day(day), day


@pytest.mark.parametrize("year", range(2021, 2027))
def test_every_file_holds_what_its_notice_says(year: int) -> None:
    (filed,) = [notice for notice in OFFICIAL if notice.year == year]
    assert parse_notice(notice_text(year), year, url=filed.papers[0].url) == filed
    assert filed.doubts() == []


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 2, 14), True),
        (date(2026, 2, 28), True),
        *[(date(2026, 2, day), False) for day in range(15, 24)],
        (date(2026, 9, 20), True),
        (date(2026, 10, 10), True),
        (date(2025, 9, 28), True),
        (date(2025, 10, 8), False),
    ],
)
def test_known_days(day: date, working: bool) -> None:
    assert CN.is_working_day(day) is working


NEW_YEAR_2019 = """
year: 2019
papers: [{title: 国务院办公厅关于2019年部分节假日安排的通知, number: 国办发明电〔2018〕15号, date: 2018-12-06}]
holidays: [{name: 元旦, from: 2018-12-30, to: 2019-01-01, work: [2018-12-29]}]
"""


def test_a_day_of_late_december_is_found_in_the_next_years_notice() -> None:
    assert CN.special[date(2022, 12, 31)].name == "元旦"
    calendar = Calendar.from_years([parse(NEW_YEAR_2019)])
    assert calendar.is_working_day(date(2018, 12, 29)), "a Saturday, worked"
    assert not calendar.is_working_day(date(2018, 12, 31)), "a Monday, off"


def test_a_year_without_a_notice_is_provisional_and_has_only_weekends_off() -> None:
    for day in each(date(2027, 1, 1), date(2027, 12, 31)):
        assert CN.is_provisional(day)
        assert CN.is_working_day(day) == (day.weekday() < 5)
    assert not any(CN.is_provisional(day) for day in each(date(2021, 1, 1), BEFORE_2027))


def test_the_last_days_of_december_are_provisional_until_the_next_notice_is_out() -> None:
    assert CN.is_provisional(date(2026, 12, 29))
    assert not CN.is_provisional(date(2025, 12, 31))
    notice = parse_notice(TEXT_2027, 2027)
    assert notice.doubts() == []
    known = Calendar.from_years([*OFFICIAL, notice])
    assert not known.is_provisional(date(2026, 12, 31))
    assert not known.is_provisional(date(2027, 12, 28))


def test_a_new_notice_makes_another_version_and_the_order_of_files_does_not() -> None:
    assert Calendar.from_years(reversed(OFFICIAL)) == Calendar.from_years(OFFICIAL)
    with_2027 = Calendar.from_years([*OFFICIAL, parse_notice(TEXT_2027, 2027)])
    assert with_2027.version != CN.version
    corrected = parse_notice(TEXT_2027.replace("5月8日（周六）", "5月9日（周日）"), 2027)
    assert Calendar.from_years([*OFFICIAL, corrected]).version != with_2027.version


@thorough
@given(days, st.integers(-60, 60))
def test_adding_working_days_and_counting_them_agree(day: date, count: int) -> None:
    there = CN.add_working_days(day, count)
    assert CN.working_days_between(day, there) == count
    if count:
        assert CN.is_working_day(there)
    if CN.is_working_day(day):
        assert CN.add_working_days(there, -count) == day


@thorough
@given(days, days, st.integers(1, 40))
def test_a_later_start_never_gives_an_earlier_day(one: date, other: date, count: int) -> None:
    early, late = sorted((one, other))
    assert CN.add_working_days(early, count) <= CN.add_working_days(late, count)
    assert CN.add_working_days(early, count) < CN.add_working_days(early, count + 1)


@thorough
@given(days)
def test_the_next_and_the_previous_working_day_have_none_between(day: date) -> None:
    after, before = CN.next_working_day(day), CN.previous_working_day(day)
    assert before < day < after
    assert CN.is_working_day(before)
    assert CN.is_working_day(after)
    between = each(before + timedelta(1), after - timedelta(1))
    assert [one for one in between if CN.is_working_day(one)] == ([day] if CN.is_working_day(day) else [])
    assert CN.working_day_from(day) == (day if CN.is_working_day(day) else after)


def test_the_nth_working_day_of_a_month() -> None:
    assert CN.nth_working_day(2026, 2, 1) == date(2026, 2, 2)
    assert CN.nth_working_day(2026, 10, 1) == date(2026, 10, 8)
    assert CN.nth_working_day(2026, 2, -1) == date(2026, 2, 28), "a make-up Saturday"
    assert CN.nth_working_day(2025, 12, -1) == date(2025, 12, 31)
    for n in (0, 30, -30):
        with pytest.raises(ValueError, match=f"2026-02 has no working day number {n}"):
            CN.nth_working_day(2026, 2, n)


# --- a region's own days ---------------------------------------------------------------------------------------------

NATIONAL_2017 = """
year: 2017
papers: [{title: 国务院办公厅关于2017年部分节假日安排的通知, number: 国办发明电〔2016〕17号, date: 2016-12-01}]
holidays: [{name: 清明节, from: 2017-04-02, to: 2017-04-04, work: [2017-04-01]}]
"""  # of the seven festivals only the one that the region touches

GUANGXI_2017 = """
year: 2017
region: "45"
papers: [{title: 广西壮族自治区人民政府办公厅关于2017年“壮族三月三”放假的通知, date: 2017-02-10}]
replaces: [2017-04-01]
holidays: [{name: 壮族三月三, from: 2017-03-30, to: 2017-04-01, work: [2017-04-08]}]
"""


def test_a_regions_notice_overrules_the_national_one_there_and_only_there() -> None:
    notices = [parse(GUANGXI_2017), parse(NATIONAL_2017)]
    guangxi, china = Calendar.from_years(notices, "cn-45"), Calendar.from_years(notices)
    differ = {day: guangxi.is_working_day(day) for day in each(date(2017, 3, 1), date(2017, 4, 30))
              if guangxi.is_working_day(day) != china.is_working_day(day)}  # fmt: skip
    assert differ == {
        date(2017, 3, 30): False,
        date(2017, 3, 31): False,
        date(2017, 4, 1): False,
        date(2017, 4, 8): True,
    }
    assert guangxi.version != china.version


def test_a_regions_year_is_provisional_until_its_own_notice_is_out_too() -> None:
    later = parse(NATIONAL_2017.replace("2017-0", "2018-0").replace("year: 2017", "year: 2018")
                  .replace("2018-04-01", "2018-04-08").replace("2018-04-02", "2018-04-05")
                  .replace("2018-04-04", "2018-04-07"))  # fmt: skip
    notices = [parse(GUANGXI_2017), parse(NATIONAL_2017), later]
    assert not Calendar.from_years(notices).is_provisional(date(2018, 4, 18))
    assert Calendar.from_years(notices, "cn-45").is_provisional(date(2018, 4, 18))


@pytest.mark.parametrize(
    ("notices", "id", "sentence"),
    [
        ([NATIONAL_2017, NATIONAL_2017], "cn", "two notices for 2017"),
        ([NATIONAL_2017], "cn-45", "no notice for calendar 'cn-45'"),
        ([NATIONAL_2017, GUANGXI_2017.replace("replaces: [2017-04-01]\n", "")], "cn-45", "list it under replaces"),
        (
            [NATIONAL_2017, GUANGXI_2017.replace("[2017-04-01]", "[2017-03-30, 2017-04-01]")],
            "cn-45",
            "replaces nothing",
        ),
    ],
)
def test_notices_that_do_not_fit_together_are_refused(notices: list[str], id: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Calendar.from_years(map(parse, notices), id)


# --- the files and the notices' wording ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "notice", [*OFFICIAL, parse(GUANGXI_2017)], ids=lambda notice: f"{notice.calendar}.{notice.year}"
)
def test_a_file_written_and_read_again_is_the_same_notice(notice: YearNotice) -> None:
    assert parse(render(notice)) == notice


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("to: 2017-04-04", "to: 2017-04-01", "2017-04-01 is before 2017-04-02"),
        ("[2017-04-01]", "[2017-04-03]", "2017-04-03 is named twice"),
        ("[2017-04-01]", "[2017-04-06]", "make-up workday 2017-04-06 is a Thursday, not on a weekend"),
        ("[2017-04-01]", "[2018-04-01]", "2018-04-01 is neither in 2017 nor the December before"),
        ("papers: [{", "papers: []\nother: [{", "papers: .*at least 1"),
        ("year: 2017", "year: 2017\nyears: 2", "years: Extra inputs"),
        ("year: 2017", "year: 2017\nreplaces: [2017-04-01]", "a national notice has none above it"),
        ("year: 2017", 'year: 2017\nregion: "45"\nreplaces: [2017-05-01]', "2017-05-01 is neither off nor worked"),
        ("year: 2017", "year: 2017\nregion: Guangxi", "region: "),
        ("year: 2017", "year: [", "not YAML"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(was: str, becomes: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse(NATIONAL_2017.replace(was, becomes))


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("2月14日（周六）", "2月14日（周日）", "春节: the text calls 2026-02-14 周日, but it is 周六"),
        ("共9天", "共8天", "春节: the text says 共8天, but its dates make 9 days"),
        ("2月14日（周六）", "2月13日", "make-up workday 2026-02-13 is a Friday"),
        ("2月14日（周六）", "2月16日", "2026-02-16 is named twice"),
        ("至23日（农历正月初七、周一）放假调休，共9天", "至13日放假", "2026-02-13 is before 2026-02-15"),
        ("4月4日（周六）至6日（周一）", "4月4日、4月31日", "there is no day 2026-4-31"),
        ("4月4日（周六）至6日（周一）放假，共3天", "4月6日（周一）照常公休", "清明节: not understood"),
        ("4月4日（周六）至6日（周一）放假，共3天", "4月6日（周一）不放假", "清明节: not understood"),
        ("4月4日（周六）至6日（周一）放假，共3天", "另行通知", "清明节: no day off is found"),
        ("关于2026年", "关于2027年", "this is the notice for 2027, not for 2026"),
        ("国务院办公厅\n2025年11月4日", "", "the date of the notice is not found"),
        ("、", "。", "no holiday is found"),
    ],
)
def test_a_notice_text_that_contradicts_itself_is_refused(was: str, becomes: str, sentence: str) -> None:
    text = notice_text(2026)
    assert was in text
    with pytest.raises(ValueError, match=sentence):
        parse_notice(text.replace(was, becomes), 2026)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.translate(str.maketrans("（），：", "(),:")),
        lambda text: text.replace("\n", "\r\n　　"),
        lambda text: text.replace("周", "星期").replace("星期日", "星期天"),
        lambda text: text[: text.index("。\n\n鼓励")] + "\n国务院办公厅\n2025年11月4日",
        lambda text: text + "\n[责任编辑：某某] 2025年11月5日发布，11月6日（周一）放假",
    ],
    ids=["half-width", "Windows lines, indented", "星期天", "no full stop at the end", "a news site's footer"],
)
def test_a_notice_is_read_however_it_was_pasted(change: Callable[[str], str]) -> None:
    assert parse_notice(change(notice_text(2026)), 2026) == parse_notice(notice_text(2026), 2026)


def test_a_notice_without_number_or_with_a_festival_missing_is_doubted() -> None:
    text = notice_text(2026)
    without_number = text.replace("国办发明电〔2025〕7号", "")
    assert parse_notice(without_number, 2026).doubts() == ["the notice of 2025-11-04 has no number"]
    assert parse_notice(without_number, 2026, number="国办发明电〔2025〕7号").doubts() == []
    cut = text[: text.index("六、中秋节")] + "国务院办公厅\n2025年11月4日\n"
    assert parse_notice(cut, 2026).doubts() == ["the notice says nothing of 中秋节、国庆节: is its text complete?"]


def test_a_calendar_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "cn.2030.yaml").write_text("year: soon", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^cn\.2030\.yaml: .*year"):
        load_notices(tmp_path)
