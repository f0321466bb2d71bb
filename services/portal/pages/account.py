"""One's own account: password, second factor, language, who acts while one is away, and in whose place one acts."""

from datetime import date

from fastapi import APIRouter, Response

from libs.policy.refused import Refused
from libs.policy.shanghai import day_of
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.identity.account import Account, Substitute

HERE = "/account"


def mine(desk: Desk) -> Account:
    """The account that is signed in. Raises `Refused` (401)."""
    if desk.visit.account is None:
        raise Refused("not-signed-in", "sign in first", status=401)
    return desk.visit.account


async def account_page(desk: Desk, form: Form) -> Response:
    account = mine(desk)
    identity = desk.office.identity
    if account.substitute and not form.values:
        kept = account.substitute
        form = Form.filled(substitute=kept.account, since=kept.since, until=kept.until)
    return desk.page(
        "account/show.html",
        form=form,
        account=account,
        may_act_for=await identity.may_act_for(account),
        acting_for=desk.visit.acting_for,
        second_factor=identity.second_factor,
    )


async def factor_page(desk: Desk, form: Form) -> Response:
    offer = await desk.office.identity.accounts.offer_totp(mine(desk))
    return desk.page("account/factor.html", form=form, offer=offer)


def day_typed(form: Form, field: str) -> date:
    try:
        return date.fromisoformat(form[field])
    except ValueError:
        raise Refused("day", "give a day as 2026-03-01", field=field, status=422) from None


async def begin_again(desk: Desk, account: Account) -> None:
    """Everybody else with this account is signed out; this browser stays."""
    factors = desk.visit.session.factors if desk.visit.session else frozenset()
    await desk.visit.begin(account=account, factors=factors)


def routes() -> APIRouter:
    router = APIRouter(prefix=HERE)
    _add_signing_in(router)
    _add_standing_in(router)

    @router.get("")
    async def show(desk: AtDesk) -> Response:
        return await account_page(desk, Form())

    @router.post("/language")
    async def choose_language(desk: AtDesk) -> Response:
        language = (await desk.form())["lang"]
        account = mine(desk)
        if language in ("zh", "en"):
            await desk.office.identity.accounts.choose_language(account, language)
            desk.visit.keep("lang", language)
        return desk.then(HERE, "语言已保存", "Your language is kept")

    return router


def _add_signing_in(router: APIRouter) -> None:
    @router.post("/password")
    async def change_password(desk: AtDesk) -> Response:
        form, account, identity = await desk.form(), mine(desk), desk.office.identity

        async def act() -> Response:
            identity.rates.take("sign-in by account", account.account)
            current, new = (form.values.get(name, [""])[0] for name in ("current", "new"))
            await identity.accounts.change_password(account, current, new)
            await begin_again(desk, account)
            return desk.then(
                HERE, "密码已修改，其他设备均已退出", "Your password is changed; other devices are signed out"
            )

        needed = {
            "current": desk.t("请填写当前密码", "Type your password"),
            "new": desk.t("请填写新密码", "Type a new password"),
        }
        return await desk.carry_out(form, act, lambda form: account_page(desk, form), needed=needed)

    @router.get("/factor")
    async def offer_factor(desk: AtDesk) -> Response:
        return await factor_page(desk, Form())

    @router.post("/factor")
    async def take_factor(desk: AtDesk) -> Response:
        form, account = await desk.form(), mine(desk)

        async def act() -> Response:
            await desk.office.identity.accounts.confirm_totp(account, form["code"])
            return desk.then(
                HERE, "动态码已绑定，下次登录时使用", "The codes are set up; you need one at the next sign-in"
            )

        needed = {"code": desk.t("请填写验证码", "Type the code")}
        return await desk.carry_out(form, act, lambda form: factor_page(desk, form), needed=needed)

    @router.post("/sign-out-everywhere")
    async def sign_out_everywhere(desk: AtDesk) -> Response:
        await desk.office.identity.accounts.sign_out_everywhere(mine(desk))
        await desk.visit.sign_out()
        return desk.then("/sign-in", "所有设备均已退出", "You are signed out on every device")


def _add_standing_in(router: APIRouter) -> None:
    @router.post("/substitute")
    async def name_substitute(desk: AtDesk) -> Response:
        form, account, today = await desk.form(), mine(desk), day_of(desk.now)

        async def act() -> Response:
            accounts = desk.office.identity.accounts
            if form["remove"]:
                await accounts.name_substitute(account, None, today=today)
                return desk.then(HERE, "代理已取消", "Nobody acts for you any more")
            wanted = Substitute.model_construct(
                account=form["substitute"].lower(), since=day_typed(form, "since"), until=day_typed(form, "until")
            )
            await accounts.name_substitute(account, wanted, today=today)
            return desk.then(HERE, "代理已设置", "Your substitute is named")

        needed = {} if form["remove"] else {
            "substitute": desk.t("请填写代理人的账号", "Name the account that acts for you"),
            "since": desk.t("请填写开始日期", "Give the first day"),
            "until": desk.t("请填写结束日期", "Give the last day"),
        }  # fmt: skip
        return await desk.carry_out(form, act, lambda form: account_page(desk, form), needed=needed)

    @router.post("/acting-for")
    async def act_as(desk: AtDesk) -> Response:
        form = await desk.form()
        await desk.visit.act_as(form["account"])
        if not form["account"]:
            return desk.then(HERE, "已恢复本人身份", "You act as yourself again")
        return desk.then("/", "您现在代理他人办理，记录中会写明双方", "You act in another's place; records name both")
