"""What the inspection office (督查室) follows: registers, missed limits, orders, listed rectifications, exclusions.

001 二(九), 三(四); 000 四(五), 五(二); 004 五; decisions §3.16, §3.17.
"""

from datetime import date, datetime
from typing import Any

from contracts.events import (
    CaseAssigned,
    CaseExcluded,
    ClockEvent,
    Event,
    RectificationLifted,
    RectificationListed,
    SupervisionClosed,
    SupervisionOpened,
    SupervisionOrdered,
    SupervisionOrderMet,
    SupervisionRegistered,
    case_fact,
)
from contracts.record import Record
from libs.identity import same_person
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from services.evaluation.case import Case, end_of
from services.evaluation.commands import (
    AnswerOrder,
    AskExclusion,
    DecideExclusion,
    LiftRectification,
    ListForRectification,
    MeetOrder,
    OrderUnit,
)
from services.evaluation.judging import Owed


def register(case: Case, by: Record, scheme: Scheme) -> Owed:
    """What is handed to a county or a department, and what a leader or a session charged a unit with, is entered in the
    register and copied to 督查室. 二(八), 二(九); 001-36, 001-40"""
    if isinstance(by, CaseAssigned) and (
        by.task == "carry-out" or scheme.rung(by.rung).holder in ("county", "department")
    ):
        yield SupervisionRegistered, {"subject": by.subject, "unit": by.unit}


def supervise(case: Case, by: Record, scheme: Scheme) -> Owed:
    """A missed limit that the scheme has supervised is an open item until the limit ends. 二(九), 三(四); 001-39"""
    if not isinstance(by, ClockEvent) or by.clock not in scheme.clocks_missed_with("supervise"):
        return
    limit = case.limits[by.subject]
    if limit.due is None:
        return
    fields = {"subject": by.subject, "clock": limit.clock, "unit": limit.unit}
    new = limit.supervised_due != limit.due
    if new:
        yield SupervisionOpened, fields
    if limit.ended and (new or limit.supervised == "open"):
        yield SupervisionClosed, fields


def order(case: Case, command: OrderUnit, *, now: datetime, scheme: Scheme) -> list[Event]:
    """A unit is ordered to act by a day. Raises `Refused` where the scheme knows no orders or the day is not to come.
    000-39, 001-51"""
    _must_be_known(case)
    if scheme.oversight.orders is None:
        raise Refused("no-orders", "this regulation knows no supervision orders")
    _must_come(command.due_on, now)
    fields: dict[str, Any] = {"subject": command.order, "unit": command.unit, "due_on": command.due_on}
    return [case_fact(SupervisionOrdered, by=command, case=case.case, scheme=scheme.ref, at=now, **fields)]


def answer_order(case: Case, command: AnswerOrder, *, now: datetime, scheme: Scheme) -> list[Event]:
    """The unit says what it did; the order stands until the inspection office finds it met."""
    known = case.orders.get(command.order)
    if known is None or known.unit != command.unit:
        raise Refused("no-such-order", "there is no such order for you", status=404)
    if known.met:
        raise Refused("already-met", "this order is met")
    return []


def meet_order(case: Case, command: MeetOrder, *, now: datetime, scheme: Scheme) -> list[Event]:
    """The order is met. Raises `Refused` before the unit said what it did."""
    known = case.orders.get(command.order)
    if known is None:
        raise Refused("no-such-order", "there is no such order", status=404)
    if known.done is None:
        raise Refused("not-answered", "the unit has not said yet what it did")
    if known.met:
        raise Refused("already-met", "this order is met")
    fields: dict[str, Any] = {"subject": command.order, "unit": known.unit}
    return [case_fact(SupervisionOrderMet, by=command, case=case.case, scheme=scheme.ref, at=now, **fields)]


def asked_of(case: Case, unit: str | None) -> dict[str, Any]:
    """What this unit (None: any) is to do beside handling the case: orders, a rectification, a correction."""
    return {
        "case": case.case,
        "orders": [
            {"order": name, **order.model_dump(mode="json", exclude={"by"})}
            for name, order in sorted(case.orders.items())
            if unit in (None, order.unit)
        ],
        **{
            name: item.model_dump(mode="json") if item and unit in (None, item.unit) else None
            for name, item in (("rectification", case.rectification), ("correction", case.correction))
        },
    }


def lagging(case: Case, now: datetime) -> list[dict[str, Any]]:
    """What of this case is late: missed limits, orders and listed rectifications, each with its unit and due time.
    001-51, 000-39"""
    of_limits = {limit.of for _, limit in case.supervised}
    items: list[dict[str, Any]] = [
        {"kind": "limit", "subject": subject, "clock": limit.clock, "unit": limit.unit, "due": limit.due}
        for subject, limit in case.supervised
    ]
    items += [
        {"kind": "order", "subject": subject, "unit": order.unit, "due": end_of(order.due_on)}
        for subject, order in case.orders.items()
        if not order.met and subject not in of_limits
    ]
    listed = case.rectification
    shown = {(item["unit"], item["due"]) for item in items}
    if listed and listed.ended_at is None and listed.due_on and (listed.unit, end_of(listed.due_on)) not in shown:
        items.append({"kind": "rectification", "subject": "", "unit": listed.unit, "due": end_of(listed.due_on)})
    return [{"case": case.case, "scheme": case.scheme} | item for item in items if item["due"] <= now]


def candidate_for(case: Case, scheme: Scheme) -> list[str]:
    """Why the matter may be listed for rectification: unresolved, repeated, slow, as far as the scheme counts it;
    nothing when it is closed, withdrawn or listed. 004-17"""
    rule = scheme.oversight.rectification
    if rule is None or case.closed or case.withdrawn or (case.rectification and not case.rectification.ended_at):
        return []
    return [reason for reason in rule.candidates if reason in case.rough]


def list_for_rectification(case: Case, command: ListForRectification, *, now: datetime, scheme: Scheme) -> list[Event]:
    """The matter is listed with a responsible body and a last day. Raises `Refused` where the scheme has no such list,
    outside its stage, for a matter that is no candidate, and for a day that is not to come. 004-17"""
    rule = scheme.oversight.rectification
    if rule is None:
        raise Refused("no-rectification", "this regulation lists nothing for rectification")
    if rule.stage and not rule.stage.has(day_of(now)):
        days = f"{rule.stage.from_} to {rule.stage.to}"
        raise Refused("not-in-stage", f"matters are listed for rectification from {days} only")
    if case.rectification and case.rectification.ended_at is None:
        raise Refused("already-listed", "the matter is listed already")
    if not candidate_for(case, scheme):
        raise Refused("no-candidate", f"only what is {' or '.join(rule.candidates)} and still open is listed")
    _must_come(command.due_on, now)
    fields: dict[str, Any] = {"unit": command.unit, "due_on": command.due_on}
    return [case_fact(RectificationListed, by=command, case=case.case, scheme=scheme.ref, at=now, **fields)]


def lift_rectification(case: Case, command: LiftRectification, *, now: datetime, scheme: Scheme) -> list[Event]:
    """What was listed is put right, by the evidence given. 004-17"""
    listed = case.rectification
    if listed is None or listed.ended_at is not None:
        raise Refused("not-listed", "the matter is not listed for rectification")
    return [case_fact(RectificationLifted, by=command, case=case.case, scheme=scheme.ref, at=now, unit=listed.unit)]


def ask_exclusion(case: Case, command: AskExclusion, *, now: datetime, scheme: Scheme) -> list[Event]:
    """The office asks to leave the case out of the rates (剔除), with a reason. §3.17"""
    _must_be_known(case)
    if case.exclusion and case.exclusion.approved is not False:
        raise Refused("already-asked", "that this case be excluded is asked for or decided already")
    return []


def decide_exclusion(case: Case, command: DecideExclusion, *, now: datetime, scheme: Scheme) -> list[Event]:
    """Somebody other than the asker approves or not. §3.17"""
    asked = case.exclusion
    if asked is None or asked.approved is not None:
        raise Refused("nothing-asked", "nobody asks for this case to be excluded")
    if same_person(asked.asked_by, command.by):
        raise Refused("own-request", "somebody other than who asked approves an exclusion", status=403)
    if not command.approve:
        return []
    return [case_fact(CaseExcluded, by=command, case=case.case, scheme=scheme.ref, at=now, reason=asked.reason)]


def _must_be_known(case: Case) -> None:
    if not case.scheme:
        raise Refused("no-such-case", "there is no such case", status=404)


def _must_come(due_on: date, now: datetime) -> None:
    if due_on < day_of(now):
        raise Refused("day-past", "the last day has passed already", field="due_on", status=422)
