"""Who leads when an appeal is accepted: one rule, for the screener who must name somebody and for the hand-over. Pure."""

from libs.policy.directory import Unit, View
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme


class NoLead(Refused):
    """Nobody answers for the matter by itself: the screener must name who leads."""

    def __init__(self, detail: str) -> None:
        super().__init__("nobody-answers", f"{detail}; name the unit that leads", field="lead", status=422)


def who_leads(
    scheme: Scheme,
    directory: View,
    *,
    level: str,
    category: str,
    district: str,
    named: str | None = None,
    receiver: str = "",
) -> Unit | None:
    """The unit named; else, where the first asked leads (首问负责), the unit first asked; else whoever answers for the
    district, the category or the office at the level's rung. None where the level begins before a leader, a session or
    another level of government. Raises `NoLead` when it must be named, `Refused` for a unit that does not exist."""
    if named is not None:
        return directory.unit(named)
    if scheme.first_asked_leads is not None and receiver in {unit.unit for unit in directory.each_unit()}:
        return directory.unit(receiver)
    rung = scheme.rung(scheme.levels[level].rung)
    if rung.holder in ("leader", "session", "superior"):
        return None
    return holder_of(rung.holder, rung.of, directory, category=category, district=district)


def holder_of(holder: str, of: str | None, directory: View, *, category: str, district: str) -> Unit:
    """The unit that works at a rung of counties, townships, departments or the office. Raises `NoLead`."""
    try:
        if holder in ("county", "township"):
            return directory.county_for(district)
        if holder == "office":
            return directory.audience(of or "office")
        return directory.department_for(category)
    except Refused as refused:
        raise NoLead(refused.detail.partition(";")[0]) from None
