"""What roles are called, and what of an account's history was done."""

from collections.abc import Mapping

from libs.identity import Role
from libs.languages import Lang

ROLES: Mapping[Role, tuple[str, str]] = {
    "operator": ("话务员、窗口人员", "operator (hotline, window)"),
    "screener": ("甄别员", "screener"),
    "registry-reviewer": ("二次审核员", "second reviewer of the registry"),
    "unit": ("承办单位", "unit"),
    "administrator": ("平台管理员（含异议裁定）", "administrator (also decides objections)"),
    "superior": ("上级单位", "superior"),
    "office": ("办公室、秘书", "office, secretary"),
    "leader": ("领导", "leader"),
    "inspector": ("督查", "inspection"),
    "discipline": ("纪检监察", "discipline"),
    "conduct": ("作风建设", "conduct office"),
    "liaison": ("挂钩联络员、服务专员", "liaison officer"),
    "supervisor": ("营商环境监督员", "supervisor of the business environment"),
    "proxy": ("代办员", "proxy"),
    "ops": ("运行维护", "operations"),
}
DONE: Mapping[str, tuple[str, str]] = {
    "create-account": ("开通账号", "account created"),
    "change-account": ("变更", "changed"),
    "set-password": ("设置密码", "password set"),
    "try-sign-in": ("登录校验", "sign-in tried"),
    "signed-in": ("登录成功", "signed in"),
    "unlock": ("解除锁定", "unlocked"),
    "offer-totp": ("申请绑定动态码", "codes offered"),
    "confirm-totp": ("绑定动态码", "codes set up"),
    "forget-totp": ("解除动态码", "codes removed"),
    "name-substitute": ("设置代理", "substitute named"),
    "choose-language": ("选择语言", "language chosen"),
    "sign-out-everywhere": ("退出所有设备", "signed out everywhere"),
}


def role_name(role: str, lang: Lang) -> str:
    return {**ROLES}.get(role, (role, role))[lang is Lang.EN]  # pyright: ignore[reportArgumentType]


def done_name(type: str, lang: Lang) -> str:
    return DONE.get(type, (type, type))[lang is Lang.EN]
