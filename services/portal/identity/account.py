"""Accounts (账号) of staff: who signs in, for which unit, with which roles.

Instants here are the machine's wall time, never business time: a clock that stands still or jumps a week in a demo
neither locks anybody out nor lets anybody guess faster. Only a substitution (代理) names days of business time.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.record import Command, Instant, Party, Record
from libs.identity import Role, same_person
from libs.policy.refused import Refused

FAILURES = 5
LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=24)

AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{1,31}$")]
Language = Literal["zh", "en"]
NOT_FOR_PEOPLE: frozenset[Role] = frozenset({"service", "channel", "provider", "enterprise"})
"""Roles of machines and of whoever signs in otherwise; no account holds them."""
STAFF: frozenset[Role] = frozenset(get_args(Role)) - NOT_FOR_PEOPLE


class Substitute(BaseModel):
    """Another account that may act for this one from one day to another, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: AccountName
    since: date
    until: date

    def acts_on(self, day: date) -> bool:
        return self.since <= day <= self.until


class Account(BaseModel):
    """`password`: an argon2 hash, "" for who signs in by another provider alone. `totp`: the second factor's secret,
    sealed; `offered`: one not yet confirmed by a code. `used_step`: the time step of the last code taken, for none is
    taken twice. `sessions_since`: sessions that began before are dead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str
    person: str = ""
    roles: frozenset[Role] = frozenset()
    unit: Party | None = None
    jurisdiction: str = ""
    password: str = ""
    must_change: bool = False
    totp: str = ""
    offered: str = ""
    used_step: int = 0
    failures: int = 0
    locks: int = 0
    locked_until: Instant | None = None
    disabled: bool = False
    substitute: Substitute | None = None
    language: Language | None = None
    sessions_since: Instant | None = None
    created_at: Instant | None = None

    @property
    def exists(self) -> bool:
        return self.created_at is not None


# What is asked ----------------------------------------------------------------------------------------------------------


class CreateAccount(Command):
    """`password`: its hash. Hashes are kept here and nowhere else, and never shown."""

    type: Literal["create-account"] = "create-account"
    person: Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
    roles: Annotated[frozenset[Role], Field(min_length=1)]
    unit: Party | None = None
    jurisdiction: str = ""
    password: str
    must_change: bool = True


class ChangeAccount(Command):
    """What an administrator changes of an account; what is not given stays."""

    type: Literal["change-account"] = "change-account"
    person: str | None = None
    roles: frozenset[Role] | None = None
    unit: Party | None = None
    jurisdiction: str | None = None
    disabled: bool | None = None


class SetPassword(Command):
    """`must_change`: somebody else chose it."""

    type: Literal["set-password"] = "set-password"
    password: str
    must_change: bool = False


class TrySignIn(Command):
    """Somebody gave a password or a code for this account."""

    type: Literal["try-sign-in"] = "try-sign-in"
    factor: Literal["password", "code"]
    right: bool
    step: int = 0


class Unlock(Command):
    """An administrator lets somebody try again at once."""

    type: Literal["unlock"] = "unlock"


class SignedIn(Command):
    """All that is asked was given."""

    type: Literal["signed-in"] = "signed-in"


class OfferTotp(Command):
    type: Literal["offer-totp"] = "offer-totp"
    secret: str


class ConfirmTotp(Command):
    type: Literal["confirm-totp"] = "confirm-totp"
    step: int


class ForgetTotp(Command):
    """A lost telephone: the next sign-in enrols anew."""

    type: Literal["forget-totp"] = "forget-totp"


class NameSubstitute(Command):
    """None: nobody any more."""

    type: Literal["name-substitute"] = "name-substitute"
    substitute: Substitute | None


class ChooseLanguage(Command):
    type: Literal["choose-language"] = "choose-language"
    language: Language


class SignOutEverywhere(Command):
    type: Literal["sign-out-everywhere"] = "sign-out-everywhere"


# State ------------------------------------------------------------------------------------------------------------------


def empty(account: str) -> Account:
    return Account(account=account)


def keys(account: Account) -> Mapping[str, Any]:
    return {
        "listed": account.exists,
        "substitute": account.substitute.account if account.substitute else None,
        "unit": account.unit,
    }


def evolve(account: Account, record: Record) -> Account:
    return account.model_copy(update=_changes(account, record))


def _changes(account: Account, record: Record) -> dict[str, Any]:
    match record:
        case CreateAccount():
            given = record.model_dump(exclude={"type", "id", "at", "by"})
            return {**given, "created_at": record.at, "sessions_since": record.at}
        case ChangeAccount():
            given = record.model_dump(exclude={"type", "id", "at", "by"}, exclude_none=True)
            # Whoever is open with the old roles signs in again.
            return {**given, "sessions_since": record.at}
        case SetPassword():
            return {
                "password": record.password,
                "must_change": record.must_change,
                "sessions_since": record.at,
                "failures": 0,
                "locks": 0,
                "locked_until": None,
            }
        case TrySignIn(right=False):
            return _failed(account, record.at)
        case TrySignIn():
            return {"used_step": max(record.step, account.used_step)}
        case SignedIn() | Unlock():
            return {"failures": 0, "locks": 0, "locked_until": None}
        case OfferTotp():
            return {"offered": record.secret}
        case ConfirmTotp():
            return {"totp": account.offered, "offered": "", "used_step": record.step}
        case ForgetTotp():
            return {"totp": "", "offered": "", "used_step": 0, "sessions_since": record.at}
        case NameSubstitute():
            return {"substitute": record.substitute}
        case ChooseLanguage():
            return {"language": record.language}
        case SignOutEverywhere():
            return {"sessions_since": record.at}
        case _:
            return {}


def _failed(account: Account, at: datetime) -> dict[str, Any]:
    failures = account.failures + 1
    if failures < FAILURES:
        return {"failures": failures}
    return {"failures": 0, "locks": account.locks + 1, "locked_until": at + lock_after(account.locks)}


def lock_after(locks: int) -> timedelta:
    """How long an account is locked that was locked so often before: a quarter of an hour, twice as long each time."""
    return min(LOCK * 2 ** min(locks, 10), LONGEST_LOCK)


# Rules ------------------------------------------------------------------------------------------------------------------


def wrong() -> Refused:
    """The one answer to whoever may not in, whether or not there is such an account."""
    return Refused(
        "wrong-sign-in",
        "account name, password or code is not right; after five wrong tries an account waits for a while",
        field="password",
        status=422,
    )


def is_open(account: Account, now: datetime) -> bool:
    """Whether signing in can succeed now."""
    locked = account.locked_until is not None and now < account.locked_until
    return account.exists and not account.disabled and not locked


def try_password(account: Account, tried: TrySignIn) -> list[Any]:
    """A try counts only while the account is open: a lock is not made longer from outside. Raises `Refused` (422)."""
    if not is_open(account, tried.at):
        raise wrong()
    return []


def try_code(account: Account, tried: TrySignIn) -> list[Any]:
    """Raises `Refused` (422) as `try_password` does, and for a code that was used before."""
    if not is_open(account, tried.at) or (tried.right and tried.step <= account.used_step):
        raise wrong()
    return []


def create(account: Account, command: CreateAccount) -> list[Any]:
    if account.exists:
        raise Refused("account-taken", "there is an account of this name; choose another", field="account")
    refuse_roles(command.roles, command.unit)
    return []


def change(account: Account, command: ChangeAccount) -> list[Any]:
    """Nobody disables an account or takes roles from it that is their own: somebody must stay who can. Whoever stands in
    for somebody else stays themselves."""
    must_exist(account)
    if same_person(command.by, account.account) and (command.disabled or command.roles is not None):
        raise Refused("own-account", "somebody else has to change your roles or close your account", field="account")
    refuse_roles(command.roles or account.roles, command.unit or account.unit)
    return []


def refuse_roles(roles: frozenset[Role], unit: str | None) -> None:
    """Raises `Refused` (422) for roles that are no person's, and for a unit's or leader's role without its unit."""
    if alien := roles & NOT_FOR_PEOPLE:
        raise Refused(
            "role-not-for-accounts", f"no account can hold {', '.join(sorted(alien))}", field="roles", status=422
        )
    if roles & {"unit", "leader"} and unit is None:
        raise Refused("unit-missing", "a unit's or leader's account names its unit", field="unit", status=422)


def confirm_totp(account: Account, command: ConfirmTotp) -> list[Any]:
    if not account.offered:
        raise Refused("nothing-offered", "there is no new second factor to confirm; begin again", field="code")
    return []


def name_substitute(account: Account, command: NameSubstitute, *, other: Account | None, today: date) -> list[Any]:
    """The account itself names who acts for it, for days that are not over. Raises `Refused` (422)."""
    wanted = command.substitute
    if wanted is None:
        return []
    if other is None or not other.exists or other.disabled or other.account == account.account:
        raise Refused("no-such-account", "name another account that is in use", field="substitute", status=422)
    if wanted.until < wanted.since or wanted.until < today:
        raise Refused(
            "wrong-days", "the last day is today or later, and not before the first", field="until", status=422
        )
    return []


def must_exist(account: Account) -> list[Any]:
    if not account.exists:
        raise Refused("no-such-account", "there is no such account", field="account", status=404)
    return []
