"""What a mechanism did in a stretch of days, in figures for leaders. Pure.

Sessions held, decisions, promises, duties, the way up the ladder, what was pressed for and put right, and how long took
what the text wants promptly. Files of discipline and reports of retaliation are not known here at all (§3.16).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from statistics import median
from typing import NamedTuple

from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from services.disclosure.domain import Entry
from services.disclosure.duties import Noted
from services.disclosure.figures import Figures, Rate, rate
from services.disclosure.happening import Happening, What
from services.disclosure.part import Part
from services.disclosure.sessions import Session

When = Callable[[date | None], bool]


class Elapsed(Part):
    """How long something took that is only measured (§3.19), in seconds."""

    times: int
    median: int
    slowest: int


class Promises(Part):
    """What units promised in public: `late` was done after its day, `overdue` is not done though its day has passed."""

    published: int = 0
    changed: int = 0
    held_back: int = 0
    kept: int = 0
    late: int = 0
    overdue: int = 0


class Missing(Part):
    """A duty that was not done (缺报清单)."""

    duty: str
    unit: str | None
    period: str
    due_on: date | None


class Duties(Part):
    met: int = 0
    late: int = 0
    missed: int = 0
    missing: tuple[Missing, ...] = ()


class Recurring(Part):
    """A kind of matter that several enterprises brought."""

    matter: str
    category: str
    enterprises: int
    times: int


class Workings(Part):
    """`climbed`: by the rung climbed to; `decisions`: by outcome; `missed`: limits, by clock; `called_to_account`: by
    measure; `elapsed`: by clock."""

    sessions: dict[str, int]
    sessions_cancelled: int
    decisions: dict[str, int]
    climbed: dict[str, int]
    promises: Promises
    duties: dict[str, Duties]
    missed: dict[str, int]
    supervised: int
    supervision_orders: int
    rectifications: int
    corrections: int
    called_to_account: dict[str, int]
    recurring: tuple[Recurring, ...]
    elapsed: dict[str, Elapsed]


class Known(NamedTuple):
    """All that disclosure knows of one scheme."""

    entries: list[Entry]
    sessions: list[Session]
    noted: list[Noted]


def workings(known: Known, scheme: Scheme, *, when: When, today: date) -> Workings:
    """`when` says which days count; `today`: until when a promise may still be kept."""
    happened = [one for one in happenings(known) if when(one.on)]
    of = lambda what: _counted(one.of for one in happened if one.what == what)  # noqa: E731
    number = lambda what: sum(one.what == what for one in happened)  # noqa: E731
    measures = [n.of for n in known.noted if n.what == "account" and when(n.day)]
    return Workings(
        sessions=_counted(session.kind for session in known.sessions if when(session.took_place)),
        sessions_cancelled=sum(when(session.cancelled_on) for session in known.sessions),
        decisions=of("decided"),
        climbed=of("climbed"),
        promises=promises(known.entries, when=when, today=today),
        duties=duties(known.noted, when=when),
        missed=of("missed"),
        supervised=number("supervised"),
        supervision_orders=number("ordered"),
        rectifications=number("listed"),
        corrections=number("corrected"),
        called_to_account=_counted(measures),
        recurring=recurring(known.noted, when=when),
        elapsed=elapsed(happened),
    )


def happenings(known: Known) -> Iterable[Happening]:
    for part in (*known.entries, *known.sessions):
        yield from part.happened


def promises(entries: Iterable[Entry], *, when: When, today: date) -> Promises:
    """Those published in the stretch. 001-47"""
    counted: Counter[str] = Counter()
    for entry in entries:
        for one in entry.commitments.values():
            if one.held and when(one.entered_at and day_of(one.entered_at)):
                counted["held_back"] += 1
            if one.version and when(one.published_on):
                counted["published"] += 1
                counted["changed"] += one.changed_on is not None
                counted[one.status(today, entry.answers)] += 1
    del counted["open"]
    return Promises(**counted)


def duties(noted: Iterable[Noted], *, when: When) -> dict[str, Duties]:
    """Duty by duty what was met and missed, by their last days, with the list of what is missing. 003-35"""
    found: defaultdict[str, list[Noted]] = defaultdict(list)
    for one in noted:
        if one.what == "duty" and one.outcome != "open" and when(one.day):
            found[one.of].append(one)
    return {duty: _duty(found[duty]) for duty in sorted(found)}


def _duty(occurrences: list[Noted]) -> Duties:
    missed = sorted((one for one in occurrences if one.outcome == "missed"), key=lambda one: (one.day, one.key))
    return Duties(
        met=sum(one.outcome == "met" for one in occurrences),
        late=sum(one.outcome == "late" for one in occurrences),
        missed=len(missed),
        missing=tuple(Missing(duty=one.of, unit=one.unit, period=one.period, due_on=one.day) for one in missed),
    )


def recurring(noted: Iterable[Noted], *, when: When) -> tuple[Recurring, ...]:
    """Matters of several enterprises, the most frequent first. 002-35, 003-22"""
    matters = [one for one in noted if one.what == "matter" and when(one.day)]
    ordered = sorted(matters, key=lambda one: (-one.enterprises, -one.times, one.key))
    return tuple(Recurring(matter=o.key, category=o.of, enterprises=o.enterprises, times=o.times) for o in ordered)


def elapsed(happened: Iterable[Happening]) -> dict[str, Elapsed]:
    """Median and slowest of every clock that is only measured. §3.19"""
    took: defaultdict[str, list[int]] = defaultdict(list)
    for one in happened:
        if one.what == "measured":
            took[one.of].append(one.seconds)
    return {
        clock: Elapsed(times=len(seconds), median=round(median(seconds)), slowest=max(seconds))
        for clock, seconds in sorted(took.items())
    }


# --- unit by unit -----------------------------------------------------------------------------------------------------


class Score(Part):
    """The enterprise's rating first, the office's and a third party's marks beside it, by the scheme's weights (002-31).
    `score` is None, and `why` says so, where the sample is too small or marks are missing."""

    unit: str
    enterprise: Rate
    office: int | None
    third_party: int | None
    score: float | None
    why: str = ""


Marks = dict[str, tuple[float, float]]
"""Unit → the office's and the third party's mark, the means of the stretch's months, of 100."""

TOO_FEW = "样本不足"


def scores(figures: Figures, marks: Marks, scheme: Scheme) -> tuple[Score, ...]:
    """The best first; those without a score last. Empty where the scheme weighs nothing."""
    if scheme.score is None:
        return ()
    found = [_score(department.unit, department.satisfied, marks, scheme) for department in figures.departments]
    return tuple(sorted(found, key=lambda one: (one.score is None, -(one.score or 0), one.unit)))


def _score(unit: str, satisfied: Rate, marks: Marks, scheme: Scheme) -> Score:
    assert scheme.score
    office, third_party = marks.get(unit, (None, None))
    told = {"unit": unit, "enterprise": satisfied}
    told |= {"office": None if office is None else round(office)}
    told |= {"third_party": None if third_party is None else round(third_party)}
    if satisfied.among < scheme.publication.minimum_sample:
        return Score(**told, score=None, why=TOO_FEW)
    weights = scheme.score
    parts = [(weights.enterprise, 100 * satisfied.count / satisfied.among)]
    parts += [(weights.office, office), (weights.third_party, third_party)]
    counting = [(weight, mark) for weight, mark in parts if weight]
    if any(mark is None for _, mark in counting):
        return Score(**told, score=None, why="评分未录齐")
    total = sum(weight * (mark or 0) for weight, mark in counting)
    return Score(**told, score=round(total / sum(weight for weight, _ in counting), 1))


class Personnel(Part):
    """What the personnel department reads of a unit (002-34)."""

    unit: str
    met: int
    late: int
    missed: int
    closed: int
    on_time: Rate
    resolved: Rate
    satisfied: Rate
    defaulted: int
    corrections: int
    limits_missed: int
    called_to_account: int


def personnel(known: Known, figures: Figures, *, when: When) -> tuple[Personnel, ...]:
    departments = {department.unit: department for department in figures.departments}
    happened = [one for one in happenings(known) if when(one.on) and one.unit]
    noted = [one for one in known.noted if one.unit and when(one.day)]
    units = {*departments, *(one.unit for one in happened), *(one.unit for one in noted)}

    def of(unit: str, what: What) -> int:
        return sum(one.what == what for one in happened if one.unit == unit)

    def row(unit: str) -> Personnel:
        own = [one for one in noted if one.unit == unit]
        duty = Counter(one.outcome for one in own if one.what == "duty")
        known = departments.get(unit)
        nothing = rate(0, 0)
        return Personnel(
            unit=unit,
            met=duty["met"],
            late=duty["late"],
            missed=duty["missed"],
            closed=known.closed if known else 0,
            on_time=known.on_time if known else nothing,
            resolved=known.resolved if known else nothing,
            satisfied=known.satisfied if known else nothing,
            defaulted=known.ratings.defaulted if known else 0,
            corrections=of(unit, "corrected"),
            limits_missed=of(unit, "missed"),
            called_to_account=sum(one.what == "account" for one in own),
        )

    return tuple(row(unit) for unit in sorted(unit for unit in units if unit))


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))
