"""Accounts over HTTP, for administrators' tools: `ztc account`. Pages have their own routes."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.record import Party
from libs.identity import Act, Role, allow
from libs.policy.refused import Refused
from libs.service import Asked
from services.portal.identity.account import Account, AccountName
from services.portal.identity.accounts import Accounts

Password = Annotated[str, StringConstraints(max_length=200)]


class NewAccount(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    account: AccountName
    person: Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
    roles: Annotated[frozenset[Role], Field(min_length=1)]
    unit: Party | None = None
    jurisdiction: Annotated[str, StringConstraints(max_length=32)] = ""
    password: Password
    must_change: bool = True


class Change(BaseModel):
    """What is not given stays."""

    model_config = ConfigDict(extra="forbid")

    person: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    roles: Annotated[frozenset[Role], Field(min_length=1)] | None = None
    unit: Party | None = None
    jurisdiction: Annotated[str, StringConstraints(max_length=32)] | None = None
    disabled: bool | None = None


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    password: Password


def account_routes(accounts: Accounts) -> APIRouter:
    router = APIRouter(prefix="/api/accounts")

    @router.post("", status_code=201)
    async def create(ask: Asked, body: NewAccount) -> dict[str, Any]:
        allow(ask.caller, Act.KEEP_ACCOUNTS)
        given = body.model_dump(exclude={"account"})
        return shown(await accounts.create(body.account, **given, by=ask.caller.subject))

    @router.get("")
    async def every(ask: Asked) -> list[dict[str, Any]]:
        allow(ask.caller, Act.KEEP_ACCOUNTS)
        return [shown(account) for account in await accounts.every()]

    @router.post("/{name}")
    async def change(ask: Asked, name: AccountName, body: Change) -> dict[str, Any]:
        allow(ask.caller, Act.KEEP_ACCOUNTS)
        return shown(await accounts.change(name, by=ask.caller.subject, **body.model_dump(exclude_none=True)))

    @router.post("/{name}/password")
    async def reset_password(ask: Asked, name: AccountName, body: NewPassword) -> dict[str, Any]:
        allow(ask.caller, Act.KEEP_ACCOUNTS)
        return shown(await accounts.reset_password(name, body.password, by=ask.caller.subject))

    @router.post("/{name}/unlocking")
    async def unlock(ask: Asked, name: AccountName) -> dict[str, Any]:
        """Somebody typed a wrong password too often and is known to be the right one."""
        allow(ask.caller, Act.KEEP_ACCOUNTS)
        return shown(await accounts.unlock(name, by=ask.caller.subject))

    @router.post("/{name}/second-factor/removal")
    async def forget_totp(ask: Asked, name: AccountName) -> dict[str, Any]:
        """For a lost telephone; the next sign-in takes on another."""
        allow(ask.caller, Act.KEEP_ACCOUNTS)
        return shown(await accounts.forget_totp(name, by=ask.caller.subject))

    @router.get("/{name}/history")
    async def history(ask: Asked, name: AccountName) -> list[dict[str, Any]]:
        """Who did what to this account, when."""
        allow(ask.caller, Act.KEEP_ACCOUNTS)
        if await accounts.get(name) is None:
            raise Refused("no-such-account", "there is no such account", status=404)
        return await accounts.audit(name)

    return router


def shown(account: Account) -> dict[str, Any]:
    """An account without what is secret."""
    shown = account.model_dump(
        mode="json",
        include={"account", "person", "unit", "jurisdiction", "disabled", "must_change", "locked_until", "substitute"},
    )
    return shown | {"roles": sorted(account.roles), "second_factor": bool(account.totp)}
