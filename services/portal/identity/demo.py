"""Accounts of a demo city, whose passwords everybody may know. They exist only where a setting names their file."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.record import Party
from libs.identity import Role
from libs.policy.refused import Refused
from libs.yaml_file import read_yaml
from services.portal.identity.account import AccountName
from services.portal.identity.accounts import Accounts
from services.portal.identity.passwords import refuse_weak


class Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str


class DemoAccount(BaseModel):
    """`does`: what this person is there for, in a few words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: AccountName
    person: str
    does: Words
    roles: Annotated[frozenset[Role], Field(min_length=1)]
    unit: Party | None = None
    jurisdiction: str


class DemoAccounts(BaseModel):
    """One password for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str
    accounts: tuple[DemoAccount, ...]

    async def create(self, accounts: Accounts) -> None:
        """Those that are not there yet."""
        missing = [one for one in self.accounts if await accounts.get(one.account) is None]
        if not missing:
            return
        for one in missing:
            refuse_weak(self.password, account=one.account)
        kept = await accounts.passwords.hash(self.password)
        for one in missing:
            try:
                await accounts.create_kept(
                    one.account,
                    one.person,
                    one.roles,
                    kept,
                    unit=one.unit,
                    jurisdiction=one.jurisdiction,
                    must_change=False,
                    by="demo",
                )
            except Refused as refused:
                raise ValueError(f"demo account {one.account}: {refused.detail}") from None


def read_demo_accounts(file: Path) -> DemoAccounts:
    """Raises `ValueError` when the file cannot be used."""
    return DemoAccounts.model_validate(read_yaml(file.read_text(encoding="utf-8")))
