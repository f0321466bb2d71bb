"""What evaluation does with the facts it hears: it keeps each, and says what is then owed."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from contracts.catalogue import heard_by
from contracts.events import EVENTS, CaseEvent, DutyEvent, Event, ReportReceived, ServedAssigned
from libs.bus import Handler
from libs.service import Service
from services.evaluation import domain
from services.evaluation.stores import Stores


def handlers(service: Service, stores: Stores) -> Mapping[str, Handler]:
    async def hear_of_case(event: CaseEvent) -> None:
        scheme = service.schemes[event.scheme]
        decide = partial(domain.follows, by=event, now=service.clock.now(), scheme=scheme)
        service.counted(await stores.cases.apply(event.case, event, decide))

    def keeps(collection: Any) -> Handler:
        async def keep(event: Event) -> None:
            service.counted(await collection.apply(event.key, event, lambda state: []))

        return keep

    kept = {
        DutyEvent: keeps(stores.duties),
        ReportReceived: keeps(stores.reports),
        ServedAssigned: keeps(stores.served),
    }

    def handler(kind: type[Event]) -> Handler:
        if issubclass(kind, CaseEvent):
            return hear_of_case
        return next(keep for of, keep in kept.items() if issubclass(kind, of))

    return {name: handler(EVENTS[name]) for name in heard_by("evaluation")}
