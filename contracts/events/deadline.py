"""What deadline says: limits and duties."""

from datetime import date
from typing import Literal

from contracts.events.base import CalendarVersion, CaseEvent, Event, PeriodKey, Subject
from contracts.record import Code, DutyNumber, Instant, Party, ServedNumber


class ClockEvent(CaseEvent):
    """A fact about one clock (时限) of a case: `of` is what it runs for (a hand-over, or "" for the whole case),
    `unit` who answers for it, `subject` both names together."""

    clock: Code
    of: Subject = ""
    unit: Party | None = None


class ClockSet(ClockEvent):
    """A fact that says when a limit is due. `calendar` is the version of the calendar it was counted by,
    `provisional` that a notice still to come may move it."""

    due: Instant
    provisional: bool
    calendar: CalendarVersion = ""


class ClockStarted(ClockSet):
    """A limit began to run; of one that is started again, the last start counts."""

    type: Literal["clock.started.v1"] = "clock.started.v1"


class ClockPaused(ClockEvent):
    """A limit stood still."""

    type: Literal["clock.paused.v1"] = "clock.paused.v1"


class ClockResumed(ClockSet):
    """A limit ran on, due later by what the pause lasted."""

    type: Literal["clock.resumed.v1"] = "clock.resumed.v1"


class ClockWarned(ClockEvent):
    """A limit will be due soon (预警)."""

    type: Literal["clock.warned.v1"] = "clock.warned.v1"
    due: Instant


class ClockMissed(ClockEvent):
    """A limit passed without what it waits for (超期)."""

    type: Literal["clock.missed.v1"] = "clock.missed.v1"
    due: Instant


class ClockStopped(ClockEvent):
    """A limit ended: met in time, met late, or void because the case went another way.

    Said again when an act that arrived late changes the outcome: the last one said holds.
    """

    type: Literal["clock.stopped.v1"] = "clock.stopped.v1"
    outcome: Literal["met", "late", "void"]
    due: Instant | None = None


class ClockRecomputed(ClockSet):
    """A new calendar moved a due time, or made a provisional one certain."""

    type: Literal["clock.recomputed.v1"] = "clock.recomputed.v1"
    was: Instant


class ClockRang(ClockEvent):
    """The instant came that something was set for; nobody is late (such as a window that opens)."""

    type: Literal["clock.rang.v1"] = "clock.rang.v1"
    due: Instant


class ClockMeasured(ClockEvent):
    """What the text wants promptly, without a number, took so many seconds (立即、及时): kept, never missed."""

    type: Literal["clock.measured.v1"] = "clock.measured.v1"
    since: Instant
    seconds: int


class SessionProposed(CaseEvent):
    """By the calendar a session of this kind is to be held on this day; a person confirms it."""

    type: Literal["session.proposed.v1"] = "session.proposed.v1"
    kind: Code
    period: PeriodKey
    held_on: date
    provisional: bool


class DutyEvent(Event):
    """A fact about one occurrence of a duty: whose, for which period, due on which last day. `about`: the period that it
    reports on; `served`: the enterprise or project that it is owed to."""

    duty: Code
    occurrence: DutyNumber
    period: PeriodKey
    unit: Party
    served: ServedNumber | None = None
    due_on: date

    @property
    def key(self) -> str:
        return self.occurrence


class DutyOpened(DutyEvent):
    """A period began in which the duty must be done."""

    type: Literal["duty.opened.v1"] = "duty.opened.v1"


class DutyReminded(DutyEvent):
    """The duty is due soon and not done."""

    type: Literal["duty.reminded.v1"] = "duty.reminded.v1"


class DutyMet(DutyEvent):
    """The duty was done, with evidence; `late` when its day had passed."""

    type: Literal["duty.met.v1"] = "duty.met.v1"
    late: bool


class DutyMissed(DutyEvent):
    """The duty's last day passed and nothing was done."""

    type: Literal["duty.missed.v1"] = "duty.missed.v1"
