"""Receipt numbers: 80 bits that nobody can guess or count, derived from where and how an appeal came in."""

from hashlib import blake2b

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U to misread on the telephone


def case_number(channel: str, message_id: str) -> str:
    """The same filing through the same channel has the same number, however often it arrives."""
    return number("ZT", channel, message_id)


def number(prefix: str, *parts: str) -> str:
    """The number of anything that follows from these parts; `prefix` is one of those in `record.py`."""
    value = int.from_bytes(blake2b(":".join(parts).encode(), digest_size=10).digest(), "big")
    return f"{prefix}-" + "".join(_ALPHABET[value >> shift & 31] for shift in range(75, -1, -5))


def trace_id(case: str) -> int:
    """The one trace of a case. A hash, because ratio samplers compare bits that a case number or UUID fixes."""
    return int.from_bytes(blake2b(case.encode(), digest_size=16).digest(), "big")
