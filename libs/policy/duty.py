"""Duties as a scheme words them: what somebody owes how often, or by which day, with what as evidence."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.record import Code
from libs.policy.recurring import Every
from libs.policy.words import EventName, Law, PeriodText, Wording


class DutyRule(Wording):
    """`who`: an audience of the directory, `each-unit` (every department and county of the scheme's jurisdiction: one
    occurrence each), or `each-served` (whoever serves an enterprise or project: one occurrence for each of them).
    `every` or `once`: how it comes round. `due`: the last day, counted from the period's first; None: its last day.
    `about: last`: it reports on the period before. `met_by`: facts that are evidence by themselves; else evidence is
    handed in. `remind`: how long before its due day. `public`: a promise to the public, which is never put off
    (§3.12). `unstated`: the text names no period, so that this one is ours (`law` says so)."""

    who: Code
    every: Every | None = None
    once: date | None = None
    due: PeriodText | None = None
    about: Literal["this", "last"] = "this"
    at_least: int = Field(default=1, ge=1)
    met_by: dict[EventName, dict[str, tuple[str, ...]]] = {}
    evidence: tuple[Literal["document", "list", "record", "plan", "ledger", "circular", "visit", "contact"], ...] = (
        "document",
    )
    remind: tuple[PeriodText, ...] = ()
    public: bool = False
    unstated: bool = False
    law: Law

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.every is None) == (self.once is None):
            raise ValueError("say either how it comes round (`every`) or its one day (`once`)")
        return self
