"""What is wrong with what an enterprise types about itself, said at the field and in plain words."""

import re
import unicodedata
from collections.abc import Callable

from libs.policy.credit_code import LENGTH, LETTERS, fault_of
from services.portal.form import Form

Say = Callable[[str, str], str]
"""The visitor's language of the two."""
PHONE = re.compile(r"1[3-9][0-9]{9}")


def tidy_credit_code(typed: str) -> str:
    """As it is meant: capitals, without blanks and hyphens, whatever the keyboard's width."""
    return re.sub(r"[\s\-—_]", "", unicodedata.normalize("NFKC", typed)).upper()


def tidy_phone(typed: str) -> str:
    """The eleven digits, however they were grouped, and without China's own prefix."""
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", typed))
    return digits.removeprefix("+86").removeprefix("0086")


def credit_code_says(code: str, say: Say) -> str:
    """Which part of a credit code is wrong and what to do; "" for a right one."""
    match fault_of(code):
        case None:
            return ""
        case "personal-id-number":
            return say(
                "这是个人身份证号码，请勿填写。请填写营业执照上的统一社会信用代码。",
                "This is a person's identity number; do not give it here. Give the credit code on the business licence.",
            )
        case "length":
            return say(
                f"统一社会信用代码应为 {LENGTH} 位，您填了 {len(code)} 位，请对照营业执照补全。",
                f"A credit code has {LENGTH} characters; you typed {len(code)}. Compare it with the business licence.",
            )
        case "letters":
            wrong = "、".join(sorted(set(code) - LETTERS))
            return say(
                f"代码中不会出现“{wrong}”。代码不用字母 I、O、S、V、Z，请看是否应为数字 1、0、5、2。",
                f"A credit code never has “{wrong}”: it has no I, O, S, V or Z. Is it the digit 1, 0, 5 or 2?",
            )
        case "division":
            return say(
                f"第 3 至 8 位“{code[2:8]}”是登记机关的行政区划代码，但没有这个区划，请核对这几位。",
                f"Characters 3 to 8, “{code[2:8]}”, name the division that registered it, and there is none such. "
                "Check these.",
            )
        case "check-digit":
            return say(
                "最后一位校验码与前面 17 位对不上，多半是其中一位填错或相邻两位颠倒，请逐位核对。",
                "The last character does not fit the 17 before it: one of them is wrong, or two changed places. Compare "
                "one by one.",
            )


def phone_says(phone: str, say: Say) -> str:
    if PHONE.fullmatch(phone):
        return ""
    return say(
        f"请填写 11 位手机号码（您填了 {len(phone)} 位），用来接收进度短信。",
        f"Give a mobile number of 11 digits (you typed {len(phone)}); news goes there by text message.",
    )


def check_length(form: Form, name: str, most: int, say: Say) -> None:
    """Note at the field when too much was typed."""
    if name not in form.errors and len(form[name]) > most:
        form.errors[name] = say(
            f"最多 {most} 个字，您填了 {len(form[name])} 个字，请精简。",
            f"At most {most} characters; you typed {len(form[name])}. Shorten it.",
        )


def check_phone(form: Form, name: str, say: Say) -> None:
    if name not in form.errors and (says := phone_says(form[name], say)):
        form.errors[name] = says
