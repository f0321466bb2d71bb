"""What a scheme says of the time after the answer: ratings, call-backs, oversight, accountability."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.record import Code
from libs.policy.words import Law, Part, PeriodText, Wording

Consequence = Literal["final-decision", "inspection-file", "call-back", "rework", "correction"]


class Scale(Wording):
    """A word of the rating scale, and what it counts as."""

    counts_as: Literal["satisfied", "dissatisfied"]


class CallBack(Part):
    """Who was answered is asked how the matter stands. `when`: after each answer, or after a bad word only."""

    by: tuple[Literal["phone", "on-site"], ...] = Field(min_length=1)
    when: Literal["answered", "dissatisfied"]
    closes: bool = False
    """A call-back that finds the matter solved closes the case (where nothing is rated)."""
    solver: bool = False
    """The unit that answered calls back itself (谁解决问题，谁回访); else the office or the hotline does."""
    law: Law


class Rating(Part):
    """How the enterprise judges, and what a 不满意 leads to. `scale`: finer words than the two. `ways`: how it may tap.
    `rework_rounds`: how often a bad word or a call-back reopens the case."""

    levels: tuple[Literal["satisfied", "dissatisfied"], ...] = ()
    scale: dict[Code, Scale] = {}
    ways: tuple[Literal["sms-link", "qr", "window-device", "hotline", "web"], ...] = ("sms-link",)
    after_dissatisfied: tuple[Consequence, ...] = ()
    rework_rounds: int = 0
    call_back: CallBack | None = None
    law: Law

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not self.levels and not (self.call_back and self.call_back.closes and self.call_back.when == "answered"):
            raise ValueError("nothing would ever close a case: neither a rating nor a call-back after the answer")
        if "call-back" in self.after_dissatisfied and self.call_back is None:
            raise ValueError("call_back: say by which ways who was dissatisfied is called back")
        if "rework" in self.after_dissatisfied and not self.rework_rounds:
            raise ValueError("rework_rounds: say how often a case may be reworked")
        return self


class Repeats(Part):
    """The same matter of the same enterprise, so often within so many natural days, counts as repeated (§3.15)."""

    times: int = Field(ge=2)
    days: int = Field(ge=1)
    law: Law


class Recurring(Part):
    """Like matters of so many enterprises within so many natural days are told early (举一反三)."""

    enterprises: int = Field(ge=2)
    days: int = Field(ge=1)
    law: Law


class Accountable(Wording):
    """A trigger of accountability. `measures`: alternatives, one of which is chosen as the case requires.
    `needs`: facts or findings that must be on record first. `by`: the roles that may decide. `refers`: it ends with the
    referral to the discipline authority; only one trigger of a scheme may."""

    measures: tuple[Code, ...] = ()
    needs: tuple[Literal["repeated", "climbed", "grave-effect", "suspected-violation", "missed"], ...] = ()
    """`repeated` or `climbed`: one of the two is enough."""
    by: tuple[Literal["leader", "inspector", "office", "discipline", "conduct"], ...] = ("leader",)
    refers: bool = False
    law: Law


class Stage(Part):
    """From one day to another, both included."""

    from_: date = Field(alias="from")
    to: date

    def has(self, day: date) -> bool:
        return self.from_ <= day <= self.to


class Rectification(Part):
    """What may be listed for rectification (挂牌整改): matters that are unresolved, repeated, or slow. `stage`: the days
    on which it may be (None: on any)."""

    candidates: tuple[Literal["unresolved", "repeated", "slow"], ...] = Field(min_length=1)
    stage: Stage | None = None
    law: Law


class Sampling(Part):
    """A share of the closed cases (in per cent, at least one) is looked at again (回头看)."""

    percent: int = Field(ge=1, le=100)
    law: Law


class Oversight(Part):
    """What the inspection office may do. `orders`: it orders units to act by a day (督办单)."""

    orders: Law | None = None
    sampling: Sampling | None = None
    rectification: Rectification | None = None
    accountability: dict[Code, Accountable] = {}
    measures: dict[Code, Wording] = {}
    reports: dict[Literal["retaliation", "conduct"], Law] = {}

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for trigger, rule in self.accountability.items():
            if unknown := set(rule.measures) - self.measures.keys():
                raise ValueError(f"accountability.{trigger}.measures: {sorted(unknown)} are not among the measures")
            if not rule.measures and not rule.refers:
                raise ValueError(f"accountability.{trigger}: it leads to nothing; name measures, or say that it refers")
        if sum(rule.refers for rule in self.accountability.values()) > 1:
            raise ValueError("accountability: only one trigger may lead to the discipline authority")
        return self


class Extension(Part):
    """More time (§3.11): for these clocks, asked for so long before the due time, `times` at most, at most the original
    length."""

    clocks: tuple[Code, ...]
    before: PeriodText
    times: int = Field(ge=1)
    law: Law
