"""001-27: 各单位在填报联络人及联系方式时应确保准确无误，并及时更新."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from contracts.record import Record
from libs.policy.directory import Contact
from services.routing.contacts import ChangeContact, ReportUnreachable, UnitContact, empty, evolve, keys

MORNING = datetime(2026, 1, 5, 1, tzinfo=UTC)
WU = Contact(person="吴敏", phone="13800000004", email="wu@gongxin.example")


def after(*records: Record) -> UnitContact:
    contact = empty("shi_gongxin")
    for record in records:
        contact = evolve(contact, record)
    return contact


def changed(hours: int = 0, *, by_unit: bool = True) -> ChangeContact:
    at = MORNING + timedelta(hours=hours)
    return ChangeContact(id=f"change-{hours}", at=at, by="wu", contact=WU, by_unit=by_unit)


def unreachable(hours: int) -> ReportUnreachable:
    return ReportUnreachable(id=f"failed-{hours}", at=MORNING + timedelta(hours=hours), by="notification")


def test_a_unit_names_its_liaison_person_and_the_day_is_kept() -> None:
    assert after(changed()).contact == WU
    assert after(changed()).confirmed_at == MORNING


def test_a_letter_that_reaches_nobody_raises_an_alarm_until_the_unit_confirms() -> None:
    assert keys(after(changed(), unreachable(5)))["stale"]
    assert not keys(after(changed(), unreachable(5), changed(6)))["stale"]


def test_a_failure_from_before_the_confirmation_raises_no_alarm_afterwards() -> None:
    assert not keys(after(changed(6), unreachable(5)))["stale"]


def test_what_the_administrator_names_ends_the_alarm_and_waits_for_the_units_own_confirmation() -> None:
    named = after(changed(), unreachable(5), changed(6, by_unit=False))
    assert not keys(named)["stale"]
    assert (named.changed_at, named.confirmed_at) == (MORNING + timedelta(hours=6), None)


def test_a_failure_from_before_the_administrators_change_raises_no_alarm_afterwards() -> None:
    assert not keys(after(changed(6, by_unit=False), unreachable(5)))["stale"]


def test_the_alarm_keeps_the_first_failure() -> None:
    assert after(unreachable(5), unreachable(9)).unreachable_since == MORNING + timedelta(hours=5)


@pytest.mark.parametrize(("field", "value"), [("person", " "), ("phone", "0768-2281111"), ("email", "nobody")])
def test_a_contact_that_cannot_be_reached_is_not_taken(field: str, value: str) -> None:
    with pytest.raises(ValidationError, match=field):
        Contact.model_validate(WU.model_dump() | {field: value})
