"""The units' liaison persons (联络人): as the directory file has them until the unit itself changes or confirms them, or the
administrator names somebody else."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.record import Command, Instant, Record
from libs.policy.directory import Contact


class ChangeContact(Command):
    """A unit names its liaison person, or confirms the one on file (001-27). `by_unit` False: the administrator names
    somebody, which confirms nobody."""

    type: Literal["change-contact"] = "change-contact"
    contact: Contact
    by_unit: bool = True


class UnitContact(BaseModel):
    """Who was last named as a unit's liaison person, when the unit itself confirmed them, and since when no letter reaches
    them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str
    contact: Contact | None = None
    changed_at: Instant | None = None
    confirmed_at: Instant | None = None
    unreachable_since: Instant | None = None


class ReportUnreachable(Command):
    """A letter to the unit's liaison person failed on every way."""

    type: Literal["report-unreachable"] = "report-unreachable"


def evolve(contact: UnitContact, record: Record) -> UnitContact:
    """A change clears the alarm; a failure before it does not raise it again."""
    match record:
        case ChangeContact():
            confirmed_at = record.at if record.by_unit else None
            return UnitContact(
                unit=contact.unit, contact=record.contact, changed_at=record.at, confirmed_at=confirmed_at
            )
        case ReportUnreachable() if contact.changed_at is None or record.at > contact.changed_at:
            return contact.model_copy(update={"unreachable_since": contact.unreachable_since or record.at})
        case _:
            return contact


def keys(contact: UnitContact) -> dict[str, Any]:
    return {"stale": contact.unreachable_since is not None}


def empty(unit: str) -> UnitContact:
    return UnitContact(unit=unit)
