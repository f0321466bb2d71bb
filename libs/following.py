"""What one service owns and others go by: which days are worked (deadline's), who answers for what (routing's).

It is read again every few seconds instead of being told by events: every replica needs it, and a queue gives each event to
one of them.
"""

from collections.abc import Awaitable, Callable

from pydantic import TypeAdapter

from libs.policy.notice import parse
from libs.policy.remits import Remits, lay_over
from libs.service import Service

AGAIN_SECONDS = 5.0

_REMITS = TypeAdapter(list[Remits])


def follow_notices(service: Service) -> None:
    """Its calendars count by every notice that was imported."""

    async def read() -> None:
        service.calendars.take_in(parse(file) for file in await service.fetch("deadline", "/notices"))

    service.keeps_current(read, every=AGAIN_SECONDS)


def follow_remits(service: Service) -> Callable[[], Awaitable[None]]:
    """Its directory stands as administrators changed it. What is returned reads at once, for who has just changed it."""

    async def read() -> None:
        lay_over(service.directory, _REMITS.validate_python(await service.fetch("routing", "/remits")))

    service.keeps_current(read, every=AGAIN_SECONDS)
    return read
