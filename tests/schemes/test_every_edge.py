"""Every way on that a scheme file draws is one that some case has gone: by its stories, else by a walk that looks for it."""

import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from contracts.events import Event
from libs.policy.shanghai import SHANGHAI
from tests.schemes.acts import Story
from tests.schemes.city import City
from tests.schemes.edges import edges_of, visited
from tests.schemes.test_life_cycle import FROM, SCHEMES, START
from tests.schemes.test_timelines import TOLD, begin, live
from tests.schemes.walking import do, follow, meetings, possible, standing, without_duties

WALKS = 150
STEPS = 40
NAMES = re.compile(r"\b[a-z]+_[a-z_]+\b|\d{4}-\d\d-\d\d")


class Walker:
    """Does what was done least so far, so that it soon comes everywhere."""

    def __init__(self, city: City, scheme: str, missing: set[str]) -> None:
        self.city = city
        self.missing = missing
        self.scheme = scheme
        self.chosen = random.Random(scheme)
        self.done: Counter[str] = Counter()

    async def walk(self, channel: str) -> list[Event]:
        """One case from its filing on, and those it leads to."""
        self.city.begin_again(START)
        await self.city.start()
        story = Story(self.city, self.scheme)
        who = f"an enterprise registered in {FROM.get(self.scheme, '445102')}"
        if self._rarely("unregistered"):
            who = "an unregistered enterprise"
        elif self._rarely("from elsewhere"):
            who = "an enterprise registered in 440511"
        assert await do(story, f"{who} files through {channel}") is None
        for _ in range(STEPS):
            follow(story, self.city.facts)
            if not await self._step(story):
                break
        return list(self.city.facts)

    def _rarely(self, what: str) -> bool:
        self.done[what] += 1
        return self.done[what] % 12 == 0

    async def _step(self, story: Story) -> bool:
        """One act of somebody, or the next limit passes; whether there was anything to do."""
        could: list[tuple[float, str, str, str]] = []
        for case in story.cases[-2:]:
            one = await standing(story, case)
            where = f"{one.routed.rung if one.routed else ''} {one.judged and one.judged.round}"
            running = {clock.name for clock in one.clocks.running} if one.clocks else set[str]()
            for act in [*await possible(one), *(meetings(one) if one.accepted else [])]:
                could.append((self._weight(act, f"{act}@{where}", running), self._kind(f"{act}@{where}"), case, act))
        due = await self.city.house.next_due()
        if due and self.city.now - START < timedelta(days=150):
            limits = await self._limits(story)
            armed = limits[0] if limits else ""
            wanted = any(edge.startswith(f"{name} is missed") for edge in self.missing for name in limits)
            weight = self.done[f"time@{armed}"]
            could.append((0.2 * weight - 3 if wanted else weight + 1, f"time@{armed}", "", ""))
        if not could:
            return False
        self.chosen.shuffle(could)
        _, kind, case, chosen = min(could, key=lambda one: one[0])
        self.done[kind] += 1
        if not case:
            assert due, "time is offered only where something is due"
            await self.city.until(max(due, self.city.now))
            return True
        story.case = case
        # Looking at the cases turned the story to the last one's level of government.
        story.scheme = story.filed().scheme.partition("@")[0]
        if await do(story, chosen) is not None:
            self.done[kind] += 3
        return True

    def _weight(self, act: str, told: str, running: set[str]) -> float:
        """What ends a case is done where it leads along an edge that is still missing, else seldom."""
        weight = float(self.done[self._kind(told)])
        if act.startswith(("the enterprise withdraws", "the screener returns", "the second review refuses")):
            edges = {f"{clock} is void" for clock in running} | {f"returned as {act.rpartition(' ')[2]}"}
            return 0.2 * weight - 2 if edges & self.missing else weight + 12
        rung = told.partition("@")[2].partition(" ")[0]
        climbs = any(edge.startswith(f"climbs from {rung} ") for edge in self.missing)
        if (climbs and "cannot solve" in act) or any(f"decided {word}" in self.missing for word in act.split()):
            return 0.2 * weight - 2
        if " attends the session / the day " in act:
            kind = act.split()[4]
            return weight - 2 if f"{kind} is held" in self.missing else weight + 20
        return weight

    async def _limits(self, story: Story) -> list[str]:
        """What runs for the cases, the next to run out first."""
        found: list[tuple[datetime, str]] = []
        for case in story.cases:
            clocks = await self.city.state("deadline", 0, case)
            found += [(c.due, c.name) for c in clocks.running if not c.paused and not c.ran_out] if clocks else []
        return [name for _, name in sorted(found)]

    def _kind(self, act: str) -> str:
        return NAMES.sub("", act)


async def told(city: City, scheme: str) -> AsyncIterator[list[Event]]:
    """The facts of each story that is told of a scheme."""
    for stem, story in TOLD:
        if story.get("scheme", stem) != scheme:
            continue
        lived = await begin(stem, story, city)
        for entry in story["timeline"]:
            await live(lived, entry)
        yield list(city.facts)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_every_edge_of_every_scheme_is_visited(scheme: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    city = City(start=START, faithful=False)
    law = city.schemes.in_force(scheme, START.astimezone(SHANGHAI).date())
    assert law is not None
    missing = edges_of(law)
    async for facts in told(city, scheme):
        missing -= visited(law, facts)
    city = City(start=START, schemes=without_duties(tmp_path_factory.mktemp("schemes")), faithful=False)
    walker = Walker(city, scheme, missing)
    channels = [name for name, way in law.channels.items() if way.kind not in ("transfer", "session")]
    for number in range(WALKS):
        if not missing:
            break
        missing -= visited(law, await walker.walk(channels[number % len(channels)]))
    assert sorted(missing) == [], f"{len(missing)} of {len(edges_of(law))} after {WALKS} walks"
