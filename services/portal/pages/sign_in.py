"""How staff sign in: account and password, then what they still owe; or by the identity provider; and out again."""

from urllib.parse import quote

from fastapi import APIRouter, Response

from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.identity.account import Account
from services.portal.identity.session import Factor
from services.portal.identity.visit import Step, page_after
from services.portal.visitor import Visitor

KEPT = "ztc-provider"
"""What this browser keeps while somebody is at the identity provider."""


async def come_in(desk: Desk, account: Account, factors: frozenset[Factor], wanted: str) -> Response:
    """A new session; then the step that is owed, or the page that was wanted, or one's own work."""
    identity = desk.office.identity
    await desk.visit.begin(account=account, factors=factors)
    if (step := identity.owed(account, factors)) is not None:
        return desk.on(f"/sign-in/{step}" + (f"?next={quote(wanted)}" if wanted else ""))
    await identity.accounts.note_signed_in(account)
    if not wanted:
        wanted = next((place.path for place in desk.office.rendering.nav(Visitor(roles=account.roles))), "/")
    return desk.on(page_after(wanted))


def owing(desk: Desk, step: Step) -> Account:
    """Who owes this step now. Raises `Refused` (401) when nobody does."""
    if desk.visit.pending is None or desk.visit.step != step or desk.visit.session is None:
        raise Refused("not-signed-in", "sign in first", status=401)
    return desk.visit.pending


async def sign_in_page(desk: Desk, form: Form) -> Response:
    identity = desk.office.identity
    return desk.page("sign_in/start.html", form=form, accounts=identity.demo, provider=identity.provider is not None)


async def code_page(desk: Desk, form: Form) -> Response:
    return desk.page("sign_in/code.html", form=form)


async def factor_page(desk: Desk, form: Form, account: Account) -> Response:
    return desk.page("sign_in/factor.html", form=form, offer=await desk.office.identity.accounts.offer_totp(account))


async def password_page(desk: Desk, form: Form) -> Response:
    return desk.page("sign_in/password.html", form=form)


def routes() -> APIRouter:
    router = APIRouter()
    _add_password(router)
    _add_steps(router)
    _add_provider(router)

    @router.post("/sign-out")
    async def sign_out(desk: AtDesk) -> Response:
        await desk.visit.sign_out()
        return desk.then("/", "您已退出登录", "You are signed out")

    return router


def _add_password(router: APIRouter) -> None:
    @router.get("/sign-in")
    async def start(desk: AtDesk, next: str = "") -> Response:
        if desk.visit.step is not None:
            return desk.on(f"/sign-in/{desk.visit.step}" + (f"?next={quote(next)}" if next else ""))
        return await sign_in_page(desk, Form.filled(next=next))

    @router.post("/sign-in")
    async def sign_in(desk: AtDesk) -> Response:
        form = await desk.form()
        identity = desk.office.identity

        async def act() -> Response:
            name, password = form["account"].lower(), form.values.get("password", [""])[0]
            identity.rates.take("sign-in by address", desk.visit.address)
            if identity.demo is not None and form["demo"]:
                name, password = form["demo"], identity.demo.password
            else:
                identity.rates.take("sign-in by account", name)
            account = await identity.accounts.check_password(name, password)
            return await come_in(desk, account, frozenset({"password"}), form["next"])

        needed = {} if form["demo"] else {
            "account": desk.t("请填写账号", "Type your account's name"),
            "password": desk.t("请填写密码", "Type your password"),
        }  # fmt: skip
        return await desk.carry_out(form, act, lambda form: sign_in_page(desk, form), needed=needed)


def _add_steps(router: APIRouter) -> None:
    @router.get("/sign-in/code")
    async def ask_code(desk: AtDesk, next: str = "") -> Response:
        owing(desk, "code")
        return await code_page(desk, Form.filled(next=next))

    @router.post("/sign-in/code")
    async def give_code(desk: AtDesk) -> Response:
        form, account, accounts = await desk.form(), owing(desk, "code"), desk.office.identity.accounts

        async def act() -> Response:
            desk.office.identity.rates.take("sign-in by account", f"code of {account.account}")
            await accounts.check_code(account, form["code"])
            return await come_in(desk, account, frozenset({"password", "totp"}), form["next"])

        needed = {"code": desk.t("请填写验证码", "Type the code")}
        return await desk.carry_out(form, act, lambda form: code_page(desk, form), needed=needed)

    @router.get("/sign-in/factor")
    async def offer_factor(desk: AtDesk, next: str = "") -> Response:
        return await factor_page(desk, Form.filled(next=next), owing(desk, "factor"))

    @router.post("/sign-in/factor")
    async def take_factor(desk: AtDesk) -> Response:
        form, account = await desk.form(), owing(desk, "factor")

        async def act() -> Response:
            await desk.office.identity.accounts.confirm_totp(account, form["code"])
            return await come_in(desk, account, frozenset({"password", "totp"}), form["next"])

        needed = {"code": desk.t("请填写验证码", "Type the code")}
        return await desk.carry_out(form, act, lambda form: factor_page(desk, form, account), needed=needed)

    @router.get("/sign-in/password")
    async def ask_password(desk: AtDesk, next: str = "") -> Response:
        owing(desk, "password")
        return await password_page(desk, Form.filled(next=next))

    @router.post("/sign-in/password")
    async def choose_password(desk: AtDesk) -> Response:
        form, account, accounts = await desk.form(), owing(desk, "password"), desk.office.identity.accounts
        factors = desk.visit.session.factors if desk.visit.session else frozenset[Factor]()

        async def act() -> Response:
            await accounts.choose_password(account, form.values.get("new", [""])[0])
            changed = account.model_copy(update={"must_change": False})
            return await come_in(desk, changed, factors, form["next"])

        needed = {"new": desk.t("请填写新密码", "Type a new password")}
        return await desk.carry_out(form, act, lambda form: password_page(desk, form), needed=needed)


def _add_provider(router: APIRouter) -> None:
    @router.get("/sign-in/provider")
    async def leave(desk: AtDesk, next: str = "") -> Response:
        provider = desk.office.identity.provider
        if provider is None:
            raise Refused("no-such-page", "there is no such page", status=404)
        leaving = await provider.leave(then=next)
        desk.visit.keep(KEPT, leaving.kept)
        return desk.on(leaving.url)

    @router.get("/sign-in/provider/back")
    async def come_back(desk: AtDesk) -> Response:
        identity = desk.office.identity
        if identity.provider is None:
            raise Refused("no-such-page", "there is no such page", status=404)
        form = Form()
        try:
            identity.rates.take("sign-in by address", desk.visit.address)
            given = dict(desk.request.query_params)
            name, wanted = await identity.provider.come_back(given, desk.visit.kept(KEPT))
            account = await identity.accounts.get(name)
            if account is None or account.disabled:
                raise Refused("no-account-here", "you have no account here; ask an administrator for one", status=422)
        except Refused as refused:
            form.trouble = desk.says(refused)
            answer = await sign_in_page(desk, form)
            answer.status_code = refused.status
            return answer
        finally:
            desk.visit.keep(KEPT, None)
        return await come_in(desk, account, frozenset({"provider"}), wanted)
