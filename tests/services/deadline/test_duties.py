"""Duties through deadline's own handlers, due work and routes, without servers. The days are 2026's, counted by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from story import CN, at

from contracts.case_number import number
from contracts.events import (
    DutyEvent,
    DutyMet,
    DutyMissed,
    DutyOpened,
    DutyReminded,
    Event,
    PublicationPublished,
    ServedAssigned,
    SessionProposed,
    SummaryPublished,
    VisitLogged,
)
from libs.identity import Caller, Role
from libs.policy.duty import DutyRule
from libs.service import Settings
from services.deadline.__main__ import build
from tests.schemes.house import SECRET, House, HousedService

FILE = Path("deploy/schemes/chaozhou-direct-line.2021-11-08.yaml")
REF = "chaozhou-direct-line@2021-11-08"
SCHEME = "chaozhou-direct-line"
UNIT = "shi_gongxin"
FW = [number("FW", name) for name in ("one", "two")]

DUTIES: dict[str, Any] = {
    "ledger": {"who": "each-unit", "every": "month", "due": "the 25th", "about": "last", "remind": ["2 working days"]}
    | {"evidence": ["ledger"]},
    "column": {"who": "office", "every": "month", "due": "the 10th", "about": "last", "public": True}
    | {"met_by": {"summary.published": {}}},
    "circular": {"who": "office", "every": "month", "met_by": {"publication.published": {"kind": ["circular"]}}},
    "contact": {"who": "each-served", "every": "month", "met_by": {"visit.logged": {"kind": ["contact"]}}},
    "visit": {"who": "each-served", "every": "quarter", "at_least": 2, "met_by": {"visit.logged": {"kind": ["visit"]}}},
    "lists": {"who": "office", "once": "2026-10-31", "evidence": ["list"]},
}


class Watch:
    """Deadline alone, with 001 and these duties."""

    def __init__(self, folder: Path, start: str, duties: dict[str, Any] = DUTIES) -> None:
        data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        words = {"zh": "责任", "en": "a duty", "law": "1"}
        visit = {"zh": "走访", "en": "a visit", "law": "1"}
        circular = {"zh": "通报", "en": "a circular", "form": "circular", "law": "1"}
        data["duties"] = {name: words | duty for name, duty in duties.items()}
        data["visits"] = {"contact": visit, "visit": visit}
        data["publications"] = data.get("publications", {}) | {"circular": circular}
        (folder / "001.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        self.house = House(at(start))
        settings: Any = Settings(
            port=0,
            amqp_url=SecretStr(""),
            mongo_url=SecretStr(""),
            token_secret=SecretStr(SECRET),
            schemes=folder,
        )
        self.service: HousedService = build(settings, self.house.kind())  # type: ignore[assignment]

    async def hear(self, event: Event) -> None:
        await self.service.handlers[event.type](event)

    async def until(self, when: str) -> None:
        await self.house.until(at(when))

    def said(self, kind: type[DutyEvent], duty: str) -> list[Any]:
        return [fact for fact in self.house.facts if isinstance(fact, kind) and fact.duty == duty]

    async def get(self, path: str, role: Role = "inspector", unit: str | None = None) -> Any:
        caller = Caller(subject="test", roles=frozenset({role}), unit=unit)
        return await self.service.call(caller, "GET", path)

    async def hand_in(self, duty: str, unit: str, kind: str = "ledger") -> Any:
        key = next(fact.occurrence for fact in self.said(DutyOpened, duty) if fact.unit == unit)
        caller = Caller(subject="clerk", roles=frozenset({"unit"}), unit=unit)
        body = {"kind": kind, "reference": "台账2026-10", "note": "已报送"}
        return await self.service.call(caller, "POST", f"/duties/{key}/evidence", body)


def live(folder: Path, start: str, life: Callable[[Watch], Awaitable[None]], duties: dict[str, Any] = DUTIES) -> Watch:
    watch = Watch(folder, start, duties)

    async def run() -> None:
        await watch.service.start()
        await watch.until(start)
        await life(watch)

    asyncio.run(run())
    return watch


def event(kind: type[Event], when: str, /, **fields: Any) -> Event:
    return kind(id=f"{kind.__name__} {when} {fields}", cause="test", scheme=REF, at=at(when), **fields)  # type: ignore[call-arg]


def assigned(when: str, served: str, unit: str = UNIT) -> Event:
    return event(ServedAssigned, when, served=served, tier="key", unit=unit)


def visited(when: str, served: str, kind: str = "contact") -> Event:
    return event(VisitLogged, when, visit=number("ZF", when), served=served, kind=kind, unit=UNIT)


# --- opened, reminded, missed, met ------------------------------------------------------------------------------------


def test_every_unit_owes_the_ledger_of_last_month(tmp_path: Path) -> None:
    """003-35: in November October's ledger, from every department and county."""

    async def life(watch: Watch) -> None:
        await watch.until("2026-11-01 00:00")
        answer = await watch.get(f"/duties?scheme={SCHEME}&period=2026-11&duty=ledger&status=open")
        assert {duty["about"] for duty in answer.json()["duties"]} == {"2026-10"}

    opened = live(tmp_path, "2026-10-20 09:00", life).said(DutyOpened, "ledger")
    november = [fact for fact in opened if fact.period == "2026-11"]
    assert len(november) == len({fact.unit for fact in november}) > 5
    assert {fact.due_on.isoformat() for fact in november} == {"2026-11-25"}


def test_several_periods_are_looked_for_at_once(tmp_path: Path) -> None:
    async def life(watch: Watch) -> None:
        await watch.until("2026-12-01 00:00")
        query = f"/duties?scheme={SCHEME}&duty=ledger&period=2026-10&period=2026-12"
        answer = await watch.get(query)
        assert {duty["period"] for duty in answer.json()["duties"]} == {"2026-10", "2026-12"}

    live(tmp_path, "2026-09-30 09:00", life)


def test_the_25th_that_is_a_day_off_is_reminded_before_and_missed_after_the_next_working_day(tmp_path: Path) -> None:
    """003-35, §3.12: 25 July 2026 is a Saturday: reminded on Friday the 24th, missed after Monday the 27th."""

    async def life(watch: Watch) -> None:
        await watch.until("2026-07-24 00:00")
        assert watch.said(DutyReminded, "ledger")
        await watch.until("2026-07-27 23:59")
        assert not [fact for fact in watch.said(DutyMissed, "ledger") if fact.period == "2026-07"]
        await watch.until("2026-07-28 00:00")

    watch = live(tmp_path, "2026-07-01 00:00", life)
    assert {f.at for f in watch.said(DutyMissed, "ledger")} == {at("2026-07-28 00:00")}
    assert {f.due_on.isoformat() for f in watch.said(DutyMissed, "ledger")} == {"2026-07-27"}


def test_a_promise_to_the_public_is_never_put_off(tmp_path: Path) -> None:
    """000-28, §3.12: 10 January 2027... here Sunday 10 May 2026 is a day off, and the 10th is the last day all the same."""

    async def life(watch: Watch) -> None:
        await watch.until("2026-05-11 00:00")

    missed = live(tmp_path, "2026-05-01 00:00", life).said(DutyMissed, "column")
    assert [(f.at, f.due_on.isoformat()) for f in missed] == [(at("2026-05-11 00:00"), "2026-05-10")]


def test_a_reminder_comes_as_long_before_as_the_scheme_says(tmp_path: Path) -> None:
    """Two working days before the evening of Wednesday 25 November is 0:00 of Tuesday the 24th."""

    async def life(watch: Watch) -> None:
        await watch.until("2026-11-26 00:00")

    reminded = live(tmp_path, "2026-11-02 09:00", life).said(DutyReminded, "ledger")
    assert {fact.at for fact in reminded} == {at("2026-11-24 00:00")}


def test_evidence_in_time_meets_the_duty_and_only_who_owes_it_may_hand_it_in(tmp_path: Path) -> None:
    """003-35"""

    async def life(watch: Watch) -> None:
        assert (await watch.hand_in("ledger", UNIT)).status_code == 201
        key = watch.said(DutyOpened, "ledger")[0].occurrence
        stranger = Caller(subject="x", roles=frozenset({"unit"}), unit="xian_raoping")
        body = {"kind": "ledger", "reference": "1"}
        owner = watch.said(DutyOpened, "ledger")[0].unit
        assert owner != "xian_raoping"
        assert (await watch.service.call(stranger, "POST", f"/duties/{key}/evidence", body)).status_code == 404
        assert (await watch.hand_in("ledger", "qu_chaoan", kind="plan")).status_code == 422
        await watch.until("2026-11-26 00:00")

    watch = live(tmp_path, "2026-11-02 09:00", life)
    assert [(f.unit, f.late) for f in watch.said(DutyMet, "ledger")] == [(UNIT, False)]
    missed = {f.unit for f in watch.said(DutyMissed, "ledger")}
    assert UNIT not in missed
    assert "qu_chaoan" in missed
    words = [fact.model_dump_json() for fact in watch.house.facts]
    assert not [text for text in words if "台账" in text or "已报送" in text], "what was handed in stays here"


def test_evidence_after_the_miss_meets_it_late(tmp_path: Path) -> None:
    async def life(watch: Watch) -> None:
        await watch.until("2026-11-26 00:00")
        assert (await watch.hand_in("ledger", UNIT)).json()["status"] == "late"

    assert [f.late for f in live(tmp_path, "2026-11-02 09:00", life).said(DutyMet, "ledger")] == [True]


def test_the_missing_list_is_paged(tmp_path: Path) -> None:
    """003-35: who has not handed in the ledger."""

    async def life(watch: Watch) -> None:
        await watch.hand_in("ledger", UNIT)
        await watch.until("2026-11-26 00:00")
        query = f"/duties?scheme={SCHEME}&period=2026-11&duty=ledger&status=missing&limit=4"
        found: list[str] = []
        answer = (await watch.get(query)).json()
        while True:
            found += [duty["unit"] for duty in answer["duties"]]
            if answer["next"] is None:
                break
            answer = (await watch.get(f"{query}&after={answer['next']}")).json()
        assert len(found) == len(set(found)) == len(watch.said(DutyOpened, "ledger")) - 1
        assert UNIT not in found
        own = (await watch.get(f"/duties?scheme={SCHEME}&duty=ledger", "unit", UNIT)).json()["duties"]
        assert {duty["unit"] for duty in own} == {UNIT}

    live(tmp_path, "2026-11-02 09:00", life)


def test_a_published_summary_meets_the_column_of_its_month(tmp_path: Path) -> None:
    """000-28: October's summary, published late on 12 November, is no evidence for September's."""

    async def life(watch: Watch) -> None:
        await watch.until("2026-11-12 10:00")
        await watch.hear(event(SummaryPublished, "2026-11-12 10:00", month="2026-10", entries=3))

    met = live(tmp_path, "2026-10-01 00:00", life).said(DutyMet, "column")
    assert [(f.period, f.late) for f in met] == [("2026-11", True)]


def test_a_circular_shows_the_month_in_which_it_is_published(tmp_path: Path) -> None:
    """003-07, 003-21"""

    async def life(watch: Watch) -> None:
        await watch.until("2026-11-12 10:00")
        published = {"publication": number("TB", "1"), "kind": "circular"}
        await watch.hear(event(PublicationPublished, "2026-11-12 10:00", **published))
        await watch.hear(event(PublicationPublished, "2026-11-12 10:00", **published))
        await watch.until("2026-12-02 00:00")

    watch = live(tmp_path, "2026-11-02 09:00", life)
    assert [(f.period, f.late) for f in watch.said(DutyMet, "circular")] == [("2026-11", False)]
    assert not [f for f in watch.said(DutyMissed, "circular") if f.period == "2026-11"]


# --- whom a scheme serves ---------------------------------------------------------------------------------------------


def test_each_enterprise_is_owed_a_contact_each_month(tmp_path: Path) -> None:
    """003-09, 004-06, 004-08: one was called, the other was not; who joins in November is owed from December on."""

    async def life(watch: Watch) -> None:
        for one in FW:
            await watch.hear(assigned("2026-10-20 10:00", one))
        await watch.until("2026-11-09 10:00")
        await watch.hear(visited("2026-11-09 10:00", FW[0]))
        await watch.hear(assigned("2026-11-09 10:00", number("FW", "late")))
        await watch.until("2026-12-01 00:00")
        answer = await watch.get(f"/duties?scheme={SCHEME}&period=2026-11&duty=contact&status=missing")
        assert [duty["served"] for duty in answer.json()["duties"]] == [FW[1]]

    watch = live(tmp_path, "2026-10-20 09:00", life)
    november = [f for f in watch.said(DutyOpened, "contact") if f.period == "2026-11"]
    assert {f.served for f in november} == set(FW)
    assert [f.served for f in watch.said(DutyMet, "contact")] == [FW[0]]
    assert [f.served for f in watch.said(DutyMissed, "contact")] == [FW[1]]
    assert len([f for f in watch.said(DutyOpened, "contact") if f.period == "2026-12"]) == 3


def test_two_visits_a_quarter_need_two_visits(tmp_path: Path) -> None:
    """003-14"""

    async def life(watch: Watch) -> None:
        await watch.hear(assigned("2026-06-20 10:00", FW[0]))
        await watch.until("2026-08-01 00:00")
        await watch.hear(visited("2026-07-05 10:00", FW[0], "visit"))
        assert watch.said(DutyMet, "visit") == []
        await watch.hear(visited("2026-07-20 10:00", FW[0], "visit"))

    assert [f.period for f in live(tmp_path, "2026-06-20 09:00", life).said(DutyMet, "visit")] == ["2026-Q3"]


def test_what_is_open_goes_over_to_the_new_unit(tmp_path: Path) -> None:
    async def life(watch: Watch) -> None:
        await watch.hear(assigned("2026-10-20 10:00", FW[0]))
        await watch.until("2026-11-10 00:00")
        await watch.hear(assigned("2026-11-10 00:00", FW[0], "shi_shuiwu"))
        await watch.until("2026-12-01 00:00")

    watch = live(tmp_path, "2026-10-20 09:00", life)
    assert [f.unit for f in watch.said(DutyMissed, "contact")] == ["shi_shuiwu"]


def test_a_visit_that_is_heard_of_before_the_month_begins_here_counts(tmp_path: Path) -> None:
    """Whatever order things come in: the visit of 0:00 before our own opening of 0:00."""

    def ends(order: tuple[int, ...]) -> list[Any]:
        folder = tmp_path / "".join(map(str, order))
        folder.mkdir()

        async def life(watch: Watch) -> None:
            await watch.hear(assigned("2026-10-20 10:00", FW[0]))
            steps = [
                lambda: watch.until("2026-11-01 00:00"),
                lambda: watch.hear(visited("2026-11-01 00:00", FW[0])),
                lambda: watch.hear(visited("2026-11-01 00:01", FW[0])),
            ]
            for step in order:
                await steps[step]()

        watch = live(folder, "2026-10-20 09:00", life)
        return [(f.period, f.late) for f in watch.said(DutyMet, "contact")]

    assert all(ends(order) == [("2026-11", False)] for order in permutations(range(3)))


# --- once, and at the start -------------------------------------------------------------------------------------------


def test_what_comes_once_is_open_from_the_start_and_missed_after_its_day(tmp_path: Path) -> None:
    """004-15, 004-25: 31 October 2026 is a Saturday; missed after Monday 2 November."""

    async def life(watch: Watch) -> None:
        await watch.until("2026-12-20 00:00")

    watch = live(tmp_path, "2026-10-10 09:00", life)
    assert [f.period for f in watch.said(DutyOpened, "lists")] == ["2026-10-31"]
    assert [f.at for f in watch.said(DutyMissed, "lists")] == [at("2026-11-03 00:00")]


def test_nobody_is_late_with_what_was_due_before_anybody_watched(tmp_path: Path) -> None:
    async def life(watch: Watch) -> None:
        await watch.until("2026-11-30 00:00")

    watch = live(tmp_path, "2026-11-26 09:00", life)
    assert watch.said(DutyOpened, "ledger") == watch.said(DutyOpened, "lists") == []
    assert len(watch.said(DutyOpened, "circular")) == 1


def test_session_days_are_proposed_at_the_start_and_as_months_begin(tmp_path: Path) -> None:
    """001-09"""

    async def life(watch: Watch) -> None:
        await watch.until("2026-04-02 00:00")

    watch = live(tmp_path, "2026-02-02 09:00", life)
    proposed = [f for f in watch.house.facts if isinstance(f, SessionProposed) and f.kind == "reception"]
    assert [f.held_on.isoformat() for f in proposed] == ["2026-02-11", "2026-03-11", "2026-04-08", "2026-05-13"]
    assert len({f.case for f in proposed}) == 4
    assert proposed[0].case == number("HY", SCHEME, "reception", "2026-02")


def test_whether_a_day_is_worked_can_be_asked(tmp_path: Path) -> None:
    async def life(watch: Watch) -> None:
        for day, working, provisional in [
            ("2026-02-14", True, False),
            ("2026-02-16", False, False),
            ("2027-01-04", True, True),
        ]:
            answer = (await watch.get(f"/days/{SCHEME}/{day}", "service")).json()
            assert answer == {"working": working, "provisional": provisional}
        assert (await watch.get("/days/nothing/2026-02-14", "service")).status_code == 404

    live(tmp_path, "2026-02-02 09:00", life)


def test_a_duty_whose_owner_nobody_named_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"duties.odd.who: .*name it in the directory"):
        Watch(tmp_path, "2026-02-02 09:00", {"odd": {"who": "astronomer", "every": "month"}})


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"every": "month", "once": "2026-01-01"}, "either"),
        ({"every": "month", "remind": ["the 25th"]}, "no length"),
        ({"every": "month", "due": "24 hours"}, "names no day"),
        ({"every": "month", "met_by": {"letter.sent": {}}}, "not heard"),
        ({"once": "2026-01-01", "about": "last"}, "no earlier period"),
    ],
)
def test_a_duty_that_does_not_hold_together_is_refused(words: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        DutyRule.model_validate({"zh": "责", "en": "duty", "who": "office", "law": "1"} | words)


def test_the_calendar_of_these_tests_has_its_saturdays() -> None:
    assert not CN.is_working_day(date(2026, 7, 25))
