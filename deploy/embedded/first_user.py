"""Writes the store's administrator into its data folder while no daemon runs: `python first_user.py <data folder>`.

The daemon has no exception for the first user: with --auth nobody may make one, without it everybody may. So the
first one is made where nobody can connect at all. Reads {"user": ..., "password": ...} from its input. It uses the
wheel's inner interface, hence the exact pin of secantusdb; in a process of its own for the engine's memory.
"""

import json
import sys

import bson
from _secantus_storage import RustStorage  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType]
from secantus.auth import derive_credentials

MECHANISM = "SCRAM-SHA-256"

asked = json.load(sys.stdin)
credentials = derive_credentials(asked["password"], mechanism=MECHANISM, username=asked["user"])
record = {
    "_id": f"admin.{asked['user']}",
    "user": asked["user"],
    "db": "admin",
    "credentials": credentials.to_doc(),
    "roles": [{"role": "root", "db": "admin"}],
    "mechanisms": [MECHANISM],
}
storage = RustStorage.open_with_config(sys.argv[1], "log=(enabled)")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
written = storage.add_user("admin", asked["user"], bson.encode(record), False)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
# Closing is what flushes.
del storage
sys.exit(0 if written else "the store has an administrator already")
