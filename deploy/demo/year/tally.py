"""What the year came to under each regulation, counted as the facts pass."""

from collections import Counter
from typing import Any

from rich import box
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


def render(figures: dict[str, Any]) -> Table:
    """The regulations side by side."""
    table = Table(title="Under each regulation 各机制", box=box.SIMPLE, title_justify="left", title_style="bold")
    table.add_column("")
    for scheme in figures:
        table.add_column(scheme.replace("-", " "), justify="right", overflow="fold")
    for name in COLUMNS:
        table.add_row(name, *(str(of[name]) for of in figures.values()))
    rungs = (", ".join(f"{rung} {times}" for rung, times in of["climbed to"].items()) for of in figures.values())
    table.add_row("climbed to", *rungs)
    return table
