"""Who may ask for what: the whole table, and every way in which a token can be wrong."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any, get_args

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from contracts.case_number import case_number
from libs.identity import ISSUER, LIFETIME_SECONDS, MAY, SKEW_SECONDS, Act, Caller, Role, Tokens, allow, is_of
from libs.policy.refused import Refused

ROLES: tuple[Role, ...] = get_args(Role)
SECRET = "a secret of this deployment, of fifty characters ok"
CASE, ANOTHER_CASE = case_number("portal", "1"), case_number("portal", "2")

# One line per act; a column per role: service enterprise channel operator screener registry-reviewer unit
# administrator superior office leader inspector discipline conduct liaison supervisor proxy provider ops.
TABLE = """
file-appeal              x  x  x  x  .  .  x  .  .  .  .  .  .  x  x  x  x  .  .
file-batch               .  .  .  x  .  .  x  .  .  x  .  .  .  x  x  x  .  .  .
answer-at-once           .  .  .  x  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
ask-for-like             .  x  .  x  x  .  .  .  .  .  .  .  .  .  x  .  x  .  .
supplement-appeal        x  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
withdraw-appeal          x  x  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
follow-appeal            .  x  .  x  x  .  x  x  .  .  .  x  x  x  x  x  x  .  x
screen-appeal            .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
review-enterprise        .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .
compare-enterprise       .  .  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .
keep-served              .  .  .  .  .  .  x  .  .  x  .  .  .  .  x  .  .  .  .
read-served              x  .  .  .  .  .  x  x  .  x  x  x  x  .  x  .  .  .  .
log-visit                .  .  .  .  .  .  x  .  .  x  x  .  .  x  x  x  .  .  .
read-visits              x  .  .  .  .  .  x  .  .  x  x  x  x  x  x  .  .  .  .
make-report              .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .
read-retaliation-report  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .
read-conduct-report      .  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .
read-matters             x  .  .  .  x  .  .  .  .  x  x  .  .  .  .  .  .  .  .
read-dossier             x  x  .  x  x  .  x  x  x  x  x  x  x  x  x  x  x  .  .
read-contact             x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
read-answer              x  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
unmask-contact           .  .  .  x  x  .  x  x  .  x  x  .  .  .  .  .  .  .  .
read-unmaskings          .  .  .  .  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .
find-enterprise          .  .  .  x  x  .  .  .  .  .  .  .  .  .  x  .  .  .  .
find-open-appeals        .  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .
attach-file              x  x  x  x  .  .  x  .  .  .  .  .  .  x  x  x  x  .  .
work-on-case             .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
read-case                x  .  .  .  .  .  x  x  x  x  x  x  x  .  .  .  .  .  x
read-decisions           x  x  .  .  .  .  x  x  x  x  x  .  .  .  .  .  .  .  x
decide-case              .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .
sign-review              .  .  .  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .
reclassify               .  .  .  .  x  .  .  .  .  x  .  .  .  .  .  .  .  .  .
decide-extension         .  .  .  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .
transfer-case            .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .
strike-off               .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .
read-lists               .  .  .  .  x  .  .  x  x  x  x  .  .  .  .  .  .  .  .
assign-served            .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .
read-disputes            .  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .  .  .
decide-dispute           .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .
designate-unit           .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .
review-climb             .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .
prepare-session          .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .
approve-session          .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .
give-opinion             .  .  .  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .
attend-session           .  x  x  x  .  .  x  .  .  x  .  .  .  .  .  .  .  .  .
read-session             x  .  .  .  .  .  x  x  x  x  x  x  .  .  .  .  .  .  x
read-own-contact         .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .
change-contact           .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .  .  .  .
read-contacts            .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .
read-remits              x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .
change-remit             .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .
read-clocks              x  .  .  .  .  .  x  x  .  x  x  x  x  .  .  .  .  .  x
read-due-times           x  .  .  .  x  x  x  x  x  x  x  x  .  .  .  .  .  .  x
read-calendar            x  .  .  .  .  .  .  x  .  x  x  x  .  .  .  .  .  .  x
import-calendar          .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .
read-notices             x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
read-duties              x  .  .  .  .  .  x  x  .  x  x  x  x  x  x  .  .  .  x
hand-in-evidence         .  .  .  .  .  .  x  .  .  x  x  x  x  x  x  .  .  .  .
report-receipt           .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x  .
report-call              .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
read-calls               .  .  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x
read-letters             .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x
rate-case                .  x  .  x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
read-invitation          x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
read-oversight           .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  x
call-back                .  .  .  x  .  .  x  .  .  x  .  x  .  .  .  .  .  .  .
correct-rating           .  .  .  .  .  .  x  .  .  x  .  .  .  .  .  .  .  .  .
exclude-case             .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .
approve-exclusion        .  .  .  .  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .
order-unit               .  .  .  .  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .
read-orders              .  .  .  .  .  .  x  .  .  x  x  x  .  .  .  .  .  .  .
list-rectification       .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .
draw-sample              .  .  .  .  .  .  .  .  .  x  .  x  .  .  .  .  .  .  .
log-inspection           .  .  .  .  .  .  .  .  .  x  .  x  x  x  .  .  .  .  .
check-efficiency         .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .
propose-finding          .  .  .  .  .  .  .  .  .  x  .  x  x  x  .  .  .  .  .
decide-finding           .  .  .  .  .  .  .  .  .  x  x  x  x  x  .  .  .  .  .
work-on-inspection-file  .  .  .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .
work-on-report           .  .  .  .  .  .  .  .  .  .  .  .  x  x  .  .  .  .  .
approve-exposure         .  .  .  .  .  .  .  .  .  .  x  .  .  x  .  .  .  .  .
read-exposures           x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
approve-summary          .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .
read-summary             .  .  .  .  .  .  .  .  .  x  x  .  .  .  .  .  .  .  .
write-publication        .  .  .  .  .  .  .  .  .  x  .  .  .  x  .  .  .  .  .
approve-publication      .  .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .
read-publication         .  .  .  .  .  .  x  .  .  x  x  x  .  x  x  x  .  .  .
read-report              .  .  .  .  .  .  .  .  .  x  x  x  .  x  .  .  .  .  .
enter-marks              .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .
read-figures             .  .  .  .  .  .  .  .  .  x  x  x  .  .  .  .  .  .  x
read-personnel           .  .  .  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .
read-quarantine          .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x
read-flow                .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x
read-dead-letters        .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x
settle-dead-letters      .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x
read-traces              .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  x
keep-accounts            x  .  .  .  .  .  .  x  .  .  .  .  .  .  .  .  .  .  .
send-sign-in-code        x  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
"""
CELLS = {
    (Act(act), role): mark == "x"
    for act, *marks in map(str.split, TABLE.strip().splitlines())
    for role, mark in zip(ROLES, marks, strict=True)
}


def may(caller: Caller, act: Act, **of: str) -> int:
    """200, or the status of the refusal."""
    try:
        allow(caller, act, **of)
    except Refused as refused:
        return refused.status
    return 200


def who(*roles: Role, **more: Any) -> Caller:
    return Caller(subject="somebody", roles=frozenset(roles), **more)


# --- roles ------------------------------------------------------------------------------------------------------------


def test_the_table_names_every_act_and_every_role():
    assert {act for act, _ in CELLS} == set(Act) == set(MAY)
    assert len(CELLS) == len(Act) * len(ROLES)


@pytest.mark.parametrize("act", Act)
def test_each_role_may_do_what_the_table_says_and_nothing_else(act: Act):
    assert {role: may(who(role), act) == 200 for role in ROLES} == {role: CELLS[act, role] for role in ROLES}


@pytest.mark.parametrize("act", Act)
def test_nobody_in_particular_may_do_nothing(act: Act):
    assert may(who(), act) == 403


def test_several_roles_may_do_what_any_of_them_may():
    both = who("screener", "leader")
    assert [may(both, act) for act in (Act.SCREEN_APPEAL, Act.APPROVE_SUMMARY, Act.READ_QUARANTINE)] == [200, 200, 403]


# --- whose it is ------------------------------------------------------------------------------------------------------

OWNERSHIP = {
    "a unit, its own hand-over": (who("unit", unit="shi_shuiwu"), Act.WORK_ON_CASE, {"unit": "shi_shuiwu"}, 200),
    "a unit, another's hand-over": (who("unit", unit="shi_shuiwu"), Act.WORK_ON_CASE, {"unit": "shi_jinrong"}, 404),
    "a unit of no name": (who("unit"), Act.WORK_ON_CASE, {"unit": "shi_shuiwu"}, 404),
    "a unit reads its own case": (who("unit", unit="shi_shuiwu"), Act.READ_CASE, {"unit": "shi_shuiwu"}, 200),
    "a unit reads another's case": (who("unit", unit="shi_shuiwu"), Act.READ_CASE, {"unit": "shi_jinrong"}, 404),
    "an administrator reads any case": (who("administrator"), Act.READ_CASE, {"unit": "shi_jinrong"}, 200),
    "a unit that is administrator too": (
        who("unit", "administrator", unit="shi_shuiwu"), Act.READ_CASE, {"unit": "shi_jinrong"}, 200
    ),
    "being administrator too opens no other's work": (
        who("unit", "administrator", unit="shi_shuiwu"), Act.WORK_ON_CASE, {"unit": "shi_jinrong"}, 404
    ),
    "an enterprise, its own case": (who("enterprise", case=CASE), Act.RATE_CASE, {"case": CASE}, 200),
    "an enterprise, another's case": (who("enterprise", case=CASE), Act.RATE_CASE, {"case": ANOTHER_CASE}, 404),
    "an enterprise without a case": (who("enterprise"), Act.WITHDRAW_APPEAL, {"case": CASE}, 404),
    "an enterprise files, which is no case yet": (who("enterprise"), Act.FILE_APPEAL, {}, 200),
    "an operator types for anybody": (who("operator"), Act.RATE_CASE, {"case": CASE}, 200),
}  # fmt: skip


@pytest.mark.parametrize("situation", OWNERSHIP)
def test_whose_case_it_is_comes_on_top(situation: str):
    caller, act, of, status = OWNERSHIP[situation]
    assert may(caller, act, **of) == status


def test_whoever_may_not_see_a_case_learns_nothing_about_whether_it_exists():
    with pytest.raises(Refused) as refused:
        allow(who("enterprise", case=CASE), Act.FOLLOW_APPEAL, case=ANOTHER_CASE)
    assert (refused.value.status, refused.value.rule) == (404, "no-such-case")
    assert ANOTHER_CASE not in refused.value.detail


def test_a_token_that_names_a_level_of_government_is_good_there_alone():
    city, nowhere = who("office", jurisdiction="chaozhou"), who("office")
    assert [is_of(city, place) for place in ("chaozhou", "raoping", "")] == [True, False, False]
    assert [is_of(nowhere, place) for place in ("chaozhou", "raoping", "")] == [True, True, True]


def test_what_several_acts_lead_to_is_open_to_whoever_may_do_one_of_them():
    allow(who("discipline"), Act.READ_CONDUCT_REPORT, Act.READ_RETALIATION_REPORT)
    with pytest.raises(Refused) as refused:
        allow(who("office"), Act.READ_CONDUCT_REPORT, Act.READ_RETALIATION_REPORT)
    assert refused.value.detail == "this needs one of the roles conduct, discipline"


# --- tokens -----------------------------------------------------------------------------------------------------------

TOKENS = Tokens(SECRET)
CALLER = who("enterprise", "unit", unit="shi_shuiwu", jurisdiction="4451", case=CASE)
HMAC = OctKey.import_key(SECRET)


def claims(**other: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": ISSUER, "sub": "somebody", "iat": now, "exp": now + 60, "roles": ["ops"], "jurisdiction": ""}
    return {**usual, "unit": None, "case": None, **other}


def signed(key: Any = HMAC, alg: str = "HS256", header: dict[str, Any] | None = None, **other: Any) -> str:
    said = {name: value for name, value in claims(**other).items() if value != "absent"}
    return jwt.encode({"alg": alg, **(header or {})}, said, key, algorithms=[alg])


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def tampered() -> str:
    head, body, signature = signed(roles=["enterprise"]).split(".")
    padded = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    return f"{head}.{part(json.loads(padded) | {'roles': ['ops']})}.{signature}"


def by_hand(secret: bytes = SECRET.encode(), **head: Any) -> str:
    body = f"{part({'alg': 'HS256', **head})}.{part(claims())}"
    signature = base64.urlsafe_b64encode(hmac.digest(secret, body.encode(), "sha256"))
    return f"{body}.{signature.rstrip(b'=').decode()}"


def by_a_public_key() -> str:
    """Signed with the bytes of a public key as though they were the secret."""
    return by_hand(RSAKey.generate_key(2048).as_pem(private=False))


LATE, EARLY = -LIFETIME_SECONDS - SKEW_SECONDS - 5, SKEW_SECONDS + 5
WRONG: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no token at all": lambda: "let me in",
    "characters of no token": lambda: "潮州.潮州.潮州",
    "two parts": lambda: signed().rsplit(".", 1)[0],
    "no signature": lambda: signed().rsplit(".", 1)[0] + ".",
    "alg none": lambda: f"{part({'alg': 'none'})}.{part(claims())}.",
    "alg none, with a signature": lambda: f"{part({'alg': 'none'})}.{part(claims())}.{signed().rsplit('.', 1)[1]}",
    "another secret": lambda: signed(OctKey.import_key("x" * 50)),
    "HS512 with the right secret": lambda: signed(alg="HS512"),
    "RS256": lambda: signed(RSAKey.generate_key(2048), "RS256"),
    "ES256": lambda: signed(ECKey.generate_key("P-256"), "ES256"),
    "a public key as the secret": by_a_public_key,
    "tampered": tampered,
    "expired": lambda: signed(iat=int(time.time()) + LATE, exp=int(time.time()) - SKEW_SECONDS - 1),
    "of the future": lambda: signed(iat=int(time.time()) + EARLY, exp=int(time.time()) + EARLY + 60),
    "living too long": lambda: signed(exp=int(time.time()) + LIFETIME_SECONDS + 1),
    "living for ever": lambda: signed(exp="absent"),
    "born never": lambda: signed(iat="absent"),
    "another issuer": lambda: signed(iss="somebody else"),
    "no issuer": lambda: signed(iss="absent"),
    "nobody": lambda: signed(sub="absent"),
    "a role that there is not": lambda: signed(roles=["emperor"]),
    "roles in one word": lambda: signed(roles="ops"),
    "times in words": lambda: signed(exp="tomorrow"),
    "a case number that is none": lambda: signed(case="ZT-1"),
    "a critical header that nobody knows": lambda: by_hand(crit=["strictly"], strictly=True),
}  # fmt: skip


def test_a_token_says_who_calls():
    assert TOKENS.read(TOKENS.sign(CALLER)) == CALLER
    assert TOKENS.read(signed()) == TOKENS.read(by_hand()) == who("ops")


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_token_is_refused_and_the_answer_does_not_tell_why(how: str):
    with pytest.raises(Refused) as refused:
        TOKENS.read(WRONG[how]())
    assert (refused.value.status, refused.value.rule) == (401, "bad-token")
    assert refused.value.detail == "the token is missing, expired or not ours; sign in again"


def test_a_token_is_not_good_for_longer_than_five_minutes():
    TOKENS.read(TOKENS.sign(CALLER, seconds=LIFETIME_SECONDS))
    with pytest.raises(Refused):
        TOKENS.read(TOKENS.sign(CALLER, seconds=LIFETIME_SECONDS + 1))


def test_clocks_that_differ_by_seconds_do_not_shut_anybody_out():
    now = int(time.time())
    TOKENS.read(signed(iat=now - 60, exp=now - SKEW_SECONDS + 5))
    TOKENS.read(signed(iat=now + SKEW_SECONDS - 5, exp=now + 60))


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="at least 32 characters"):
        Tokens("x" * 31)
