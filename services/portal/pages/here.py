"""The visitor's level of government: its regulations in force, and its units."""

from libs.policy.directory import Jurisdiction, Unit
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from services.portal.desk import Desk


def place(desk: Desk) -> Jurisdiction | None:
    """The level that the visitor's account is of, else that of the unit for which it acts."""
    places = desk.office.directory.jurisdictions
    named = next((one for one in places if one.jurisdiction == desk.visitor.jurisdiction), None)
    return named or next((one for one in places if any(unit.unit == desk.visitor.unit for unit in one.units)), None)


def schemes(desk: Desk) -> list[Scheme]:
    """What is in force today at the visitor's level."""
    here, today = place(desk), day_of(desk.now)
    known = desk.office.service.schemes
    return [scheme for name in (here.schemes if here else ()) if (scheme := known.in_force(name, today)) is not None]


def units_under(desk: Desk, scheme: str) -> list[Unit]:
    """Who may be handed a case under a scheme: every unit of the level that runs it, leaders not."""
    return [unit for unit in desk.office.directory.jurisdiction_of(scheme).units if unit.kind != "leader"]


def named(desk: Desk, units: list[Unit], *, but: str | None = None) -> list[tuple[str, str]]:
    """Units as they are chosen from."""
    return [(unit.unit, desk.t(unit.zh, unit.en)) for unit in units if unit.unit != but]
