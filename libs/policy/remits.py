"""What units answer for as administrators changed it (职责分工), laid over the directory file. Pure."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from contracts.record import Code, Party
from libs.policy.directory import Directory, Jurisdiction, Office, Unit

OF_UNITS = ("first_responsible", "directly_responsible")
CHANGEABLE: dict[str, tuple[str, ...]] = {
    "department": ("categories", *OF_UNITS),
    "county": OF_UNITS,
    "township": OF_UNITS,
    "office": OF_UNITS,
    "leader": ("portfolio", "assists", "vacant"),
}
"""Which parts of a remit a unit of this kind has."""


class Remit(BaseModel):
    """What a unit answers for; the fields mean what they mean in `Unit`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    categories: tuple[Code, ...] = Field((), max_length=100)
    first_responsible: Office = ""
    directly_responsible: Office = ""
    portfolio: tuple[Code, ...] = Field((), max_length=100)
    assists: tuple[Code, ...] = Field((), max_length=100)
    vacant: bool = False

    @classmethod
    def of(cls, unit: Unit) -> "Remit":
        return cls.model_validate(unit.model_dump(include=set(cls.model_fields)))


class Remits(BaseModel):
    """What was changed at a level of government. `added`: units that are not in the file, none with a door of its own.
    `rota`: its leaders in the order of their turns, the file's order where it is empty. A category answered for by a unit in
    `of` is no longer any other's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jurisdiction: Code
    added: tuple[Unit, ...] = ()
    of: dict[Party, Remit] = {}
    rota: tuple[Party, ...] = ()

    def over(self, place: Jurisdiction) -> Jurisdiction:
        """The level as it stands with these changes. A unit that is no longer in the file is left aside; a leader who is
        new in it comes last."""
        turns = {post: turn for turn, post in enumerate(self.rota)}
        filed = {unit.unit for unit in place.units}
        added = (unit for unit in self.added if unit.unit not in filed)
        units = [self._changed(unit) for unit in (*place.units, *added)]
        leaders = iter(sorted((u for u in units if u.kind == "leader"), key=lambda u: turns.get(u.unit, len(turns))))
        in_turn = tuple(next(leaders) if unit.kind == "leader" else unit for unit in units)
        return place.model_copy(update={"units": in_turn})

    def _changed(self, unit: Unit) -> Unit:
        if (remit := self.of.get(unit.unit)) is not None:
            return unit.model_copy(update=dict(remit))
        taken = {category for remit in self.of.values() for category in remit.categories}
        return unit.model_copy(update={"categories": tuple(c for c in unit.categories if c not in taken)})


def lay_over(directory: Directory, remits: Iterable[Remits]) -> None:
    """From now on the directory stands with these changes, and no others."""
    changed = {one.jurisdiction: one for one in remits}
    directory.take_in(lambda place: changed[place.jurisdiction].over(place) if place.jurisdiction in changed else place)
