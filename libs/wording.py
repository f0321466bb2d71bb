"""What is said of a case's events and codes, in Chinese and English: `wording.yaml`, the scheme and the directory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict

from libs.languages import Lang
from libs.policy.directory import Directory
from libs.policy.scheme import Scheme, Wording
from libs.policy.shanghai import local

FILE = Path(__file__).with_name("wording.yaml")
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_UNITS = frozenset({"unit", "proposed", "fallback", "lead"})
_INSTANTS = frozenset({"due", "was"})


def _says_without_codes(wording: Wording) -> Wording:
    for text in (wording.zh, wording.en):
        if bare := _fields(_OPTIONAL.sub("", text)):
            raise ValueError(f"{text!r}: {', '.join(sorted(bare))} may be unknown and belongs into [ ]")
    return wording


Sentence = Annotated[Wording, AfterValidator(_says_without_codes)]


class Catalogue(BaseModel):
    """The file: `events` by type without its version, or by type and one field's value; `codes` by field and code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: dict[str, Sentence]
    codes: dict[str, dict[str, Wording]]

    @classmethod
    @cache
    def load(cls) -> Self:
        return cls.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Words:
    """Speaks one language about the cases of one scheme; without the scheme, codes stand for what it would name."""

    lang: Lang
    scheme: Scheme | None
    directory: Directory

    def sentence(self, event: str, codes: Mapping[str, str]) -> str:
        """What is said of an event (`case.taken.v1`) with these codes; what is not known is left out."""
        name = event.rpartition(".")[0]
        sentences = Catalogue.load().events
        special = (key for field, code in codes.items() if (key := f"{name} {field}={code}") in sentences)
        text = getattr(sentences[next(special, name)], self.lang)
        names = {field: self.name(field, code) for field, code in codes.items()}
        text = _OPTIONAL.sub(lambda part: part[1] if _fields(part[1]) <= names.keys() else "", text)
        return text.format_map(names)

    def name(self, field: str, code: str) -> str:
        """What a code is called in a field of an event; the code itself where nobody names it."""
        if field in _INSTANTS:
            return self.until(datetime.fromisoformat(code))
        if field == "seconds":
            return self.length(timedelta(seconds=int(code)))
        wording = self._named(field).get(code) or Catalogue.load().codes.get(field, {}).get(code)
        return getattr(wording, self.lang) if wording else code

    def _named(self, field: str) -> Mapping[str, object]:
        if field in _UNITS:
            return self.directory.by_unit
        if field == "audience":
            place = self.scheme and self.directory.by_scheme.get(self.scheme.scheme)
            return {name: self.directory.by_unit[unit] for name, unit in place.audiences.items()} if place else {}
        if self.scheme is None:
            return {}
        match field:
            case "channel":
                return self.scheme.channels
            case "category":
                return self.scheme.categories
            case "level":
                return {**self.scheme.levels, **self.scheme.rating.scale}
            case "complexity":
                return self.scheme.complexities
            case "step":
                return {review.step: review for review in self.scheme.reviews}
            case "kind":
                return self.scheme.sessions
            case "outcome":
                return self.scheme.outcomes
            case "reason":
                return self.scheme.returns
            case "rung" | "rung_from" | "rung_to":
                return {rung.rung: rung for rung in self.scheme.ladder}
            case _:
                return {}

    def either(self, zh: str, en: str) -> str:
        return zh if self.lang is Lang.ZH else en

    def moment(self, instant: datetime) -> str:
        """In Asia/Shanghai, to the minute."""
        return f"{local(instant):%Y-%m-%d %H:%M}"

    def until(self, due: datetime) -> str:
        """The end of a limit: what ends at 0:00 ends at 24:00 of the day before."""
        here = local(due)
        if (here.hour, here.minute) == (0, 0):
            return f"{here - timedelta(days=1):%Y-%m-%d} 24:00"
        return self.moment(due)

    def length(self, wait: timedelta) -> str:
        """Days and hours, or minutes where it is less: `3 天 4 小时`; nothing shorter than a minute is told apart."""
        minutes = round(wait.total_seconds() / 60)
        days, hours = minutes // 1440, minutes % 1440 // 60
        parts = [(days, "天", "day"), (hours, "小时", "hour")] if minutes >= 60 else [(minutes, "分钟", "minute")]
        told = " ".join(
            self.either(f"{count} {zh}", f"{count} {en}{'s' * (count != 1)}") for count, zh, en in parts if count
        )
        return told or self.either("不到 1 分钟", "less than a minute")


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
