"""The legal-person registry (法人库): what it says about an enterprise, from a file or over HTTP."""

from itertools import islice
from pathlib import Path
from typing import Annotated, Protocol

import httpx
import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter

from services.intake.likeness import plain


class Registered(BaseModel):
    """An enterprise as the registry has it. `registered_in`: the registering authority's division code (GB/T 2260)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    credit_code: str
    name: str
    registered_in: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class Registry(Protocol):
    async def look_up(self, credit_code: str) -> Registered | None:
        """The enterprise with this code, or None when the registry has none. Raises when the registry gives no answer."""
        ...

    async def search(self, text: str, *, limit: int) -> list[Registered]:
        """Up to `limit` enterprises with this in their name or credit code. Raises when the registry gives no answer."""
        ...


class FileRegistry:
    """A registry in a YAML file, for the demo and for places without a registry service."""

    def __init__(self, file: Path) -> None:
        rows = TypeAdapter(list[Registered]).validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
        self._rows = {row.credit_code: row for row in rows}

    async def look_up(self, credit_code: str) -> Registered | None:
        return self._rows.get(credit_code)

    async def search(self, text: str, *, limit: int) -> list[Registered]:
        part = plain(text)
        fitting = (row for row in self._rows.values() if part in plain(row.name) or part in plain(row.credit_code))
        return list(islice(fitting, limit))


class HttpRegistry:
    """A registry service: POST `{"credit_code": …}` answers 200 with the enterprise, or 404; POST `{"text": …, "limit": …}`
    to its `/search` answers 200 with a list. A body, not a path: credit codes do not belong in URLs."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._http = httpx.AsyncClient(timeout=5, headers={"authorization": f"Bearer {token}"})

    async def look_up(self, credit_code: str) -> Registered | None:
        answer = await self._http.post(self._url, json={"credit_code": credit_code})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return Registered.model_validate(answer.raise_for_status().json())

    async def search(self, text: str, *, limit: int) -> list[Registered]:
        answer = await self._http.post(f"{self._url}/search", json={"text": text, "limit": limit})
        return TypeAdapter(list[Registered]).validate_python(answer.raise_for_status().json())[:limit]


def open_registry(setting: str, *, token: str) -> Registry:
    """The registry that a setting names: `file:<path>` or a URL."""
    if setting.startswith("file:"):
        return FileRegistry(Path(setting.removeprefix("file:")))
    if setting.startswith(("http://", "https://")):
        return HttpRegistry(setting, token)
    raise ValueError(f"registry must be 'file:<path>' or a URL, not {setting!r}")
