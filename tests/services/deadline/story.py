"""A case as deadline lives it: facts go in, what it says comes out. Times are written as clocks in China show them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml

from contracts.events import CaseEvent, ClockEvent
from libs.files import load_notices, load_schemes
from libs.policy.calendar import Calendar
from libs.policy.notice import YearNotice
from libs.policy.scheme import Scheme, parse_scheme
from libs.policy.shanghai import SHANGHAI
from services.deadline import domain

FILE = Path("deploy/schemes/chaozhou-direct-line.2021-11-08.yaml")
SCHEMES = load_schemes(Path("deploy/schemes"))
SCHEME = SCHEMES["chaozhou-direct-line@2021-11-08"]
NOTICES = [notice for notice in load_notices(Path("deploy/calendars")) if notice.year <= 2026]
CN = Calendar.from_years(NOTICES)
CASE = "ZT-7K3M9QXA2B4D6F8H"

NEW_YEAR_2027 = YearNotice.model_validate(
    {
        "year": 2027,
        "papers": [
            {"title": "关于2027年部分节假日安排的通知", "number": "国办发明电〔2026〕9号", "date": "2026-11-05"}
        ],
        "holidays": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03"}],
    }
)
"""An invented notice: the official one was not out when this was written."""


def at(text: str) -> datetime:
    """`2026-02-13 16:00` in China, or `2026-02-25 24:00`."""
    day, hour = text.split(" ")
    if hour == "24:00":
        midnight = datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=SHANGHAI)
        return datetime.fromtimestamp(midnight.timestamp() + 86400, UTC)
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def fact(kind: type[CaseEvent], when: str | datetime, subject: str = "", /, **fields: Any) -> CaseEvent:
    """Something that another service said."""
    instant = at(when) if isinstance(when, str) else when
    id = str(uuid5(NAMESPACE_URL, f"{kind.__name__} {instant} {subject} {fields}"))
    about = {"case": CASE, "scheme": SCHEME.ref} | fields
    return kind(id=id, cause="test", at=instant, subject=subject, **about)


def with_clocks(**clocks: dict[str, Any]) -> Scheme:
    """001 with these clocks instead of its own, sessions with a window, orders, and classes `simple`, `general`,
    `complex` and `open`. An invented regulation: only how its words count is looked at."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    law = {"law": "1"}
    data["clocks"] = {name: law | clock for name, clock in clocks.items()}
    data["complexities"] = {name: {"zh": name, "en": name} | law for name in ("simple", "general", "complex", "open")}
    data |= {"letters": [], "disputes": None, "extension": None, "duties": {}, "oversight": {"orders": "1"}}
    rings = any("rings" in clock for clock in clocks.values())
    reception = {
        "zh": "现场活动",
        "en": "session",
        "every": "month",
        "proposed": "2nd wednesday",
        "window": rings,
    } | law
    data["sessions"] = {"reception": reception | {"commitments": True}}
    data["reviews"] = ()
    return parse_scheme(json.dumps(data, default=str), source="invented")


class Story:
    """What the store does with a case's records, without a store: known ids change nothing."""

    def __init__(self, calendar: Calendar = CN, *, scheme: Scheme = SCHEME, case: str = CASE) -> None:
        self.calendar = calendar
        self.scheme = scheme
        self.schemes = {scheme.ref: scheme}
        self.case = domain.empty(case)
        self.said: list[ClockEvent] = []
        self.known: set[str] = set()

    def hear(self, event: CaseEvent) -> list[ClockEvent]:
        if event.id in self.known:
            return []
        return self._keep(event, domain.hear(self.case, event, scheme=self.scheme, calendar=self.calendar))

    def hear_all(self, events: Iterable[CaseEvent]) -> "Story":
        for event in events:
            self.hear(event)
        return self

    def fall_due(self, when: str | datetime) -> list[ClockEvent]:
        now = at(when) if isinstance(when, str) else when
        return self._keep(None, domain.fall_due(self.case, now=now, scheme=self.scheme, calendar=self.calendar))

    def recount(self, calendar: Calendar, when: str) -> list[ClockEvent]:
        self.calendar = calendar
        command = domain.Recount(id=f"recount {when}", at=at(when), by="test", calendars={"cn": calendar.version})
        return self._keep(command, domain.recount(self.case, command, scheme=self.scheme, calendar=calendar))

    def _keep(self, cause: Any, decided: Iterable[ClockEvent]) -> list[ClockEvent]:
        said = [event for event in decided if event.id not in self.known]
        for record in ([cause] if cause else []) + said:
            assert record.id not in self.known, "two records with one id"
            self.known.add(record.id)
            self.case = domain.evolve(self.case, record, schemes=self.schemes)
        self.said += said
        return said

    def clock(self, name: str, of: str = "") -> domain.Clock:
        clock = self.case.clock(name, of)
        assert clock is not None, f"{name} was never started"
        return clock

    @property
    def keys(self) -> dict[str, Any]:
        return domain.keys(self.case, schemes=self.schemes, calendars={"cn": self.calendar})


def kinds(said: Iterable[ClockEvent]) -> list[tuple[str, str]]:
    """(what, of which clock)."""
    return [(event.type.removeprefix("clock.").removesuffix(".v1"), event.subject) for event in said]
