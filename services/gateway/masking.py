"""What a message looked like, without what it said: an operator sees its shape and not an enterprise's words."""

import json
import re
from typing import Any

MAX_CHARS = 2000
_FIELD_NAME = re.compile(r"[a-z_]{1,40}")


def masked(body: bytes) -> str:
    """The body with every letter and digit of its values replaced, cut after 2000 characters. Field names that look
    like ours are kept, so that a misspelt one can be seen."""
    text = body.decode("utf-8", errors="replace")
    try:
        shape = json.dumps(_masked_value(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        shape = _masked_text(text[: MAX_CHARS + 1])
    return shape if len(shape) <= MAX_CHARS else shape[:MAX_CHARS] + "…"


def _masked_value(value: Any) -> Any:
    match value:
        case dict():
            return {
                key if _FIELD_NAME.fullmatch(key) else _masked_text(key): _masked_value(inner)
                for key, inner in value.items()
            }
        case list():
            return [_masked_value(inner) for inner in value]
        case None | bool():
            return value
        case _:
            return _masked_text(str(value))


def _masked_text(text: str) -> str:
    return "".join(map(_masked_char, text))


def _masked_char(char: str) -> str:
    if char.isdigit() or char.isnumeric():
        return "0"
    if char.isalpha():
        return "x" if char.isascii() else "字"
    return char if char.isascii() and char.isprintable() else "·"
