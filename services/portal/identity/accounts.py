"""The portal's accounts in its store: signing in step by step, and what people and administrators change."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import segno

from contracts.record import Command, derive_id
from libs.clock import Clock
from libs.identity import Role
from libs.policy.refused import Refused
from libs.store import Collection
from services.portal.identity import account as rules
from services.portal.identity import totp
from services.portal.identity.account import Account, Language, Substitute
from services.portal.identity.passwords import Passwords, refuse_weak
from services.portal.identity.sealed import Seal

ISSUER = "直通车"
PAGE = 100

Decide = Callable[[Account], Iterable[Any]]


@dataclass(frozen=True)
class Offer:
    """A second factor to take on: the secret to type, the address to read, and its picture as inline SVG."""

    secret: str
    uri: str
    picture: str


@dataclass(frozen=True)
class Accounts:
    """`wall`: the machine's time, for everything but substitutions (see `account`)."""

    collection: Collection[Account]
    passwords: Passwords
    seal: Seal
    wall: Clock

    async def get(self, name: str) -> Account | None:
        found = await self.collection.get(name)
        return found if found and found.exists else None

    async def every(self) -> list[Account]:
        """All accounts by name."""
        found: list[Account] = []
        while page := await self.collection.find({"keys.listed": True}, limit=PAGE, skip=len(found)):
            found += page
        return sorted(found, key=lambda account: account.account)

    async def substituted_by(self, name: str, today: date) -> list[Account]:
        """For whom this account may act today (business time)."""
        named = await self.collection.find({"keys.substitute": name})
        return [a for a in named if not a.disabled and a.substitute and a.substitute.acts_on(today)]

    # Signing in -------------------------------------------------------------------------------------------------------

    async def check_password(self, name: str, password: str) -> Account:
        """The account, where the password is right. Raises the same `Refused` (422), after the same work, when there is
        no such account, it waits, is closed, or the password is wrong; the fifth wrong one in a row makes it wait."""
        account = await self.collection.get(name) or rules.empty(name)
        right = await self.passwords.matches(password, account.password)
        await self._try(
            account, rules.TrySignIn(**self._asked(name), factor="password", right=right), rules.try_password
        )
        return account

    async def check_code(self, account: Account, code: str) -> None:
        """Raises `Refused` (422) for a code that is wrong, late or was used before."""
        step = totp.step_of_code(self.seal.open(account.totp), code, self.wall.now()) if account.totp else None
        right = step is not None and step > account.used_step
        tried = rules.TrySignIn(**self._asked(account.account), factor="code", right=right, step=step or 0)
        await self._try(account, tried, rules.try_code)

    async def _try(
        self, account: Account, tried: rules.TrySignIn, rule: Callable[[Account, rules.TrySignIn], Any]
    ) -> None:
        if not account.exists:
            raise rules.wrong()
        await self.collection.apply(account.account, tried, lambda now: rule(now, tried), kind="asked")
        if not tried.right:
            raise rules.wrong()

    async def note_signed_in(self, account: Account) -> None:
        """Everything asked was given: failures are forgotten."""
        if account.failures or account.locks:
            await self._apply(account.account, rules.SignedIn(**self._asked(account.account)))

    # What people change of their own account --------------------------------------------------------------------------

    async def change_password(self, account: Account, current: str, new: str) -> None:
        """Every session ends, also this one. Raises `Refused` naming the field; a wrong current password counts as a try."""
        refuse_weak(new, account=account.account, field="new")
        try:
            await self.check_password(account.account, current)
        except Refused as refused:
            raise Refused("wrong-password", "this is not your password", field="current", status=422) from refused
        if current == new:
            raise Refused("same-password", "choose another password than the one you have", field="new", status=422)
        await self._apply(
            account.account,
            rules.SetPassword(**self._asked(account.account), password=await self.passwords.hash(new)),
        )

    async def choose_password(self, account: Account, new: str) -> None:
        """The first one of their own, in place of what somebody else chose. Raises `Refused` naming the field."""
        refuse_weak(new, account=account.account, field="new")
        if await self.passwords.matches(new, account.password):
            raise Refused(
                "same-password", "choose another password than the one you were given", field="new", status=422
            )
        kept = await self.passwords.hash(new)
        await self._apply(account.account, rules.SetPassword(**self._asked(account.account), password=kept))

    async def offer_totp(self, account: Account) -> Offer:
        """The second factor that is to be confirmed; the same again until it was."""
        secret = self.seal.open(account.offered) if account.offered else totp.new_secret()
        if not account.offered:
            asked = rules.OfferTotp(**self._asked(account.account), secret=self.seal.close(secret))
            await self._apply(account.account, asked)
        uri = totp.otpauth(secret, account=account.account, issuer=ISSUER)
        return Offer(secret, uri, picture(uri))

    async def confirm_totp(self, account: Account, code: str) -> None:
        """Raises `Refused` (422) when the code is not the offered factor's."""
        step = None
        if account.offered:
            step = totp.step_of_code(self.seal.open(account.offered), code, self.wall.now())
        if step is None:
            raise Refused(
                "wrong-totp",
                "this is not the code your telephone shows now; type the next one",
                field="code",
                status=422,
            )
        command = rules.ConfirmTotp(**self._asked(account.account), step=step)
        await self._apply(account.account, command, lambda now: rules.confirm_totp(now, command))

    async def name_substitute(
        self, account: Account, substitute: Substitute | None, *, today: date, by: str | None = None
    ) -> None:
        """`by`: who says so, where it is not the account itself."""
        other = await self.get(substitute.account) if substitute else None
        command = rules.NameSubstitute(**self._asked(account.account, by), substitute=substitute)
        decide: Decide = lambda now: rules.name_substitute(now, command, other=other, today=today)  # noqa: E731
        await self._apply(account.account, command, decide)

    async def choose_language(self, account: Account, language: Language) -> None:
        await self._apply(account.account, rules.ChooseLanguage(**self._asked(account.account), language=language))

    async def sign_out_everywhere(self, account: Account) -> None:
        await self._apply(account.account, rules.SignOutEverywhere(**self._asked(account.account)))

    # What administrators do -------------------------------------------------------------------------------------------

    async def create(
        self,
        name: str,
        *,
        person: str,
        roles: frozenset[Role],
        password: str,
        unit: str | None = None,
        jurisdiction: str = "",
        must_change: bool = True,
        by: str,
    ) -> Account:
        """Raises `Refused`: the name is taken (409), the password weak or a role not a person's (422)."""
        refuse_weak(password, account=name)
        kept = await self.passwords.hash(password)
        return await self.create_kept(
            name, person, roles, kept, unit=unit, jurisdiction=jurisdiction, must_change=must_change, by=by
        )

    async def create_kept(
        self,
        name: str,
        person: str,
        roles: frozenset[Role],
        kept: str,
        *,
        unit: str | None,
        jurisdiction: str,
        must_change: bool,
        by: str,
    ) -> Account:
        """The same with a password's hash."""
        command = rules.CreateAccount(
            **self._asked(name, by),
            person=person,
            roles=roles,
            unit=unit,
            jurisdiction=jurisdiction,
            password=kept,
            must_change=must_change,
        )
        return await self._apply(name, command, lambda account: rules.create(account, command))

    async def change(self, name: str, *, by: str, **what: Any) -> Account:
        """`person`, `roles`, `unit`, `jurisdiction`, `disabled`: those given change. Its sessions end."""
        command = rules.ChangeAccount(**self._asked(name, by), **what)
        return await self._apply(name, command, lambda account: rules.change(account, command))

    async def reset_password(self, name: str, password: str, *, by: str) -> Account:
        """Somebody else's new password, to be changed at the next sign-in; it also ends a lock."""
        refuse_weak(password, account=name)
        command = rules.SetPassword(
            **self._asked(name, by), password=await self.passwords.hash(password), must_change=True
        )
        return await self._apply(name, command, rules.must_exist)

    async def unlock(self, name: str, *, by: str) -> Account:
        """Wrong tries are forgotten; the password stays."""
        return await self._apply(name, rules.Unlock(**self._asked(name, by)), rules.must_exist)

    async def forget_totp(self, name: str, *, by: str) -> Account:
        return await self._apply(name, rules.ForgetTotp(**self._asked(name, by)), rules.must_exist)

    async def audit(self, name: str) -> list[dict[str, Any]]:
        """Who did what to this account, when (wall time); without what is secret."""
        shown = ("by", "roles", "unit", "jurisdiction", "disabled", "substitute", "right", "factor")
        return [
            {"what": entry["type"], "at": entry["at"], **{k: v for k, v in entry["body"].items() if k in shown}}
            for entry in await self.collection.history(name)
        ]

    def _asked(self, name: str, by: str | None = None) -> dict[str, Any]:
        return {"id": derive_id("account", name, str(uuid4())), "at": self.wall.now(), "by": by or name}

    async def _apply(self, name: str, command: Command, decide: Decide = lambda account: []) -> Account:
        return (await self.collection.apply(name, command, decide, kind="asked")).state


def picture(uri: str) -> str:
    """A QR code as inline SVG that needs neither style nor script."""
    out = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(out, kind="svg", xmldecl=False, scale=4, border=4, light="#fff")
    return out.getvalue().decode()


def open_accounts(
    collection: Callable[..., Collection[Account]], *, secret: str, wall: Clock, quick: bool = False
) -> Accounts:
    """`collection`: a service's method of that name."""
    return Accounts(
        collection=collection(
            "accounts",
            empty=rules.empty,
            evolve=rules.evolve,
            keys=rules.keys,
            indexes=("listed", "substitute"),
        ),
        passwords=Passwords(quick=quick),
        seal=Seal(secret, "second-factor"),
        wall=wall,
    )
