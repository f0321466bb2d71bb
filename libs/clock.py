"""The only reader of business time.

In service, business time is the wall's. In demos and tests it *steps*: one instant in a small file, shared by all
processes and moved on by a driver. Technical waits (retry, lease, timeout) never come from here: they are monotonic.
"""

import mmap
import os
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The business instant: aware, UTC, to the millisecond."""
        ...


class WallClock:
    """The machine's own time."""

    def now(self) -> datetime:
        wall = datetime.now(UTC)
        return wall.replace(microsecond=wall.microsecond // 1000 * 1000)


class SteppedClock:
    """The instant kept in `file`; it stands still until somebody steps it."""

    def __init__(self, file: Path) -> None:
        self._map = mmap.mmap(os.open(file, os.O_RDWR), 8)

    @classmethod
    def create(cls, file: Path, start: datetime) -> "SteppedClock":
        file.write_bytes(bytes(8))
        clock = cls(file)
        clock.step_to(start)
        return clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(struct.unpack("<q", self._map[:8])[0] / 1000, UTC)

    def step_to(self, instant: datetime) -> None:
        """Move on. Raises `ValueError` when that would be backwards."""
        if instant < self.now():
            raise ValueError(f"time does not step back: {instant.isoformat()} is before {self.now().isoformat()}")
        self._map[:8] = struct.pack("<q", round(instant.timestamp() * 1000))


def open_clock(setting: str) -> Clock:
    """The clock that a setting names: `wall`, or `stepped:<file>`."""
    if setting == "wall":
        return WallClock()
    if setting.startswith("stepped:"):
        return SteppedClock(Path(setting.removeprefix("stepped:")))
    raise ValueError(f"clock must be 'wall' or 'stepped:<file>', not {setting!r}")
