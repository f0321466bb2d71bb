"""`python -m services.deadline`"""

from functools import partial

from libs.following import follow_remits
from libs.service import Service, Settings
from services.deadline import calendars as imports
from services.deadline import domain
from services.deadline import duties as duty
from services.deadline import plans as plan
from services.deadline import served as serving
from services.deadline.api import routes
from services.deadline.calendars import Outdated, imported_notices
from services.deadline.duty_api import routes as duty_routes
from services.deadline.handlers import Work, handlers
from services.deadline.rounds import Rounds

BOARDS = ("scheme", "scheme+period", "scheme+status", "scheme+unit")
"""By what duties are looked for, page by page."""


def build(settings: Settings, kind: type[Service] = Service) -> Service:
    service = kind("deadline", settings)
    calendars = service.calendars
    clocks = service.collection(
        "clocks",
        empty=domain.empty,
        evolve=partial(domain.evolve, schemes=service.schemes),
        keys=partial(domain.keys, schemes=service.schemes, calendars=calendars),
        indexes=("next_due", "calendar"),
    )
    plans = service.collection(
        "plans",
        empty=plan.empty,
        evolve=plan.evolve,
        keys=partial(plan.keys, schemes=service.schemes),
        indexes=("next_due",),
    )
    duties = service.collection(
        "duties",
        empty=duty.empty,
        evolve=duty.evolve,
        keys=partial(duty.keys, schemes=service.schemes, calendars=calendars),
        indexes=("next_due", "calendar", "served", *(f"{by}+number" for by in BOARDS)),
    )
    served = service.collection(
        "served", empty=serving.empty, evolve=serving.evolve, keys=serving.keys, indexes=("scheme",)
    )
    notices = service.collection("calendars", empty=imports.empty, evolve=imports.evolve, keys=imports.keys)
    outdated = Outdated(clocks, calendars)
    outdated_duties = Outdated(duties, calendars)
    work = Work(service, clocks, calendars)
    rounds = Rounds(service, service.directory, calendars, plans, duties, served)

    async def take_in_imports() -> None:
        calendars.take_in(await imported_notices(notices))

    follow_remits(service)
    # First, and not only kept current: without them nothing may be counted at all.
    service.first(take_in_imports)
    service.keeps_current(take_in_imports, every=1)
    service.first(rounds.watch)
    service.hears(handlers(service, clocks, calendars, rounds))
    # Nothing is called missed by a calendar that no longer holds.
    service.when_due(outdated, work.recount)
    service.when_due(outdated_duties, rounds.redate)
    service.when_due(clocks, work.fire)
    service.when_due(plans, rounds.begin)
    service.when_due(duties, rounds.fire)
    service.answers(
        lambda: routes(service, clocks, notices, calendars, outdated),
        lambda: duty_routes(service, duties),
    )
    return service


if __name__ == "__main__":
    build(Settings()).run()  # pyright: ignore[reportCallIssue]
