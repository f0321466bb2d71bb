"""`ztc requirements`: the rows of the five regulations, and what proves or carries each.

The ledger is `tests/requirements.yaml`. A row that must run in the software (W) names tests and one mutation that turns
them red; a dated duty (C) names tests; organisational prose (O) may name the setting or document that carries it instead.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
LEDGER = ROOT / "tests/requirements.yaml"
STORY = "story:"
REGULATIONS = {
    "000": "县长服务企业接待日",
    "001": "潮州“直通车”",
    "002": "开化“企呼我应”",
    "003": "宿迁若干制度",
    "004": "千名干部联千企（项目）",
}


class Mutation(BaseModel):
    """A change by which the row's rule is broken: `old` stands once in `file` and becomes `new`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    old: str
    new: str


class Row(BaseModel):
    """`tests`: `tests/…/test_x.py::test_y`, or `story:` and the title of a timeline. `carried_by`: a setting, scheme word or
    document, as `path` or `path: what stands there`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Annotated[str, StringConstraints(pattern=r"^[WCO]([/+][WCO])?$")]
    zh: str
    tests: tuple[str, ...] = ()
    carried_by: tuple[str, ...] = ()
    mutation: Mutation | None = None

    @property
    def proven(self) -> bool:
        return bool(self.tests) or ("O" in self.type and bool(self.carried_by))


def read_ledger(file: Path = LEDGER) -> Mapping[str, Row]:
    """Every row by its number, such as `001-18`."""
    return TypeAdapter(dict[str, Row]).validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))


def problems(rows: Mapping[str, Row], root: Path = ROOT) -> Iterator[str]:
    """A sentence for each row that nobody proves or carries, or whose proof is not there."""
    for number, row in rows.items():
        if not row.proven:
            yield f"{number}: nobody proves it ({row.zh})"
        for test in row.tests:
            if not exists(test, root):
                yield f"{number}: there is no test {test}"
        for place in row.carried_by:
            path, _, words = place.partition(": ")
            if not (root / path).exists():
                yield f"{number}: there is no {path}"
            elif words and words not in (root / path).read_text(encoding="utf-8"):
                yield f"{number}: {path} does not say “{words}”"
        if "W" in row.type and row.mutation is None:
            yield f"{number}: names no mutation"
        if row.mutation and (times := (root / row.mutation.file).read_text("utf-8").count(row.mutation.old)) != 1:
            yield f"{number}: what its mutation changes stands {times} times in {row.mutation.file}, not once"


def exists(test: str, root: Path = ROOT) -> bool:
    """Whether such a test or story is written."""
    if test.startswith(STORY):
        return test.removeprefix(STORY) in _titles(root)
    path, _, name = test.partition("::")
    return (root / path).exists() and name in _functions(root / path)


def node_of(test: str) -> str:
    """The name under which pytest runs it."""
    if not test.startswith(STORY):
        return test
    title = test.removeprefix(STORY).encode("unicode_escape").decode()  # as pytest writes it
    return f"tests/schemes/test_timelines.py::test_what_the_article_says_happens_on_the_day_it_says[{title}]"


@cache
def _titles(root: Path) -> frozenset[str]:
    files = (root / "tests/schemes").glob("*.yaml")
    return frozenset(story["title"] for file in files for story in yaml.safe_load(file.read_text(encoding="utf-8")))


@cache
def _functions(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def requirements(
    regulation: Annotated[str | None, typer.Argument(help="only this one, such as 001")] = None,
    tests: Annotated[bool, typer.Option("--tests", help="name the tests of each row")] = False,
) -> None:
    """What the five regulations demand, row by row, and what proves it."""
    rows = read_ledger()
    out = Console()
    wrong = list(problems(rows))
    for number, title in REGULATIONS.items():
        mine = {id: row for id, row in rows.items() if id.startswith(number)}
        if regulation not in (None, number):
            continue
        table = Table(
            title=f"{number} {title}: {sum(r.proven for r in mine.values())} / {len(mine)}", title_justify="left"
        )
        for heading in ("条目 row", "类 type", "条文 phrase", "证明 proof", "突变 mutation"):
            table.add_column(heading, overflow="fold")
        for id, row in mine.items():
            proof = "\n".join((*row.tests, *row.carried_by)) if tests else _short(row)
            table.add_row(id, row.type, row.zh, proof, "✓" if row.mutation else "")
        out.print(table)
    out.print(f"{sum(row.proven for row in rows.values())} of {len(rows)} rows are proven or carried")
    for sentence in wrong:
        out.print(f"[red]✗[/red] {sentence}")
    raise typer.Exit(1 if wrong else 0)


def _short(row: Row) -> str:
    if row.tests:
        return f"{len(row.tests)} {'test' if len(row.tests) == 1 else 'tests'}"
    return row.carried_by[0].partition(":")[0] if row.carried_by else "[red]–[/red]"
