"""A case's whole path drawn across weeks of business time: what happened step by step, limits as bars with their due marks,
letters, and the services' work, of which what failed is red. Pure; `templates/operations/waterfall.html` draws it.

Places are percent of the width, so that one drawing fits every screen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from libs.policy.shanghai import local
from libs.wording import Words

Kind = Literal["step", "limit", "met", "late", "wait", "letter", "failed", "work", "error", "due"]

TICKS_AT_MOST = 8
STEPS = tuple(
    timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 48, 7 * 24, 14 * 24, 28 * 24, 91 * 24, 182 * 24, 364 * 24)
)
SHORTEST = timedelta(hours=1)
MARGIN = 0.02


@dataclass(frozen=True)
class Bar:
    """From one place to another, in percent."""

    x: float
    width: float
    kind: Kind


@dataclass(frozen=True)
class Mark:
    """A dot, or for `due` a line, at a place in percent; `says`: when and what."""

    x: float
    kind: Kind
    says: str


@dataclass(frozen=True)
class Row:
    """`detail`: what stands beside the label, smaller."""

    label: str
    detail: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Band:
    """Rows that belong together. `service`: whose work it is; "" for the other bands, which `name` names."""

    name: str
    rows: tuple[Row, ...]
    service: str = ""


@dataclass(frozen=True)
class Chart:
    """`ticks`: places with what they say; `now`: where the business instant is, None when it is not drawn."""

    ticks: tuple[tuple[float, str], ...]
    now: float | None
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Scale:
    """Business instants as percent between two of them."""

    first: datetime
    last: datetime

    @classmethod
    def over(cls, instants: Iterable[datetime]) -> "Scale":
        """With a little room before the first and after the last."""
        known = sorted(instants)
        length = max(known[-1] - known[0], SHORTEST)
        return cls(known[0] - length * MARGIN, known[0] + length * (1 + MARGIN))

    def at(self, instant: datetime) -> float:
        return round(100 * (instant - self.first) / (self.last - self.first), 2)

    def bar(self, since: datetime, until: datetime, kind: Kind) -> Bar:
        x = self.at(since)
        return Bar(x, round(max(self.at(until) - x, 0.3), 2), kind)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Round instants of China's time, a handful of them."""
        length = self.last - self.first
        step = next((step for step in STEPS if length / step <= TICKS_AT_MOST), STEPS[-1])
        midnight = local(self.first).replace(hour=0, minute=0, second=0, microsecond=0)
        if step >= timedelta(weeks=1):
            midnight -= timedelta(days=midnight.weekday())
        form = "%m-%d" if step >= timedelta(days=1) else "%m-%d %H:%M"
        found: list[tuple[float, str]] = []
        at = midnight
        while at <= self.last:
            if at >= self.first:
                found.append((self.at(at), f"{at:{form}}"))
            at += step
        return tuple(found)


def drawn(
    words: Words,
    now: datetime,
    *,
    steps: Sequence[tuple[datetime, str]],
    clocks: Sequence[Mapping[str, Any]],
    letters: Sequence[Mapping[str, Any]],
    spans: Sequence[Mapping[str, Any]],
) -> Chart | None:
    """The whole path; None where nothing of the case is known at any instant.

    `steps`: instants with their sentences; the others as deadline, notification and the trace receiver tell them.
    """
    instants = [
        *(at for at, _ in steps),
        *(_instant(clock[name]) for clock in clocks for name in ("started", "due", "stopped") if clock.get(name)),
        *(_instant(letter[name]) for letter in letters for name in _LETTER if letter.get(name)),
        *(_instant(span["business_time"]) for span in spans if span["business_time"]),
    ]
    if not instants:
        return None
    scale = Scale.over([*instants, *([now] if any(clock["status"] == "running" for clock in clocks) else [])])
    bands = (
        Band(words.either("经过", "What happened"), tuple(_steps(scale, steps, words))),
        Band(words.either("时限", "Limits"), tuple(_limit(scale, clock, words, now) for clock in clocks)),
        Band(words.either("通知", "Letters"), tuple(_letter(scale, letter, words) for letter in letters)),
        *_work(scale, spans, words),
    )
    here = scale.at(now)
    return Chart(scale.ticks(), here if 0 <= here <= 100 else None, tuple(band for band in bands if band.rows))


_LETTER = ("queued_at", "sent_at", "delivered_at")


def _steps(scale: Scale, steps: Sequence[tuple[datetime, str]], words: Words) -> Iterator[Row]:
    """Each with the wait that went before it, so that the longest wait is what meets the eye."""
    before: datetime | None = None
    for at, says in steps:
        waited = at - before if before else timedelta(0)
        bars = (scale.bar(before, at, "wait"),) if before and waited >= timedelta(minutes=1) else ()
        detail = words.moment(at) + (f" · +{words.length(waited)}" if bars else "")
        yield Row(says, detail, bars, (Mark(scale.at(at), "step", f"{words.moment(at)} {says}"),))
        before = at


def _limit(scale: Scale, clock: Mapping[str, Any], words: Words, now: datetime) -> Row:
    """What was used of the limit, and thinly what was or is left of it."""
    started = _instant(clock["started"])
    due = _instant(clock["due"]) if clock.get("due") else None
    stopped = _instant(clock["stopped"]) if clock.get("stopped") else None
    is_late = bool(clock.get("missed")) or (due is not None and stopped is None and due <= now)
    end = stopped or (max(now, started) if clock["status"] in ("running", "paused") else due) or started
    kind: Kind = "late" if is_late else "met" if stopped else "limit"
    who = f" · {words.name('unit', clock['unit'])}" if clock.get("unit") else ""
    marks: list[Mark] = []
    if due is not None:
        says = f"{words.either('截止', 'due')} {words.until(due)}"
        marks.append(Mark(scale.at(due), "due", says))
    detail = words.name("status", clock["status"]) + (f" · {marks[0].says}" if marks else "")
    bars = [scale.bar(started, end, kind)]
    if due is not None and end < due and kind != "late":
        bars.append(scale.bar(end, due, "wait"))
    return Row(words.name("clock", clock["clock"]) + who, detail, tuple(bars), tuple(marks))


def _letter(scale: Scale, letter: Mapping[str, Any], words: Words) -> Row:
    at = [_instant(letter[name]) for name in _LETTER if letter.get(name)]
    failed = letter["status"] in ("failed", "refused")
    status = words.name("status", letter["status"])
    to = words.name("unit", letter["unit"]) if letter.get("unit") else words.name("audience", letter["audience"])
    way = f" · {words.name('way', letter['way'])}" if letter.get("way") else ""
    kind: Kind = "failed" if failed else "letter"
    bars = (scale.bar(at[0], at[-1], "wait"),) if at and at[-1] > at[0] else ()
    marks = tuple(Mark(scale.at(instant), kind, f"{words.moment(instant)} {status}") for instant in at[-1:])
    return Row(f"{words.name('template', letter['template'])} → {to}", f"{status}{way}", bars, marks)


def _work(scale: Scale, spans: Sequence[Mapping[str, Any]], words: Words) -> Iterator[Band]:
    """A band for each service, a row for each kind of step, a dot for each time; what failed is red and on top."""
    known = [span for span in spans if span["business_time"]]
    for service in dict.fromkeys(span["service"] for span in known):
        mine = [span for span in known if span["service"] == service]
        rows: list[Row] = []
        for name in dict.fromkeys(span["name"] for span in mine):
            same = sorted((span for span in mine if span["name"] == name), key=lambda span: bool(span["error_type"]))
            errors = sum(bool(span["error_type"]) for span in same)
            total = sum(milliseconds(span) for span in same)
            failed = words.either(f" · {errors} 次失败", f" · {errors} failed") if errors else ""
            rows.append(Row(name, f"{len(same)} × · {total:.0f} ms{failed}", (), tuple(_dots(scale, same, words))))
        yield Band(service, tuple(rows), service)


def _dots(scale: Scale, spans: Iterable[Mapping[str, Any]], words: Words) -> Iterator[Mark]:
    for span in spans:
        at = _instant(span["business_time"])
        error = span["error_type"]
        says = f"{words.moment(at)} · {milliseconds(span):.1f} ms" + (f" · {error}" if error else "")
        yield Mark(scale.at(at), "error" if error else "work", says)


def milliseconds(span: Mapping[str, Any]) -> float:
    """How long a span took, of the machine's time."""
    return (span["end_ns"] - span["start_ns"]) / 1e6


def _instant(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
