"""One browser's visit: its session, who that is, and what changes it. Pages find it at `desk.visit`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fastapi import Request

from libs.identity import on_behalf
from libs.languages import Lang
from libs.policy.refused import Refused
from services.portal.identity.account import Account
from services.portal.identity.guard import cookie_name, notes_of
from services.portal.identity.session import Factor, Pair, Session
from services.portal.identity.sessions import Ended, new_number
from services.portal.visitor import Visitor

if TYPE_CHECKING:
    from services.portal.identity.identity import Identity

COOKIE = "ztc"

Step = Literal["code", "factor", "password"]
"""What somebody with the right password still owes: a code, taking on a second factor, a password of their own."""


@dataclass
class Visit:
    """`account`: of staff who are fully signed in; `pending`: of who still owes a `step`. `acting_for`: in whose place
    the account acts now. `enterprise`: the pair that was proved. `receipts`: cases that this browser filed."""

    request: Request
    identity: "Identity"
    number: str = ""
    session: Session | None = None
    account: Account | None = None
    pending: Account | None = None
    step: Step | None = None
    acting_for: Account | None = None
    enterprise: Pair | None = None
    receipts: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return self.request.client.host if self.request.client else ""

    def csrf(self) -> str:
        """The mark for this browser's forms. One that has no number yet gets one for it."""
        if not self.number:
            self._take(new_number())
        return self.identity.csrf.mark(self.number)

    def visitor(self) -> Visitor:
        """As pages see it. The cases of an enterprise's pair are added when a page is asked for."""
        acting = self.acting_for or self.account
        return Visitor(
            lang=_language(self.request),
            large=self.request.cookies.get("large") == "yes",
            csrf=self.csrf() if self.request.method in ("GET", "HEAD") else self.identity.csrf.mark(self.number),
            name=self._name(),
            subject=self._subject(),
            roles=acting.roles if acting else frozenset({"enterprise"} if self.enterprise else ()),
            unit=acting.unit if acting else None,
            jurisdiction=acting.jurisdiction if acting else "",
            cases=frozenset(self.receipts),
        )

    def _name(self) -> str:
        if self.enterprise is not None:
            return f"{self.enterprise.phone[:3]}****{self.enterprise.phone[-4:]}"
        if self.account is None:
            return ""
        return self.account.person if self.acting_for is None else f"{self.account.person} → {self.acting_for.person}"

    def _subject(self) -> str:
        """As the services' histories name who acts: nothing of an enterprise that could be read."""
        if self.account is not None:
            whom = self.acting_for
            return self.account.account if whom is None else on_behalf(self.account.account, whom.account)
        if self.enterprise is not None:
            return self.identity.enterprises.subject(self.enterprise)
        return f"visitor-{self.identity.csrf.mark('subject', self.number)[:16]}" if self.number else "anybody"

    # What changes the session -----------------------------------------------------------------------------------------

    async def begin(
        self,
        *,
        account: Account | None = None,
        factors: frozenset[Factor] = frozenset(),
        enterprise: Pair | None = None,
    ) -> None:
        """A new session under a new number; an enterprise may still follow what this browser filed."""
        self.session = None
        self._take(
            await self.identity.sessions.begin(
                account=account.account if account else "",
                factors=factors,
                enterprise=enterprise,
                receipts=() if account else self.receipts,
                instead_of=self.number,
            )
        )
        if account and account.language:
            notes_of(self.request.scope).cookies["lang"] = account.language

    async def keep_receipt(self, case: str) -> None:
        """This browser filed this case: it may follow it, signed in or not. Staff follow by their roles."""
        if self.account is not None or self.pending is not None:
            return
        self.receipts = (*self.receipts, case)
        if self.session is not None:
            try:
                await self.identity.sessions.keep_receipt(self.session, case)
                return
            except Ended:
                pass
        self._take(await self.identity.sessions.begin(receipts=(case,)))

    async def act_as(self, name: str) -> None:
        """From now on in another's place; "": in one's own. Raises `Refused` (403) when that one did not ask for it."""
        if self.account is None or self.session is None:
            raise Refused("not-signed-in", "sign in first", status=401)
        if name:
            await self.identity.substituted(self.account, name)
        await self.identity.sessions.act_as(self.session, name)

    async def sign_out(self) -> None:
        await self.identity.sessions.end(self.number)
        self._take(None)

    def keep(self, name: str, value: str | None) -> None:
        """A cookie of this browser's session; None takes it away."""
        notes_of(self.request.scope).cookies[name] = value

    def kept(self, name: str) -> str:
        return self.request.cookies.get(cookie_name(name, is_https=self.identity.is_https), "")

    def _take(self, number: str | None) -> None:
        self.keep(COOKIE, number)
        self.number = number or ""


def _language(request: Request) -> Lang:
    """As chosen in this browser, else as it asks."""
    if (chosen := request.cookies.get("lang")) in ("zh", "en"):
        return Lang(chosen)
    return Lang.EN if request.headers.get("accept-language", "").lower().startswith("en") else Lang.ZH


def page_after(wanted: str) -> str:
    """The page that was wanted, if it is one of ours."""
    is_ours = wanted.startswith("/") and not wanted.startswith("//") and wanted.isprintable() and "\\" not in wanted
    return wanted if is_ours else "/"
