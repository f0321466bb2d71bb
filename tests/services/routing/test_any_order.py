"""What other services say may reach routing in any order: the same case comes of it."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.events import (
    AppealAccepted,
    AppealWithdrawn,
    CaseEvent,
    CaseRated,
    ClockMissed,
    ClockStarted,
    case_fact,
)
from contracts.record import Command, derive_id
from services.routing import domain
from tests.schemes.city import CASE, DIRECTORY
from tests.schemes.test_timelines import SCHEMES

SCHEME = SCHEMES["chaozhou-direct-line"]
NOW = datetime(2026, 1, 12, 2, tzinfo=UTC)
FILING = Command(type="file", id="filing", at=NOW, by="test")
fact = partial(case_fact, by=FILING, case=CASE, scheme=SCHEME.ref, at=NOW)

ACCEPTED = fact(AppealAccepted, category="energy", district="445102", level="city")
DISPATCH = derive_id("dispatch", ACCEPTED.id, CASE, "shi_gongdian")
WITHDRAWN = fact(AppealWithdrawn)
LIMITED = fact(
    ClockStarted, clock="objection", of=DISPATCH, subject=f"objection:{DISPATCH}", due=NOW + timedelta(days=1),
    provisional=False, calendar="0" * 16,
)  # fmt: skip
SILENT = fact(
    ClockMissed, clock="acceptance", of=DISPATCH, subject=f"acceptance:{DISPATCH}", unit="shi_gongdian",
    due=NOW + timedelta(days=1),
)  # fmt: skip


def hear(case: domain.Case, event: CaseEvent) -> domain.Case:
    rules: dict[type[CaseEvent], Any] = {
        AppealAccepted: partial(domain.assign, event=event, now=NOW, scheme=SCHEME, directory=DIRECTORY),
        AppealWithdrawn: partial(domain.withdraw, event=event, now=NOW),
        ClockMissed: partial(domain.miss, event=event, now=NOW, scheme=SCHEME),
        CaseRated: partial(domain.ask_for_final_decision, event=event, now=NOW),
    }
    said = list(rules.get(type(event), lambda case: ())(case))
    for record in (event, *said):
        case = domain.evolve(case, record)
    return case


def outcome(case: domain.Case) -> tuple[Any, ...]:
    return (case.withdrawn, [d.unit for d in case.open_dispatches()], case.objection_until)


@given(st.permutations([ACCEPTED, WITHDRAWN, LIMITED]))
def test_a_withdrawn_case_is_nobodys_work_whatever_came_first(events: list[CaseEvent]) -> None:
    case = domain.empty(CASE)
    for event in events:
        case = hear(case, event)
    assert outcome(case) == (True, [], {LIMITED.subject: LIMITED.due})


@given(st.permutations([LIMITED, SILENT]))
def test_the_right_to_object_is_bounded_and_silence_counted_in_either_order(events: list[CaseEvent]) -> None:
    case = hear(domain.empty(CASE), ACCEPTED)
    for event in events:
        case = hear(case, event)
    assert case.dispatches[DISPATCH].deemed
    assert case.objection_until[LIMITED.subject] == LIMITED.due
