"""Asking the services in a visitor's name. What a service refuses is raised as it was said, for the page to show."""

from typing import Any

import httpx

from libs.identity import Caller
from libs.policy.refused import Refused
from libs.service import Service


class Unreachable(Exception):
    """A service gave no answer, or none that helps. Nothing is known of what became of the request."""

    def __init__(self, peer: str) -> None:
        super().__init__(peer)
        self.peer = peer


class Peers:
    """The services, asked as somebody. Raises `Refused` for what a service refuses and `Unreachable` where it is silent."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def get(self, caller: Caller, peer: str, path: str, **params: Any) -> Any:
        """The JSON that stands there; `params` that are None are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        return (await self.ask(caller, "GET", peer, path, params=given)).json()

    async def post(self, caller: Caller, peer: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Carry something out; the same `key` again is the same command."""
        answer = await self.ask(caller, "POST", peer, path, key=key, json=body)
        return answer.json() if answer.content else None

    async def put(self, caller: Caller, peer: str, path: str, body: Any, *, key: str | None = None) -> Any:
        answer = await self.ask(caller, "PUT", peer, path, key=key, json=body)
        return answer.json() if answer.content else None

    async def ask(
        self, caller: Caller, method: str, peer: str, path: str, *, key: str | None = None, **sent: Any
    ) -> httpx.Response:
        try:
            answer = await self._service.request(peer, method, path, caller=caller, key=key, **sent)
        except httpx.HTTPError:
            raise Unreachable(peer) from None
        if answer.is_error:
            raise _refusal(peer, answer)
        return answer


def _refusal(peer: str, answer: httpx.Response) -> Exception:
    if answer.headers.get("content-type") != "application/problem+json" or answer.status_code >= 500:
        return Unreachable(peer)
    said = answer.json()
    return Refused(said["rule"], said["detail"], field=said.get("field", ""), status=answer.status_code)
