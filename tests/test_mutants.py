"""Every rule of the five regulations that is broken is noticed."""

import pytest

from tests.mutants import survivors


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_each_mutation_of_the_ledger_turns_its_test_red() -> None:
    assert survivors() == {}
