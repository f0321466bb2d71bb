"""Makes every password of a deployment: `python -m deploy.compose.passwords FOLDER`.

FOLDER is what docker-compose.yml calls ZTC_SECRETS. What is there is kept: run it again when the directory gained a
party. Only the folder itself keeps other users of the machine out; the files within are readable, because each
container mounts its own part and reads it as a user of its own.

    amqp/<user>                 the broker's users: services, parties, the administrator
    mongo/keyfile, mongo/root   the store's own; mongo/users/<service>: one user for each database
    services/<service>/ztc_*    what the service's settings read, named as they are
"""

import argparse
import base64
import secrets
from pathlib import Path

from contracts.catalogue import PROCESSES
from deploy.compose.definitions import ADMIN
from deploy.topology import definitions
from libs.files import load_directory
from libs.policy.directory import Directory
from libs.topology import VHOST

BROKER = "rabbitmq:5672"
STORE = "mongo:27017"
REPLICA_SET = "rs0"


def make(folder: Path, directory: Directory) -> None:
    """Everything that docker-compose.yml reads from the folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for user in broker_users(directory):
        kept(folder / "amqp" / user, secrets.token_urlsafe(24))
    # A key file holds base64 only, so no URL-safe letters.
    kept(folder / "mongo" / "keyfile", base64.b64encode(secrets.token_bytes(384)).decode())
    kept(folder / "mongo" / "root", secrets.token_urlsafe(24))
    token_secret = kept(folder / "token_secret", secrets.token_urlsafe(48))
    for service in PROCESSES:
        broker = (folder / "amqp" / service).read_text()
        store = kept(folder / "mongo" / "users" / service, secrets.token_urlsafe(24))
        follows_from = {
            "ztc_amqp_url": f"amqp://{service}:{broker}@{BROKER}/{VHOST}",
            "ztc_mongo_url": f"mongodb://{service}:{store}@{STORE}/{service}"
            f"?replicaSet={REPLICA_SET}&authSource={service}",
            "ztc_token_secret": token_secret,
        }
        for name, text in follows_from.items():
            write(folder / "services" / service / name, text)


def broker_users(directory: Directory) -> list[str]:
    """Every user of the broker: those of its definitions, and the administrator."""
    users: list[str] = [ADMIN]

    def named(user: str) -> str:
        users.append(user)
        return ""

    definitions(directory, password=named)
    return users


def kept(file: Path, fresh: str) -> str:
    """What the file holds; `fresh`, written into it, where there is none yet."""
    if not file.exists():
        write(file, fresh)
    return file.read_text()


def write(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_text(text)
    file.chmod(0o444)


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m deploy.compose.passwords", description=__doc__)
    asked.formatter_class = argparse.RawDescriptionHelpFormatter
    asked.add_argument("folder", type=Path)
    asked.add_argument("--directory", type=Path, default=Path("deploy/directory/chaozhou.yaml"))
    options = asked.parse_args()
    make(options.folder, load_directory(options.directory))
    print(f"{options.folder} holds every password; give each party the one in {options.folder}/amqp/<party>")


if __name__ == "__main__":
    main()
