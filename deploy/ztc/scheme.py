"""`ztc scheme`: can a regulation's file be used, and what does it say?"""

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.ztc.console import LangOption, console, errors
from libs.files import load_schemes
from libs.frozen import freeze
from libs.languages import Lang
from libs.policy.amendment import changes
from libs.policy.period import Period
from libs.policy.scheme import AS_DECIDED, Scheme, SchemeError, Wording, parse_scheme

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


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The version that was in force.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The version that amends it.")],
    lang: LangOption,
) -> None:
    """What an amendment changes, article by article, in Chinese and English."""
    try:
        before, after = (parse_scheme(file.read_text(encoding="utf-8"), source=str(file)) for file in (old, new))
        found = changes(before, after)
    except (ValueError, OSError) as error:
        errors.print(Text.assemble(("✗ ", "red"), str(error)))
        raise typer.Exit(1) from None
    console.print(f"{getattr(after.title, lang)}: {before.in_force.from_} → {after.in_force.from_}", soft_wrap=True)
    for article in dict.fromkeys(change.article for change in found):
        console.print(Text(article, style="bold"), soft_wrap=True)
        for change in found:
            if change.article == article:
                console.print(Text(f"  {change.zh}\n  {change.en}"), soft_wrap=True)
    if not found:
        console.print("无变化 / no difference")


@app.command("freeze")
def freeze_command(
    folder: Annotated[Path, typer.Argument(help="The folder of scheme files.")] = Path("deploy/schemes"),
) -> None:
    """From now on these files stay as they are: a change is refused when they are loaded; amendments are new files."""
    try:
        load_schemes(folder)
        added = freeze(folder)
    except (ValueError, OSError) as error:
        for problem in str(error).splitlines():
            errors.print(Text.assemble(("✗ ", "red"), problem))
        raise typer.Exit(1) from None
    for name in added:
        console.print(Text.assemble(("frozen ", "green"), name), soft_wrap=True)
    if not added:
        console.print("all were frozen before")


def summary(scheme: Scheme, lang: Lang) -> RenderableType:
    """What a scheme says, with the article that each part rests on."""

    def said(wording: Wording) -> str:
        return getattr(wording, lang)

    def counted(within: str | dict[str, str] | None) -> str:
        if within is None:
            return "测定" if lang is Lang.ZH else "measured"
        if isinstance(within, dict):
            return "; ".join(f"{name}: {counted(text)}" for name, text in within.items())
        if within == AS_DECIDED:
            return "按决定" if lang is Lang.ZH else within
        period = Period.parse(within)
        return period.zh if lang is Lang.ZH else period.en

    def bare(event: str) -> str:
        return event.removesuffix(".v1")

    clocks = _table("clocks", "clock", "within", "from", "until", "missed", "law")
    for name, clock in scheme.clocks.items():
        until = ", ".join(map(bare, clock.until))
        clocks.add_row(
            name, counted(clock.within), ", ".join(map(bare, clock.from_)), until, ", ".join(clock.missed), clock.law
        )
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
