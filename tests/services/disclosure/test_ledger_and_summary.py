"""Disclosure: what is kept of a case, how a month is counted, drafted, approved and published, what the public reads."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from contracts.case_number import case_number
from contracts.events import (
    AppealAccepted,
    AppealFiled,
    AppealReturned,
    AppealWithdrawn,
    CaseAnswered,
    CaseClosed,
    CaseEvent,
    CaseRated,
    CaseRatedAgain,
    ClockMissed,
    Event,
)
from contracts.record import Record, derive_id
from libs.files import load_notices, load_schemes
from libs.policy.calendar import Calendar
from libs.policy.refused import Refused
from libs.policy.scheme import SchemeError, parse_scheme
from services.disclosure import domain, ledger, summary
from services.disclosure.answered import answered
from services.disclosure.api import PublicSummary
from services.disclosure.domain import Entry, KeepWording, PublishEntry, Wording, shown
from services.disclosure.figures import Rate, count
from services.disclosure.ledger import Row
from services.disclosure.publishing import personal_in, wording_of
from services.disclosure.summary import Approve, AwaitDraft, Content, Held, Summary, TellPublished, WriteDraft

FILE = Path("deploy/schemes/chaozhou-direct-line.2021-11-08.yaml")
SCHEME = load_schemes(FILE.parent)["chaozhou-direct-line@2021-11-08"]
CALENDAR = Calendar.from_years(load_notices(Path("deploy/calendars")))
CASE = case_number("test", "0")
KEY = domain.summary_key(SCHEME.ref, "2026-03")
ANSWER = "已协调供水单位完成管网改造，水压恢复正常。"


def at(day: int, month: int = 3, hour: int = 2) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def fact(kind: type[CaseEvent], when: datetime, case: str = CASE, **fields: Any) -> Any:
    name = kind.model_fields["type"].default
    id = derive_id("test", name, case, str(sorted(fields.items())))
    return kind(id=id, cause="test", case=case, scheme=SCHEME.ref, at=when, **fields)


def life(
    number: int = 0,
    *,
    rating: str = "satisfied",
    unit: str = "shi_gongdian",
    closed: str | None = None,
    day: datetime = at(20),
    missed: tuple[str, ...] = (),
    category: str = "energy",
) -> list[Record]:
    case = case_number("test", str(number))
    outcome = closed or ("finally-decided" if rating == "dissatisfied" else rating)
    return [
        fact(AppealFiled, at(2), case, channel="portal", scheme_hash="0" * 16),
        fact(AppealAccepted, at(3), case, category=category, district="445102", level="city", lead=unit),
        *(
            fact(ClockMissed, at(18), case, clock=clock, subject=f"{clock}:d1", of="d1", unit=unit, due=at(18))
            for clock in missed
        ),
        fact(CaseAnswered, at(15), case, unit=unit, outcome="solved"),
        fact(CaseRated, day, case, rating=rating),
        fact(CaseClosed, day, case, outcome=outcome),
    ]


def folded(records: Iterable[Record], case: str = CASE) -> Entry:
    entry = domain.empty(case)
    for record in records:
        entry = domain.evolve(entry, record)
    return Entry.model_validate(entry.model_dump(mode="json"))


def entry(number: int = 0, **facts: Any) -> Entry:
    return folded(life(number, **facts), case_number("test", str(number)))


def keep_wording(answer: str = ANSWER, final: str | None = None) -> KeepWording:
    wording = Wording(unit_name="市供电局", answer=answer, final_answer=final)
    return KeepWording(id="kept", at=at(1, 4), by="disclosure", wording=wording)


def published(number: int = 0, answer: str = ANSWER, **facts: Any) -> Entry:
    known = domain.evolve(entry(number, **facts), keep_wording(answer))
    command = PublishEntry(id=f"publish {number}", at=at(3, 4), by="disclosure")
    for said in domain.publish(known, command, now=at(3, 4)):
        known = domain.evolve(known, said)
    return known


# --- one case -----------------------------------------------------------------------------------------------------------


@given(st.permutations([*life(missed=("reply", "acceptance")), fact(CaseRatedAgain, at(25), rating="satisfied")]))
def test_any_order_of_the_same_events_ends_in_the_same_entry(order: list[Record]) -> None:
    straight = [*life(missed=("reply", "acceptance")), fact(CaseRatedAgain, at(25), rating="satisfied")]
    assert folded(order) == folded(straight)


def test_days_and_months_are_those_of_china() -> None:
    """§3.18"""
    last_moment = datetime(2026, 3, 31, 15, 59, 59, 999000, tzinfo=UTC)
    assert entry(day=last_moment).month_ended == "2026-03"
    assert entry(day=last_moment + timedelta(milliseconds=1)).month_ended == "2026-04"


def test_a_dissatisfied_rating_counts_in_its_own_month_not_in_that_of_the_final_decision() -> None:
    """§3.10"""
    before = life(rating="dissatisfied")[:-1]
    later = folded([*before, fact(CaseClosed, at(9, 4), outcome="finally-decided")])
    assert (later.month_rated, later.month_ended) == ("2026-03", "2026-04")
    assert domain.keys(later)["month_rated"] == KEY
    assert folded(before).month_ended is None


def test_a_returned_and_a_withdrawn_appeal_end_as_such() -> None:
    """§3.17"""
    returned = folded([fact(AppealReturned, at(4), reason="litigation")])
    assert (returned.ended, returned.returned) == (("returned", date(2026, 3, 4)), "litigation")
    assert folded([fact(AppealWithdrawn, at(4))]).ended == ("withdrawn", date(2026, 3, 4))


def test_only_limits_of_those_who_handle_are_counted_as_missed() -> None:
    assert entry(missed=("reply", "acceptance", "rating", "objection")).times_missed(SCHEME) == 2


def test_an_entry_is_published_once_and_only_with_a_wording_that_was_cleared() -> None:
    command = PublishEntry(id="publish", at=at(3, 4), by="disclosure")
    assert domain.publish(entry(), command, now=at(3, 4)) == []
    unfinished = domain.evolve(folded(life()[:-1]), keep_wording())
    assert domain.publish(unfinished, command, now=at(3, 4)) == []
    ready = domain.evolve(entry(), keep_wording())
    (said,) = domain.publish(ready, command, now=at(3, 4))
    assert said.type == "entry.published.v1"
    assert domain.publish(domain.evolve(ready, said), command, now=at(3, 4)) == []


def test_what_changes_after_publication_is_shown_as_corrected_with_its_day() -> None:
    before = published(rating="dissatisfied")
    assert before.revised_on is None
    after = domain.evolve(before, fact(CaseRatedAgain, at(9, 5), rating="dissatisfied"))
    assert (after.rated_again, after.revised_on) == ("dissatisfied", date(2026, 5, 9))


# --- a month in figures ---------------------------------------------------------------------------------------------------


def test_explicit_and_defaulted_ratings_are_counted_apart_and_both_rates_stand_on_their_numbers() -> None:
    """001-43, §3.7, §3.8"""
    words = ["satisfied"] * 3 + ["dissatisfied"] + ["defaulted"] * 6 + ["unrated"] * 2
    figures = count([entry(n, rating=word) for n, word in enumerate(words)], month="2026-03", scheme=SCHEME)
    assert figures.ratings.model_dump() == {"satisfied": 3, "dissatisfied": 1, "defaulted": 6, "unrated": 2}
    assert figures.satisfied_explicitly == Rate(count=3, among=4, percent=75.0)
    assert figures.satisfied_or_defaulted == Rate(count=9, among=10, percent=90.0)
    assert figures.closed == 12


def test_a_second_rating_replaces_nothing_in_the_rates() -> None:
    """§3.10"""
    again = fact(CaseRatedAgain, at(25), rating="satisfied")
    figures = count([folded([*life(rating="dissatisfied"), again])], month="2026-03", scheme=SCHEME)
    assert figures.satisfied_explicitly == Rate(count=0, among=1, percent=0.0)
    assert figures.rated_again == {"satisfied": 1}


def test_returned_and_withdrawn_appeals_are_counted_apart_and_improve_no_rate() -> None:
    """§3.17"""
    worked = [entry(n, rating=word, missed=("reply",)) for n, word in enumerate(["satisfied", "dissatisfied"])]
    aside = [
        folded([fact(AppealReturned, at(4), case_number("test", f"r{n}"), reason=reason)], case_number("test", f"r{n}"))
        for n, reason in enumerate(["litigation", "litigation", "not-local"])
    ]
    aside.append(folded([fact(AppealWithdrawn, at(4), case_number("test", "w"))], case_number("test", "w")))
    alone, together = (count(some, month="2026-03", scheme=SCHEME) for some in (worked, worked + aside))
    assert (together.returned, together.withdrawn) == ({"litigation": 2, "not-local": 1}, 1)
    assert together.model_copy(update={"returned": {}, "withdrawn": 0}) == alone


def test_a_rate_of_nothing_is_no_number() -> None:
    figures = count([], month="2026-03", scheme=SCHEME)
    assert figures.on_time == Rate(count=0, among=0, percent=None)
    assert figures.satisfied_explicitly.percent is None


def test_what_ended_in_another_month_is_not_counted() -> None:
    assert count([entry(day=at(2, 4))], month="2026-03", scheme=SCHEME).closed == 0


def test_counts_by_category_unit_and_on_time_share() -> None:
    """001-45"""
    entries = [entry(0), entry(1, category="land", unit="shi_ziran", missed=("reply",)), entry(2, missed=("rating",))]
    figures = count(entries, month="2026-03", scheme=SCHEME)
    assert figures.by_category == {"energy": 2, "land": 1}
    assert figures.by_unit == {"shi_gongdian": 2, "shi_ziran": 1}
    assert figures.by_district == {"445102": 3}
    assert figures.by_outcome == {"solved": 3}
    assert figures.on_time == Rate(count=2, among=3, percent=66.7)


def test_units_below_the_minimum_sample_are_not_ranked_and_equals_share_a_place() -> None:
    """§3.18"""
    ratings = {
        "shi_jia": ["satisfied"] * 4 + ["dissatisfied"],
        "shi_yi": ["satisfied"] * 5,
        "shi_bing": ["satisfied"] * 8 + ["dissatisfied"] * 2,
        "shi_ding": ["satisfied"] * 4 + ["defaulted"] * 9,
    }
    entries = [
        entry(f"{unit}{n}", unit=unit, rating=word)  # type: ignore[arg-type]
        for unit, words in ratings.items()
        for n, word in enumerate(words)
    ]
    figures = count(entries, month="2026-03", scheme=SCHEME)
    assert [(rank.place, rank.unit) for rank in figures.ranking] == [(1, "shi_yi"), (2, "shi_bing"), (2, "shi_jia")]
    assert figures.too_few_to_rank == ("shi_ding",)
    assert figures.minimum_sample == 5


# --- the summary's way ----------------------------------------------------------------------------------------------------


def content(*cases: str, held: tuple[Held, ...] = (), rating: str = "satisfied") -> Content:
    return Content(figures=count([entry(rating=rating)], month="2026-03", scheme=SCHEME), entries=cases, held=held)


def awaited(id: str = "await", due: datetime = at(31, hour=16), when: datetime = at(20)) -> AwaitDraft:
    return AwaitDraft(id=id, at=when, by="disclosure", scheme=SCHEME.ref, month="2026-03", due=due)


def written(what: Content, id: str = "write", asked: int = 0, when: datetime = at(31, hour=16)) -> WriteDraft:
    return WriteDraft(id=id, at=when, by="disclosure", content=what, asked=asked)


def approval(id: str = "approve", version: int | None = None, when: datetime = at(3, 4)) -> Approve:
    return Approve(id=id, at=when, by="leader-1", leader="王副市长", version=version)


def told(*cases: str) -> TellPublished:
    return TellPublished(id=f"told {cases}", at=at(3, 4), by="disclosure", cases=cases)


def run(*records: Record) -> tuple[Summary, list[str]]:
    known, said = summary.empty(KEY), list[Event]()
    for record in records:
        facts: list[Event] = []
        if isinstance(record, WriteDraft):
            facts = summary.write_draft(known, record, now=record.at)
        elif isinstance(record, Approve):
            facts = summary.approve(known, record, now=record.at)
        for each in [record, *facts]:
            known = summary.evolve(known, each)
        said += facts
    return Summary.model_validate(known.model_dump(mode="json")), [event.type.removesuffix(".v1") for event in said]


def test_the_draft_is_due_on_the_1st_of_the_next_month_and_once() -> None:
    """001-45, §3.13"""
    due = summary.drafting(SCHEME, month="2026-03", today=date(2026, 3, 20), calendar=CALENDAR)
    assert due == datetime(2026, 3, 31, 16, tzinfo=UTC)
    known, said = run(awaited(), awaited("another case"))
    assert summary.keys(known)["next_due"] == due
    known, said = run(awaited(), written(content(CASE)))
    assert said == ["summary.drafted"]
    assert summary.keys(known)["next_due"] is None


def test_a_fact_on_the_drafting_day_is_drafted_at_once_and_a_later_one_on_the_next() -> None:
    on_the_day = summary.drafting(SCHEME, month="2026-03", today=date(2026, 4, 1), calendar=CALENDAR)
    assert on_the_day == datetime(2026, 3, 31, 16, tzinfo=UTC)
    later = summary.drafting(SCHEME, month="2026-03", today=date(2026, 4, 2), calendar=CALENDAR)
    assert later == datetime(2026, 4, 30, 16, tzinfo=UTC)


def test_a_fact_that_comes_while_the_month_is_counted_is_counted_next() -> None:
    late = awaited("late", when=at(31, hour=17))
    known, _ = run(awaited(), late, written(content(CASE), asked=0, when=at(31, hour=17)))
    assert summary.keys(known)["next_due"] is not None
    known, _ = run(awaited(), late, written(content(CASE), asked=1, when=at(31, hour=17)))
    assert summary.keys(known)["next_due"] is None


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2025, 2026])
def test_approval_is_asked_three_working_days_before_the_10th_as_far_as_the_calendar_has_them(year: int) -> None:
    """§3.13: on the 1st; after a National Day week no day of the month itself is earlier"""
    for number in range(1, 12):
        month = f"{year}-{number:02}"
        asked = summary.drafting(SCHEME, month=month, today=summary.last_day(month), calendar=CALENDAR)
        last = summary.publish_by(SCHEME, month=month, calendar=CALENDAR)
        assert asked == datetime(year, number + 1, 1, tzinfo=UTC) - timedelta(hours=8)
        assert last == date(year, number + 1, 10)
        if number != 9:
            assert CALENDAR.working_days_between(date(year, number + 1, 1), last) >= 3


def test_only_a_draft_can_be_approved() -> None:
    for before in ([], [awaited()]):
        with pytest.raises(Refused) as refused:
            run(*before, approval())
        assert (refused.value.rule, refused.value.status) == ("not-drafted", 409)


def test_approval_makes_the_month_public_and_a_second_one_says_nothing_new() -> None:
    known, said = run(awaited(), written(content(CASE)), approval(), approval("again"))
    assert said == ["summary.drafted", "summary.approved", "summary.published"]
    assert known.approval is not None
    assert known.approval.leader == "王副市长"
    assert known.public is not None
    assert known.revised_on is None


def test_a_leader_approves_the_draft_that_was_read_and_no_other() -> None:
    drafts = [awaited(), written(content(CASE)), written(content(), id="write 2")]
    with pytest.raises(Refused) as refused:
        run(*drafts, approval(version=1))
    assert refused.value.rule == "draft-changed"
    assert run(*drafts, approval(version=2))[1][-1] == "summary.published"


def test_publishing_goes_on_until_every_entry_has_said_so() -> None:
    cases = [case_number("test", str(n)) for n in range(3)]
    records = [awaited(), written(content(*cases)), approval()]
    known, _ = run(*records)
    assert known.unpublished == tuple(cases)
    assert summary.keys(known)["next_due"] == at(3, 4)
    known, _ = run(*records, told(*cases[:2]))
    assert summary.keys(known)["next_due"] == at(3, 4)
    known, _ = run(*records, told(*cases[:2]), told(*cases[2:]))
    assert summary.keys(known)["next_due"] is None


def test_late_facts_never_change_what_is_public_without_a_new_version_and_its_day() -> None:
    first = [awaited(), written(content(CASE)), approval(), told(CASE)]
    late = [awaited("late", due=at(30, 4), when=at(9, 4)), written(content(CASE, "ZT-2", rating="unrated"), id="w2")]
    known, said = run(*first, *late)
    assert known.public is not None
    assert (known.public.version, known.revised_on) == (1, None)
    assert said[-1] == "summary.drafted"
    known, _ = run(*first, *late, approval("a2", when=at(4, 5)))
    assert known.public is not None
    assert (known.public.version, known.revised_on, known.unpublished) == (2, date(2026, 5, 4), ("ZT-2",))


def test_a_count_that_changes_nothing_is_not_told() -> None:
    first = [awaited(), written(content(CASE)), approval(), told(CASE)]
    known, said = run(*first, awaited("late", due=at(30, 4)), written(content(CASE), id="again"))
    assert said.count("summary.drafted") == 1
    assert (known.waiting, summary.keys(known)["next_due"]) == (None, None)


# --- the public's side ----------------------------------------------------------------------------------------------------


def test_the_public_is_shown_what_the_scheme_allows_and_nothing_else() -> None:
    """§4: an allow-list"""
    narrow = SCHEME.publication.model_copy(update={"fields": {"category": SCHEME.publication.fields["category"]}})
    assert shown(published(), SCHEME.model_copy(update={"publication": narrow})) == {"category": "energy"}
    assert list(shown(published(), SCHEME)) == list(SCHEME.publication.fields)


def test_a_scheme_cannot_allow_a_field_that_is_not_for_the_public() -> None:
    text = FILE.read_text("utf-8").replace("    unit: {zh: 答复单位", "    enterprise: {zh: 企业名称")
    with pytest.raises(SchemeError, match="enterprise"):
        parse_scheme(text, source="changed")


def test_the_receipt_number_is_not_public() -> None:
    row = published()
    assert row.number.startswith("GK-")
    assert row.case[3:] not in row.number
    for text in written_everywhere(row):
        assert row.case not in text


CANARIES = {"enterprise": "金丝雀陶瓷有限公司", "name": "金丝雀", "phone": "13800138000", "email": "canary@example.com"}


@pytest.mark.parametrize("canary", CANARIES.values())
@pytest.mark.parametrize("place", ["answer", "final_answer", "unit_name"])
def test_a_wording_with_somebodys_data_in_it_is_held_back(canary: str, place: str) -> None:
    answer = {"unit": "shi_gongdian", "unit_name": "市供电局", "answer": ANSWER, "final_answer": None}
    clean = wording_of(answer)
    assert clean is not None
    assert personal_in(clean, names=(CANARIES["enterprise"], CANARIES["name"])) == ()
    wording = wording_of(answer | {place: f"请{canary}知悉。"})
    assert wording is not None
    assert personal_in(wording, names=(CANARIES["enterprise"], CANARIES["name"])) != ()


def test_an_answer_that_was_never_written_is_no_wording() -> None:
    nothing = {"unit": "shi_gongdian", "unit_name": "市供电局", "answer": None, "final_answer": None}
    assert wording_of(nothing) is None


def written_everywhere(*entries: Entry) -> list[str]:
    rows = [Row(entry, SCHEME) for entry in entries]
    return [
        ledger.as_json(rows, following=None),
        ledger.as_csv(rows, columns=ledger.columns_of([SCHEME])),
        ledger.as_atom(rows, title="台账"),
    ]


def test_the_csv_opens_as_chinese_and_says_words_instead_of_codes() -> None:
    text = ledger.as_csv([Row(published(), SCHEME)], columns=ledger.columns_of([SCHEME]))
    assert text.encode().startswith(b"\xef\xbb\xbf")
    heading, row = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    cells = dict(zip(heading, row, strict=True))
    assert cells["诉求类别"] == "用水用电用气"
    assert cells["答复单位"] == "市供电局"
    assert cells["满意度评价"] == "满意"
    assert cells["收件日期"] == "2026-03-02"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "＝", "＋1", "－", "＠", "\n="])
def test_no_cell_is_a_formula(start: str) -> None:
    """Guarded by an apostrophe before whatever a spreadsheet would run."""
    row = Row(published(answer=f'{start}HYPERLINK("http://x")'), SCHEME)
    text = ledger.as_csv([row], columns=ledger.columns_of([SCHEME]))
    _, cells = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert f'\'{start}HYPERLINK("http://x")' in cells
    assert not any(cell.strip().startswith(("=", "+", "-", "@")) for cell in cells)


def test_no_text_of_the_public_carries_a_time_of_day() -> None:
    in_json, in_csv, in_atom = written_everywhere(published())
    assert "T0" not in in_json
    assert "T0" not in in_csv
    assert in_atom.count("T00:00:00+08:00") == in_atom.count("+08:00")


def test_the_feed_is_atom_and_survives_markup_in_an_answer() -> None:
    feed = ET.fromstring(ledger.as_atom([Row(published(answer="<b>&\u3000水"), SCHEME)], title="台账"))
    atom = "{http://www.w3.org/2005/Atom}"
    assert feed.findtext(f"{atom}updated") == "2026-04-03T00:00:00+08:00"
    (item,) = feed.findall(f"{atom}entry")
    assert item.findtext(f"{atom}id") == f"urn:zhitongche:entry:{published().number}"
    assert "<b>&\u3000水" in (item.findtext(f"{atom}content") or "")


def test_characters_that_no_document_may_hold_do_not_reach_the_public() -> None:
    wording = wording_of({"unit": "u", "unit_name": "市供电局", "answer": "水\x00压\ufffe\x0b", "final_answer": None})
    assert wording is not None
    assert wording.answer == "水压"


def test_the_json_gives_the_cursor_of_the_next_page() -> None:
    page = json.loads(ledger.as_json([Row(published(), SCHEME)], following="2026-04-03:GK-0"))
    assert page["next"] == "2026-04-03:GK-0"
    assert page["entries"][0]["published_on"] == "2026-04-03"


def asking(tag: str | None = None) -> Request:
    headers = [(b"if-none-match", tag.encode())] if tag else []
    return Request({"type": "http", "method": "GET", "path": "/ledger.json", "headers": headers})


def test_whoever_has_the_page_already_is_told_so_by_its_tag() -> None:
    first = answered(asking(), "页", "application/json")
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        assert answered(asking(known), "页", "application/json").status_code == 304
    assert answered(asking(tag), "另一页", "application/json").status_code == 200
    assert first.body == "页".encode()


def test_the_public_summary_names_no_case_no_leader_and_no_finding() -> None:
    held = Held(case=case_number("test", "held"), reasons=("phone",))
    known, _ = run(awaited(), written(content(CASE, held=(held,))), approval())
    assert known.public is not None
    public = PublicSummary.of(known, known.public, SCHEME)
    assert (public.entries, public.held_back, public.approved_on) == (1, 1, "2026-04-03")
    text = public.model_dump_json()
    assert not any(private in text for private in (CASE, held.case, "王副市长", "phone"))
