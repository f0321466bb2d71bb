"""Who works where: units with what they answer for, and the parties outside with a door of their own."""

from functools import cached_property
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts.record import Code, Party
from libs.policy.refused import Refused

District = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(Part):
    """A unit's liaison person (联络人)."""

    person: Annotated[str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
    phone: Annotated[str, StringConstraints(pattern=r"^1[3-9][0-9]{9}$")]
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")]


class Unit(Part):
    """A government unit: a department answers for categories, a county for districts."""

    unit: Party
    kind: Literal["department", "county", "office"]
    zh: str
    en: str
    categories: tuple[Code, ...] = ()
    districts: tuple[District, ...] = ()
    contact: Contact


class ChannelParty(Part):
    """An outside system that hands in appeals, and the scheme's channel that it is."""

    party: Party
    channel: Code
    zh: str
    en: str


class Directory(Part):
    jurisdiction: str
    channels: tuple[ChannelParty, ...]
    audiences: dict[Code, Party]
    units: tuple[Unit, ...]

    @cached_property
    def by_unit(self) -> dict[str, Unit]:
        return {unit.unit: unit for unit in self.units}

    def unit(self, name: str) -> Unit:
        """Raises `Refused` for a unit that is not in the directory."""
        if name not in self.by_unit:
            raise Refused("unknown-unit", f"there is no unit {name!r} in the directory", field="unit", status=422)
        return self.by_unit[name]

    def department_for(self, category: str) -> Unit:
        """The city department that answers for a category. Raises `Refused` when nobody does."""
        for unit in self.units:
            if category in unit.categories:
                return unit
        raise Refused("nobody-answers", f"no department answers for {category!r}", field="category", status=422)

    def county_for(self, district: str) -> Unit:
        """The county whose district this is. Raises `Refused` when it is none of ours."""
        for unit in self.units:
            if district in unit.districts:
                return unit
        raise Refused(
            "unknown-district", f"{district} is no district of {self.jurisdiction}", field="district", status=422
        )


def parse_directory(text: str) -> Directory:
    """Raises `pydantic.ValidationError` for a file that does not fit."""
    return Directory.model_validate(yaml.safe_load(text))
