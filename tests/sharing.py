"""Who runs what when two processes share the tests: a file stays together, and so does a folder that has one place for
all its files."""

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

TOGETHER = ("tests/browser/", "tests/matrix/")
FIRST = ("tests/browser/",)
"""The longest whole, so that the other process has all the rest to do meanwhile."""
LAST = ("tests/e2e/", "tests/faults/")
"""Whole systems that run beside the one of the browser would make each other slow."""


class Sharing(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """Sorted so that what takes longest begins first; the order of the others stays."""
    return sorted(
        items, key=lambda item: 0 if item.nodeid.startswith(FIRST) else 2 if item.nodeid.startswith(LAST) else 1
    )
