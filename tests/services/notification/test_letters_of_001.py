"""Who is written to in Chaozhou's direct line, and by which ways: the scheme's letters after what happens."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.events import (
    AppealFiled,
    CaseAssigned,
    CaseDecided,
    CaseRolledOver,
    DirectorySubmitted,
    Event,
    OpinionsApproved,
    RatingInvited,
    SessionInvited,
    SessionProposed,
    SupervisionRegistered,
)
from contracts.record import derive_id
from libs.files import load_schemes
from services.notification import domain

REF = "chaozhou-direct-line@2021-11-08"
SCHEME = load_schemes(Path("deploy/schemes"))[REF]
CASE, SESSION = "ZT-7K3M9QXA2B4D6F8H", "HY-7K3M9QXA2B4D6F8H"
UNIT = "shi_gongdian"


def fact(kind: type[Event], /, case: str = CASE, **fields: Any) -> Any:
    at = datetime(2026, 5, 13, 9, tzinfo=UTC)
    return kind(id=derive_id(kind.__name__, str(fields)), cause="", scheme=REF, at=at, case=case, **fields)  # type: ignore[call-arg]


def of_session(kind: type[Event], **fields: Any) -> Any:
    return fact(kind, SESSION, kind="reception", **fields)


def handed(task: str, rung: str) -> Any:
    return fact(CaseAssigned, unit=UNIT, rung=rung, role="lead", task=task)


def invited(unit: str | None, guest: str | None) -> Any:
    return of_session(SessionInvited, unit=unit, guest=guest, subject="invitation")


DECIDED = fact(CaseDecided, rung="session", outcome="resolved", session=SESSION, lead=UNIT, due_on=date(2026, 6, 12))
PROPOSED = of_session(SessionProposed, period="2026-06", held_on=date(2026, 6, 10), provisional=False)


@pytest.mark.parametrize(
    ("row", "event", "to", "template", "by"),
    [
        ("001-26", fact(AppealFiled, channel="portal", scheme_hash="0" * 16), "enterprise", "receipt", ("sms",)),
        ("001-26", handed("handle", "department"), "unit", "assigned", ("sms", "email")),
        ("001-26", handed("handle", "county"), "unit", "assigned-county", ("sms", "email")),
        ("001-09", PROPOSED, "office", "session-proposed", ("email",)),
        ("001-11", fact(CaseRolledOver, session=SESSION), "enterprise", "rolled-over", ("sms",)),
        ("001-29", of_session(DirectorySubmitted, items=3, pending=1), "government-office", "directory-submitted", ()),
        ("001-33", invited(UNIT, None), "unit", "session-invitation-unit", ("sms", "email")),
        ("001-05", invited(None, CASE), "guest", "session-invitation", ("sms", "email")),
        ("001-36", of_session(OpinionsApproved, version=1), "inspection", "opinions-approved", ("email",)),
        ("001-36", DECIDED, "enterprise", "decided", ("sms",)),
        ("001-36", handed("carry-out", "session"), "unit", "decision-to-carry-out", ("sms", "email")),
        ("001-40", fact(SupervisionRegistered, subject="d1", unit=UNIT), "inspection", "registered", ("email",)),
        ("001-41", fact(RatingInvited), "enterprise", "rating-invitation", ("sms", "email", "call")),
        ("001-44", handed("final-decision", "department"), "unit", "final-decision-asked", ("sms", "email")),
    ],
)
def test_who_is_concerned_is_written_to(row: str, event: Event, to: str, template: str, by: tuple[str, ...]) -> None:
    """001-05, 001-09, 001-11, 001-26, 001-29, 001-33, 001-36, 001-40, 001-41, 001-44"""
    (letter,) = domain.called_for(event, SCHEME)
    assert (letter.audience, letter.template, letter.by) == (to, template, by or ("email",)), row
    assert letter.unit == (UNIT if to == "unit" else None)
