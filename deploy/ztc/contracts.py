"""`ztc contracts`: are the contracts complete, up to date, and as they were promised?"""

from typing import Annotated

import typer
from rich.console import Console

from contracts import generate as generated
from contracts.asyncapi import Broker
from libs.topology import VHOST, queues
from services.gateway.topology import vhost as party_vhost

app = typer.Typer(help="The contracts: events, messages, schemas and the AsyncAPI document.", no_args_is_help=True)
console = Console(highlight=False)
BROKER = Broker(VHOST, queues(), party_vhost("{party}"))


@app.command("generate")
def write() -> None:
    """Write contracts/schemas and contracts/asyncapi.yaml anew from the models."""
    changed = generated.write(BROKER)
    for path in changed:
        console.print(f"[green]written[/] contracts/{path}", soft_wrap=True)
    console.print("The generated files are up to date." if not changed else f"{len(changed)} files changed.")


@app.command()
def check(
    base: Annotated[
        str | None,
        typer.Option(
            help="What was promised: a git reference, or a folder like contracts/. "
            "Else the newest release; before the first one, the last commit."
        ),
    ] = None,
) -> None:
    """Stale files, orphans, broken promises: a sentence for each, and exit code 1."""
    # Comparing schemas needs libraries that only developers install.
    from contracts.compat import broken_promises
    from contracts.orphans import orphans_today
    from contracts.promised import NoBase, default_base, promised

    examples = generated.examples()
    try:
        base = base or default_base()
        before = promised(base)
    except NoBase as error:
        console.print(f"[red]✗[/] {error}", soft_wrap=True)
        raise typer.Exit(1) from None
    kept = f"what was promised at {base} is kept" if before else "nothing has been promised yet"
    findings = {
        "the generated files say what the models say": [
            f"contracts/{path}: not what the models say now. Run `ztc contracts generate`."
            for path in generated.stale(BROKER)
        ],
        "everything is said, heard, described and shown, and no fact can hold words": orphans_today(examples),
        kept: broken_promises(before, generated.schemas() | examples),
    }
    for title, sentences in findings.items():
        console.print(f"[red]✗[/] not so: {title}" if sentences else f"[green]✓[/] {title}", soft_wrap=True)
        for sentence in sentences:
            console.print(f"  {sentence}", markup=False, soft_wrap=True)
    if findings[kept] and base == "HEAD":
        console.print("  Measured against the last commit: before the first release, what you commit is the promise.")
    if any(findings.values()):
        raise typer.Exit(1)
