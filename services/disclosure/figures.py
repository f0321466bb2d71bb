"""A month in figures. Pure: entries in, numbers out, each rate with the numbers it is made of.

What ended in the month is counted by its end, what was rated in it by its rating: a 不满意 enters the rates when it is
said, not when its final decision comes (§3.10). Defaulted ratings are never among the explicit ones (§3.7); returned and
withdrawn appeals are counted apart, so that returning one improves no rate (§3.17).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import groupby

from libs.policy.scheme import Scheme
from services.disclosure.domain import Entry, Part, Rating


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


class Figures(Part):
    closed: int
    returned: dict[str, int]
    withdrawn: int
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
    known = sorted(entries, key=lambda entry: entry.case)
    ended = [entry for entry in known if entry.month_ended == month]
    closed = [entry for entry in ended if _end(entry) == "closed"]
    rated = [entry for entry in known if entry.month_rated == month]
    ratings = Counter(entry.rating for entry in rated)
    explicit = ratings["satisfied"] + ratings["dissatisfied"]
    ranking, too_few = _ranking(rated, scheme.publication.minimum_sample)
    return Figures(
        closed=len(closed),
        returned=_counted(entry.returned for entry in ended if _end(entry) == "returned"),
        withdrawn=sum(_end(entry) == "withdrawn" for entry in ended),
        by_category=_counted(entry.category for entry in closed),
        by_district=_counted(entry.district for entry in closed),
        by_unit=_counted(entry.unit for entry in closed),
        by_outcome=_counted(entry.outcome for entry in closed),
        on_time=_rate(sum(entry.times_missed(scheme) == 0 for entry in closed), len(closed)),
        ratings=Ratings(**{word: ratings[word] for word in _RATINGS}),
        satisfied_explicitly=_rate(ratings["satisfied"], explicit),
        satisfied_or_defaulted=_rate(ratings["satisfied"] + ratings["defaulted"], explicit + ratings["defaulted"]),
        rated_again=_counted(entry.rated_again for entry in rated if entry.rated_again),
        ranking=ranking,
        too_few_to_rank=too_few,
        minimum_sample=scheme.publication.minimum_sample,
    )


_RATINGS: tuple[Rating, ...] = ("satisfied", "dissatisfied", "defaulted", "unrated")


def _end(entry: Entry) -> str:
    return entry.ended[0] if entry.ended else ""


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    """How often each value occurs, the most frequent first; a fact that has not come yet counts as `unknown`."""
    counted = Counter(value or "unknown" for value in values)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _rate(part: int, whole: int) -> Rate:
    return Rate(count=part, among=whole, percent=round(100 * part / whole, 1) if whole else None)


def _ranking(rated: list[Entry], minimum: int) -> tuple[tuple[Rank, ...], tuple[str, ...]]:
    judged: defaultdict[str, list[bool]] = defaultdict(list)
    for entry in rated:
        if entry.unit and entry.rating in ("satisfied", "dissatisfied"):
            judged[entry.unit].append(entry.rating == "satisfied")
    rates = {unit: _rate(sum(words), len(words)) for unit, words in judged.items()}
    enough = sorted(
        ((unit, rate) for unit, rate in rates.items() if rate.among >= minimum),
        key=lambda item: (-item[1].count / item[1].among, item[0]),
    )
    ranks: list[Rank] = []
    for _, equals in groupby(enough, key=lambda item: item[1].count / item[1].among):
        place = len(ranks) + 1
        ranks += [Rank(place=place, unit=unit, satisfied=rate) for unit, rate in equals]
    return tuple(ranks), tuple(sorted(unit for unit, rate in rates.items() if rate.among < minimum))
