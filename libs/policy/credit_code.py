"""Unified social credit codes (GB 32100-2015), and what must not stand in their place. Pure."""

from typing import Literal

from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError as NotANumber

from libs.policy.refused import Refused

DIVISIONS = numdb.get("cn/loc")
"""Administrative divisions by GB/T 2260."""
NATIONAL = "100000"
"""The registering division of enterprises that the national authority registers."""
LENGTH = 18
LETTERS = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
"""Without I, O, S, V and Z, which are misread."""

Fault = Literal["personal-id-number", "length", "letters", "division", "check-digit"]


def fault_of(code: str) -> Fault | None:
    """What is wrong with a credit code, the first thing that a person would mend; None for a right one. `division`: places
    3 to 8 name no division; `check-digit`: one of the characters, or two that changed places."""
    if ric.is_valid(code):
        return "personal-id-number"
    if len(code) != LENGTH:
        return "length"
    if not set(code) <= LETTERS:
        return "letters"
    if code[2:8] != NATIONAL and "province" not in DIVISIONS.info(code[2:8])[0][1]:
        return "division"
    try:
        uscc.validate(code)
    except NotANumber:
        return "check-digit"
    return None


def check_credit_code(code: str, *, field: str = "dossier.credit_code") -> None:
    """A unified social credit code by GB 32100-2015. Raises `Refused` for anything else; a personal id number in its
    place is told apart, because it must not be kept."""
    match fault_of(code):
        case None:
            return
        case "personal-id-number":
            raise Refused(
                "personal-id-number",
                "this is a person's identity number; give the enterprise's unified social credit code",
                field=field,
                status=422,
            )
        case _:
            raise Refused(
                "credit-code",
                "this is no unified social credit code (GB 32100-2015): its check digit or registering division does "
                "not fit",
                field=field,
                status=422,
            )
