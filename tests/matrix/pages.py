"""Who gets into which page: the portal's routes, each asked for as nobody and as every role, with numbers that nothing has.

What a page then shows is the services' to decide, and matrix.yaml says how; here stands who is let in to ask at all.
"""

import re
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import yaml
from fastapi.routing import APIRoute

from contracts.case_number import case_number, number
from libs.identity import Role
from tests.portal.town import Town, enterprise, staff, typed

FILE = Path(__file__).parent / "pages.yaml"
HEAD = """\
# Who is let into which page of the portal. Written by `python -m tests.matrix`; read what changes before you commit it.
#
# in           it is shown, or the form comes back         sign in      asked to sign in first
# not found    let in, and there is no such thing          a role that is not named is refused (403)
"""
NOBODY = "nobody"
ROLES = (NOBODY, *(role for role in get_args(Role) if role != "service"))
BY_ITSELF = re.compile(
    r"/(account|sign-|enterprise/sign-in|api/accounts|demo|live|static|openapi|readyz|metrics|version)"
)
"""Proven elsewhere: what needs a real sign-in (tests/portal/test_sign_in.py and others), the demo's bar, what operators'
programs ask for."""
NUMBERS = {
    "case": case_number("pages", "nothing"), "session": number("HY", "nothing"), "letter": "nothing",
    "scheme": "chaozhou-direct-line", "month": "2026-01",
}  # fmt: skip
Word = Literal["in", "not found", "sign in", "refused"]


class Page(NamedTuple):
    method: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def address(self) -> str:
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: NUMBERS.get(found[1], f"no-{found[1]}"), self.path)


def pages(town: Town) -> list[Page]:
    """Every route, but those that are proven by themselves."""
    found = [
        Page(min(route.methods or ("",)), route.path)
        for route in town.portal.app.routes
        if isinstance(route, APIRoute) and not BY_ITSELF.match(route.path)
    ]
    return sorted(found, key=lambda page: (page.path, page.method))


async def who_gets_in(town: Town, page: Page) -> dict[Word, list[str] | str]:
    """Word → roles; `everybody` where all are treated alike; nothing of those who are refused."""
    found: dict[Word, list[str]] = {}
    for role in ROLES:
        found.setdefault(await _said(town, page, role), []).append(role)
    if len(found) == 1:
        return dict.fromkeys(found, "everybody")
    return {word: roles for word, roles in found.items() if word != "refused"}


async def _said(town: Town, page: Page, role: str) -> Word:
    visitor = None if role == NOBODY else enterprise() if role == "enterprise" else staff(role)
    # Who is let in and then meets a service that does not run in this town is let in all the same.
    async with town.browser(visitor, bare=True) as browser:
        answer = await browser.request(page.method, page.address, data=typed() if page.method == "POST" else None)
    if answer.status_code == 403:
        return "refused"
    if answer.status_code == 404:
        return "not found"
    return "sign in" if re.match(r"(/enterprise)?/sign-in", answer.headers.get("location", "")) else "in"


def read() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


async def write() -> None:
    town = Town()
    await town.start()
    table = {page.name: await who_gets_in(town, page) for page in pages(town)}
    text = yaml.safe_dump(table, allow_unicode=True, sort_keys=False, width=120, default_flow_style=None)
    FILE.write_text(HEAD + "\n" + text, encoding="utf-8")
