"""What the trace receiver tells operators; asked as somebody, by a token of the deployment."""

from typing import Any

import httpx

from services.portal.desk import Desk
from services.portal.peers import Unreachable
from services.portal.settings import PortalSettings


def receiver_of(desk: Desk) -> str:
    """Its address; "" where spans go to a tracing system of its own."""
    settings = desk.office.service.settings
    return settings.traces_url if isinstance(settings, PortalSettings) else ""


async def spans_of(desk: Desk, case: str) -> list[dict[str, Any]]:
    """Every span of a case, depth first. Raises `Unreachable`."""
    return (await _read(desk, f"/cases/{case}/spans"))["spans"]


async def newest_errors(desk: Desk, limit: int = 100) -> list[dict[str, Any]]:
    """The newest spans that failed, whatever their case. Raises `Unreachable`."""
    return await _read(desk, "/errors", limit=limit)


async def _read(desk: Desk, path: str, **params: Any) -> Any:
    service = desk.office.service
    headers = {"authorization": f"Bearer {service.tokens.sign(desk.caller())}"}
    try:
        answer = await service.http.get(receiver_of(desk) + path, headers=headers, params=params)
        answer.raise_for_status()
    except httpx.HTTPError:
        raise Unreachable("traces") from None
    return answer.json()
