"""Work that is due when it is written begins at once, once, and loses nothing to what looks for due work in the store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from opentelemetry.trace import SpanKind
from pymongo.asynchronous.database import AsyncDatabase

from libs.due import DueWork
from libs.store import Collection
from libs.telemetry import traceparent
from tests.conftest import Traced
from tests.support import START, Tally, a_case, cause, empty, eventually, evolve, keys

Database = AsyncDatabase[dict[str, Any]]
CASE = a_case("one")


class Desk:
    """A collection whose documents are due for work one hour later with each record, and who works."""

    def __init__(self, database: Database, *, until_hour: int = 1) -> None:
        self.now = START + timedelta(hours=until_hour)
        self.cases = Collection(database["cases"], empty=empty, evolve=evolve, keys=keys)
        self.due = DueWork(lambda: self.now)
        self.due.add_at_once(self.cases, self.work)
        self.done: list[str] = []
        self.before: Callable[[str], Awaitable[None]] | None = None
        """What happens while somebody works."""

    async def hear(self, number: int, case: str = CASE) -> None:
        await self.cases.apply(case, cause(case, number), lambda tally: [])

    async def work(self, key: str) -> None:
        if self.before:
            await self.before(key)
        tally = await self.cases.get(key)
        assert isinstance(tally, Tally)
        self.done.append(key)
        await self.hear(100 + len(tally.heard), key)

    async def idle(self) -> None:
        await eventually(lambda: not self.due.busy)


@asynccontextmanager
async def at_work(database: Database, *, until_hour: int = 1) -> AsyncIterator[Desk]:
    desk = Desk(database, until_hour=until_hour)
    desk.due.begin()
    yield desk
    await desk.due.stop()


async def test_what_is_due_when_it_is_written_is_begun_without_being_looked_for(database: Database):
    async with at_work(database) as desk:
        await desk.hear(1)
        assert desk.due.busy, "from the write on it is known that there is something to do"
        await desk.idle()
        assert desk.done == [CASE]


async def test_what_is_due_later_waits_until_it_is_looked_for(database: Database):
    async with at_work(database, until_hour=0) as desk:
        await desk.hear(1)
        assert not desk.due.busy
        await desk.due.do()
        assert desk.done == []
        desk.now = START + timedelta(hours=1)
        await desk.due.do()
        assert desk.done == [CASE]


async def test_what_is_due_again_after_the_work_is_worked_on_again(database: Database):
    async with at_work(database, until_hour=3) as desk:
        await desk.hear(1)
        await desk.idle()
        assert desk.done == [CASE] * 3


async def test_what_is_begun_is_not_begun_again_by_who_looks_for_due_work(database: Database):
    async with at_work(database) as desk:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slowly(key: str) -> None:
            begun.set()
            await go_on.wait()

        desk.before = slowly
        await desk.hear(1)
        await begun.wait()
        await desk.due.do()
        go_on.set()
        await desk.idle()
        assert desk.done == [CASE]


async def test_what_failed_at_once_is_stuck_until_it_is_done_when_it_is_looked_for(database: Database):
    async with at_work(database) as desk:

        async def fail(key: str) -> None:
            desk.before = None
            raise ConnectionError

        desk.before = fail
        await desk.hear(1)
        await desk.idle()
        assert desk.done == []
        assert [failing.key for failing in desk.due.failures.longest_first()] == [CASE]
        await desk.due.do()
        assert desk.done == [CASE]
        assert desk.due.failures.longest_first() == []


async def test_one_documents_failure_stops_no_others_work(database: Database):
    async with at_work(database) as desk:
        other = a_case("other")

        async def fail_one(key: str) -> None:
            if key == CASE:
                raise ConnectionError

        desk.before = fail_one
        await desk.hear(1)
        await desk.hear(1, other)
        await desk.idle()
        assert desk.done == [other]


async def test_after_the_end_nothing_is_begun(database: Database):
    async with at_work(database) as desk:
        await desk.due.stop()
        await desk.hear(1)
        assert not desk.due.busy


async def test_what_is_begun_belongs_to_no_span_of_who_wrote(database: Database, traced: Traced):
    async with at_work(database) as desk:
        contexts: list[str] = []

        async def note(key: str) -> None:
            contexts.append(traceparent())

        desk.before = note
        with traced.tracer.span("somebody else's", kind=SpanKind.SERVER):
            assert traceparent()
            await desk.hear(1)
        await desk.idle()
        assert contexts == [""]
