"""Accounts: who may sign in, with which roles, for which unit. Nobody changes their own roles, and who is bound to a level of
government keeps the accounts of that level alone."""

import secrets
from typing import Any

from fastapi import APIRouter, Response
from pydantic import TypeAdapter, ValidationError

from libs.identity import Act, allow, is_of, same_person
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.identity.account import STAFF, Account, AccountName
from services.portal.identity.accounts import Accounts
from services.portal.identity.role_names import ROLES, done_name, role_name
from services.portal.pages.administration import TO_THE_SECOND, levels

HERE = "/admin/people"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of a password that somebody reads out: nothing that looks like something else."""
WITHOUT_LEVEL = frozenset({"ops"})
"""Roles that belong to no level of government."""


def accounts_of(desk: Desk) -> Accounts:
    return desk.office.identity.accounts


async def theirs(desk: Desk, name: str) -> Account:
    """An account that is this administrator's to keep. Raises `Refused` (403, 404)."""
    allow(desk.caller(), Act.KEEP_ACCOUNTS)
    account = await accounts_of(desk).get(name)
    if account is None or not keeps(desk, account):
        raise Refused("no-such-account", "there is no such account", status=404)
    return account


def keeps(desk: Desk, account: Account) -> bool:
    return is_of(desk.caller(), account.jurisdiction) or account.roles <= WITHOUT_LEVEL


def refuse_beyond(desk: Desk, level: str, roles: frozenset[Any]) -> None:
    """Raises `Refused` (422) for an account at a level that is not the administrator's own."""
    if not is_of(desk.caller(), level) and not (level == "" and roles <= WITHOUT_LEVEL):
        raise Refused("other-level", "choose your own level of government", field="jurisdiction", status=422)
    if level and level not in {place.jurisdiction for place in desk.office.directory.jurisdictions}:
        raise Refused("other-level", "choose a level of government", field="jurisdiction", status=422)


def refuse_strange_unit(desk: Desk, unit: str, level: str) -> None:
    """Raises `Refused` (422) for a unit that is not of the account's level."""
    if unit and desk.office.directory.place_of(unit) != level:
        raise Refused("unknown-unit", "choose a unit of this level of government", field="unit", status=422)


def new_password() -> str:
    """To be read out once and changed at the first sign-in: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def choices(desk: Desk) -> dict[str, Any]:
    places = levels(desk)
    return {
        "roles": [(role, desk.t(*named)) for role, named in ROLES.items()],
        "levels": [(place.jurisdiction, desk.t(place.zh, place.en)) for place in places],
        "units": [
            (desk.t(place.zh, place.en), [(u.unit, desk.t(u.zh, u.en)) for u in place.units]) for place in places
        ],
        "role_name": lambda role: role_name(role, desk.lang),
        "words": desk.words(),
    }


def typed(desk: Desk, form: Form) -> dict[str, Any]:
    """Roles, unit, level and person as the form has them. Raises `Refused` naming the field."""
    roles = frozenset(form.every("roles"))
    if not roles:
        raise Refused("roles-missing", "choose at least one role", field="roles", status=422)
    if not roles <= STAFF:
        raise Refused("role-not-for-accounts", "no account can hold this role", field="roles", status=422)
    refuse_beyond(desk, form["jurisdiction"], roles)
    refuse_strange_unit(desk, form["unit"], form["jurisdiction"])
    return {
        "person": form["person"],
        "roles": roles,
        "unit": form["unit"] or None,
        "jurisdiction": form["jurisdiction"],
    }


async def list_page(desk: Desk) -> Response:
    allow(desk.caller(), Act.KEEP_ACCOUNTS)
    known = [account for account in await accounts_of(desk).every() if keeps(desk, account)]
    return desk.page("administration/people.html", accounts=known, wall=accounts_of(desk).wall.now(), **choices(desk))


async def new_page(desk: Desk, form: Form) -> Response:
    allow(desk.caller(), Act.KEEP_ACCOUNTS)
    return desk.page("administration/new_person.html", form=form, **choices(desk))


async def one_page(desk: Desk, name: str, form: Form | None = None, password: str = "") -> Response:
    """`password`: the new one, shown this once."""
    account = await theirs(desk, name)
    filled = Form.filled(
        person=account.person,
        roles=sorted(account.roles),
        unit=account.unit,
        jurisdiction=account.jurisdiction,
    )
    answer = desk.page(
        "administration/person.html",
        form=form or filled,
        account=account,
        password=password,
        own=same_person(desk.visitor.subject, account.account),
        wall=accounts_of(desk).wall.now(),
        history=list(reversed(await accounts_of(desk).audit(name)))[:100],
        done_name=lambda type: done_name(type, desk.lang),
        **choices(desk),
    )
    if password:
        answer.headers["cache-control"] = "no-store"
    return answer


def routes() -> APIRouter:
    router = APIRouter(prefix=HERE, dependencies=[TO_THE_SECOND])
    _add_keeping(router)
    _add_mending(router)
    return router


def _add_keeping(router: APIRouter) -> None:
    @router.get("")
    async def people(desk: AtDesk) -> Response:
        return await list_page(desk)

    @router.get("/new")
    async def offer(desk: AtDesk) -> Response:
        level = desk.visitor.jurisdiction
        return await new_page(desk, Form.filled(jurisdiction=level) if level else Form())

    @router.post("/new")
    async def create(desk: AtDesk) -> Response:
        form = await desk.form()

        async def act() -> Response:
            allow(desk.caller(), Act.KEEP_ACCOUNTS)
            name = form["account"].lower()
            try:
                TypeAdapter(AccountName).validate_python(name)
            except ValidationError:
                why = "small letters, digits, dots and dashes, a letter first, 2 to 32"
                raise Refused("account-name", why, field="account", status=422) from None
            if len(form["person"]) > 60:
                raise Refused("name-too-long", "at most 60 characters", field="person", status=422)
            password = new_password()
            await accounts_of(desk).create(name, **typed(desk, form), password=password, by=desk.visitor.subject)
            return await one_page(desk, name, password=password)

        needed = {
            "account": desk.t("请填写账号名", "Give the account a name"),
            "person": desk.t("请填写姓名", "Give the person's name"),
        }
        fields = ("account", "person", "roles", "unit", "jurisdiction")
        return await desk.carry_out(form, act, lambda form: new_page(desk, form), needed=needed, fields=fields)

    @router.get("/{name}")
    async def show(desk: AtDesk, name: str) -> Response:
        return await one_page(desk, name)

    @router.post("/{name}")
    async def change(desk: AtDesk, name: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            account = await theirs(desk, name)
            if same_person(desk.visitor.subject, account.account):
                raise Refused("own-account", "somebody else has to change your account", status=409)
            wanted = typed(desk, form)
            changed = {field: value for field, value in wanted.items() if value != getattr(account, field)}
            if account.unit and not wanted["unit"]:
                raise Refused("unit-missing", "an account that has a unit keeps one", field="unit", status=422)
            if changed:
                await accounts_of(desk).change(name, by=desk.visitor.subject, **changed)
            return desk.then(
                f"{HERE}/{name}",
                "已保存；此人需要重新登录" if changed else "没有变化",
                "Kept; this person has to sign in again" if changed else "Nothing changed",
            )

        needed = {"person": desk.t("请填写姓名", "Give the person's name")}
        fields = ("person", "roles", "unit", "jurisdiction")
        return await desk.carry_out(form, act, lambda form: one_page(desk, name, form), needed=needed, fields=fields)


def _add_mending(router: APIRouter) -> None:
    @router.post("/{name}/disabled")
    async def close_or_open(desk: AtDesk, name: str) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await theirs(desk, name)
            closed = form["disabled"] == "yes"
            await accounts_of(desk).change(name, by=desk.visitor.subject, disabled=closed)
            told = ("账号已停用，正在使用的页面即刻退出", "The account is closed; its open pages end at once") if closed else (
                "账号已恢复使用", "The account is open again")  # fmt: skip
            return desk.then(f"{HERE}/{name}", *told)

        return await desk.carry_out(form, act, lambda form: one_page(desk, name))

    @router.post("/{name}/unlocking")
    async def unlock(desk: AtDesk, name: str) -> Response:
        await theirs(desk, name)
        await accounts_of(desk).unlock(name, by=desk.visitor.subject)
        return desk.then(f"{HERE}/{name}", "已解除锁定，可以马上登录", "Unlocked: signing in works at once")

    @router.post("/{name}/password")
    async def reset(desk: AtDesk, name: str) -> Response:
        account = await theirs(desk, name)
        if same_person(desk.visitor.subject, account.account):
            return desk.on("/account")
        password = new_password()
        await accounts_of(desk).reset_password(name, password, by=desk.visitor.subject)
        return await one_page(desk, name, password=password)

    @router.post("/{name}/second-factor")
    async def forget_factor(desk: AtDesk, name: str) -> Response:
        account = await theirs(desk, name)
        if same_person(desk.visitor.subject, account.account):
            return desk.on("/account/factor")
        await accounts_of(desk).forget_totp(name, by=desk.visitor.subject)
        return desk.then(
            f"{HERE}/{name}",
            "动态码已解除，下次登录时重新绑定",
            "The codes are removed; the next sign-in sets up new ones",
        )

    @router.post("/{name}/no-substitute")
    async def end_substitution(desk: AtDesk, name: str) -> Response:
        """Nobody acts for this account any more; whom it names is its own to say."""
        account = await theirs(desk, name)
        await accounts_of(desk).name_substitute(account, None, today=desk.today, by=desk.visitor.subject)
        return desk.then(f"{HERE}/{name}", "代理已取消", "Nobody acts for this account any more")
