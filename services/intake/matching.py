"""Asks the registry about each appeal as it comes in; a registry that gives no answer is asked again."""

from functools import partial

from opentelemetry.trace import SpanKind

from contracts.record import derive_id
from libs.service import Service
from libs.store import Collection
from services.intake.appeal import Appeal
from services.intake.commands import MatchRegistry
from services.intake.enterprises import Enterprises
from services.intake.filing import match_registry
from services.intake.registry import Registry


class Matching:
    def __init__(
        self, service: Service, appeals: Collection[Appeal], registry: Registry, enterprises: Enterprises
    ) -> None:
        self._service = service
        self._appeals = appeals
        self._enterprises = enterprises
        self._registry = registry

    async def match(self, case: str) -> None:
        """Match one appeal. Raises what the registry raises: the appeal then stays due."""
        appeal = await self._appeals.get(case)
        if appeal is None or appeal.matched or appeal.dossier is None:
            return
        now = self._service.clock.now()
        # Before the match: an appeal stays due until it is matched, so this is not forgotten.
        await self._enterprises.note(case, appeal.dossier, now)
        parent = await self._appeals.trace_of(case)
        with self._service.tracer.span("match registry", kind=SpanKind.INTERNAL, case=case, parent=parent, at=now):
            entry = await self._registry.look_up(appeal.dossier.credit_code)
            same = entry is not None and _plain(entry.name) == _plain(appeal.dossier.enterprise)
            command = MatchRegistry(
                id=derive_id("match-registry", case),
                at=now,
                by="registry",
                registered_in=entry.registered_in if entry and same else None,
            )
            await self._appeals.apply(case, command, partial(match_registry, command=command, now=now), kind="asked")


def _plain(name: str) -> str:
    """A name without what two honest spellings of it differ in: spaces and the width of brackets."""
    return "".join(name.split()).replace("(", "（").replace(")", "）")
