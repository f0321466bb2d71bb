"""Personal data in wording: looked for in what is about to stand before the public, and found again to be masked. Pure.

`found_in` answers with the kinds of what it found, never with the found text. A false alarm costs an entry a look by a person;
a miss costs somebody's privacy. So it reads what a person would read: full-width digits, digits spelled 幺三八, and
spaces or dashes between them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

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


class Found(NamedTuple):
    """Where in the text, as characters `start` to before `end`, something of this kind stands."""

    kind: Kind
    start: int
    end: int


def found_in(text: str, *, names: tuple[str, ...] = ()) -> tuple[Kind, ...]:
    """The kinds of personal data in `text`, each once; `names`: an enterprise's and its people's, looked for as well."""
    return tuple(dict.fromkeys(found.kind for found in places_in(text, names=names)))


def places_in(text: str, *, names: tuple[str, ...] = ()) -> Iterator[Found]:
    """Every place with personal data in `text`, kind by kind; places may overlap."""
    plain = _Plain(text)
    for found in (*_numbers(plain.text), *_numbers_spelled(plain.text)):
        yield plain.original(found)
    close = plain.without_blanks()
    for found in _names(close.text, names):
        yield close.original(found)


class _Plain:
    """A text as a person reads it, one character wide, and where each of its characters stood."""

    def __init__(self, text: str) -> None:
        read = [
            (" " if char.isspace() else char, at)
            for at, own in enumerate(text)
            for char in unicodedata.normalize("NFKC", own)
            if unicodedata.category(char) != "Cf"
        ]
        self._take(read)

    def _take(self, read: list[tuple[str, int]]) -> None:
        self.text = "".join(char for char, _ in read)
        self._places = [at for _, at in read]

    def without_blanks(self) -> "_Plain":
        """The same without blanks and case, for names."""
        close = _Plain("")
        read = zip(self.text, self._places, strict=True)
        close._take([(folded, at) for char, at in read if char != " " for folded in char.casefold()])
        return close

    def original(self, found: Found) -> Found:
        return Found(found.kind, self._places[found.start], self._places[found.end - 1] + 1)


def _numbers(text: str) -> Iterator[Found]:
    for pattern in (_MOBILE, _DOTTED_MOBILE, _LANDLINE, _SERVICE_LINE, _CALLED):
        yield from _each("phone", pattern, text)
    yield from _each("identity-number", _ID_LIKE, text, ric.is_valid)
    yield from _each("credit-code", _CREDIT_LIKE, text, uscc.is_valid)
    yield from _each("bank-card", _CARD_LIKE, text, _is_card)
    yield from _each("email", _EMAIL, text)


def _numbers_spelled(text: str) -> Iterator[Found]:
    yield from _each("phone", _MOBILE, text.translate(_SPELLED))


def _each(
    kind: Kind, pattern: re.Pattern[str], text: str, holds: Callable[[str], bool] = lambda match: True
) -> Iterator[Found]:
    for match in pattern.finditer(text):
        if holds(_joined(match.group())):
            yield Found(kind, match.start(), match.end())


def _names(close: str, names: tuple[str, ...]) -> Iterator[Found]:
    for name in names:
        whole = _Plain(name).without_blanks().text
        short = _COMPANY.sub("", whole)
        for known, least in ((whole, 2), (short, 4)):
            if len(known) >= least:
                yield from _each("name", re.compile(re.escape(known)), close)


def _is_card(digits: str) -> bool:
    return _CARD.fullmatch(digits) is not None and luhn.is_valid(digits)


def _joined(match: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", match).upper()
