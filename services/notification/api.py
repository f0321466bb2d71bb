"""What can be asked of notification over HTTP: receipts in, letters and calls out. Nowhere an address but to the caller."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from contracts.record import CaseNumber, Code
from libs.identity import Act, allow
from libs.policy.refused import Refused
from libs.policy.scheme import Way
from libs.service import Ask, Asked, Service, may
from libs.store import BEGINNING
from services.notification import domain
from services.notification.domain import Mail
from services.notification.letter import Letter
from services.notification.sending import PostRoom
from services.notification.sources import SourceSilent
from services.notification.templates import Missing

CALLS_AT_ONCE = 100
LetterId = Annotated[str, Field(min_length=1, max_length=120)]


class Receipt(BaseModel):
    """Whether a letter arrived. `reason`: the provider's code, never its text, which may name the number."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    letter: LetterId
    way: Way
    delivered: bool
    reason: Code = "not-said"


def routes(service: Service, post: PostRoom) -> APIRouter:
    router = APIRouter()

    async def refuse_elsewhere(ask: Ask, document: str, letter: str) -> None:
        """An operator reports calls of the own level of government alone."""
        mail = await post.mail.get(document) if ask.caller.jurisdiction else None
        known = mail.letters.get(letter) if mail else None
        if known is not None and not service.sees(ask.caller, known.about.scheme):
            raise domain.no_such_letter()

    @router.post("/receipts", dependencies=[may(Act.REPORT_CALL, Act.REPORT_RECEIPT)])
    async def report(ask: Asked, body: Receipt) -> dict[str, Any]:
        """Short messages and e-mail are reported by their provider, calls by the operator who made them."""
        allow(ask.caller, Act.REPORT_CALL if body.way == "call" else Act.REPORT_RECEIPT)
        command = domain.report_receipt(
            body.letter, body.way, body.delivered, body.reason, by=ask.caller.subject, now=ask.at
        )
        document = domain.document_of(body.letter)
        await refuse_elsewhere(ask, document, body.letter)
        case = document if document.startswith(("ZT-", "HY-")) else ""
        async with service.asked(ask, command.type, case=case, parent=await post.mail.trace_of(document)):
            applied = service.counted(await post.keep(command))
        return {"letter": body.letter, "status": applied.state.letters[body.letter].status}

    @router.get("/cases/{case}/letters", dependencies=[may(Act.READ_LETTERS)])
    async def letters(ask: Asked, case: CaseNumber) -> list[dict[str, Any]]:
        mail = await post.mail.get(case) or domain.empty(case)
        return [_shown(mail, letter) for letter in mail.letters.values()]

    @router.get("/calls", dependencies=[may(Act.READ_CALLS)])
    async def calls(ask: Asked) -> list[dict[str, Any]]:
        """Who is to be called now, the longest waiting first, at most a hundred cases."""
        since = {"keys.calls_since": {"$gt": BEGINNING, "$lte": ask.at}}
        found = await post.mail.find(since, sort="keys.calls_since", limit=CALLS_AT_ONCE)
        return [
            {"letter": letter.id, "case": mail.key, "template": letter.template, "since": letter.sent_at}
            for mail in found
            for letter in mail.calls()
            if service.sees(ask.caller, letter.about.scheme)
        ]

    @router.get("/calls/{letter}", dependencies=[may(Act.REPORT_CALL)])
    async def call(ask: Asked, letter: LetterId) -> dict[str, Any]:
        """What the operator who makes this call needs: number and words, fetched for this answer alone."""
        mail = await post.mail.get(domain.document_of(letter))
        wanted = next((found for found in mail.calls() if found.id == letter), None) if mail else None
        if mail is None or wanted is None or not service.sees(ask.caller, wanted.about.scheme):
            raise Refused("no-such-call", "nobody is to be called because of this letter", status=404)
        try:
            contact = await post.contact(mail, wanted)
            values = await post.fill(wanted, contact)
        except SourceSilent:
            raise Refused("busy", "what is to be said cannot be fetched now; try again", status=503) from None
        except Missing as missing:
            raise Refused("letter-refused", f"{missing.variable} has no value any more") from None
        script = post.templates[wanted.template].call or ""
        return {"letter": letter, "phone": contact.phone, "script": script.format_map(values)}

    return router


def _shown(mail: Mail, letter: Letter) -> dict[str, Any]:
    """A letter without words and address."""
    is_over = letter.status in ("delivered", "failed", "refused") or mail.is_needed(letter)
    return {
        "letter": letter.id,
        "about": letter.about.type,
        "template": letter.template,
        "audience": letter.audience,
        "unit": letter.unit,
        "status": letter.status if is_over else "needless",
        "way": letter.delivered_by or letter.way,
        "attempts": letter.attempts,
        "reason": letter.reason,
        "queued_at": letter.about.at,
        "sent_at": letter.sent_at,
        "delivered_at": letter.delivered_at,
        "next_at": letter.not_before if mail.is_needed(letter) else None,
    }
