"""`ztc dead`: what services could not take. It asks each service's own routes, as the ops pages do: a service that does
not run cannot be asked, and its messages wait."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from rich import box
from rich.table import Table

from contracts.catalogue import SERVICES, Service
from deploy.ztc.console import console, refuse
from deploy.ztc.running import FolderOption, NoAnswer, NotRunning, Running, chosen
from libs.policy.shanghai import local

T = TypeVar("T")
Rows = list[dict[str, Any]]
Parked = dict[Service, dict[str, Any]]
Asking = Callable[..., Any]
"""`ask(service, path, body=None)`: what the service answers; with a body it is a POST."""

NOBODY = "no parked message is called {id}; `ztc dead list` shows them all"

app = typer.Typer(help="Messages that services could not take: list, show, replay, discard.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="As `ztc dead list` shows it.")]


@app.command("list")
def list_(folder: FolderOption = None) -> None:
    """How many messages are parked at each service, and which."""
    found = _with_services(_parked, folder)
    console.print("   ".join(f"{service} {parked['count']}" for service, parked in found.items()))
    rows = [{"service": service} | letter for service, parked in found.items() for letter in parked["letters"]]
    if rows:
        console.print(_table(rows, "service", "id", "type", "case", "reason", "parked_at", "attempts"))


@app.command()
def show(id: Id, folder: FolderOption = None) -> None:
    """One parked message: where, why, and what it says. Facts hold no words of an appeal and nobody's data."""

    def look(ask: Asking) -> dict[str, Any]:
        service = _holder(ask, id)
        return {"service": service} | ask(service, f"/dead/{id}")

    letter = _with_services(look, folder)
    for name in ("service", "id", "type", "case", "reason", "parked_at", "attempts", "traceparent"):
        console.print(f"{name:12} {_shown(name, letter[name])}", markup=False, soft_wrap=True)
    if letter["says"] is None:
        console.print(f"{'says':12} {letter['size']} bytes that are no fact of the catalogue", markup=False)
    else:
        console.print_json(json.dumps(letter["says"]))


@app.command("replay")
def replay_(
    id: Annotated[str | None, typer.Argument(help="One message, as `ztc dead list` shows it.")] = None,
    all_of: Annotated[str | None, typer.Option("--all", metavar="SERVICE", help="All of one service's.")] = None,
    type: Annotated[str | None, typer.Option(help="With --all: those of one event type alone.")] = None,
    folder: FolderOption = None,
) -> None:
    """Hand parked messages to their service once more; they come to it two seconds later."""
    if (id is None) == (all_of is None) or (type is not None and all_of is None):
        refuse("name one message, or all of a service with --all SERVICE")
    if all_of is not None and all_of not in SERVICES:
        refuse(f"there is no service {all_of!r}; there are {', '.join(SERVICES)}")

    def hand_over(ask: Asking) -> dict[str, Any]:
        if id is None:
            return ask(all_of, "/dead/replay", {"type": type})
        return ask(_holder(ask, id), f"/dead/{id}/replay", {})

    done = _with_services(hand_over, folder)
    console.print(f"{done['replayed']} replayed")
    if kept := done.get("kept"):
        refuse("; ".join(f"{letter['id']}: {letter['detail']}" for letter in kept))


@app.command()
def discard(
    id: Id,
    reason: Annotated[str, typer.Option(help="Why nobody needs it any more; kept with who discarded it and when.")],
    folder: FolderOption = None,
) -> None:
    """Take one parked message away for good."""
    _with_services(lambda ask: ask(_holder(ask, id), f"/dead/{id}/discard", {"reason": reason}), folder)
    console.print("1 discarded")


@app.command()
def discarded(folder: FolderOption = None) -> None:
    """What was discarded: by whom, when and why."""

    def look(ask: Asking) -> Rows:
        return [{"service": service} | row for service in SERVICES for row in ask(service, "/dead/discarded")]

    console.print(_table(_with_services(look, folder), "service", "id", "type", "case", "by", "at", "why"))


# The services ---------------------------------------------------------------------------------------------------------


def _parked(ask: Asking) -> Parked:
    return {service: ask(service, "/dead?limit=1000") for service in SERVICES}


def _holder(ask: Asking, id: str) -> Service:
    """In whose queue it is."""
    holders: list[Service] = [
        service for service, parked in _parked(ask).items() if any(letter["id"] == id for letter in parked["letters"])
    ]
    return holders[0] if holders else refuse(NOBODY.format(id=id))


def _with_services(work: Callable[[Asking], T], folder: FolderOption) -> T:
    try:
        running = Running.at(chosen(folder))
        with running.asking() as http:
            return work(lambda service, path, body=None: running.ask(http, service, path, body=body))
    except (NotRunning, NoAnswer) as error:
        refuse(str(error))


def _shown(name: str, value: Any) -> str:
    if name in ("parked_at", "at") and value:
        return f"{local(datetime.fromisoformat(value)):%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


def _table(rows: Rows, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_shown(column, row[column]) for column in columns))
    return table
