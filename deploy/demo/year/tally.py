"""What the year came to under each regulation, counted as the facts pass."""

from collections import Counter
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from deploy.demo.year.diary import Fact

COUNTED = {
    "appeal.filed": "appeals",
    "session.held": "sessions held",
    "case.decided": "decisions",
    "commitment.published": "commitments published",
    "supervision.ordered": "supervision orders",
    "inspection.opened": "inspection files",
    "rectification.listed": "listed rectifications",
    "case.transferred": "handed to another level",
    "case.rung_vacant": "vacant rungs",
    "visit.logged": "visits",
    "accountability.recorded": "called to account",
    "case.called_back": "call-backs",
    "publication.published": "publications",
    "summary.published": "monthly columns",
}
COLUMNS = (
    "appeals", "sessions held", "decisions", "commitments published", "commitments late", "duties met", "duties late",
    "duties missed", "supervision orders", "inspection files", "listed rectifications", "handed to another level",
    "rated explicitly", "rated by default", "unrated",
)  # fmt: skip


class Tally:
    """`of`: by scheme, then by what is counted."""

    def __init__(self) -> None:
        self.of: dict[str, Counter[str]] = {}
        self.climbed: dict[str, Counter[str]] = {}
        self.duties: dict[str, Counter[str]] = {}

    def passes(self, fact: Fact) -> None:
        kind = fact["type"].removesuffix(".v1")
        scheme = str(fact.get("scheme", "")).partition("@")[0]
        mine = self.of.setdefault(scheme, Counter())
        if kind in COUNTED:
            mine[COUNTED[kind]] += 1
        match kind:
            case "case.climbed":
                self.climbed.setdefault(scheme, Counter())[fact["rung_to"]] += 1
            case "duty.met":
                mine["duties late" if fact["late"] else "duties met"] += 1
                self.duties.setdefault(f"{scheme}/{fact['duty']}", Counter())["late" if fact["late"] else "met"] += 1
            case "duty.missed":
                mine["duties missed"] += 1
                self.duties.setdefault(f"{scheme}/{fact['duty']}", Counter())["missed"] += 1
            case "case.rated":
                word = {"defaulted": "rated by default", "unrated": "unrated"}.get(fact["rating"], "rated explicitly")
                mine[word] += 1
            case "clock.missed" if fact["clock"] == "commitment":
                mine["commitments late"] += 1
            case _:
                pass

    def figures(self) -> dict[str, Any]:
        """By scheme, for the report's JSON."""
        return {
            scheme: {
                **{name: counts[name] for name in sorted({*COLUMNS, *COUNTED.values()})},
                "climbed to": dict(sorted(self.climbed.get(scheme, Counter()).items())),
            }
            for scheme, counts in sorted(self.of.items())
        }

    def kept(self) -> dict[str, dict[str, int]]:
        """How often each duty (`scheme/duty`) was met, met late, or missed."""
        return {duty: dict(sorted(times.items())) for duty, times in sorted(self.duties.items())}


HEADINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "What was done 办理": (
        ("appeals", "appeals"), ("sessions held", "held"), ("decisions", "decided"),
        ("commitments published", "promised"), ("commitments late", "late"), ("supervision orders", "orders"),
        ("inspection files", "files"), ("listed rectifications", "listed"),
    ),
    "Duties and ratings 责任与评价": (
        ("duties met", "met"), ("duties late", "late"), ("duties missed", "missed"),
        ("rated explicitly", "rated"), ("rated by default", "default"), ("unrated", "unrated"),
        ("handed to another level", "up/down"),
    ),
}  # fmt: skip


def render(figures: dict[str, Any]) -> RenderableType:
    """The regulations below each other, and what climbed where."""
    tables: list[RenderableType] = []
    for title, columns in HEADINGS.items():
        table = _table(title)
        for _, heading in columns:
            table.add_column(heading, justify="right")
        for scheme, of in figures.items():
            table.add_row(scheme, *(str(of[name]) for name, _ in columns))
        tables.append(table)
    climbed = _table("Climbed to 上升至")
    climbed.add_column("")
    for scheme, of in figures.items():
        climbed.add_row(scheme, ", ".join(f"{rung} {times}" for rung, times in of["climbed to"].items()))
    return Group(*tables, climbed)


def _table(title: str) -> Table:
    table = Table(
        title=title, box=box.SIMPLE, title_justify="left", title_style="bold", padding=(0, 1, 0, 0), pad_edge=False
    )
    table.add_column("", no_wrap=True)
    return table
