"""The story of one case: what the services and the trace tell about it, put together and drawn. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from contracts.catalogue import CATALOGUE
from deploy.traces import Span
from deploy.ztc.waterfall import render_trace
from libs.languages import Lang
from libs.policy.directory import Directory
from libs.policy.scheme import Scheme
from libs.wording import Words

IN_THE_TABLES = frozenset(
    f"{name}.v1"
    for name in (
        "clock.started", "clock.paused", "clock.resumed", "clock.recomputed", "clock.stopped",
        "clock.measured", "letter.sent", "letter.delivered",
    )
)  # fmt: skip
"""Events of which the tables of limits and letters tell more than a line of the story would."""

COLOURS = {
    "met": "green", "delivered": "green", "sent": "green", "running": "cyan", "queued": "cyan", "sending": "cyan",
    "paused": "yellow", "rang": "cyan", "late": "red", "missed": "bold red", "failed": "bold red", "refused": "bold red",
    "void": "dim", "expired": "dim", "needless": "dim",
}  # fmt: skip


class Answer(BaseModel):
    """What a service answered, as far as the story needs it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Step(Answer):
    at: datetime
    id: str
    what: str
    unit: str | None = None
    outcome: str | None = None


class Appeal(Answer):
    """intake's `GET /appeals/{case}`."""

    stage: str
    scheme: str
    channel: str
    filed_at: datetime
    steps: tuple[Step, ...]


class Clock(Answer):
    """One of deadline's `GET /cases/{case}/clocks`. What the text wants promptly, without a number, has no `due`; how
    long it took is told in `seconds`."""

    clock: str
    unit: str | None
    started: datetime
    due: datetime | None = None
    provisional: bool = False
    status: str
    stopped: datetime | None = None
    seconds: int | None = None
    within: dict[str, str] | None = None


class Letter(Answer):
    """One of notification's `GET /cases/{case}/letters`."""

    template: str
    audience: str
    unit: str | None
    status: str
    way: str
    queued_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None

    @property
    def at(self) -> datetime:
        return self.delivered_at or self.sent_at or self.queued_at


@dataclass(frozen=True)
class Told:
    """One event of the story; `codes`: what else it says, by field."""

    at: datetime
    type: str
    codes: Mapping[str, str]


@dataclass(frozen=True)
class CaseStory:
    """Everything known about one case. `appeal` is None when only the trace is left."""

    case: str
    appeal: Appeal | None
    clocks: tuple[Clock, ...]
    letters: tuple[Letter, ...]
    spans: tuple[Span, ...]
    scheme: Scheme | None
    directory: Directory

    @classmethod
    def of(
        cls,
        case: str,
        *,
        spans: Iterable[Span],
        schemes: Mapping[str, Scheme],
        directory: Directory,
        appeal: Mapping[str, Any] | None = None,
        clocks: Iterable[Mapping[str, Any]] = (),
        letters: Iterable[Mapping[str, Any]] = (),
    ) -> Self:
        """From the services' JSON. Raises `pydantic.ValidationError` when that is not what they answer."""
        spans = tuple(spans)
        known = Appeal.model_validate(appeal) if appeal is not None else None
        ref = known.scheme if known else next((s.attributes["scheme"] for s in spans if "scheme" in s.attributes), "")
        return cls(
            case=case,
            appeal=known,
            clocks=tuple(sorted(map(Clock.model_validate, clocks), key=lambda clock: clock.started)),
            letters=tuple(sorted(map(Letter.model_validate, letters), key=lambda letter: letter.at)),
            spans=spans,
            scheme=schemes.get(ref),
            directory=directory,
        )

    def told(self) -> list[Told]:
        """What happened, in the order of business time; at one instant, in the order in which it was said."""
        said = {span.attributes["messaging.message.id"]: span for span in self.spans if _said(span)}
        facts = {id: (span.start_ns, _from_span(span)) for id, span in said.items()}
        for step in self.appeal.steps if self.appeal else ():
            facts.setdefault(step.id, (0, self._from_step(step)))
        return [fact for _, fact in sorted(facts.values(), key=lambda pair: (pair[1].at, pair[0]))]

    def _from_step(self, step: Step) -> Told:
        codes = {"unit": step.unit, "outcome": step.outcome, "rating": step.outcome, "reason": step.outcome}
        if step.what == "appeal.filed.v1" and self.appeal:
            codes["channel"] = self.appeal.channel
        return Told(step.at, step.what, {field: code for field, code in codes.items() if code is not None})


def _said(span: Span) -> bool:
    return span.kind == "producer" and bool(span.business_time) and _type_of(span) in CATALOGUE


def _type_of(span: Span) -> str:
    return span.name.removeprefix("publish ")


def _from_span(span: Span) -> Told:
    # A truth value reads as in the files of schemes.
    codes = {
        name.removeprefix("fact."): str(code).lower() if isinstance(code, bool) else str(code)
        for name, code in span.attributes.items()
        if name.startswith("fact.")
    }
    return Told(datetime.fromisoformat(span.business_time), _type_of(span), codes)


# Drawing --------------------------------------------------------------------------------------------------------------


def render_case(story: CaseStory, lang: Lang = Lang.ZH, *, trace: bool = True) -> RenderableType:
    """The whole story, for a terminal; `trace`: with the waterfall of its spans."""
    words = Words(lang, story.scheme, story.directory)
    parts: list[RenderableType] = [_header(story, words), _events(story, words)]
    if story.clocks:
        parts.append(_clocks(story.clocks, words))
    if story.letters:
        parts.append(_letters(story.letters, words))
    if trace and story.spans:
        parts.append(render_trace(story.spans, words))
    return Group(*parts)


def _header(story: CaseStory, words: Words) -> Panel:
    lines = Table.grid(padding=(0, 2))
    if story.scheme:
        law = f"{getattr(story.scheme.title, words.lang)}  {story.scheme.law.number}"
        lines.add_row(Text(words.either("依据", "under"), "dim"), law)
    if story.appeal:
        lines.add_row(Text(words.either("渠道", "through"), "dim"), words.name("channel", story.appeal.channel))
        lines.add_row(Text(words.either("收件", "received"), "dim"), words.moment(story.appeal.filed_at))
        lines.add_row(Text(words.either("现状", "stage"), "dim"), Text(words.name("stage", story.appeal.stage), "bold"))
    title = Text.assemble((words.either("诉求 ", "Appeal "), ""), (story.case, "bold"))
    return Panel(lines, title=title, title_align="left", box=box.ROUNDED, expand=False)


def _events(story: CaseStory, words: Words) -> Table:
    table = _table(words.either("经过", "What happened"))
    table.add_column(words.either("时间", "when"), no_wrap=True, style="dim")
    table.add_column(words.either("事项", "what"), ratio=1)
    for fact in story.told():
        if fact.type not in IN_THE_TABLES:
            style = "red" if _is_alarm(fact, story.scheme) else ""
            table.add_row(words.moment(fact.at), Text(words.sentence(fact.type, fact.codes), style))
    return table


def _is_alarm(fact: Told, scheme: Scheme | None) -> bool:
    if fact.type == "clock.missed.v1":
        return _is_duty(fact.codes.get("clock", ""), scheme)
    return fact.type in ("letter.failed.v1", "letter.refused.v1", "case.rung_vacant.v1")


def _is_duty(clock: str, scheme: Scheme | None) -> bool:
    """Whether missing it is a fault. Other limits end a right or a wait, which is nobody's fault."""
    return scheme is None or clock not in scheme.clocks or "supervise" in scheme.clocks[clock].missed


def _clocks(clocks: Iterable[Clock], words: Words) -> Table:
    table = _table(words.either("时限", "Limits"))
    for zh, en in (("时限", "limit"), ("责任单位", "unit"), ("规定", "within"), ("到期", "due"), ("结果", "outcome")):
        table.add_column(words.either(zh, en))
    for clock in clocks:
        status = _status(clock, words.scheme)
        table.add_row(
            words.name("clock", clock.clock),
            words.name("unit", clock.unit) if clock.unit else "",
            clock.within[words.lang] if clock.within else words.either("未定天数", "no number given"),
            _due(clock, words),
            Text(_outcome(clock, status, words), COLOURS.get(status, "")),
        )
    return table


def _status(clock: Clock, scheme: Scheme | None) -> str:
    ran_out = clock.status in ("late", "missed")
    return "expired" if ran_out and not _is_duty(clock.clock, scheme) else clock.status


def _due(clock: Clock, words: Words) -> str:
    if clock.due is None:
        return ""
    return words.until(clock.due) + (words.either("（暂定）", " (provisional)") if clock.provisional else "")


def _outcome(clock: Clock, status: str, words: Words) -> str:
    if clock.seconds is not None:
        took = words.name("seconds", str(clock.seconds))
        return words.either(f"用时 {took}", f"took {took}")
    return words.name("status", status) + (f" {words.moment(clock.stopped)}" if clock.stopped else "")


def _letters(letters: Iterable[Letter], words: Words) -> Table:
    table = _table(words.either("通知", "Letters"))
    for zh, en in (("通知", "letter"), ("对象", "to"), ("方式", "by"), ("状态", "status"), ("时间", "when")):
        table.add_column(words.either(zh, en))
    for letter in letters:
        table.add_row(
            words.name("template", letter.template),
            words.name("unit", letter.unit) if letter.unit else words.name("audience", letter.audience),
            words.name("way", letter.way),
            Text(words.name("status", letter.status), COLOURS.get(letter.status, "")),
            words.moment(letter.at),
        )
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
