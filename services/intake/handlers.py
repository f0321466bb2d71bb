"""What intake does with the facts it hears: it keeps them for the enterprise to follow."""

from collections.abc import Mapping
from functools import partial

from contracts.catalogue import heard_by
from contracts.events import CaseEvent, ClockMissed, ServedAssigned
from libs.bus import Handler
from libs.service import Service
from libs.store import Collection
from services.intake.appeal import Appeal
from services.intake.filing import return_unsupplemented
from services.intake.served import Served


def handlers(service: Service, appeals: Collection[Appeal], served: Collection[Served]) -> Mapping[str, Handler]:
    async def follow(event: CaseEvent) -> None:
        # A session's own facts concern no single appeal.
        if not event.is_session:
            service.counted(await appeals.apply(event.case, event, lambda appeal: ()))

    async def missed(event: ClockMissed) -> None:
        if not event.is_session:
            scheme = service.schemes[event.scheme]
            decide = partial(return_unsupplemented, event=event, now=service.clock.now(), scheme=scheme)
            service.counted(await appeals.apply(event.case, event, decide))

    async def assigned(event: ServedAssigned) -> None:
        service.counted(await served.apply(event.served, event, lambda served: ()))

    own: dict[str, Handler] = {"clock.missed.v1": missed, "served.assigned.v1": assigned}
    return {**dict.fromkeys(heard_by("intake"), follow), **own}
