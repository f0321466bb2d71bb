"""The whole system as real processes: appeals filed by a channel's program, worked on by a unit's program, over weeks of
stepped time, up to the public ledger."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from contracts.catalogue import SERVICES
from deploy.demo.outside import Facts, FactsTap
from deploy.demo.player import Player
from deploy.demo.script import FIRST_DAY, KINDS, Draw, Plan, at
from deploy.demo.steering import Steering
from deploy.system import System
from deploy.traces import FILE, Spans, causal_problems
from libs.files import load_notices
from libs.policy.calendar import Calendar

ROOT = Path(__file__).parents[2]
CANARIES = {"name": "卡纳瑞", "phone": "13499990001", "email": "canary7x@enterprise.example"}
WORDS = "金丝雀在此请勿外传"
STORIES = ("county cannot solve it, the city does", "dissatisfied, then satisfied", "not reached at all")


class WatchfulTap(FactsTap):
    """A tap that also keeps every body as it passed."""

    bodies: list[bytes]

    async def _on_message(self, message: Any) -> None:
        self.__dict__.setdefault("bodies", []).append(message.body + repr(message.headers).encode())
        await super()._on_message(message)


@dataclass
class Lived:
    """What is left when the quarter is over."""

    system: System
    player: Player
    facts: Facts
    plans: list[Plan]
    folder: Path

    def case_of(self, story: str) -> str:
        return next(case for case, plan in self.player.cases.items() if plan.kind.name == story)


def plans(calendar: Calendar) -> list[Plan]:
    """One plan for each story, filed by the hotline's system, with data that can be found again."""
    drawn = Draw(7, calendar).plans()
    chosen = [next(plan for plan in drawn if plan.kind.name == story) for story in STORIES]
    secret = [
        replace(
            plan,
            way="hotline",
            contact=CANARIES | {"phone": f"1349999000{number}"} | ({} if plan.contact["email"] else {"email": None}),
            matter=plan.matter | {"text": f"{WORDS}{number}：{plan.matter['text']}"},
        )
        for number, plan in enumerate(chosen, start=1)
    ]
    assert {plan.kind for plan in secret} <= set(KINDS)
    return secret


@pytest_asyncio.fixture(scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    folder = tmp_path_factory.mktemp("city")
    calendar = Calendar.from_years(load_notices(ROOT / "deploy/calendars"))
    written = plans(calendar)
    player = Player(written, calendar, tap=WatchfulTap)
    async with System(folder, start=at(FIRST_DAY, 8), settings=player.settings(), listening=player.listen) as system:
        tap = await player.play(system)
        yield Lived(system, player, await tap.up_to_now(), written, folder)


async def test_each_story_ends_as_it_was_written(lived: Lived) -> None:
    finals = {lived.player.cases[case].kind.name: final for case, final in lived.facts.finals.items()}
    assert finals == {
        "county cannot solve it, the city does": "satisfied",
        "dissatisfied, then satisfied": "finally-decided",
        "not reached at all": "unrated",
    }


async def test_what_ended_stands_in_the_public_ledger_and_nothing_private_with_it(lived: Lived) -> None:
    ledgers = {
        kind: await lived.system.http.get(f"{lived.system.url('disclosure')}/ledger.{kind}")
        for kind in ("json", "csv", "atom")
    }
    assert len(ledgers["json"].json()["entries"]) == lived.facts.by_type["entry.published"] > 0
    assert ledgers["csv"].content.startswith(b"\xef\xbb\xbf")
    for kind, ledger in ledgers.items():
        ledger.raise_for_status()
        private = [*CANARIES.values(), WORDS, *(plan.enterprise.name for plan in lived.plans), *lived.player.cases]
        assert [word for word in private if word in ledger.text] == [], kind


async def test_an_appeal_that_a_visitor_files_when_the_quarter_is_over_lives_on_as_he_moves_time(lived: Lived) -> None:
    dossier = lived.plans[0].dossier | {"contact": {"name": "来客", "phone": "13766661234", "email": None}}
    body = {"dossier": dossier, "channel": "portal"}
    filed = await lived.system.ask("POST", "intake", "/appeals", roles={"enterprise"}, body=body, key="visitor")
    case = filed.json()["case"]
    steering = Steering(lived.player.postbag)
    await steering.start(lived.system)
    steering.hand_over(lived.player.tap, lived.player.rests)
    wheel = steering.settings()
    headers = {"authorization": f"Bearer {wheel['steering_token']}"}
    async with httpx.AsyncClient(base_url=wheel["steering_url"], headers=headers, timeout=240) as visitor:
        await lived.system.quiet(outside=lived.player.rests)
        now = (await visitor.get("/now")).json()
        assert (now["state"], now["now"] < now["next_due"]) == ("quiet", True)
        due = (await visitor.post("/step", json={"to": "next-due"})).json()
        assert (due["from"], due["now"]) == (now["now"], now["next_due"])
        both = await asyncio.gather(*(visitor.post("/step", json={"to": "week"}) for _ in range(2)))
        assert sorted(answer.status_code for answer in both) == [200, 409], "time is moved by one at a time"
        week = next(answer.json() for answer in both if not answer.is_error)
        moved = datetime.fromisoformat(week["now"]) - datetime.fromisoformat(week["from"])
        assert moved == timedelta(weeks=1)
        # The first of the weeks is of the holidays of May.
        later = (await visitor.post("/step", json={"to": "week"})).json()
        assert later["facts"]["clock.missed"] >= 1, "nobody screened it"
        assert case in later["cases"]
        told = [message for message in (await visitor.get("/messages")).json() if message["to"] == "137****1234"]
        assert case in told[-1]["text"]


async def test_a_case_is_one_trace_with_every_service_in_it_and_causes_before_effects(lived: Lived) -> None:
    case = lived.case_of("county cannot solve it, the city does")
    await lived.system.stop_services()
    with closing(Spans.read(lived.folder / FILE)) as spans:
        everything, trace, tally = spans.all(), spans.of_case(case), spans.tally()
    assert causal_problems(everything) == []
    assert tally["cases"] == tally["traces"] == len(lived.facts.of_case) >= len(lived.plans)
    assert {span.service for span in trace} == set(SERVICES)
    weeks = {span.business_time[:10] for span in trace if span.business_time}
    assert len(weeks) > 5


async def test_every_fact_passes_once_and_no_message_is_dead(lived: Lived) -> None:
    assert lived.facts.duplicates == 0
    assert lived.system.last_wave is not None
    assert sum(figures["parked"] for figures in lived.system.last_wave.figures.values()) == 0


async def test_no_words_and_no_persons_data_in_events_logs_spans_or_urls(lived: Lived) -> None:
    canaries = [*CANARIES.values(), "1349999000", WORDS, *(plan.enterprise.credit_code for plan in lived.plans)]
    canaries += [plan.enterprise.name for plan in lived.plans]
    bodies = lived.player.tap.bodies  # type: ignore[attr-defined]
    with closing(sqlite3.connect(lived.folder / FILE)) as spans:
        rows = json.dumps(spans.execute("SELECT * FROM spans").fetchall(), ensure_ascii=False)
    logs = "".join(file.read_text(encoding="utf-8") for file in (lived.folder / "logs").glob("*.log"))
    places = {"events": b"".join(bodies).decode(), "spans": rows, "logs": logs}
    assert all(len(text) > 1000 for text in places.values())
    found = [(place, canary) for place, text in places.items() for canary in canaries if canary in text]
    assert found == []
