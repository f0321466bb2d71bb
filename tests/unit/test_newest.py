"""What is newest is found by looking back, stretch by stretch; what others may see is looked at after it is found."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from contracts.record import Command
from tests.schemes.house import House, HousedCollection

NOW = datetime(2026, 2, 6, 2, tzinfo=UTC)


class Note(BaseModel):
    key: str
    at: datetime | None = None
    topic: str = "one"


class Write(Command):
    topic: str = "one"


def evolve(note: Note, record: Any) -> Note:
    return note.model_copy(update={"at": record.at, "topic": record.topic})


async def notes(*days_ago: float) -> HousedCollection[Note]:
    collection: HousedCollection[Note] = HousedCollection(
        House(NOW),
        empty=lambda key: Note(key=key),
        evolve=evolve,
        keys=lambda note: {"at": note.at, "topic": note.topic},
    )
    for days in days_ago:
        topic = "other" if days == 9 else "one"
        write = Write(id=f"w{days}", at=NOW - timedelta(days=days), by="somebody", type="write", topic=topic)
        await collection.apply(f"{days:g} days", write, lambda note: (), kind="asked")
    return collection


async def newest(collection: HousedCollection[Note], limit: int, **more: Any) -> list[str]:
    found = await collection.newest({"keys.topic": "one"}, by="keys.at", limit=limit, looking_back_from=NOW, **more)
    return [note.key for note in found]


async def test_the_newest_come_first_however_far_apart_they_lie() -> None:
    collection = await notes(1, 6.5, 7, 8, 20, 900, 20_000)
    every = ["1 days", "6.5 days", "7 days", "8 days", "20 days", "900 days", "20000 days"]
    assert await newest(collection, 3) == every[:3]
    assert await newest(collection, 100) == every


async def test_what_is_later_than_now_is_among_the_newest() -> None:
    assert await newest(await notes(-1, 1), 2) == ["-1 days", "1 days"]


async def test_only_what_lies_before_a_place_is_found() -> None:
    collection = await notes(1, 2, 30)
    assert await newest(collection, 100, before=NOW - timedelta(days=1)) == ["2 days", "30 days"]


async def test_what_does_not_match_is_left_out() -> None:
    assert await newest(await notes(1, 9, 10), 100) == ["1 days", "10 days"]


async def test_pages_count_only_what_may_be_seen() -> None:
    collection = await notes(1, 2, 9, 10, 11)

    def is_one(note: Note) -> bool:
        return note.topic == "one"

    first = await collection.find({}, sort="keys.at", down=True, limit=3, only=is_one)
    second = await collection.find({}, sort="keys.at", down=True, limit=3, skip=3, only=is_one)
    assert [note.key for note in first] == ["1 days", "2 days", "10 days"]
    assert [note.key for note in second] == ["11 days"]
