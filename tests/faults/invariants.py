"""What must hold when everything has come to rest, whatever was killed on the way. Pure functions over dumped documents;
each gives a sentence for every place where its invariant is broken.

`Documents`: the rows of each collection, by `service.collection`; those without a history are not looked at.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from contracts.catalogue import CATALOGUE
from contracts.events import EVENTS
from contracts.record import Command, Record

Row = Mapping[str, Any]
Documents = Mapping[str, list[Row]]
Entry = Mapping[str, Any]
Fold = tuple[Callable[[str], Any], Callable[[Any, Record], Any]]
"""How a collection's state begins, and how a record changes it."""


def all_broken(
    documents: Documents, *, receipts: Mapping[str, str], folds: Mapping[str, Fold], sent: Iterable[str]
) -> list[str]:
    """Every invariant. `receipts`: sender's key → case; `sent`: the id of each letter as its provider took it."""
    return [
        *lost_appeals(receipts, documents),
        *broken_documents(documents),
        *wrong_states(documents, folds),
        *facts_without_one_cause(documents),
        *changed_on_the_way(documents),
        *unpublished(documents),
        *sent_twice(sent),
    ]


def lost_appeals(receipts: Mapping[str, str], documents: Documents) -> Iterator[str]:
    """I1: what was confirmed to its sender is kept, once; and nothing is kept that nobody sent."""
    kept = Counter(row["_id"] for row in documents["intake.appeals"])
    given = Counter(receipts.values())
    yield from (f"lost: {case}" for case in given if not kept[case])
    yield from (f"one receipt for two appeals: {case}" for case, times in given.items() if times > 1)
    yield from (f"nobody filed {case}" for case in kept if not given[case])
    for place in ("routing.cases", "evaluation.cases", "deadline.clocks"):
        yield from (
            f"{place}: unknown case {row['_id']}"
            for row in documents.get(place, ())
            if row["_id"].startswith("ZT-") and not given[row["_id"]]
        )


def broken_documents(documents: Documents) -> Iterator[str]:
    """I2: every record once, and no write without one."""
    for place, row in _with_history(documents):
        ids = Counter(entry["id"] for entry in row["history"])
        yield from (f"{place} {row['_id']}: {id} kept {times} times" for id, times in ids.items() if times > 1)
        if not 1 <= row["version"] <= len(row["history"]):
            yield f"{place} {row['_id']}: version {row['version']} with {len(row['history'])} records"


def wrong_states(documents: Documents, folds: Mapping[str, Fold]) -> Iterator[str]:
    """I2, I13: the state is the fold of the history."""
    for place, row in _with_history(documents):
        empty, evolve = folds[place]
        state: BaseModel = empty(row["_id"])
        for entry in row["history"]:
            state = evolve(state, record_of(place, entry))
        told = state.model_dump(mode="json")
        differing = [name for name in told.keys() | row["state"].keys() if told.get(name) != row["state"].get(name)]
        if differing:
            yield f"{place} {row['_id']}: the state is not what its history says, in {', '.join(sorted(differing))}"


def facts_without_one_cause(documents: Documents) -> Iterator[str]:
    """I3: every fact has a cause that its service knows; no cause has two facts of one kind about the same thing."""
    known = {(_service(place), entry["id"]) for place, row in _with_history(documents) for entry in row["history"]}
    effects: Counter[tuple[str, ...]] = Counter()
    for place, entry in _entries(documents, "said"):
        if (_service(place), entry["cause"]) not in known:
            yield f"{place}: {entry['type']} {entry['id']} has a cause that {_service(place)} never heard of"
        body = entry["body"]
        effects[entry["cause"], entry["type"], body.get("case", ""), body.get("subject", "")] += 1
    yield from (f"{times} times the same effect: {effect}" for effect, times in effects.items() if times > 1)


def changed_on_the_way(documents: Documents) -> Iterator[str]:
    """I3: what was heard had been said, by the service that may say it and in the same words."""
    said = {entry["id"]: (place, _words(entry)) for place, entry in _entries(documents, "said")}
    for place, entry in _entries(documents, "heard"):
        if entry["type"] not in EVENTS:
            continue  # a record that the service made of a fact for itself
        if entry["id"] not in said:
            yield f"{place}: heard {entry['type']} {entry['id']}, which nobody said"
            continue
        by, words = said[entry["id"]]
        if _service(by) != CATALOGUE[entry["type"]].producer or words != _words(entry):
            yield f"{place}: {entry['type']} {entry['id']} is not what {by} said"


def unpublished(documents: Documents) -> Iterator[str]:
    """I7: nothing waits to be published, and the count of what waits is right."""
    for place, row in _with_history(documents):
        waiting = sum(entry["kind"] == "said" for entry in row["history"][row["sent"] :])
        if waiting or row["unsent"]:
            yield f"{place} {row['_id']}: {waiting} facts unsent, {row['unsent']} counted"


def sent_twice(letters: Iterable[str]) -> Iterator[str]:
    """I6: the provider took each letter once."""
    yield from (f"letter {id} was sent {times} times" for id, times in Counter(letters).items() if times > 1)


def dead_without_reason(messages: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """I9: every dead letter tells why it is one. `messages`: their headers."""
    yield from ("a dead letter without a reason" for headers in messages if not headers.get("x-reason"))


def record_of(place: str, entry: Entry) -> Record:
    """The record that an entry of a history keeps."""
    kind = EVENTS.get(entry["type"]) or commands_of(_service(place))[entry["type"]]
    return kind.model_validate(entry["body"])


def commands_of(service: str) -> dict[str, type[Record]]:
    """The commands of a service by type, as far as its modules are imported."""
    found: dict[str, type[Record]] = {}
    waiting: list[type[Record]] = [Command]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        name = kind.model_fields["type"].default
        if isinstance(name, str) and kind.__module__.startswith(f"services.{service}."):
            found[name] = kind
    return found


def _with_history(documents: Documents) -> Iterator[tuple[str, Row]]:
    return ((place, row) for place, rows in documents.items() for row in rows if "history" in row)


def _entries(documents: Documents, kind: str) -> Iterator[tuple[str, Entry]]:
    for place, row in _with_history(documents):
        yield from ((place, entry) for entry in row["history"] if entry["kind"] == kind)


def _service(place: str) -> str:
    return place.split(".")[0]


def _words(entry: Entry) -> str:
    return json.dumps(entry["body"], sort_keys=True)
