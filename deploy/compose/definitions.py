"""Writes what the broker is told to hold: `python -m deploy.compose.definitions --passwords FOLDER OUT`.

Vhosts, users, permissions, exchanges, queues and bindings follow from the catalogue and the directory, by
`deploy.topology`; nobody declares anything later. FOLDER has a file for each user, its password within; OUT holds
their salted hashes alone.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deploy.embedded.definitions import Permission, User
from deploy.topology import definitions
from libs.files import load_directory
from libs.policy.directory import Directory

ADMIN = "ztc-admin"
"""For people: the management page, a look at dead letters. No service knows its password."""


def broker_definitions(directory: Directory, passwords: Path) -> dict[str, Any]:
    """The content of a RabbitMQ definitions file. Raises `SystemExit` with a sentence when a password is missing."""

    def password(user: str) -> str:
        try:
            return (passwords / user).read_text().strip()
        except FileNotFoundError:
            raise SystemExit(
                f"{passwords} has no password for {user}: run `python -m deploy.compose.passwords`"
            ) from None

    what = definitions(directory, password=password)
    admin = User(name=ADMIN, password=SecretStr(password(ADMIN)), tags=("administrator",))
    everywhere = tuple(Permission(user=ADMIN, vhost=v, configure=".*", write=".*", read=".*") for v in what.vhosts)
    return what.model_copy(
        update={"users": (admin, *what.users), "permissions": (*everywhere, *what.permissions)}
    ).as_rabbitmq()


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m deploy.compose.definitions", description=__doc__)
    asked.formatter_class = argparse.RawDescriptionHelpFormatter
    asked.add_argument("--passwords", type=Path, required=True)
    asked.add_argument("--directory", type=Path, default=Path("deploy/directory/chaozhou.yaml"))
    asked.add_argument("out", type=Path)
    options = asked.parse_args()
    what = broker_definitions(load_directory(options.directory), options.passwords)
    # In one step: a broker that starts meanwhile reads the old file or the new one.
    fresh = options.out.with_name(options.out.name + ".new")
    fresh.write_text(json.dumps(what, indent=1))
    fresh.replace(options.out)
    print(f"{options.out}: {len(what['vhosts'])} vhosts, {len(what['users'])} users, {len(what['queues'])} queues")


if __name__ == "__main__":
    main()
