"""Receipt numbers: 80 bits that nobody can guess or count, derived from where and how an appeal came in."""

import re
from hashlib import blake2b

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U to misread on the telephone


def case_number(channel: str, message_id: str) -> str:
    """The same filing through the same channel has the same number, however often it arrives."""
    return number("ZT", channel, message_id)


def number(prefix: str, *parts: str) -> str:
    """The number of anything that follows from these parts; `prefix` is one of those in `record.py`."""
    value = int.from_bytes(blake2b(":".join(parts).encode(), digest_size=10).digest(), "big")
    return f"{prefix}-" + "".join(_ALPHABET[value >> shift & 31] for shift in range(75, -1, -5))


def receipt_number(text: str) -> str:
    """The number as it is kept, however it was typed: Crockford's base32 reads O as 0, and I and L as 1.

    Raises `ValueError` for what can be no receipt number.
    """
    body = re.sub(r"[\s-]", "", text.upper()).removeprefix("ZT").translate(str.maketrans("OIL", "011"))
    if not re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", body):
        raise ValueError(f"{text!r} is no receipt number: these are ZT- and 16 letters and digits")
    return f"ZT-{body}"


def trace_id(case: str) -> int:
    """The one trace of a case. A hash, because ratio samplers compare bits that a case number or UUID fixes."""
    return int.from_bytes(blake2b(case.encode(), digest_size=16).digest(), "big")
