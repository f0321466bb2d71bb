"""`ztc`: one command for whoever runs the system. What a command needs is imported when it is called."""

from importlib import import_module
from importlib.metadata import version as installed_version
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "up": "Start the whole system on this machine.",
    "demo": "Live through a quarter of a demo city, or with --year a year under all the regulations.",
    "case": "The story of one case: what happened, its limits, its letters and its trace.",
    "account": "Accounts of the pages: add, list, close, new password.",
    "dead": "Messages that services could not take: list, show, replay.",
    "scheme": "Regulations as data: check their files, compare two versions, freeze them.",
    "calendar": "Working days: see them, check them, import a State Council notice.",
    "requirements": "What the five regulations demand, row by row, and what proves it.",
    "contracts": "The contracts: are they complete, up to date, and as they were promised?",
}
"""Each is the `app` of the module of that name beside this one, or, being one command, its function of that name."""


class Mounted(TyperGroup):
    """Knows its commands by name and sentence; the module of one is imported when that one is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=help) for name, help in COMMANDS.items()} | dict(self.commands)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] in COMMANDS:
            return args[0], _imported(args[0]), args[1:]
        return super().resolve_command(ctx, args)


def _imported(command: str) -> Any:
    module = import_module(f"deploy.ztc.{command}")
    if (group := getattr(module, "app", None)) is None:
        group = typer.Typer(pretty_exceptions_show_locals=False)
        group.command(name=command)(getattr(module, command))
    return typer.main.get_command(group)


app = typer.Typer(
    cls=Mounted,
    help="直通车 Zhitongche: hears enterprises' appeals and keeps every limit.",
    no_args_is_help=True,
    # A traceback must not show what variables held.
    pretty_exceptions_show_locals=False,
)


@app.callback()
def group() -> None:
    pass


@app.command()
def version() -> None:
    """The version installed."""
    typer.echo(installed_version("zhitongche"))


if __name__ == "__main__":
    app()
