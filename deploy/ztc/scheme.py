"""`ztc scheme`: can a regulation's file be used, and what does it say?"""

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.ztc.console import Lang, LangOption, console, errors
from libs.policy.period import Period
from libs.policy.scheme import Scheme, SchemeError, Wording, parse_scheme

app = typer.Typer(help="Regulations as data.", no_args_is_help=True)


@app.callback()
def group() -> None:
    pass


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Scheme files (YAML).")], lang: LangOption
) -> None:
    """Read each file as the services would: OK with a summary, or a sentence for every problem and exit code 1."""
    problems: list[str] = []
    for file in files:
        try:
            scheme = parse_scheme(file.read_text(encoding="utf-8"), source=str(file))
        except (SchemeError, UnicodeDecodeError) as error:
            problems += str(error).splitlines()
        except OSError as error:
            problems.append(f"{file}: {error.strerror}")
        else:
            console.print(Text.assemble(("OK ", "green"), f"{file}: {scheme.ref}  {scheme.hash}"), soft_wrap=True)
            console.print(summary(scheme, lang))
    for problem in problems:
        errors.print(Text.assemble(("✗ ", "red"), problem))
    if problems:
        raise typer.Exit(1)


def summary(scheme: Scheme, lang: Lang) -> RenderableType:
    """What a scheme says, with the article that each part rests on."""

    def said(wording: Wording) -> str:
        return getattr(wording, lang)

    def counted(text: str) -> str:
        period = Period.parse(text)
        return period.zh if lang is Lang.ZH else period.en

    def bare(event: str) -> str:
        return event.removesuffix(".v1")

    clocks = _table("clocks", "clock", "within", "from", "until", "missed", "law")
    for name, clock in scheme.clocks.items():
        until = ", ".join(map(bare, clock.until))
        clocks.add_row(name, counted(clock.within), bare(clock.from_), until, ", ".join(clock.missed), clock.law)
    ladder = _table("ladder", "rung", "name", "holder", "up", "law")
    for rung in scheme.ladder:
        up = f"{rung.up or '–'}{' (reviewed)' if rung.review else ''}"
        ladder.add_row(rung.rung, said(rung), rung.holder, up, rung.law)
    channels = _table("channels", "channel", "name", "kind", "law")
    for name, channel in scheme.channels.items():
        channels.add_row(name, said(channel), channel.kind, channel.law)
    letters = _table("letters", "template", "to", "after", "by", "law")
    for letter in scheme.letters:
        letters.add_row(letter.template, letter.to, bare(letter.after), ", ".join(letter.by), letter.law)
    law = f"{said(scheme.title)}\n{scheme.law.name} {scheme.law.number}, {scheme.law.issued}"
    return Group(Text(law), clocks, ladder, channels, letters)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
