"""Letters that do not go on by themselves: what reached nobody, and what waits for somebody to call."""

from libs.flow import Stuck
from libs.service import Service
from libs.store import BEGINNING, Collection
from services.notification.domain import Mail

AT_ONCE = 100


async def unheard(service: Service, mail: Collection[Mail]) -> list[Stuck]:
    """Undelivered letters, the newest first, then calls to be made, the longest waiting first; a hundred cases of each."""
    undelivered = await mail.find(
        {"keys.undelivered": {"$gt": BEGINNING}}, sort="keys.undelivered", down=True, limit=AT_ONCE
    )
    since = {"keys.calls_since": {"$gt": BEGINNING, "$lte": service.clock.now()}}
    to_call = await mail.find(since, sort="keys.calls_since", limit=AT_ONCE)
    return [
        Stuck("letter", one.key, f"{letter.status}: {letter.reason}", letter.about.at, letter.attempts, letter.id)
        for one in undelivered
        for letter in one.undelivered()
    ] + [
        Stuck("call", one.key, letter.template, letter.sent_at, letter.attempts, letter.id)
        for one in to_call
        for letter in one.calls()
    ]
