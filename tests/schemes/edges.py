"""The graph that a scheme file draws: every way on that a case may take under it, and which of them facts went."""

from collections.abc import Iterable, Iterator

from contracts.events import (
    AppealAccepted,
    AppealAnsweredAtOnce,
    AppealDoubted,
    AppealReturned,
    CaseAnswered,
    CaseAssigned,
    CaseCalledBack,
    CaseClimbed,
    CaseClosed,
    CaseDecided,
    CaseListed,
    CaseRated,
    CaseReclassified,
    CaseReopened,
    CaseReviewed,
    CaseSentBack,
    CaseStruckOff,
    CaseTaken,
    CaseTransferred,
    CaseUnresolved,
    ClockMeasured,
    ClockMissed,
    ClockRang,
    ClockStopped,
    CorrectionOpened,
    DisputeDecided,
    Event,
    ExtensionGranted,
    ExtensionRefused,
    InspectionOpened,
    SessionHeld,
    SupervisionOpened,
)
from libs.policy.scheme import Scheme


def edges_of(scheme: Scheme) -> set[str]:
    """Each in words, such as `climbs from department to session` or `reply is missed, so: supervise`."""
    return set(_edges(scheme))


def _edges(scheme: Scheme) -> Iterator[str]:
    for name, level in scheme.levels.items():
        yield f"accepted for the {name}"
        yield f"before {level.rung}"
    for rung in scheme.ladder:
        yield f"before {rung.rung}"
        for above in (*filter(None, (rung.up,)), *rung.skip_to):
            yield f"climbs from {rung.rung} to {above}"
        if rung.review:
            yield f"sent back to {rung.rung}"
        if rung.outbound:
            yield f"leaves through {rung.outbound}"
    yield from (f"classed {name}" for name in scheme.complexities)
    yield from (f"returned as {name}" for name in scheme.returns)
    yield from (f"answered as {name}" for name in scheme.outcomes)
    for review in scheme.reviews:
        yield from (f"{review.step} {verdict}" for verdict in ("approves", "refuses"))
        if review.to_session:
            yield f"listed for {review.to_session}"
    for name, clock in scheme.clocks.items():
        if clock.measured:
            yield f"{name} is measured"
        elif clock.rings:
            yield f"{name} rings"
        else:
            yield f"{name} is met"
            yield f"{name} is missed"
            # What also meets it ends it as met.
            if set(clock.void) - set(clock.until):
                yield f"{name} is void"
            yield from (f"{name} is missed, so: {action}" for action in clock.missed)
    if scheme.at_once:
        yield "answered at once"
    if scheme.decisions:
        yield "decided resolved"
        if scheme.sessions or any(rung.holder == "leader" and rung.up for rung in scheme.ladder):
            # At the top nobody can say that others shall solve it.
            yield "decided unresolved"
        if scheme.decisions.explained:
            yield "decided explained"
        if scheme.decisions.doubts:
            yield "doubted"
    if scheme.disputes:
        yield from ("objection granted", "objection refused")
        if scheme.disputes.unclear_to:
            yield f"listed for {scheme.disputes.unclear_to}"
    if scheme.extension:
        yield from ("extension granted", "extension refused")
    if scheme.problem_list:
        yield "struck off"
    yield from (f"{kind} is held" for kind in scheme.sessions)
    yield from (f"rated {word}" for word in scheme.rating.levels)
    yield from (f"dissatisfied, so: {what}" for what in scheme.rating.after_dissatisfied)
    if scheme.rating.rework_rounds:
        yield "reopened"


def visited(scheme: Scheme, facts: Iterable[Event]) -> set[str]:
    """The edges that these facts of its cases and sessions went along."""
    facts = [fact for fact in facts if fact.scheme.partition("@")[0] == scheme.scheme]
    found = {edge for fact in facts for edge in _of(fact)}
    rungs = {fact.subject: fact.rung for fact in facts if isinstance(fact, CaseAssigned)}
    found |= {f"sent back to {rungs.get(fact.subject)}" for fact in facts if isinstance(fact, CaseSentBack)}
    bad = {fact.case for fact in facts if isinstance(fact, CaseRated) and fact.rating == "dissatisfied"}
    for fact in facts:
        if getattr(fact, "case", "") in bad:
            found |= {f"dissatisfied, so: {what}" for what in _after_bad_word(fact)}
    missed = {fact.id: fact.clock for fact in facts if isinstance(fact, ClockMissed)}
    for fact in facts:
        clock = missed.get(fact.cause)
        found |= {f"{clock} is missed, so: {action}" for action in _consequences(fact)} if clock else set()
    for fact in facts:
        # Letters alone tell the rung above.
        found |= {f"{fact.clock} is missed, so: tell-above"} if isinstance(fact, ClockMissed) else set()
        if isinstance(fact, CaseUnresolved) and fact.judged:
            late = {f.clock for f in facts if isinstance(f, ClockMissed) and f.of == fact.subject}
            found |= {f"{clock} is missed, so: office-judges" for clock in late}
    return found


def _of(fact: Event) -> Iterator[str]:
    match fact:
        case AppealAccepted():
            yield f"accepted for the {fact.level}"
            yield f"classed {fact.complexity}"
        case CaseReclassified():
            yield f"classed {fact.complexity}"
        case AppealReturned():
            yield f"returned as {fact.reason}"
        case AppealAnsweredAtOnce():
            yield "answered at once"
        case AppealDoubted():
            yield "doubted"
        case CaseAssigned():
            yield f"before {fact.rung}"
        case CaseListed():
            yield f"before {fact.rung}"
            yield f"listed for {fact.kind}"
        case CaseClimbed():
            yield f"climbs from {fact.rung_from} to {fact.rung_to}"
            yield f"before {fact.rung_to}"
        case CaseTransferred():
            yield f"leaves through {fact.channel}"
        case CaseReviewed():
            yield f"{fact.step} {'approves' if fact.approved else 'refuses'}"
        case CaseAnswered():
            yield f"answered as {fact.outcome}"
        case CaseDecided():
            yield f"decided {fact.outcome}"
        case DisputeDecided():
            yield f"objection {fact.outcome}"
        case ExtensionGranted():
            yield "extension granted"
        case ExtensionRefused():
            yield "extension refused"
        case CaseStruckOff():
            yield "struck off"
        case SessionHeld():
            yield f"{fact.kind} is held"
        case CaseRated():
            yield f"rated {fact.rating}"
        case CaseReopened():
            yield "reopened"
        case ClockMeasured():
            yield f"{fact.clock} is measured"
        case ClockRang():
            yield f"{fact.clock} rings"
        case ClockMissed():
            yield f"{fact.clock} is missed"
        case ClockStopped():
            yield f"{fact.clock} is {fact.outcome}"
        case SupervisionOpened():
            yield f"{fact.clock} is missed, so: supervise"
        case _:
            return


def _consequences(fact: Event) -> Iterator[str]:
    match fact:
        case CaseTaken() if fact.deemed:
            yield "deem-taken"
        case AppealReturned():
            yield "return-unsupplemented"
        case CaseClimbed():
            yield "climb"
        case CaseRated(rating="defaulted"):
            yield "default-satisfied"
        case CaseRated(rating="unrated") | CaseClosed(outcome="unrated"):
            yield "close-unrated"
        case _:
            return


def _after_bad_word(fact: Event) -> Iterator[str]:
    match fact:
        case CaseAssigned(task="final-decision"):
            yield "final-decision"
        case CaseReopened():
            yield "rework"
        case InspectionOpened():
            yield "inspection-file"
        case CaseCalledBack():
            yield "call-back"
        case CorrectionOpened():
            yield "correction"
        case _:
            return
