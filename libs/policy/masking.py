"""How personal data looks to whoever may not see it whole. Pure.

138****0001, 陈**, the first six and the last two of a credit code (field-notes of GB/T 35273 practice: enough to tell
two apart, too little to reach anybody).
"""

from collections.abc import Collection
from functools import lru_cache

from libs.policy.personal import Kind, places_in

HIDDEN = "*"

SHOWN: dict[Kind, tuple[int, int]] = {
    "phone": (3, 4),
    "identity-number": (6, 2),
    "credit-code": (6, 2),
    "bank-card": (0, 4),
    "email": (0, 0),
    "name": (1, 0),
}
"""How many of the first and of the last letters and digits stay, by kind."""


def mask_phone(phone: str) -> str:
    return _mask("phone", phone)


def mask_name(name: str) -> str:
    """The surname only: 陈**. How long the name is stays unsaid."""
    return name[:1] + HIDDEN * 2


def mask_credit_code(code: str) -> str:
    return _mask("credit-code", code)


def mask_email(email: str) -> str:
    """The first letter and the host: c***@example.com."""
    local, _, host = email.partition("@")
    return f"{local[:1]}{HIDDEN * 3}@{host}"


@lru_cache(maxsize=1000)
def mask_text(text: str, *, names: tuple[str, ...] = ()) -> str:
    """The text with what is personal in it masked where it stands; `names`: people known to be meant."""
    # Lists show the same words again and again, and looking through one text takes a millisecond.
    hidden: set[int] = set()
    for found in places_in(text, names=names):
        own = text[found.start : found.end]
        hidden.update(found.start + at for at in _hidden(found.kind, own))
    return _without(hidden, text)


def _mask(kind: Kind, text: str) -> str:
    return _without(_hidden(kind, text), text)


def _without(hidden: Collection[int], text: str) -> str:
    return "".join(HIDDEN if at in hidden else char for at, char in enumerate(text))


def _hidden(kind: Kind, text: str) -> list[int]:
    """The places of the letters and digits that must not be seen; of what is short hardly anything may stay."""
    first, last = SHOWN[kind]
    if kind == "email":
        places = list(range(max(text.find("@"), 0) or len(text)))
    elif kind == "phone":
        places = [at for at, char in enumerate(text) if char.isnumeric() or char == "幺"]
    else:
        places = [at for at, char in enumerate(text) if char.isalnum()]
    if kind == "phone" and len(places) < first + last + 4:
        first, last = 0, 2
    return places[first : len(places) - last]
