"""The demo's steering wheel: a visitor of the pages moves business time on, and sees what left the city meanwhile.

A small HTTP server in the process of `ztc demo`, for the portal alone, which is given its address and a token. While the
quarter or the year is being played the clock belongs to the player.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Header
from pydantic import BaseModel, ConfigDict

from deploy.demo.outside import Facts, FactsTap
from deploy.demo.postbag import Postbag
from deploy.demo.serving import Serving
from deploy.embedded.processes import free_port
from deploy.system import NotQuiet, System, Wave
from libs.policy.refused import Refused
from libs.problem import answer_with_problems

To = Literal["next-due", "hour", "day", "week"]
LENGTHS: dict[str, timedelta] = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
CASES_TOLD = 100


class Step(BaseModel):
    """How far business time is to move."""

    model_config = ConfigDict(extra="forbid")

    to: To


def target(now: datetime, to: To, next_due: datetime | None) -> datetime:
    """The instant up to which time moves. Raises `Refused` (409) when nothing is due at all."""
    if to != "next-due":
        return now + LENGTHS[to]
    if next_due is None:
        raise Refused("nothing-due", "nothing is due; move on by a day or a week", field="to", status=409)
    return next_due


@dataclass(frozen=True)
class Passed:
    """How far the facts on the bus were at one moment."""

    by_type: dict[str, int]
    of_case: dict[str, int]

    @classmethod
    def of(cls, facts: Facts) -> "Passed":
        return cls(dict(facts.by_type), dict(facts.of_case))

    def since(self, before: "Passed") -> dict[str, Any]:
        """What happened meanwhile: facts by type, the most frequent first, and the cases that they are about."""
        more = {kind: count - before.by_type.get(kind, 0) for kind, count in self.by_type.items()}
        touched = sorted(case for case, count in self.of_case.items() if count > before.of_case.get(case, 0))
        facts = sorted(((kind, count) for kind, count in more.items() if count), key=lambda pair: (-pair[1], pair[0]))
        return {"facts": dict(facts), "cases": touched[:CASES_TOLD], "cases_touched": len(touched)}


class Steering:
    """The wheel itself; `app` is what the portal asks."""

    def __init__(self, postbag: Postbag) -> None:
        self._postbag = postbag
        self._token = secrets.token_urlsafe(32)
        self._moving = asyncio.Lock()
        self._played: tuple[System, FactsTap, Callable[[Wave], bool]] | None = None
        self._system: System | None = None
        self.app = self._app()
        self._serving = Serving(self.app, free_port())

    def settings(self) -> dict[str, str]:
        """What the portal must know to steer."""
        return {"steering_url": f"http://127.0.0.1:{self._serving.port}", "steering_token": self._token}

    async def start(self, system: System) -> None:
        """Answers from now on, until the system ends; time cannot be moved yet."""
        self._system = system
        await self._serving.start()
        system.at_end.push_async_callback(self._serving.stop)

    def hand_over(self, tap: FactsTap, rests: Callable[[Wave], bool]) -> None:
        """The play is over: from now on business time is the visitor's. `rests`: whether the world outside is at rest as
        well, such as receipts on their way."""
        assert self._system
        self._played = (self._system, tap, rests)

    # What it answers --------------------------------------------------------------------------------------------------

    def now(self) -> dict[str, Any]:
        """`state`: `playing` while the player has the clock, `moving` while time moves, else whether anything is under way."""
        assert self._system
        wave = self._system.wave()
        resting = "quiet" if wave.at_rest else "busy"
        state = "playing" if self._played is None else "moving" if self._moving.locked() else resting
        return {"now": wave.now, "next_due": wave.next_due and wave.next_due.isoformat(), "state": state}

    async def step(self, to: To) -> dict[str, Any]:
        """Move on, from due moment to due moment, and tell what happened. Raises `Refused` when that cannot be now."""
        if self._played is None:
            raise Refused("playing", "the story is still being played; time can be moved when it is over", status=409)
        if self._moving.locked():
            raise Refused("moving", "time is being moved already; wait until it has come to rest", status=409)
        system, tap, rests = self._played
        async with self._moving:
            try:
                return await self._step(system, tap, rests, to)
            except NotQuiet:
                detail = "the system has not come to rest within two minutes; the ops pages tell what is under way"
                raise Refused("not-quiet", detail, status=503) from None

    async def _step(self, system: System, tap: FactsTap, rests: Callable[[Wave], bool], to: To) -> dict[str, Any]:
        assert system.clock
        wave = await system.quiet(outside=rests)
        before = Passed.of(await tap.up_to_now())
        began = system.clock.now()
        end = target(began, to, wave.next_due)
        while (now := system.clock.now()) < end:
            if wave.next_due is not None and wave.next_due <= now:
                detail = f"something has been due since {wave.next_due.isoformat()} and is not done; see what is stuck"
                raise Refused("stuck", detail, status=409)
            system.step_to(min(wave.next_due or end, end))
            wave = await system.quiet(outside=rests)
        happened = Passed.of(await tap.up_to_now()).since(before)
        next_due = wave.next_due and wave.next_due.isoformat()
        return {"from": began.isoformat(), "now": now.isoformat(), "next_due": next_due} | happened

    def _app(self) -> FastAPI:
        async def guard(authorization: Annotated[str, Header()] = "") -> None:
            if not secrets.compare_digest(authorization.encode(), f"Bearer {self._token}".encode()):
                raise Refused("bad-token", "only the portal of this demo may steer", status=401)

        app = FastAPI(dependencies=[Depends(guard)], docs_url=None, redoc_url=None, openapi_url=None)
        answer_with_problems(app)

        @app.get("/now")
        async def now() -> dict[str, Any]:
            return self.now()

        @app.post("/step")
        async def step(body: Step) -> dict[str, Any]:
            return await self.step(body.to)

        @app.get("/messages")
        async def messages() -> list[dict[str, Any]]:
            return self._postbag.messages()

        return app
