"""The code of an invitation, and who may use one."""

import pytest

from libs.identity import Act, Caller, allow
from libs.policy.refused import Refused
from services.evaluation.api.ratings import refuse_its_handler
from services.evaluation.invitation import Codes, no_such_case

CASE = "ZT-7K3M9QXA2B4D6F8H"
OTHER = "ZT-7K3M9QXA2B4D6F8J"
CODES = Codes("a deployment's secret of 32 characters")


def test_a_code_is_good_for_its_own_case_alone() -> None:
    CODES.check(CASE, CODES.of(CASE))
    for wrong in (CODES.of(OTHER), "", "码", CODES.of(CASE).lower(), CODES.of(CASE)[:-1]):
        with pytest.raises(Refused):
            CODES.check(CASE, wrong)


def test_a_wrong_code_and_an_unknown_case_are_told_apart_by_nothing() -> None:
    with pytest.raises(Refused) as wrong:
        CODES.check(CASE, "wrong")
    unknown = no_such_case()
    assert (wrong.value.status, wrong.value.rule, wrong.value.detail) == (404, unknown.rule, unknown.detail)


def test_another_deployments_code_opens_nothing() -> None:
    assert Codes("another deployment's secret, also long").of(CASE) != CODES.of(CASE)


def test_only_the_enterprise_or_an_operator_for_it_rates() -> None:
    allow(Caller(subject="e", roles=frozenset({"enterprise"}), case=CASE), Act.RATE_CASE, case=CASE)
    allow(Caller(subject="o", roles=frozenset({"operator"})), Act.RATE_CASE, case=CASE)
    with pytest.raises(Refused) as refused:
        allow(Caller(subject="e", roles=frozenset({"enterprise"}), case=OTHER), Act.RATE_CASE, case=CASE)
    assert refused.value.status == 404


def test_whoever_acts_for_a_unit_rates_nothing_whatever_else_they_are() -> None:
    """§4: the handler never rates its own case"""
    with pytest.raises(Refused) as refused:
        refuse_its_handler(Caller(subject="u", roles=frozenset({"unit", "operator"}), unit="shi_gongdian"))
    assert refused.value.status == 403
    refuse_its_handler(Caller(subject="o", roles=frozenset({"operator"})))


def test_only_services_learn_a_code() -> None:
    with pytest.raises(Refused):
        allow(Caller(subject="o", roles=frozenset({"operator"})), Act.READ_INVITATION)
    allow(Caller(subject="notification", roles=frozenset({"service"})), Act.READ_INVITATION)
