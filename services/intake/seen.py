"""How an appeal's dossier looks to whoever reads it: whole, or with the enterprise's people and numbers masked. Pure."""

from typing import Any

from contracts.messages import Contact
from libs.identity import Caller
from libs.policy.masking import mask_credit_code, mask_email, mask_name, mask_phone, mask_text
from services.intake.appeal import Appeal

WHOLE = frozenset({"service", "screener"})
"""Who works with the enterprise's data itself: our own services, and who screens. All other staff work on the matter; to
reach the enterprise they unmask, with a purpose."""


def sees_whole(caller: Caller, appeal: Appeal) -> bool:
    """Also the enterprise, and whoever handed the appeal in: what one has typed oneself is no secret."""
    own = "enterprise" in caller.roles and caller.case == appeal.case
    return own or bool(caller.roles & WHOLE) or appeal.filed_by == caller.subject


def dossier_seen(appeal: Appeal, *, whole: bool) -> dict[str, Any]:
    """The dossier and what was added to it."""
    assert appeal.dossier is not None
    told = appeal.dossier

    def words(text: str) -> str:
        return text if whole else mask_text(text, names=(told.contact.name,))

    return {
        "case": appeal.case,
        "masked": not whole,
        "enterprise": told.enterprise,
        "credit_code": told.credit_code if whole else mask_credit_code(told.credit_code),
        "contact": contact_seen(told.contact, whole=whole),
        "title": words(told.title),
        "text": words(told.text),
        "supplement": words("\n".join((*appeal.supplements, *appeal.doubts))) or None,
        "category": appeal.category,
        "district": appeal.district,
        "filed_at": appeal.filed_at,
    }


def contact_seen(contact: Contact, *, whole: bool) -> dict[str, Any]:
    if whole:
        return contact.model_dump()
    return {
        "name": mask_name(contact.name),
        "phone": mask_phone(contact.phone),
        "email": contact.email and mask_email(contact.email),
    }
