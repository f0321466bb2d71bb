"""Reception sessions as a scheme words them (接待日、座谈、会办会): how often, who chairs, what a session owes.

Their limits are clocks of the scheme that run on `session.*` events; this says what kind of meeting it is.
"""

from typing import Literal, Self

from pydantic import model_validator

from contracts.record import Code
from libs.policy.recurring import Every
from libs.policy.words import Law, PeriodText, Wording


class SessionRule(Wording):
    """A kind of session. `proposed`: the day that the calendar proposes within a period of `every`, put off to a working day;
    None where the office picks it. `every` is None where it is held as needed. `window`: appeals come in by issues
    (期), between the clocks `window-opening` and `window-closing`. `agenda`: items are chosen, and a leader approves
    them. `opinions`: no item closes without an explicit opinion, gathered in an approved document. `commitments`: units
    publish who does what by when. `nominations`: who may propose a guest."""

    every: Every | None = None
    times: int = 1
    proposed: PeriodText | None = None
    places: tuple[Literal["hall", "enterprise"], ...] = ("hall",)
    chair: tuple[Code, ...] = ()
    """Ranks of leaders of the directory, in the order of the rota; empty: whoever calls it."""
    window: bool = False
    agenda: bool = True
    opinions: bool = True
    limits: bool = False
    """A decision names the last day of carrying it out (限期办理)."""
    commitments: bool = False
    minutes: bool = True
    theme: bool = False
    """One theme each time (一次一主题)."""
    nominations: tuple[Literal["self", "unit"], ...] = ()
    law: Law

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.proposed is not None and self.every is None:
            raise ValueError("a day is proposed within a period, so `proposed` needs `every`")
        if self.opinions and not self.agenda:
            raise ValueError("opinions are given on the items of an agenda, so `opinions` needs `agenda`")
        return self
