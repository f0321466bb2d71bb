"""`ztc account`: who may sign in at the pages. The first administrator is made here; the pages make the others."""

import os
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from deploy.ztc.console import console, refuse
from deploy.ztc.running import FolderOption, NotRunning, Running, chosen, detail_of
from libs.identity import Caller, Tokens

app = typer.Typer(help="Accounts of the pages: add, list, close, new password.", no_args_is_help=True)

PortalOption = Annotated[
    str, typer.Option(help="The portal's address, where it does not run on this machine; its secret is then read from "
                           "the file that --secret-file names.")
]  # fmt: skip
SecretOption = Annotated[Path | None, typer.Option(help="The file that holds the deployment's signing secret.")]
Name = Annotated[str, typer.Argument(help="The account's name: a-z, 0-9, dots and dashes.")]


@app.command()
def add(
    name: Name,
    role: Annotated[list[str], typer.Option(help="A role; again for each further one.")],
    person: Annotated[str, typer.Option(help="The person's name.", prompt=True)],
    unit: Annotated[str | None, typer.Option(help="The unit for which the person acts.")] = None,
    jurisdiction: Annotated[str, typer.Option(help="Where the person is responsible: chaozhou.")] = "",
    portal: PortalOption = "",
    secret_file: SecretOption = None,
    folder: FolderOption = None,
) -> None:
    """Add an account; its first password is asked for, and changed by the person at the first sign-in."""
    body = {
        "account": name,
        "person": person,
        "roles": role,
        "unit": unit,
        "jurisdiction": jurisdiction,
        "password": _password(),
    }
    made = _ask(folder, portal, secret_file, "POST", "", body)
    console.print(f"{made['account']} ({made['person']}) may sign in as {', '.join(made['roles'])}")


@app.command("list")
def show(portal: PortalOption = "", secret_file: SecretOption = None, folder: FolderOption = None) -> None:
    """Every account, its roles and whether it is closed."""
    table = Table("account", "person", "roles", "unit", "jurisdiction", "second factor", "")
    for one in _ask(folder, portal, secret_file, "GET", ""):
        roles, factor = ", ".join(one["roles"]), "yes" if one["second_factor"] else "no"
        note = "closed" if one["disabled"] else ""
        table.add_row(one["account"], one["person"], roles, one["unit"] or "", one["jurisdiction"], factor, note)
    console.print(table)


@app.command()
def password(
    name: Name, portal: PortalOption = "", secret_file: SecretOption = None, folder: FolderOption = None
) -> None:
    """A new password for somebody who lost theirs, to be changed at the next sign-in; it ends a lock."""
    _ask(folder, portal, secret_file, "POST", f"/{name}/password", {"password": _password()})
    console.print(f"{name} has a new password and is signed out everywhere")


@app.command()
def close(name: Name, portal: PortalOption = "", secret_file: SecretOption = None, folder: FolderOption = None) -> None:
    """Nobody signs in with this account any more, and who is signed in with it is signed out."""
    _ask(folder, portal, secret_file, "POST", f"/{name}", {"disabled": True})
    console.print(f"{name} is closed")


@app.command()
def reopen(
    name: Name, portal: PortalOption = "", secret_file: SecretOption = None, folder: FolderOption = None
) -> None:
    """A closed account may be used again."""
    _ask(folder, portal, secret_file, "POST", f"/{name}", {"disabled": False})
    console.print(f"{name} may be used again")


@app.command("forget-factor")
def forget_factor(
    name: Name, portal: PortalOption = "", secret_file: SecretOption = None, folder: FolderOption = None
) -> None:
    """For a lost telephone: the next sign-in takes on another second factor."""
    _ask(folder, portal, secret_file, "POST", f"/{name}/second-factor/removal", {})
    console.print(f"{name} takes on another second factor at the next sign-in")


def _password() -> str:
    return typer.prompt("Password", hide_input=True, confirmation_prompt=True)


def _ask(folder: Path | None, portal: str, secret_file: Path | None, method: str, path: str, body: Any = None) -> Any:
    try:
        url, secret = _where(folder, portal, secret_file)
        # Who sits at the machine is named in the account's history.
        caller = Caller(subject=f"ztc-{os.environ.get('USER', 'somebody')}", roles=frozenset({"administrator"}))
        headers = {"authorization": f"Bearer {Tokens(secret).sign(caller)}"}
        answer = httpx.request(
            method, f"{url}/api/accounts{path}", json=body, headers=headers, timeout=15, trust_env=False
        )
    except NotRunning as error:
        refuse(str(error))
    except httpx.TransportError:
        refuse("the portal does not answer; see whether it runs")
    except (OSError, ValueError) as error:
        refuse(f"the signing secret cannot be used: {error}")
    if answer.is_error:
        refuse(detail_of(answer))
    return answer.json()


def _where(folder: Path | None, portal: str, secret_file: Path | None) -> tuple[str, str]:
    if portal:
        if secret_file is None:
            refuse("--portal needs --secret-file")
        return portal.rstrip("/"), secret_file.read_text().strip()
    running = Running.at(chosen(folder))
    if "portal" not in running.urls:
        raise NotRunning("no portal runs in this system")
    return running.urls["portal"], running.token_secret_file.read_text()
