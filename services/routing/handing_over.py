"""Whom a case is handed to: at the start, and at each rung that it comes to."""

from collections.abc import Iterator
from datetime import date

from contracts.events import (
    AppealAccepted,
    AppealWithdrawn,
    CaseListed,
    CaseTransferred,
    Event,
    RungVacant,
)
from contracts.record import Instant, Record
from libs.policy.directory import Unit, View
from libs.policy.leading import NoLead, holder_of, who_leads
from libs.policy.refused import Refused
from libs.policy.scheme import Rung, Scheme
from libs.policy.shanghai import day_of
from services.routing.case import Case
from services.routing.commands import SignReview
from services.routing.evolving import evolve
from services.routing.facts import Terms, about, handed_to, recall_open
from services.routing.reviews import await_signature, may_sign, next_review, reviewed


def accept(case: Case, event: AppealAccepted, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """An accepted appeal goes to the rung of its level (001-19, 002-17), after the reviews that the scheme wants first
    (003-27, 003-28)."""
    if case.over or case.accepted:
        return
    yield from go_on(evolve(case, event), event, now=now, terms=terms)


def hand_over(case: Case, by: Record, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """To whoever leads, and those the screener named to work with it. Where nobody answers for the matter the office has
    it, beside an alarm; screening refuses it before (`libs.policy.leading`)."""
    rung = terms.scheme.rung(terms.scheme.levels[case.level].rung)
    try:
        lead = who_leads(
            terms.scheme,
            terms.directory,
            level=case.level,
            category=case.category,
            district=case.district,
            named=case.named_lead,
            receiver=case.receiver or "",
        )
    except Refused:
        office = terms.directory.audience("office")
        yield about(RungVacant, case, by, now=now, rung=rung.rung, fallback=office.unit)
        lead = office
    if lead is None:
        yield from enter(case, by, rung, now=now, terms=terms)
        return
    yield handed_to(case, by, lead.unit, now=now, rung=rung.rung)
    for unit in case.co_handlers:
        if unit != lead.unit:
            yield handed_to(case, by, unit, now=now, rung=rung.rung, role="co-handler")


def sign_review(case: Case, command: SignReview, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """A step before the hand-over is taken; after the last the case is handed over (003-27, 003-28)."""
    review = may_sign(case, command, terms)
    yield from reviewed(case, command, review, now=now, terms=terms)
    if command.approved and not command.to_session:
        yield from go_on(evolve(case, command), command, now=now, terms=terms)


def go_on(case: Case, by: Record, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """To the next review, or to whoever handles the case."""
    if (review := next_review(case, terms)) is not None:
        yield from await_signature(case, by, review, now=now, terms=terms)
    else:
        yield from hand_over(case, by, now=now, terms=terms)


def enter(
    case: Case, by: Record, rung: Rung, *, now: Instant, terms: Terms, named: Unit | None = None
) -> Iterator[Event]:
    """The case comes to a rung: before its holder, on a session's list, or out to another level of government.

    A vacant post's case goes to the fallback, and somebody is told (000-34, 002-16)."""
    match rung.holder:
        case "session":
            yield about(CaseListed, case, by, now=now, rung=rung.rung, kind=rung.of)
        case "superior":
            yield from _leave(case, by, rung, now=now, terms=terms)
        case _ if named is not None:
            yield handed_to(case, by, named.unit, now=now, rung=rung.rung)
        case _:
            yield from _to_holder(case, by, rung, now=now, terms=terms)


def who_holds(case: Case, rung: Rung, terms: Terms) -> Unit:
    """Whom the case would come before at this rung, to tell them beforehand: of a session its first chair in the rota, of
    another level of government the office, which carries cases there."""
    if rung.holder == "session":
        chairs = terms.directory.leaders(terms.scheme.sessions[rung.of or ""].chair)
        return next(iter(chairs), terms.directory.audience("office"))
    return _holder(case, rung, terms.directory) or terms.directory.audience(rung.fallback or "office")


def withdraw(case: Case, event: AppealWithdrawn, *, now: Instant) -> Iterator[Event]:
    """A withdrawn appeal is nobody's work any more."""
    yield from recall_open(case, event, now=now, reason="withdrawn")


def _holder(case: Case, rung: Rung, directory: View) -> Unit | None:
    if rung.holder == "superior":
        return None
    if rung.holder == "leader":
        return directory.leader_for(rung.of or "", case.category)
    try:
        return holder_of(rung.holder, rung.of, directory, category=case.category, district=case.district)
    except NoLead:
        return None


def _to_holder(case: Case, by: Record, rung: Rung, *, now: Instant, terms: Terms) -> Iterator[Event]:
    holder = _holder(case, rung, terms.directory)
    if holder is None:
        holder = terms.directory.audience(rung.fallback or "office")
        yield about(RungVacant, case, by, now=now, rung=rung.rung, fallback=holder.unit)
    yield handed_to(case, by, holder.unit, now=now, rung=rung.rung)


def _leave(case: Case, by: Record, rung: Rung, *, now: Instant, terms: Terms) -> Iterator[Event]:
    above = scheme_above(terms, rung.outbound or "", day_of(now))
    if above is None:
        # Nobody above is in this deployment: the office carries it there by hand, and somebody is told.
        office = terms.directory.audience("office")
        yield about(RungVacant, case, by, now=now, rung=rung.rung, fallback=office.unit)
        yield handed_to(case, by, office.unit, now=now, rung=rung.rung)
        return
    yield about(CaseTransferred, case, by, now=now, channel=rung.outbound, to_scheme=above.ref, direction="up")


def scheme_above(terms: Terms, channel: str, day: date) -> Scheme | None:
    """The scheme of the level above that takes cases in through this channel."""
    under = terms.directory.place.under
    above = [place for place in terms.directory.directory.jurisdictions if place.jurisdiction == under]
    return next(
        (
            scheme
            for place in above
            for name in place.schemes
            if (scheme := terms.schemes.in_force(name, day)) is not None and channel in scheme.channels
        ),
        None,
    )
