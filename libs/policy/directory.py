"""Who works where: levels of government, their units and leaders, and the parties outside with a door of their own.

One deployment serves several levels (a city, its counties and districts). A scheme is run by one of them; what a scheme
asks of the directory is answered within that level: `running` gives its view.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.record import Code, Party
from libs.policy.refused import Refused
from libs.yaml_file import read_yaml

District = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Office = Annotated[str, StringConstraints(max_length=50, strip_whitespace=True)]
SchemeName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(Part):
    """A unit's liaison person (联络人)."""

    person: Annotated[str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
    phone: Annotated[str, StringConstraints(pattern=r"^1[3-9][0-9]{9}$")]
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")]


class PublicContact(Part):
    """How anybody reaches an office; no person's number (公开联系方式). 000-11"""

    phone: str
    fax: str = ""
    email: str = ""
    address: str = ""


class Unit(Part):
    """A government unit: a department answers for categories, a county or township for districts. `first_responsible`,
    `directly_responsible`: offices of who answers for its work (第一责任人、直接责任人). `door`: it has a system of its
    own, which works through messages; the others work through pages."""

    unit: Party
    kind: Literal["department", "county", "township", "office", "leader"]
    zh: str
    en: str
    categories: tuple[Code, ...] = ()
    districts: tuple[District, ...] = ()
    first_responsible: Office = ""
    directly_responsible: Office = ""
    rank: Code | None = None
    """Of a leader: by which schemes and rotas name it."""
    portfolio: tuple[Code, ...] = ()
    """Of a leader: the categories it is in charge of (分管)."""
    assists: tuple[Code, ...] = ()
    """Of a deputy secretary-general: the categories whose matters come to this one first (对口联系). 003-27"""
    vacant: bool = False
    """Of a leader: nobody holds the post now."""
    door: bool = False
    contact: Contact | None = None
    """None: of a unit that an administrator added; it stands with the contacts that were changed."""
    public: PublicContact | None = None


class ChannelParty(Part):
    """An outside system that hands in appeals, and the channel that it is."""

    party: Party
    channel: Code
    zh: str
    en: str


class Jurisdiction(Part):
    """A level of government: its divisions' code, whom it stands under, the schemes it runs, who fills the audiences
    that letters and duties name, and its units."""

    jurisdiction: Code
    zh: str
    en: str
    division: Annotated[str, StringConstraints(pattern=r"^\d{2,6}$")]
    under: Code | None = None
    schemes: tuple[SchemeName, ...]
    audiences: dict[Code, Party]
    units: tuple[Unit, ...]


class DirectoryFile(Part):
    """`precedence`: for a channel that several schemes know, the order in which they are offered (§3.23)."""

    channels: tuple[ChannelParty, ...] = ()
    precedence: dict[Code, tuple[SchemeName, ...]] = {}
    jurisdictions: tuple[Jurisdiction, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        problems = list(_problems(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Directory:
    """The directory as it stands now: the file, and what administrators changed since. Whoever holds it goes by every
    change from the moment that it is taken in."""

    def __init__(self, file: DirectoryFile) -> None:
        self.file = file
        self.channels = file.channels
        self.precedence = file.precedence
        self.take_in(lambda place: place)

    def take_in(self, changed: Callable[[Jurisdiction], Jurisdiction]) -> None:
        """From now on each level of the file stands as `changed` makes it."""
        self.jurisdictions = tuple(changed(place) for place in self.file.jurisdictions)
        self.units = tuple(unit for place in self.jurisdictions for unit in place.units)
        self.by_unit = {unit.unit: unit for unit in self.units}
        self.by_scheme = {scheme: place for place in self.jurisdictions for scheme in place.schemes}

    def jurisdiction_of(self, scheme: str) -> Jurisdiction:
        """Who runs the scheme; its name or a reference with its version. Raises `Refused` when nobody here does."""
        name = scheme.partition("@")[0]
        if name not in self.by_scheme:
            raise Refused("unknown-scheme", f"no level of government here runs {name!r}", field="scheme", status=422)
        return self.by_scheme[name]

    def run_by(self, scheme: str) -> str:
        """The level that runs the scheme, by its code; empty when none here does."""
        place = self.by_scheme.get(scheme.partition("@")[0])
        return place.jurisdiction if place else ""

    def place_of(self, unit: str) -> str:
        """The level that the unit belongs to, by its code; empty for a unit that is not in the directory."""
        return next((p.jurisdiction for p in self.jurisdictions if any(u.unit == unit for u in p.units)), "")

    def running(self, scheme: str) -> "View":
        """The directory as the scheme sees it."""
        return View(self, self.jurisdiction_of(scheme))

    def unit(self, name: str) -> Unit:
        """Raises `Refused` for a unit that is not in the directory."""
        if name not in self.by_unit:
            raise Refused("unknown-unit", f"there is no unit {name!r} in the directory", field="unit", status=422)
        return self.by_unit[name]


class View:
    """The directory within one level of government."""

    def __init__(self, directory: Directory, place: Jurisdiction) -> None:
        self.directory = directory
        self.place = place

    def unit(self, name: str) -> Unit:
        """Raises `Refused` for a unit that is not of this level."""
        for unit in self.place.units:
            if unit.unit == name:
                return unit
        raise Refused(
            "unknown-unit", f"there is no unit {name!r} in the directory of {self.place.zh}", field="unit", status=422
        )

    def department_for(self, category: str) -> Unit:
        """The department that answers for a category. Raises `Refused` when nobody does: then it must be named."""
        for unit in self.place.units:
            if unit.kind == "department" and category in unit.categories:
                return unit
        raise Refused(
            "nobody-answers",
            f"no department answers for {category!r}; name the unit that leads",
            field="lead",
            status=422,
        )

    def county_for(self, district: str) -> Unit:
        """The county or township whose district this is. Raises `Refused` when it is none of ours."""
        for unit in self.place.units:
            if district in unit.districts:
                return unit
        raise Refused("unknown-district", f"{district} is no district of {self.place.zh}", field="district", status=422)

    def knows_district(self, district: str) -> bool:
        return district.startswith(self.place.division)

    def leader_for(self, of: str, category: str) -> Unit | None:
        """Who holds the post: of rank `of` (of several whom the category comes to), or, for `portfolio`, in charge of the
        category. None while it is vacant."""
        fitting = [
            unit
            for unit in self.place.units
            if unit.kind == "leader"
            and not unit.vacant
            and (unit.rank == of or (of == "portfolio" and category in unit.portfolio))
        ]
        matching = [unit for unit in fitting if category in (*unit.portfolio, *unit.assists)]
        return next(iter(matching or fitting), None)

    def leaders(self, ranks: tuple[str, ...]) -> list[Unit]:
        """The leaders of these ranks who hold a post, rank by rank: the rota's order (依次)."""
        return [u for rank in ranks for u in self.place.units if u.kind == "leader" and u.rank == rank and not u.vacant]

    def audience(self, name: str) -> Unit:
        """Who fills an audience. Raises `Refused` when nobody is set."""
        if name not in self.place.audiences:
            raise Refused("unknown-audience", f"nobody is set for {name!r} in {self.place.zh}", status=404)
        return self.directory.unit(self.place.audiences[name])

    def each_unit(self) -> Iterator[Unit]:
        """Every department, county and township of this level."""
        return (unit for unit in self.place.units if unit.kind in ("department", "county", "township"))


def _problems(directory: DirectoryFile) -> Iterator[str]:
    names = [unit.unit for place in directory.jurisdictions for unit in place.units]
    yield from (f"unit {name} stands twice" for name in {n for n in names if names.count(n) > 1})
    places = {place.jurisdiction for place in directory.jurisdictions}
    run = [scheme for place in directory.jurisdictions for scheme in place.schemes]
    yield from (f"scheme {name} is run by two levels of government" for name in {s for s in run if run.count(s) > 1})
    for place in directory.jurisdictions:
        if place.under is not None and place.under not in places:
            yield f"{place.jurisdiction}.under: there is no {place.under!r}"
        yield from (
            f"{place.jurisdiction}.audiences.{name}: there is no unit {unit!r}"
            for name, unit in place.audiences.items()
            if unit not in names
        )


@lru_cache(maxsize=8)
def parse_directory(text: str) -> DirectoryFile:
    """The same text gives the same file, read once. Raises `pydantic.ValidationError` for one that does not fit."""
    return DirectoryFile.model_validate(read_yaml(text))
