"""Units' liaison persons over HTTP."""

from typing import Any

from fastapi import APIRouter

from contracts.record import Code, Party
from libs.identity import Act, allow, is_of
from libs.policy.directory import Contact, Directory
from libs.policy.masking import mask_email, mask_phone
from libs.policy.refused import Refused
from libs.service import Asked, may
from libs.store import Collection
from services.routing.contacts import ChangeContact, UnitContact


def routes(contacts: Collection[UnitContact], directory: Directory) -> APIRouter:
    router = APIRouter()

    async def contact_of(unit: str) -> dict[str, Any]:
        known = directory.unit(unit)
        changed = await contacts.get(unit)
        contact = changed.contact if changed and changed.contact else known.contact
        if contact is None:
            raise Refused("no-contact", "nobody is named as this unit's contact", field="unit", status=404)
        return {"unit": unit, "name": known.zh, **contact.model_dump()}

    @router.get("/units/{unit}/contact", dependencies=[may(Act.READ_CONTACT, Act.READ_OWN_CONTACT)])
    async def unit_contact(ask: Asked, unit: Party) -> dict[str, Any]:
        """For letters; a unit reads its own, with when it was confirmed and since when no letter arrives (001-27)."""
        if "unit" not in ask.caller.roles:
            return await contact_of(unit)
        allow(ask.caller, Act.READ_OWN_CONTACT, unit=unit)
        known = await contacts.get(unit)
        since = {
            "confirmed_at": known and known.confirmed_at,
            "unreachable_since": known and known.unreachable_since,
        }
        return await contact_of(unit) | since

    @router.get("/schemes/{scheme}/audiences/{audience}/contact", dependencies=[may(Act.READ_CONTACT)])
    async def audience_contact(ask: Asked, scheme: str, audience: Code) -> dict[str, Any]:
        return await contact_of(directory.running(scheme).audience(audience).unit)

    @router.put("/units/{unit}/contact", dependencies=[may(Act.CHANGE_CONTACT)])
    async def change_contact(ask: Asked, unit: Party, body: Contact) -> dict[str, Any]:
        """By the unit itself, which confirms the person named, or by the administrator of its level, which does not."""
        allow(ask.caller, Act.CHANGE_CONTACT, unit=unit)
        directory.unit(unit)
        if not is_of(ask.caller, directory.place_of(unit)):
            raise Refused("unknown-unit", "your level of government has no such unit", field="unit", status=404)
        by_unit = "unit" in ask.caller.roles and ask.caller.unit == unit
        command = ChangeContact(id=ask.id, at=ask.at, by=ask.caller.subject, contact=body, by_unit=by_unit)
        await contacts.apply(unit, command, lambda contact: (), kind="asked")
        return {"unit": unit, "confirmed_at": ask.at.isoformat() if by_unit else None}

    @router.get("/contacts", dependencies=[may(Act.READ_CONTACTS)])
    async def every(ask: Asked) -> list[dict[str, Any]]:
        """Each unit's liaison person at the caller's level, numbers and addresses masked; `confirmed_at` None: never
        confirmed by the unit; `changed_at` None: as the directory has it; `unreachable_since`: no letter reaches them
        (001-27)."""
        rows: list[dict[str, Any]] = []
        for unit in directory.units:
            if is_of(ask.caller, directory.place_of(unit.unit)):
                changed = await contacts.get(unit.unit)
                contact = changed.contact if changed and changed.contact else unit.contact
                if contact is None:
                    continue
                rows.append(
                    {
                        "unit": unit.unit,
                        "person": contact.person,
                        "phone": mask_phone(contact.phone),
                        "email": mask_email(contact.email),
                        "changed_at": changed and changed.changed_at,
                        "confirmed_at": changed and changed.confirmed_at,
                        "unreachable_since": changed and changed.unreachable_since,
                    }
                )
        return rows

    @router.get("/stale-contacts", dependencies=[may(Act.READ_OVERSIGHT)])
    async def stale(ask: Asked) -> list[dict[str, Any]]:
        """Units whose liaison person no letter reaches (001-27)."""
        found_stale = await contacts.find({"keys.stale": True})
        return [
            {"unit": contact.unit, "since": contact.unreachable_since}
            for contact in found_stale
            if is_of(ask.caller, directory.place_of(contact.unit))
        ]

    return router
