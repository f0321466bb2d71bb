"""The stories' sentences lived through in the running city, to bring a case to where a walk begins."""

from typing import Any, cast

import yaml

from deploy.system import ROOT
from libs.identity import Role
from libs.policy.directory import Jurisdiction
from tests.browser.place import Place
from tests.schemes import acts_more as acts_more
from tests.schemes.acts import Story
from tests.schemes.city import City

REGISTRY: list[dict[str, str]] = yaml.safe_load((ROOT / "deploy/demo/registry.yaml").read_text(encoding="utf-8"))


class Begun(Story):
    """A case of a regulation in the running city."""

    def __init__(self, running: Place, scheme: str) -> None:
        super().__init__(cast(City, None), scheme)
        self.running = running

    async def lives(self, *sentences: str) -> str:
        """Each in turn, until the city rests; the case."""
        for sentence in sentences:
            await self.do(sentence)
            await self.running.rest()
        return self.case

    async def file(self, channel: str, *, enterprise: dict[str, str], **more: Any) -> str:
        """By an enterprise that the city's registry knows, of the same district."""
        district = enterprise["registered_in"]
        known = next(one for one in REGISTRY if one["registered_in"] == district)
        return await super().file(channel, enterprise=known, **more)

    async def ask(self, service: Any, path: str, body: Any = None, *, method: str = "POST", **who: Any) -> Any:
        roles = who.pop("roles")
        who.setdefault("subject", who.get("unit") or roles)
        several = cast("set[Role]", {roles} if isinstance(roles, str) else set(roles))
        return await self.running.ask(method, service, path, body=body, roles=several, **who)

    async def dispatch(self, unit: str, *, task: str | None = None) -> str:
        handling = await self.handling()
        return [d for d in handling["dispatches"].values() if d["unit"] == unit and task in (None, d["task"])][-1][
            "dispatch"
        ]

    async def handling(self) -> Any:
        """The case as routing has it."""
        return await self.ask("routing", f"/cases/{self.case}", method="GET", roles="ops")

    @property
    def place(self) -> Jurisdiction:
        return self.running.system.directory.jurisdiction_of(self.scheme)
