"""What the demo quarter came to, in figures: for people as tables, for tests as JSON."""

from collections import Counter
from typing import Any

from rich import box
from rich.columns import Columns
from rich.console import RenderableType
from rich.table import Table

from deploy.demo.outside import Facts
from deploy.system import Wave

Report = dict[str, Any]


def report(facts: Facts, wave: Wave, traces: dict[str, int], *, seed: int, seconds: float) -> Report:
    """The JSON of `--report`. For one seed everything but `traces.spans` and `seconds` is the same at every run."""
    types = facts.by_type
    finals = Counter(facts.finals.values())
    rated = facts.ratings
    return {
        "seed": seed,
        "appeals": dict(sorted(finals.items())),
        "facts": dict(sorted(types.items())),
        "clocks": {name: facts.clocks[name] for name in ("started", "met", "missed", "stopped")},
        "breaches": types["supervision.opened"],
        "letters": {name: types[f"letter.{name}"] for name in ("sent", "delivered", "failed")},
        "ratings": {
            "explicit": rated["satisfied"] + rated["dissatisfied"],
            "defaulted": rated["defaulted"],
            "dissatisfied": rated["dissatisfied"],
            "unrated": rated["unrated"],
        },
        "published": types["entry.published"],
        "traces": traces,
        "passed_twice": facts.duplicates,
        "duplicates": facts.duplicates + sum(figures["duplicates"] for figures in wave.figures.values()),
        "dead_letters": sum(figures["parked"] for figures in wave.figures.values()),
        "seconds": round(seconds, 1),
    }


FINALS = {
    "satisfied": "closed: satisfied 满意",
    "defaulted": "closed: no answer, counted as satisfied 默认满意",
    "unrated": "closed: the invitation reached nobody 未评价",
    "finally-decided": "closed: dissatisfied, finally decided 最后处理决定",
    "withdrawn": "withdrawn by the enterprise 撤回",
    "waiting for a session": "waits for a leader's reception day 待现场活动",
    "open": "still open",
}


def render(report: Report) -> RenderableType:
    """The summary that the demo ends with."""
    appeals = _table("Appeals 诉求", _worded(report["appeals"]))
    appeals.add_section()
    appeals.add_row("all", str(sum(report["appeals"].values())))
    rest = [
        # Most limits that pass end a right or a wait: to object, to rate. A breach is what the inspection office gets.
        _table("Limits 时限", report["clocks"] | {"breaches, supervised 督办": report["breaches"]}),
        _table("Letters 通知", report["letters"]),
        _table("Ratings 评价", report["ratings"]),
        _table(
            "The run",
            {
                "published in the ledger": report["published"],
                "traces of cases": report["traces"]["traces"],
                "spans": report["traces"]["spans"],
                "duplicates": report["duplicates"],
                "dead letters": report["dead_letters"],
                "seconds": report["seconds"],
            },
        ),
    ]
    return Columns([appeals, *rest])


def _worded(appeals: dict[str, int]) -> dict[str, int]:
    return {FINALS.get(state, state): count for state, count in appeals.items()}


def _table(title: str, rows: dict[str, Any]) -> Table:
    table = Table(title=title, box=box.SIMPLE, show_header=False, title_justify="left", title_style="bold")
    table.add_column()
    table.add_column(justify="right")
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table
