"""Puts the one-machine servers in place: RabbitMQ from the distribution, the store with this program's own wheel."""

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RABBITMQ = Path("/usr/lib/rabbitmq")
# The first with dead-lettering at least once, which every queue here relies on.
RABBITMQ_OLDEST = (3, 10)
STORE_VERSION = "0.6.0b17"

# One script, so that the policy file goes even when we are interrupted or killed: then the shell still ends by itself.
INSTALL = """
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\\nexit 101\\n' > "$policy"
    chmod 755 "$policy"
fi
apt-get update --quiet
apt-get install --yes --quiet --no-install-recommends rabbitmq-server
if command -v systemctl > /dev/null; then
    systemctl disable rabbitmq-server.service
else
    update-rc.d rabbitmq-server disable
fi
"""


class CannotInstall(RuntimeError):
    """A server is missing and may not be installed from here; the text says what to install and how."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of this machine."""

    rabbitmq: tuple[int, ...] | None
    store: str | None
    root: bool
    sudo: bool
    apt: bool


def plan(facts: Facts) -> list[str] | None:
    """The command that installs what is missing, None when nothing is; raises CannotInstall when it takes a person."""
    if facts.store != STORE_VERSION:
        found = f"version {facts.store} is installed" if facts.store else "it is missing"
        raise CannotInstall(
            f"The store is secantusdb {STORE_VERSION}, but {found}. Install it with"
            " `uv sync --extra embedded`, or with `pip install 'zhitongche[embedded]'`."
        )
    oldest = ".".join(map(str, RABBITMQ_OLDEST))
    if facts.rabbitmq is not None:
        if facts.rabbitmq < RABBITMQ_OLDEST:
            raise CannotInstall(
                f"RabbitMQ {'.'.join(map(str, facts.rabbitmq))} is installed, {oldest} or later is needed."
                " Install a later one as https://www.rabbitmq.com/docs/install-debian says."
            )
        return None
    if not facts.apt:
        raise CannotInstall(
            f"RabbitMQ is missing and this system has no apt-get. Install RabbitMQ {oldest} or later so that"
            f" {RABBITMQ}/bin/rabbitmq-server exists, or use servers of your own as docker-compose.yml has them."
        )
    if facts.root:
        return ["sh", "-c", INSTALL]
    if facts.sudo:
        return ["sudo", "-n", "sh", "-c", INSTALL]
    raise CannotInstall(
        "RabbitMQ is missing and this account may not install it. Ask an administrator to run"
        " `sudo apt-get install --no-install-recommends rabbitmq-server` and then"
        " `sudo systemctl disable --now rabbitmq-server`, and start again: a private node needs the package only."
    )


def ensure_installed(progress: Callable[[str], None]) -> None:
    """Installs RabbitMQ where it is missing and may be installed, its autostart suppressed; else CannotInstall."""
    command = plan(facts())
    if command is None:
        return
    progress("Installing RabbitMQ from this system's packages; this happens once and may take a minute.")
    # A file, not a pipe, and a group of its own: neither our end nor Ctrl-C may stop a package manager halfway.
    with tempfile.TemporaryFile("w+") as output:
        script = subprocess.Popen(
            command, process_group=0, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            script.wait()
        except KeyboardInterrupt:
            progress("Waiting for the package manager to finish, so that it is left in order.")
            script.wait()
            raise
        output.seek(0)
        last_words = "".join(output.readlines()[-5:])
    if script.returncode != 0:
        raise CannotInstall(
            f"Installing RabbitMQ did not succeed. Run `sudo apt-get install rabbitmq-server` by hand.\n{last_words}"
        )
    plan(facts())
    progress("RabbitMQ is installed. It was not started and does not start with the machine.")


def facts() -> Facts:
    """Looks at this machine."""
    return Facts(
        rabbitmq=_rabbitmq_version(),
        store=_store_version(),
        root=os.geteuid() == 0,
        sudo=shutil.which("sudo") is not None
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0,
        apt=shutil.which("apt-get") is not None,
    )


def _rabbitmq_version() -> tuple[int, ...] | None:
    script = RABBITMQ / "bin" / "rabbitmq-server"
    if not script.exists():
        return None
    found = re.search(r"rabbitmq_server-(\d+)\.(\d+)\.(\d+)", str(script.resolve()))
    return tuple(map(int, found.groups())) if found else None


def _store_version() -> str | None:
    try:
        found = version("secantusdb")
    except PackageNotFoundError:
        return None
    return found if (Path(sysconfig.get_path("scripts")) / "secantusd-rs").exists() else None
