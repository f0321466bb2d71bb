"""A case's trace as a waterfall: real milliseconds within one business instant, the long waits between them as lines."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.traces import Span
from libs.wording import Words

SAME_INSTANT = timedelta(minutes=1)
BAR_CHARS = 20
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")


@dataclass(frozen=True)
class Instant:
    """Spans that belong to one business instant, in the order in which they began; `at` None while none is known."""

    at: datetime | None
    spans: tuple[Span, ...]


def instants(spans: Iterable[Span]) -> list[Instant]:
    """The spans by business instant, those that name none with those that began before them. What lies less than a
    minute after an instant belongs to it."""
    groups: list[tuple[datetime | None, list[Span]]] = []
    for span in sorted(spans, key=lambda span: span.start_ns):
        at = datetime.fromisoformat(span.business_time) if span.business_time else None
        begun = groups[-1][0] if groups else None
        if groups and (at is None or (begun is not None and at - begun < SAME_INSTANT)):
            groups[-1][1].append(span)
        else:
            groups.append((at, [span]))
    return [Instant(at, tuple(group)) for at, group in groups]


def in_tree_order(spans: Sequence[Span]) -> list[tuple[int, Span]]:
    """Each span with its depth, children under their parent; what has no parent among them stands at depth 0."""
    here = {span.span_id for span in spans}
    children: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        children[span.parent_id if span.parent_id in here else ""].append(span)

    def below(parent: str, depth: int) -> Iterator[tuple[int, Span]]:
        for child in children[parent]:
            yield depth, child
            yield from below(child.span_id, depth + 1)

    return list(below("", 0))


def render_trace(spans: Sequence[Span], words: Words) -> RenderableType:
    """The waterfall of one case's spans."""
    services = list(dict.fromkeys(span.service for span in spans))
    colours = {service: _COLOURS[n % len(_COLOURS)] for n, service in enumerate(services)}
    groups = instants(spans)
    title = words.either(
        f"链路 {spans[0].trace_id}：{len(services)} 个服务，{len(spans)} 段",
        f"Trace {spans[0].trace_id}: {len(services)} services, {len(spans)} spans",
    )
    parts: list[RenderableType] = [Text(title, "bold")]
    before: datetime | None = None
    for group in groups:
        parts.append(Rule(_heading(group.at, before, words), align="left", style="dim"))
        parts.append(_bars(group.spans, colours))
        before = group.at or before
    return Group(*parts)


def _heading(at: datetime | None, before: datetime | None, words: Words) -> Text:
    if at is None:
        return Text(words.either("时间不详", "at no known time"), "dim")
    waited = f"  +{words.length(at - before)}" if before else ""
    return Text.assemble((words.moment(at), "bold"), (waited, "yellow"))


def _bars(spans: Sequence[Span], colours: dict[str, str]) -> Table:
    first = min(span.start_ns for span in spans)
    whole = max(max(span.end_ns for span in spans) - first, 1)
    table = Table.grid(padding=(0, 1))
    table.add_column(width=max(map(len, colours)), no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(width=10, justify="right", no_wrap=True)
    table.add_column(width=BAR_CHARS, no_wrap=True)
    table.expand = True
    for depth, span in in_tree_order(spans):
        name = Text("  " * depth + span.name, "red" if span.error_type else "")
        if span.error_type:
            name.append(f"  ✗ {span.error_type}")
        start = min(BAR_CHARS * (span.start_ns - first) // whole, BAR_CHARS - 1)
        length = max(1, min(BAR_CHARS * (span.end_ns - span.start_ns) // whole, BAR_CHARS - start))
        bar = Text(" " * start + "━" * length, colours[span.service])
        table.add_row(Text(span.service, colours[span.service]), name, f"{span.milliseconds:.1f} ms", bar)
    return table
