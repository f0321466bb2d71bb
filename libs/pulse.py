"""How far a service is, told to whoever steps the clock: a small file for each service, read and written as memory.

A driver looks thousands of times in a demo; asking over HTTP would cost more than the work itself. Only in stepped time.
"""

import mmap
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

_SIZE = 4096
_NUMBER = struct.Struct("<q")
_VERSION, _LENGTH, _ASKED, _TOLD = slice(0, 8), slice(8, 16), slice(16, 24), 24


class Pulse:
    """What one service tells. `beat` counts the tellings, so that a reader knows a fresh one from an old one."""

    def __init__(self, file: Path) -> None:
        file.write_bytes(bytes(_SIZE))
        self._map = _open(file)
        self._beat = 0

    @property
    def asked(self) -> int:
        """How often a reader has asked to be told anew."""
        return _NUMBER.unpack(self._map[_ASKED])[0]

    def tell(self, figures: Mapping[str, Any]) -> None:
        self._beat += 1
        told = orjson.dumps({**figures, "beat": self._beat})
        # The version is odd while the figures are being written: a reader then looks again. Eight bytes at a time, not
        # `pack_into`, which clears its room before it fills it.
        self._map[_VERSION] = _NUMBER.pack(2 * self._beat - 1)
        self._map[_LENGTH] = _NUMBER.pack(len(told))
        self._map[_TOLD : _TOLD + len(told)] = told
        self._map[_VERSION] = _NUMBER.pack(2 * self._beat)


class PulseReader:
    """Looks at one service's file, which may not be there yet."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._map: mmap.mmap | None = None

    def ask(self) -> None:
        """Have the service tell anew, even if nothing has changed."""
        if self._map is not None:
            self._map[_ASKED] = _NUMBER.pack(_NUMBER.unpack(self._map[_ASKED])[0] + 1)

    def look(self) -> dict[str, Any] | None:
        """What the service told last; None while it told nothing or is telling."""
        if self._map is None:
            if not self._file.exists() or self._file.stat().st_size < _SIZE:
                return None
            self._map = _open(self._file)
        version = self._map[_VERSION]
        (length,) = _NUMBER.unpack(self._map[_LENGTH])
        told = self._map[_TOLD : _TOLD + length]
        (number,) = _NUMBER.unpack(version)
        if number == 0 or number % 2 or version != self._map[_VERSION]:
            return None
        return orjson.loads(told)


def pulse_file(clock: str, service: str) -> Path:
    """Beside the clock's own file; `clock` is the service's setting `stepped:<file>`."""
    file = Path(clock.removeprefix("stepped:"))
    return file.with_name(f"{file.name}.{service}")


def _open(file: Path) -> mmap.mmap:
    descriptor = os.open(file, os.O_RDWR)
    try:
        return mmap.mmap(descriptor, _SIZE)
    finally:
        os.close(descriptor)
