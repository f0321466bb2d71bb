"""What a RabbitMQ broker is told to hold: virtual hosts, users, permissions and, where wanted, topology."""

import base64
import hashlib
import secrets
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

# RabbitMQ 3.10 puts a user's name unescaped into the regular expression of a topic permission.
UserName = Annotated[str, Field(pattern=r"^[a-z0-9_-]{2,64}$")]
Entry = dict[str, Any]


class User(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: UserName
    password: SecretStr
    tags: tuple[str, ...] = ()


class Permission(BaseModel):
    """What a user may do in one virtual host: regular expressions over names; by default nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: UserName
    vhost: str
    configure: str = "^$"
    write: str = "^$"
    read: str = "^$"


class Exchange(BaseModel):
    """A durable exchange."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    vhost: str
    type: str = "topic"


class Queue(BaseModel):
    """A durable queue, by default a quorum queue; `arguments` are added to its type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    vhost: str
    type: str = "quorum"
    arguments: Entry = {}


class Binding(BaseModel):
    """From an exchange to a queue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vhost: str
    exchange: str
    queue: str
    routing_key: str


class Definitions(BaseModel):
    """A broker's definitions; entries from `exchanges` on are written as RabbitMQ's own definitions file has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vhosts: tuple[str, ...] = ()
    users: tuple[User, ...] = ()
    permissions: tuple[Permission, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    queues: tuple[Queue, ...] = ()
    bindings: tuple[Binding, ...] = ()
    topic_permissions: tuple[Entry, ...] = ()
    policies: tuple[Entry, ...] = ()
    parameters: tuple[Entry, ...] = ()

    def as_rabbitmq(self) -> Entry:
        """The content of a definitions file, every password replaced by its salted hash."""
        return {
            "vhosts": [{"name": vhost} for vhost in self.vhosts],
            "users": [
                {
                    "name": user.name,
                    "password_hash": password_hash(user.password.get_secret_value()),
                    "hashing_algorithm": "rabbit_password_hashing_sha256",
                    "tags": list(user.tags),
                }
                for user in self.users
            ],
            "permissions": [permission.model_dump() for permission in self.permissions],
            # RabbitMQ leaves out, without a word, an entry that lacks one of these keys.
            "exchanges": [
                {**exchange.model_dump(), "durable": True, "auto_delete": False, "internal": False, "arguments": {}}
                for exchange in self.exchanges
            ],
            "queues": [
                {
                    "name": queue.name,
                    "vhost": queue.vhost,
                    "durable": True,
                    "auto_delete": False,
                    "arguments": {"x-queue-type": queue.type, **queue.arguments},
                }
                for queue in self.queues
            ],
            "bindings": [
                {
                    "source": binding.exchange,
                    "vhost": binding.vhost,
                    "destination": binding.queue,
                    "destination_type": "queue",
                    "routing_key": binding.routing_key,
                    "arguments": {},
                }
                for binding in self.bindings
            ],
            "topic_permissions": list(self.topic_permissions),
            "policies": list(self.policies),
            "parameters": list(self.parameters),
        }


def password_hash(password: str) -> str:
    """RabbitMQ's rabbit_password_hashing_sha256: base64 of four random bytes and SHA-256 over them and the password."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
