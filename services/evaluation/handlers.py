"""What evaluation does with the facts it hears: it keeps each, and says what is then owed."""

from collections.abc import Mapping
from functools import partial

from contracts.catalogue import heard_by
from contracts.events import CaseEvent
from libs.bus import Handler
from libs.service import Service
from libs.store import Collection
from services.evaluation import domain
from services.evaluation.domain import Case


def handlers(service: Service, cases: Collection[Case]) -> Mapping[str, Handler]:
    async def hear(event: CaseEvent) -> None:
        scheme = service.schemes[event.scheme]
        decide = partial(domain.follows, by=event, now=service.clock.now(), scheme=scheme)
        service.counted(await cases.apply(event.case, event, decide))

    return dict.fromkeys(heard_by("evaluation"), hear)
