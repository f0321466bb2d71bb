"""A town in which something went wrong at night: what operators ask of services answers here as told, and the trace receiver
has spans. Routes that need a broker are stood in for; their answers have the shapes of `libs/operations.py`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.applications import Starlette

from contracts.catalogue import SERVICES
from deploy.trace_reading import reading, refused
from deploy.traces import Span
from libs.policy.refused import Refused
from libs.problem import answer_with_problems
from tests.portal.town import Town

FLOW: dict[str, Any] = {
    "uptime_seconds": 7265.0, "queue": {"depth": 0, "consumers": 1}, "dead": 0,
    "unsent": {"documents": 0, "oldest_seconds": 0.0}, "due": {"waiting": 0, "late_seconds": 0.0, "next": None},
    "in_flight": 0, "since_start": {}, "per_minute": {"60s": {"settled": 12.0, "published": 9.5}, "300s": {}},
    "failing": 0, "silent": [],
}  # fmt: skip
PARKED = {
    "id": "3f0c-dead", "type": "case.taken.v1", "case": "ZT-7K3M9QXA2B4D6F8H", "reason": "KeyError after 5 tries",
    "attempts": 5, "parked_at": "2026-02-04T19:00:00+00:00",
}  # fmt: skip
QUARANTINED = {
    "id": "q-1", "party": "hotline_12345", "received_at": "2026-02-04T18:00:00+00:00", "size": 412,
    "type": "file-appeal", "outcome": "quarantined", "rule": "unknown-channel", "field": "channel",
    "detail": "there is no such channel", "judged": 1, "dropped": False,
}  # fmt: skip


@dataclass
class Night:
    """`flows`: figures by service that differ from all being well; None: no answer at all."""

    town: Town
    flows: dict[str, dict[str, Any] | None] = field(default_factory=dict[str, dict[str, Any] | None])
    dead: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    discarded: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    stuck: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    replayed: list[str] = field(default_factory=list[str])
    quarantine: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    letters: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    spans: list[Span] = field(default_factory=list[Span])
    steps: list[str] = field(default_factory=list[str])
    moved: dict[str, Any] | Refused | None = None
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def __post_init__(self) -> None:
        kind = self.town.house.kind()
        for name in SERVICES:
            if name != "portal":
                if name not in self.town.house.services:
                    kind(name, self.town.portal.settings)
                self._add(name, self.town.house.services[name].app)
        settings: Any = self.town.portal.settings
        settings.traces_url, settings.steering_url = "http://traces", "http://steering"
        settings.steering_token = SecretStr("wheel")
        tokens = self.town.portal.tokens
        traces = Starlette(routes=reading(self, tokens), exception_handlers={Refused: refused})  # type: ignore[arg-type]
        self.town.portal.http = httpx.AsyncClient(
            mounts={
                "all://traces": httpx.ASGITransport(traces),
                "all://steering": httpx.ASGITransport(self._steering()),
            }
        )

    # As the trace receiver keeps spans

    def of_case(self, case: str) -> list[Span]:
        return [span for span in self.spans if span.case == case]

    def errors(self, limit: int) -> list[Span]:
        return [span for span in self.spans if span.error_type][:limit]

    # As services answer

    def _add(self, service: str, app: FastAPI) -> None:
        @app.get("/flow")
        async def flow() -> dict[str, Any]:
            told = self.flows.get(service, {})
            if told is None:
                raise Refused("silent", "no answer", status=503)
            return {"service": service, **FLOW, **told}

        @app.get("/stuck")
        async def stuck() -> list[dict[str, Any]]:
            return self.stuck.get(service, [])

        @app.get("/dead")
        async def dead() -> dict[str, Any]:
            found = self.dead.get(service, [])
            return {"service": service, "count": len(found), "letters": found}

        @app.get("/dead/discarded")
        async def discarded() -> list[dict[str, Any]]:
            return self.discarded.get(service, [])

        @app.get("/dead/{id}")
        async def show(id: str) -> dict[str, Any]:
            letter = self._letter(service, id)
            return letter | {"traceparent": "", "says": {"case": letter["case"], "unit": "shi_gongdian"}, "size": 210}

        @app.post("/dead/replay")
        async def replay_all(request: Request) -> dict[str, Any]:
            wanted = (await request.json())["type"]
            ids = [one["id"] for one in self.dead.get(service, []) if wanted in (None, one["type"])]
            self.replayed += ids
            self.dead[service] = [one for one in self.dead[service] if one["id"] not in ids]
            return {"replayed": len(ids), "kept": []}

        @app.post("/dead/{id}/replay")
        async def replay(id: str) -> dict[str, int]:
            self.dead[service].remove(self._letter(service, id))
            self.replayed.append(id)
            return {"replayed": 1}

        @app.post("/dead/{id}/discard")
        async def discard(id: str, request: Request) -> dict[str, int]:
            letter = self._letter(service, id)
            self.dead[service].remove(letter)
            why = (await request.json())["reason"]
            at = "2026-02-04T19:30:00+00:00"
            self.discarded.setdefault(service, []).append(letter | {"by": "ops", "why": why, "at": at})
            return {"discarded": 1}

        if service == "gateway":
            self._add_quarantine(app)
        if service == "notification":

            @app.get("/cases/{case}/letters")
            async def letters(case: str) -> list[dict[str, Any]]:
                return self.letters.get(case, [])

    def _letter(self, service: str, id: str) -> dict[str, Any]:
        for one in self.dead.get(service, []):
            if one["id"] == id:
                return one
        raise Refused("no-such-letter", f"no parked message is called {id} any more", field="id", status=404)

    def _add_quarantine(self, app: FastAPI) -> None:
        @app.get("/quarantine")
        async def quarantine() -> list[dict[str, Any]]:
            return self.quarantine

        @app.get("/quarantine/{id}")
        async def show(id: str) -> dict[str, Any]:
            for one in self.quarantine:
                if one["id"] == id:
                    return one | {"message_id": "m-1", "content": '{"xxxxx": "xxxx 999"}'}
            raise Refused("no-such-message", "there is no such message in quarantine", status=404)

        @app.post("/quarantine/{id}/replay")
        async def replay(id: str) -> dict[str, Any]:
            one = next(one for one in self.quarantine if one["id"] == id)
            self.quarantine.remove(one)
            return one | {"outcome": "taken"}

    def _steering(self) -> FastAPI:
        app = FastAPI()
        answer_with_problems(app)

        @app.get("/now")
        async def now() -> dict[str, Any]:
            return {"now": self.town.now.isoformat(), "next_due": None, "state": "quiet"}

        @app.post("/step")
        async def step(request: Request) -> Any:
            self.steps.append((await request.json())["to"])
            if isinstance(self.moved, Refused):
                raise self.moved
            return self.moved

        @app.get("/messages")
        async def messages() -> list[dict[str, Any]]:
            return self.messages

        return app


def span(service: str, name: str, at: datetime, case: str, *, error: str = "", took_ms: float = 12.0) -> Span:
    """A step of a service at a business instant."""
    start = 1_770_000_000_000_000_000 + int((at - datetime(2026, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 1000
    number = f"{abs(hash((service, name, at))) % 16**16:016x}"
    return Span(
        trace_id="1" * 32, span_id=number, parent_id="", service=service, name=name, kind="consumer",
        start_ns=start, end_ns=start + int(took_ms * 1e6), error_type=error, business_time=at.isoformat(), case=case,
        attributes={},
    )  # fmt: skip
