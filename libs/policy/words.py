"""The small words that every part of a scheme is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from contracts.catalogue import CATALOGUE
from libs.policy.period import Period


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
"""The article that a word rests on; `§3.n` cites a decision taken where the text is silent (DECISIONS.md)."""


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wording(Part):
    zh: str
    en: str
