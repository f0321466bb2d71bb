"""`ztc up`: the whole system on this machine, on the real clock, until Ctrl-C. Its data is kept."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from contracts.catalogue import Service
from deploy.embedded.install import CannotInstall
from deploy.embedded.processes import DidNotStart, FolderInUse
from deploy.system import System
from deploy.ztc.console import console, refuse
from deploy.ztc.ending import Interrupted, run

WATCH_SECONDS = 1.0
PAGES_PORT = 8100


app = typer.Typer()


@app.command()
def up(
    folder: Annotated[Path, typer.Option(help="Where everything is kept.", file_okay=False)] = Path(".ztc/up"),
    port: Annotated[int, typer.Option(help="Where the pages answer; another one if it is taken.")] = PAGES_PORT,
) -> None:
    """Start everything on the real clock; Ctrl-C stops it, the data stays."""
    try:
        run(_up(folder, port))
    except CannotInstall as error:
        console.print(str(error))
        raise typer.Exit(3) from None
    except (DidNotStart, FolderInUse) as error:
        refuse(str(error))
    except Interrupted:
        console.print("stopped; the data is kept in", str(folder))


async def _up(folder: Path, port: int) -> None:
    settings: dict[Service, dict[str, str]] = {
        "notification": {
            "sms_provider": "log",
            "sms_log": str(folder.absolute() / "sms.jsonl"),
            "smtp_host": "127.0.0.1",
            "smtp_port": "25",
            "smtp_tls": "none",
            "smtp_from": "zhitongche@localhost.localdomain",
        }
    }
    async with System(folder, settings=settings, progress=console.print, portal=port) as system:
        console.print(f"Pages: {system.address}")
        console.print("Services:")
        for service in system.ports:
            console.print(f"  {service:<13} http://127.0.0.1:{system.ports[service]}")
        console.print(f"Parties' AMQP addresses: {folder}/parties.json   Ctrl-C stops everything.")
        system.write_parties()
        await _keep_alive(system)


async def _keep_alive(system: System) -> None:
    """A service that ended is started again, more slowly each time it ends soon."""
    pause = dict.fromkeys(system.processes, 1.0)
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        for name in await system.restart_ended(pause):
            console.print(f"{name} had ended and was started again; see {system.folder}/logs/{name}.log")
