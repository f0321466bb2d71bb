"""How a case stands for the enterprise that is to judge it. Pure."""

from datetime import datetime
from typing import Any, Literal

from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.evaluation import judging
from services.evaluation.case import Case
from services.evaluation.commands import Rate, RateAgain

May = Literal["rating", "second-rating"]


def standing(case: Case, scheme: Scheme, *, now: datetime) -> dict[str, Any]:
    """`may`: what the enterprise may give now, None where nothing would be taken. `rating`: the first word, `level` its
    word of a finer scale; `silent`: what silence will count as, by the scheme."""
    return {
        "case": case.case,
        "scheme": case.scheme,
        "answered": bool(case.answered),
        "withdrawn": case.withdrawn,
        "closed": case.closed,
        "rating": case.rating,
        "level": case.level,
        "rated_again": case.rated_again,
        "may": _may(case, scheme, now),
        "silent": "defaulted" if scheme.clocks_missed_with("default-satisfied") else "unrated",
    }


def _may(case: Case, scheme: Scheme, now: datetime) -> May | None:
    """The rules themselves say it, asked with a word that the scheme knows."""
    rule = scheme.rating
    if not rule.levels:
        return None
    told: dict[str, Any] = {
        "id": "asked",
        "at": now,
        "by": "asked",
        "rating": next(iter(rule.scale or rule.levels)),
        "way": rule.ways[0],
    }
    try:
        judging.rate(case, Rate(**told), now=now, scheme=scheme)
        return "rating"
    except Refused:
        pass
    try:
        judging.rate_again(case, RateAgain(**told), now=now, scheme=scheme)
        return "second-rating"
    except Refused:
        return None
