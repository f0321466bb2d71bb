"""A month, or another stretch of days, in figures. Pure: entries in, numbers out, each rate with what it is made of.

What ended in it is counted by its end, what was rated in it by its rating: a 不满意 enters the rates when it is said, not
when its final decision comes (§3.10). Defaulted ratings are never among the explicit ones (§3.7); appeals that were
returned, withdrawn, excluded or answered on the spot are counted apart, so that none of this improves a rate (§3.17).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Literal

from libs.policy.recurring import Turn
from libs.policy.scheme import Scheme
from services.disclosure.domain import Entry, Rating
from services.disclosure.part import Part
from services.disclosure.span import named


class Rate(Part):
    """`count` of `among`; `percent` to one decimal place, None of nothing."""

    count: int
    among: int
    percent: float | None


class Ratings(Part):
    satisfied: int
    dissatisfied: int
    defaulted: int
    unrated: int


class Rank(Part):
    """A unit by its explicit ratings; equal rates share a place."""

    place: int
    unit: str
    satisfied: Rate


class Department(Part):
    """One unit's handling and ratings, as the monthly column lists them (000-28)."""

    unit: str
    closed: int
    on_time: Rate
    resolved: Rate
    ratings: Ratings
    satisfied: Rate


Line = Literal["met", "below"]


class Figures(Part):
    """`resolved`: closed with an outcome that counts as solved, and not found unsolved when called back. `responded`: who
    said a word of its own, of all that were asked to rate; it is read beside the rates of satisfaction."""

    closed: int
    returned: dict[str, int]
    withdrawn: int
    excluded: dict[str, int] = {}
    answered_at_once: dict[str, int] = {}
    resolved: Rate
    responded: Rate
    by_level: dict[str, int] = {}
    against_target: dict[Literal["resolved", "satisfied"], Line] = {}
    departments: tuple[Department, ...] = ()
    by_category: dict[str, int]
    by_district: dict[str, int]
    by_unit: dict[str, int]
    by_outcome: dict[str, int]
    on_time: Rate
    ratings: Ratings
    satisfied_explicitly: Rate
    satisfied_or_defaulted: Rate
    rated_again: dict[str, int]
    ranking: tuple[Rank, ...]
    too_few_to_rank: tuple[str, ...]
    """Units with explicit ratings, but fewer than the scheme's minimum sample (样本不足)."""
    minimum_sample: int


def count(entries: Iterable[Entry], *, month: str, scheme: Scheme) -> Figures:
    """The figures of `month`; entries that neither ended nor were rated in it count for nothing."""
    return count_within(entries, turn=named(month), scheme=scheme)


def count_within(entries: Iterable[Entry], *, turn: Turn, scheme: Scheme) -> Figures:
    known = sorted(entries, key=lambda entry: entry.case)
    ended = [entry for entry in known if entry.ended and entry.ended[1] in turn]
    counting = [entry for entry in known if not entry.excluded]
    closed = [entry for entry in counting if entry.ended and entry.ended[0] == "closed" and entry.ended[1] in turn]
    rated = [entry for entry in counting if entry.rated_on and entry.rated_on in turn]
    ratings = _ratings(rated)
    explicit = ratings.satisfied + ratings.dissatisfied
    ranking, too_few = _ranking(rated, scheme.publication.minimum_sample)
    resolved = rate(sum(is_resolved(entry, scheme) for entry in closed), len(closed))
    satisfied = rate(ratings.satisfied, explicit)
    return Figures(
        closed=len(closed),
        returned=_counted(entry.returned for entry in ended if _end(entry) == "returned"),
        withdrawn=sum(_end(entry) == "withdrawn" for entry in ended),
        excluded=_counted(entry.excluded for entry in ended if entry.excluded),
        answered_at_once=_counted(entry.at_once for entry in ended if _end(entry) == "answered-at-once"),
        resolved=resolved,
        responded=rate(explicit, explicit + ratings.defaulted + ratings.unrated),
        by_level=_counted(entry.level_rated for entry in rated if entry.level_rated),
        against_target=_against(scheme, resolved, satisfied),
        departments=_departments(closed, rated, scheme),
        by_category=_counted(entry.category for entry in closed),
        by_district=_counted(entry.district for entry in closed),
        by_unit=_counted(entry.unit for entry in closed),
        by_outcome=_counted(entry.outcome for entry in closed),
        on_time=_on_time(closed, scheme),
        ratings=ratings,
        satisfied_explicitly=satisfied,
        satisfied_or_defaulted=rate(ratings.satisfied + ratings.defaulted, explicit + ratings.defaulted),
        rated_again=_counted(entry.rated_again for entry in rated if entry.rated_again),
        ranking=ranking,
        too_few_to_rank=too_few,
        minimum_sample=scheme.publication.minimum_sample,
    )


def is_resolved(entry: Entry, scheme: Scheme) -> bool:
    """Solved by what its unit answered, unless the enterprise, called back, said otherwise."""
    outcome = scheme.outcomes.get(entry.outcome or "")
    return outcome is not None and outcome.resolved and entry.unsolved_on is None


def _against(scheme: Scheme, resolved: Rate, satisfied: Rate) -> dict[Literal["resolved", "satisfied"], Line]:
    """How the rates stand to the scheme's lines; the unrounded rate is compared, and explicit ratings alone. 002-03"""
    if scheme.targets is None:
        return {}
    lines: dict[Literal["resolved", "satisfied"], tuple[Rate, int]] = {
        "resolved": (resolved, scheme.targets.resolved),
        "satisfied": (satisfied, scheme.targets.satisfied),
    }
    return {
        name: "met" if 100 * rate.count >= line * rate.among else "below"
        for name, (rate, line) in lines.items()
        if rate.among
    }


def _departments(closed: list[Entry], rated: list[Entry], scheme: Scheme) -> tuple[Department, ...]:
    units = sorted({entry.unit for entry in (*closed, *rated) if entry.unit})
    return tuple(
        _department(unit, [e for e in closed if e.unit == unit], [e for e in rated if e.unit == unit], scheme)
        for unit in units
    )


def _department(unit: str, closed: list[Entry], rated: list[Entry], scheme: Scheme) -> Department:
    ratings = _ratings(rated)
    return Department(
        unit=unit,
        closed=len(closed),
        on_time=_on_time(closed, scheme),
        resolved=rate(sum(is_resolved(entry, scheme) for entry in closed), len(closed)),
        ratings=ratings,
        satisfied=rate(ratings.satisfied, ratings.satisfied + ratings.dissatisfied),
    )


def _on_time(closed: list[Entry], scheme: Scheme) -> Rate:
    return rate(sum(entry.times_missed(scheme) == 0 for entry in closed), len(closed))


def _ratings(rated: list[Entry]) -> Ratings:
    counted = Counter(entry.rating for entry in rated)
    return Ratings(**{word: counted[word] for word in _RATINGS})


_RATINGS: tuple[Rating, ...] = ("satisfied", "dissatisfied", "defaulted", "unrated")


def _end(entry: Entry) -> str:
    return entry.ended[0] if entry.ended else ""


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    """How often each value occurs, the most frequent first; a fact that has not come yet counts as `unknown`."""
    counted = Counter(value or "unknown" for value in values)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def rate(part: int, whole: int) -> Rate:
    return Rate(count=part, among=whole, percent=round(100 * part / whole, 1) if whole else None)


def _ranking(rated: list[Entry], minimum: int) -> tuple[tuple[Rank, ...], tuple[str, ...]]:
    judged: defaultdict[str, list[bool]] = defaultdict(list)
    for entry in rated:
        if entry.unit and entry.rating in ("satisfied", "dissatisfied"):
            judged[entry.unit].append(entry.rating == "satisfied")
    rates = {unit: rate(sum(words), len(words)) for unit, words in judged.items()}
    enough = sorted(
        ((unit, rate) for unit, rate in rates.items() if rate.among >= minimum),
        key=lambda item: (-item[1].count / item[1].among, item[0]),
    )
    ranks: list[Rank] = []
    for _, equals in groupby(enough, key=lambda item: item[1].count / item[1].among):
        place = len(ranks) + 1
        ranks += [Rank(place=place, unit=unit, satisfied=rate) for unit, rate in equals]
    return tuple(ranks), tuple(sorted(unit for unit, rate in rates.items() if rate.among < minimum))
