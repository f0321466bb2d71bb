"""Where each role finds its work."""

from typing import NamedTuple

from libs.identity import Role
from services.portal.visitor import Visitor


class Place(NamedTuple):
    """An entry of the navigation; `roles`: whose work it is, empty for what is there for everybody. `for_enterprises`: for
    them and whoever has not signed in, not for staff."""

    path: str
    zh: str
    en: str
    roles: frozenset[Role] = frozenset()
    for_enterprises: bool = False


def places(visitor: Visitor, every: tuple[Place, ...]) -> list[Place]:
    """What this visitor is offered: one's own work, or what is there for everybody."""
    mine = [place for place in every if place.roles & visitor.roles]
    return mine or [place for place in every if not place.roles and not (place.for_enterprises and visitor.staff)]
