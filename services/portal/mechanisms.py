"""Which mechanisms an enterprise reaches by the page, and what each is there for."""

from datetime import date
from typing import NamedTuple

from libs.policy.channels import scheme_for
from libs.policy.directory import Directory, Jurisdiction, Unit
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme, Schemes

CHANNEL = "portal"
UNSURE = "unsure"
"""Chosen by who does not know the category; screening finds it."""


class Mechanism(NamedTuple):
    scheme: Scheme
    place: Jurisdiction


def open_mechanisms(schemes: Schemes, directory: Directory, day: date) -> list[Mechanism]:
    """Those that hear the page on a day, the one it leads to by itself first."""
    try:
        first = scheme_for(schemes, directory, CHANNEL, day)
    except Refused:
        return []
    known = [scheme for name in schemes.names() if (scheme := schemes.in_force(name, day)) is not None]
    hearing = [
        Mechanism(scheme, directory.by_scheme[scheme.scheme])
        for scheme in known
        if CHANNEL in scheme.channels and scheme.scheme in directory.by_scheme
    ]
    return sorted(hearing, key=lambda one: one.scheme.scheme != first.scheme)


def answers_for(directory: Directory, scheme: Scheme) -> dict[str, Unit]:
    """Which department usually answers for a category."""
    view = directory.running(scheme.scheme)
    found: dict[str, Unit] = {}
    for category in scheme.categories:
        try:
            found[category] = view.department_for(category)
        except Refused:
            continue
    return found
