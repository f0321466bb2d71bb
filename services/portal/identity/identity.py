"""All of identity in one place, for the door to use: who looks, and whether a form may be acted upon."""

import logging
from dataclasses import dataclass, replace
from typing import Self

from fastapi import FastAPI, Request

from libs.clock import Clock, WallClock
from libs.policy.refused import Refused
from libs.policy.shanghai import day_of
from libs.service import Service
from services.portal.identity.account import Account
from services.portal.identity.accounts import Accounts, open_accounts
from services.portal.identity.csrf import MARK_FIELD, MARK_HEADER, SAFE
from services.portal.identity.demo import DemoAccounts, read_demo_accounts
from services.portal.identity.enterprises import Enterprises, open_codes
from services.portal.identity.guard import Guard, cookie_name, notes_of
from services.portal.identity.oidc import Provider
from services.portal.identity.rates import Rates
from services.portal.identity.sealed import Seal
from services.portal.identity.session import Factor, Session
from services.portal.identity.sessions import Sessions, open_sessions
from services.portal.identity.settings import IdentitySettings
from services.portal.identity.visit import COOKIE, Step, Visit
from services.portal.visitor import Visitor

log = logging.getLogger("portal.identity")


@dataclass(frozen=True)
class Identity:
    """`kept`: seals what a browser keeps for us. `business`: the clock of substitutions. `provider`: of staff who sign in
    elsewhere; None where there is none."""

    accounts: Accounts
    sessions: Sessions
    enterprises: Enterprises
    rates: Rates
    csrf: Seal
    kept: Seal
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
            kept=Seal(secret, "kept"),
            business=service.clock,
            second_factor=settings.second_factor,
            is_https=settings.is_https,
            provider=_provider(settings, secret),
            demo=read_demo_accounts(settings.demo_accounts) if settings.demo_accounts else None,
        )
        service.first(identity.say_what_is_lax)
        return identity

    def guard(self, app: FastAPI) -> None:
        """Headers, cookies and refusal of foreign forms around every page."""
        app.add_middleware(Guard, is_https=self.is_https, rates=self.rates)

    async def identify(self, request: Request) -> Visitor:
        """Who looks; the visit itself is then at `request.state.visit`."""
        visit = request.state.visit = await self._visit(request)
        return visit.visitor()

    async def admit(self, request: Request) -> None:
        """To be awaited before a page does anything: a form bears this browser's mark, and an enterprise has its cases.

        Raises `Refused` (403) for a form without it, `httpx.HTTPError` when intake does not answer.
        """
        visit: Visit = request.state.visit
        if request.method not in SAFE:
            await self._refuse_unmarked(request, visit.number)
        if visit.enterprise is not None:
            filed = {row["case"] for row in await self.enterprises.cases(visit.enterprise)}
            visitor: Visitor = request.state.visitor
            request.state.visitor = replace(visitor, cases=visitor.cases | filed)

    async def _visit(self, request: Request) -> Visit:
        visit = Visit(request, self, request.cookies.get(cookie_name(COOKIE, is_https=self.is_https), ""))
        session = await self.sessions.of(visit.number, used=_is_used(request))
        if session is None:
            return visit
        notes_of(request.scope).is_personal = True
        visit.session, visit.enterprise, visit.receipts = session, session.enterprise, session.receipts
        account = await self.accounts.get(session.account) if session.account else None
        if account is None or account.disabled or not self.began_in_time(session, account):
            return visit
        visit.step = self.owed(account, session.factors)
        if visit.step is not None:
            visit.pending = account
            return visit
        visit.account = account
        if session.act_as:
            visit.acting_for = next((a for a in await self.may_act_for(account) if a.account == session.act_as), None)
        return visit

    async def _refuse_unmarked(self, request: Request, number: str) -> None:
        given = request.headers.get(MARK_HEADER)
        if given is None:
            typed = (await request.form()).get(MARK_FIELD)
            given = typed if isinstance(typed, str) else ""
        if not number or not self.csrf.is_mark(given, number):
            raise Refused("stale-form", "this form is too old or not from here; load the page again", status=403)

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

    def owed(self, account: Account, factors: frozenset[Factor]) -> Step | None:
        """What somebody still owes before the session is theirs. A provider asks for the second factor itself."""
        if "provider" in factors:
            return None
        if "totp" not in factors and (account.totp or self.second_factor):
            return "code" if account.totp else "factor"
        if account.must_change:
            return "password"
        return None

    async def may_act_for(self, account: Account) -> list[Account]:
        """Who named this account a substitute for today."""
        return await self.accounts.substituted_by(account.account, day_of(self.business.now()))

    async def substituted(self, account: Account, name: str) -> Account:
        """The account in whose place `account` may act today. Raises `Refused` (403)."""
        for one in await self.may_act_for(account):
            if one.account == name:
                return one
        raise Refused("no-substitute", "this account did not name you its substitute for today", status=403)


def _is_used(request: Request) -> bool:
    """Whether a person asks, not an open page that looks again by itself: that keeps nobody signed in."""
    return request.url.path != "/live" and not (request.method == "GET" and request.headers.get("hx-request"))


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
