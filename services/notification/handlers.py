"""What notification hears: every event may call for letters, and the scheme says which."""

from functools import partial

from contracts.catalogue import heard_by
from contracts.events import Event
from libs.bus import Handler
from libs.service import Service
from libs.store import Collection
from services.notification.domain import Mail


def handlers(service: Service, mail: Collection[Mail]) -> dict[str, Handler]:
    return {name: partial(_queue_letters, service, mail) for name in heard_by("notification")}


async def _queue_letters(service: Service, mail: Collection[Mail], event: Event) -> None:
    service.counted(await mail.apply(event.key, event, lambda letters: ()))
