"""Finding what is public by its words: each published entry keeps the pairs of characters that its wording has.

Chinese has no blanks between words, and the store's own text search knows none of its words; pairs of characters find
any part of two characters or more. The rarest pair of the question is looked up, the rest is compared.
"""

from typing import Any

from libs.store import Collection
from services.disclosure.domain import Entry, pairs_in, words_of

LOOKED_AT = 500
"""How many entries with the rarest pair are compared; who finds more is asked to say more."""
PAIRS_WEIGHED = 6


async def matching(entries: Collection[Entry], text: str, *, limit: int) -> list[Entry]:
    """Published entries whose wording contains `text`, the newest first."""
    wanted = sorted(pairs_in(text))
    if not wanted:
        return []
    counts = {
        pair: await entries.mongo.count_documents({"keys.found_by": pair}, limit=LOOKED_AT)
        for pair in wanted[:PAIRS_WEIGHED]
    }
    rarest = min(counts, key=counts.__getitem__)
    rows: dict[str, Any] = {"keys.found_by": rarest}
    cursor = entries.mongo.find(rows, {"state": 1}).limit(LOOKED_AT)
    found = [Entry.model_validate(row["state"]) async for row in cursor]
    spoken = text.casefold().split()
    fitting = [entry for entry in found if all(part in words_of(entry) for part in spoken)]
    return sorted(fitting, key=lambda entry: (entry.published_on, entry.number), reverse=True)[:limit]  # pyright: ignore[reportArgumentType, reportCallIssue]
