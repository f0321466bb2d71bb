"""The whole system on one machine: private broker, embedded store, trace receiver and every service as its own process.

Used by `ztc up` (the wall's clock), `ztc demo` and the end-to-end tests (a stepped clock). Everything is kept under one
folder; two systems in two folders do not meet.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from contracts.catalogue import PROCESSES, SERVICES, Service
from deploy.embedded.broker import PrivateBroker
from deploy.embedded.install import ensure_installed
from deploy.embedded.processes import Child, free_port, plain_environment, write_private
from deploy.embedded.store import EmbeddedStore
from deploy.topology import definitions
from libs.clock import SteppedClock
from libs.files import load_directory
from libs.identity import Caller, Role, Tokens
from libs.pulse import PulseReader, pulse_file
from libs.service import FEW_IDLE
from libs.topology import VHOST
from services.gateway.topology import vhost as party_vhost

ROOT = Path(__file__).parent.parent
DIRECTORY = ROOT / "deploy/directory/chaozhou.yaml"
READY_SECONDS = 120
QUIET_SECONDS = 120
BETWEEN_LOOKS_SECONDS = 0.003

NOTHING_TOLD: Mapping[str, Any] = {
    "seen": "", "in_flight": 1, "unsent": 0, "published": 0, "settled": 0, "parked": 0, "beat": 0, "next_due": None,
}  # fmt: skip

Progress = Callable[[str], None]


class NotQuiet(RuntimeError):
    """The system did not come to rest; the text tells what was still going on."""


@dataclass(frozen=True)
class Wave:
    """One look at every service: their figures, and the earliest instant at which something is due. `now`: the instant
    that stands."""

    figures: Mapping[Service, Mapping[str, Any]]
    now: str

    @property
    def at_rest(self) -> bool:
        """Every service knows what time it is, nothing is being handled or waits to be published, and every delivery
        caused has been handled."""
        busy = any(f["seen"] != self.now or f["in_flight"] or f["unsent"] for f in self.figures.values())
        return not busy and self._sum("published") == self._sum("settled")

    def confirms(self, earlier: "Wave") -> bool:
        """Every service has told again since, and nothing has changed."""
        return self.totals == earlier.totals and all(
            figures["beat"] != earlier.figures[name]["beat"] for name, figures in self.figures.items()
        )

    @property
    def totals(self) -> tuple[int, ...]:
        return tuple(
            self._sum(name) for name in ("published", "settled", "retried", "parked", "from_parties", "to_parties")
        )

    @property
    def next_due(self) -> datetime | None:
        dues = [datetime.fromisoformat(f["next_due"]) for f in self.figures.values() if f["next_due"]]
        return min(dues, default=None)

    def _sum(self, name: str) -> int:
        return sum(figures.get(name, 0) for figures in self.figures.values())


class System:
    """Start it with `async with`; raises `CannotInstall` with what to install where that is not allowed.

    `start`: the business instant at which a stepped clock begins; None for the wall's.
    `settings`: further environment by service, without the prefix `ZTC_`. `only`: the services to start.
    `portal`: with the web pages, at this port if it is free.
    `listening`: called when broker and store run and no service yet, so that not even a first fact is missed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        start: datetime | None = None,
        settings: Mapping[Service, Mapping[str, str]] | None = None,
        only: Sequence[Service] = SERVICES,
        progress: Progress = lambda text: None,
        listening: Callable[["System"], Awaitable[None]] | None = None,
        portal: int | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.broker = PrivateBroker(self.folder / "broker")
        self.store = EmbeddedStore(self.folder / "store")
        self.directory = load_directory(DIRECTORY)
        self.services: Sequence[Service] = only
        self.address = None if portal is None else f"http://127.0.0.1:{free_port(portal)}"
        """Where the pages answer, and where letters link to."""
        self._progress = progress
        self._listening = listening
        self._settings = settings or {}
        self._secret = self._kept_secret()
        self.tokens = Tokens(self._secret)
        self._clock_file = self.folder / "clock"
        self.clock = SteppedClock.create(self._clock_file, start) if start else None
        self.processes: dict[str, Child] = {}
        self.ports: dict[str, int] = {}
        self.last_wave: Wave | None = None
        self._pulses: dict[Service, PulseReader] = {
            name: PulseReader(pulse_file(str(self._clock_file), name)) for name in only
        }
        self.http = httpx.AsyncClient(timeout=30, limits=FEW_IDLE)
        self.at_end = AsyncExitStack()
        """What is to be closed when the services have ended and the servers have not."""

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _start(self) -> None:
        await asyncio.to_thread(ensure_installed, self._progress)
        self._progress("starting broker and store")
        what = definitions(self.directory, password=self.broker.password)
        await asyncio.gather(self.broker.start(what), self.store.start(PROCESSES))
        if self._listening is not None:
            await self._listening(self)
        self._progress("starting services")
        self._start_traces()
        for service in SERVICES:
            self.ports[service] = free_port()
        running: list[Service] = list(self.services)
        if self.address is not None:
            self.ports["portal"] = int(self.address.rpartition(":")[2])
            running.append("portal")
        for service in running:
            self.start_service(service)
        await asyncio.gather(*(self.ready(service) for service in running))
        self._describe()
        self._progress("ready")

    async def stop(self) -> None:
        """Services first, gracefully; then what they need. Nothing is left running."""
        (self.folder / "system.json").unlink(missing_ok=True)
        await self.stop_services()
        if traces := self.processes.get("traces"):
            await traces.stop(grace=5)
        await self.at_end.aclose()
        await asyncio.gather(self.broker.stop(), self.store.stop())
        await self.http.aclose()

    async def stop_services(self) -> None:
        """Every service ends its running work and sends off its last spans."""
        await asyncio.gather(*(child.stop(grace=25) for name, child in self.processes.items() if name != "traces"))

    # Processes --------------------------------------------------------------------------------------------------------

    def start_service(self, service: Service, **more: str) -> None:
        """Start one service; `more` is further environment, as it is."""
        environment = {f"ZTC_{name.upper()}": value for name, value in self._environment(service).items()}
        child = Child(
            service,
            [sys.executable, "-m", f"services.{service}"],
            environment=plain_environment(**environment, **more),
            folder=ROOT,
            log=self.folder / "logs" / f"{service}.log",
        )
        child.start()
        self.processes[service] = child

    async def ready(self, service: Service) -> None:
        """Until it answers that it is ready. Raises `DidNotStart` with its last words."""

        async def probe() -> None:
            (await self.http.get(f"{self.url(service)}/readyz")).raise_for_status()

        await self.processes[service].ready(probe, seconds=READY_SECONDS)

    async def restart(self, service: Service, **more: str) -> None:
        """Start a service again after it ended, on its port."""
        self.start_service(service, **more)
        await self.ready(service)

    async def restart_ended(self, pause: dict[str, float]) -> list[Service]:
        """Start again what has ended, each time after its `pause` in seconds, which doubles up to a minute."""
        ended: list[Service] = [service for service in self.services if not self.processes[service].alive]
        for service in ended:
            await asyncio.sleep(pause[service])
            pause[service] = min(60.0, pause[service] * 2)
            self.start_service(service)
        return ended

    def write_parties(self) -> Path:
        """The AMQP address of every party outside, for this user's eyes only."""
        file = self.folder / "parties.json"
        parties = [channel.party for channel in self.directory.channels] + [
            unit.unit for unit in self.directory.units if unit.door
        ]
        write_private(file, json.dumps({party: self.party_url(party) for party in parties}, indent=2))
        return file

    def url(self, service: Service) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def party_url(self, party: str) -> str:
        """The AMQP URL of an outside party's system."""
        return self.broker.url(party_vhost(party), user=party)

    def _environment(self, service: Service) -> dict[str, str]:
        return {
            "port": str(self.ports[service]),
            "amqp_url": self.broker.url(VHOST, user=service),
            "mongo_url": self.store.url(service),
            "token_secret": self._secret,
            "clock": "wall" if self.clock is None else f"stepped:{self._clock_file}",
            "otlp_endpoint": f"http://127.0.0.1:{self.ports['traces']}",
            "peers": json.dumps({name: self.url(name) for name in SERVICES}),
            **self._settings.get(service, {}),
            **self._at_its_address(service),
        }

    def _at_its_address(self, service: Service) -> dict[str, str]:
        """What must know where people find the pages."""
        if self.address is None or service not in ("portal", "notification"):
            return {}
        return {"public_url": self.address} | (
            {"traces_url": f"http://127.0.0.1:{self.ports['traces']}"} if service == "portal" else {}
        )

    def _start_traces(self) -> None:
        self.ports["traces"] = free_port()
        command = ["-m", "deploy.traces", "--port", str(self.ports["traces"]), "--folder", str(self.folder)]
        child = Child(
            "traces",
            [sys.executable, *command],
            environment=plain_environment(ZTC_TOKEN_SECRET=self._secret),
            folder=ROOT,
            log=self.folder / "logs" / "traces.log",
        )
        child.start()
        self.processes["traces"] = child

    def _kept_secret(self) -> str:
        file = self.folder / "secret"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(48))
        return file.read_text()

    def _describe(self) -> None:
        """Leave word of what runs where, for `ztc case` and `ztc dead`; for this user's eyes only."""
        write_private(
            self.folder / "system.json",
            json.dumps(
                {
                    "pid": os.getpid(),
                    "urls": {service: self.url(service) for service in SERVICES},
                    "token_secret_file": str(self.folder / "secret"),
                    "spans": str(self.folder / "spans.sqlite"),
                },
                indent=2,
            ),
        )

    # Asking -----------------------------------------------------------------------------------------------------------

    async def ask(
        self,
        method: str,
        service: Service,
        path: str,
        *,
        roles: set[Role],
        body: Any = None,
        subject: str = "demo",
        unit: str | None = None,
        case: str | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """One HTTP call as somebody with these roles."""
        caller = Caller(subject=subject, roles=frozenset(roles), unit=unit, case=case)
        headers = {"authorization": f"Bearer {self.tokens.sign(caller)}"}
        if key is not None:
            headers["idempotency-key"] = key
        return await self.http.request(method, self.url(service) + path, json=body, headers=headers)

    # Stepping ---------------------------------------------------------------------------------------------------------

    def wave(self) -> Wave:
        """How far every service says it is; what has not told anything yet is busy."""
        assert self.clock is not None, "only in stepped time do services tell how far they are"
        figures: dict[Service, Mapping[str, Any]] = {}
        for name, reader in self._pulses.items():
            figures[name] = reader.look() or NOTHING_TOLD
        return Wave(figures, self.clock.now().isoformat())

    def _ask_anew(self) -> None:
        for reader in self._pulses.values():
            reader.ask()

    async def quiet(self, *, outside: Callable[[Wave], bool] = lambda wave: True) -> Wave:
        """Until nothing is under way, which two equal looks prove between which every service told anew. `outside`: what
        else must be at rest.

        Raises `NotQuiet` after two minutes.
        """
        before: Wave | None = None
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                while True:
                    wave = self.wave()
                    if not wave.at_rest:
                        before = None
                    elif not outside(wave):
                        before = None
                        self._ask_anew()
                    elif before is None or before.totals != wave.totals:
                        before = wave
                        self._ask_anew()
                    elif wave.confirms(before):
                        self.last_wave = wave
                        return wave
                    await asyncio.sleep(BETWEEN_LOOKS_SECONDS)
        except TimeoutError:
            raise NotQuiet(json.dumps(self.wave().figures, indent=1)) from None

    def step_to(self, instant: datetime) -> None:
        """Move business time on."""
        assert self.clock is not None, "only a stepped clock can be moved"
        self.clock.step_to(instant)
