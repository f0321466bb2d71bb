"""What must never stand before the public, looked for in wording that is about to. Pure.

It answers with the kinds of what it found, never with the found text. A false alarm costs an entry a look by a person;
a miss costs somebody's privacy. So it reads what a person would read: full-width digits, digits spelled 幺三八, and
spaces or dashes between them.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from stdnum import luhn
from stdnum.cn import ric, uscc

Kind = Literal["phone", "identity-number", "credit-code", "bank-card", "email", "name"]

_GAP = r"[ \-‐‑‒–—―_·•/]{0,2}"
_AMOUNT = r"(?!\d|(?:\.\d+)?\s*(?:[万亿]|元|吨|度|千瓦|平方|立方|公斤|㎡|美元))"
_MOBILE = re.compile(rf"(?<!\d)(?:\+?0{{0,2}}86{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}{_AMOUNT}")
_DOTTED_MOBILE = re.compile(r"(?<!\d)1[3-9]\d\.\d{4}\.\d{4}(?!\d)")
_LANDLINE = re.compile(r"(?<![\d.])[(（]?0[1-9]\d{1,2}[)）]?[ \-‐‑‒–—―]{0,3}[2-9]\d{2,3}[ \-‐‑‒–—]?\d{4}(?!\d)")
_SERVICE_LINE = re.compile(r"(?<!\d)[48]00[ \-‐‑‒–—]?\d{3,4}[ \-‐‑‒–—]?\d{3,4}(?!\d)")
_CALL = r"(?:电话|手机|联系方式|联系|致电|拨打|热线|传真|微信|tel|phone|mobile|qq)"
_CALLED = re.compile(rf"{_CALL}\D{{0,8}}?[2-9]\d{{2,3}}[ \-‐‑‒–—]?\d{{4}}{_AMOUNT}", re.IGNORECASE)
_ID_LIKE = re.compile(rf"(?<![0-9A-Za-z])\d(?:{_GAP}\d){{16}}{_GAP}[\dXx](?![0-9A-Za-z])")
_CREDIT_LIKE = re.compile(rf"(?<![0-9A-Za-z])[0-9A-Z](?:{_GAP}[0-9A-Z]){{17}}(?![0-9A-Za-z])", re.IGNORECASE)
_CARD_LIKE = re.compile(r"(?<!\d)\d(?:[ \-]?\d){14,18}(?!\d)")
_CARD = re.compile(r"62\d{14,17}|9558\d{15}|[3-6]\d{15}|3[47]\d{13}")  # UnionPay, ICBC's old ones, the world's
_EMAIL = re.compile(
    r"[\w.+\-]{1,64} ?(?:@|\(at\)|\[at\]) ?[A-Za-z0-9\-]{1,63}(?: ?\. ?[A-Za-z0-9\-]{2,63})+", re.IGNORECASE
)
_SPELLED = str.maketrans("〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789")
_COMPANY = re.compile(r"(?:集团)?(?:股份)?(?:有限)?(?:责任)?公司$")


def found_in(text: str, *, names: tuple[str, ...] = ()) -> tuple[Kind, ...]:
    """The kinds of personal data in `text`, each once; `names`: an enterprise's and its people's, looked for as well."""
    plain = _plain(text)
    return tuple(dict.fromkeys([*_numbers(plain), *_numbers_spelled(plain), *_names(plain, names)]))


def _plain(text: str) -> str:
    compatible = unicodedata.normalize("NFKC", text)
    return "".join(" " if char.isspace() else char for char in compatible if unicodedata.category(char) != "Cf")


def _numbers(text: str) -> Iterator[Kind]:
    if any(pattern.search(text) for pattern in (_MOBILE, _DOTTED_MOBILE, _LANDLINE, _SERVICE_LINE, _CALLED)):
        yield "phone"
    if any(ric.is_valid(_joined(match)) for match in _ID_LIKE.findall(text)):
        yield "identity-number"
    if any(uscc.is_valid(_joined(match)) for match in _CREDIT_LIKE.findall(text)):
        yield "credit-code"
    if any(_is_card(_joined(match)) for match in _CARD_LIKE.findall(text)):
        yield "bank-card"
    if _EMAIL.search(text):
        yield "email"


def _numbers_spelled(text: str) -> Iterator[Kind]:
    if _MOBILE.search(text.translate(_SPELLED)):
        yield "phone"


def _names(text: str, names: tuple[str, ...]) -> Iterator[Kind]:
    close = text.replace(" ", "").casefold()
    for name in names:
        whole = _plain(name).replace(" ", "").casefold()
        short = _COMPANY.sub("", whole)
        if (len(whole) > 1 and whole in close) or (len(short) > 3 and short in close):
            yield "name"


def _is_card(digits: str) -> bool:
    return _CARD.fullmatch(digits) is not None and luhn.is_valid(digits)


def _joined(match: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", match).upper()
