"""Unified social credit codes (GB 32100-2015), and what must not stand in their place."""

from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError as NotANumber

from libs.policy.refused import Refused

DIVISIONS = numdb.get("cn/loc")
"""Administrative divisions by GB/T 2260."""
NATIONAL = "100000"
"""The registering division of enterprises that the national authority registers."""


def check_credit_code(code: str, *, field: str = "dossier.credit_code") -> None:
    """A unified social credit code by GB 32100-2015. Raises `Refused` for anything else; a personal id number in its
    place is told apart, because it must not be kept."""
    if ric.is_valid(code):
        raise Refused(
            "personal-id-number",
            "this is a person's identity number; give the enterprise's unified social credit code",
            field=field,
            status=422,
        )
    try:
        uscc.validate(code)
        known_division = code[2:8] == NATIONAL or "province" in DIVISIONS.info(code[2:8])[0][1]
    except NotANumber:
        known_division = False
    if not known_division:
        raise Refused(
            "credit-code",
            "this is no unified social credit code (GB 32100-2015): its check digit or registering division does not fit",
            field=field,
            status=422,
        )
