"""What several of intake's rules refuse for, and how they say a fact."""

from typing import Any, NoReturn

from contracts.events import Event, case_fact
from contracts.record import Instant, Record
from libs.policy.refused import Refused
from services.intake.appeal import Appeal


def still_open(appeal: Appeal) -> None:
    if not appeal.filed:
        raise Refused("no-such-case", "there is no such case for you", status=404)
    if appeal.withdrawn:
        raise Refused("case-withdrawn", "this appeal has been withdrawn")
    if appeal.returned is not None:
        raise Refused("case-returned", "this appeal has been returned; a new filing is a new appeal")
    if appeal.at_once is not None:
        raise Refused("answered-at-once", "this question was answered on the spot; a new filing is a new appeal")
    if appeal.closed is not None:
        raise Refused("case-closed", "this case is closed; a new matter is a new appeal")


def not_accepted(appeal: Appeal) -> None:
    if appeal.category is not None:
        raise Refused("already-accepted", "this appeal has been accepted; the unit answers it")


def in_screening(appeal: Appeal) -> None:
    still_open(appeal)
    not_accepted(appeal)
    if not appeal.verified:
        raise Refused("not-verified", "the enterprise is not verified yet; wait for the registry or the second review")


def nothing_wanted(appeal: Appeal) -> None:
    if appeal.supplement_wanted is not None:
        raise Refused("supplement-pending", "a supplement has been asked for and is still to come")


def unknown(field: str, value: str, known: Any) -> NoReturn:
    raise Refused(
        f"unknown-{field}",
        f"there is no {field} {value!r}; there are {', '.join(known) or 'none'}",
        field=field,
        status=422,
    )


def fact(kind: Any, appeal: Appeal, by: Record, *, now: Instant, **fields: Any) -> Event:
    return case_fact(kind, by=by, case=appeal.case, scheme=appeal.scheme, at=now, **fields)
