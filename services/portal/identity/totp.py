"""The second factor: six digits that change every half minute (TOTP, RFC 6238, with SHA-1 as every telephone knows it)."""

import hmac
import secrets
from base64 import b32decode, b32encode
from datetime import datetime
from urllib.parse import quote, urlencode

SECONDS = 30
DIGITS = 6
EARLIER_OR_LATER = 1
"""How many steps a telephone's clock may be wrong."""


def new_secret() -> str:
    return b32encode(secrets.token_bytes(20)).decode()


def step_of(now: datetime) -> int:
    return int(now.timestamp()) // SECONDS


def code_at(secret: str, step: int) -> str:
    digest = hmac.digest(b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of_code(secret: str, code: str, now: datetime) -> int | None:
    """The time step that this code belongs to; None when it is none of now. Whether it was used before, the account knows."""
    typed = code.replace(" ", "").encode()
    around = range(step_of(now) - EARLIER_OR_LATER, step_of(now) + EARLIER_OR_LATER + 1)
    return next((step for step in reversed(around) if hmac.compare_digest(code_at(secret, step).encode(), typed)), None)


def otpauth(secret: str, *, account: str, issuer: str) -> str:
    """What a telephone reads from the picture."""
    query = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": SECONDS}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{query}"
