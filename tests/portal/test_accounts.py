"""Accounts as rules: who gets in, who waits, whose password is taken, who acts for whom."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.record import derive_id
from libs.identity import on_behalf, same_person
from libs.policy.refused import Refused
from services.portal.identity import totp
from services.portal.identity.account import (
    FAILURES,
    LOCK,
    LONGEST_LOCK,
    Account,
    ChangeAccount,
    CreateAccount,
    NameSubstitute,
    SignedIn,
    Substitute,
    TrySignIn,
    change,
    create,
    empty,
    evolve,
    is_open,
    lock_after,
    name_substitute,
    refuse_roles,
    try_code,
    try_password,
)
from services.portal.identity.passwords import Passwords, refuse_weak
from services.portal.identity.sealed import Seal

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def record(kind: type, n: int = 0, at: datetime = NOON, by: str = "xie.ming", **fields: object):
    return kind(id=derive_id(kind.__name__, str(n), at.isoformat()), at=at, by=by, **fields)


def known(**fields: object) -> Account:
    made = record(CreateAccount, person="谢明", roles=frozenset({"unit"}), unit="shi_gongdian", password="hash")
    return evolve(empty("xie.ming"), made).model_copy(update=fields)


def failing(account: Account, times: int, at: datetime = NOON) -> Account:
    for n in range(times):
        account = evolve(account, record(TrySignIn, n, at, factor="password", right=False))
    return account


# Waiting ----------------------------------------------------------------------------------------------------------------


def test_the_fifth_wrong_password_makes_an_account_wait_a_quarter_of_an_hour() -> None:
    assert is_open(failing(known(), FAILURES - 1), NOON)
    waiting = failing(known(), FAILURES)
    assert not is_open(waiting, NOON + LOCK - SECOND)
    assert is_open(waiting, NOON + LOCK)


def test_each_further_wait_is_twice_as_long_up_to_a_day() -> None:
    assert [lock_after(n) // timedelta(minutes=1) for n in range(8)] == [15, 30, 60, 120, 240, 480, 960, 1440]
    assert lock_after(99) == LONGEST_LOCK


def test_a_right_password_changes_nothing_while_an_account_waits() -> None:
    waiting = failing(known(), FAILURES)
    with pytest.raises(Refused) as refused:
        try_password(waiting, record(TrySignIn, factor="password", right=True))
    assert refused.value.rule == "wrong-sign-in"


def test_signing_in_forgets_the_failures_before_it() -> None:
    once = evolve(failing(known(), FAILURES), record(SignedIn))
    assert (once.failures, once.locks, once.locked_until) == (0, 0, None)


def test_nothing_opens_a_closed_account_or_one_that_there_is_not() -> None:
    for account in (known(disabled=True), empty("nobody")):
        with pytest.raises(Refused):
            try_password(account, record(TrySignIn, factor="password", right=True))


# Codes ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, seconds // 30) == code


def test_a_code_is_good_half_a_minute_early_or_late_and_no_more() -> None:
    secret = totp.new_secret()
    code = totp.code_at(secret, totp.step_of(NOON))
    good = [late for late in range(-120, 121, 30) if totp.step_of_code(secret, code, NOON + timedelta(seconds=late))]
    assert good == [-30, 0, 30]


def test_a_code_that_was_used_is_refused() -> None:
    account = evolve(known(totp="sealed"), record(TrySignIn, factor="code", right=True, step=100))
    assert try_code(account, record(TrySignIn, factor="code", right=True, step=101)) == []
    for step in (99, 100):
        with pytest.raises(Refused):
            try_code(account, record(TrySignIn, factor="code", right=True, step=step))


@given(st.text(max_size=12))
def test_no_typed_text_breaks_the_check_of_a_code(typed: str) -> None:
    totp.step_of_code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", typed, NOON)


# Passwords --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "x" * 129,
        "passwordpassword",
        "Password1234!",
        "P@ssw0rd1234",
        "qwertyuiop123",
        "123456789012",
        "abcdefghijklm",
        "zyxwvutsrqpon",
        "aaaaaaaaaaaaa",
        "woaini5201314",
        "xie.ming-2026-x",
    ],
)
def test_short_and_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(Refused) as refused:
        refuse_weak(password, account="xie.ming")
    assert refused.value.status == 422
    assert password not in refused.value.detail


@pytest.mark.parametrize("password", ["kettle drum lantern", "潮州古城牌坊街的月亮很圆呢", "aB3$ aB3$ zQ9!"])
def test_any_other_twelve_signs_are_taken_whatever_their_mixture(password: str) -> None:
    refuse_weak(password, account="xie.ming")


async def test_a_password_is_known_again_and_nothing_else_is() -> None:
    passwords = Passwords(quick=True)
    kept = await passwords.hash("kettle drum lanterné")
    assert kept.startswith("$argon2id$")
    assert await passwords.matches("kettle drum lanterné", kept)
    assert not await passwords.matches("kettle drum lantern", kept)
    assert not await passwords.matches("the password of no account", "")


def test_what_is_sealed_for_one_use_opens_for_no_other() -> None:
    sealed = Seal("a secret", "one").close("text")
    assert Seal("a secret", "one").open(sealed) == "text"
    for other in (Seal("a secret", "two"), Seal("another", "one")):
        with pytest.raises(ValueError, match="not sealed here"):
            other.open(sealed)


# Roles ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["service", "channel", "provider", "enterprise"])
def test_no_account_holds_a_machines_or_an_enterprises_role(role: str) -> None:
    with pytest.raises(Refused):
        refuse_roles(frozenset({role, "office"}), "shi_fuban")  # type: ignore[arg-type]


def test_a_unit_or_leader_names_its_unit() -> None:
    with pytest.raises(Refused) as refused:
        refuse_roles(frozenset({"leader"}), None)
    assert refused.value.field == "unit"


def test_a_name_is_given_once() -> None:
    again = record(CreateAccount, person="x", roles=frozenset({"ops"}), password="hash")
    with pytest.raises(Refused) as refused:
        create(known(), again)
    assert (refused.value.rule, refused.value.field) == ("account-taken", "account")


def test_nobody_closes_or_raises_the_own_account() -> None:
    for what in ({"disabled": True}, {"roles": frozenset({"administrator"})}):
        with pytest.raises(Refused) as refused:
            change(known(), record(ChangeAccount, by="xie.ming", **what))
        assert refused.value.rule == "own-account"
        assert change(known(), record(ChangeAccount, by="somebody.else", **what)) == []


# Substitutes ------------------------------------------------------------------------------------------------------------

MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)


def test_a_substitute_acts_from_the_first_day_to_the_last() -> None:
    away = Substitute(account="cai.ping", since=MONDAY, until=FRIDAY)
    days = [date(2026, 3, day) for day in (1, 2, 6, 7)]
    assert [away.acts_on(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("other", "since", "until", "field"),
    [
        (None, MONDAY, FRIDAY, "substitute"),
        (known(), MONDAY, FRIDAY, "substitute"),
        (known(account="cai.ping", disabled=True), MONDAY, FRIDAY, "substitute"),
        (known(account="cai.ping"), FRIDAY, MONDAY, "until"),
        (known(account="cai.ping"), date(2026, 2, 2), date(2026, 2, 3), "until"),
    ],
)
def test_only_another_open_account_is_named_for_days_to_come(
    other: Account | None, since: date, until: date, field: str
) -> None:
    command = record(NameSubstitute, substitute=Substitute(account="cai.ping", since=since, until=until))
    with pytest.raises(Refused) as refused:
        name_substitute(known(), command, other=other, today=MONDAY)
    assert refused.value.field == field


def test_who_acts_for_somebody_is_the_same_person_where_two_must_agree() -> None:
    acting = on_behalf("cai.ping", "xie.ming")
    assert same_person(acting, "xie.ming")
    assert same_person("cai.ping", acting)
    assert same_person(acting, on_behalf("xie.ming", "li.wei"))
    assert not same_person(acting, "li.wei")
