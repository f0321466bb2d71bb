"""The words of letters: one file per template, its variables from a closed list, nothing sent with a gap in it.

A template is what a provider approved: fixed words and named variables, never free text. Each variable has one origin:

| variable | origin |
|---|---|
| `case`, `due`, `month`, `entries` | the event |
| `title`, `reason`, `category`, `outcome`, `rung`, `limit-<clock>` | the scheme's own wording, by the event's code |
| a name under `words` | the template's wording for the code in the event's field of that name |
| `site` | the setting `public_url` |
| `addressee`, `unit`, `proposed`, `answer`, `final`, `handler`, `link` | another service, when the letter is sent |
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from contracts.events import Event
from libs.policy.scheme import Scheme, Way
from libs.policy.shanghai import local

FOLDER = Path(__file__).with_name("templates")
FETCHED = frozenset({"addressee", "unit", "proposed", "answer", "final", "handler", "link"})
"""The variables that `sources.py` fetches."""

SECRET = frozenset({"link"})
"""Variables that whoever knows them can act with: never written anywhere but into the letter."""

LIMIT = "limit-"
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
        return name in self.words or name in FETCHED or name == "site" or name in _WRITTEN or name.startswith(LIMIT)

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

    def fetched(self) -> frozenset[str]:
        """What other services have to be asked for."""
        return FETCHED & set(self.params) - self.words.keys()

    def fill(self, event: Event, scheme: Scheme, fetched: Mapping[str, str | None], *, site: str) -> dict[str, str]:
        """The value of every variable. Raises `Missing` naming the first that has none."""
        values: dict[str, str] = {}
        for name in self.params:
            value = self._value(name, event, scheme, fetched, site)
            if value is None or not value.strip():
                raise Missing(name)
            values[name] = value
        return values

    def _value(
        self, name: str, event: Event, scheme: Scheme, fetched: Mapping[str, str | None], site: str
    ) -> str | None:
        if name in self.words:
            return self.words[name].get(str(getattr(event, name, None)))
        if name in FETCHED:
            return fetched.get(name)
        if name == "site":
            return site
        if name.startswith(LIMIT):
            clock = scheme.clocks.get(name.removeprefix(LIMIT))
            return (clock and isinstance(clock.within, str) and clock.period.zh) or None
        return _WRITTEN[name](event, scheme)


def variables_of(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


def until(due: datetime) -> str:
    """A due time as officials write it, in Asia/Shanghai: what ends at 0:00 ends at 24:00 of the day before."""
    here = local(due)
    if (here.hour, here.minute) == (0, 0):
        day, clock = here - timedelta(days=1), "24:00"
    else:
        day, clock = here, f"{here:%H:%M}"
    return f"{day.year}年{day.month}月{day.day}日 {clock}前"


def _month(month: str) -> str:
    year, number = month.split("-")
    return f"{year}年{int(number)}月"


def _field(name: str, write: Callable[[Any], str] = str) -> "_Writer":
    def value(event: Event, scheme: Scheme) -> str | None:
        field = getattr(event, name, None)
        return None if field is None else write(field)

    return value


def _wording(name: str, words: Callable[[Scheme], Mapping[str, Any]]) -> "_Writer":
    def value(event: Event, scheme: Scheme) -> str | None:
        wording = words(scheme).get(getattr(event, name, ""))
        return wording and wording.zh

    return value


_Writer = Callable[[Event, Scheme], str | None]
_WRITTEN: Mapping[str, _Writer] = {
    "case": _field("case"),
    "due": _field("due", until),
    "month": _field("month", _month),
    "entries": _field("entries"),
    "title": lambda event, scheme: scheme.title.zh,
    "reason": _wording("reason", lambda scheme: scheme.returns),
    "category": _wording("category", lambda scheme: scheme.categories),
    "outcome": _wording("outcome", lambda scheme: scheme.outcomes),
    "rung": _wording("rung", lambda scheme: {rung.rung: rung for rung in scheme.ladder}),
}


def load_templates(folder: Path = FOLDER) -> dict[str, Template]:
    """Every template by its name. Raises `ValueError` naming the one that cannot be used and why."""
    return {file.stem: _read(file) for file in sorted(folder.glob("*.yaml"))}


def _read(file: Path) -> Template:
    return Template.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) | {"name": file.stem})


def refuse_gaps(templates: Mapping[str, Template], schemes: Mapping[str, Scheme]) -> None:
    """Raises `ValueError` when a scheme names a letter without a template, or a way for which it has no words."""
    for ref, scheme in schemes.items():
        for letter in scheme.letters:
            if letter.template not in templates:
                raise ValueError(f"{ref}: there is no template {letter.template!r}")
            if wordless := [way for way in letter.by if templates[letter.template].text_for(way) is None]:
                raise ValueError(f"{ref}: template {letter.template!r} has no words for {', '.join(wordless)}")
