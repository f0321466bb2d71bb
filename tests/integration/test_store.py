"""One document, one write: against the real store."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import encode
from pymongo.asynchronous.database import AsyncDatabase

from contracts.events import EVENTS, CaseRated, Event
from libs.store import Applied, Collection, Conflict
from tests.support import START, Tally, a_case, cause, empty, evolve, fact, keys

Database = AsyncDatabase[dict[str, Any]]
CASE = a_case("one")


async def open_collection(database: Database, name: str = "cases") -> Collection[Tally]:
    """What one process holds; two of the same name are two processes at one collection."""
    collection = Collection(database[name], empty=empty, evolve=evolve, keys=keys)
    await collection.create_indexes("next_due")
    return collection


async def hear(collection: Collection[Tally], record: CaseRated) -> Applied[Tally]:
    return await collection.apply(record.case, record, lambda tally: [fact(record)])


async def row(collection: Collection[Tally], case: str = CASE) -> dict[str, Any]:
    found = await collection.mongo.find_one({"_id": case})
    assert found is not None
    return found


def fold(history: Iterable[dict[str, Any]]) -> Tally:
    state = empty(CASE)
    for entry in history:
        state = evolve(state, EVENTS[entry["type"]].model_validate(entry["body"]))
    return state


# --- one write --------------------------------------------------------------------------------------------------------


async def test_cause_facts_and_state_are_kept_in_one_write(database: Database):
    cases = await open_collection(database)
    record = cause(CASE, 1)
    await cases.apply(CASE, record, lambda tally: [fact(record, "a"), fact(record, "b")])
    kept = await row(cases)
    assert kept["version"] == 1
    assert [entry["kind"] for entry in kept["history"]] == ["heard", "said", "said"]
    assert (kept["sent"], kept["unsent"]) == (0, 2)
    assert kept["state"] == fold(kept["history"]).model_dump(mode="json")
    assert kept["keys"]["next_due"] == keys(fold(kept["history"]))["next_due"]


async def test_nothing_is_written_when_nothing_changes_and_nothing_is_said(database: Database):
    cases = await open_collection(database)
    await cases.apply(CASE, None, lambda tally: ())
    assert await cases.mongo.count_documents({}) == 0
    await hear(cases, cause(CASE, 1))
    await cases.apply(CASE, None, lambda tally: ())
    assert (await row(cases))["version"] == 1


async def test_what_a_rule_refuses_leaves_no_trace(database: Database):
    cases = await open_collection(database)

    def refuse(tally: Tally) -> list[Event]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await cases.apply(CASE, cause(CASE, 1), refuse)
    assert await cases.mongo.count_documents({}) == 0


async def test_a_known_record_changes_nothing_and_leads_to_the_facts_it_led_to_before(database: Database):
    cases = await open_collection(database)
    first = await hear(cases, cause(CASE, 1))
    await hear(cases, cause(CASE, 2))
    before = await row(cases)
    again = await cases.apply(CASE, cause(CASE, 1), lambda tally: [fact(cause(CASE, 1), "something else")])
    assert again.known
    assert not first.known
    assert again.said == first.said == (fact(cause(CASE, 1)),)
    assert await row(cases) == before


async def test_a_fact_already_said_is_not_said_again(database: Database):
    cases = await open_collection(database)
    record = cause(CASE, 1)
    await hear(cases, record)
    again = await cases.apply(CASE, None, lambda tally: [fact(record)])
    assert again.said == ()
    assert (await row(cases))["unsent"] == 1


async def test_any_order_of_the_same_records_ends_in_the_same_state(database: Database):
    there, back = await open_collection(database, "there"), await open_collection(database, "back")
    for number in range(8):
        await hear(there, cause(CASE, number))
        await hear(back, cause(CASE, 7 - number))
    assert await there.get(CASE) == await back.get(CASE)


async def test_the_state_is_the_fold_of_the_history(database: Database):
    """I13"""
    cases = await open_collection(database)
    for number in (3, 1, 2, 3, 1, 5, 4):
        await hear(cases, cause(CASE, number))
    kept = await row(cases)
    assert Tally.model_validate(kept["state"]) == fold(kept["history"])
    assert len(kept["history"]) == 10


# --- several at once --------------------------------------------------------------------------------------------------


async def test_what_one_process_remembers_of_a_document_never_outlives_what_another_wrote(database: Database):
    ours, theirs = await open_collection(database), await open_collection(database)
    await hear(ours, cause(CASE, 1))
    await hear(theirs, cause(CASE, 2))
    seen: list[Tally] = []

    def refuse_what_is_old(tally: Tally) -> list[Event]:
        seen.append(tally)
        if len(tally.heard) < 2:
            raise ValueError("old")
        return []

    await ours.apply(CASE, None, refuse_what_is_old)
    assert [len(tally.heard) for tally in seen] == [1, 2]
    await hear(theirs, cause(CASE, 3))
    assert await ours.get(CASE) == await theirs.get(CASE)
    await hear(theirs, cause(CASE, 4))
    assert await ours.find({"_id": CASE}) == [await theirs.get(CASE)]
    assert not (await hear(ours, cause(CASE, 5))).known
    assert len(Tally.model_validate((await row(ours))["state"]).heard) == 5


async def test_two_processes_at_one_document_keep_every_record_once_and_no_version_is_left_out(database: Database):
    processes = [await open_collection(database), await open_collection(database)]
    records = [cause(CASE, number) for number in range(30)]

    async def apply(collection: Collection[Tally], record: CaseRated) -> Applied[Tally]:
        while True:
            try:
                return await hear(collection, record)
            except Conflict:
                continue  # as the bus does

    results = await asyncio.gather(*(apply(process, record) for record in records for process in processes))
    kept = await row(processes[0])
    ids = [entry["id"] for entry in kept["history"]]
    assert sorted(ids) == sorted({record.id for record in records} | {fact(record).id for record in records})
    assert kept["version"] == len(records)
    assert kept["unsent"] == len(records)
    facts = [fact.id for result in results for fact in result.said]
    assert sorted(facts) == sorted(2 * [fact(record).id for record in records])


async def test_every_returned_state_is_one_that_was_kept(database: Database):
    cases = await open_collection(database)
    results = await asyncio.gather(*(hear(cases, cause(CASE, number)) for number in range(20)))
    assert sorted(len(result.state.heard) for result in results) == list(range(1, 21))


class Watched:
    """A store's collection that counts what is written together, and lets a rival in after each reading."""

    def __init__(self, mongo: Any, rival: Callable[[str], Awaitable[object]] | None = None) -> None:
        self._mongo = mongo
        self._rival = rival
        self.batches: list[int] = []

    async def find_one(self, where: dict[str, Any], *what: Any) -> Any:
        found = await self._mongo.find_one(where, *what)
        if self._rival is not None and what and "version" in what[0]:
            await self._rival(where["_id"])
        return found

    async def bulk_write(self, operations: list[Any], **how: Any) -> Any:
        self.batches.append(len(operations))
        return await self._mongo.bulk_write(operations, **how)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mongo, name)


def watched(database: Database, rival: Callable[[str], Awaitable[object]] | None = None) -> Collection[Tally]:
    return Collection(Watched(database["cases"], rival), empty=empty, evolve=evolve, keys=keys)  # type: ignore[arg-type]


async def test_a_writer_who_loses_every_time_is_told_so_and_keeps_nothing(database: Database):
    theirs = await open_collection(database)
    rivals = iter(range(1, 100))
    ours = watched(database, lambda key: hear(theirs, cause(key, next(rivals))))
    with pytest.raises(Conflict):
        await hear(ours, cause(CASE, 1000))
    kept = await row(theirs)
    assert cause(CASE, 1000).id not in {entry["id"] for entry in kept["history"]}


async def test_documents_written_at_the_same_time_share_a_disk_flush(database: Database):
    await open_collection(database)
    cases = watched(database)
    documents = [a_case(str(number)) for number in range(200)]
    await asyncio.gather(*(hear(cases, cause(case, 1)) for case in documents))
    await asyncio.gather(*(hear(cases, cause(case, 2)) for case in documents))
    batches = cases.mongo.batches  # type: ignore[attr-defined]
    assert sum(batches) == 400
    assert len(batches) < 40
    rows = [row async for row in cases.mongo.find({})]
    assert {row["_id"] for row in rows} == set(documents)
    assert {row["version"] for row in rows} == {2}
    assert {row["unsent"] for row in rows} == {2}


async def test_in_one_batch_only_the_writes_that_lost_are_done_again(database: Database):
    theirs = await open_collection(database)
    fresh, known, lost_insert, lost_update = ([a_case(f"{kind}{n}") for n in range(5)] for kind in "abcd")
    for case in known + lost_update:
        await hear(theirs, cause(case, 0))
    overtaken = set(lost_insert + lost_update)

    async def rival(key: str) -> None:
        if key in overtaken:
            overtaken.discard(key)
            await hear(theirs, cause(key, 1))

    ours = watched(database, rival)
    everything = fresh + known + lost_insert + lost_update
    results = await asyncio.gather(*(hear(ours, cause(case, 2)) for case in everything))
    assert not any(result.known for result in results)
    expected = {"fresh": 1, "known": 2, "lost_insert": 2, "lost_update": 3}
    for name, group in zip(expected, (fresh, known, lost_insert, lost_update), strict=True):
        for case in group:
            kept = await row(ours, case)
            assert kept["version"] == expected[name] == len(kept["state"]["heard"]) == kept["unsent"], name
            assert len({entry["id"] for entry in kept["history"]}) == len(kept["history"]), name
    assert sum(ours.mongo.batches) == 20 + 10  # type: ignore[attr-defined]


async def test_a_write_that_cannot_be_kept_does_not_take_its_neighbours_along(database: Database):
    """A document beyond the store's 16 MB."""
    cases = await open_collection(database)
    too_big = Collection(cases.mongo, empty=empty, evolve=evolve, keys=lambda tally: {"bulk": "x" * 17_000_000})
    too_big._writes = cases._writes  # pyright: ignore[reportPrivateUsage]
    good = [a_case(str(number)) for number in range(5)]
    results = await asyncio.gather(
        *(hear(too_big if case == CASE else cases, cause(case, 1)) for case in [*good[:2], CASE, *good[2:]]),
        return_exceptions=True,
    )
    assert [isinstance(result, Applied) for result in results] == [True, True, False, True, True, True]
    assert {row["_id"] async for row in cases.mongo.find({})} == set(good)


# --- what the relay relies on -----------------------------------------------------------------------------------------


async def test_what_is_marked_as_sent_is_not_unsent_and_what_came_meanwhile_still_is(database: Database):
    cases = await open_collection(database)
    await hear(cases, cause(CASE, 1))
    seen, entries = await cases.unsent(CASE)
    await hear(cases, cause(CASE, 2))
    await cases.mark_sent(CASE, seen=seen, entries=entries)
    assert await cases.with_unsent() == [CASE]
    _, rest = await cases.unsent(CASE)
    assert [entry["id"] for entry in rest if entry["kind"] == "said"] == [fact(cause(CASE, 2)).id]
    assert await cases.count_unsent() == 1


async def test_the_same_facts_marked_twice_count_once(database: Database):
    cases = await open_collection(database)
    await hear(cases, cause(CASE, 1))
    seen, entries = await cases.unsent(CASE)
    await asyncio.gather(*(cases.mark_sent(CASE, seen=seen, entries=entries) for _ in range(3)))
    kept = await row(cases)
    assert (kept["sent"], kept["unsent"]) == (2, 0)
    assert await cases.with_unsent() == []


async def silently(collection: Collection[Tally], number: int) -> None:
    await collection.apply(CASE, cause(CASE, number), lambda tally: ())


async def test_what_says_nothing_leaves_nothing_for_the_relay_to_come_back_for(database: Database):
    cases = await open_collection(database)
    await silently(cases, 1)
    await silently(cases, 2)
    assert await cases.unsent(CASE) == (2, [])
    await hear(cases, cause(CASE, 3))
    await silently(cases, 4)
    seen, entries = await cases.unsent(CASE)
    assert (seen, [entry["kind"] for entry in entries]) == (2, ["heard", "said", "heard"])
    await cases.mark_sent(CASE, seen=seen, entries=entries)
    await silently(cases, 5)
    assert await cases.unsent(CASE) == (6, [])


async def test_a_fact_marked_as_sent_while_something_else_is_written_is_not_counted_again(database: Database):
    cases = await open_collection(database)
    await hear(cases, cause(CASE, 1))

    async def relay(key: str) -> None:
        seen, entries = await cases.unsent(CASE)
        await cases.mark_sent(CASE, seen=seen, entries=entries)

    await silently(watched(database, relay), 2)
    kept = await row(cases)
    assert kept["unsent"] == 0
    assert not [entry for entry in kept["history"][kept["sent"] :] if entry["kind"] == "said"]
    await hear(cases, cause(CASE, 3))
    _, entries = await cases.unsent(CASE)
    assert [entry["id"] for entry in entries if entry["kind"] == "said"] == [fact(cause(CASE, 3)).id]


async def test_what_is_due_comes_the_oldest_first_and_nothing_early(database: Database):
    cases = await open_collection(database)
    for case, records in (("late", 3), ("early", 1), ("middle", 2)):
        for number in range(records):
            await hear(cases, cause(a_case(case), number))
    due = await cases.due(START + timedelta(hours=2))
    assert due == [a_case("early"), a_case("middle")]
    assert await cases.due(START + timedelta(hours=1, milliseconds=-1)) == []
    assert await cases.next_due() == START + timedelta(hours=1)


async def test_the_earliest_due_time_is_found_when_it_leaps_on_falls_back_or_ends(database: Database):
    cases = await open_collection(database)

    async def due(case: str, at: datetime | None) -> None:
        await cases.mongo.update_one({"_id": a_case(case)}, {"$set": {"keys.next_due": at}}, upsert=True)

    assert await cases.next_due() is None
    for days in (0, 400, 3, 3.5, 2):
        await due("one", START + timedelta(days=days))
        await due("other", START + timedelta(days=1000))
        assert await cases.next_due() == START + timedelta(days=days)
    await due("one", None)
    assert await cases.next_due() == START + timedelta(days=1000)
    await due("other", None)
    assert await cases.next_due() is None


# --- speed and size ---------------------------------------------------------------------------------------------------


async def test_no_hot_query_slows_down_with_the_number_of_documents(database: Database):
    """At 20,000 documents each takes what a look at one document by its `_id` takes, give or take 4 ms."""
    cases = await open_collection(database)
    documents = [
        {
            "_id": a_case(str(number)), "version": 3, "history": [], "sent": 0, "unsent": 0, "state": {},
            "keys": {"next_due": START + timedelta(days=3650, seconds=number)},
        }
        for number in range(20_000)
    ]  # fmt: skip
    for begin in range(0, len(documents), 5000):
        await cases.mongo.insert_many(documents[begin : begin + 5000], ordered=False)
    await hear(cases, cause(CASE, 1))
    here = await row(cases)
    hot: dict[str, Callable[[], Awaitable[object]]] = {
        "by _id": lambda: cases.mongo.find_one({"_id": CASE}),
        "write": lambda: cases.mongo.update_one({"_id": CASE, "version": here["version"]}, {"$set": {"x": 1}}),
        "lost write": lambda: cases.mongo.update_one({"_id": CASE, "version": 999}, {"$set": {"x": 1}}),
        "mark": lambda: cases.mongo.update_one({"_id": CASE, "sent": 0}, {"$set": {"x": 1}}),
        "unsent": lambda: cases.with_unsent(),
        "count unsent": lambda: cases.count_unsent(),
        "due": lambda: cases.due(START + timedelta(hours=1)),
    }
    best = {name: await _best_milliseconds(query) for name, query in hot.items()}
    slow = {name: figure for name, figure in best.items() if figure > best["by _id"] + 4}
    assert not slow, best


async def _best_milliseconds(query: Callable[[], Awaitable[object]], times: int = 30) -> float:
    """The quickest of some: what others do on this machine meanwhile does not count."""
    figures: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        await query()
        figures.append((time.perf_counter() - began) * 1000)
    return min(figures)


async def test_a_case_of_two_hundred_records_stays_small_and_quick(database: Database):
    """A case in real life has some dozens of records; one of hundreds must not become a burden."""
    cases = await open_collection(database)
    for number in range(100):
        await hear(cases, cause(CASE, number))
    kept = await row(cases)
    assert len(kept["history"]) == 200
    assert len(encode(kept)) < 200_000
    more = iter(range(100, 130))
    assert await _best_milliseconds(lambda: hear(cases, cause(CASE, next(more)))) < 50
