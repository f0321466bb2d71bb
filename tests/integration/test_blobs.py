"""Large contents in the real store."""

import os
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from libs.blobs import CHUNK_BYTES, Blobs

Database = AsyncDatabase[dict[str, Any]]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 20 * 1024 * 1024])
async def test_what_was_put_is_got_back_byte_for_byte(database: Database, size: int) -> None:
    blobs, content = Blobs(database, "files"), os.urandom(size)
    await blobs.put("one", content)
    await blobs.put("other", b"other")
    assert await blobs.get("one") == content
    assert await Blobs(database, "files").get("other") == b"other"


async def test_what_is_there_is_not_changed_and_what_is_deleted_is_gone(database: Database) -> None:
    blobs = Blobs(database, "files")
    await blobs.put("one", b"first")
    await blobs.put("one", b"second")
    assert await blobs.get("one") == b"first"
    await blobs.delete("one")
    await blobs.delete("one")
    assert await blobs.get("one") is None
    assert await database["files.chunks"].count_documents({}) == 0


async def test_an_upload_that_was_cut_off_is_mended_by_the_next(database: Database) -> None:
    blobs = Blobs(database, "files")
    await blobs.put("before", b"x")
    await database["files.chunks"].insert_one({"files_id": "one", "n": 0, "data": b"half of it"})
    await blobs.put("one", b"all of it")
    assert await blobs.get("one") == b"all of it"
