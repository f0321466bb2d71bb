"""What of an outsider's message can be believed: who sent it, under which id, and what it says. Pure.

Everything is checked, nothing is repaired: a message is either exactly what the contract allows or it is refused with
the field, the rule and what to do. Its headers (CC, BCC, x-*, traceparent, baggage) and `reply_to` are never obeyed.
"""

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NoReturn

from pydantic import ValidationError

from contracts.messages import Message
from contracts.record import derive_id
from libs.policy.refused import Refused
from services.gateway.parties import Party

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True)
class Raw:
    """A message as it came into a party's inbox. `undecodable`: the error's class when its properties had to be dropped."""

    party: str
    body: bytes
    type: str | None = None
    message_id: str | None = None
    user_id: str | None = None
    undecodable: str | None = None

    @property
    def own_id(self) -> str | None:
        """The id under which we know it, when its sender is certain and has named it; else None."""
        if self.user_id != self.party or not MESSAGE_ID.fullmatch(self.message_id or ""):
            return None
        return derive_id("message", self.party, str(self.message_id))

    @property
    def content_id(self) -> str:
        """The id of exactly this content, for what has no id of its own that can be believed."""
        digest = blake2b(self.body, digest_size=16)
        for value in (self.type, self.message_id, self.user_id, self.undecodable):
            digest.update(json.dumps(value).encode())
        return derive_id("content", self.party, digest.hexdigest())


def read(raw: Raw, party: Party) -> Message:
    """The message, valid by its contract. Raises `Refused`, which never repeats a value that was sent."""
    if raw.undecodable:
        _refuse("undecodable", "", f"the properties cannot be decoded ({raw.undecodable}); strings must be UTF-8")
    if raw.user_id != party.name:
        _refuse("unknown-sender", "user_id", f"set the property user_id to {party.name}, the user you connect as")
    if not raw.message_id:
        _refuse("missing", "message_id", "set the property message_id, the same when you send the message again")
    if not MESSAGE_ID.fullmatch(raw.message_id):
        _refuse("unfit-message-id", "message_id", "1 to 128 printable ASCII characters without blanks")
    model = party.may_say.get(raw.type or "")
    if model is None:
        _refuse("unknown-type", "type", f"set the property type to one of {', '.join(party.may_say)}")
    if len(raw.body) > MAX_BYTES:
        _refuse("too-large", "", f"a message has at most {MAX_BYTES} bytes")
    return _valid(_json(raw.body), model)


def _refuse(rule: str, field: str, detail: str) -> NoReturn:
    raise Refused(rule, detail, field=field, status=422)


def _json(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse("not-utf-8", "", f"the body is not UTF-8 at byte {error.start}")
    try:
        data = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError:
        _refuse_depth()
    except json.JSONDecodeError as error:
        _refuse("not-json", "", f"the body is not JSON at line {error.lineno}, column {error.colno}")
    except ValueError:
        _refuse("not-json", "", "the body holds a number that is too long")
    _check(data, depth=1)
    return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        _refuse("duplicate-key", "", "an object names the same field twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    _refuse("not-json", "", f"{name} is not JSON")


def _check(value: Any, *, depth: int) -> None:
    """Nothing too deep, and no half of a surrogate pair: such a string can be neither stored nor sent on."""
    if depth > MAX_DEPTH:
        _refuse_depth()
    match value:
        case str():
            if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
                _refuse("lone-surrogate", "", "a text holds half of a surrogate pair, which is no character")
        case dict():
            for key, inner in value.items():
                _check(key, depth=depth)
                _check(inner, depth=depth + 1)
        case list():
            for inner in value:
                _check(inner, depth=depth + 1)
        case _:
            pass


def _refuse_depth() -> NoReturn:
    _refuse("too-deep", "", f"objects and lists may be nested {MAX_DEPTH} deep")


def _valid(data: Any, model: type[Message]) -> Message:
    if not isinstance(data, dict):
        _refuse("not-an-object", "", "the body must be one JSON object")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))[:200]
        detail = "there is no such field; remove it or correct its name"
        _refuse(first["type"], field, detail if first["type"] == "extra_forbidden" else first["msg"])
