"""What intake does with the facts it hears: it keeps them for the enterprise to follow."""

from collections.abc import Mapping
from functools import partial

from contracts.catalogue import heard_by
from contracts.events import CaseEvent, ClockMissed
from libs.bus import Handler
from libs.service import Service
from libs.store import Collection
from services.intake import domain
from services.intake.domain import Appeal


def handlers(service: Service, appeals: Collection[Appeal]) -> Mapping[str, Handler]:
    async def follow(event: CaseEvent) -> None:
        service.counted(await appeals.apply(event.case, event, lambda appeal: ()))

    async def missed(event: ClockMissed) -> None:
        scheme = service.schemes[event.scheme]
        decide = partial(domain.return_unsupplemented, event=event, now=service.clock.now(), scheme=scheme)
        service.counted(await appeals.apply(event.case, event, decide))

    return dict.fromkeys(heard_by("intake"), follow) | {"clock.missed.v1": missed}
