"""`python -m services.disclosure`"""

from libs.files import load_notices
from libs.policy.calendar import Calendar
from libs.service import Service, Settings
from services.disclosure import domain, summary
from services.disclosure.api import routes
from services.disclosure.handlers import handlers
from services.disclosure.publishing import due_work


def build(settings: Settings, kind: type[Service] = Service) -> Service:
    service = kind("disclosure", settings)
    notices = load_notices(settings.calendars)
    named = {scheme.calendar for scheme in service.schemes.values()}
    calendars = {name: Calendar.from_years(notices, name) for name in named}
    entries = service.collection(
        "entries",
        empty=domain.empty,
        evolve=domain.evolve,
        keys=domain.keys,
        indexes=("month+case", "month_rated+case", "public", "public_month+public"),
    )
    summaries = service.collection(
        "summaries", empty=summary.empty, evolve=summary.evolve, keys=summary.keys, indexes=("next_due",)
    )
    service.hears(handlers(service, entries, summaries, calendars))
    service.when_due(summaries, due_work(service, entries, summaries))
    service.app.include_router(routes(service, entries, summaries, calendars))
    return service


if __name__ == "__main__":
    build(Settings()).run()  # pyright: ignore[reportCallIssue]
