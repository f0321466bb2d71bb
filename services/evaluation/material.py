"""What the quarterly inspection report is made from (一季度一督查): decisions given, done and late. 000 四(五)"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.evaluation.case import Case, Decision, end_of


def done_at(case: Case, decision: Decision) -> datetime | None:
    """When the decision was carried out: the lead reported in writing, or the enterprise was answered, since then."""
    ends = [*case.reports.values(), *(answer.at for answer in case.answers.values())]
    return min((end for end in ends if end >= decision.at), default=None)


def material(cases: Iterable[Case], start: datetime, end: datetime, now: datetime) -> dict[str, Any]:
    """Of decisions and sessions from `start` until before `end`: how they stand now. 000-27"""
    cases = list(cases)
    decisions = sorted(
        (_decision(case, decision, now) for case in cases for decision in case.decisions.values()
         if start <= decision.at < end),
        key=lambda item: (item["at"], item["case"], item["rung"]),
    )  # fmt: skip
    sessions = [
        {"session": case.case, "kind": case.held_as, "held_at": case.held_at}
        for case in cases
        if case.held_at and start <= case.held_at < end
    ]
    given = {(decision["case"]) for decision in decisions}
    commitments = [
        {"case": case.case, "unit": promise.unit, "due_on": promise.due_on}
        for case in cases
        if case.case in given
        for promise in case.commitments.values()
    ]
    return {
        "given": len(decisions),
        "done": sum(item["done_at"] is not None for item in decisions),
        "late": sum(item["late"] for item in decisions),
        "decisions": decisions,
        "commitments": commitments,
        "sessions": sessions,
    }


def _decision(case: Case, decision: Decision, now: datetime) -> dict[str, Any]:
    done = done_at(case, decision)
    late = decision.due_on is not None and (done or now) >= end_of(decision.due_on)
    return {"case": case.case} | decision.model_dump() | {"done_at": done, "late": late}
