"""What every `ztc` command has in common: where it prints, its language, and how it says no."""

import os
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from libs.languages import Lang

console = Console(highlight=False)
errors = Console(stderr=True, soft_wrap=True, highlight=False)


def preferred() -> Lang:
    """The language that the environment asks for: Chinese, else English."""
    wanted = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return Lang.ZH if wanted.startswith("zh") else Lang.EN


LangOption = Annotated[Lang, typer.Option("--lang", help="zh or en.", default_factory=preferred, show_default="LANG")]


def refuse(sentence: str) -> NoReturn:
    """Ends the command with exit code 1 and a sentence that says what is wrong and what to do."""
    errors.print(Text.assemble(("✗ ", "red"), sentence))
    raise typer.Exit(1)
