"""Brings letters on their way: what is due in one document, each step kept before the next one is taken.

A letter is reserved in the store before it leaves, and what came of it is kept after. When we die in between, nobody
knows whether it went out: it is tried again later under the same id, by which the provider knows it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from opentelemetry.trace import SpanKind

from contracts.events import CaseEvent, SessionDated
from libs.crash import crash_point
from libs.policy.calendar import Calendar
from libs.policy.refused import Refused
from libs.policy.scheme import Way
from libs.policy.shanghai import day_of
from libs.service import Service
from libs.store import Applied, Collection
from services.notification import counters, domain
from services.notification.counters import Share
from services.notification.domain import Mail, Rules
from services.notification.letter import Letter, LetterCommand
from services.notification.sources import Contact, Sources, SourceSilent
from services.notification.templates import Missing, Template
from services.notification.ways import Parcel, Result, WayOut

log = logging.getLogger("letters")


@dataclass(frozen=True)
class PostRoom:
    service: Service
    mail: Collection[Mail]
    shares: Collection[Share]
    sources: Sources
    templates: Mapping[str, Template]
    ways: Mapping[Way, WayOut]
    rules: Rules
    public_url: str
    calendars: Mapping[str, Calendar]
    worker: str = field(default_factory=lambda: str(uuid4()))

    async def work(self, key: str) -> None:
        """One step with every letter of this document that is due; one letter's failure stops no other."""
        now = self.service.clock.now()
        mail = await self.mail.get(key) or domain.empty(key)
        trace = await self.mail.trace_of(key)
        failures: list[Exception] = []
        for letter in domain.due(mail, now):
            try:
                await self._traced_step(mail, trace, letter, now)
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]

    async def forget(self, key: str) -> None:
        """The day is over: how many messages a number got in it is nobody's business any more."""
        await self.shares.delete(key)

    async def send_at_once(self, message: str, template: Template, values: Mapping[str, str], phone: str) -> Result:
        """A short message that somebody waits for, whatever the hour; neither it nor its number is kept. Such messages
        have a share of the day of their own. Raises `Refused` (429) when that is used up."""
        now = self.service.clock.now()
        if not await self._has_share(message, phone, now, of="codes"):
            raise Refused("daily-cap", "this number got its messages of today", field="phone", status=429)
        contact = Contact(addressee=None, phone=phone, email=None)
        result = await self.ways["sms"].send(Parcel(message, now, template, values, contact))
        log.info("message sent at once", extra={"template": template.name, "outcome": result.outcome})
        return result

    async def keep(self, record: LetterCommand) -> Applied[Mail]:
        """Keeps what happened to a letter, with the facts it leads to. Raises `Refused` as `domain.follow` does."""
        decide = lambda mail: domain.follow(mail, record, schemes=self.service.schemes)  # noqa: E731
        applied = await self.mail.apply(domain.document_of(record.letter), record, decide, kind="asked")
        self._raise_alarm(applied, record)
        return applied

    async def _traced_step(self, mail: Mail, trace: str, letter: Letter, now: datetime) -> None:
        case = letter.about.case if isinstance(letter.about, CaseEvent) else ""
        attributes: dict[str, str | int] = {"letter.template": letter.template, "letter.way": letter.way}
        with self.service.tracer.span(
            "letter", kind=SpanKind.CLIENT, case=case, parent=trace, at=now, attributes=attributes
        ):
            await self._step(mail, letter, now)

    async def _step(self, mail: Mail, letter: Letter, now: datetime) -> None:
        rules = self.rules
        if letter.status == "sent":
            lapse = domain.report_receipt(letter.id, letter.way, False, "no-receipt", by=domain.HERE, now=now)
            await self.keep(lapse)
        elif domain.is_given_up(letter, rules):
            await self.keep(domain.note_outcome(letter, "unknown", "no-answer", now=now, rules=rules))
        elif morning := domain.quiet_until(letter.way, now, rules):
            await self.keep(domain.postpone(letter, "quiet-hours", now=now, until=morning, rules=rules))
        else:
            await self._write(mail, letter, now)

    async def _write(self, mail: Mail, letter: Letter, now: datetime) -> None:
        """Finds out where it goes and what it says, and hands it over."""
        way = self.ways[letter.way]
        try:
            contact = await self.contact(mail, letter)
            if way.address(contact) is None:
                await self.keep(domain.note_outcome(letter, "rejected", "no-address", now=now, rules=self.rules))
                return
            values = await self.fill(letter, contact)
        except SourceSilent as silent:
            log.warning("a letter must wait", extra={"letter": letter.id, "reason": str(silent)})
            await self.keep(domain.postpone(letter, "source-silent", now=now, rules=self.rules))
            return
        except Missing as missing:
            await self.keep(domain.refuse(letter, missing.variable, now=now))
            return
        if letter.way == "sms" and not await self._has_share(letter.id, contact.phone or "", now):
            until = domain.tomorrow(now, self.rules)
            await self.keep(domain.postpone(letter, "daily-cap", now=now, until=until, rules=self.rules))
            return
        parcel = Parcel(f"{letter.id}:{letter.way}", now, self.templates[letter.template], values, contact)
        await self._hand_over(letter, way, parcel, now)

    async def contact(self, mail: Mail, letter: Letter) -> Contact:
        """Where a letter goes. Raises `SourceSilent`."""
        return await self.sources.contact(letter, mail.category)

    async def fill(self, letter: Letter, contact: Contact) -> dict[str, str]:
        """The value of every variable of its words by the present way. Raises `Missing` and `SourceSilent`."""
        template = self.templates[letter.template]
        asked = await self.sources.values(letter, template.fetched(letter.way) - {"addressee"})
        scheme = self.service.schemes[letter.about.scheme]
        return template.fill(
            letter.about,
            scheme,
            asked | {"addressee": contact.addressee},
            way=letter.way,
            site=self.public_url,
            session=await self._session_of(letter),
            calendar=self.calendars[scheme.calendar],
        )

    async def _session_of(self, letter: Letter) -> SessionDated | None:
        session = domain.session_of(letter.about)
        known = await self.mail.get(session) if session else None
        return known.dated if known else None

    async def _has_share(self, message: str, phone: str, now: datetime, *, of: counters.Of = "letters") -> bool:
        secret = self.service.settings.token_secret.get_secret_value()
        key = counters.share_of(phone, day_of(now), of=of, secret=secret)

        def admit(share: Share) -> list[domain.Event]:
            counters.admit(share, cap=self.rules.cap)
            return []

        try:
            await self.shares.apply(key, counters.count_message(message, now=now), admit, kind="asked")
        except Refused:
            return False
        return True

    async def _hand_over(self, letter: Letter, way: WayOut, parcel: Parcel, now: datetime) -> None:
        try:
            reserved = await self.keep(domain.reserve(letter, worker=self.worker, now=now, rules=self.rules))
        except Refused:
            return
        if reserved.known:
            return
        crash_point("before-send")
        result = await way.send(parcel)
        crash_point("after-send")
        ours = reserved.state.letters[letter.id]
        await self.keep(domain.note_outcome(ours, result.outcome, result.reason, now=now, rules=self.rules))
        log.info(
            "letter handed over",
            extra={"letter": letter.id, "template": letter.template, "way": letter.way, "outcome": result.outcome},
        )

    def _raise_alarm(self, applied: Applied[Mail], record: LetterCommand) -> None:
        letter = applied.state.letters[record.letter]
        if not applied.known and letter.status in ("failed", "refused"):
            named = {"letter": letter.id, "template": letter.template, "audience": letter.audience}
            log.error(f"letter {letter.status}", extra=named | {"unit": letter.unit, "reason": letter.reason})
