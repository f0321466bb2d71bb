"""Writes the store's administrator into its data folder while no daemon runs: `python first_user.py <data folder>`.

The daemon has no exception for the first user: with --auth nobody may make one, without it everybody may. So the
first one is made where nobody can connect at all. Reads {"user": ..., "password": ...} from its input. It uses the
wheel's inner interface, hence the exact pin of secantusdb; in a process of its own for the engine's memory.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys

import bson
from _secantus_storage import RustStorage

MECHANISM = "SCRAM-SHA-256"
ITERATIONS = 15_000


def credentials(password: str) -> dict[str, object]:
    """RFC 5802's stored and server key; the password is ASCII, so SASLprep would change nothing."""
    salt = secrets.token_bytes(28)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return {
        "iterationCount": ITERATIONS,
        "salt": base64.b64encode(salt).decode(),
        "storedKey": base64.b64encode(stored).decode(),
        "serverKey": base64.b64encode(server).decode(),
    }


asked = json.load(sys.stdin)
record = {
    "_id": f"admin.{asked['user']}",
    "user": asked["user"],
    "db": "admin",
    "credentials": {MECHANISM: credentials(asked["password"])},
    "roles": [{"role": "root", "db": "admin"}],
    "mechanisms": [MECHANISM],
}
storage = RustStorage.open_with_config(sys.argv[1], "log=(enabled)")
written = storage.add_user("admin", asked["user"], bson.encode(record), False)
# Closing is what flushes.
del storage
sys.exit(0 if written else "the store has an administrator already")
