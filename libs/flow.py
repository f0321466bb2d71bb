"""How work flows through one service: rates from counters, what keeps failing, what is stuck. In memory, of the machine's
time."""

from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

KEPT_SECONDS = 300
REMEMBERED = 1000
"""Of so many documents whose due work fails a service remembers why."""

Counters = Mapping[str, int]


@dataclass
class Rates:
    """Counters noted again and again, for some minutes; instants are monotonic seconds."""

    _noted: deque[tuple[float, Counters]] = field(default_factory=deque[tuple[float, Counters]])

    def note(self, at: float, counters: Counters) -> None:
        self._noted.append((at, counters))
        while len(self._noted) > 1 and self._noted[1][0] <= at - KEPT_SECONDS:
            self._noted.popleft()

    def per_minute(self, at: float, counters: Counters, *, seconds: float) -> dict[str, float]:
        """How often each was counted per minute over the last `seconds`, or since the first note where that is later."""
        before = [note for note in self._noted if note[0] <= at - seconds] or list(self._noted)[:1]
        since, then = before[-1] if before else (at, counters)
        minutes = (at - since) / 60
        return {
            name: round((now - then.get(name, 0)) / minutes, 1) if minutes else 0.0 for name, now in counters.items()
        }


@dataclass(frozen=True)
class Failing:
    """Due work of one document that keeps failing. `error`: of which kind the last failure was."""

    key: str
    error: str
    tries: int
    since: datetime


@dataclass
class Failures:
    """The documents whose due work failed when it was last tried."""

    _failing: dict[str, Failing] = field(default_factory=dict[str, Failing])

    def failed(self, key: str, error: Exception) -> None:
        known = self._failing.get(key)
        if known is None and len(self._failing) >= REMEMBERED:
            return
        tries, since = (known.tries, known.since) if known else (0, datetime.now(UTC))
        self._failing[key] = Failing(key, type(error).__name__, tries + 1, since)

    def keep_only(self, failed: Set[str]) -> None:
        """Everything that is due has been tried: what did not fail now is no longer due, whoever did it."""
        for key in self._failing.keys() - failed:
            del self._failing[key]

    def longest_first(self) -> list[Failing]:
        return sorted(self._failing.values(), key=lambda failing: (failing.since, failing.key))


@dataclass(frozen=True)
class Stuck:
    """Something that does not go on by itself. `key`: the document, mostly a case number; `reason`: a short word, never a
    person's; `since`: of the machine's time for due work and unsent facts, else business time."""

    what: Literal["due-work", "unsent", "letter", "call", "quarantine"]
    key: str
    reason: str
    since: datetime | None
    tries: int = 0
    id: str = ""
