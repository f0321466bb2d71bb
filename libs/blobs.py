"""Large contents, kept outside the documents that name them (GridFS)."""

from typing import Any

from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import FileExists, NoFile
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, DuplicateKeyError

CHUNK_BYTES = 1024 * 1024


class Blobs:
    """Contents by id. What is put is never changed; the document that names it says what it is."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], name: str) -> None:
        self._bucket = AsyncGridFSBucket(database, bucket_name=name, chunk_size_bytes=CHUNK_BYTES)
        self._files = database[f"{name}.files"]
        self._chunks = database[f"{name}.chunks"]

    async def put(self, id: str, content: bytes) -> None:
        """Durable when it returns. Putting it again changes nothing, and mends what was interrupted."""
        if await self._has(id):
            return
        try:
            await self._bucket.upload_from_stream_with_id(id, id, content)
        except (FileExists, DuplicateKeyError, BulkWriteError):
            if await self._has(id):
                return
            await self._chunks.delete_many({"files_id": id})
            await self._bucket.upload_from_stream_with_id(id, id, content)

    async def get(self, id: str) -> bytes | None:
        try:
            stream = await self._bucket.open_download_stream(id)
            return await stream.read()
        except NoFile:
            return None

    async def delete(self, id: str) -> None:
        try:
            await self._bucket.delete(id)
        except NoFile:
            return

    async def _has(self, id: str) -> bool:
        return await self._files.find_one({"_id": id}, {"_id": 1}) is not None
