"""The timelines of the schemes: stories with dates, each told by an article, lived through in a city without servers.

How to read and write them stands at the top of `chaozhou-direct-line.yaml`; what can be done, in `acts.py`.
"""

from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import tests.schemes.acts_more  # noqa: F401  # more sentences
from contracts.events import CaseEvent, Event
from libs.policy.shanghai import SHANGHAI
from tests.schemes.acts import Story
from tests.schemes.city import City, Order, Turned

HERE = Path(__file__).parent
TOLD = [(file.stem, story) for file in sorted(HERE.glob("*.yaml")) for story in yaml.safe_load(file.read_text("utf-8"))]
ENDS: dict[str, list[tuple[str, ...]]] = {}
"""How each story ended when its facts came once and in order."""
STORIES = [pytest.param(stem, story, id=f"{story['title']}") for stem, story in TOLD]


@cache
def in_order() -> City:
    """One for all, since building it takes longer than most stories."""
    return City()


@cache
def in_disorder() -> tuple[City, Order]:
    """The same, where every fact comes twice and in any order."""
    order = Order()
    return City(pick=order, copies=2), order


@pytest.mark.parametrize(("stem", "story"), STORIES)
async def test_what_the_article_says_happens_on_the_day_it_says(stem: str, story: dict[str, Any]) -> None:
    told = await begin(stem, story, in_order())
    for entry in story["timeline"]:
        await live(told, entry)
    ENDS[story["title"]] = end_of(told)


@pytest.mark.parametrize(("stem", "story"), STORIES)
async def test_every_fact_twice_and_in_any_order_ends_the_same(stem: str, story: dict[str, Any]) -> None:
    if story["title"] not in ENDS:
        ENDS[story["title"]] = await lived_through(stem, story, in_order())
    city, order = in_disorder()
    order.random.seed(7)
    assert await lived_through(stem, story, city) == ENDS[story["title"]]


async def lived_through(stem: str, story: dict[str, Any], city: City) -> list[tuple[str, ...]]:
    """What was said in the end, however it came about."""
    told = await begin(stem, story, city)
    for entry in story["timeline"]:
        await city.until(instant(entry["at"]))
        for act in acts_of(entry):
            try:
                await told.do(act)
            except Turned:
                assert "refused" in entry, act
    return end_of(told)


def test_there_are_at_least_eighty_stories_with_titles_of_their_own() -> None:
    titles = [story["title"] for _, story in TOLD]
    assert len(titles) >= 80
    assert len(titles) == len(set(titles))


def before(story: dict[str, Any]) -> datetime:
    """The first day of the month of the story's first act, or the day that it names."""
    first = instant(story.get("begins", story["timeline"][0]["at"]))
    return first.replace(day=1, hour=0, minute=0)


def end_of(told: Story) -> list[tuple[str, ...]]:
    """What was said of the story's cases and sessions, in no order: kinds, parts and instants. Ids follow from random keys."""
    return sorted(
        (
            fact.type,
            str(told.cases.index(fact.case) if fact.case in told.cases else "session"),
            str(getattr(fact, "unit", "")),
            str(getattr(fact, "clock", "")),
            str(getattr(fact, "outcome", "")),
        )
        for fact in told.city.facts
        if isinstance(fact, CaseEvent)
        and not fact.type.startswith(("clock.resumed", "clock.paused", "clock.started", "clock.stopped"))
    )


async def begin(stem: str, story: dict[str, Any], city: City) -> Story:
    city.begin_again(before(story))
    await city.start()
    return Story(city, story.get("scheme", stem))


async def live(told: Story, entry: dict[str, Any]) -> None:
    """Lives through one entry and compares."""
    city = told.city
    await city.until(instant(entry["at"]))
    for act in acts_of(entry):
        if "refused" in entry:
            with pytest.raises(Turned) as turned:
                await told.do(act)
            assert turned.value.rule == entry["refused"], act
        else:
            await told.do(act)
    facts = city.fresh()
    for wanted in entry.get("said", []):
        assert any(_fits(fact, wanted) for fact in facts), f"{entry['at']}: {wanted} not among {_short(facts)}"
    for unwanted in entry.get("not said", []):
        assert not any(_fits(fact, unwanted) for fact in facts), f"{entry['at']}: {unwanted} among {_short(facts)}"
    for clock, due in entry.get("due", {}).items():
        known = await due_of(told, clock)
        assert known == instant(due), f"{clock} is due {known and known.astimezone(SHANGHAI)}, not {due}"


async def due_of(told: Story, clock: str) -> datetime | None:
    """When the last clock of this name that was started, in the case or the session the story is about, is due."""
    found = []
    for key in (told.case, told.session):
        known = await told.city.state("deadline", 0, key) if key else None
        found += [one for one in known.clocks if one.name == clock] if known else []
    return found[-1].due if found else None


def acts_of(entry: dict[str, Any]) -> list[str]:
    acts = entry.get("do", [])
    return [acts] if isinstance(acts, str) else acts


def instant(text: str) -> datetime:
    """`2026-02-25 24:00` is the end of that day."""
    day, _, hour = str(text).partition(" ")
    start = datetime.combine(datetime.fromisoformat(day), time(), SHANGHAI)
    hours, minutes = map(int, (hour or "00:00").split(":"))
    return start + timedelta(hours=hours, minutes=minutes)


def _fits(fact: Event, wanted: str) -> bool:
    name, *words = wanted.split()
    values = {str(value) for value in fact.model_dump().values()}
    return fact.type == f"{name}.v1" and all(word in values for word in words)


def _short(facts: list[Event]) -> list[str]:
    return [fact.type.removesuffix(".v1") for fact in facts]
