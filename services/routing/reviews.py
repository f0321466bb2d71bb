"""Reviews and signatures before the hand-over (审核、签批): 003-27, 003-28, 003-29."""

from collections.abc import Iterator

from contracts.events import CaseListed, CaseReviewed, Event, RungVacant
from contracts.record import Instant, Record
from libs.policy.directory import Unit
from libs.policy.refused import Refused
from libs.policy.scheme import Review
from services.routing.case import Case
from services.routing.commands import Resubmit, SignReview
from services.routing.evolving import evolve
from services.routing.facts import Terms, about, still_open


def next_review(case: Case, terms: Terms) -> Review | None:
    """The first step that fits the case and is not yet approved; None when it may be handed over."""
    approved = {signature.step for signature in case.signatures if signature.approved}
    return next((r for r in terms.scheme.reviews if _fits(r, case) and r.step not in approved), None)


def refused_by(case: Case) -> str | None:
    """The step that refused the case, which the office is to put right."""
    return next((signature.step for signature in case.signatures if not signature.approved), None)


def signatories(case: Case, review: Review, terms: Terms) -> list[Unit]:
    """The posts that may take this step: leaders of its rank (those in charge of the category or matching it, 003-27,
    where some are), the leader whose portfolio it is, or who fills an audience. While the post is vacant the office does."""
    if review.who in terms.directory.place.audiences:
        return [terms.directory.audience(review.who)]
    holders = terms.directory.leaders((review.who,))
    in_charge = [leader for leader in holders if case.category in (*leader.portfolio, *leader.assists)]
    post = terms.directory.leader_for(review.who, case.category)
    return in_charge or holders or ([post] if post else [terms.directory.audience("office")])


def await_signature(case: Case, by: Record, review: Review, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The case waits for a step; where the post is vacant the office takes it and somebody is told."""
    holder = signatories(case, review, terms)[0]
    if holder.kind != "leader" and review.who not in terms.directory.place.audiences:
        yield about(RungVacant, case, by, now=now, rung=review.step, fallback=holder.unit)


def may_sign(case: Case, command: SignReview, terms: Terms) -> Review:
    """The step, when this person may take it now: each holds the post, and nobody takes two steps of one case."""
    still_open(case)
    review = next_review(case, terms)
    if case.handed_over or review is None:
        raise Refused("nothing-to-sign", "this case awaits no review or signature")
    if (refused := refused_by(case)) is not None:
        raise Refused("refused-before", f"{refused} refused this case; the office puts it right and submits it again")
    if command.step != review.step:
        raise Refused("not-its-turn", f"first comes the step {review.step}", field="step")
    if command.post not in {unit.unit for unit in signatories(case, review, terms)}:
        raise Refused("not-your-step", f"{review.step} is for whoever holds the post {review.who}", status=403)
    if command.by in {signature.by for signature in case.signatures}:
        raise Refused(
            "signed-before", "you took an earlier step of this case; another person takes this one", status=403
        )
    if command.to_session and review.to_session is None:
        raise Refused(
            "no-session-here", f"{review.step} cannot send a case to a session", field="to_session", status=422
        )
    return review


def reviewed(case: Case, command: SignReview, review: Review, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """What a signature says by itself: approved, refused, or (major matters, 003-29) straight to a session."""
    yield about(CaseReviewed, case, command, now=now, subject=review.step, step=review.step, approved=command.approved)
    if command.approved and command.to_session:
        kind = review.to_session
        rung = next((r.rung for r in terms.scheme.ladder if r.holder == "session" and r.of == kind), None)
        rung = rung or terms.scheme.levels[case.level].rung
        yield about(CaseListed, case, command, now=now, rung=rung, kind=kind)


def resubmit(case: Case, command: Resubmit, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The office puts right what a review refused; the steps begin anew."""
    still_open(case)
    if case.handed_over or refused_by(case) is None:
        raise Refused("nothing-refused", "no review refused this case")
    for unit in (*filter(None, (command.lead,)), *command.co_handlers):
        terms.directory.unit(unit)
    again = evolve(case, command)
    if (review := next_review(again, terms)) is not None:
        yield from await_signature(again, command, review, now=now, terms=terms)


def _fits(review: Review, case: Case) -> bool:
    known = {"complexity": case.complexity, "category": case.category}
    return all(known[word] in values for word, values in review.when.items())
