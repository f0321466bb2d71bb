"""What regulation 003 leaves without a number and how it is counted all the same; no clock of any law stands deaf."""

import pytest
from story import SCHEMES, Story, at, fact

from contracts.catalogue import heard_by
from contracts.events import AppealAccepted, CaseClimbed, CaseDecided, CaseListed, CaseReviewed, ClockMeasured
from libs.policy.scheme import Scheme


def scheme_called(name: str) -> Scheme:
    return next(scheme for scheme in SCHEMES.values() if scheme.scheme == name)


MAYOR_LINE, ENTERPRISES = scheme_called("suqian-mayor-line"), scheme_called("suqian-enterprises")


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_every_fact_that_a_clock_of_a_law_names_is_heard_here(scheme: Scheme) -> None:
    """Else the clock would never start, or never end."""
    named = {event for clock in scheme.clocks.values() for event in clock.events}
    assert named <= set(heard_by("deadline"))


@pytest.mark.parametrize("scheme", [MAYOR_LINE, ENTERPRISES], ids=lambda scheme: scheme.scheme)
def test_joint_handling_is_measured_from_the_listing_to_the_decision(scheme: Scheme) -> None:
    """003-38: 及时组织, §3.19: listed on Monday at 9:00, decided on Wednesday at 9:00."""
    ref = {"scheme": scheme.ref}
    story = Story(scheme=scheme).hear_all(
        [
            fact(CaseListed, "2026-03-02 09:00", rung="joint-handling", kind="joint-handling", **ref),
            fact(CaseDecided, "2026-03-04 09:00", rung="joint-handling", outcome="resolved", **ref),
        ]
    )
    (measured,) = [said for said in story.said if isinstance(said, ClockMeasured)]
    assert (measured.clock, measured.seconds) == ("joint-handling", 2 * 86_400)


def test_a_decision_that_sends_a_matter_up_is_no_opinion_of_the_rung_above() -> None:
    """003-39: found unresolved on Monday and pushed up with it; the office above decides on Thursday."""
    ref = {"scheme": ENTERPRISES.ref}
    story = Story(scheme=ENTERPRISES).hear_all(
        [
            fact(CaseDecided, "2026-03-02 09:00", rung="joint-handling", outcome="unresolved", **ref),
            fact(CaseClimbed, "2026-03-02 09:00", rung_from="joint-handling", rung_to="business-office", **ref),
            fact(CaseDecided, "2026-03-05 09:00", rung="business-office", outcome="resolved", **ref),
        ]
    )
    measured = [(said.clock, said.seconds) for said in story.said if isinstance(said, ClockMeasured)]
    assert measured == [("pushed-up", 3 * 86_400)]


def test_the_signatures_are_measured_also_where_a_major_matter_goes_to_a_meeting() -> None:
    """003-27, 003-28, 003-29"""
    ref = {"scheme": MAYOR_LINE.ref}
    accepted = {"category": "energy", "district": "445102", "level": "city", "complexity": "complex"}
    story = Story(scheme=MAYOR_LINE).hear_all(
        [
            fact(AppealAccepted, "2026-03-02 09:00", **accepted, **ref),
            fact(CaseReviewed, "2026-03-02 10:00", "deputy-secretary", step="deputy-secretary", approved=True, **ref),
            fact(CaseListed, "2026-03-02 15:00", rung="department", kind="consultation", **ref),
        ]
    )
    signing = [said for said in story.said if isinstance(said, ClockMeasured) and said.clock == "signing"]
    assert [(said.since, said.seconds) for said in signing] == [(at("2026-03-02 09:00"), 6 * 3600)]
