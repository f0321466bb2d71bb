"""A regulation as data: the closed vocabulary of a scheme file, and what must hold before one is used.

Another number, channel, rung or letter needs no code. Another *kind* of rule needs a word here, code and a test.
Everything in a file cites the article it rests on (`law`).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Literal, Self, get_args, get_origin

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from contracts.catalogue import CATALOGUE
from contracts.events import EVENTS
from contracts.record import Code
from libs.policy.counting import Hours, NaturalDays, WorkingDays
from libs.policy.period import Period

Action = Literal["deem-taken", "supervise", "default-satisfied", "close-unrated", "return-unsupplemented"]
"""What may follow when a limit is missed; each is one function of one service."""

PublicField = Literal[
    "entry",
    "filed_on",
    "channel",
    "category",
    "district",
    "level",
    "unit",
    "outcome",
    "answered_on",
    "missed",
    "rating",
    "rated_again",
    "closed",
    "closed_on",
    "answer",
    "final_answer",
    "published_on",
    "revised_on",
]
"""What the public may be shown of a case; a scheme chooses among these. No words of an appeal, nobody's name or number."""

Audience = Literal["enterprise", "unit", "office", "inspection", "review"]
Way = Literal["sms", "email", "call"]


def _known_event(name: str) -> str:
    if f"{name}.v1" not in CATALOGUE:
        raise ValueError(f"no event is called {name!r}; the catalogue lists them all")
    return f"{name}.v1"


def _known_period(text: str) -> str:
    Period.parse(text)
    return text


EventName = Annotated[str, AfterValidator(_known_event)]
PeriodText = Annotated[str, AfterValidator(_known_period)]
Law = Annotated[str, StringConstraints(min_length=1)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wording(Part):
    zh: str
    en: str


class Regulation(Part):
    name: str
    number: str
    issued: date


class InForce(Part):
    from_: date = Field(alias="from")
    to: date | None = None


class Channel(Wording):
    """A way in. `entered_by`: a person types for the enterprise and is named."""

    kind: Literal["online", "window", "hotline", "officer", "letter"]
    entered_by: bool = False
    law: Law


class Return(Wording):
    """A reason to give an appeal back. `in_principle` (原则上): may be set aside with a reason and a name."""

    in_principle: bool = False
    law: Law


class Eligibility(Part):
    """Whose appeals are heard: enterprises whose registering authority begins so, by the registry's record.

    The reasons for which others are returned: registered `otherwise`, `unverified` after the second review,
    `unsupplemented` when what was asked for did not come.
    """

    registered_in: Annotated[str, StringConstraints(pattern=r"^\d{2,6}$")]
    otherwise: Code
    unverified: Code
    unsupplemented: Code
    law: Law


class Level(Wording):
    """A level of government that an appeal is accepted for, and the rung at which it starts."""

    rung: Code
    law: Law


class Pause(Part):
    from_: EventName = Field(alias="from")
    until: tuple[EventName, ...]


class Clock(Part):
    """A limit: it starts with `from`, is met by `until`, falls away with `void`; `when` narrows the start."""

    from_: EventName = Field(alias="from")
    when: dict[str, tuple[str, ...]] = {}
    until: tuple[EventName, ...] = Field(min_length=1)
    void: tuple[EventName, ...] = ()
    within: PeriodText
    pauses: tuple[Pause, ...] = ()
    warn: tuple[PeriodText, ...] = ()
    missed: tuple[Action, ...] = ()
    law: Law

    @cached_property
    def period(self) -> Period:
        return Period.parse(self.within)


class Rung(Wording):
    """A step of the ladder. `holder`: who works there. `up`: the next rung. `review`: an office looks before it climbs."""

    rung: Code
    holder: Literal["county", "department", "session", "office", "leader", "superior"]
    up: Code | None = None
    review: bool = False
    law: Law


class Letter(Part):
    """Who is told what. `by`: the ways tried in this order until one delivers."""

    after: EventName
    when: dict[str, tuple[str, ...]] = {}
    to: Audience
    template: Code
    by: tuple[Way, ...] = Field(min_length=1)
    law: Law


class Disputes(Part):
    """Objections to a hand-over: which clock bounds the right, and after how many units the superior designates."""

    clock: Code
    superior_after: int = Field(ge=1)
    law: Law


class Rating(Part):
    """How the enterprise judges, and what a 不满意 leads to."""

    levels: tuple[Literal["satisfied", "dissatisfied"], ...]
    after_dissatisfied: Literal["final-decision"]
    law: Law


class Publication(Part):
    """When a month's summary is drafted and by when it must stand before the public; `fields`: all that the public
    reads of a case, with the columns' names; `minimum_sample`: explicit ratings below which no unit is ranked."""

    drafted: PeriodText
    published: PeriodText
    minimum_sample: int = Field(ge=1)
    fields: dict[PublicField, Wording] = Field(min_length=1)
    law: Law


class Scheme(Part):
    """One regulation, in force from a date. A case keeps the version it was filed under for life."""

    scheme: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    title: Wording
    law: Regulation
    in_force: InForce
    calendar: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    channels: dict[Code, Channel] = Field(min_length=1)
    eligibility: Eligibility
    returns: dict[Code, Return]
    levels: dict[Code, Level] = Field(min_length=1)
    categories: dict[Code, Wording] = Field(min_length=1)
    outcomes: dict[Code, Wording] = Field(min_length=1)
    clocks: dict[Code, Clock]
    ladder: tuple[Rung, ...] = Field(min_length=1)
    disputes: Disputes
    rating: Rating
    letters: tuple[Letter, ...]
    publication: Publication
    hash: str = ""

    @property
    def ref(self) -> str:
        """How cases name it: `chaozhou-direct-line@2021-11-08`."""
        return f"{self.scheme}@{self.in_force.from_.isoformat()}"

    def rung(self, name: str) -> Rung:
        return next(rung for rung in self.ladder if rung.rung == name)

    def clocks_missed_with(self, action: Action) -> frozenset[str]:
        """The clocks whose missing has this consequence."""
        return frozenset(name for name, clock in self.clocks.items() if action in clock.missed)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        problems = list(_problems(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _problems(scheme: Scheme) -> Iterator[str]:
    yield from _ladder_problems(scheme)
    for name, clock in scheme.clocks.items():
        yield from (f"clocks.{name}.when: {p}" for p in _condition_problems(scheme, clock.from_, clock.when))
        if clock.from_ in clock.until + clock.void:
            yield f"clocks.{name}: it is started and stopped by the same event, so nobody can stop it"
        for pause in clock.pauses:
            if not set(pause.until) - {pause.from_}:
                yield f"clocks.{name}.pauses: a pause that starts with {pause.from_} and never ends"
        for warning in clock.warn:
            if not isinstance(Period.parse(warning).counted, Hours | NaturalDays | WorkingDays):
                yield f"clocks.{name}.warn: {warning!r} has no length, so nothing can be warned that long before"
    for number, letter in enumerate(scheme.letters):
        yield from (f"letters[{number}].when: {p}" for p in _condition_problems(scheme, letter.after, letter.when))
    if scheme.disputes.clock not in scheme.clocks:
        yield f"disputes.clock: there is no clock {scheme.disputes.clock!r}"
    for word in ("otherwise", "unverified", "unsupplemented"):
        if (reason := getattr(scheme.eligibility, word)) not in scheme.returns:
            yield f"eligibility.{word}: {reason!r} is not among the reasons in returns"


def _condition_problems(scheme: Scheme, event: str, when: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """A condition that never holds would leave a limit or a letter out without a word."""
    fields = EVENTS[event].model_fields
    named = {
        "rung": {rung.rung for rung in scheme.ladder},
        "clock": scheme.clocks,
        "channel": scheme.channels,
        "category": scheme.categories,
        "outcome": scheme.outcomes,
        "reason": scheme.returns,
        "level": scheme.levels,
    }
    for field, values in when.items():
        if field not in fields:
            yield f"{event} has no field {field!r}"
            continue
        kind = fields[field].annotation
        possible = get_args(kind) if get_origin(kind) is Literal else named.get(field, values)
        yield from (f"{field} of {event} is never {value!r}" for value in values if value not in possible)


def _ladder_problems(scheme: Scheme) -> Iterator[str]:
    rungs = {rung.rung: rung for rung in scheme.ladder}
    if len(rungs) != len(scheme.ladder):
        yield "ladder: two rungs have the same name"
    for rung in scheme.ladder:
        if rung.up is not None and rung.up not in rungs:
            yield f"ladder.{rung.rung}.up: there is no rung {rung.up!r} to climb to"
    for name, level in scheme.levels.items():
        if level.rung not in rungs:
            yield f"levels.{name}.rung: there is no rung {level.rung!r}"
            continue
        seen: list[str] = []
        here: str | None = level.rung
        while here in rungs:
            if here in seen:
                yield f"ladder: from {level.rung!r} it climbs in a circle ({' → '.join([*seen, here])}) and ends nowhere"
                break
            seen.append(here)
            here = rungs[here].up
        else:
            if len(seen) == 1 and len(rungs) > 1:
                yield f"levels.{name}: from rung {level.rung!r} nothing can climb"
    reached = {level.rung for level in scheme.levels.values()}
    while more := {rungs[r].up for r in reached if r in rungs and rungs[r].up} - reached:
        reached |= {r for r in more if r}
    yield from (f"ladder.{name}: no appeal can ever reach it" for name in rungs if name not in reached)


class SchemeError(ValueError):
    """A scheme file that cannot be used, and why: one sentence per problem, each saying where."""


def parse_scheme(text: str, *, source: str) -> Scheme:
    """The scheme in a YAML file. Raises `SchemeError` naming the place and the problem; `source` names the file."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SchemeError(f"{source}: not YAML: {error}") from None
    try:
        scheme = Scheme.model_validate(data)
    except ValidationError as error:
        raise SchemeError("\n".join(f"{source}: {_sentence(e)}" for e in error.errors())) from None  # type: ignore[arg-type]
    return scheme.model_copy(update={"hash": sha256(text.encode()).hexdigest()[:16]})


def _sentence(error: Mapping[str, object]) -> str:
    where = ".".join(str(step) for step in error["loc"])  # type: ignore[attr-defined]
    match error["type"]:
        case "extra_forbidden":
            return f"{where}: unknown word; remove it or see libs/policy/scheme.py for the words there are"
        case "missing":
            return f"{where}: must be given"
        case _:
            return f"{where}: {str(error['msg']).removeprefix('Value error, ')}".removeprefix(": ")


class Schemes(Mapping[str, Scheme]):
    """Every version of every scheme in use, by its reference."""

    def __init__(self, schemes: list[Scheme]) -> None:
        self._by_ref = {scheme.ref: scheme for scheme in schemes}

    def __getitem__(self, ref: str) -> Scheme:
        return self._by_ref[ref]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_ref)

    def __len__(self) -> int:
        return len(self._by_ref)

    def for_channel(self, channel: str, day: date) -> Scheme | None:
        """The scheme under which an appeal through this channel falls on this day, or None when no scheme knows it."""
        fitting = [
            scheme
            for scheme in self._by_ref.values()
            if channel in scheme.channels
            and scheme.in_force.from_ <= day
            and (scheme.in_force.to is None or day <= scheme.in_force.to)
        ]
        return max(fitting, key=lambda scheme: scheme.in_force.from_, default=None)


def matches(event: object, when: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether an event has one of the values that a condition allows, in every field that it names."""
    return all(str(getattr(event, field, None)) in values for field, values in when.items())
