"""What several tests share: waiting for a condition, records as they come, and a document to apply them to."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
from pydantic import BaseModel, ConfigDict

from contracts.case_number import case_number
from contracts.events import CaseRated, SecondDisputeRefused, case_fact
from contracts.record import Record, derive_id
from libs.topology import queues

SCHEME = "chaozhou-direct-line@2021-11-08"
START = datetime(2024, 3, 1, 1, 0, tzinfo=UTC)

FACT = "case.second_dispute_refused.v1"
"""The fact that these tests publish: routing says it, the gateway alone hears it."""


# The arrangement is invented, for no 2027 notice is out; only its shape is the real one's.
TEXT_2027 = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕99号
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至12日（周五）放假调休，共8天。1月31日（周日）、2月14日（周日）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
国务院办公厅
2026年11月30日
"""


async def eventually(holds: Callable[[], Awaitable[object] | object], seconds: float = 10) -> Any:
    """The first true answer of `holds`, asked again and again. Fails when there is none within `seconds`."""
    patience = time.monotonic() + seconds
    while True:
        answer = holds()
        if isinstance(answer, Awaitable):
            answer = await answer
        if answer:
            return answer
        assert time.monotonic() < patience, f"not within {seconds} s"
        await asyncio.sleep(0.02)


def a_case(name: str) -> str:
    return case_number("test", name)


def cause(case: str, number: int) -> CaseRated:
    """The `number`-th thing that happened in a case, such as routing hears."""
    return CaseRated(
        id=derive_id("test", case, str(number)),
        cause=derive_id("test", case, "before"),
        case=case,
        scheme=SCHEME,
        at=START + timedelta(minutes=number),
        subject=f"c{number}",
        rating="satisfied",
    )


def fact(by: CaseRated, part: str = "") -> SecondDisputeRefused:
    """What follows from a cause: one fact, or one for each of its parts."""
    return case_fact(
        SecondDisputeRefused,
        by=by,
        case=by.case,
        scheme=by.scheme,
        at=by.at,
        subject=by.subject + part,
        unit="dept_test",
    )


class Tally(BaseModel):
    """The simplest document: what it heard and said, in an order that does not depend on when it came."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: str
    heard: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def empty(case: str) -> Tally:
    return Tally(case=case)


def evolve(tally: Tally, record: Record) -> Tally:
    field = "said" if isinstance(record, SecondDisputeRefused) else "heard"
    return tally.model_copy(update={field: tuple(sorted({*getattr(tally, field), record.id}))})


def keys(tally: Tally) -> Mapping[str, Any]:
    return {"next_due": START + timedelta(hours=len(tally.heard))}


@asynccontextmanager
async def peek_at(url: str) -> AsyncGenerator["Peek"]:
    async with await aio_pika.connect(url) as connection:
        yield Peek(await connection.channel())


class Peek:
    """A look into the queues of the inner vhost, with the administrator's rights."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel) -> None:
        self._channel = channel

    async def depth(self, queue: str) -> int:
        """Messages that wait in the queue; those being handled are not among them."""
        return (await self._channel.declare_queue(queue, passive=True)).declaration_result.message_count or 0

    async def take(self, queue: str) -> aio_pika.abc.AbstractIncomingMessage | None:
        """The next message, taken out of the queue for good."""
        return await (await self._channel.get_queue(queue, ensure=False)).get(fail=False, no_ack=True)

    async def declare(self, queue: str) -> None:
        await self._channel.declare_queue(queue)

    async def purge(self) -> None:
        for queue in queues():
            await (await self._channel.get_queue(queue, ensure=False)).purge()

    async def send(self, body: bytes, *, exchange: str = "", key: str, **properties: Any) -> None:
        """Publish a raw message, with properties that no service would write."""
        message = aio_pika.Message(body, **properties)
        where = await self._channel.get_exchange(exchange, ensure=False) if exchange else self._channel.default_exchange
        await where.publish(message, routing_key=key, mandatory=True)
