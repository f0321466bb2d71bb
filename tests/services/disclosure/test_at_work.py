"""What disclosure does of itself: it keeps what it hears where it belongs, writes what comes round, publishes promises."""

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from facts import CALENDAR, CASE, SCHEME, SESSION, Shelf, at, at_work, fact, life

from contracts.catalogue import heard_by
from contracts.events import (
    AppealAnsweredAtOnce,
    CaseReported,
    ClockMissed,
    CommitmentEntered,
    CommitmentPublished,
    DutyMissed,
    PublicationDrafted,
    SessionDated,
)
from libs.files import load_directory
from libs.policy.publication import PublicationKind
from libs.policy.refused import Refused
from libs.policy.scheme import Schemes
from services.disclosure import domain, duties, marks, press, promising, publications, sessions, summary
from services.disclosure.choice import one_of, several_of
from services.disclosure.handlers import handlers
from services.disclosure.press import Library

DIRECTORY = load_directory(Path("deploy/directory/chaozhou.yaml"))


class Rooms:
    """The service's collections, in memory."""

    def __init__(self, now: Any, fetch: Any = None, schemes: Any = None) -> None:
        self.service = at_work(now, fetch, schemes or Schemes([SCHEME]))
        self.entries, self.sessions, self.noted = Shelf(domain), Shelf(sessions), Shelf(duties)
        self.summaries, self.months, self.published = Shelf(summary), Shelf(marks), Shelf(publications)
        parts: list[Any] = [self.service, self.entries, self.sessions, self.noted, self.summaries]
        self.handlers = handlers(*parts, {"cn": CALENDAR})
        library: list[Any] = [self.service, self.entries, self.sessions, self.noted, self.months]
        self.library = Library(*library)

    async def hear(self, *events: Any) -> None:
        for event in events:
            await self.handlers[event.type](event)

    async def write_what_is_due(self) -> None:
        published: Any = self.published
        work = press.due_work(self.service, published, self.library)
        while due := await self.published.due(self.service.clock.now()):
            for number in due:
                await work(number)

    async def begin(self) -> None:
        published: Any = self.published
        await press.first_turns(self.service, published)()


# --- what is heard ------------------------------------------------------------------------------------------------------


async def test_everything_that_is_addressed_to_disclosure_has_a_handler() -> None:
    assert set(Rooms(at(1)).handlers) == set(heard_by("disclosure"))


async def test_a_fact_about_a_session_makes_no_entry_of_the_ledger() -> None:
    """001-07"""
    rooms = Rooms(at(1))
    late = fact(ClockMissed, at(16), case=SESSION, clock="minutes", subject="minutes:", due=at(16))
    dated = fact(
        SessionDated, at(1), case=SESSION, kind="reception", held_on=date(2026, 3, 11), place="hall", moved=False
    )
    await rooms.hear(dated, late)
    assert (list(rooms.sessions.states), rooms.entries.states) == ([SESSION], {})


async def test_duties_have_documents_of_their_own_and_questions_answered_at_once_count_in_their_month() -> None:
    """003-35, 003-18"""
    rooms = Rooms(at(1))
    missed = fact(
        DutyMissed,
        at(26),
        duty="ledger",
        occurrence="ZR-7K3M9QXA2B4D6F8H",
        period="2026-03",
        unit="shi_gongdian",
        due_on=date(2026, 3, 25),
    )
    await rooms.hear(missed, fact(AppealAnsweredAtOnce, at(5), how="directly"))
    assert list(rooms.noted.states) == ["ZR-7K3M9QXA2B4D6F8H"]
    assert list(rooms.summaries.states) == [domain.summary_key(SCHEME.ref, "2026-03")]


# --- what comes round ---------------------------------------------------------------------------------------------------


def law(**changes: Any) -> Any:
    kinds = {
        "circular": PublicationKind.model_validate(
            {"form": "circular", "every": "month", "zh": "办理情况通报", "en": "c", "law": "x", "figures": ["rates"]}
        ),
        "report": PublicationKind.model_validate(
            {"form": "report", "every": "quarter", "zh": "报告", "en": "r", "law": "x", "figures": ["duties"]}
        ),
        "notice": PublicationKind.model_validate({"form": "announcement", "zh": "公告", "en": "n", "law": "x"}),
    }
    return SCHEME.model_copy(update={"publications": kinds} | changes)


async def test_circulars_and_reports_are_drafted_when_their_month_and_their_quarter_end() -> None:
    """003-07, 003-21, 004-20 monthly; 001-45, 002-31 periodic."""
    rooms = Rooms(at(10), schemes=Schemes([law()]))
    await rooms.begin()
    await rooms.begin()
    assert len(rooms.published.states) == 2
    await rooms.hear(*life())
    await rooms.write_what_is_due()
    assert rooms.published.said == []
    rooms.service.clock.at = at(31, hour=16)
    await rooms.write_what_is_due()
    drafted = [rooms.published.states[fact.publication] for fact in rooms.published.said]
    assert {(one.kind, one.period, one.title) for one in drafted} == {
        ("circular", "2026-03", "2026年3月办理情况通报"),
        ("report", "2026-Q1", "2026年第一季度报告"),
    }
    circular = next(one for one in drafted if one.kind == "circular")
    assert circular.figures.rates.ratings.satisfied == 1
    assert circular.figures.duties is None
    waiting = {(one.kind, one.period) for one in rooms.published.states.values() if one.due}
    assert waiting == {("circular", "2026-04"), ("report", "2026-Q2")}


async def test_after_a_long_absence_every_period_is_still_drafted() -> None:
    rooms = Rooms(at(10), schemes=Schemes([law()]))
    await rooms.begin()
    rooms.service.clock.at = at(2, 7)
    await rooms.write_what_is_due()
    periods = sorted(rooms.published.states[f.publication].period for f in rooms.published.said)
    assert periods == ["2026-03", "2026-04", "2026-05", "2026-06", "2026-Q1", "2026-Q2"]
    assert all(isinstance(fact, PublicationDrafted) for fact in rooms.published.said)


async def test_a_version_that_comes_into_force_later_writes_from_then_on_and_the_old_one_no_more() -> None:
    """Two versions of one scheme never both write a period."""
    new = law(in_force=SCHEME.in_force.model_copy(update={"from_": date(2026, 5, 1)}))
    rooms = Rooms(at(10), schemes=Schemes([law(), new]))
    await rooms.begin()
    rooms.service.clock.at = at(2, 7)
    await rooms.write_what_is_due()
    written = [rooms.published.states[fact.publication] for fact in rooms.published.said]
    circulars = sorted((one.period, one.scheme.partition("@")[2]) for one in written if one.kind == "circular")
    assert circulars == [
        ("2026-03", "2021-11-08"),
        ("2026-04", "2021-11-08"),
        ("2026-05", "2026-05-01"),
        ("2026-06", "2026-05-01"),
    ]


# --- promises -----------------------------------------------------------------------------------------------------------

SHEET = {"leader": "陈局长", "person": "林科长", "due_on": "2026-03-20", "measures": "完成管网改造。", "version": 1}


def entered(version: int = 1) -> Any:
    return fact(CommitmentEntered, at(12), subject="d1", unit="shi_shuiwu", due_on=date(2026, 3, 20), version=version)


async def promised(rooms: Rooms) -> list[Any]:
    entries: Any = rooms.entries
    work = promising.due_work(rooms.service, entries, DIRECTORY)
    for case in await rooms.entries.due(at(30)):
        await work(case)
    return rooms.entries.said


async def test_a_promise_that_was_entered_is_fetched_and_published_once() -> None:
    """001-47"""
    asked: list[str] = []

    async def fetch(peer: str, path: str) -> Any:
        asked.append(f"{peer}{path}")
        return SHEET

    rooms = Rooms(at(12), fetch)
    await rooms.hear(entered(), entered())
    (published,) = await promised(rooms)
    assert isinstance(published, CommitmentPublished)
    assert asked == [f"routing/cases/{CASE}/dispatches/d1/commitment"]
    assert await promised(rooms) == [published]
    assert len(asked) == 1
    await rooms.hear(fact(CaseReported, at(19), subject="d1", unit="shi_shuiwu"))
    assert rooms.entries.states[CASE].commitments["d1"].status(date(2026, 4, 1), ()) == "kept"


async def test_a_promise_with_a_telephone_number_in_it_is_not_published() -> None:
    """001-47, §4"""

    async def fetch(peer: str, path: str) -> Any:
        return SHEET | {"measures": "请致电13912345678"}

    rooms = Rooms(at(12), fetch)
    await rooms.hear(entered())
    assert await promised(rooms) == []
    known = rooms.entries.states[CASE]
    assert known.commitments["d1"].held == ("phone",)
    assert "13912345678" not in known.model_dump_json()


async def test_a_promise_that_cannot_be_fetched_now_is_due_again() -> None:
    async def fetch(peer: str, path: str) -> Any:
        request = httpx.Request("GET", "http://routing")
        raise httpx.HTTPStatusError("", request=request, response=httpx.Response(503, request=request))

    rooms = Rooms(at(12), fetch)
    await rooms.hear(entered())
    with pytest.raises(httpx.HTTPStatusError):
        await promised(rooms)
    assert await rooms.entries.due(at(12)) == [CASE]


# --- which mechanisms ---------------------------------------------------------------------------------------------------

SCHEMES: Any = {
    ref: SCHEME.model_copy(update={"scheme": ref.partition("@")[0]})
    for ref in ("chaozhou-direct-line@2021-11-08", "chaozhou-direct-line@2026-05-01", "elsewhere@2024-01-01")
}


def test_readers_choose_a_mechanism_or_a_level_of_government() -> None:
    """Several mechanisms in one place: each is read alone or with the others of its level."""
    chosen = lambda scheme, place: [*several_of(SCHEMES, DIRECTORY, scheme, place)]  # noqa: E731
    both = ["chaozhou-direct-line@2021-11-08", "chaozhou-direct-line@2026-05-01"]
    assert chosen(None, None) == [*SCHEMES]
    assert chosen("chaozhou-direct-line", None) == both
    assert chosen("chaozhou-direct-line@2026-05-01", None) == both[1:]
    assert chosen(None, "chaozhou") == both
    assert chosen("elsewhere", "chaozhou") == []


def test_a_mechanism_or_a_level_that_is_not_here_is_refused_with_those_that_are() -> None:
    for scheme, place, rule in (("nothing", None, "unknown-scheme"), (None, "beijing", "unknown-jurisdiction")):
        with pytest.raises(Refused, match=rule):
            several_of(SCHEMES, DIRECTORY, scheme, place)
    for several in (None, "chaozhou-direct-line"):
        with pytest.raises(Refused, match="unknown-scheme"):
            one_of(SCHEMES, several)
    assert one_of(SCHEMES, "elsewhere").scheme == "elsewhere"
