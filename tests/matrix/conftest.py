"""The world, lived through once for all tests here."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from libs.identity import Caller
from tests.matrix.cells import about, ask
from tests.matrix.routes import Way, ways
from tests.matrix.world import lived_through


class Place:
    """The world, lived through once."""

    def __init__(self, runner: asyncio.Runner, folder: Path) -> None:
        self.run = runner.run
        self.city, self.things = runner.run(lived_through(folder))
        self.ways = ways(self.city.house.services.values())
        self.guarded = [way for way in self.ways if way.may is not None]

    def asked(self, way: Way, caller: Caller) -> int:
        return self.run(ask(self.city, way, self.things[about(way)[0]], caller)).status

    def said(self, way: Way, token: str) -> int:
        """The status for a token and an address with nothing in it: who is turned away, is before anything is read."""
        service: Any = self.city.house.services[way.service]
        return self.run(service.say(token, way.method, way.path)).status_code


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with asyncio.Runner() as runner:
        yield Place(runner, tmp_path_factory.mktemp("matrix"))
