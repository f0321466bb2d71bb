"""Where appeals come in, whoever brings them: a channel, a batch, a visit, or another level of government."""

import asyncio
import logging
from functools import partial
from weakref import WeakValueDictionary

from contracts.record import Instant
from libs.policy.credit_code import check_credit_code
from libs.policy.scheme import Scheme
from libs.service import Service
from libs.store import Applied, Collection
from services.intake.appeal import Appeal
from services.intake.commands import FileAppeal
from services.intake.filing import file_appeal
from services.intake.likeness import digest
from services.intake.matching import Matching
from services.intake.memory import Memory

log = logging.getLogger("intake")


class Reception:
    def __init__(self, service: Service, appeals: Collection[Appeal], matching: Matching, memory: Memory) -> None:
        self._service = service
        self._appeals = appeals
        self._matching = matching
        self._memory = memory
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(self, case: str, command: FileAppeal, *, now: Instant, scheme: Scheme) -> Applied[Appeal]:
        """File an appeal: compared with what its enterprise brought before, kept, and matched with the registry."""
        check_credit_code(command.dossier.credit_code)
        # Two filings of one enterprise at the same moment would otherwise not see each other.
        async with self._locks.setdefault(digest(command.dossier.credit_code), asyncio.Lock()):
            if command.origin is None:
                earlier = await self._memory.brought_before(case, command.dossier, scheme=scheme, now=now)
                command = command.model_copy(update={"earlier": earlier})
            rule = partial(file_appeal, command=command, now=now, scheme=scheme)
            applied = self._service.counted(await self._appeals.apply(case, command, rule, kind="asked"))
            await self._memory.note_filed(applied.state)
        try:
            await self._matching.match(case)
        except Exception as error:
            # The appeal is kept and stays due for matching; the enterprise need not wait for the registry.
            log.warning("registry gives no answer, will be asked again", extra={"error": type(error).__name__})
        return applied
