"""What one unit is told about one case."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations
from typing import Any

from contracts.events import CaseAssigned, CaseRecalled, CaseSentBack, DisputeDecided, SecondDisputeRefused
from contracts.record import Record, derive_id
from services.gateway.domain import Telling, Told, empty, evolve, keys, to_tell

START = datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
COMMON: dict[str, Any] = {
    "cause": "c", "scheme": "chaozhou-direct-line@2021-11-08", "case": "ZT-GFSD9XCVYTDG76K1", "unit": "shi_gongxin",
}  # fmt: skip


def fact(kind: type[Any], hours: int, dispatch: str = "d-1", **fields: Any) -> Any:
    id = derive_id(kind.__name__, dispatch, str(hours))
    return kind(id=id, at=START + timedelta(hours=hours), subject=dispatch, **COMMON, **fields)


ASSIGNED = fact(CaseAssigned, 0, rung="department", role="lead", task="handle")
SENT_BACK = fact(CaseSentBack, 5)
DECIDED = fact(DisputeDecided, 7, outcome="granted", final=False)
RECALLED = fact(CaseRecalled, 8, reason="reassigned")
AGAIN = fact(CaseAssigned, 20, "d-2", rung="department", role="lead", task="final-decision")


def told(record: Any) -> Told:
    return Told(id=derive_id("told", record.id), at=START, by="gateway", fact=record.id)


def after(*records: Record) -> Telling:
    return reduce(evolve, records, empty("key"))


def test_a_hand_over_is_told_once_however_often_it_is_heard() -> None:
    assert to_tell(after(ASSIGNED, ASSIGNED)) == [ASSIGNED]
    assert to_tell(after(ASSIGNED, told(ASSIGNED), ASSIGNED)) == []


def test_the_end_of_a_hand_over_is_told_to_a_unit_that_knows_of_it() -> None:
    assert to_tell(after(ASSIGNED, told(ASSIGNED), RECALLED)) == [RECALLED]


def test_a_hand_over_that_ended_before_it_was_told_is_not_mentioned() -> None:
    assert to_tell(after(ASSIGNED, DECIDED, RECALLED)) == []


def test_what_is_said_about_a_hand_over_waits_for_the_hand_over_itself() -> None:
    assert to_tell(after(SENT_BACK)) == []
    assert to_tell(after(SENT_BACK, ASSIGNED)) == [ASSIGNED, SENT_BACK]


def test_a_case_sent_back_is_offered_again_with_what_the_unit_had() -> None:
    telling = after(ASSIGNED, told(ASSIGNED), SENT_BACK)
    assert to_tell(telling) == [SENT_BACK]
    assert telling.offer(SENT_BACK.subject) == ASSIGNED


def test_a_second_objection_is_told_as_refused() -> None:
    refused = fact(SecondDisputeRefused, 3)
    assert to_tell(after(ASSIGNED, told(ASSIGNED), refused)) == [refused]


def test_each_hand_over_stands_for_itself() -> None:
    assert to_tell(after(ASSIGNED, told(ASSIGNED), RECALLED, told(RECALLED), AGAIN)) == [AGAIN]


def test_any_order_of_the_same_facts_ends_in_the_same_state() -> None:
    records = [ASSIGNED, SENT_BACK, DECIDED, RECALLED, AGAIN]
    assert len({after(*order).model_dump_json() for order in permutations(records)}) == 1


def test_a_document_waits_for_its_unit_as_long_as_something_is_to_be_told() -> None:
    assert keys(after(ASSIGNED)) == {"waiting": "shi_gongxin"}
    assert keys(after(ASSIGNED, told(ASSIGNED))) == {"waiting": None}


def test_a_state_survives_the_store() -> None:
    telling = after(ASSIGNED, told(ASSIGNED), SENT_BACK)
    assert Telling.model_validate(telling.model_dump(mode="json")) == telling
