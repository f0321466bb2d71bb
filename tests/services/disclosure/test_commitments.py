"""What units promise in public: published, changed as a change, kept or late."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from facts import CASE, SCHEME, at, entry, fact
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import CaseAnswered, CaseReported, CommitmentEntered, CommitmentPublished
from contracts.record import Record
from services.disclosure import commitment, domain
from services.disclosure.commitment import KeepSheet, Sheet
from services.disclosure.open_pages import promises_of

SHEET = Sheet(
    unit_name="市水务局", leader="陈局长", person="林科长", due_on=date(2026, 3, 20), measures="完成管网改造。"
)


def entered(version: int = 1, due_on: date = date(2026, 3, 20), day: int = 12) -> Any:
    return fact(CommitmentEntered, at(day), subject="d1", unit="shi_shuiwu", due_on=due_on, version=version)


def fetched(version: int = 1, sheet: Sheet | None = SHEET, found: tuple[str, ...] = (), day: int = 12) -> KeepSheet:
    return KeepSheet(
        id=f"keep {version}", at=at(day), by="disclosure", dispatch="d1", version=version, sheet=sheet, found=found
    )


def said(known: domain.Entry, command: KeepSheet) -> list[Any]:
    return commitment.publish(known.commitments, command, case=CASE, scheme=SCHEME.ref, now=command.at)


def told(*records: Record) -> domain.Entry:
    """With everything that is said because of it."""
    known = domain.empty(CASE)
    for record in records:
        facts = said(known, record) if isinstance(record, KeepSheet) else []
        for one in (record, *facts):
            known = domain.evolve(known, one)
    return domain.Entry.model_validate(known.model_dump(mode="json"))


def status(known: domain.Entry, today: date) -> str:
    return known.commitments["d1"].status(today, known.answers)


def test_what_a_unit_promised_stands_before_the_public_with_leader_person_day_and_measures() -> None:
    """001-47: 对外公布责任领导、具体责任人、完成时限和工作措施."""
    known = told(entered())
    assert domain.keys(known)["next_due"] == at(12)
    (published,) = said(known, fetched())
    assert isinstance(published, CommitmentPublished)
    assert (published.subject, published.unit, published.version) == ("d1", "shi_shuiwu", 1)
    after = told(entered(), fetched())
    assert domain.keys(after)["next_due"] is None
    (row,) = promises_of(after, today=date(2026, 3, 13))
    assert {row["leader"], row["person"], row["due_on"], row["measures"]} == {
        "陈局长",
        "林科长",
        "2026-03-20",
        "完成管网改造。",
    }
    assert (row["entry"], row["status"], row["changed_on"]) == (after.number, "open", None)
    assert CASE not in str(row)


def test_a_change_is_published_as_a_change() -> None:
    """001-47, §3.22"""
    later = SHEET.model_copy(update={"due_on": date(2026, 3, 27)})
    records = (entered(), fetched(), entered(2, date(2026, 3, 27), day=14), fetched(2, later, day=15))
    known = told(*records)
    (row,) = promises_of(known, today=date(2026, 3, 16))
    assert (row["version"], row["due_on"]) == (2, "2026-03-27")
    assert (row["published_on"], row["changed_on"]) == ("2026-03-12", "2026-03-15")
    assert said(known, fetched(2, later)) == []


@pytest.mark.parametrize(
    ("measures", "kind"),
    [
        ("请联系13912345678", "phone"),
        ("见11010519491231002X", "identity-number"),
        ("91350100M000100Y43", "credit-code"),
    ],
)
def test_a_sheet_with_a_number_of_somebody_in_it_is_held_back(measures: str, kind: str) -> None:
    """001-47, §4"""
    found = commitment.personal_in(SHEET.model_copy(update={"measures": measures}))
    assert found == (kind,)
    assert commitment.personal_in(SHEET) == ()
    held = told(entered(), fetched(sheet=None, found=found))
    assert promises_of(held, today=date(2026, 3, 13)) == []
    assert held.commitments["d1"].held == (kind,)
    assert domain.keys(held)["next_due"] is None


def test_a_change_that_is_held_back_leaves_the_first_promise_before_the_public() -> None:
    known = told(entered(), fetched(), entered(2, day=14), fetched(2, None, ("phone",)))
    (row,) = promises_of(known, today=date(2026, 3, 16))
    assert (row["version"], row["measures"]) == (1, "完成管网改造。")


@pytest.mark.parametrize(("day", "word"), [(20, "kept"), (21, "late")])
def test_a_promise_is_kept_when_its_end_is_reported_by_its_last_day(day: int, word: str) -> None:
    """001-47"""
    reported = fact(CaseReported, at(day), subject="d1", unit="shi_shuiwu")
    assert status(told(entered(), fetched(), reported), date(2026, 4, 1)) == word


@pytest.mark.parametrize(("day", "word"), [(20, "kept"), (21, "late")])
def test_a_promise_is_kept_when_the_enterprise_is_answered_by_its_last_day(day: int, word: str) -> None:
    answered = fact(CaseAnswered, at(day), unit="shi_shuiwu", outcome="solved")
    assert status(told(entered(), fetched(), answered), date(2026, 4, 1)) == word


def test_an_answer_from_before_the_promise_keeps_no_promise() -> None:
    before = fact(CaseAnswered, at(5), unit="shi_shuiwu", outcome="solved")
    assert status(told(before, entered(), fetched()), date(2026, 3, 20)) == "open"
    assert status(told(before, entered(), fetched()), date(2026, 3, 21)) == "overdue"


def test_a_report_of_another_hand_over_keeps_nothing() -> None:
    other = fact(CaseReported, at(13), subject="d2", unit="shi_renshe")
    assert status(told(entered(), fetched(), other), date(2026, 3, 21)) == "overdue"


HEARD = [
    entered(),
    entered(2, date(2026, 3, 27), day=14),
    fact(CaseReported, at(19), subject="d1", unit="shi_shuiwu"),
    fact(CaseAnswered, at(5), unit="shi_shuiwu", outcome="solved"),
    fact(CaseAnswered, at(19), unit="shi_shuiwu", outcome="solved"),
]


@given(st.permutations(HEARD))
def test_any_order_of_the_same_events_ends_in_the_same_promise(order: list[Record]) -> None:
    assert entry(order) == entry(HEARD)


def test_a_promise_changes_nothing_of_the_entry_in_the_ledger() -> None:
    known = entry([]).model_copy(update={"published_on": date(2026, 3, 1), "scheme": SCHEME.ref})
    for record in HEARD[:3]:
        known = domain.evolve(known, record)
    assert known.revised_on is None


def test_each_new_version_is_looked_at_whatever_was_looked_at_before() -> None:
    for order in permutations([entered(), entered(2, day=14)]):
        assert commitment.to_fetch(entry(order).commitments) == ["d1"]
    assert commitment.to_fetch(told(entered(), fetched(), entered(2, day=14)).commitments) == ["d1"]
    assert commitment.to_fetch(told(entered(), fetched()).commitments) == []
