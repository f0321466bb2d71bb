"""What a scheme wants read, by whom, after whose approval."""

from typing import Literal

from pydantic import Field

from contracts.record import Code
from libs.policy.recurring import Every
from libs.policy.words import Law, Part, PeriodText, Wording

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


class Publication(Part):
    """When a month's summary (column) is drafted, for when approval is asked, and by when it must stand before the
    public; `fields`: all that the public reads of a case, with the columns' names; `minimum_sample`: explicit ratings
    below which no unit is ranked."""

    drafted: PeriodText
    published: PeriodText
    minimum_sample: int = Field(ge=1)
    fields: dict[PublicField, Wording] = Field(min_length=1)
    law: Law


class PublicationKind(Wording):
    """A circular, list, case library, report or announcement. `for_public`: else it is read inside. `sources`: figures
    that are filled in when it is drafted."""

    form: Literal["circular", "positive-list", "negative-list", "typical-case", "report", "announcement", "trend"]
    every: Every | None = None
    for_public: bool = False
    figures: tuple[Literal["rates", "scores", "duties", "corrections", "missed", "recurring", "commitments"], ...] = ()
    law: Law


class Score(Part):
    """The weights of a score in per cent: the enterprise's rating first, the others beside it."""

    enterprise: int = Field(ge=1, le=100)
    office: int = Field(ge=0, le=100)
    third_party: int = Field(ge=0, le=100)
    law: Law


class Targets(Part):
    """Lines that rates are compared with, in per cent."""

    resolved: int = Field(ge=1, le=100)
    satisfied: int = Field(ge=1, le=100)
    law: Law


Publications = dict[Code, PublicationKind]
