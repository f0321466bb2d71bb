"""The words of letters: one file per template, its variables from a closed list, nothing sent with a gap in it.

A template is what a provider approved: fixed words and named variables, never free text. Each variable has one origin:

| variable | origin |
|---|---|
| `case` and the other names of `_WRITTEN` | the event's field of that name; codes as the scheme words them |
| `held_on`, `place`, `window-until` | the event, else what was last heard of the session that it names |
| `limit-<clock>` | the scheme's limit, for the class of the event's case |
| a name under `words` | the template's wording for the code in the event's field of that name |
| `title` | the scheme |
| `site` | the setting `public_url` |
| the names of `FETCHED` | another service, when the letter is sent |
| `code` | whoever asks for a message at once, which no event calls for (`asked_for/`) |
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from contracts.catalogue import heard_by
from contracts.events import EVENTS, CaseEvent, Event, SessionDated
from libs.policy.calendar import Calendar
from libs.policy.in_words import day_in_words, period_in_words
from libs.policy.scheme import AS_DECIDED, Clock, Letter, Scheme, Way
from libs.policy.shanghai import local
from libs.policy.window import last_day
from libs.policy.words import Wording

FOLDER = Path(__file__).with_name("templates")
ASKED_FOR = Path(__file__).with_name("asked_for")
"""Messages that the addressee asked for just now; no scheme names them."""

FETCHED = frozenset({"addressee", "unit", "proposed", "lead", "fallback", "answer", "final", "handler", "link"})
"""The variables that `sources.py` fetches."""

KEPT_APART = frozenset({"answer", "final", "link"})
"""What no letter to who follows protected matters (discipline, conduct) carries: only its number (§3.16)."""

HANDED = frozenset({"code"})
"""The variables that come with the request."""

SECRET = frozenset({"link", "code"})
"""Variables that whoever knows them can act with: never written anywhere but into the letter."""

LIMIT = "limit-"
WINDOW = "window-until"
Text = Annotated[str, StringConstraints(min_length=1)]


class Missing(Exception):
    """The letter cannot be written: this variable has no value."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable


class Email(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Text
    body: Text


class Template(BaseModel):
    """The words of one letter for each way it may go. `words`: an event's field → its codes → what to call them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    params: tuple[str, ...]
    words: dict[str, dict[str, Text]] = {}
    sms: Text | None = None
    email: Email | None = None
    call: Text | None = None

    @model_validator(mode="after")
    def _uses_what_it_declares(self) -> Self:
        used = self.variables_by("sms") | self.variables_by("email") | self.variables_by("call")
        if used != set(self.params) or len(used) != len(self.params):
            raise ValueError(f"{self.name}: params and texts differ in {sorted(used ^ set(self.params))}")
        if unknown := [name for name in self.params if not self._knows(name)]:
            raise ValueError(f"{self.name}: no variable is called {', '.join(unknown)}")
        return self

    def _knows(self, name: str) -> bool:
        known = name in self.words or name in FETCHED or name in _WRITTEN or name in ("site", WINDOW) or name in HANDED
        return known or name.startswith(LIMIT)

    def text_for(self, way: Way) -> str | Email | None:
        return {"sms": self.sms, "email": self.email, "call": self.call}[way]

    def variables_by(self, way: Way) -> set[str]:
        match self.text_for(way):
            case None:
                return set()
            case Email(subject=subject, body=body):
                return variables_of(subject, body)
            case text:
                return variables_of(text)

    def fetched(self, way: Way) -> frozenset[str]:
        """What other services have to be asked for when it goes this way."""
        return FETCHED & self.variables_by(way) - self.words.keys()

    def fill(
        self,
        event: Event,
        scheme: Scheme,
        fetched: Mapping[str, str | None],
        *,
        way: Way,
        site: str,
        session: SessionDated | None = None,
        calendar: Calendar,
    ) -> dict[str, str]:
        """The value of every variable of this way's words. `session`: what was last heard of the session that the letter is
        about. Raises `Missing` naming one that has none."""
        given = {name: fetched.get(name) for name in FETCHED - self.words.keys()} | {"site": site}
        values: dict[str, str] = {}
        for name in sorted(self.variables_by(way)):
            if name in given:
                value = given[name]
            elif name == WINDOW:
                until = session and last_day(scheme, session.held_on, calendar)
                value = until and day_in_words(until)
            else:
                value = self._written(name, event, scheme) or (session and self._written(name, session, scheme))
            if value is None or not value.strip():
                raise Missing(name)
            values[name] = value
        return values

    def _written(self, name: str, event: Event, scheme: Scheme) -> str | None:
        if name in self.words:
            return self.words[name].get(str(getattr(event, name, None)))
        if name.startswith(LIMIT):
            clock = scheme.clocks.get(name.removeprefix(LIMIT))
            return clock and _limit(clock, event)
        return _WRITTEN[name](event, scheme)


def _limit(clock: Clock, event: Event) -> str | None:
    """The length of the limit for the event's case, or the day that a decision set."""
    if clock.within == AS_DECIDED:
        due_on: date | None = getattr(event, "due_on", None)
        return due_on and f"{day_in_words(due_on)}前"
    period = clock.period_for(getattr(event, "complexity", None))
    return period and period.zh


def variables_of(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


def until(due: datetime) -> str:
    """A due time as officials write it, in Asia/Shanghai: what ends at 0:00 ends at 24:00 of the day before."""
    here = local(due)
    if (here.hour, here.minute) == (0, 0):
        day, clock = here - timedelta(days=1), "24:00"
    else:
        day, clock = here, f"{here:%H:%M}"
    return f"{day_in_words(day)} {clock}前"


def _field(name: str, write: Callable[[Any], str] = str) -> "_Writer":
    def value(event: Event, scheme: Scheme) -> str | None:
        field = getattr(event, name, None)
        return None if field is None else write(field)

    return value


def _wording(name: str, words: Callable[[Scheme], Mapping[str, Any]]) -> "_Writer":
    def value(event: Event, scheme: Scheme) -> str | None:
        wording = words(scheme).get(getattr(event, name, None) or "")
        return wording and wording.zh

    return value


def _kinds(scheme: Scheme) -> Mapping[str, Wording]:
    return {**scheme.visits, **scheme.sessions, **scheme.publications}


_PLACES = {"hall": "政务服务大厅", "enterprise": "企业现场"}

_Writer = Callable[[Event, Scheme], str | None]
_WRITTEN: Mapping[str, _Writer] = {
    "title": lambda event, scheme: scheme.title.zh,
    "due": _field("due", until),
    "was": _field("was", until),
    "due_on": _field("due_on", day_in_words),
    "held_on": _field("held_on", day_in_words),
    "place": _field("place", _PLACES.__getitem__),
    "month": _field("month", period_in_words),
    "period": _field("period", period_in_words),
    "reason": _wording("reason", lambda scheme: scheme.returns),
    "category": _wording("category", lambda scheme: scheme.categories),
    "complexity": _wording("complexity", lambda scheme: scheme.complexities),
    "outcome": _wording("outcome", lambda scheme: scheme.outcomes),
    "level": _wording("level", lambda scheme: scheme.levels),
    "rung": _wording("rung", lambda scheme: {rung.rung: rung for rung in scheme.ladder}),
    "kind": _wording("kind", _kinds),
    "duty": _wording("duty", lambda scheme: scheme.duties),
    "step": _wording("step", lambda scheme: {review.step: review for review in scheme.reviews}),
    "trigger": _wording("trigger", lambda scheme: scheme.oversight.accountability),
    "measure": _wording("measure", lambda scheme: scheme.oversight.measures),
    **{
        name: _field(name)
        for name in (
            "case",
            "session",
            "publication",
            "occurrence",
            "served",
            "finding",
            "matter",
            "report",
            "sample",
            "entries",
            "items",
            "pending",
            "times",
            "enterprises",
            "working_days",
            "cases",
            "version",
            "round",
        )
    },
}


def load_templates(folder: Path = FOLDER) -> dict[str, Template]:
    """Every template by its name. Raises `ValueError` naming the one that cannot be used and why."""
    return {file.stem: _read(file) for file in sorted(folder.glob("*.yaml"))}


def _read(file: Path) -> Template:
    return Template.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) | {"name": file.stem})


def refuse_gaps(templates: Mapping[str, Template], schemes: Mapping[str, Scheme]) -> None:
    """Raises `ValueError` when a scheme names a letter that could never be written: of an event that nobody tells here,
    to somebody whom the event does not name, without a template, or by a way for which it has no words."""
    for ref, scheme in schemes.items():
        for letter in scheme.letters:
            if problem := _gap(templates, letter):
                raise ValueError(f"{ref}: letter {letter.template!r} after {letter.after}: {problem}")


def _gap(templates: Mapping[str, Template], letter: Letter) -> str | None:
    template, event = templates.get(letter.template), EVENTS[letter.after]
    if letter.after not in heard_by("notification"):
        return "notification does not hear of it"
    if template is None:
        return f"there is no template {letter.template!r}"
    if letter.to in ("enterprise", "above") and not issubclass(event, CaseEvent):
        return f"it is about no case, so nobody is {letter.to!r}"
    if letter.to in ("unit", "guest") and letter.to not in event.model_fields:
        return f"it names no {letter.to}"
    if wordless := [way for way in letter.by if template.text_for(way) is None]:
        return f"template {letter.template!r} has no words for {', '.join(wordless)}"
    if letter.to in ("discipline", "conduct") and (said := KEPT_APART & set(template.params)):
        return f"{', '.join(sorted(said))} is nothing for {letter.to!r}"
    return None
