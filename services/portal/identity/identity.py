"""All of identity in one place, for the door to wire: `Identity.of(service, settings)`, then `wire(app)`."""

import logging
from dataclasses import dataclass
from typing import Self

from fastapi import FastAPI

from libs.clock import Clock, WallClock
from libs.policy.refused import Refused
from libs.policy.shanghai import day_of
from libs.service import Service
from services.portal.identity.account import Account
from services.portal.identity.accounts import Accounts, open_accounts
from services.portal.identity.demo import DemoAccounts, read_demo_accounts
from services.portal.identity.enterprises import Enterprises, open_codes
from services.portal.identity.guard import Guard
from services.portal.identity.oidc import Provider
from services.portal.identity.rates import Rates
from services.portal.identity.sealed import Seal
from services.portal.identity.session import Session
from services.portal.identity.sessions import Sessions, open_sessions
from services.portal.identity.settings import IdentitySettings
from services.portal.identity.visitor import SignInNeeded, Step, to_sign_in

log = logging.getLogger("portal.identity")


@dataclass(frozen=True)
class Identity:
    """`business`: the clock of substitutions. `provider`: of staff who sign in elsewhere; None where there is none."""

    accounts: Accounts
    sessions: Sessions
    enterprises: Enterprises
    rates: Rates
    csrf: Seal
    business: Clock
    second_factor: bool
    is_https: bool
    provider: Provider | None
    demo: DemoAccounts | None

    @classmethod
    def of(
        cls, service: Service, settings: IdentitySettings, *, wall: Clock = WallClock(), quick: bool = False
    ) -> Self:
        """`wall`: of lockouts, sessions and codes. `quick`: cheap password hashes, for tests alone. Demo accounts are
        there when the service starts."""
        secret = settings.token_secret.get_secret_value()
        rates = Rates(settings.rate_limits)
        codes = open_codes(service.collection)
        identity = cls(
            accounts=open_accounts(service.collection, secret=secret, wall=wall, quick=quick),
            sessions=open_sessions(service.collection, idle=settings.idle, wall=wall),
            enterprises=Enterprises(service, codes, rates, Seal(secret, "sign-in-code"), wall),
            rates=rates,
            csrf=Seal(secret, "csrf"),
            business=service.clock,
            second_factor=settings.second_factor,
            is_https=settings.is_https,
            provider=_provider(settings, secret),
            demo=read_demo_accounts(settings.demo_accounts) if settings.demo_accounts else None,
        )
        service.first(identity.say_what_is_lax)
        return identity

    def wire(self, app: FastAPI) -> None:
        """Headers, cookies and refusal of foreign forms around every page; `SignInNeeded` leads to the sign-in page."""
        app.state.identity = self
        app.add_exception_handler(SignInNeeded, to_sign_in)
        app.add_middleware(Guard, is_https=self.is_https, rates=self.rates)

    async def say_what_is_lax(self) -> None:
        """What only a demo may do is said when it begins."""
        if self.demo is not None:
            await self.demo.create(self.accounts)
            log.warning("demo accounts stand on the sign-in page; their passwords are public")
        if not self.second_factor:
            log.warning("staff sign in without a second factor: the setting second_factor is off")

    def began_in_time(self, session: Session, account: Account) -> bool:
        """Whether the session began after the account's sessions were last ended."""
        since = account.sessions_since
        return since is None or (session.created_at is not None and session.created_at >= since)

    def owed(self, account: Account, session: Session) -> Step | None:
        """What somebody still owes before the session is theirs. A provider asks for the second factor itself."""
        if "provider" in session.factors:
            return None
        if self.second_factor and "totp" not in session.factors:
            return "code" if account.totp else "enrol"
        if account.must_change:
            return "password"
        return None

    async def substituted(self, account: Account, name: str) -> Account | None:
        """The account in whose place `account` may act today; None for its own name. Raises `Refused` (403)."""
        if name == account.account:
            return None
        for one in await self.accounts.substituted_by(account.account, day_of(self.business.now())):
            if one.account == name:
                return one
        raise Refused("no-substitute", "this account did not name you its substitute for today", status=403)


def _provider(settings: IdentitySettings, secret: str) -> Provider | None:
    if not settings.oidc_issuer:
        return None
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        claim=settings.oidc_claim,
        public_url=settings.public_url,
        seal=Seal(secret, "provider"),
    )
