"""Many armed clocks of which many fall due within one second: does each fire once, and how late?"""

import asyncio
import json
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aio_pika

from contracts.case_number import case_number
from contracts.events import CaseAssigned, CaseEvent, InvitationDelivered, case_fact
from contracts.record import Record
from deploy.system import System
from libs.files import load_schemes
from libs.store import connect
from libs.topology import VHOST
from services.deadline import domain
from tests.schemes.city import CALENDAR, SCHEMES

SCHEME = next(scheme for scheme in load_schemes(SCHEMES).values() if scheme.scheme == "chaozhou-direct-line")
ACCEPTANCE = timedelta(hours=24)
AT_A_TIME = 1000


class Seed(Record):
    type: str = "seed"


async def clocks(system: System, *, armed: int, due: int, in_seconds: float) -> dict[str, Any]:
    """Arm `armed` clocks straight in deadline's store, `due` of them for one second `in_seconds` from now; then watch
    the exchange for what is said missed. Lateness is in seconds, from the due time to the fact's arrival at a hearer."""
    store = connect(system.store.url("deadline"))
    collection = store.get_default_database()["clocks"]
    now = datetime.now(UTC)
    moment = now + timedelta(seconds=in_seconds)
    for first in range(0, armed, AT_A_TIME):
        await collection.insert_many(
            [
                _document(number, due=due, moment=moment, now=now)
                for number in range(first, min(armed, first + AT_A_TIME))
            ],
            ordered=False,
        )
    await store.close()
    if (late := (datetime.now(UTC) - moment).total_seconds()) > -1:
        raise RuntimeError(f"arming took {late + in_seconds:.0f} s; give it more time before the clocks are due")

    lateness: dict[str, float] = {}
    times = 0

    async def missed(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        nonlocal times
        times += 1
        fact = json.loads(message.body)
        lateness.setdefault(fact["id"], (datetime.now(UTC) - datetime.fromisoformat(fact["due"])).total_seconds())

    connection = await aio_pika.connect(system.broker.url(VHOST))
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind("facts", "clock.missed.v1")
        await queue.consume(missed, no_ack=True)
        patience = in_seconds + 60
        while len(lateness) < due and (datetime.now(UTC) - now).total_seconds() < patience:
            await asyncio.sleep(0.2)
        # Whoever fires twice does so soon.
        await asyncio.sleep(3)
    late = sorted(lateness.values())
    return {
        "armed": armed,
        "due": due,
        "fired": len(late),
        "fired_again": times - len(late),
        "late_p50": statistics.median(late) if late else None,
        "late_p99": late[int(len(late) * 0.99)] if late else None,
        "late_max": late[-1] if late else None,
    }


def _document(number: int, *, due: int, moment: datetime, now: datetime) -> dict[str, Any]:
    """A case's document in deadline's store: one whose 24 hours end in the moment, or one with days before it."""
    case = case_number("bench-clocks", str(number))
    seed = Seed(id=f"seed-{number}", at=now)
    event: CaseEvent
    if number < due:
        start = moment - ACCEPTANCE + timedelta(milliseconds=number % 1000)
        event = case_fact(
            CaseAssigned, by=seed, case=case, scheme=SCHEME.ref, at=start, subject="d1", unit="shi_gongdian",
            rung="department", role="lead", task="handle",
        )  # fmt: skip
    else:
        event = case_fact(InvitationDelivered, by=seed, case=case, scheme=SCHEME.ref, at=now)
    schemes = {SCHEME.ref: SCHEME}
    state = domain.empty(case)
    records: list[Any] = [event, *domain.hear(state, event, scheme=SCHEME, calendar=CALENDAR)]
    for record in records:
        state = domain.evolve(state, record, schemes=schemes)
    return {
        "_id": case,
        "version": 1,
        "sent": len(records),
        "unsent": 0,
        "history": [
            {
                "id": record.id, "kind": "said" if index else "heard", "type": record.type, "at": record.at,
                "cause": record.cause, "trace": "", "body": record.model_dump(mode="json"),
            }
            for index, record in enumerate(records)
        ],
        "state": state.model_dump(mode="json"),
        "keys": dict(domain.keys(state, schemes=schemes, calendars={SCHEME.calendar: CALENDAR})),
    }  # fmt: skip


async def bench_clocks(folder: Path, *, armed: int, due: int, in_seconds: float) -> dict[str, Any]:
    """On a system of its own, of which only deadline runs."""
    async with System(folder, progress=print, only=("deadline",)) as system:
        return await clocks(system, armed=armed, due=due, in_seconds=in_seconds)
