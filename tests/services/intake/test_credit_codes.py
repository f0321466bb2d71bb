"""Credit codes by GB 32100-2015 and what stands in their place by mistake."""

import pytest

from libs.policy.credit_code import check_credit_code, fault_of
from libs.policy.refused import Refused


def test_a_credit_code_whose_check_digit_fits_is_taken() -> None:
    check_credit_code("91445102MA3AGYGLU6")


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("91445102MA3AGYGLU7", "credit-code"),
        ("91445102MA3AGYGL6U", "credit-code"),
        ("000000000000000000", "credit-code"),
        # A valid identity number of a made-up person: it must not be kept.
        ("11010519491231002X", "personal-id-number"),
        ("99445102MA3AGYGLU6", "credit-code"),
    ],
)
def test_anything_else_is_refused_by_name(code: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        check_credit_code(code)
    assert refused.value.rule == rule
    assert refused.value.field == "dossier.credit_code"
    assert code not in str(refused.value)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91445102MA3AGYGLU6", None),
        ("91445102MA3AGYGLU", "length"),
        ("9144510ZMA3AGYGLU6", "letters"),
        ("91995102MA3AGYGLU6", "division"),
        ("91445102MA3AGYGLU7", "check-digit"),
        ("11010519491231002X", "personal-id-number"),
    ],
)
def test_what_is_wrong_with_a_code_is_told_part_by_part(code: str, fault: str | None) -> None:
    assert fault_of(code) == fault
