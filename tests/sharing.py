"""Who runs what when processes share the tests: one the walks in the browser, one what else needs servers, one the rest.
Servers and pages wait for each other so much that three processes keep two cores busy."""

import os
import signal

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

TOGETHER = {"browser": ("tests/browser/",), "servers": ("tests/integration/", "tests/faults/", "tests/e2e/")}
"""What one process runs, one after the other, from the beginning on: these are the longest, and two systems that start at
the same instant make each other slow."""


class Sharing(LoadScopeScheduling):
    """A file stays together, and so does each of those."""

    def _split_scope(self, nodeid: str) -> str:
        return _together(nodeid) or nodeid.partition("::")[0]


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """What stays together first, in its order; else the order stays."""
    places = {name: place for place, name in enumerate(TOGETHER)}
    return sorted(items, key=lambda item: places.get(_together(item.nodeid), len(places)))


def _together(nodeid: str) -> str:
    return next((name for name, folders in TOGETHER.items() if nodeid.startswith(folders)), "")


def as_if_alone() -> None:
    """A process that shares the tests was begun with a terminal's width, and ignores Ctrl-C; what it begins inherits both,
    and must not."""
    os.environ.pop("COLUMNS", None)
    signal.signal(signal.SIGINT, signal.default_int_handler)
