"""Who runs what when two processes share the tests: one those that need servers or a browser, the other all the rest."""

import os
import signal

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

WITH_SERVERS = ("tests/browser/", "tests/integration/", "tests/faults/", "tests/e2e/")
"""They run one after the other, so that no two systems make each other slow, and begin at once: they are the longest."""


class Sharing(LoadScopeScheduling):
    """A file stays together, and so does all that needs servers."""

    def _split_scope(self, nodeid: str) -> str:
        return "with servers" if nodeid.startswith(WITH_SERVERS) else nodeid.partition("::")[0]


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """What needs servers first; else the order stays."""
    return sorted(items, key=lambda item: not item.nodeid.startswith(WITH_SERVERS))


def as_if_alone() -> None:
    """A process that shares the tests was begun with a terminal's width, and ignores Ctrl-C; what it begins inherits both,
    and must not."""
    os.environ.pop("COLUMNS", None)
    signal.signal(signal.SIGINT, signal.default_int_handler)
