"""What the visitor's own level of government has: the regulations it runs, and what their forms let one choose."""

from libs.policy.scheme import Scheme
from services.portal.desk import Desk

Options = list[tuple[str, str]]


def schemes_here(desk: Desk) -> list[Scheme]:
    """The regulations in force that the visitor's level of government runs; all of them for who belongs to none."""
    schemes = desk.office.service.schemes
    names = [
        name
        for place in desk.office.directory.jurisdictions
        if desk.visitor.jurisdiction in ("", place.jurisdiction)
        for name in place.schemes
    ]
    return [scheme for name in names if (scheme := schemes.in_force(name, desk.today)) is not None]


def is_here(desk: Desk, ref: str) -> bool:
    """Whether a case of this regulation, in whatever version, is the visitor's own level's."""
    place = desk.office.directory.by_scheme.get(ref.partition("@")[0])
    return place is not None and desk.visitor.jurisdiction in ("", place.jurisdiction)


def districts(desk: Desk, ref: str) -> Options:
    """The districts of the level of government that runs a regulation, by their codes (GB/T 2260)."""
    directory = desk.office.directory
    place = directory.jurisdiction_of(ref)
    named = {one.division: desk.t(one.zh, one.en) for one in directory.jurisdictions}
    found = {place.division.ljust(6, "0"): desk.t(f"{place.zh}（本级）", f"{place.en} itself")}
    for unit in place.units:
        found |= {code: named.get(code, desk.t(unit.zh, unit.en)) for code in unit.districts if code not in found}
    return list(found.items())


def units(desk: Desk, ref: str) -> Options:
    """The departments, counties and townships that a case of a regulation can be handed to."""
    view = desk.office.directory.running(ref)
    return [(unit.unit, desk.t(unit.zh, unit.en)) for unit in view.each_unit()]
