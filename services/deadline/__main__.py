"""`python -m services.deadline`"""

from functools import partial

from libs.service import Service, Settings
from services.deadline import calendars as imports
from services.deadline import domain
from services.deadline.api import routes
from services.deadline.calendars import Calendars, Outdated, imported_notices, load_notices
from services.deadline.handlers import Work, handlers


def build(settings: Settings, kind: type[Service] = Service) -> Service:
    service = kind("deadline", settings)
    ids = {scheme.calendar for scheme in service.schemes.values()}
    calendars = Calendars(ids, load_notices(settings.calendars))
    clocks = service.collection(
        "clocks",
        empty=domain.empty,
        evolve=partial(domain.evolve, schemes=service.schemes),
        keys=partial(domain.keys, schemes=service.schemes, calendars=calendars),
        indexes=("next_due", "calendar"),
    )
    notices = service.collection("calendars", empty=imports.empty, evolve=imports.evolve, keys=imports.keys)
    outdated = Outdated(clocks, calendars)
    work = Work(service, clocks, calendars)

    async def take_in_imports() -> None:
        calendars.take_in(await imported_notices(notices))

    service.first(take_in_imports)
    service.hears(handlers(service, clocks, calendars))
    # Nothing is called missed by a calendar that no longer holds.
    service.when_due(outdated, work.recount)
    service.when_due(clocks, work.fire)
    service.app.include_router(routes(service, clocks, notices, calendars, outdated))
    return service


if __name__ == "__main__":
    build(Settings()).run()  # pyright: ignore[reportCallIssue]
