"""What goes into a letter, asked of the services that own it at the moment of sending, and forgotten right after."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from contracts.events import CaseEvent
from libs.policy.directory import Directory
from services.notification.letter import Letter

Fetch = Callable[[str, str], Awaitable[Any]]
"""GET from a service by its name and a path; raises `httpx.HTTPError`."""

_PHONE = re.compile(r"\+?[0-9-]{5,20}")
_EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,190}", re.ASCII)
_NOBODY = (404, 422)


class SourceSilent(Exception):
    """A service does not tell now what the letter needs; it may later."""


@dataclass(frozen=True, repr=False)
class Contact:
    """Where a letter goes. `addressee`: the enterprise's or unit's name; phone and email None where there is no usable one."""

    addressee: str | None
    phone: str | None
    email: str | None


class Sources:
    """Raises `SourceSilent` when a service gives no answer."""

    def __init__(self, fetch: Fetch, directory: Directory, *, public_url: str) -> None:
        self._fetch = fetch
        self._directory = directory
        self._public_url = public_url

    async def contact(self, letter: Letter, category: str | None) -> Contact:
        """`category`: what the letter's case is about, where it is about one."""
        known = await self._contact_of(letter, category) or {}
        return Contact(
            addressee=known.get("enterprise" if letter.audience in ("enterprise", "guest") else "name"),
            phone=_usable(_PHONE, known.get("phone")),
            email=_usable(_EMAIL, known.get("email")),
        )

    async def values(self, letter: Letter, names: Iterable[str]) -> dict[str, str | None]:
        """The values of these variables; None for one that has none."""
        return {name: await self._value(letter, name) for name in names}

    async def _value(self, letter: Letter, name: str) -> str | None:
        match name:
            case "unit" | "proposed" | "lead" | "fallback":
                unit = getattr(letter.about, name, None)
                return (await self._unit(unit) or {}).get("name")
            case "answer" | "final" | "handler":
                field = {"answer": "answer", "final": "final_answer", "handler": "unit_name"}[name]
                return (await self._tell("routing", f"/cases/{_case(letter)}/answer") or {}).get(field)
            case "link":
                code = (await self._tell("evaluation", f"/cases/{_case(letter)}/invitation") or {}).get("code")
                return code and f"{self._public_url}/r/{_case(letter)}?c={code}"
            case _:
                raise ValueError(f"nobody tells {name!r}")

    async def _contact_of(self, letter: Letter, category: str | None) -> dict[str, Any] | None:
        match letter.audience:
            case "enterprise":
                return await self._tell("intake", f"/appeals/{_case(letter)}/contact")
            case "guest":
                return await self._tell("intake", f"/appeals/{getattr(letter.about, 'guest', None)}/contact")
            case "unit":
                return await self._unit(letter.unit)
            case "above":
                return await self._unit(
                    (await self._tell("routing", f"/cases/{_case(letter)}/above") or {}).get("unit")
                )
            case "leader-in-charge":
                view = self._directory.running(letter.about.scheme)
                leader = view.leader_for("portfolio", category) if category else None
                return await (self._unit(leader.unit) if leader else self._audience(letter, "head"))
            case audience:
                return await self._audience(letter, audience)

    async def _audience(self, letter: Letter, audience: str) -> dict[str, Any] | None:
        return await self._tell("routing", f"/schemes/{letter.about.scheme}/audiences/{audience}/contact")

    async def _unit(self, unit: str | None) -> dict[str, Any] | None:
        return await self._tell("routing", f"/units/{unit}/contact") if unit else None

    async def _tell(self, peer: str, path: str) -> dict[str, Any] | None:
        try:
            return await self._fetch(peer, path)
        except httpx.HTTPStatusError as error:
            if error.response.status_code in _NOBODY:
                return None
            raise SourceSilent(f"{peer} answers {error.response.status_code}") from None
        except httpx.HTTPError as error:
            raise SourceSilent(f"{peer}: {type(error).__name__}") from None


def _usable(pattern: re.Pattern[str], address: str | None) -> str | None:
    return address if address and pattern.fullmatch(address) else None


def _case(letter: Letter) -> str:
    if not isinstance(letter.about, CaseEvent):
        raise ValueError(f"{letter.template} is about no case")
    return letter.about.case
