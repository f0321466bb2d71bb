"""A regulation as data: the closed vocabulary of a scheme file, and what must hold before one is used.

Another number, channel, rung or letter needs no code. Another *kind* of rule needs a word here, code and a test.
Everything in a file cites the article it rests on (`law`).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Annotated, Literal, Self, get_args, get_origin

import yaml
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)

from contracts.events import EVENTS
from contracts.record import Code, Record
from libs.policy.counting import Hours, NaturalDays, WorkingDays
from libs.policy.duty import DutyRule
from libs.policy.judging import Extension, Oversight, Rating, Recurring, Repeats
from libs.policy.period import Period
from libs.policy.publication import Publication, Publications, Score, Targets
from libs.policy.session import SessionRule
from libs.policy.stoppable import stop_problems
from libs.policy.words import EventName, Law, Part, PeriodText, Wording
from libs.yaml_file import read_yaml

Action = Literal[
    "deem-taken",
    "supervise",
    "default-satisfied",
    "close-unrated",
    "return-unsupplemented",
    "office-judges",
    "climb",
    "tell-above",
]
"""What may follow when a limit is missed; each is one function of one service."""

Bell = Literal["open-window", "close-window"]
"""What may follow when an instant comes that nobody can be late for."""

Audience = Literal[
    "enterprise",
    "unit",
    "office",
    "inspection",
    "review",
    "government-office",
    "leader-in-charge",
    "head",
    "discipline",
    "conduct",
    "above",
    "guest",
]
"""To whom letters go. `unit`: whom the event names; `leader-in-charge`: the leader whose portfolio the case falls in;
`above`: the next rung's holder; `guest`: the principal of the enterprise that a session invited; the others are named in
the directory."""
Way = Literal["sms", "email", "call"]


class Regulation(Part):
    name: str
    number: str
    issued: date


class InForce(Part):
    from_: date = Field(alias="from")
    to: date | None = None


class Channel(Wording):
    """A way in. `entered_by`: a person types for the enterprise and is named; `transfer`: another level of government
    hands a case down or up, with its own number for it."""

    kind: Literal["online", "window", "hotline", "officer", "letter", "transfer", "session"]
    entered_by: bool = False
    law: Law


class Return(Wording):
    """A reason to give an appeal back. `in_principle` (原则上): may be set aside with a reason and a name. `duplicate`: the
    case that it repeats is named. `after_supplement`: only when what the enterprise was asked for did not make it clear."""

    in_principle: bool = False
    duplicate: bool = False
    after_supplement: bool = False
    law: Law


class Eligibility(Part):
    """Whose appeals are heard: enterprises whose registering authority begins so, by the registry's record (None:
    wherever they are registered), and where `projects`, projects under a signed agreement.

    The reasons for which others are returned: registered `otherwise`, `unverified` after the second review,
    `unsupplemented` when what was asked for did not come.
    """

    registered_in: Annotated[str, StringConstraints(pattern=r"^\d{2,6}$")] | None = None
    projects: bool = False
    otherwise: Code | None = None
    unverified: Code
    unsupplemented: Code
    law: Law

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.registered_in is None) != (self.otherwise is None):
            raise ValueError(
                "registered_in and otherwise belong together: who is not eligible is returned for a reason"
            )
        return self


class Category(Wording):
    """What an appeal is about. `leader`: a leader must put it in order; it still goes to the departments first."""

    leader: bool = False


class Outcome(Wording):
    """What came of a matter. `resolved`: it counts as solved in the rate of solution (解决率)."""

    resolved: bool = False


class Complexity(Wording):
    """A class of matters, by which limits may differ (分级); a scheme lists them from the simplest to the hardest.
    `several`: the least class of a matter of several units."""

    several: bool = False
    law: Law


class Level(Wording):
    """A level of government that an appeal is accepted for, and the rung at which it starts."""

    rung: Code
    law: Law


class AtOnce(Part):
    """Questions that whoever receives them answers on the spot, without a case (首接负责). `channels`: where."""

    channels: tuple[Code, ...] = Field(min_length=1)
    law: Law


class Review(Wording):
    """A review or signature before the hand-over. `who`: a rank of leaders of the directory, or an audience. `when`: only
    for these classes. `to_session`: it may send the case straight to such a session."""

    step: Code
    who: Code
    when: dict[Literal["complexity", "category"], tuple[Code, ...]] = {}
    to_session: Code | None = None
    law: Law


class Pause(Part):
    from_: EventName = Field(alias="from")
    until: tuple[EventName, ...]


CLASS_EVENTS = ("appeal.accepted.v1", "case.assigned.v1", "case.reclassified.v1")
"""What tells a case's class (分级)."""

EXTENDED = "case.extension_granted.v1"

AS_DECIDED = "as decided"
"""The limit that a decision sets: the last day is the event's own `due_on`."""


def _one_or_more(names: object) -> object:
    return (names,) if isinstance(names, str) else names


def _form(within: object) -> str:
    return "by-class" if isinstance(within, Mapping) else "text"


def _known_limit(text: str) -> str:
    if text != AS_DECIDED:
        Period.parse(text)
    return text


Within = Annotated[
    Annotated[Annotated[str, AfterValidator(_known_limit)], Tag("text")]
    | Annotated[dict[Code, PeriodText], Tag("by-class")],
    Discriminator(_form),
]


class Clock(Part):
    """A limit: it starts with `from`, is met by `until`, falls away with `void`; `when` narrows the start.

    `from` is one event or several; one that has none of the fields that `when` names only starts again, for the same
    hand-over, what another had started.

    `within`: one period, or one for each class of the case, or `as decided`. `counted_from`: the date of the event, from
    which (instead of the event's instant) the period counts. `measured` instead of `within`: the text gives no number,
    so the time taken is kept and nobody is late (§3.19). `rings` instead of `missed`: what begins at 0:00 of the last
    day, for which nobody can be late."""

    from_: Annotated[tuple[EventName, ...], BeforeValidator(_one_or_more), Field(min_length=1)] = Field(alias="from")
    when: dict[str, tuple[str, ...]] = {}
    until: tuple[EventName, ...] = Field(min_length=1)
    void: tuple[EventName, ...] = ()
    within: Within | None = None
    counted_from: Literal["held_on"] | None = None
    measured: bool = False
    pauses: tuple[Pause, ...] = ()
    warn: tuple[PeriodText, ...] = ()
    missed: tuple[Action, ...] = ()
    rings: tuple[Bell, ...] = ()
    law: Law

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.within is None) != self.measured:
            raise ValueError("say either `within` or `measured: true`")
        if self.rings and (self.missed or self.warn or not isinstance(self.within, str)):
            raise ValueError("what rings has one `within`, is not warned of and cannot be missed")
        if self.measured and (self.missed or self.warn or self.pauses):
            raise ValueError("what is only measured is never late: no `missed`, `warn` or `pauses`")
        return self

    @property
    def events(self) -> frozenset[str]:
        """The types of all events that start, pause, resume, extend or end it, or change which limit holds."""
        pauses = (event for pause in self.pauses for event in (pause.from_, *pause.until))
        more = CLASS_EVENTS if isinstance(self.within, dict) else ()
        return frozenset((*self.from_, *self.until, *self.void, *pauses, *more, EXTENDED))

    @cached_property
    def period(self) -> Period:
        """Of a clock with one period for all cases."""
        assert isinstance(self.within, str)
        return Period.parse(self.within)

    def starts_with(self, event: Record) -> bool:
        """Whether this event starts it."""
        return event.type in self.from_ and matches(event, self.when)

    def starts_again_with(self, event: Record) -> bool:
        """Whether this event starts it again where it had been started: it has none of the fields of `when`."""
        return event.type in self.from_ and bool(self.when) and self.when.keys().isdisjoint(type(event).model_fields)

    def period_for(self, complexity: str | None) -> Period | None:
        """The period for a case of this class; None where it has none of its own (then no limit runs)."""
        if isinstance(self.within, str):
            return None if self.within == AS_DECIDED else Period.parse(self.within)
        text = (self.within or {}).get(complexity or "")
        return Period.parse(text) if text else None


class Rung(Wording):
    """A step of the ladder. `holder`: who works there. `of`: which leaders (`portfolio`: the one in charge of the
    category; else a rank of the directory), or which kind of session. `fallback`: the audience that takes the case while
    there is no holder, beside an alarm. `up`: the next rung; `skip_to`: rungs that the office may choose instead.
    `review`: an office looks before it climbs. `outbound`: the channel of the other government's scheme through which the
    case leaves; it is followed until answered there."""

    rung: Code
    holder: Literal["county", "department", "township", "session", "office", "leader", "superior"]
    of: Code | None = None
    fallback: Code | None = None
    up: Code | None = None
    skip_to: tuple[Code, ...] = ()
    review: bool = False
    outbound: Code | None = None
    law: Law

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.holder in ("leader", "session") and self.of is None:
            raise ValueError(
                f"rung {self.rung!r} has no holder: say of which rank, portfolio or kind of session (`of`)"
            )
        if self.holder == "leader" and self.fallback is None:
            raise ValueError(f"rung {self.rung!r}: say who takes the case while the post is vacant (`fallback`)")
        if (self.holder == "superior") != (self.outbound is not None):
            raise ValueError(f"rung {self.rung!r}: a case leaves for the superior through a channel (`outbound`)")
        return self


class Decisions(Part):
    """What a leader or session decides. `needs_lead`: with several units one leads. `doubts`: an enterprise that still
    has doubts is worked for further. `explained`: the outcome for what policy forbids. `report`: the lead reports in
    writing when it is done."""

    needs_lead: bool = True
    doubts: bool = False
    explained: Code | None = None
    report: bool = False
    law: Law


class ProblemList(Part):
    """Complex matters whose solution is fixed stay listed until struck off (问题清单、闭环销号). `complexity`: which."""

    complexity: tuple[Code, ...] = Field(min_length=1)
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
    """Objections to a hand-over: which clock bounds the right, and after how many units the superior designates.
    `unclear_to`: matters of unclear or crossing duty go to a joint meeting of this kind."""

    clock: Code
    superior_after: int = Field(ge=1)
    unclear_to: Code | None = None
    law: Law


class Tier(Wording):
    """A tier of served enterprises or projects. `rank`: the least rank of who serves it."""

    rank: Code | None = None
    law: Law


class Matrix(Part):
    """Who serves whom (服务机制): every enterprise or project of a tier has all whom `needs` names. `ranks`: official
    ranks from the lowest to the highest, where a tier wants one."""

    needs: tuple[Literal["leader", "unit", "unit_leader", "specialist"], ...] = Field(min_length=1)
    tiers: dict[Code, Tier] = Field(min_length=1)
    ranks: dict[Code, Wording] = {}
    phases: dict[Code, Wording] = {}
    """Phases of projects."""
    law: Law

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for name, tier in self.tiers.items():
            if tier.rank is not None and tier.rank not in self.ranks:
                raise ValueError(f"tiers.{name}.rank: {tier.rank!r} is not among the ranks")
        return self


class VisitKind(Wording):
    """A way of being with an enterprise. `official`: entered in the register of officials who came (入企登记簿). `apart`: no
    unit comes again within so many natural days unless the enterprise called (无事不扰)."""

    official: bool = False
    apart: Annotated[int, Field(ge=1)] | None = None
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
    at_once: AtOnce | None = None
    first_asked_leads: Law | None = None
    repeats: Repeats | None = None
    recurring: Recurring | None = None
    levels: dict[Code, Level] = Field(min_length=1)
    categories: dict[Code, Category] = Field(min_length=1)
    complexities: dict[Code, Complexity] = {}
    outcomes: dict[Code, Outcome] = Field(min_length=1)
    reviews: tuple[Review, ...] = ()
    clocks: dict[Code, Clock]
    ladder: tuple[Rung, ...] = Field(min_length=1)
    decisions: Decisions | None = None
    disputes: Disputes | None = None
    extension: Extension | None = None
    problem_list: ProblemList | None = None
    sessions: dict[Code, SessionRule] = {}
    matrix: Matrix | None = None
    visits: dict[Code, VisitKind] = {}
    duties: dict[Code, DutyRule] = {}
    rating: Rating
    oversight: Oversight = Oversight()
    letters: tuple[Letter, ...] = ()
    publication: Publication
    publications: Publications = {}
    score: Score | None = None
    targets: Targets | None = None
    hash: str = ""

    @cached_property
    def clocks_by_event(self) -> Mapping[str, tuple[str, ...]]:
        """The clocks that an event of this type may start, move or end, in the order of the file."""
        named = [(event, name) for name, clock in self.clocks.items() for event in clock.events]
        return {event: tuple(name for e, name in named if e == event) for event, _ in named}

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
    yield from _unknown_words(scheme)
    for name, clock in scheme.clocks.items():
        yield from (f"clocks.{name}.when: {p}" for p in _start_problems(scheme, clock))
        yield from (f"clocks.{name}: {p}" for p in stop_problems(scheme, clock))
        for pause in clock.pauses:
            if not set(pause.until) - {pause.from_}:
                yield f"clocks.{name}.pauses: a pause that starts with {pause.from_} and never ends"
        for warning in clock.warn:
            if not isinstance(Period.parse(warning).counted, Hours | NaturalDays | WorkingDays):
                yield f"clocks.{name}.warn: {warning!r} has no length, so nothing can be warned that long before"
    for number, letter in enumerate(scheme.letters):
        yield from (f"letters[{number}].when: {p}" for p in _condition_problems(scheme, letter.after, letter.when))
    if scheme.disputes and scheme.disputes.clock not in scheme.clocks:
        yield f"disputes.clock: there is no clock {scheme.disputes.clock!r}"
    for word in ("otherwise", "unverified", "unsupplemented"):
        reason = getattr(scheme.eligibility, word)
        if reason is not None and reason not in scheme.returns:
            yield f"eligibility.{word}: {reason!r} is not among the reasons in returns"


def _start_problems(scheme: Scheme, clock: Clock) -> Iterator[str]:
    """Of several events that start a clock, one must have what the condition names; the others may have nothing of it."""
    fitting = [event for event in clock.from_ if not clock.when.keys().isdisjoint(EVENTS[event].model_fields)]
    for event in fitting or clock.from_[:1]:
        yield from _condition_problems(scheme, event, clock.when)


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
        "complexity": scheme.complexities,
        "kind": {*scheme.sessions, *scheme.visits, *scheme.publications},
        "duty": scheme.duties,
    }
    for field, values in when.items():
        if field not in fields:
            yield f"{event} has no field {field!r}"
            continue
        kind = fields[field].annotation
        possible = get_args(kind) if get_origin(kind) is Literal else named.get(field, values)
        yield from (f"{field} of {event} is never {value!r}" for value in values if value not in possible)


def _unknown_words(scheme: Scheme) -> Iterator[str]:
    """Names that one part of the file uses and no other part explains."""
    used: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("at_once.channels", scheme.at_once.channels if scheme.at_once else (), scheme.channels),
        ("extension.clocks", scheme.extension.clocks if scheme.extension else (), scheme.clocks),
        ("problem_list.complexity", scheme.problem_list.complexity if scheme.problem_list else (), scheme.complexities),
        ("decisions.explained", _given(scheme.decisions and scheme.decisions.explained), scheme.outcomes),
        ("disputes.unclear_to", _given(scheme.disputes and scheme.disputes.unclear_to), scheme.sessions),
        *(
            (f"reviews.{review.step}.to_session", _given(review.to_session), scheme.sessions)
            for review in scheme.reviews
        ),
        *(
            (f"ladder.{r.rung}.of", _given(r.of if r.holder == "session" else None), scheme.sessions)
            for r in scheme.ladder
        ),
        *(
            (f"clocks.{n}.within", c.within, scheme.complexities)
            for n, c in scheme.clocks.items()
            if isinstance(c.within, dict)
        ),
    ]
    for where, words, known in used:
        yield from (
            f"{where}: {word!r} is explained nowhere; there are {', '.join(known) or 'none'}"
            for word in words
            if word not in known
        )
    if scheme.eligibility.projects and scheme.matrix is None:
        yield "eligibility.projects: without a matrix nobody registers projects"
    if any(session.window for session in scheme.sessions.values()):
        bells = {bell for clock in scheme.clocks.values() for bell in clock.rings}
        yield from (
            f"sessions: a window needs a clock that rings {bell}" for bell in get_args(Bell) if bell not in bells
        )


def _given(word: str | None) -> tuple[str, ...]:
    return () if word is None else (word,)


def _ladder_problems(scheme: Scheme) -> Iterator[str]:
    rungs = {rung.rung: rung for rung in scheme.ladder}
    if len(rungs) != len(scheme.ladder):
        yield "ladder: two rungs have the same name"
    for rung in scheme.ladder:
        for above in (*_given(rung.up), *rung.skip_to):
            if above not in rungs:
                yield f"ladder.{rung.rung}.up: there is no rung {above!r} to climb to"
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
    while more := {up for r in reached if r in rungs for up in (*_given(rungs[r].up), *rungs[r].skip_to)} - reached:
        reached |= more
    yield from (f"ladder.{name}: no appeal can ever reach it" for name in rungs if name not in reached)


class SchemeError(ValueError):
    """A scheme file that cannot be used, and why: one sentence per problem, each saying where."""


@lru_cache(maxsize=64)
def parse_scheme(text: str, *, source: str) -> Scheme:
    """The scheme in a YAML file; the same text gives the same scheme, read once. Raises `SchemeError` naming the place
    and the problem; `source` names the file."""
    try:
        data = read_yaml(text)
    except yaml.YAMLError as error:
        raise SchemeError(f"{source}: not YAML: {error}") from None
    try:
        scheme = Scheme.model_validate(data)
    except ValidationError as error:
        raise SchemeError("\n".join(f"{source}: {_sentence(e)}" for e in error.errors())) from None  # type: ignore[arg-type]
    return scheme.model_copy(update={"hash": sha256(text.encode()).hexdigest()[:16]})


def _sentence(error: Mapping[str, object]) -> str:
    tags = ("text", "by-class")
    where = ".".join(str(step) for step in error["loc"] if step not in tags)  # type: ignore[attr-defined]
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

    def in_force(self, name: str, day: date) -> Scheme | None:
        """The version of this scheme under which an appeal of this day falls."""
        fitting = [
            scheme
            for scheme in self._by_ref.values()
            if scheme.scheme == name
            and scheme.in_force.from_ <= day
            and (scheme.in_force.to is None or day <= scheme.in_force.to)
        ]
        return max(fitting, key=lambda scheme: scheme.in_force.from_, default=None)

    def names(self) -> list[str]:
        """Every scheme, whatever its version."""
        return sorted({scheme.scheme for scheme in self._by_ref.values()})


def matches(event: object, when: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether an event has one of the values that a condition allows, in every field that it names."""
    return all(str(getattr(event, field, None)) in values for field, values in when.items())
