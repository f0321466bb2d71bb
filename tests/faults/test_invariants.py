"""The checkers find what they are there to find: each seeded fault is seen, and a sound system passes."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.invariants import Fold, all_broken, dead_without_reason
from tests.support import Tally, a_case, cause, empty, evolve, fact

CASE = a_case("one")
FOLDS: dict[str, Fold] = {"routing.cases": (empty, evolve), "gateway.tellings": (empty, evolve)}


def entry(record: Any, kind: str) -> dict[str, Any]:
    body = record.model_dump(mode="json")
    return {"id": record.id, "kind": kind, "type": record.type, "cause": record.cause, "body": body}


def document(*entries: dict[str, Any], state: Tally) -> dict[str, Any]:
    return {
        "_id": CASE, "version": 1, "sent": len(entries), "unsent": 0, "history": list(entries),
        "state": state.model_dump(mode="json"),
    }  # fmt: skip


def sound() -> dict[str, list[dict[str, Any]]]:
    """Routing heard of a rating, said a fact because of it, and the gateway heard that."""
    heard, said = cause(CASE, 1), fact(cause(CASE, 1))
    rated = document(entry(heard, "said"), state=Tally(case=CASE))
    rated["history"][0]["cause"] = heard.id
    return {
        "intake.appeals": [{"_id": CASE}],
        "evaluation.cases": [rated],
        "routing.cases": [
            document(
                entry(heard, "heard"), entry(said, "said"), state=Tally(case=CASE, heard=(heard.id,), said=(said.id,))
            )
        ],
        "gateway.tellings": [document(entry(said, "heard"), state=Tally(case=CASE, said=(said.id,)))],
        "gateway.messages": [{"_id": "a message", "body": "kept as it came"}],
    }


def broken(documents: dict[str, list[dict[str, Any]]], sent: tuple[str, ...] = ("a", "b")) -> list[str]:
    folds = FOLDS | {"evaluation.cases": (empty, lambda state, record: state)}
    return all_broken(documents, receipts={"key": CASE}, folds=folds, sent=sent)


def test_a_sound_system_passes():
    assert broken(sound()) == []


FAULTS: dict[str, tuple[Callable[[dict[str, list[dict[str, Any]]]], object], str]] = {
    "an appeal is lost": (lambda d: d["intake.appeals"].clear(), f"lost: {CASE}"),
    "an appeal that nobody filed": (lambda d: d["intake.appeals"].append({"_id": "ZT-X"}), "nobody filed ZT-X"),
    "a case of nowhere": (
        lambda d: d["routing.cases"].append(d["routing.cases"][0] | {"_id": "ZT-X"}), "routing.cases: unknown case ZT-X"
    ),
    "a record kept twice": (
        lambda d: d["gateway.tellings"][0]["history"].append(d["gateway.tellings"][0]["history"][0]), "kept 2 times"
    ),
    "a write without a record": (lambda d: d["routing.cases"][0].update(version=3), "version 3 with 2 records"),
    "a state of its own": (
        lambda d: d["routing.cases"][0].update(state={"case": CASE, "heard": [], "said": []}),
        "the state is not what its history says",
    ),
    "an effect without a cause": (
        lambda d: d["routing.cases"][0]["history"][1].update(cause="nothing"), "has a cause that routing never heard of"
    ),
    "one cause, the same effect twice": (
        lambda d: d["routing.cases"][0]["history"].append(d["routing.cases"][0]["history"][1] | {"id": "again"}),
        "2 times the same effect",
    ),
    "a fact that nobody said": (
        lambda d: d["gateway.tellings"][0]["history"][0].update(id="made up"), "which nobody said"
    ),
    "a fact changed on its way": (
        lambda d: d["gateway.tellings"][0]["history"][0]["body"].update(unit="another_unit"),
        "is not what routing.cases said",
    ),
    "a fact that was not published": (lambda d: d["routing.cases"][0].update(sent=1), "1 facts unsent, 0 counted"),
    "a count that is wrong": (lambda d: d["routing.cases"][0].update(unsent=1), "0 facts unsent, 1 counted"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen(fault: str):
    do, sentence = FAULTS[fault]
    documents = copy.deepcopy(sound())
    do(documents)
    assert any(sentence in found for found in broken(documents)), broken(documents)


def test_a_letter_sent_twice_is_seen():
    assert broken(sound(), sent=("a", "b", "a")) == ["letter a was sent 2 times"]


def test_a_dead_letter_without_a_reason_is_seen():
    assert list(dead_without_reason([{"x-reason": "failed"}])) == []
    assert list(dead_without_reason([{}])) == ["a dead letter without a reason"]
