"""What goes into a letter, asked of the services that own it at the moment of sending, and forgotten right after."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from contracts.events import CaseEvent
from libs.service import Service
from services.notification.letter import Letter

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

    def __init__(self, service: Service, *, public_url: str) -> None:
        self._service = service
        self._public_url = public_url

    async def contact(self, letter: Letter) -> Contact:
        known = await self._contact_of(letter) or {}
        return Contact(
            addressee=known.get("enterprise" if letter.audience == "enterprise" else "name"),
            phone=_usable(_PHONE, known.get("phone")),
            email=_usable(_EMAIL, known.get("email")),
        )

    async def values(self, letter: Letter, names: Iterable[str]) -> dict[str, str | None]:
        """The values of these variables; None for one that has none."""
        return {name: await self._value(letter, name) for name in names}

    async def _value(self, letter: Letter, name: str) -> str | None:
        match name:
            case "addressee":
                return (await self.contact(letter)).addressee
            case "unit" | "proposed":
                unit = getattr(letter.about, name, None)
                return unit and (await self._tell("routing", f"/units/{unit}/contact") or {}).get("name")
            case "answer" | "final" | "handler":
                field = {"answer": "answer", "final": "final_answer", "handler": "unit_name"}[name]
                return (await self._tell("routing", f"/cases/{_case(letter)}/answer") or {}).get(field)
            case "link":
                code = (await self._tell("evaluation", f"/cases/{_case(letter)}/invitation") or {}).get("code")
                return code and f"{self._public_url}/r/{_case(letter)}?c={code}"
            case _:
                raise ValueError(f"nobody tells {name!r}")

    async def _contact_of(self, letter: Letter) -> dict[str, Any] | None:
        match letter.audience:
            case "enterprise":
                return await self._tell("intake", f"/appeals/{_case(letter)}/contact")
            case "unit":
                return await self._tell("routing", f"/units/{letter.unit}/contact") if letter.unit else None
            case audience:
                return await self._tell("routing", f"/schemes/{letter.about.scheme}/audiences/{audience}/contact")

    async def _tell(self, peer: str, path: str) -> dict[str, Any] | None:
        try:
            return await self._service.fetch(peer, path)
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
