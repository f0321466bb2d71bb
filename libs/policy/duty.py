"""Duties as a scheme words them: what somebody owes how often, or by which day, with what as evidence. Pure; days are
Asia/Shanghai's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.catalogue import CATALOGUE
from contracts.record import Code
from libs.policy.calendar import Calendar
from libs.policy.counting import Days, Hours, NaturalDays, WorkingDays
from libs.policy.period import Period
from libs.policy.recurring import Every, Turn, turn_of, turns_beginning
from libs.policy.shanghai import midnight
from libs.policy.words import EventName, Law, PeriodText, Wording

EACH_UNIT = "each-unit"
EACH_SERVED = "each-served"

Evidence = Literal["document", "list", "record", "plan", "ledger", "circular", "visit", "contact"]

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Term:
    """One time that a duty comes round: its period, the period that it reports on, and the first and last day of its
    own. A duty that comes once has the day by which it is due for a period, and opens when its scheme comes into force."""

    period: str
    about: str
    first: date
    last: date


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
    evidence: tuple[Evidence, ...] = ("document",)
    remind: tuple[PeriodText, ...] = ()
    public: bool = False
    unstated: bool = False
    law: Law

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.every is None) == (self.once is None):
            raise ValueError("say either how it comes round (`every`) or its one day (`once`)")
        if self.once is not None and (self.due is not None or self.about == "last"):
            raise ValueError("what comes `once` is due on that day and reports on no earlier period")
        if self.due is not None and not isinstance(Period.parse(self.due).counted, Days):
            raise ValueError(f"due: {self.due!r} names no day")
        for text in self.remind:
            if not isinstance(Period.parse(text).counted, Hours | NaturalDays | WorkingDays):
                raise ValueError(f"remind: {text!r} has no length, so nobody can be reminded that long before")
        for event in self.met_by:
            if "deadline" not in CATALOGUE[event].consumers:
                raise ValueError(
                    f"met_by: {event} is not heard by whoever watches over duties (contracts/catalogue.py)"
                )
        return self

    def terms(self, since: date, first: date, last: date) -> Iterator[Term]:
        """All that begin on a day from first to last; `since`: when the scheme came into force."""
        if self.every is None:
            if first <= since <= last:
                yield self._once(since)
        else:
            yield from (self._term(turn) for turn in turns_beginning(self.every, first, last))

    def term_on(self, since: date, day: date) -> Term:
        """The one in whose period the day lies."""
        return self._once(since) if self.every is None else self._term(turn_of(self.every, day))

    def terms_shown_by(self, since: date, day: date, month: str | None, calendar: Calendar) -> list[Term]:
        """Those that a fact of this day is evidence for: the one that reports on the `month` that the fact names; else
        the one whose period it falls in, or, where the due day comes after the period, the one that is due next."""
        if self.every is None:
            return [self._once(since)]
        here = turn_of(self.every, day)
        near = [here.before.before, here.before, here, here.after]
        if month is not None and self.every == "month":
            there = turn_of("month", date.fromisoformat(f"{month}-01"))
            return [self._term(there.after if self.about == "last" else there)]
        return [self._term(turn) for turn in near if self._shows(turn, day, calendar)]

    def _shows(self, turn: Turn, day: date, calendar: Calendar) -> bool:
        due, last = self.days(self._term(turn), calendar)
        if due <= turn.last:
            return day in turn
        return self.days(self._term(turn.before), calendar)[1] < day <= last

    def days(self, term: Term, calendar: Calendar) -> tuple[date, date]:
        """The day that the text names, and the last one on which it is not missed: what is owed inside the house is put
        off to the next working day, a promise to the public is not (§3.12)."""
        counted = Period.parse(self.due).counted if self.due is not None else None
        due = counted.last_day(term.first, calendar) if isinstance(counted, Days) else term.last
        return due, due if self.public else calendar.working_day_from(due)

    def reminders(self, term: Term, calendar: Calendar) -> list[datetime]:
        """When the unit is reminded, the earliest first: as the text says, and at 0:00 of the working day before a due
        day that is a day off (§3.12)."""
        due, last = self.days(term, calendar)
        instants = {Period.parse(text).warn_at(midnight(last + _DAY), calendar) for text in self.remind}
        if not calendar.is_working_day(due):
            instants.add(midnight(calendar.previous_working_day(due)))
        return sorted(instants)

    def _term(self, turn: Turn) -> Term:
        about = turn.before.key if self.about == "last" else turn.key
        return Term(turn.key, about, turn.first, turn.last)

    def _once(self, since: date) -> Term:
        assert self.once is not None
        return Term(self.once.isoformat(), self.once.isoformat(), since, self.once)
