"""Looking enterprises up: while somebody types, and for an enterprise that signs in. Names and codes come in bodies,
because they do not belong in URLs."""

import asyncio
import logging
from datetime import timedelta
from typing import Annotated, Any

import httpx
from fastapi import APIRouter
from pydantic import Field, StringConstraints

from contracts.messages import Contact
from contracts.record import Code
from libs.identity import Act
from libs.policy.directory import SchemeName
from libs.policy.masking import mask_credit_code, mask_text
from libs.policy.refused import Refused
from libs.service import Asked, may
from services.intake.appeal import Appeal
from services.intake.desk import Body, Desk
from services.intake.enterprises import Enterprises
from services.intake.likeness import digest, pairs, plain
from services.intake.memory import LINK_DAYS, Memory
from services.intake.registry import Registry
from services.intake.seen import contact_seen

log = logging.getLogger("intake")

CreditCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")]
SEEN_WHOLE = frozenset({"operator", "screener"})
"""Who fills in or compares a credit code."""


class Typed(Body):
    text: Annotated[str, StringConstraints(min_length=2, max_length=100, strip_whitespace=True)]
    limit: Annotated[int, Field(ge=1, le=20)] = 10


class Owner(Body):
    credit_code: CreditCode
    phone: Annotated[str, StringConstraints(pattern=r"^1[3-9][0-9]{9}$")]


class Of(Body):
    credit_code: CreditCode


class Draft(Body):
    """What has been typed so far of an appeal."""

    scheme: SchemeName
    category: Code | None = None
    credit_code: CreditCode | None = None
    title: Annotated[str, StringConstraints(max_length=100)] = ""
    text: Annotated[str, StringConstraints(max_length=5000)] = ""
    limit: Annotated[int, Field(ge=1, le=50)] = 20


def routes(desk: Desk, enterprises: Enterprises, registry: Registry, memory: Memory) -> APIRouter:
    router = APIRouter()

    @router.post("/enterprises/search", dependencies=[may(Act.FIND_ENTERPRISE)])
    async def search(ask: Asked, body: Typed) -> list[dict[str, Any]]:
        """By part of the name or credit code, from the registry and from earlier appeals."""
        if len(plain(body.text)) < 2:
            raise Refused("too-short", "type at least two letters or digits", field="text", status=422)
        known, registered = await asyncio.gather(enterprises.search(body.text, limit=body.limit), in_registry(body))
        found: dict[str, tuple[str, Contact | None]] = {one.credit_code: (one.name, one.contact) for one in known}
        for credit_code, name in registered.items():
            if credit_code not in found:
                earlier = await enterprises.known(credit_code)
                found[credit_code] = (name, earlier and earlier.contact)
        shown = list(found.items())[: body.limit]
        counts = await asyncio.gather(*(enterprises.count_open(credit_code) for credit_code, _ in shown))
        whole = bool(ask.caller.roles & SEEN_WHOLE)
        return [
            {
                "enterprise": registered.get(credit_code, name),
                "credit_code": credit_code if whole else mask_credit_code(credit_code),
                "registered": credit_code in registered,
                "contact": contact and contact_seen(contact, whole=False),
                "open": count,
            }
            for (credit_code, (name, contact)), count in zip(shown, counts, strict=True)
        ]

    async def in_registry(body: Typed) -> dict[str, str]:
        try:
            found = await registry.search(body.text, limit=body.limit)
        except httpx.HTTPError as error:
            log.warning("registry gives no answer to a search", extra={"error": type(error).__name__})
            return {}
        return {one.credit_code: one.name for one in found}

    @router.post("/enterprises/cases", dependencies=[may(Act.READ_CONTACT)])
    async def cases(ask: Asked, body: Owner) -> list[dict[str, Any]]:
        """The appeals of an enterprise that were filed with this phone as contact, the latest first."""
        return [
            {
                "case": one.case,
                "title": one.dossier.title,
                "stage": one.stage,
                "scheme": one.scheme,
                "channel": one.channel,
                "filed_at": one.filed_at,
            }
            for one in await enterprises.appeals(body.credit_code)
            if one.dossier is not None and one.dossier.contact.phone == body.phone
        ]

    @router.post("/enterprises/contact", dependencies=[may(Act.READ_CONTACT)])
    async def contact(ask: Asked, body: Of) -> dict[str, Any]:
        """The phones on file, the latest first: where a code to sign in with may be sent. Nobody on file has none."""
        filed = await enterprises.appeals(body.credit_code)
        phones = dict.fromkeys(one.dossier.contact.phone for one in filed if one.dossier is not None)
        return {"phones": list(phones)}

    @router.post("/appeals/open-like", dependencies=[may(Act.FIND_OPEN_APPEALS)])
    async def open_like(ask: Asked, body: Draft) -> list[dict[str, Any]]:
        """Open appeals of the same enterprise, and those of the category with like words, while one is being typed."""
        own = await enterprises.open_appeals(body.credit_code) if body.credit_code else []
        words = pairs(f"{body.title}\n{body.text}")
        since = ask.at - timedelta(days=LINK_DAYS)
        like: list[Appeal] = []
        if body.category and words:
            _, like = await memory.like(words, scheme=body.scheme, category=body.category, since=since)
        same = {one.case for one in own}
        found = [*own, *(one for one in like if one.case not in same and not one.over)]
        found = [one for one in found if desk.service.sees(ask.caller, one.scheme)]
        found.sort(key=lambda one: (one.case in same, one.filed_at), reverse=True)
        return [_in_short(one, body.credit_code, memory.is_like(words, one)) for one in found[: body.limit]]

    return router


def _in_short(appeal: Appeal, credit_code: str | None, like: bool) -> dict[str, Any]:
    assert appeal.dossier is not None
    same = credit_code is not None and digest(appeal.dossier.credit_code) == digest(credit_code)
    return {
        "case": appeal.case,
        "same_enterprise": same,
        "like": like,
        "title": mask_text(appeal.dossier.title, names=(appeal.dossier.contact.name,)),
        "stage": appeal.stage,
        "scheme": appeal.scheme,
        "category": appeal.category,
        "filed_at": appeal.filed_at,
        "linked": len(appeal.linked),
        "repeated": appeal.repeated,
    }
