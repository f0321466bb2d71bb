"""A model of the life of a case: whatever people, time and the bus do, nothing breaks and nobody waits for nothing.

Hypothesis chooses the scheme, the way in, the acts and the moments; every fact is delivered twice and in an order of its
choosing. The same choices each time: what is found once is found again.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.events import CaseAssigned
from libs.policy.shanghai import SHANGHAI
from tests.schemes.acts import Story
from tests.schemes.city import City, Order
from tests.schemes.walking import do, follow, possible, said_by_others, standing, waits_for, without_duties

START = datetime(2026, 10, 12, 9, tzinfo=SHANGHAI)
SCHEMES = (
    "cadres-and-enterprises",
    "chaozhou-direct-line",
    "county-reception-day",
    "kaihua-call-and-answer",
    "suqian-12345",
    "suqian-enterprises",
    "suqian-mayor-line",
    "suqian-window",
)
FROM = {"county-reception-day": "445122", "kaihua-call-and-answer": "445103"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[City, Order, asyncio.Runner]]:
    order = Order()
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        folder = without_duties(tmp_path_factory.mktemp("schemes"))
        yield City(start=START, schemes=folder, pick=order, copies=2, faithful=False), order, runner


class Life(RuleBasedStateMachine):
    """Cases of one scheme. `over`: those that were over after the last step, and how many hand-overs they had."""

    def __init__(self, scheme: str, town: tuple[City, Order, asyncio.Runner]) -> None:
        super().__init__()
        self.city, self.order, self._runner = town
        self.story = Story(self.city, scheme)
        self.over: dict[str, int] = {}
        self.last = ""

    def run(self, what: Any) -> Any:
        return self._runner.run(what)

    @initialize(seed=st.integers(0, 2**16), data=st.data())
    def begins(self, seed: int, data: st.DataObject) -> None:
        self.order.random.seed(seed)
        self.city.begin_again(START)
        self.run(self.city.start())
        self.files(data)

    def files(self, data: st.DataObject) -> None:
        scheme = self.city.schemes.in_force(self.story.scheme, self.city.now.date())
        assert scheme is not None
        channels = [name for name, way in scheme.channels.items() if way.kind not in ("transfer", "session")]
        channel = data.draw(st.sampled_from(channels), label="channel")
        known = f"an enterprise registered in {FROM.get(self.story.scheme, '445102')} files through {channel}"
        who = data.draw(st.sampled_from([known, known, known, f"an unregistered enterprise files through {channel}"]))
        self.acts(who)

    def acts(self, sentences: str) -> None:
        self.last = sentences
        self.run(do(self.story, sentences))
        follow(self.story, self.city.facts)

    @precondition(lambda self: len(self.story.cases) < 3)
    @rule(data=st.data())
    def another_comes(self, data: st.DataObject) -> None:
        self.files(data)

    @rule(data=st.data())
    def somebody_acts(self, data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(self.story.cases), label="case")
        could = self.run(self._could(case))
        if could:
            self.acts(data.draw(st.sampled_from(could), label="act"))

    @rule(data=st.data())
    def somebody_acts_too_late(self, data: st.DataObject) -> None:
        """What could have been done with one case is tried with another, or when it has moved on."""
        one, other = (data.draw(st.sampled_from(self.story.cases)) for _ in range(2))
        could = self.run(self._could(one))
        self.story.case = other
        if could:
            try:
                self.acts(data.draw(st.sampled_from(could), label="act"))
            except (AssertionError, StopIteration, KeyError, RuntimeError) as nobody:
                # The sentence names a hand-over or order that the other case does not have.
                if "has no hand-over" not in str(nobody) and not isinstance(nobody, StopIteration | KeyError):
                    raise

    async def _could(self, case: str) -> list[str]:
        return await possible(await standing(self.story, case))

    @rule()
    def the_next_limit_passes(self) -> None:
        async def pass_() -> None:
            if due := await self.city.house.next_due():
                await self.city.until(max(due, self.city.now))

        self.last = "the next limit passes"
        self.run(pass_())
        follow(self.story, self.city.facts)

    @rule(hours=st.sampled_from((1, 24, 5 * 24, 20 * 24)))
    def time_passes(self, hours: int) -> None:
        self.last = f"{hours} hours pass"
        if self.city.now < START + timedelta(days=120):
            self.run(self.city.until(self.city.now + timedelta(hours=hours)))
        follow(self.story, self.city.facts)

    @invariant()
    def nobody_is_stuck_and_what_is_over_stays_over(self) -> None:
        for case in self.story.cases:
            one = self.run(standing(self.story, case))
            given = sum(isinstance(fact, CaseAssigned) and fact.case == case for fact in self.city.facts)
            if one.over:
                assert not one.open or one.routed.closed, (
                    f"{case} is over and {one.open} are to act, after “{self.last}”"
                )
                assert self.over.get(case, given) == given, f"{case} was over and got work by “{self.last}”"
                self.over[case] = given
            else:
                self.over.pop(case, None)
                assert waits_for(one), f"{case} waits for nobody after “{self.last}”: {one.routed}"

    def teardown(self) -> None:
        assert said_by_others(self.city) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_acts_time_or_duplicates_leave_a_case_stuck_or_broken(
    scheme: str, town: tuple[City, Order, asyncio.Runner]
) -> None:
    run_state_machine_as_test(
        lambda: Life(scheme, town),  # pyright: ignore[reportArgumentType]
        settings=settings(
            max_examples=6,
            stateful_step_count=25,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
        ),
    )
