"""A city's years of cases: those that were lived through, copied into every service's store under other numbers.

A copy has its original's documents under a number, an enterprise and days of its own. Of its histories only the last entry
is kept: no list reads more, and 100,000 whole ones would fill eight gigabytes.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient

from contracts.case_number import case_number
from contracts.catalogue import Service
from deploy.system import ROOT, System
from libs.files import load_directory
from services.disclosure.domain import summary_key
from services.intake.likeness import digest
from tests.bench.enterprises import dossier
from tests.bench.lives import MONTH, SCHEME, Lives
from tests.browser.place import ENTERPRISE

MONTHS = 24
DAYS = 12
"""Over so many months, and days of each, the ended cases are spread; with more a case would end in the month after."""
ENTERPRISES = 3000
OPEN_OF_A_HUNDRED = 3
AT_A_TIME = 1000
YEAR = b"2026-"
CITY = load_directory(ROOT / "deploy/directory/chaozhou.yaml").running(SCHEME).place
DEPARTMENTS = [unit.unit for unit in CITY.units if unit.categories]
"""Over these the open cases are spread."""
KEPT: tuple[tuple[Service, str], ...] = (
    ("disclosure", "entries"),
    ("intake", "appeals"),
    ("routing", "cases"),
    ("evaluation", "cases"),
    ("deadline", "clocks"),
    ("notification", "mail"),
)
"""Where a case has a document under its number."""


class Copy(NamedTuple):
    """`back`: months before the original's; `on`: days after, within the month; `turn`: so many units further along is each
    department that has to do with it."""

    number: int
    back: int
    on: int
    turn: int = 0


@dataclass
class Original:
    """A document in pieces: what stands in every copy, and between it what each copy has of its own."""

    pieces: list[bytes]

    @classmethod
    def of(cls, document: dict[str, Any], own: dict[bytes, bytes]) -> "Original":
        cut = document | {"history": document["history"][-1:], "sent": 1 if document["history"] else 0, "unsent": 0}
        raw = bson.encode(cut)
        days = {day[0] for day in re.finditer(rb"2026-\d\d-\d\d|(?<![\d-])2026-\d\d(?![-\d])", raw)}
        instants = {_millis(found) for found in _instants(cut)}
        slots = sorted({*own, *days, *instants}, key=len, reverse=True)
        return cls(re.split(b"(" + b"|".join(map(re.escape, slots)) + b")", raw, flags=re.DOTALL))

    def copied(self, own: dict[bytes, bytes], copy: Copy) -> RawBSONDocument:
        return RawBSONDocument(
            b"".join(
                piece if nth % 2 == 0 else own[piece] if piece in own else _moved(piece, copy.back, copy.on)
                for nth, piece in enumerate(self.pieces)
            )
        )


@cache
def _moved(when: bytes, back: int, on: int) -> bytes:
    """A day, a month or an instant as BSON has it, so many months before and days after."""
    if when.startswith(YEAR):
        text = when.decode()
        if len(text) == len(MONTH):
            return turned(date.fromisoformat(f"{text}-01"), back, 0).isoformat()[: len(MONTH)].encode()
        return turned(date.fromisoformat(text), back, on).isoformat().encode()
    instant = datetime.fromtimestamp(int.from_bytes(when, "little") / 1000, UTC)
    return _millis(datetime.combine(turned(instant.date(), back, on), instant.timetz()))


def turned(day: date, back: int, on: int) -> date:
    day += timedelta(days=on)
    years, month = divmod(day.year * 12 + day.month - 1 - back, 12)
    return day.replace(year=years, month=month + 1, day=min(day.day, 28) if back else day.day)


def _millis(instant: datetime) -> bytes:
    return round(instant.timestamp() * 1000).to_bytes(8, "little")


def _instants(value: Any) -> Iterator[datetime]:
    match value:
        case datetime():
            yield value
        case dict():
            for one in value.values():
                yield from _instants(one)
        case list():
            for one in value:
                yield from _instants(one)
        case _:
            pass


@cache
def _enterprise(number: int) -> tuple[bytes, ...]:
    """Credit code, its digest and a name as long as the original's; 0 is the original."""
    code, name = ENTERPRISE["credit_code"], ENTERPRISE["enterprise"]
    if number:
        code = dossier(10 * number)["credit_code"]
        name = name.replace("瑞祥", "".join(chr(0x5000 + part) for part in divmod(number, 100)))
    return code.encode(), digest(code).encode(), name.encode()


def _numbers(case: str) -> tuple[bytes, ...]:
    return case.encode(), b"GK-" + case_number("public ledger", case).removeprefix("ZT-").encode()


def _instead(case: str, number: int) -> dict[bytes, bytes]:
    """What is the original's alone, each with what the copy of this number has in its place."""
    own = _numbers(case) + _enterprise(0)
    return dict(zip(own, _numbers(_case(number)) + _enterprise(number % ENTERPRISES), strict=True))


def _case(number: int) -> str:
    return case_number("stock", str(number))


def copies(ended: int, still_open: int) -> Iterator[Copy]:
    for number in range(ended):
        yield Copy(number, number // DAYS % MONTHS, number % DAYS)
    for number in range(ended, ended + still_open):
        yield Copy(number, 0, 0, number % len(DEPARTMENTS))


async def stock(system: System, lives: Lives, cases: int, progress: Callable[[str], None]) -> None:
    """Fill every service's store until the city has had so many cases."""
    still_open = cases * OPEN_OF_A_HUNDRED // 100
    ended = cases - still_open
    for service, name in KEPT:
        async with _patient(system.store.url(service)) as store:
            await _fill(store, name, lives, ended, still_open)
        progress(f"{service}: {cases} {name} stored")
    async with _patient(system.store.url("intake")) as store:
        await _fill_enterprises(store)
    async with _patient(system.store.url("disclosure")) as store:
        await _fill_summaries(store, lives, ended)


def _patient(url: str) -> AsyncMongoClient[dict[str, Any]]:
    """Waits longer than services do: where much is written, the store now and then stops to tidy up."""
    return AsyncMongoClient(url, tz_aware=True, w="majority", journal=True, socketTimeoutMS=120_000)


async def _fill(store: AsyncMongoClient[dict[str, Any]], name: str, lives: Lives, ended: int, still_open: int) -> None:
    collection = store.get_default_database()[name]
    originals: dict[tuple[str, int], Original] = {}
    for case in (*lives.ended, *lives.open):
        if document := await collection.find_one({"_id": case}):
            for turn in range(len(DEPARTMENTS)) if case in lives.open else [0]:
                originals[case, turn] = Original.of(_turned_on(document, turn), _instead(case, 0))
    made = (
        originals[case, copy.turn].copied(_instead(case, copy.number), copy)
        for copy in copies(ended, still_open)
        if ((case := original_of(copy, lives, ended)), copy.turn) in originals
    )
    while batch := list(islice(made, AT_A_TIME)):
        await collection.insert_many(batch, ordered=False)


def _turned_on(value: Any, turn: int) -> Any:
    """The same with other departments."""
    match value:
        case str() if value in DEPARTMENTS:
            return DEPARTMENTS[(DEPARTMENTS.index(value) + turn) % len(DEPARTMENTS)]
        case dict():
            return {_turned_on(key, turn): _turned_on(one, turn) for key, one in value.items()}
        case list():
            return [_turned_on(one, turn) for one in value]
        case _:
            return value


def original_of(copy: Copy, lives: Lives, ended: int) -> str:
    kind = lives.ended if copy.number < ended else lives.open
    return kind[copy.number // (DAYS * MONTHS) % len(kind)] if kind is lives.ended else kind[copy.number % len(kind)]


async def _fill_enterprises(store: AsyncMongoClient[dict[str, Any]]) -> None:
    collection = store.get_default_database()["enterprises"]
    document = await collection.find_one({"_id": digest(ENTERPRISE["credit_code"])})
    assert document
    own = [dict(zip(_enterprise(0), _enterprise(number), strict=True)) for number in range(1, ENTERPRISES)]
    original = Original.of(document, own[0])
    made = [original.copied(instead, Copy(0, 0, 0)) for instead in own]
    for first in range(0, len(made), AT_A_TIME):
        await collection.insert_many(made[first : first + AT_A_TIME], ordered=False)


async def _fill_summaries(store: AsyncMongoClient[dict[str, Any]], lives: Lives, ended: int) -> None:
    """Each month is before the public with all its cases."""
    collection = store.get_default_database()["summaries"]
    key = summary_key(SCHEME, MONTH)
    document = await collection.find_one({"_id": key})
    assert document
    published = document["state"]["public"]["content"]["entries"]
    cases: dict[int, list[str]] = {back: [] for back in range(MONTHS)}
    for copy in copies(ended, 0):
        if original_of(copy, lives, ended) in published:
            cases[copy.back].append(_case(copy.number))
    await collection.update_one(
        {"_id": key}, {"$set": {"state.public.content.entries": sorted([*published, *cases[0]])}}
    )
    for back in range(1, MONTHS):
        document["state"]["public"]["content"]["entries"] = sorted(cases[back])
        await collection.insert_one(Original.of(document, {}).copied({}, Copy(0, back, 0)))
