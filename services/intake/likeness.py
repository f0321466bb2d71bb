"""How like two appeals' words are, and by what an enterprise is found again. Pure.

Words are compared by the pairs of neighbouring characters that they have in common (Jaccard): Chinese needs no
word-splitting for that, and what two clerks type of one call still shares most of its pairs.
"""

from hashlib import blake2b

LIKE_FROM = 0.5
"""From this share of common pairs on, two appeals count as like (of 0 to 1). A deployment may set another."""


def digest(credit_code: str) -> str:
    """By what an enterprise's appeals are found without its credit code standing in an index."""
    return blake2b(credit_code.encode(), digest_size=16, person=b"enterprise").hexdigest()


def plain(text: str) -> str:
    """Letters and digits alone, without blanks, punctuation and case."""
    return "".join(char for char in text.casefold() if char.isalnum())


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters and digits."""
    close = plain(text)
    return frozenset(close[at : at + 2] for at in range(len(close) - 1))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 (nothing in common) to 1 (the same pairs)."""
    return len(one & other) / len(one | other) if one and other else 0.0
