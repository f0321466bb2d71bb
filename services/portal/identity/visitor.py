"""Who is visiting a page, and as whom the services are asked for them. Pages take `visitor: Visiting`."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from libs.identity import Caller, Role, on_behalf
from libs.policy.refused import Refused
from libs.policy.shanghai import day_of
from services.portal.identity.account import Account, Language
from services.portal.identity.csrf import SAFE
from services.portal.identity.guard import cookie_name, notes_of
from services.portal.identity.session import Factor, Pair, Session
from services.portal.identity.sessions import Ended, new_number

if TYPE_CHECKING:
    from services.portal.identity.identity import Identity

COOKIE = "ztc"
LANGUAGE_COOKIE = "ztc-language"
MARK_FIELD = "csrf"
MARK_HEADER = "x-csrf-token"

Step = Literal["code", "enrol", "password"]
"""What somebody with the right password still owes: a code, taking on a second factor, a password of their own."""


class SignInNeeded(Exception):
    """Nobody is signed in who could see this page."""

    def __init__(self, page: str = "/sign-in") -> None:
        super().__init__(page)
        self.page = page


@dataclass
class Visitor:
    """`account`: of staff who are fully signed in; `pending`: of who still owes a `step`. `acting_for`: whose place the
    account takes now. `enterprise`: the pair that was proved. `receipts`: cases that this browser filed."""

    request: Request
    identity: "Identity"
    number: str
    session: Session | None = None
    account: Account | None = None
    pending: Account | None = None
    step: Step | None = None
    acting_for: Account | None = None
    enterprise: Pair | None = None
    receipts: tuple[str, ...] = ()
    _cases: frozenset[str] | None = field(default=None, repr=False)

    @property
    def signed_in(self) -> bool:
        return self.account is not None or self.enterprise is not None

    @property
    def acts_as(self) -> Account | None:
        """Whose roles and unit are used: the account's own, or the one's whose place it takes."""
        return self.acting_for or self.account

    @property
    def roles(self) -> frozenset[Role]:
        if self.acts_as is not None:
            return self.acts_as.roles
        return frozenset({"enterprise"}) if self.enterprise or self.receipts else frozenset()

    @property
    def language(self) -> Language:
        """As the account says, else as chosen in this browser, else as the browser asks."""
        known = self.account or self.pending
        if known and known.language:
            return known.language
        chosen = self.request.cookies.get(cookie_name(LANGUAGE_COOKIE, is_https=self.identity.is_https))
        if chosen in ("zh-CN", "en"):
            return chosen
        return "en" if self.request.headers.get("accept-language", "").lower().startswith("en") else "zh-CN"

    @property
    def address(self) -> str:
        return self.request.client.host if self.request.client else ""

    @property
    def csrf(self) -> str:
        """The mark for this visitor's forms (field `csrf`, or header `X-CSRF-Token`). Who has no session yet gets a
        number for it."""
        notes = notes_of(self.request.scope)
        notes.is_personal = True
        if not self.number:
            self.number = new_number()
            notes.cookies[COOKIE] = self.number
        return self.identity.csrf.mark(self.number)

    def require(self, *roles: Role) -> Account:
        """The account whose roles are used. Raises `SignInNeeded`, or `Refused` (403) when it has none of these roles."""
        if self.account is None or self.acts_as is None:
            raise SignInNeeded
        if roles and not self.acts_as.roles & set(roles):
            raise Refused("not-allowed", f"this needs one of the roles {', '.join(sorted(roles))}", status=403)
        return self.acts_as

    def require_enterprise(self) -> Pair:
        if self.enterprise is None:
            raise SignInNeeded("/enterprise/sign-in")
        return self.enterprise

    async def caller(self, case: str | None = None, act_as: str | None = None) -> Caller:
        """As whom services are asked; sign it with `service.tokens`. `case`: the one an enterprise asks about.
        `act_as`: the account in whose place; else as the session chose.

        Raises `Refused` (404) when the case is not the enterprise's, exactly as for one that does not exist; (403) when
        nobody named this account a substitute; `SignInNeeded` when nobody is there who could be asked for that.
        """
        if self.account is not None:
            whom = self.acting_for if act_as is None else await self.identity.substituted(self.account, act_as)
            return _staff(self.account, whom)
        if case is None:
            return Caller(subject=self._subject(), roles=frozenset({"enterprise"}))
        if not await self.may_follow(case):
            if not self.enterprise and not self.receipts:
                raise SignInNeeded("/enterprise/sign-in")
            raise Refused("no-such-case", "there is no such case for you", status=404)
        return Caller(subject=self._subject(), roles=frozenset({"enterprise"}), case=case)

    async def may_follow(self, case: str) -> bool:
        """Whether this enterprise or browser filed the case."""
        return case in self.receipts or case in await self.cases()

    async def cases(self) -> frozenset[str]:
        """The numbers of the appeals filed by the pair that was proved."""
        if self.enterprise is None:
            return frozenset()
        if self._cases is None:
            self._cases = frozenset(row["case"] for row in await self.identity.enterprises.cases(self.enterprise))
        return self._cases

    def invited(self, case: str) -> Caller:
        """For a link that was sent: evaluation still asks for its code."""
        return Caller(subject=self._subject(), roles=frozenset({"enterprise"}), case=case)

    def _subject(self) -> str:
        if self.enterprise is not None:
            return self.identity.enterprises.subject(self.enterprise)
        return f"visitor-{self.identity.csrf.mark('subject', self.number)[:16]}"

    # What changes the session -----------------------------------------------------------------------------------------

    async def begin(
        self, *, account: str = "", factors: frozenset[Factor] = frozenset(), enterprise: Pair | None = None
    ) -> None:
        """A new session under a new number; what this browser may follow it still may."""
        self._take(
            await self.identity.sessions.begin(
                account=account,
                factors=factors,
                enterprise=enterprise,
                receipts=self.receipts,
                instead_of=self.number,
            )
        )

    async def keep_receipt(self, case: str) -> None:
        """This browser filed this case: it may follow it, signed in or not. Nothing happens for staff."""
        if self.account is not None or self.pending is not None:
            return
        try:
            if self.session is not None:
                await self.identity.sessions.keep_receipt(self.session, case)
                return
        except Ended:
            pass
        self._take(await self.identity.sessions.begin(receipts=(case,)))

    async def act_as(self, name: str) -> None:
        """From now on in another's place; "": in one's own. Raises `Refused` (403)."""
        account = self.require()
        if self.account is None or self.session is None:
            raise SignInNeeded
        await self.identity.substituted(self.account, name or account.account)
        await self.identity.sessions.act_as(self.session, name)

    async def sign_out(self) -> None:
        await self.identity.sessions.end(self.number)
        self._take(None)

    def choose_language(self, language: Language) -> None:
        notes_of(self.request.scope).cookies[LANGUAGE_COOKIE] = language

    def _take(self, number: str | None) -> None:
        notes_of(self.request.scope).cookies[COOKIE] = number
        self.number = number or ""


def _staff(account: Account, whom: Account | None) -> Caller:
    acting = whom or account
    subject = account.account if whom is None else on_behalf(account.account, whom.account)
    return Caller(subject=subject, roles=acting.roles, unit=acting.unit, jurisdiction=acting.jurisdiction)


async def visit(request: Request) -> Visitor:
    """Raises `Refused` (403) for a form without this visitor's mark."""
    identity: Identity = request.app.state.identity
    number = request.cookies.get(cookie_name(COOKIE, is_https=identity.is_https), "")
    if request.method not in SAFE:
        await _refuse_unmarked(request, identity, number)
    visitor = Visitor(request, identity, number)
    session = await identity.sessions.of(number)
    if session is None:
        return visitor
    notes_of(request.scope).is_personal = True
    visitor.session, visitor.enterprise, visitor.receipts = session, session.enterprise, session.receipts
    account = await identity.accounts.get(session.account) if session.account else None
    if account is None or account.disabled or not identity.began_in_time(session, account):
        return visitor
    visitor.step = identity.owed(account, session)
    if visitor.step is not None:
        visitor.pending = account
        return visitor
    visitor.account = account
    if session.act_as:
        today = day_of(identity.business.now())
        visitor.acting_for = next(
            (a for a in await identity.accounts.substituted_by(account.account, today) if a.account == session.act_as),
            None,
        )
    return visitor


Visiting = Annotated[Visitor, Depends(visit)]
"""The parameter of every page. A page without it must not be asked with POST."""


async def _refuse_unmarked(request: Request, identity: "Identity", number: str) -> None:
    given = request.headers.get(MARK_HEADER)
    if given is None:
        typed = (await request.form()).get(MARK_FIELD)
        given = typed if isinstance(typed, str) else ""
    if not number or not identity.csrf.is_mark(given, number):
        raise Refused("stale-form", "this form is too old or not from here; load the page again", status=403)


def to_sign_in(request: Request, error: Exception) -> Response:
    """For `app.add_exception_handler(SignInNeeded, to_sign_in)`: there, and afterwards back to the page that was wanted."""
    assert isinstance(error, SignInNeeded)
    wanted = request.url.path if request.method in SAFE else ""
    return RedirectResponse(f"{error.page}?next={quote(wanted, safe='/')}" if wanted else error.page, status_code=303)


def page_after(wanted: str) -> str:
    """The page that was wanted, if it is one of ours."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours and "\\" not in wanted else "/"
