"""Whether somebody can end a clock: what it waits for must be able to come after its start. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from contracts.events import EVENTS, CaseEvent

if TYPE_CHECKING:
    from libs.policy.scheme import Clock, Scheme


def stop_problems(scheme: "Scheme", clock: "Clock") -> Iterator[str]:
    """A sentence for each reason why the clock would never start or never end."""
    if set(clock.from_) & {*clock.until, *clock.void}:
        yield "it is started and stopped by the same event, so nobody can stop it"
    for event in (*clock.from_, *clock.until, *clock.void):
        if not issubclass(EVENTS[event], CaseEvent):
            yield f"{event} is about no case and no session, so no clock can start or end with it"
    never = impossible(scheme)
    starts = [event for event in clock.from_ if event not in never]
    if not starts:
        yield f"it can never start: {'; '.join(f'{event} {never[event]}' for event in clock.from_)}"
    for start in starts:
        ends = [
            event for event in clock.until if event not in never and _is_of_sessions(event) == _is_of_sessions(start)
        ]
        if not ends:
            yield f"nobody can stop it after {start}: {'; '.join(_why(event, start, never) for event in clock.until)}"


def impossible(scheme: "Scheme") -> dict[str, str]:
    """The events that a part of the scheme rules out, and which part."""
    sessions = scheme.sessions.values()
    without = {
        "is only said under `disputes`": (
            scheme.disputes is not None,
            ("case.disputed", "case.dispute_decided", "case.second_dispute_refused"),
        ),
        "is only said where a rung has a `review`": (any(rung.review for rung in scheme.ladder), ("case.sent_back",)),
        "is only said under `reviews`": (bool(scheme.reviews), ("case.reviewed",)),
        "is only said under `decisions`": (scheme.decisions is not None, ("case.reported",)),
        "is only said under `decisions` or `sessions`": (
            scheme.decisions is not None or bool(scheme.sessions),
            ("case.decided",),
        ),
        "is only said under `problem_list`": (scheme.problem_list is not None, ("case.plan_fixed", "case.struck_off")),
        "is only said under `at_once`": (scheme.at_once is not None, ("appeal.answered_at_once",)),
        "is only said where the `rating` has levels": (
            bool(scheme.rating.levels),
            ("rating.invited", "rating.invitation_delivered", "case.rated", "case.rated_again"),
        ),
        "is only said under `oversight.orders`": (
            scheme.oversight.orders is not None,
            ("supervision.ordered", "supervision.order_met"),
        ),
        "is only said under `oversight.rectification`": (
            scheme.oversight.rectification is not None,
            ("rectification.listed", "rectification.lifted"),
        ),
        "is only said under `sessions`": (
            bool(scheme.sessions),
            tuple(name.removesuffix(".v1") for name in EVENTS if name.startswith("session.")),
        ),
        "is only said where a session has a `window`": (
            any(session.window for session in sessions),
            ("session.window_opened", "session.window_closed", "case.admitted", "case.rolled_over"),
        ),
        "is only said where a session has an `agenda`": (
            any(session.agenda for session in sessions),
            ("session.agenda_approved", "case.put_on_agenda", "case.left_off_agenda"),
        ),
        "is only said where a session has `opinions`": (
            any(session.opinions for session in sessions),
            ("session.opinions_approved",),
        ),
        "is only said where a session has `minutes`": (
            any(session.minutes for session in sessions),
            ("session.minuted",),
        ),
        "is only said where a session has `commitments`": (
            any(session.commitments for session in sessions),
            ("commitment.entered", "commitment.published"),
        ),
    }
    return {f"{event}.v1": why for why, (said, events) in without.items() if not said for event in events}


def _is_of_sessions(event: str) -> bool:
    """Said of a session's own number, not of a case's."""
    return event.startswith("session.")


def _why(event: str, start: str, never: dict[str, str]) -> str:
    if event in never:
        return f"{event} {never[event]}"
    return f"{event} is said of a {'session' if _is_of_sessions(event) else 'case'}, not of what {start} is about"
